"""Films on substrates: strain against a metric computed apart, heights and distances kept, contacts, refusals."""

from __future__ import annotations

import functools
from collections import Counter
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.data import covalent_radii
from ase.data.vdw_alvarez import vdw_radii

from nrrsim.errors import InputError
from nrrsim.structures.interfaces import interface, lattice_match
from nrrsim.structures.record import record_of
from nrrsim.structures.slabs import moo3_bilayer, surface_slab
from nrrsim.structures.vacancies import bond_vectors, oxygen_kinds, remove_oxygen


@functools.cache
def film() -> Atoms:
    return moo3_bilayer(supercell=(1, 1))


@functools.cache
def ruthenium() -> Atoms:
    return surface_slab("Ru", (0, 0, 0, 1), layers=3, fixed_layers=1)


def contacts(atoms: Atoms, first: int) -> Any:
    """Distances between atoms before `first` and the others, in sums of covalent radii."""
    radii = covalent_radii[atoms.numbers]
    ratios = atoms.get_all_distances(mic=True) / (radii[:, None] + radii)
    return ratios[:first, first:]


def test_strain_is_that_of_the_metric() -> None:
    """Principal stretches squared are the eigenvalues of one metric in the other: G_film^-1 G_substrate."""
    match = lattice_match(film(), ruthenium())
    rows = [match.film @ film().cell[:2], match.substrate @ ruthenium().cell[:2]]
    ours, theirs = (vectors @ vectors.T for vectors in rows)
    stretches = np.sqrt(np.sort(np.linalg.eigvals(np.linalg.solve(ours, theirs)).real)[::-1])
    np.testing.assert_allclose(np.array(match.strains) + 1, stretches, rtol=0, atol=1e-9)
    np.testing.assert_allclose(match.area, np.sqrt(np.linalg.det(theirs)), rtol=1e-9)
    assert match.strain <= 0.05
    assert np.linalg.det(match.film) > 0
    assert np.linalg.det(match.substrate) > 0


def test_no_match_of_rectangles_along_the_axes_is_better() -> None:
    """On p(m x n) cells with parallel axes, counted by hand, the strain is never less than what the search finds."""
    under = surface_slab("MoO2", (1, 0, 0), layers=1)
    found = lattice_match(film(), under, max_area=200.0, max_strain=0.2)
    a, b = film().cell.lengths()[:2]
    p, q = under.cell.lengths()[:2]
    limit = 200.0 / (p * q)
    turned = [
        max(abs(k * p / (i * one) - 1), abs(m * q / (j * other) - 1))
        for one, other in ((a, b), (b, a))
        for i in range(1, 14)
        for j in range(1, 14)
        for k in range(1, 11)
        for m in range(1, 11)
        if k * m <= limit - 1
    ]
    assert found.strain <= min(turned) + 1e-3


def test_a_slab_matches_itself_without_strain() -> None:
    match = lattice_match(film(), film())
    assert match.strain < 1e-12
    assert match.area == pytest.approx(film().cell[0, 0] * film().cell[1, 1])


def test_interface_keeps_both_slabs() -> None:
    under, over = ruthenium(), film()
    match = lattice_match(over, under)
    both = interface(over, under)
    copies = [round(np.linalg.det(match.substrate)), round(np.linalg.det(match.film))]
    first = copies[0] * len(under)
    assert Counter(both.symbols) == {"Ru": first, "Mo": 2 * copies[1], "O": 6 * copies[1]}
    assert set(both.symbols[:first]) == {"Ru"}
    inside = both[:first].get_all_distances(mic=True) + 10 * np.eye(first)
    assert inside.min() == pytest.approx(under.repeat((3, 3, 1)).get_distance(0, 1, mic=True), abs=0.06)
    heights = [np.unique((s.positions[:, 2] - s.positions[:, 2].min()).round(4)) for s in (both[first:], over)]
    np.testing.assert_allclose(heights[0], heights[1], atol=1e-3)
    assert both.cell.volume / both.cell.lengths()[2] == pytest.approx(match.area)
    assert both.cell.lengths()[2] - np.ptp(both.positions[:, 2]) == pytest.approx(15.0)


def test_film_touches_the_substrate_and_only_that() -> None:
    both = interface(film(), ruthenium())
    first = int(np.sum(both.symbols == "Ru"))
    ratios = contacts(both, first)
    assert ratios.min() == pytest.approx(1.0, abs=1e-6)
    away = interface(film(), ruthenium(), distance=4.0)
    assert np.ptp(both.positions[:, 2]) < np.ptp(away.positions[:, 2])
    gap = away.positions[first:, 2].min() - away.positions[:first, 2].max()
    assert gap == pytest.approx(4.0)
    assert set(both.get_tags()[first:].tolist()) == {1, 2}
    assert set(both.get_tags()[:first].tolist()) == {3, 4, 5}
    (held,) = both.constraints
    assert set(both.get_tags()[held.index].tolist()) == {5}


def test_strain_and_vacancies_are_in_the_record() -> None:
    """The site of a vacancy comes along in every repeat of the film."""
    oxygen = next(i for i, kind in oxygen_kinds(film()).items() if kind == "terminal" and film().get_tags()[i] == 1)
    reduced = remove_oxygen(film(), [oxygen])
    both = interface(reduced, ruthenium(), shift=(0.5, 0.25))
    record = record_of(both)
    repeats = round(np.linalg.det(record.parameters["film_cell"]))
    assert len(record.active_atoms) == repeats * len(record_of(reduced).active_atoms)
    assert set(both.symbols[list(record.active_atoms)]) == {"Mo"}
    assert any("strained by" in note for note in record.notes)
    assert max(abs(s) for s in record.parameters["strains"]) <= 0.05
    assert contacts(both, int(np.sum(both.symbols == "Ru"))).min() == pytest.approx(1.0, abs=1e-6)


def test_oxide_on_carbide() -> None:
    """MoO2(100) on Mo2C(100): 7 % in small cells, less in larger ones."""
    under = surface_slab("Mo2C", (1, 0, 0), layers=1)
    over = surface_slab("MoO2", (1, 0, 0), layers=1)
    with pytest.raises(InputError, match=r"up to 120 Angstrom\^2 strains the film by 7.0%, more than 5.0%"):
        interface(over, under)
    both = interface(over, under, max_area=200.0)
    first = len(under) * round(np.linalg.det(record_of(both).parameters["substrate_cell"]))
    lengths, radii = both.get_all_distances(mic=True)[:first, first:], vdw_radii[both.numbers]
    nonmetals = np.isin(both.symbols, ["O", "C"])
    apart = (lengths / (radii[:first, None] + radii[first:]))[nonmetals[:first]][:, nonmetals[first:]].min()
    assert min(contacts(both, first).min(), apart) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("shift", [(0.0, 0.0), (0.5, 0.5), (0.4, -0.4), (-0.45, 0.45), (1 / 3, 2 / 3)])
def test_contact_is_found_across_the_skewed_cell(shift: tuple[float, float]) -> None:
    both = interface(ruthenium(), ruthenium(), shift=shift)
    assert len(both) == 2 * len(ruthenium())
    assert contacts(both, len(ruthenium())).min() == pytest.approx(1.0, abs=1e-6)


def test_bonds_of_the_film_change_by_no_more_than_its_strain() -> None:
    both = interface(film(), ruthenium())
    strains = record_of(both).parameters["strains"]
    covered = both[np.isin(both.symbols, ["Mo", "O"])]
    lengths = [
        np.sort(
            np.concatenate(
                [np.linalg.norm(v, axis=1) for v in bond_vectors(s, np.flatnonzero(s.symbols == "O")).values()]
            )
        )
        for s in (covered, film())
    ]
    assert len(lengths[0]) / len(covered) == len(lengths[1]) / len(film()) == 1.5  # six bonds for four atoms
    ratio = lengths[0] / np.repeat(lengths[1], len(covered) // len(film()))
    assert ratio.min() >= 1 + min(*strains, 0.0) - 1e-6
    assert ratio.max() <= 1 + max(*strains, 0.0) + 1e-6


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"max_area": 0.0}, "an area of 0.0"),
        ({"max_area": 10.0}, r"no cells up to 10 Angstrom\^2 match"),
        ({"max_strain": 1e-9}, "strains the film by .* more than 0.0%"),
        ({"vacuum": -1.0}, "vacuum of -1.0"),
        ({"distance": 0.0}, "distance = 0.0"),
        ({"shift": (float("nan"), 0.0)}, "shift ="),
    ],
)
def test_bad_input_is_refused(options: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        interface(film(), ruthenium(), **options)


def test_tilted_cells_are_refused() -> None:
    tilted = film().copy()
    tilted.cell[2, 0] = 1.0
    with pytest.raises(InputError, match="third vector along z"):
        lattice_match(tilted, ruthenium())
