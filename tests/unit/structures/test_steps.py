"""Stepped slabs: rows, edges, B5 sites per edge atom, records and refusals."""

from __future__ import annotations

import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.structures.closeness import closest_pair
from nrrsim.structures.motifs import coordination_numbers, count_b5
from nrrsim.structures.record import record_of
from nrrsim.structures.slabs import surface_slab
from nrrsim.structures.steps import stepped_slab

SHAPES = [(4, 2, 1, 3), (4, 2, 2, 4), (6, 3, 2, 3), (6, 2, 3, 5), (7, 4, 2, 4)]


@pytest.mark.parametrize("host", ["Ru", "Co", "Cu"])
@pytest.mark.parametrize(("width", "removed", "length", "layers"), SHAPES)
def test_rows_and_sites(host: str, width: int, removed: int, length: int, layers: int) -> None:
    slab = stepped_slab(host, width=width, removed=removed, length=length, layers=layers)
    assert len(slab) == length * (width * layers - removed)
    assert np.sum(slab.get_tags() == 1) == length * (width - removed)
    sites = count_b5(slab)
    assert (sites.fourfold, sites.threefold) == (length, length)  # one for each atom of either edge
    assert closest_pair(slab)[3] > 0.8


@pytest.mark.parametrize("host", ["Ru", "Cu"])
def test_edge_atoms_have_seven_neighbours(host: str) -> None:
    """Both edges of a close-packed strip: 4 + 3 within and below; terrace atoms 9, those under an edge 10 or 11."""
    slab = stepped_slab(host, width=8, removed=4, length=2, layers=5)
    numbers = coordination_numbers(slab)
    upper = np.sort(numbers[slab.get_tags() == 1])
    assert upper.tolist() == [7] * 4 + [9] * 4
    assert set(numbers[slab.get_tags() == 2].tolist()) == {9, 10, 11, 12}
    assert set(numbers[slab.get_tags() == 3].tolist()) == {12}


@pytest.mark.parametrize(("edge", "squares"), [("A", 1), ("B", 0)])
def test_active_atoms_are_those_of_the_edge(edge, squares: int) -> None:
    slab = stepped_slab("Cu", edge=edge, length=3, width=6, removed=3)
    active = list(record_of(slab).active_atoms)
    assert sorted(slab.get_tags()[active]) == [1, 1, 2, 2, 2]
    gaps = np.array([slab.get_distances(atom, active, mic=True) for atom in active])
    contacts = np.isclose(gaps, np.min(gaps[gaps > 0.1]), rtol=1e-3)
    upper = [k for k, atom in enumerate(active) if slab.get_tags()[atom] == 1]
    shared = contacts[upper][:, [k for k in range(5) if k not in upper]]
    assert shared.sum() == 2
    assert (shared.any(axis=0).sum() == 2) == bool(squares)  # two lower atoms make the square, one the triangle


def test_only_the_stepped_layer_changes() -> None:
    flat = surface_slab("Ru", (0, 0, 1), supercell=(2, 4), layers=4, vacuum=12.0)
    slab = stepped_slab("Ru", vacuum=12.0)
    np.testing.assert_allclose(slab.cell[:], flat.cell[:], rtol=0, atol=1e-12)
    np.testing.assert_allclose(
        slab.positions[slab.get_tags() > 1], flat.positions[flat.get_tags() > 1], rtol=0, atol=1e-12
    )


def test_fixed_layers_and_record() -> None:
    slab = stepped_slab("Ru", edge="B", fixed_layers=2)
    (constraint,) = slab.constraints
    assert sorted(set(slab.get_tags()[constraint.index].tolist())) == [3, 4]
    assert len(constraint.index) == 16
    record = record_of(slab)
    assert record.parameters["edge"] == "B"
    assert "one edge A (squares) and one edge B (triangles)" in record.notes[0]
    assert record.source == record_of(surface_slab("Ru", (0, 0, 1))).source


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: stepped_slab("Fe"), "Fe is no close-packed metal.*Ru"),
        (lambda: stepped_slab("MoO3"), "MoO3 is no close-packed metal"),
        (lambda: stepped_slab("Qq"), "no crystal is called 'Qq'"),
        (lambda: stepped_slab(edge="C"), "the edge 'C' is not known"),
        (lambda: stepped_slab(removed=1), "1 of 4 rows were to be removed"),
        (lambda: stepped_slab(removed=3), "leave 2 rows and remove 2 at least"),
        (lambda: stepped_slab(layers=2), "a stepped slab of 2 layers"),
        (lambda: stepped_slab(fixed_layers=3), "3 of 4 layers were to be fixed"),
        (lambda: stepped_slab(length=0), r"a supercell of \(0, 4\)"),
        (lambda: stepped_slab(vacuum=-1.0), "a vacuum of -1.0 Angstrom"),
    ],
)
def test_refusals(call, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        call()
