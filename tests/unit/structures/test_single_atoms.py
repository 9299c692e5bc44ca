"""Metal atoms in pockets of graphene: counts, distances, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import atomic_numbers, covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.clusters import D_BLOCK
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of
from nrrsim.structures.single_atoms import nitrogen_vacancy, porphine, single_atom
from nrrsim.structures.sites import adsorption_sites

POCKETS = [("N4", 4, 2), ("N3", 3, 1), ("N2", 2, 2), ("N1", 1, 1)]


@pytest.mark.parametrize("metal", D_BLOCK)
@pytest.mark.parametrize(("pocket", "nitrogens", "removed"), POCKETS)
def test_every_metal_in_every_pocket(metal: str, pocket, nitrogens: int, removed: int) -> None:
    site = single_atom(metal, pocket)
    assert (site.symbols == "N").sum() == nitrogens
    assert (site.symbols == "C").sum() == 50 - removed - nitrogens
    active = record_of(site).active_atoms
    assert sorted(site.symbols[list(active)]) == sorted([metal, *["N"] * nitrogens])
    bonds = site.get_distances(len(site) - 1, np.flatnonzero(site.symbols == "N"), mic=True)
    np.testing.assert_allclose(bonds, bonds[0], rtol=1e-9)
    radii = covalent_radii[atomic_numbers[metal]] + covalent_radii[atomic_numbers["N"]]
    assert bonds[0] >= 0.9 * radii - 1e-9


def test_planar_iron_and_the_arrangements() -> None:
    iron = single_atom("Fe")
    np.testing.assert_allclose(np.ptp(iron.positions[:, 2]), 0.0, rtol=0, atol=1e-9)
    gaps = {}
    for name in ("opposite", "facing", "same carbon"):
        pair = single_atom("Co", "N2", arrangement=name)
        first, second = np.flatnonzero(pair.symbols == "N")
        gaps[name] = pair.get_distance(first, second, mic=True) / 2.46
    expected = {"opposite": np.sqrt(7 / 3), "facing": 2 / np.sqrt(3), "same carbon": 1.0}
    assert gaps == pytest.approx(expected, rel=1e-9)


def test_the_metal_takes_an_adsorbate() -> None:
    site = single_atom("Fe")
    metal = len(site) - 1
    top = adsorption_sites(site, surface_atoms=[metal], up=(0, 0, 1))
    assert [one.kind for one in top] == ["top"]
    assert place(site, top[0], "N2").get_chemical_formula() == "C44FeN6"


@pytest.mark.parametrize("metal", D_BLOCK)
def test_every_metal_in_porphine(metal: str) -> None:
    molecule = porphine(metal)
    assert str(molecule.symbols.formula.count()) == str({"C": 20, "H": 12, "N": 4, metal: 1})
    nitrogens = np.flatnonzero(molecule.symbols == "N")
    bonds = molecule.get_distances(len(molecule) - 1, nitrogens)
    assert bonds.min() >= 0.9 * (covalent_radii[atomic_numbers[metal]] + covalent_radii[7]) - 1e-9
    assert set(record_of(molecule).active_atoms) == {*nitrogens.tolist(), len(molecule) - 1}
    assert not molecule.pbc.any()


def test_porphine_is_four_pyrroles_and_four_methines() -> None:
    molecule = porphine("Fe")
    np.testing.assert_allclose(np.ptp(molecule.positions[:, 2]), 0.0, rtol=0, atol=1e-9)
    radii = covalent_radii[molecule.numbers]
    near = (molecule.get_all_distances() < 1.2 * (radii[:, None] + radii)) & ~np.eye(37, dtype=bool)
    neighbours = ["".join(sorted(molecule.symbols[row])) for row in near]
    counts = {kind: neighbours.count(kind) for kind in set(neighbours)}
    # four N by Fe and two C; eight alpha and eight beta carbons, four methines; hydrogen on carbon; Fe by four N
    assert counts == {"CCFe": 4, "CCN": 8, "CCH": 12, "C": 12, "NNNN": 1}
    np.testing.assert_allclose(molecule.get_distances(36, np.flatnonzero(molecule.symbols == "N")), 1.98, atol=0.01)


@pytest.mark.parametrize("pocket", ["N4", "N3", "N2", "N1"])
def test_a_nitrogen_vacancy_takes_one_nitrogen(pocket: str) -> None:
    site = single_atom("Co", pocket)
    opened = nitrogen_vacancy(site)
    assert len(opened) == len(site) - 1
    assert (opened.symbols == "N").sum() == (site.symbols == "N").sum() - 1
    active = record_of(opened).active_atoms
    assert sorted(opened.symbols[list(active)]) == sorted(["Co", *["N"] * (opened.symbols == "N").sum()])
    (place,) = record_of(opened).parameters["vacancy_positions"]
    assert np.linalg.norm(opened.positions - place, axis=1).min() > 1.0
    assert np.linalg.norm(site.positions - place, axis=1).min() < 1e-6


def test_a_nitrogen_vacancy_of_porphine_and_none_twice() -> None:
    opened = nitrogen_vacancy(porphine("Co"))
    assert opened.get_chemical_formula() == "C20H12CoN3"
    with pytest.raises(InputError, match="no nitrogen is bonded"):
        nitrogen_vacancy(nitrogen_vacancy(single_atom("Co", "N1")))


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"metal": "Xx"}, "not an element"),
        ({"metal": "Na"}, "not a d-block"),
        ({"metal": "Fe", "pocket": "N5"}, "pocket"),
        ({"metal": "Co", "pocket": "N3.5"}, "mean coordination number"),
        ({"metal": "Fe", "arrangement": "trans"}, "arrangement"),
        ({"metal": "Fe", "supercell": (3, 3)}, "supercell"),
        ({"metal": "Fe", "vacuum": -1.0}, "vacuum"),
    ],
)
def test_refusals(arguments, match) -> None:
    with pytest.raises(InputError, match=match):
        single_atom(**arguments)
