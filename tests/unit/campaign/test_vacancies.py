"""Vacancies from records put into a store: free energies, their laws, what is missing, what is refused."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nrrsim.campaign.plan import Plan
from nrrsim.campaign.vacancies import (
    ComputedVacancies,
    VacancyPlan,
    collected_vacancies,
    run_vacancies,
    vacancy_formations,
    vacancy_sweep,
)
from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store
from nrrsim.errors import InputError
from nrrsim.thermo.reservoirs import Electrode, OxygenGas, WaterHydrogen
from nrrsim.units import K_B

EMT = settings("emt")
HOST, REDUCED = "moo3-bilayer", ("moo3-bilayer-vt", "moo3-bilayer-x0.5")
ENERGIES = {HOST: -130.0, REDUCED[0]: -121.0, REDUCED[1]: -111.5, "H2(g)": -6.77, "H2O(g)": -14.22}
PLAN = VacancyPlan(HOST, REDUCED, EMT, supercell=(2, 1))
T = np.array([298.15, 340.0])
RESERVOIRS = (OxygenGas(0.2), WaterHydrogen(0.02, 1.0), Electrode(U_SHE=-0.3, pH=7.0))


def keep(store: Store, plan: VacancyPlan, energies: Mapping[str, float], *, reasons: Mapping[str, str] = {}) -> Store:
    """Put records for each site of a plan that has an energy into a store, the first one of a site the lowest."""
    for name, chain in plan.chains().items():
        done: list[DftRecord] = []
        while name in energies and (task := chain.next(done)) is not None:
            done.append(
                DftRecord(
                    key=task.key, label=task.label, work=task.work, status="done", reason=reasons.get(name, ""),
                    start=task.atoms, atoms=task.atoms, energy=energies[name] + 0.1 * len(done), forces=None,
                    moments=(), vibrations=(), settings={"digest": plan.settings.digest}, versions={},
                    timing={"seconds": 1.0},
                )
            )  # fmt: skip
            store.add(done[-1])
    return store


@pytest.fixture
def found(tmp_path: Path) -> ComputedVacancies:
    return collected_vacancies(PLAN, keep(Store(tmp_path / "store.db"), PLAN, ENERGIES))


def test_a_plan_counts_vacancies() -> None:
    assert dict(PLAN.vacancies) == {REDUCED[0]: 1, REDUCED[1]: 2}
    assert PLAN.metals == 4


def test_sites_are_those_of_campaigns() -> None:
    """The same task as the clean site of a campaign: what one computed the other finds."""
    size: dict[str, Any] = {"supercell": (2, 1), "vacuum": 9.0}
    vacancies = VacancyPlan(HOST, REDUCED, EMT, **size)
    for name in (HOST, *REDUCED):
        mine, theirs = vacancies.chains()[name], Plan(name, EMT, **size).references()[0]
        one, other = mine.next([]), theirs.next([])
        assert one is not None
        assert other is not None
        assert one.key == other.key


def test_energies_are_differences_of_records(found: ComputedVacancies) -> None:
    assert found.complete
    one, two = vacancy_formations(found)
    assert (one.vacancies, two.vacancies, one.x, two.x) == (1, 2, 0.25, 0.5)
    assert one.electronic == pytest.approx(-121.0 + 130.0 - 14.22 + 6.77)
    assert two.electronic == pytest.approx((-111.5 + 130.0) / 2 - 14.22 + 6.77)
    # 2 H2O -> 2 H2 + O2 is 5.46 eV uphill electronically, whatever the functional
    assert one.electronic_oxygen - one.electronic == pytest.approx(5.461 / 2, abs=1e-3)
    gibbs = two.gibbs(T, OxygenGas(0.2))
    np.testing.assert_allclose(gibbs, 18.5 / 2 + OxygenGas(0.2).mu_O(T, two.gases), rtol=1e-13)


def test_free_energy_falls_with_the_pressure(found: ComputedVacancies) -> None:
    for one in vacancy_formations(found):
        fall = one.gibbs(T, OxygenGas(1e-3)) - one.gibbs(T, OxygenGas(1e-4))
        np.testing.assert_allclose(fall, K_B * T * math.log(10) / 2, rtol=1e-9)


def test_zeros_of_the_elements_do_not_matter(found: ComputedVacancies, tmp_path: Path) -> None:
    zeros = {"Mo": 17.0, "O": -431.0, "H": 13.6}
    moved = {}
    for name, chain in PLAN.chains().items():
        moved[name] = ENERGIES[name] + sum(zeros[symbol] for symbol in chain.starts[0].symbols)
    again = collected_vacancies(PLAN, keep(Store(tmp_path / "moved.db"), PLAN, moved))
    for before, after in zip(vacancy_formations(found), vacancy_formations(again), strict=True):
        assert after.electronic == pytest.approx(before.electronic, abs=1e-9)
        for reservoir in RESERVOIRS:
            np.testing.assert_allclose(after.gibbs(T, reservoir), before.gibbs(T, reservoir), rtol=0, atol=1e-9)


@pytest.mark.parametrize("reservoir", RESERVOIRS, ids=lambda reservoir: type(reservoir).__name__)
def test_a_sweep_passes_through_its_conditions(found: ComputedVacancies, reservoir) -> None:
    formations = vacancy_formations(found)
    sweep = vacancy_sweep(formations, reservoir, tuple(T))
    assert sweep.values[0] <= sweep.marked <= sweep.values[-1]
    for one in formations:
        assert sweep.gibbs[one.site].shape == (2, len(sweep.values))
        at_mark = [np.interp(sweep.marked, sweep.values, curve) for curve in sweep.gibbs[one.site]]
        np.testing.assert_allclose(at_mark, one.gibbs(T, reservoir), rtol=0, atol=1e-9)  # each is a straight line


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    store = Store(tmp_path / "store.db")
    some = {name: energy for name, energy in ENERGIES.items() if name not in ("H2O(g)", REDUCED[1])}
    found = collected_vacancies(PLAN, keep(store, PLAN, some, reasons={REDUCED[0]: "an atom flew away."}))
    assert not found.complete
    assert found.missing == {
        REDUCED[0]: "no start gave it: an atom flew away.",
        REDUCED[1]: "not computed yet.",
        "H2O(g)": "not computed yet.",
    }
    assert not found.referenced
    with pytest.raises(InputError, match=r"H2O\(g\) has no energy: not computed yet"):
        vacancy_formations(found)


def test_a_reduced_site_that_is_missing_leaves_the_others(tmp_path: Path) -> None:
    some = {name: energy for name, energy in ENERGIES.items() if name != REDUCED[0]}
    found = collected_vacancies(PLAN, keep(Store(tmp_path / "store.db"), PLAN, some))
    assert found.referenced
    assert [one.site for one in vacancy_formations(found)] == [REDUCED[1]]


def test_computing_goes_as_far_as_the_engine(tmp_path: Path) -> None:
    """Effective-medium theory knows H and O and no Mo: the gases have energies, the slabs a reason."""
    plan = VacancyPlan(HOST, REDUCED[:1], EMT, supercell=(1, 1), relax={"fmax": 0.2, "steps": 50})
    store = Store(tmp_path / "store.db")
    found = run_vacancies(plan, store, folder=tmp_path / "work")
    assert set(found.relaxed) == {"H2(g)", "H2O(g)"}
    assert set(found.missing) == {HOST, REDUCED[0]}
    assert "Mo" in found.missing[HOST]
    assert collected_vacancies(plan, store).missing == found.missing


@pytest.mark.parametrize(
    ("host", "reduced", "sentence"),
    [
        (HOST, (), "no reduced site is named"),
        (HOST, (HOST,), "moo3-bilayer is named twice"),
        (HOST, ("moo3-bilayer-vt", "MoO3-bilayer-vt"), "moo3-bilayer-vt is named twice"),
        (HOST, ("moo3-bilayer-s",), "it is .*S.*, which is not .* less oxygen"),
        ("moo3-bilayer-vt", (HOST,), "which is not .* less oxygen"),
        (HOST, ("moo3-bilayer-vx",), "no site is called 'moo3-bilayer-vx'"),
        (HOST, ("m3-nb",), "m3-nb"),
    ],
)
def test_impossible_plans_are_refused(host: str, reduced: tuple[str, ...], sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        VacancyPlan(host, reduced, EMT)
