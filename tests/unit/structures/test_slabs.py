"""Slabs keep the crystal's stoichiometry and bonds, and say what they are."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.neighborlist import neighbor_list

from nrrsim.errors import InputError
from nrrsim.structures.crystals import crystal
from nrrsim.structures.record import record_of
from nrrsim.structures.slabs import moo3_bilayer, single_sheet, surface_slab


def bonds_per_metal(atoms: Atoms) -> np.ndarray:
    """Mo-O lengths, shape (n_Mo, 6)."""
    i, d = neighbor_list("id", atoms, {("Mo", "O"): 2.6})
    return np.array([sorted(d[i == k]) for k in np.flatnonzero(atoms.symbols == "Mo")])


def empty_height(atoms: Atoms) -> float:
    return float(atoms.cell[2, 2] - np.ptp(atoms.positions[:, 2]))


@pytest.mark.parametrize(
    ("supercell", "layers", "atoms"),
    [((1, 1), 1, 8), ((2, 1), 1, 16), ((2, 2), 1, 32), ((2, 2), 2, 64), ((1, 1), 3, 24)],
)
def test_a_bilayer_keeps_every_bond_of_the_bulk(supercell: tuple[int, int], layers: int, atoms: int) -> None:
    slab = moo3_bilayer(supercell=supercell, layers=layers, vacuum=12.0)
    assert len(slab) == atoms
    assert slab.symbols.formula.reduce()[0].format("metal") == "MoO3"
    bulk = bonds_per_metal(crystal("MoO3"))[0]
    np.testing.assert_allclose(bonds_per_metal(slab), np.tile(bulk, (atoms // 4, 1)), rtol=0, atol=1e-9)
    np.testing.assert_allclose(slab.cell.lengths()[:2], np.array([3.696, 3.963]) * supercell, rtol=0, atol=1e-3)
    np.testing.assert_allclose(empty_height(slab), 12.0, rtol=0, atol=1e-9)


def test_bilayers_are_stacked_as_in_the_crystal() -> None:
    """Two bilayers without their vacuum are the unit cell again."""
    slab = moo3_bilayer(supercell=(1, 1), layers=2)
    np.testing.assert_allclose(
        np.ptp(moo3_bilayer(layers=3).positions[:, 2]) - np.ptp(slab.positions[:, 2]), 13.855 / 2
    )
    slab.cell[2, 2] = 13.855
    bulk = crystal("MoO3")
    expected = np.sort(neighbor_list("d", bulk, 5.0))
    np.testing.assert_allclose(np.sort(neighbor_list("d", slab, 5.0)), expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("layers", [1, 2])
def test_a_bilayer_is_non_polar(layers: int) -> None:
    slab = moo3_bilayer(layers=layers)
    charges = np.where(slab.symbols == "Mo", 6, -2)
    np.testing.assert_allclose(charges @ slab.positions[:, 2], 0.0, atol=1e-9)
    assert any("non-polar" in note for note in record_of(slab).notes)


def test_sheets_are_tagged_and_fixed_from_below() -> None:
    slab = moo3_bilayer(layers=2, fixed_sheets=3)
    tags, heights = slab.get_tags(), slab.positions[:, 2]
    assert np.bincount(tags).tolist() == [0, 16, 16, 16, 16]
    metals = slab.symbols == "Mo"
    means = [heights[metals & (tags == tag)].mean() for tag in (1, 2, 3, 4)]
    assert means == sorted(means, reverse=True)
    (fixed,) = slab.constraints
    assert set(fixed.index.tolist()) == set(np.flatnonzero(tags >= 2).tolist())
    assert not moo3_bilayer().constraints


@pytest.mark.parametrize(
    ("host", "miller", "layers", "atoms", "in_plane", "neighbours"),
    [  # neighbours of a top atom within 1.1 of the shortest distance
        ("Cu", (1, 1, 1), 4, 4, 3.61 / 2**0.5, 9),
        ("Ag", (1, 0, 0), 4, 4, 4.09 / 2**0.5, 8),
        ("Au", (1, 1, 0), 5, 5, 4.08 / 2**0.5, 7),
        ("Ru", (0, 0, 0, 1), 4, 4, 2.70, 9),
        ("Co", (0, 0, 1), 4, 4, 2.51, 9),
        ("Fe", (1, 1, 0), 4, 4, 2.87 * 3**0.5 / 2, 6),
        ("Fe", (1, 0, 0), 5, 5, 2.87, 4),
        ("Fe", (1, 1, 1), 7, 7, 2.87 * 2**0.5, 4),
    ],
)
def test_low_index_metals(
    host: str, miller: tuple[int, ...], layers: int, atoms: int, in_plane: float, neighbours: int
) -> None:
    slab = surface_slab(host, miller, layers=layers, fixed_layers=2)
    assert len(slab) == atoms
    assert np.bincount(slab.get_tags()).tolist() == [0, *[1] * layers]
    np.testing.assert_allclose(min(slab.cell.lengths()[:2]), in_plane, rtol=1e-9)
    i, d = neighbor_list("id", slab, 3.2)
    (top,) = record_of(slab).active_atoms
    assert slab.get_tags()[top] == 1
    assert np.count_nonzero(d[i == top] < 1.1 * d.min()) == neighbours
    assert len(slab.constraints[0].index) == 2
    np.testing.assert_allclose(empty_height(slab), 15.0, rtol=0, atol=1e-9)


@pytest.mark.parametrize(
    ("host", "miller", "layers", "formula", "said"),
    [
        ("MgO", (1, 0, 0), 2, "MgO", "non-polar."),
        ("MgO", (1, 1, 1), 2, "MgO", "polar: "),
        ("CeO2", (1, 1, 1), 3, "CeO2", "non-polar."),
        ("CeO2", (1, 0, 0), 2, "CeO2", "polar: "),
        ("Al2O3", (0, 0, 0, 1), 1, "Al2O3", "non-polar."),
        ("MoS2", (0, 0, 0, 1), 1, "MoS2", "non-polar."),
        ("MoO3", (1, 0, 0), 1, "MoO3", "non-polar."),
        ("Mo2C", (0, 0, 1), 1, "Mo2C", "non-polar."),
        ("Ru", (1, 0, -1, 0), 2, "Ru", "non-polar."),
    ],
)
def test_cuts_keep_the_stoichiometry_and_say_their_polarity(
    host: str, miller: tuple[int, ...], layers: int, formula: str, said: str
) -> None:
    slab = surface_slab(host, miller, layers=layers, vacuum=10.0)
    assert slab.symbols.formula.reduce()[0] == crystal(host).symbols.formula.reduce()[0]
    assert slab.symbols.formula.reduce()[0].format("metal") == formula
    assert record_of(slab).notes[0].startswith(said)
    counts = np.bincount(slab.get_tags())
    assert counts[0] == 0
    assert len(set(counts[1:].tolist())) == 1
    assert len(counts) == layers + 1
    np.testing.assert_allclose(slab.cell[:, 2], [0.0, 0.0, slab.cell[2, 2]], atol=1e-9)
    np.testing.assert_allclose(empty_height(slab), 10.0, rtol=0, atol=1e-6)


@pytest.mark.parametrize(
    ("host", "miller", "layers"),
    [
        ("MgO", (1, 0, 0), 2),
        ("CeO2", (1, 1, 1), 3),
        ("Cu", (2, 1, 1), 3),
        ("Fe", (2, 1, 1), 3),
        ("Al2O3", (0, 0, 1), 1),
    ],
)
def test_cuts_have_the_density_and_the_lengths_of_the_bulk(host: str, miller: tuple[int, ...], layers: int) -> None:
    """The repeat along the normal times the area holds as many atoms as in the bulk; no distance is new."""
    slab, bulk = surface_slab(host, miller, layers=layers), crystal(host)
    area = np.linalg.norm(np.cross(slab.cell[0], slab.cell[1]))
    tags, heights = slab.get_tags(), slab.positions[:, 2]
    if layers > 1:
        repeat = heights[tags == 1].min() - heights[tags == 2].min()
        np.testing.assert_allclose(len(slab) / (layers * repeat * area), len(bulk) / bulk.get_volume(), rtol=1e-6)
    known = np.unique(neighbor_list("d", bulk, 4.0).round(4))
    found = neighbor_list("d", slab, 4.0)
    assert np.abs(found[:, None] - known).min(axis=1).max() < 1e-3


def test_the_gap_of_a_layered_crystal_is_found() -> None:
    """The first termination of MoO3 (100), its layer plane, breaks no Mo-O bond."""
    lengths = bonds_per_metal(surface_slab("MoO3", (1, 0, 0), layers=1))
    np.testing.assert_allclose(lengths, np.tile(bonds_per_metal(crystal("MoO3"))[0], (4, 1)), rtol=0, atol=1e-6)


def test_supercells_multiply() -> None:
    assert len(surface_slab("Ru", (0, 0, 1), supercell=(3, 3), layers=4)) == 36
    assert len(surface_slab("MgO", (1, 0, 0), supercell=(2, 1), layers=1)) == 8


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"supercell": (0, 2)}, "two whole numbers from 1"),
        ({"supercell": (2, 1.5)}, "two whole numbers from 1"),
        ({"layers": 0}, "a slab of 0 layers"),
        ({"vacuum": -1.0}, "vacuum of -1.0 Angstrom"),
        ({"vacuum": float("nan")}, "vacuum of nan"),
        ({"fixed_sheets": 2}, "2 of 2 sheets.*from 0 to 1"),
        ({"fixed_sheets": -1}, "-1 of 2 sheets"),
    ],
)
def test_impossible_bilayers_are_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        moo3_bilayer(**options)


@pytest.mark.parametrize(
    ("host", "miller", "options", "sentence"),
    [
        ("Cu", (0, 0, 0), {}, "no face of this crystal"),
        ("Cu", (1, 1), {}, "no face of this crystal"),
        ("Cu", (1, 1, 0.5), {}, "no face of this crystal"),
        ("Cu", (1, 0, -1, 0), {}, "no face of this crystal"),
        ("Ru", (1, 0, 0, 1), {}, "h \\+ k \\+ i = 0"),
        ("Xx", (1, 1, 1), {}, "no crystal is called 'Xx'"),
        ("BaCeO3", (1, 0, 0), {}, "not shipped"),
        ("Cu", (1, 1, 1), {"fixed_layers": 4}, "4 of 4 layers"),
        ("Cu", (1, 1, 1), {"termination": 1}, "where 1 keep"),
        ("MgO", (1, 0, 0), {"layers": 1, "termination": 7}, "where 1 keep"),
    ],
)
def test_impossible_slabs_are_refused(
    host: str, miller: tuple[int, ...], options: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(InputError, match=sentence):
        surface_slab(host, miller, **options)


@pytest.mark.parametrize(
    ("host", "miller", "least"),
    [("Pd", (9, 9, 9), "(1, 1, 1)"), ("Pd", (2, 0, 0), "(1, 0, 0)"), ("Ru", (0, 0, 0, 2), "(0, 0, 0, 1)")],
)
def test_indices_with_a_common_divisor_are_refused(host: str, miller: tuple[int, ...], least: str) -> None:
    with pytest.raises(InputError, match=re.escape(f"that of {least}")):
        surface_slab(host, miller)


@pytest.mark.parametrize("vacuum", [0.5, 5.9, 1e6])
def test_a_vacuum_in_which_images_meet_or_that_is_none_is_refused(vacuum: float) -> None:
    for build in (lambda: surface_slab("Cu", (1, 1, 1), vacuum=vacuum), lambda: moo3_bilayer(vacuum=vacuum)):
        with pytest.raises(InputError, match=r"6 Angstrom or more.*less than 1000"):
            build()


def test_a_depth_fixes_the_atoms_below_it() -> None:
    """The lower of two atomic layers of MgO(100), in a slab of one repeat."""
    slab = surface_slab("MgO", (1, 0, 0), supercell=(2, 2), layers=1, fixed_depth=1.0)
    (fixed,) = slab.constraints
    heights = slab.positions[:, 2]
    assert sorted(fixed.index.tolist()) == np.flatnonzero(heights < heights.mean()).tolist()
    assert record_of(slab).parameters["fixed_depth"] == 1.0
    for options in ({"fixed_depth": 9.0}, {"fixed_depth": -1.0}, {"fixed_depth": 1.0, "fixed_layers": 1, "layers": 2}):
        with pytest.raises(InputError, match="a fixed depth of"):
            surface_slab("MgO", (1, 0, 0), **{"layers": 1, **options})


def test_a_single_sheet_keeps_its_bonds_and_its_formula() -> None:
    sheet = single_sheet("MoS2", (0, 0, 0, 1), supercell=(2, 2), vacuum=12.0)
    assert str(sheet.symbols.formula.convert("hill")) == "Mo4S8"
    first, lengths = neighbor_list("id", sheet, {("Mo", "S"): 2.8})
    assert np.bincount(first, minlength=12).tolist() == [6 if s == "Mo" else 3 for s in sheet.symbols]
    np.testing.assert_allclose(lengths, lengths[0], rtol=1e-3)
    np.testing.assert_allclose(empty_height(sheet), 12.0, rtol=0, atol=1e-6)
    with pytest.raises(InputError, match="one sheet or none"):
        single_sheet("MgO", (1, 0, 0))
