"""Electrons of vacancies are tried where the site and its states have them, each with what is around it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from ase import Atoms

from nrrsim.campaign.chains import StateChain
from nrrsim.campaign.computed import _between_others, _states_as_on_site, collected, replayed
from nrrsim.campaign.electrons import adsorbed_as_on_site, places, site_as_beneath
from nrrsim.campaign.export import _caveats
from nrrsim.campaign.plan import Plan
from nrrsim.campaign.run import run_campaign
from nrrsim.campaign.states import CLEAN, State, starts
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store
from nrrsim.structures.catalog.lookup import build_site
from nrrsim.structures.sites import adsorbate_atoms
from tests.unit.campaign.records import record

EMT = settings("emt")
BUILT = build_site("moo3-bilayer-vt", supercell=(2, 2))
TAKER, NEAR, FAR = 1, 16, 24


def holding(atoms: Atoms, moments: Mapping[int, float]) -> Atoms:
    copy: Atoms = atoms.copy()
    every = np.zeros(len(copy))
    every[list(moments)] = list(moments.values())
    copy.set_initial_magnetic_moments(every)
    return copy


def covered(name: str, moments: Mapping[int, float]) -> Atoms:
    state = State(f"{name}*", name)
    return holding(starts(BUILT, state, count=1)[0], moments)


def test_electrons_are_counted_by_moments() -> None:
    assert places(holding(BUILT, {TAKER: 1.77, NEAR: -0.9, FAR: 0.3})) == {TAKER: 2, NEAR: 1}
    assert places(holding(BUILT, {TAKER: 0.55})) == {TAKER: 1}


def test_the_site_is_tried_as_it_is_beneath_with_as_many_electrons() -> None:
    clean = holding(BUILT, {TAKER: 0.9, NEAR: -0.9})
    beneath = [covered("NH3", moments) for moments in ({TAKER: 1.8}, {TAKER: 0.9, FAR: 0.9}, {TAKER: 0.9}, {FAR: 1.8})]
    begun = holding(BUILT, {FAR: 2.0})
    assert [places(atoms) for atoms in site_as_beneath(beneath, clean, tried=[begun])] == [
        {TAKER: 2},
        {TAKER: 1, FAR: 1},
    ]


@pytest.mark.parametrize(
    ("beneath", "expected"),
    [
        ({TAKER: 0.9, NEAR: -0.9}, [{TAKER: 1.8}]),
        ({TAKER: 1.7}, []),  # as on the site
        ({TAKER: 1.7, NEAR: 0.9}, []),
        ({TAKER: 1.5}, []),  # the adsorbate took one
        ({NEAR: -0.9}, [{TAKER: 0.9}]),  # and the other one is elsewhere
        ({TAKER: 0.9, NEAR: 0.8, FAR: -0.9}, [{TAKER: 1.8, NEAR: 0.8}, {TAKER: 1.8, FAR: -0.9}]),
    ],
)
def test_a_state_is_tried_as_the_site_is(beneath: dict[int, float], expected: list[dict[int, float]]) -> None:
    clean = holding(BUILT, {TAKER: 1.8})
    clean.positions += 0.1
    state = covered("NH3", beneath)
    found = adsorbed_as_on_site(state, clean, BUILT)
    for start, moments in zip(found, expected, strict=True):
        np.testing.assert_allclose(
            start.get_initial_magnetic_moments(), holding(state, moments).arrays["initial_magmoms"]
        )
        (guest,) = adsorbate_atoms(start)
        np.testing.assert_array_equal(start.positions[list(guest)], state.positions[list(guest)])
        np.testing.assert_array_equal(start.positions[TAKER], state.positions[TAKER])
        far = int(state.get_distances(guest[0], range(len(clean)), mic=True).argmax())
        np.testing.assert_array_equal(start.positions[far], clean.positions[far])


@pytest.mark.parametrize(("by", "tries"), [(0.4, 0), (0.6, 1)])
def test_a_state_that_took_electrons_is_tried_where_its_site_stands_otherwise(by: float, tries: int) -> None:
    clean, state = holding(BUILT, {TAKER: 1.8}), covered("NH3", {TAKER: 0.9})
    far = int(state.get_distances(len(BUILT), range(len(BUILT)), mic=True).argmax())
    clean.positions[far] += [0.0, 0.0, by]
    found = adsorbed_as_on_site(state, clean, BUILT)
    assert [places(start) for start in found] == [{TAKER: 1}] * tries
    for start in found:
        np.testing.assert_array_equal(start.positions[far], clean.positions[far])


def test_electrons_beyond_those_of_the_site_are_counted_one_by_one() -> None:
    clean, state = holding(BUILT, {TAKER: 1.0, NEAR: 1.0}), covered("NH3", {TAKER: 2.8})
    assert [places(start) for start in adsorbed_as_on_site(state, clean, BUILT)] == [{TAKER: 2, NEAR: 1}]


def test_the_lowest_site_comes_first_and_then_the_states_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Electrons stay where they begin, two on one atom lie lower than two apart; a start of one's own is apart."""
    plan = Plan("moo3-bilayer-vt", EMT, states=("NH3*",), starts=1, vibrations=False, supercell=(2, 2))
    store = Store(tmp_path / "store.db")

    def settled(chain: StateChain, started: Atoms | None = None) -> None:
        task = chain.next([])
        assert task is not None
        atoms = started or task.atoms
        if "lower" not in chain.label and started is None and chain.kind == "slab":
            atoms = holding(atoms, {TAKER: 0.9, NEAR: -0.9})
        energy = -10.0 * len(atoms) - float(np.abs(atoms.get_initial_magnetic_moments()).max(initial=0.0))
        done = replace(record(task, energy=energy), start=atoms, atoms=atoms)
        store.add(replace(done, key=f"of {chain.label}") if started else done)

    def computed(chains: Sequence[StateChain], *_: object, **__: object) -> None:
        for chain in chains:
            if not replayed(chain, store):
                settled(chain)

    monkeypatch.setattr("nrrsim.campaign.run.compute", computed)
    first = run_campaign(plan, store, folder=tmp_path)
    assert not first.lower
    assert places(first.relaxed["NH3*"].atoms) == {TAKER: 1, NEAR: 1}
    settled(plan.references()[0], holding(first.relaxed[CLEAN].atoms, {TAKER: 1.8}))  # as by another campaign
    assert list(collected(plan, store).lower) == [CLEAN]
    found = run_campaign(plan, store, folder=tmp_path)
    assert set(found.lower) == {CLEAN, "NH3*"}
    assert not found.waiting
    assert places(found.relaxed[CLEAN].atoms) == places(found.relaxed["NH3*"].atoms) == {TAKER: 2}


def test_a_state_without_room_on_the_lowest_site_is_told() -> None:
    """Also where its energy is written."""
    plan = Plan("moo3-bilayer-vt", EMT, states=("NH3*",), starts=1, supercell=(2, 2))
    state = covered("NH3", {TAKER: 1.0, NEAR: 1.0})
    guests = [i for group in adsorbate_atoms(state) for i in group]
    away = [state.get_distances(i, guests, mic=True).min() for i in range(len(BUILT))]
    clean = holding(BUILT, {TAKER: 2.0})
    clean.positions[int(np.argmax(away))] = state.positions[guests[0]]
    relaxed: Any = {"NH3*": SimpleNamespace(atoms=state)}
    chains: Any = {"NH3*": None, "N2*": None}  # of N2* nothing is relaxed
    lowest: Any = SimpleNamespace(atoms=clean)
    found, refused = _states_as_on_site(plan, chains, relaxed, lowest)
    assert not found
    assert list(refused) == ["NH3*"]
    assert "would stand on top of" in refused["NH3*"]
    computed: Any = SimpleNamespace(plan=plan, vibrations={}, untried={**refused, "N2*": "elsewhere."})
    assert _caveats(computed, ["NH3*"]) == refused


def test_what_failed_is_computed_once_more_where_it_is_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan = Plan("moo3-bilayer-vt", EMT, states=("NH3*",), starts=1, vibrations=False, supercell=(2, 2))
    store = Store(tmp_path / "store.db")
    asked: list[str] = []

    def computed(chains: Sequence[StateChain], *_: object, **__: object) -> None:
        for chain in (chain for chain in chains if not replayed(chain, store)):
            task = chain.next([])
            assert task is not None
            asked.append(chain.label)
            other = NEAR if chain.label.endswith(" *") else FAR
            atoms = holding(task.atoms, {TAKER: 0.9, other: 0.9} if chain.kind == "slab" else {})
            atoms.positions[-1] += [0.0, 0.0, 0.1]
            failed = {"status": "failed", "reason": "no SCF."} if "lower" in chain.label else {}
            store.add(replace(record(task, energy=-1.0), atoms=atoms, **failed))  # type: ignore[arg-type]

    monkeypatch.setattr("nrrsim.campaign.run.compute", computed)
    first = run_campaign(plan, store, folder=tmp_path)
    assert set(first.lower) == {CLEAN, "NH3*"}
    once = asked.copy()
    run_campaign(plan, store, folder=tmp_path)
    assert asked == once
    run_campaign(plan, store, folder=tmp_path, retry=True)
    assert sorted(asked[len(once) :]) == ["moo3-bilayer-vt * lower", "moo3-bilayer-vt NH3* lower"]


def test_a_barrier_begun_from_another_electronic_state_is_refused() -> None:
    step: Any = SimpleNamespace(reactants={"NH2*": 1}, products={"NH3*": 1})
    plan = Plan("moo3-bilayer-vt", EMT, states=("NH3*",), starts=1, vibrations=False, supercell=(2, 2))
    chain = plan.references()[0]
    task = chain.next([])
    assert task is not None
    begun = {name: replace(record(task, energy=-1.0), key=name) for name in ("NH2*", "NH3*")}
    moved = {**begun, "NH3*": replace(begun["NH3*"], key="lower")}
    assert _between_others(step, {"NH3*": chain}, begun, begun) == ""  # tried, and no lower
    assert _between_others(step, {"NH3*": chain}, begun, moved).startswith("NH3* is lower with its electrons elsewhere")
    assert _between_others(step, {}, begun, moved) == ""  # a lower form that the search itself came upon
