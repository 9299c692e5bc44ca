"""MoO3-x over cells and x, and oxidation states of other oxides and sulfides: exact and neutral."""

from __future__ import annotations

import functools

import pytest
from ase import Atoms

from nrrsim.errors import InputError
from nrrsim.structures.crystals import crystal
from nrrsim.structures.oxidation import composition, mean_oxidation_state, oxygen_deficiency
from nrrsim.structures.slabs import moo3_bilayer, surface_slab
from nrrsim.structures.vacancies import (
    distinct_vacancies,
    remove,
    remove_oxygen,
    sampled_vacancies,
    substitute_sulfur,
    vacancies_for_x,
)

CELLS = [(2, 2), (2, 3), (3, 3), (4, 4)]


@functools.cache
def bilayer(supercell: tuple[int, int]) -> Atoms:
    return moo3_bilayer(supercell=supercell)


def charge(atoms: Atoms, metal: str) -> float:
    """Sum of nominal charges: that of the metal as asked for, O and S 2-, H 1+."""
    counts = composition(atoms)
    anions = 2 * (counts.get("O", 0) + counts.get("S", 0))
    return counts[metal] * mean_oxidation_state(atoms) - anions + counts.get("H", 0)


@pytest.mark.parametrize("share", [0, 0.125, 0.25, 0.375, 0.5])
@pytest.mark.parametrize("supercell", CELLS)
def test_x_from_0_to_a_half_is_exact_and_neutral(supercell: tuple[int, int], share: float) -> None:
    slab = bilayer(supercell)
    metals = 2 * supercell[0] * supercell[1]
    wanted = round(share * metals)
    x = wanted / metals
    assert vacancies_for_x(slab, x) == wanted
    reduced = slab
    if wanted:
        ((*chosen,),) = sampled_vacancies(slab, wanted, count=1, seed=5)
        reduced = remove_oxygen(slab, chosen)
    assert composition(reduced) == {"Mo": metals, "O": 3 * metals - wanted}
    assert oxygen_deficiency(reduced) == pytest.approx(x, abs=1e-12)
    assert charge(reduced, "Mo") == pytest.approx(0.0, abs=1e-9)
    assert mean_oxidation_state(reduced) == pytest.approx(6 - 2 * x, abs=1e-12)


def test_sulfur_changes_no_charge() -> None:
    slab = bilayer((2, 2))
    ((first,), (second,), _) = distinct_vacancies(slab, 1)
    doped = substitute_sulfur(remove_oxygen(slab, [second]), [first])
    assert charge(doped, "Mo") == pytest.approx(0.0, abs=1e-12)
    assert mean_oxidation_state(doped) == 6 - 2 / 8


@pytest.mark.parametrize(
    ("name", "miller", "metal", "anion", "full"),
    [
        ("CeO2", (1, 1, 1), "Ce", "O", 4),
        ("MoS2", (0, 0, 0, 1), "Mo", "S", 4),
        ("MoO2", (1, 0, 0), "Mo", "O", 4),
        ("CoO", (1, 0, 0), "Co", "O", 2),
        ("Al2O3", (0, 0, 0, 1), "Al", "O", 3),
    ],
)
def test_a_vacancy_leaves_two_electrons(name: str, miller: tuple[int, ...], metal: str, anion: str, full: int) -> None:
    slab = surface_slab(name, miller, layers=1)
    assert mean_oxidation_state(slab) == pytest.approx(full, abs=1e-12)
    (gone, *_) = distinct_vacancies(slab, 1, element=anion)
    reduced = remove(slab, gone)
    assert charge(reduced, metal) == pytest.approx(0.0, abs=1e-12)
    metals = composition(slab)[metal]
    assert mean_oxidation_state(reduced) == pytest.approx(full - 2 / metals, abs=1e-12)


def test_what_is_not_counted_is_refused() -> None:
    with pytest.raises(InputError, match=r"state of Ce comes out as \+5.00, which is outside 0 to 4"):
        mean_oxidation_state(crystal("CeO2") + Atoms("O2"))
    with pytest.raises(InputError, match=r"C in .* has no formal charge"):
        mean_oxidation_state(crystal("Mo2C"))
    with pytest.raises(InputError, match="holds 0 metals: none"):
        mean_oxidation_state(Atoms("OH2"))
