"""Vacancies and substituents in compounds: the site they leave, bond lengths, contacts, refusals."""

from __future__ import annotations

import functools
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import graphene
from ase.data import covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.bonding import bonded
from nrrsim.structures.closeness import CLOSEST
from nrrsim.structures.crystals import bond_valence_parameters, crystal
from nrrsim.structures.oxidation import composition
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.sheets import sheet
from nrrsim.structures.slabs import moo3_bilayer, surface_slab
from nrrsim.structures.vacancies import (
    KINDS,
    distinct_vacancies,
    oxygen_kinds,
    remove,
    remove_oxygen,
    sampled_vacancies,
    substitute,
    substitute_sulfur,
)

# Neighbours of the outermost atom of an element: the coordination of the crystal less what the cut took.
SITES = [
    ("MoS2", (0, 0, 0, 1), "S", {"Mo": 3}),
    ("MoS2", (0, 0, 0, 1), "Mo", {"S": 6}),
    ("CeO2", (1, 1, 1), "O", {"Ce": 3}),
    ("CeO2", (1, 1, 1), "Ce", {"O": 7}),
    ("MgO", (1, 0, 0), "O", {"Mg": 5}),
    ("Al2O3", (0, 0, 0, 1), "O", {"Al": 3}),
    ("CoO", (0, 1, 1), "O", {"Co": 4}),
    ("Mo2N", (0, 0, 1), "N", {"Mo": 5}),
    ("Ca2NH", (1, 0, 0), "H", {"Ca": 5}),
    ("Ca2NH", (1, 0, 0), "N", {"Ca": 5}),
]


@functools.cache
def host(name: str, miller: tuple[int, ...]) -> Atoms:
    large = name in ("Al2O3", "Ca2NH")
    layers = 2 if name in ("CeO2", "MgO") else 1
    return surface_slab(name, miller, supercell=(1, 1) if large else (3, 3), layers=layers)


def uppermost(slab: Atoms, element: str) -> int:
    chosen = np.flatnonzero(slab.symbols == element)
    return int(chosen[np.argmax(slab.positions[chosen, 2].round(3))])


def contacts(slab: Atoms, atom: int) -> Any:
    """Distances of an atom to all others in sums of covalent radii, its own place infinite."""
    gaps = slab.get_distances(atom, range(len(slab)), mic=True)
    gaps[atom] = np.inf
    return gaps / (covalent_radii[slab.numbers] + covalent_radii[slab.numbers[atom]])


@pytest.mark.parametrize(("name", "miller", "element", "around"), SITES)
def test_the_site_of_a_vacancy_are_the_atoms_that_lost_a_bond(
    name: str, miller: tuple[int, ...], element: str, around: dict[str, int]
) -> None:
    slab = host(name, miller)
    atom = uppermost(slab, element)
    defect = remove(slab, [atom])
    site = list(record_of(defect).active_atoms)
    assert composition(defect[site]) == around
    marked = defect + Atoms(element, positions=[slab.positions[atom]])
    nearest = np.sort(marked.get_distances(len(defect), range(len(defect)), mic=True))
    assert marked.get_distances(len(defect), site, mic=True).max() <= nearest[len(site) - 1] + 1e-6
    assert record_of(defect).parameters["vacancy_positions"] == [pytest.approx(slab.positions[atom], abs=1e-6)]
    assert len(defect) == len(slab) - 1


@pytest.mark.parametrize(
    ("name", "element"), [("CeO2", "O"), ("MoO2", "Mo"), ("MoS2", "S"), ("Mo2N", "N"), ("Ca2NH", "H")]
)
def test_bonds_of_a_crystal_are_mutual_in_number(name: str, element: str) -> None:
    """Bonds from the anions to the metal and back are as many; each anion of these crystals has 3 to 6."""
    bulk = crystal(name).repeat((2, 2, 2) if name != "Ca2NH" else 1)
    chosen = np.flatnonzero(bulk.symbols == element).tolist()
    numbers = {len(near) for near, _ in bonded(bulk, chosen).values()}
    assert numbers == {{"O": 4, "Mo": 6, "S": 3, "N": 6, "H": 6}[element]}


def test_one_sulfur_vacancy_of_the_basal_plane() -> None:
    """Of two sheets the outer and the inner sulfur differ; on one face of p(3x3) neighbours and second neighbours."""
    slab = host("MoS2", (0, 0, 0, 1))
    assert [len(distinct_vacancies(slab, 1, element=element)) for element in ("Mo", "S")] == [1, 2]
    height = slab.positions[:, 2]
    upper = np.flatnonzero(height > height.max() - 0.1).tolist()
    pairs = distinct_vacancies(slab, 2, element="S", among=upper)
    lengths = sorted(round(float(slab.get_distance(pair[0], pair[1], mic=True)), 3) for pair in pairs)
    assert lengths == pytest.approx([3.161, 3.161 * 3**0.5], abs=1e-3)
    sample = sampled_vacancies(slab, 2, count=2, seed=1, element="S", among=upper)
    assert set(sample) == set(pairs)


def test_pairs_of_nitrogen_vacancies_differ_from_one_another() -> None:
    slab = host("Mo2N", (0, 0, 1))
    pairs = distinct_vacancies(slab, 2, element="N")
    prints = {tuple(np.sort(slab.get_all_distances(mic=True)[list(p)], axis=None).round(3).tolist()) + p for p in pairs}
    assert len(prints) == len(pairs) > 1
    assert composition(remove(slab, pairs[0]))["N"] == composition(slab)["N"] - 2


def test_nitrogen_vacancies_of_carbon_nitride() -> None:
    """Bridging and inner nitrogen leave three C, that at the rim of the pore two."""
    melon = sheet("g-C3N4")
    kinds = distinct_vacancies(melon, 1, element="N")
    left = [composition(d[list(record_of(d).active_atoms)]) for d in (remove(melon, kind) for kind in kinds)]
    assert sorted(site["C"] for site in left) == [2, 3, 3]
    assert all(set(site) == {"C"} for site in left)


def test_an_atom_of_a_sheet_without_metal_leaves_its_neighbours() -> None:
    carbon = graphene(size=(4, 4, 1), vacuum=7.5)
    carbon.pbc = True
    plane = recorded(carbon, what="graphene", parameters={}, active_atoms=(), source="none")
    defect = remove(plane, [5])
    assert len(record_of(defect).active_atoms) == 3
    doped = substitute(plane, [5], "N")
    assert composition(doped) == {"C": 31, "N": 1}
    np.testing.assert_array_equal(doped.positions, plane.positions)


def test_defects_one_after_the_other_are_all_in_the_record() -> None:
    slab = host("MoS2", (0, 0, 0, 1))
    first, second = distinct_vacancies(slab, 2, element="S")[0]
    later = remove(remove(slab, [second]), [first])
    both = remove(slab, [first, second])
    assert record_of(later).active_atoms == record_of(both).active_atoms
    assert sorted(record_of(later).parameters["vacancy_positions"]) == sorted(
        record_of(both).parameters["vacancy_positions"]
    )


@pytest.mark.parametrize("layers", [1, 2])
@pytest.mark.parametrize("kind", KINDS.values())
def test_sulfur_has_the_valence_of_its_oxygen_and_room(kind: str, layers: int) -> None:
    slab = moo3_bilayer(layers=layers)
    (R_O, B), (R_S, _) = (bond_valence_parameters()[0]["Mo", anion] for anion in "OS")
    kinds = oxygen_kinds(slab)
    for tag in set(slab.get_tags().tolist()):
        atom = next(i for i in kinds if kinds[i] == kind and slab.get_tags()[i] == tag)
        metals, bonds = bonded(slab, [atom])[atom]
        doped = substitute_sulfur(slab, [atom])
        moved = bonds - (doped.positions[atom] - slab.positions[atom])
        before, after = (np.linalg.norm(vectors, axis=1) for vectors in (bonds, moved))
        np.testing.assert_allclose(np.exp((R_S - after) / B).sum(), np.exp((R_O - before) / B).sum(), rtol=1e-6)
        assert after.min() > 2.0
        assert contacts(doped, atom).min() >= CLOSEST
        others = np.setdiff1d(np.arange(len(slab)), metals)
        assert contacts(doped, atom)[others].min() >= 1.0  # no new bond to oxygen that is shorter than S-O
        assert set(record_of(doped).active_atoms) == set(metals.tolist())


@pytest.mark.parametrize("kind", KINDS.values())
def test_sulfur_is_drawn_out_of_the_surface(kind: str) -> None:
    slab = moo3_bilayer(layers=2)
    kinds = oxygen_kinds(slab)
    atom = next(i for i in kinds if kinds[i] == kind and slab.get_tags()[i] == 1)
    doped = substitute_sulfur(slab, [atom])
    assert doped.positions[atom, 2] > slab.positions[atom, 2] + 0.3


def test_terminal_sulfur_stands_on_the_axis_of_its_oxygen() -> None:
    slab = moo3_bilayer()
    atom = next(i for i, kind in oxygen_kinds(slab).items() if kind == "terminal")
    doped = substitute_sulfur(slab, [atom])
    (metal,) = record_of(doped).active_atoms
    axis, drawn = (s.get_distance(metal, atom, mic=True, vector=True) for s in (slab, doped))
    np.testing.assert_allclose(np.cross(axis, drawn), 0.0, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(drawn) - np.linalg.norm(axis), 2.331 - 1.907, rtol=1e-6)


def test_all_terminal_oxygen_of_a_face_can_be_sulfur() -> None:
    slab = moo3_bilayer()
    kinds = oxygen_kinds(slab)
    face = [i for i in kinds if kinds[i] == "terminal" and slab.get_tags()[i] == 1]
    doped = substitute_sulfur(slab, face)
    assert min(contacts(doped, atom).min() for atom in face) >= CLOSEST
    assert composition(doped) == {"Mo": 8, "O": 20, "S": 4}


@pytest.mark.parametrize("element", ["B", "C", "N", "O", "P"])
def test_a_dopant_for_sulfur_keeps_the_length_in_sums_of_radii(element: str) -> None:
    """Three equal bonds: each differs by the difference of the radii; O by that of its tabulated parameters."""
    slab = host("MoS2", (0, 0, 0, 1))
    atom = uppermost(slab, "S")
    doped = substitute(slab, [atom], element)
    table = bond_valence_parameters()[0]
    change = covalent_radii[doped.numbers[atom]] - covalent_radii[16]
    if element == "O":
        change = table["Mo", "O"][0] - table["Mo", "S"][0]
    site = list(record_of(doped).active_atoms)
    before, after = (s.get_distances(atom, site, mic=True) for s in (slab, doped))
    np.testing.assert_allclose(after, before + change, rtol=0, atol=1e-6)
    assert contacts(doped, atom).min() >= CLOSEST
    np.testing.assert_allclose(doped.positions[atom, :2], slab.positions[atom, :2], atol=1e-6)


@pytest.mark.parametrize(("name", "miller", "old", "new"), [
    ("CeO2", (1, 1, 1), "Ce", "Ru"),
    ("MgO", (1, 0, 0), "Mg", "Ru"),
    ("CoO", (0, 1, 1), "Co", "Rh"),
    ("MoS2", (0, 0, 0, 1), "Mo", "Co"),
])  # fmt: skip
def test_a_metal_takes_the_place_of_a_cation(name: str, miller: tuple[int, ...], old: str, new: str) -> None:
    slab = host(name, miller)
    atom = uppermost(slab, old)
    doped = substitute(slab, [atom], new)
    np.testing.assert_array_equal(doped.positions, slab.positions)
    assert old not in doped.symbols[list(record_of(doped).active_atoms)]
    assert contacts(doped, atom).min() >= CLOSEST
    assert record_of(doped).parameters["element"] == new


def test_fixed_atoms_stay_fixed_and_can_be_replaced() -> None:
    slab = moo3_bilayer(fixed_sheets=1)
    low = next(i for i, kind in oxygen_kinds(slab).items() if kind == "terminal" and slab.get_tags()[i] == 2)
    doped = substitute_sulfur(slab, [low])
    (fixed,) = doped.constraints
    assert fixed.index.tolist() == slab.constraints[0].index.tolist()
    assert doped.get_distance(low, record_of(doped).active_atoms[0], mic=True) > 2.0


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda slab: remove(slab, [99]), r"\[99\] are no different atoms: \[99\] are none"),
        (lambda slab: remove(slab, [1, 1]), r"\[1, 1\] are no different atoms\."),
        (lambda slab: remove_oxygen(slab, [0]), r"no different oxygen atoms"),
        (lambda slab: substitute(slab, [0], "Xx"), r"no element has the symbol 'Xx'"),
        (lambda slab: substitute(slab, [0], "Al"), r"atoms \[0\] are Al already"),
        (lambda slab: substitute(slab, [uppermost(slab, "Al")], "Cs"), r"Cs in place of Al .* too near"),
        (lambda slab: distinct_vacancies(slab, 1, element="S"), r"there is no sulfur in"),
        (lambda slab: distinct_vacancies(slab, 1, element="Qq"), r"there is no Qq in"),
        (lambda slab: distinct_vacancies(slab, 1, element="Al", among=[29]), r"no different aluminium atoms"),
    ],
)
def test_bad_input_is_refused(call: Any, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call(host("Al2O3", (0, 0, 0, 1)))
