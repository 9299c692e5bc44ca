"""Grafted hydrides: formula, coordination, lengths, angles, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import atomic_numbers, covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.clusters import D_BLOCK
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of
from nrrsim.structures.silica import grafted_hydride
from nrrsim.structures.sites import adsorption_sites

SILICON_OXYGEN = 1.597  # Baur 1977


def neighbours(atoms) -> list[str]:
    radii = covalent_radii[atoms.numbers]
    near = (atoms.get_all_distances() < 1.15 * (radii[:, None] + radii)) & ~np.eye(len(atoms), dtype=bool)
    return ["".join(sorted(atoms.symbols[row])) for row in near]


def closest(atoms) -> float:
    radii = covalent_radii[atoms.numbers]
    gaps = atoms.get_all_distances() + 100 * np.eye(len(atoms))
    return float((gaps / (radii[:, None] + radii)).min())


@pytest.mark.parametrize(("support", "formula"), [("silanol", "H6MoO4Si"), ("cage", "H10MoO13Si8")])
def test_formula_and_coordination(support, formula: str) -> None:
    atoms = grafted_hydride("Mo", 3, support=support)
    around = neighbours(atoms)
    assert atoms.get_chemical_formula(mode="hill") == formula
    for index, symbol in enumerate(atoms.get_chemical_symbols()):
        expected = {"Si": ("OOOO", "HOOO"), "O": ("HSi", "SiSi", "MoSi"), "H": ("O", "Si", "Mo"), "Mo": ("HHHO",)}
        assert around[index] in expected[symbol]
    assert around.count("MoSi") == 1
    active = record_of(atoms).active_atoms
    assert sorted(atoms.symbols[list(active)]) == ["H", "H", "H", "Mo"]
    assert closest(atoms) >= 0.8


@pytest.mark.parametrize("support", ["silanol", "cage"])
def test_silicon_is_a_tetrahedron_of_published_bonds(support) -> None:
    atoms = grafted_hydride("Mo", 3, support=support)
    gaps = atoms.get_all_distances()
    for silicon in np.flatnonzero(atoms.symbols == "Si"):
        oxygens = [i for i in np.flatnonzero(atoms.symbols == "O") if gaps[silicon, i] < 2.0]
        np.testing.assert_allclose(gaps[silicon, oxygens], SILICON_OXYGEN, rtol=1e-9)
        angles = [atoms.get_angle(i, silicon, j) for i in oxygens for j in oxygens if i < j]
        np.testing.assert_allclose(angles, 109.4712, rtol=1e-5)


def test_the_bridges_of_the_cage_are_open_as_in_silica() -> None:
    atoms = grafted_hydride(support="cage")
    gaps = atoms.get_all_distances()
    silicons = np.flatnonzero(atoms.symbols == "Si")
    bridges = [[i for i in silicons if gaps[o, i] < 2.0] for o in np.flatnonzero(atoms.symbols == "O")]
    angles = [atoms.get_angle(pair[0], o, pair[1]) for o, pair in enumerate(bridges, start=8) if len(pair) == 2]
    assert len(angles) == 12
    np.testing.assert_allclose(angles, 148.4, atol=0.1)  # 150.0 with a spread of 7.4 in tridymite (Baur 1977)


@pytest.mark.parametrize("metal", D_BLOCK)
@pytest.mark.parametrize("support", ["silanol", "cage"])
def test_every_metal_has_each_number_of_hydrides(metal: str, support) -> None:
    radius = covalent_radii[atomic_numbers[metal]]
    for count in range(6):
        atoms = grafted_hydride(metal, count, support=support)
        (place_,) = np.flatnonzero(atoms.numbers == atomic_numbers[metal])
        np.testing.assert_allclose(atoms.get_distance(place_ - 1, place_), radius + covalent_radii[8], rtol=1e-9)
        hydrides = range(place_ + 1, len(atoms))
        assert len(hydrides) == count
        for hydride in hydrides:
            np.testing.assert_allclose(atoms.get_distance(place_, hydride), radius + covalent_radii[1], rtol=1e-9)
        assert closest(atoms) >= 0.8


def test_the_metal_takes_nitrogen() -> None:
    atoms = grafted_hydride("Mo", 3)
    metal = record_of(atoms).active_atoms[0]
    sites = adsorption_sites(atoms, surface_atoms=[metal])
    assert [site.kind for site in sites] == ["top"]
    assert place(atoms, sites[0], "N2").get_chemical_formula() == "H6MoN2O4Si"


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"metal": "Si"}, "not a d-block"),
        ({"hydrogens": 6}, "6 hydrides"),
        ({"hydrogens": -1}, "-1 hydrides"),
        ({"support": "quartz"}, "is not known"),
        ({"vacuum": 0.0}, "vacuum"),
    ],
)
def test_refusals(arguments, match: str) -> None:
    with pytest.raises(InputError, match=match):
        grafted_hydride(**arguments)
