"""SCFs with more than one solution, or none at the first attempt: what is kept, what is said."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.calculators.calculator import Calculator

from nrrsim.dft.bench import Bench
from nrrsim.dft.engines import EngineError
from nrrsim.dft.record import FOLLOWED, RELAXED_BEFORE
from nrrsim.dft.run import run
from nrrsim.dft.settings import Kind, settings
from nrrsim.dft.task import Task

FIRST_CLASS = dataclasses.replace(settings("gpaw-lcao-sz-test"), relax={"fmax": 0.02, "steps": 60, "maxstep": 0.2})
SPRINGS = {"high": (2.0, 1.2, 0.0), "low": (3.0, 1.0, -0.3)}  # constant, length, energy


def pair(distance: float = 1.3) -> Atoms:
    return Atoms("O2", [[4, 4, 4], [4, 4, 4 + distance]], cell=[8, 8, 9.2], magmoms=[1, 1])


class KohnShamConvergenceError(Exception):
    """Of the name that gpaw uses."""


class TwoStates(Calculator):
    """A spring that goes on in the electronic state it has; a later calculator begins in another one."""

    implemented_properties = ["energy", "free_energy", "forces", "magmoms"]  # noqa: RUF012
    states: tuple[str, ...] = ()
    made = 0
    fails: tuple[int, ...] = ()  # numbers of calculators that never converge
    told: list[dict[str, Any]] = []  # noqa: RUF012
    moments = np.array([1.0, 1.0])

    def __init__(self, parameters: dict[str, Any]) -> None:
        super().__init__()
        self.number = TwoStates.made
        self.state = TwoStates.states[min(self.number, len(TwoStates.states) - 1)]
        TwoStates.made += 1
        TwoStates.told.append(parameters)

    def calculate(self, atoms: Any = None, *args: Any, **kwargs: Any) -> None:
        super().calculate(atoms, *args, **kwargs)
        if self.number in TwoStates.fails:
            raise KohnShamConvergenceError("no")
        constant, length, energy = SPRINGS[self.state]
        along = atoms.positions[1] - atoms.positions[0]
        stretch = np.linalg.norm(along) - length
        force = constant * stretch * along / np.linalg.norm(along)
        self.results = {"energy": energy + constant * stretch**2 / 2, "forces": np.array([force, -force])}
        self.results |= {"free_energy": self.results["energy"], "magmoms": self.moments}


@pytest.fixture
def engine(monkeypatch: pytest.MonkeyPatch) -> type[TwoStates]:
    def made(*_: Any, parameters: dict[str, Any], **__: Any) -> TwoStates:
        return TwoStates(parameters)

    monkeypatch.setattr("nrrsim.dft.bench.calculator", made)
    monkeypatch.setattr(TwoStates, "made", 0)
    monkeypatch.setattr(TwoStates, "fails", ())
    monkeypatch.setattr(TwoStates, "told", [])
    return TwoStates


def test_a_relaxation_goes_on_in_the_lower_state(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "states", ("high", "low"))
    record = run(Task("relax", pair(), FIRST_CLASS, "cluster"), tmp_path)
    assert record.usable
    assert record.atoms.get_distance(0, 1) == pytest.approx(1.0, abs=0.01)
    assert record.energy == pytest.approx(-0.3, abs=1e-3)
    assert "lies 240 meV lower, relaxed on from there" in record.details["warnings"][0]
    read = run(Task("relax", pair(), FIRST_CLASS, "cluster"), tmp_path)  # all from the journal
    assert read.details["energies"] == record.details["energies"]


def test_a_higher_state_is_not_taken(engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "states", ("low", "high"))
    record = run(Task("relax", pair(), FIRST_CLASS, "cluster"), tmp_path)
    assert record.usable
    assert record.energy == pytest.approx(-0.3, abs=1e-3)
    assert "meV above the one kept" in record.details["warnings"][0]


def test_the_guess_knows_nothing_of_the_state_and_a_refused_one_leaves_no_trace(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is computed from moments shared alike; where that is no better, displacements begin from those kept."""
    begun: list[list[float]] = []

    def made(_: Any, __: Any, atoms: Atoms, *___: Any, parameters: dict[str, Any], **____: Any) -> TwoStates:
        begun.append(atoms.get_initial_magnetic_moments().round(3).tolist())
        found = TwoStates(parameters)
        found.moments = np.array([1.5, 0.5]) if found.state == "low" else np.array([0.2, 1.8])
        return found

    monkeypatch.setattr("nrrsim.dft.bench.calculator", made)
    monkeypatch.setattr(engine, "states", ("low", "high", "low"))
    task = Task("vibrations", pair(1.2), FIRST_CLASS, "cluster", options={"indices": [1], "follow_imaginary": True})
    record = run(task, tmp_path)
    assert begun == [[1.0, 1.0], [1.0, 1.0], [1.5, 0.5]]
    assert record.usable
    assert record.energy == pytest.approx(-0.3, abs=1e-3)


def test_one_state_is_confirmed_without_a_word(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "states", ("low",))
    record = run(Task("relax", pair(), FIRST_CLASS, "cluster"), tmp_path)
    assert record.usable
    assert engine.made == 2
    assert "warnings" not in record.details


@pytest.mark.parametrize(("kind", "attempts"), [("cluster", 1), ("slab", len(FIRST_CLASS.attempts))])
def test_an_end_that_cannot_be_confirmed_says_so(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, attempts: int
) -> None:
    """Where a total moment is held, as of clusters, one attempt is all there is."""
    monkeypatch.setattr(engine, "states", ("low",))
    monkeypatch.setattr(engine, "fails", tuple(range(1, 9)))
    record = run(Task("relax", pair(), FIRST_CLASS, kind), tmp_path)
    assert record.usable
    assert "not confirmed" in record.details["warnings"][0]
    assert engine.made == 1 + attempts


def test_vibrations_are_those_of_a_minimum_of_their_own_state(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "states", ("low",))
    task = Task("vibrations", pair(1.2), FIRST_CLASS, "cluster", options={"indices": [1], "follow_imaginary": True})
    record = run(task, tmp_path)
    assert record.moved
    assert RELAXED_BEFORE in record.details
    assert FOLLOWED not in record.details
    assert record.energy == pytest.approx(-0.3, abs=1e-3)


def test_differences_between_two_states_are_no_vibrations(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "states", ("low", "high"))

    class Jumping(TwoStates):
        def calculate(self, atoms: Any = None, *args: Any, **kwargs: Any) -> None:
            self.state = "high" if atoms.positions[1, 2] > 5.005 else "low"
            super().calculate(atoms, *args, **kwargs)

    monkeypatch.setattr("nrrsim.dft.bench.calculator", lambda *_, parameters, **__: Jumping(parameters))
    record = run(Task("vibrations", pair(1.0), FIRST_CLASS, "cluster", options={"indices": [1]}), tmp_path)
    assert not record.usable
    assert record.reason.startswith("another electronic state: the energy changes by 33")


@pytest.mark.parametrize("fails", [(0,), (0, 1)], ids=["again the same way", "then another way"])
def test_an_scf_is_tried_again_from_a_new_density(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fails: tuple[int, ...]
) -> None:
    """A live calculator that loses its way is made anew; then the settings' other ways are tried."""
    monkeypatch.setattr(engine, "states", ("low",))
    bench = Bench(Task("single point", pair(), FIRST_CLASS, "cluster"), tmp_path)
    bench.compute(pair())
    monkeypatch.setattr(engine, "fails", fails)
    point = bench.compute(pair(1.25))
    assert point.attempt == len(fails)
    mixers = [told.get("mixer", {}).get("backend") for told in engine.told]
    assert mixers == ["msr1", "msr1", "pulay"][: len(fails) + 1]


def test_a_mixer_of_the_task_itself_is_kept(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "states", ("low",))
    mine = {"backend": "pulay", "beta": 0.02}
    run(Task("single point", pair(), FIRST_CLASS, "cluster", options={"parameters": {"mixer": mine}}), tmp_path)
    assert [told["mixer"] for told in engine.told] == [mine]


def test_attempts_end(engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "states", ("low",))
    monkeypatch.setattr(engine, "fails", tuple(range(9)))
    bench = Bench(Task("single point", pair(), FIRST_CLASS, "cluster"), tmp_path)
    for _ in range(2):
        with pytest.raises(EngineError, match="did not converge"):
            bench.compute(pair())
    assert engine.made == len(FIRST_CLASS.attempts)


def test_further_attempts_are_said_in_the_record(
    engine: type[TwoStates], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "states", ("low",))
    monkeypatch.setattr(engine, "fails", (0,))
    record = run(Task("single point", pair(), FIRST_CLASS, "cluster"), tmp_path)
    assert "1 of 1 SCFs converged at a further attempt only" in record.details["warnings"][0]


def test_what_settings_say_of_vibrations_is_part_of_their_identity_alone() -> None:
    plain = dataclasses.replace(FIRST_CLASS, vibrations={}, attempts=())
    for work, same in (("relax", True), ("vibrations", False)):
        keys = {Task(work, pair(), one, "cluster").key for one in (FIRST_CLASS, plain)}  # type: ignore[arg-type]
        assert (len(keys) == 1) is same
    tight = Task("vibrations", pair(), FIRST_CLASS, "cluster", options={"parameters": {"h": 0.3}}).parameters
    assert tight == {"convergence": FIRST_CLASS.vibrations["convergence"], "h": 0.3}
