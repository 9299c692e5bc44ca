"""Clusters on slabs: contacts, orientation, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.clusters import m2, m3, m4, m13, octahedron
from nrrsim.structures.record import ONE_SIDED, record_of
from nrrsim.structures.sites import adsorption_sites
from nrrsim.structures.slabs import moo3_bilayer, surface_slab
from nrrsim.structures.supported import BOUND, CATIONS, anchorings, supported

SLAB = surface_slab("Cu", (1, 1, 1), supercell=(5, 5), layers=2, fixed_layers=1)
SITES = adsorption_sites(SLAB)
CLUSTERS = [(m2("Ru"), 2), (m3("Fe"), 3), (m3(("Co", "Ru", "Ru")), 3), (m4("Nb"), 3), (octahedron("Ru"), 3)]


@pytest.mark.parametrize(("cluster", "base"), CLUSTERS, ids=lambda value: str(getattr(value, "symbols", "")))
@pytest.mark.parametrize("site", SITES, ids=lambda site: site.name)
def test_clusters_touch_and_keep_their_shape(cluster, base: int, site) -> None:
    whole = supported(cluster, SLAB, site)
    ours = range(len(SLAB), len(whole))
    gaps = whole.get_all_distances(mic=True)[len(SLAB) :, : len(SLAB)]
    ratios = gaps / (covalent_radii[cluster.numbers][:, None] + covalent_radii[SLAB.numbers])
    np.testing.assert_allclose(ratios.min(), 1.0, rtol=1e-6)
    np.testing.assert_allclose(whole[list(ours)].get_all_distances(), cluster.get_all_distances(), rtol=0, atol=1e-9)
    heights = whole.positions[len(SLAB) :, 2]
    assert np.sum(heights < heights.min() + 1e-6) == base
    record = record_of(whole)
    assert record.active_atoms == tuple(ours)
    assert record.parameters["cluster"]["what"] == record_of(cluster).what
    assert record.parameters["slab"]["what"] == record_of(SLAB).what
    assert whole.constraints


def test_the_vacuum_stays() -> None:
    whole = supported(m3("Fe"), SLAB, SITES[0])
    for atoms in (SLAB, whole):
        np.testing.assert_allclose(atoms.cell[2, 2] - np.ptp(atoms.positions[:, 2]), 15.0, rtol=0, atol=1e-9)


def test_rotation_turns_about_the_normal() -> None:
    turned = supported(m3("Fe"), SLAB, SITES[0], rotation=120.0)
    gaps = np.linalg.norm(turned.positions[-3:, None] - supported(m3("Fe"), SLAB, SITES[0]).positions[-3:], axis=-1)
    np.testing.assert_allclose(gaps.min(axis=1), 0.0, rtol=0, atol=1e-6)


def test_on_an_oxide_and_the_icosahedron() -> None:
    bilayer = moo3_bilayer(supercell=(4, 4))
    whole = supported(m13("Fe"), bilayer, adsorption_sites(bilayer)[0])
    assert len(record_of(whole).active_atoms) == 12


def test_contact_is_what_was_asked_for() -> None:
    for contact in (0.85, 0.9, 1.1):
        whole = supported(m3("Fe"), SLAB, SITES[1], contact=contact)
        gaps = whole.get_all_distances(mic=True)[len(SLAB) :, : len(SLAB)]
        ratios = gaps / (covalent_radii[26] + covalent_radii[SLAB.numbers])
        np.testing.assert_allclose(ratios.min(), contact, rtol=1e-6)
    assert record_of(whole).parameters["cluster_atoms"] == list(range(len(SLAB), len(whole)))


OXIDES = [
    (octahedron("Ru"), ("MgO", (1, 0, 0), (3, 3), 2), {"top O", "top Mg", "bridge Mg-O", "fourfold hollow Mg-Mg-O-O"}),
    (octahedron("Ru"), ("CeO2", (1, 1, 1), (3, 3), 2), {"top Ce", "top O", "bridge Ce-O"}),
    (m4(("Rh", "Co", "Co", "Co")), ("CoO", (0, 1, 1), (2, 3), 2), {"top Co", "top O", "short bridge Co-O"}),
    (m3("Fe"), ("Al2O3", (0, 0, 0, 1), (2, 2), 1), {"top Al", "top O"}),
]


@pytest.mark.parametrize(("cluster", "of_slab", "names"), OXIDES, ids=["Ru6/MgO", "Ru6/CeO2", "RhCo3/CoO", "Fe3/Al2O3"])
def test_anchorings_touch_the_oxide_from_above_and_differ(cluster, of_slab, names: set[str]) -> None:
    host, miller, supercell, layers = of_slab
    slab = surface_slab(host, miller, supercell=supercell, layers=layers)
    found = anchorings(cluster, slab, rotations=(0.0, 30.0))
    assert names <= {one.site.name.rstrip(" 0123456789") for one in found.kept}
    vacuum = slab.cell[2, 2] - np.ptp(slab.positions[:, 2])
    for one in found.kept:
        gaps = one.atoms.get_all_distances(mic=True)[len(slab) :, : len(slab)]
        ratios = gaps / (covalent_radii[cluster.numbers][:, None] + covalent_radii[slab.numbers])
        least = np.where(is_metal(slab), CATIONS, 1.0)
        np.testing.assert_allclose((ratios / least).min(), 1.0, rtol=1e-6)
        assert one.atoms.positions[len(slab) :, 2].min() > slab.positions[:, 2].max() - 0.5
        np.testing.assert_allclose(one.atoms.cell[2, 2] - np.ptp(one.atoms.positions[:, 2]), vacuum, atol=1e-6)
    heights = [round(float(one.atoms.positions[len(slab) :, 2].mean()), 4) for one in found.kept]
    assert len(set(heights)) > 1


def test_rotations_that_symmetry_makes_equal_count_once() -> None:
    found = anchorings(m3("Fe"), SLAB, rotations=(0.0, 60.0, 120.0, 240.0))
    per_site = {site.name: sum(one.site.name == site.name for one in found.kept) for site in SITES}
    # a mirror plane across the row of atoms turns a triangle on a top or bridge by 60 degrees; a hollow has none
    assert per_site == {"top": 1, "bridge": 1, "fcc hollow": 2, "hcp hollow": 2}
    assert len(found.kept) + found.repeated + len(found.refused) == 4 * len(SITES)
    alone = anchorings(m3("Fe"), SLAB, rotations=(0.0, 120.0))
    assert len(alone.kept) == len(SITES)


def test_what_does_not_fit_is_listed_with_its_reason() -> None:
    slab = surface_slab("Cu", (1, 1, 1), supercell=(2, 4), layers=2)
    found = anchorings(m3("Ru", shape="linear"), slab, rotations=(0.0, 30.0, 60.0, 90.0))
    assert found.kept
    assert found.refused
    assert {reason for _, _, reason in found.refused} == {"the cluster would bond to its own periodic image."}
    with pytest.raises(InputError, match="fits at no place"):
        anchorings(m3("Ru"), surface_slab("Cu", (1, 1, 1), layers=2))
    with pytest.raises(InputError, match="no rotations"):
        anchorings(m3("Ru"), slab, rotations=())


def test_cations_below_the_oxygen_can_anchor() -> None:
    slab = surface_slab("CeO2", (1, 1, 1), supercell=(2, 2), layers=1)
    found = anchorings(m3("Ru"), slab, rotations=(0.0,))
    assert {slab.symbols[i] for one in found.kept for i in one.site.neighbours} == {"Ce", "O"}
    assert len(anchorings(m3("Ru"), slab, rotations=(0.0,), most=2).kept) == 2


def test_refusals() -> None:
    with pytest.raises(InputError, match="sums of covalent radii was asked"):
        supported(m3("Fe"), SLAB, SITES[0], contact=0.5)
    with pytest.raises(InputError, match="greater height"):
        supported(m3("Fe"), SLAB, SITES[0], height=0.5)
    with pytest.raises(InputError, match="finite"):
        supported(m3("Fe"), SLAB, SITES[0], rotation=float("nan"))
    small = surface_slab("Cu", (1, 1, 1), layers=2)
    with pytest.raises(InputError, match="periodic image"):
        supported(m3("Fe"), small, adsorption_sites(small)[0])
    with pytest.raises(InputError, match="site"):
        supported(m3("Fe"), small, SITES[-1])
    bare = m3("Fe")
    bare.info.clear()
    with pytest.raises(InputError, match="no nrrsim record"):
        supported(bare, SLAB, SITES[0])


def test_on_a_compound_the_nonmetal_sets_the_height() -> None:
    """Atomic radii of cations would hold Ru at 3.5 Angstrom from Ce and O of ceria."""
    slab = surface_slab("CeO2", (1, 1, 1), supercell=(3, 3), layers=2)
    first, *_ = anchorings(octahedron("Ru"), slab, rotations=(0.0, 30.0)).kept
    gaps = first.atoms.get_all_distances(mic=True)[len(slab) :, : len(slab)]
    ratios = gaps / (covalent_radii[44] + covalent_radii[slab.numbers])
    assert ratios[:, slab.symbols == "O"].min() < BOUND
    assert ratios[:, slab.symbols == "Ce"].min() >= CATIONS - 1e-9


def test_places_bound_to_a_nonmetal_come_first() -> None:
    slab = surface_slab("CeO2", (1, 1, 1), supercell=(2, 2), layers=2)
    found = anchorings(m3("Ru"), slab, rotations=(0.0,)).kept
    bound = []
    for one in found:
        gaps = one.atoms.get_all_distances(mic=True)[len(slab) :, : len(slab)][:, slab.symbols == "O"]
        bound.append(gaps.min() < BOUND * (covalent_radii[44] + covalent_radii[8]))
    assert bound == sorted(bound, reverse=True)
    assert len(anchorings(m3("Ru"), slab, rotations=(0.0,), most=1).kept) == 1


def test_notes_say_whose_they_are_and_that_one_side_changed() -> None:
    record = record_of(supported(m3("Fe"), SLAB, SITES[0]))
    assert all(note.startswith(("support: ", "cluster: ")) for note in record.notes[:-1])
    assert record.notes[-1] == ONE_SIDED
    assert record.parameters["anchor"] == SITES[0].name
