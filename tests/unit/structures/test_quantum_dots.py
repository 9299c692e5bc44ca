"""Dots of MoO3-x: stoichiometry, symmetry, contacts, areas, seeds and refusals."""

from __future__ import annotations

import numpy as np
import pytest
from ase.data import covalent_radii

from nrrsim.errors import InputError
from nrrsim.structures.crystals import crystal
from nrrsim.structures.oxidation import composition
from nrrsim.structures.quantum_dots import dot_figures, moo3_dot, radial_distribution
from nrrsim.structures.record import record_of


@pytest.mark.parametrize("diameter", [10.0, 13.0, 20.0, 30.0])
def test_dots_are_stoichiometric_and_have_a_centre_of_inversion(diameter: float) -> None:
    dot = moo3_dot(diameter)
    counts = composition(dot)
    assert counts["O"] == 3 * counts["Mo"]
    centred = dot.positions - dot.get_positions()[dot.symbols == "Mo"].mean(axis=0)
    gaps = np.linalg.norm(centred[:, None] + centred, axis=-1)
    images = gaps.argmin(axis=1)
    np.testing.assert_allclose(gaps.min(axis=1), 0.0, rtol=0, atol=1e-6)
    assert (dot.numbers[images] == dot.numbers).all()


def test_three_nanometres() -> None:
    figures = dot_figures(moo3_dot(30.0))
    assert 265 <= figures.formula_units <= 290  # a sphere of 14137 A^3 holds 278.6 units of 50.74 A^3
    np.testing.assert_allclose(figures.sphere_area, 426.0, rtol=0.02)  # 6 / (rho d), of the whole number of units
    assert figures.mean_oxidation_state == 6.0
    assert min(figures.mo_coordination) >= 4
    assert max(figures.mo_coordination) == 6
    assert sum(figures.pieces) == figures.formula_units
    assert figures.accessible_area > figures.sphere_area


def test_no_contact_is_closer_than_in_the_crystal() -> None:
    dot = moo3_dot(20.0, x=0.1, sulfur=0.1, seed=3)
    distances = dot.get_all_distances() + 10 * np.eye(len(dot))
    ratios = distances / (covalent_radii[dot.numbers][:, None] + covalent_radii[dot.numbers])
    pair = {frozenset(p) for p in [("Mo", "O")]}
    bonds = np.array([[frozenset((a, b)) in pair for b in dot.symbols] for a in dot.symbols])
    assert ratios[~bonds].min() >= 0.8
    bulk = crystal("MoO3").repeat(2)
    lengths = bulk.get_all_distances(mic=True) + 10 * np.eye(len(bulk))
    assert distances[bonds].min() >= lengths.min() - 1e-9  # Mo=O, 0.76 sums of covalent radii


def test_vacancies_and_sulfur_are_exact_and_seeded() -> None:
    dot = moo3_dot(20.0, x=0.25, sulfur=0.1, seed=1)
    metals = composition(dot)["Mo"]
    vacancies, sulfur = round(0.25 * metals), round(0.1 * metals)
    assert composition(dot) == {"Mo": metals, "O": 3 * metals - vacancies - sulfur, "S": sulfur}
    figures = dot_figures(dot)
    np.testing.assert_allclose(figures.oxygen_deficiency, vacancies / metals, rtol=1e-12)
    np.testing.assert_allclose(figures.mean_oxidation_state, 6 - 2 * vacancies / metals, rtol=1e-12)
    assert figures.bond_valence_mean < dot_figures(moo3_dot(20.0)).bond_valence_mean
    assert min(figures.mo_coordination) >= 3
    assert dot == moo3_dot(20.0, x=0.25, sulfur=0.1, seed=1)
    assert not np.array_equal(dot.numbers, moo3_dot(20.0, x=0.25, sulfur=0.1, seed=2).numbers)
    active = record_of(dot).active_atoms
    assert active
    assert all(dot.symbols[atom] == "Mo" for atom in active)


def test_passivated_dot_keeps_six_neighbours_and_the_charge() -> None:
    dot = moo3_dot(20.0, passivate="H")
    counts = composition(dot)
    assert counts["H"] == 2 * (counts["O"] - 3 * counts["Mo"])
    figures = dot_figures(dot)
    assert figures.mean_oxidation_state == 6.0
    assert set(figures.mo_coordination) == {6}
    lengths = dot.get_all_distances()[dot.symbols == "H"][:, dot.symbols == "O"]
    np.testing.assert_allclose(lengths.min(axis=1), 0.97, rtol=0, atol=1e-6)
    mutual = dot[dot.symbols == "H"].get_all_distances()
    assert mutual[np.triu_indices(len(mutual), 1)].min() > 1.2


def test_radial_distribution_counts_neighbours() -> None:
    bulk = crystal("MoO3")
    np.testing.assert_allclose(radial_distribution(bulk, ("Mo", "O")).neighbours(1.5, 2.6), 6.0, rtol=1e-12)
    dot = moo3_dot(13.0)
    there, back = (radial_distribution(dot, p) for p in (("Mo", "O"), ("O", "Mo")))
    np.testing.assert_allclose(there.density, 3 * back.density, rtol=1e-12, atol=1e-12)  # N_A n_AB = N_B n_BA
    with pytest.raises(InputError, match="Mo-S"):
        radial_distribution(dot, ("Mo", "S"))


@pytest.mark.parametrize(
    ("arguments", "match"),
    [
        ({"diameter": 3.0}, "10 to 60"),
        ({"diameter": 1000.0}, "about 4.1e.07 atoms"),
        ({"diameter": float("nan")}, "10 to 60"),
        ({"diameter": 12.0, "x": -0.1}, "atoms per Mo"),
        ({"diameter": 12.0, "x": 2.9}, "oxygens"),
        ({"diameter": 12.0, "passivate": "F"}, "not known"),
        ({"diameter": 12.0, "vacuum": 0.0}, "vacuum"),
    ],
)
def test_refusals(arguments, match) -> None:
    with pytest.raises(InputError, match=match):
        moo3_dot(**arguments)


def test_the_record_says_what_composition_was_reached() -> None:
    dot = moo3_dot(14.0, x=0.25, sulfur=0.05)
    record = record_of(dot)
    metals = int(np.sum(dot.symbols == "Mo"))
    assert record.parameters["x"] == pytest.approx((3 * metals - np.sum(np.isin(dot.symbols, ["O", "S"]))) / metals)
    assert record.parameters["sulfur"] == pytest.approx(np.sum(dot.symbols == "S") / metals)
    assert record.parameters["asked"] == {"x": 0.25, "sulfur": 0.05}
    assert record.parameters["x"] != 0.25
