"""The adsorbates: composition, geometry, orientation, and the names that are refused."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from ase.data import covalent_radii
from ase.formula import Formula

from nrrsim.errors import InputError
from nrrsim.structures.adsorbates import adsorbate, from_internal, known_adsorbates, leaning

FORMS = [(name, form) for name, forms in known_adsorbates().items() for form in forms]
N_N = {"N2": (1.09, 1.14), "NNH": (1.15, 1.25), "HNNH": (1.22, 1.28), "NNH2": (1.2, 1.35), "HNNH2": (1.3, 1.4),
       "H2NNH2": (1.4, 1.5), "N2H4": (1.4, 1.5), "NNH3": (1.4, 1.5)}  # fmt: skip


def test_names_are_those_of_the_network() -> None:
    wanted = {"N2", "NNH", "HNNH", "NNH2", "HNNH2", "H2NNH2", "N", "NH", "NH2", "NH3", "H", "OH", "O", "H2O", "N2H4"}
    assert wanted <= set(known_adsorbates())
    assert adsorbate("NNH*").name == "NNH"


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_composition_and_distances(name: str, form: str) -> None:
    atoms = adsorbate(name, form=form).atoms
    assert Formula(name).count() == Formula(atoms.get_chemical_formula()).count()
    nitrogens = [i for i, symbol in enumerate(atoms.symbols) if symbol == "N"]
    if len(nitrogens) == 2:
        low, high = N_N[name]
        assert low < atoms.get_distance(*nitrogens) < high
    for i, j in combinations(range(len(atoms)), 2):
        ratio = atoms.get_distance(i, j) / covalent_radii[atoms.numbers[[i, j]]].sum()
        assert ratio > 0.75
    for i in np.flatnonzero(atoms.numbers == 1):
        others = [j for j in range(len(atoms)) if j != i]
        assert not others or 0.94 < atoms.get_distances(i, others).min() < 1.06


@pytest.mark.parametrize(("name", "form"), FORMS)
def test_orientation(name: str, form: str) -> None:
    """Binding atoms at the origin; no atom below them, or by some tenths of an Angstrom if bent."""
    found = adsorbate(name, form=form)
    binding = found.atoms.positions[list(found.binding)]
    np.testing.assert_allclose(binding.mean(axis=0), 0, rtol=0, atol=1e-9)
    np.testing.assert_allclose(binding[:, 1:], 0, rtol=0, atol=1e-9)
    assert found.atoms.positions[:, 2].min() > -0.65
    assert len(found.binding) == (2 if "side-on" in form else 1)
    assert {found.atoms[i].symbol for i in found.binding} <= ({name} if name in "HNO" else {"N", "O"})
    np.testing.assert_array_equal(found.up, [0, 0, 1])
    assert found.source


def test_cis_and_trans() -> None:
    cis, trans = adsorbate("HNNH", form="cis").atoms, adsorbate("HNNH", form="trans").atoms
    assert cis.get_dihedral(2, 0, 1, 3) == pytest.approx(0, abs=1e-6)
    assert trans.get_dihedral(2, 0, 1, 3) == pytest.approx(180, abs=1e-6)
    flat = adsorbate("HNNH", form="trans side-on").atoms
    np.testing.assert_allclose(flat.positions[:, 2], 0, rtol=0, atol=1e-9)
    assert adsorbate("HNNH", form="cis side-on").atoms.positions[2:, 2].min() > 0.5


def test_symmetric_ones_stand_upright() -> None:
    for name in ("NH3", "NH2", "H2O", "NNH2"):
        atoms = adsorbate(name).atoms
        heights = atoms.positions[atoms.numbers == 1, 2]
        np.testing.assert_allclose(heights, heights[0], rtol=0, atol=1e-5)  # G2 positions have six decimals
        assert heights[0] > 0.2
    assert adsorbate("N2").atoms.positions[1, 2] == pytest.approx(adsorbate("N2").atoms.get_distance(0, 1))


def test_an_adsorbate_is_fresh_each_time() -> None:
    adsorbate("NH3").atoms.positions[:] = 7.0
    assert adsorbate("NH3").atoms.positions.max() < 2


def test_internal_coordinates_give_what_they_say() -> None:
    rows = [["N"], ["N", 0, 1.4], ["H", 0, 1.0, 1, 108], ["H", 1, 1.1, 0, 95, 2, 77]]
    atoms = from_internal(rows)
    assert atoms.get_distance(1, 3) == pytest.approx(1.1)
    assert atoms.get_angle(0, 1, 3) == pytest.approx(95)
    assert atoms.get_dihedral(2, 0, 1, 3) % 360 in (pytest.approx(77), pytest.approx(283))


@pytest.mark.parametrize(
    ("name", "form", "sentence"),
    [
        ("NNH4", None, "'NNH4' is not known.*did you mean 'NNH"),
        ("N2", "flat", "N2 has no form 'flat'.*'end-on', 'side-on'"),
    ],
)
def test_refusals(name: str, form: str | None, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        adsorbate(name, form=form)


def test_leaning_brings_a_hydrogen_down_and_keeps_the_foot() -> None:
    guest = adsorbate("NNH2")
    leant = leaning(guest, angle=30.0)
    assert leant is not None
    assert leant.binding == guest.binding
    np.testing.assert_allclose(leant.atoms.positions[0], 0.0, atol=1e-12)
    np.testing.assert_allclose(leant.atoms.get_all_distances(), guest.atoms.get_all_distances())
    assert leant.atoms.positions[1, 0] == pytest.approx(1.3 * 0.5, abs=0.01)  # sine of 30 degrees
    assert leant.atoms.positions[2, 2] < guest.atoms.positions[2, 2]
    assert guest.atoms.positions[1, 0] == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize(("name", "form"), [("N2", None), ("N", None), ("H", None), ("N2", "side-on")])
def test_what_cannot_lean_does_not(name: str, form: str | None) -> None:
    assert leaning(adsorbate(name, form=form)) is None
