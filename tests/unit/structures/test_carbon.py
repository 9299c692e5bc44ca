"""Doped sheets: counts, coordination, pockets, what stands in them, and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from nrrsim.errors import InputError
from nrrsim.structures.carbon import LATTICE_CONSTANT, carbon_sheet, in_pocket, metal_pair, pocket_site
from nrrsim.structures.clusters import bond_length, m2, m3, m10, m13, octahedron
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import adsorption_sites
from nrrsim.structures.supported import anchorings

BOND = LATTICE_CONSTANT / np.sqrt(3)
COUNTS = [("none", 0, 0), ("graphitic N", 1, 0), ("pyridinic N1", 1, 1), ("pyridinic N3", 3, 1),
          ("pyridinic N4", 4, 2), ("pyridinic N6", 6, 4)]  # fmt: skip


def coordination(sheet) -> np.ndarray:
    first = neighbor_list("i", sheet, 1.2 * BOND)
    return np.bincount(first, minlength=len(sheet))


@pytest.mark.parametrize(("doping", "nitrogens", "removed"), COUNTS)
@pytest.mark.parametrize("supercell", [(5, 5), (6, 6)])
def test_counts_and_coordination(doping, nitrogens: int, removed: int, supercell) -> None:
    sheet = carbon_sheet(doping, supercell=supercell)
    total = 2 * supercell[0] * supercell[1]
    assert (sheet.symbols == "N").sum() == nitrogens
    assert (sheet.symbols == "C").sum() == total - removed - nitrogens
    bonds = coordination(sheet)
    if doping.startswith("pyridinic"):
        assert (bonds == 2).sum() == removed + 2  # a chain of n carbons leaves n + 2 of its neighbours open
        assert set(bonds[sheet.symbols == "N"]) == {2}
        assert set(record_of(sheet).active_atoms) == set(np.flatnonzero(bonds == 2))
    else:
        assert set(bonds) == {3}
    np.testing.assert_allclose(np.ptp(sheet.positions[:, 2]), 0.0, rtol=0, atol=1e-9)


@pytest.mark.parametrize("doping", ["pyridinic N1", "pyridinic N3", "pyridinic N4", "pyridinic N6"])
def test_the_pocket_is_the_middle_of_its_corners(doping) -> None:
    sheet = carbon_sheet(doping)
    site = pocket_site(sheet)
    np.testing.assert_allclose(site.neighbour_positions.mean(axis=0), site.position, rtol=0, atol=1e-6)
    assert np.linalg.norm(sheet.positions - site.position, axis=1).min() >= BOND - 1e-6


@pytest.mark.parametrize("sulfur", ["nitrogen", "carbon"])
@pytest.mark.parametrize("doping", ["graphitic N", "pyridinic N3", "pyridinic N4", "pyridinic N6"])
def test_sulfur_takes_a_place_at_bond_length(doping, sulfur) -> None:
    plain, sheet = carbon_sheet(doping), carbon_sheet(doping, sulfur=sulfur)
    (changed,) = np.flatnonzero(plain.numbers != sheet.numbers)
    assert plain.symbols[changed] == {"nitrogen": "N", "carbon": "C"}[sulfur]
    lengths = np.sort(np.delete(sheet.get_distances(changed, range(len(sheet)), mic=True), changed))
    np.testing.assert_allclose(lengths[0], 0.9 * (covalent_radii[16] + covalent_radii[6]), rtol=1e-9)
    assert changed in record_of(sheet).active_atoms


@pytest.mark.parametrize("metals", ["Co", ("Fe", "Co"), "Ru", "Y"])
def test_pairs_keep_their_distance_and_share_six_nitrogens(metals) -> None:
    site = metal_pair(metals)
    pair = list(record_of(site).active_atoms)
    symbols = site.symbols[pair]
    bond_lengths = [bond_length(m) for m in symbols]
    np.testing.assert_allclose(site.get_distance(*pair), np.mean(bond_lengths), rtol=1e-9)
    nitrogens = np.flatnonzero(site.symbols == "N")
    assert len(nitrogens) == 6
    ratios = site.get_all_distances(mic=True)[np.ix_(pair, range(len(site) - 2))] / (
        covalent_radii[site.numbers[pair]][:, None] + covalent_radii[site.numbers[:-2]]
    )
    level = site.positions[pair[0], 2] - site.positions[0, 2]
    assert ratios.min() >= 0.9 - 1e-6
    assert level < 1e-6 or ratios.min() <= 0.9 + 1e-6  # in the plane where there is room, else as low as can be
    assert site.symbols[int(np.argmin(ratios.min(axis=0)))] == "N"
    near = np.sort(site.get_distances(pair[0], nitrogens, mic=True))
    if "Y" not in symbols:  # which is too large: three nitrogens to each metal, the fourth belongs to the other
        assert near[2] - near[0] < 0.3 < near[3] - near[2]
    top = adsorption_sites(site, surface_atoms=pair, up=(0, 0, 1))
    assert {"top", "bridge"} <= {one.kind for one in top}
    assert place(site, top[0], "N2")


CLUSTERS = [m3(("Co", "Ru", "Ru")), octahedron("Ru"), m10("Ru"), m13("Ru"), m13("Ru", shell_substitute="Co")]


@pytest.mark.parametrize("cluster", CLUSTERS, ids=lambda cluster: str(cluster.symbols))
@pytest.mark.parametrize("doping", ["pyridinic N3", "pyridinic N4"])
def test_clusters_over_pockets(cluster, doping) -> None:
    sheet = carbon_sheet(doping, sulfur="carbon", supercell=(7, 7))
    whole = in_pocket(cluster, sheet)
    ours = np.arange(len(sheet), len(whole))
    gaps = whole.get_all_distances(mic=True)[np.ix_(ours, np.arange(len(sheet)))]
    ratios = gaps / (covalent_radii[cluster.numbers][:, None] + covalent_radii[sheet.numbers])
    np.testing.assert_allclose(ratios.min(), 0.9, rtol=1e-6)
    np.testing.assert_allclose(whole[ours].get_all_distances(), cluster.get_all_distances(), rtol=0, atol=1e-6)
    assert whole.positions[ours, 2].min() >= sheet.positions[0, 2] - 1e-9


def test_a_cluster_on_the_bare_sheet_has_three_kinds_of_place() -> None:
    found = anchorings(m3("Ru"), carbon_sheet(), rotations=(0.0, 30.0))
    assert {one.site.kind for one in found.kept} == {"top", "bridge", "hollow"}
    with pytest.raises(InputError, match="has no pocket"):
        in_pocket(m2("Ru"), carbon_sheet())


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"doping": "pyridinic N5"}, "is not known"),
        ({"sulfur": "oxygen"}, "sulfur in place of 'oxygen'"),
        ({"sulfur": "nitrogen"}, "no nitrogen for the sulfur"),
        ({"supercell": (3, 6)}, "a supercell of"),
        ({"doping": "pyridinic N6", "supercell": (4, 4)}, "from 5"),
        ({"vacuum": 0.0}, "vacuum"),
    ],
)
def test_refusals(arguments, match) -> None:
    with pytest.raises(InputError, match=match):
        carbon_sheet(**arguments)
