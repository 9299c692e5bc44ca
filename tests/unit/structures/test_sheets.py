"""Sheets against the bonds, layers and symmetry that are known of them."""

from __future__ import annotations

import numpy as np
import pytest
import spglib
from ase import Atoms
from ase.neighborlist import neighbor_list

from nrrsim.errors import InputError
from nrrsim.structures.closeness import closest_pair
from nrrsim.structures.clusters import m3
from nrrsim.structures.record import record_of
from nrrsim.structures.sheets import pore_site, sheet, sheet_entry, sheet_names
from nrrsim.structures.supported import supported

MXENES = tuple(name for name in sheet_names() if "MXene" in name)


def lengths(atoms: Atoms, first: str, second: str, reach: float) -> list[list[float]]:
    """Sorted distances from each atom of the first element to those of the second within reach."""
    i, j, d = neighbor_list("ijd", atoms, reach)
    seconds = np.array([symbol == second for symbol in atoms.symbols])
    return [sorted(d[(i == k) & seconds[j]].tolist()) for k in np.flatnonzero(atoms.symbols == first)]


def test_heptazine_has_its_bonds_and_is_flat() -> None:
    """C6N8 a cell: all C three-coordinate; six N of the rings two-coordinate, the central and the bridging N three."""
    cell = sheet("g-C3N4", supercell=(2, 2))
    assert cell.get_chemical_formula() == "C24N32"
    assert np.ptp(cell.positions[:, 2]) < 1e-9
    around = lengths(cell, "N", "C", 1.6)
    assert sorted(map(len, around)) == [2] * 24 + [3] * 8
    assert {len(row) for row in lengths(cell, "C", "N", 1.6)} == {3}
    assert not any(lengths(cell, "C", "C", 1.6))
    assert not any(lengths(cell, "N", "N", 1.6))
    central, bridging = ([row for row in around if len(row) == 3 and (row[0] > 1.43) is far] for far in (False, True))
    np.testing.assert_allclose(central, 1.393, atol=0.002)
    np.testing.assert_allclose(bridging, 1.471, atol=0.002)
    np.testing.assert_allclose([row for row in around if len(row) == 2], [[1.330, 1.335]] * 24, atol=0.002)


def test_heptazine_is_a_start_near_the_lattice_of_dft() -> None:
    np.testing.assert_allclose(sheet("g-C3N4", supercell=(1, 1)).cell.lengths()[:2], 7.13, rtol=0.005)


@pytest.mark.parametrize("supercell", [(1, 1), (2, 2), (3, 2)])
def test_the_pore_is_ringed_by_six_two_coordinate_nitrogens(supercell: tuple[int, int]) -> None:
    """Symmetric about its middle, in any supercell, and what no sheet of six-membered rings has."""
    cell = sheet("g-C3N4", supercell=supercell)
    site = pore_site(cell)
    assert set(cell.symbols[list(site.neighbours)]) == {"N"}
    assert site.multiplicity == supercell[0] * supercell[1]
    steps = site.neighbour_positions - site.position
    np.testing.assert_allclose(steps.sum(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(np.linalg.norm(steps, axis=1), 2.38, atol=0.02)
    shifts = np.linalg.solve(cell.cell.T, (site.neighbour_positions - cell.positions[list(site.neighbours)]).T)
    np.testing.assert_allclose(shifts, np.rint(shifts), atol=1e-9)
    around = lengths(cell, "N", "C", 1.6)
    nitrogens = np.flatnonzero(cell.symbols == "N").tolist()
    assert {len(around[nitrogens.index(atom)]) for atom in site.neighbours} == {2}


def test_the_pore_holds_a_cluster_and_knows_its_vacancy() -> None:
    cell = sheet("g-C3N4")
    assert len(supported(m3("Ru"), cell, pore_site(cell))) == len(cell) + 3
    open_rim = cell.copy()
    del open_rim[pore_site(cell).neighbours[0]]
    assert len(pore_site(open_rim).neighbours) == 5


@pytest.mark.parametrize(
    ("name", "carbon", "metal", "layers"),
    [
        ("Mo2C-MXene", 2.105, None, 3),
        ("Mo2C-MXene-ABA", 2.142, None, 3),
        ("Mo2CO2-MXene", 2.159, 2.065, 5),
        ("Mo2CO2-MXene-ABA", 2.199, 2.062, 5),
    ],
)
def test_mxenes_have_six_metals_around_carbon_and_three_around_oxygen(
    name: str, carbon: float, metal: float | None, layers: int
) -> None:
    cell = sheet(name)
    around = lengths(cell, "C", "Mo", 2.6)
    assert {len(row) for row in around} == {6}
    np.testing.assert_allclose(around, carbon, atol=0.002)
    assert set(cell.get_tags().tolist()) == set(range(1, layers + 1))
    oxygen = lengths(cell, "O", "Mo", 2.6)
    assert {len(row) for row in oxygen} == ({3} if metal else set())
    if metal:
        np.testing.assert_allclose(oxygen, metal, atol=0.002)


@pytest.mark.parametrize("name", MXENES)
def test_abc_layers_are_inversion_symmetric_and_aba_layers_mirrored(name: str) -> None:
    """The metals of ABA stand above each other, those of ABC do not; both faces are alike in either."""
    cell = sheet(name, supercell=(1, 1))
    metals = cell[[atom.index for atom in cell if atom.symbol == "Mo"]]
    flat = metals.get_scaled_positions()[:, :2]
    apart = np.abs((flat[0] - flat[1] + 0.5) % 1.0 - 0.5).max()
    assert bool(apart < 1e-6) is name.endswith("ABA")
    heights = cell.positions[:, 2] - cell.cell[2, 2] / 2
    np.testing.assert_allclose(np.sort(heights), -np.sort(heights)[::-1], atol=1e-9)


@pytest.mark.parametrize("name", sheet_names())
@pytest.mark.filterwarnings("ignore:.*OLD_ERROR_HANDLING:DeprecationWarning")  # spglib's own notice
def test_the_group_is_that_of_the_entry(name: str) -> None:
    """In one cell and in a supercell: spglib, which knows neither, finds it again."""
    for supercell in ((1, 1), (2, 1)):
        atoms = sheet(name, supercell=supercell)
        found = spglib.get_symmetry_dataset((atoms.cell[:], atoms.get_scaled_positions(), atoms.numbers), symprec=1e-3)
        assert found is not None
        assert found.number == sheet_entry(name)["layer_of"]["number"]


@pytest.mark.parametrize("name", sheet_names())
def test_supercell_and_vacuum_are_as_asked(name: str) -> None:
    one, many = sheet(name, supercell=(1, 1), vacuum=12.0), sheet(name, supercell=(3, 2), vacuum=20.0)
    assert len(many) == 6 * len(one)
    np.testing.assert_allclose(many.cell.lengths()[:2], one.cell.lengths()[:2] * [3, 2])
    for atoms, vacuum in ((one, 12.0), (many, 20.0)):
        z = atoms.positions[:, 2]
        np.testing.assert_allclose(atoms.cell[2, 2] - np.ptp(z), vacuum)
        np.testing.assert_allclose(z.min(), vacuum / 2)
        assert atoms.pbc.all()


@pytest.mark.parametrize("name", sheet_names())
def test_records_and_distances(name: str) -> None:
    atoms = sheet(name)
    record = record_of(atoms)
    assert record.source
    assert record.parameters == {"name": name, "supercell": [2, 2], "vacuum": 15.0}
    top = atoms.positions[:, 2] > atoms.positions[:, 2].max() - 1e-3
    assert record.active_atoms == tuple(np.flatnonzero(top).tolist())
    assert closest_pair(atoms)[3] >= 0.8


def test_what_cannot_be_is_refused() -> None:
    with pytest.raises(InputError, match=r"no sheet is called 'g-C3N5'.*did you mean 'g-C3N4'"):
        sheet("g-C3N5")
    with pytest.raises(InputError, match="supercell of"):
        sheet("g-C3N4", supercell=(0, 1))
    with pytest.raises(InputError, match="vacuum of -1"):
        sheet("g-C3N4", vacuum=-1.0)
    with pytest.raises(InputError, match=r"Mo2C-MXene has no pores.*take one of g-C3N4"):
        pore_site(sheet("Mo2C-MXene"), name="Mo2C-MXene")
    with pytest.raises(InputError, match=r"a cell of 5\.85 by 5\.85 Angstrom is none of g-C3N4"):
        pore_site(sheet("Mo2C-MXene"))
