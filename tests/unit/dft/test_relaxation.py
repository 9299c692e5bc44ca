"""Relaxations: against a plain script of ase, and killed at any moment."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.build import add_adsorbate, fcc100
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.optimize import BFGS

from nrrsim.dft import relaxation as relaxation_module
from nrrsim.dft.bench import Bench, Entry, Point
from nrrsim.dft.descent import DampedBFGS
from nrrsim.dft.engines import EngineError
from nrrsim.dft.model_hessian import model_hessian
from nrrsim.dft.outcome import widest_gap
from nrrsim.dft.relaxation import (
    AWAY,
    PATIENCE,
    Relaxed,
    _jumps,
    _leaving,
    _stuck,
    relax,
    relax_options,
    unconverged,
)
from nrrsim.dft.run import run
from nrrsim.dft.settings import Settings, settings
from nrrsim.dft.task import Task
from nrrsim.dft.vibrations import vibrations
from nrrsim.errors import InputError
from nrrsim.structures.record import recorded


def adatom() -> Atoms:
    slab: Atoms = fcc100("Pt", (2, 2, 3), vacuum=6.0)
    add_adsorbate(slab, "Au", 2.4, "hollow")
    slab.set_constraint(FixAtoms([atom.index for atom in slab if atom.tag > 1]))
    return slab


def relaxation(**options: object) -> Task:
    return Task("relax", adatom(), settings("emt"), options=options)


def test_energy_and_structure_are_those_of_a_plain_script(tmp_path: Path) -> None:
    record = run(relaxation(fmax=0.01, maxstep=0.1), tmp_path)
    plain = adatom()
    plain.calc = EMT()
    walk = DampedBFGS(plain, logfile=None, maxstep=0.1)
    walk.H0 = model_hessian(plain, fixed=range(8))
    walk.run(fmax=0.01)
    assert record.usable
    assert record.energy == pytest.approx(plain.get_potential_energy(), rel=0, abs=1e-6)
    np.testing.assert_allclose(record.atoms.positions, plain.positions, rtol=0, atol=1e-5)
    free = [atom.index for atom in plain if atom.tag <= 1]
    assert np.linalg.norm(np.array(record.forces)[free], axis=1).max() < 0.01
    assert record.details["fmax"][-1] < 0.01 < record.details["fmax"][-2]
    np.testing.assert_array_equal(record.atoms.positions[:8], adatom().positions[:8])


def test_running_again_from_the_stored_start_reproduces_it(tmp_path: Path) -> None:
    first = run(relaxation(fmax=0.02), tmp_path / "a")
    again = run(Task("relax", first.start, settings("emt"), options={"fmax": 0.02}), tmp_path / "b")
    assert again.energy == pytest.approx(first.energy, rel=0, abs=1e-12)
    assert again.key == first.key


def test_a_finished_folder_answers_without_the_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = run(relaxation(), tmp_path)

    def never(*_: object, **__: object) -> None:
        raise AssertionError("the engine was asked")

    monkeypatch.setattr("nrrsim.dft.bench.calculator", never)
    again = run(relaxation(), tmp_path)
    assert (again.energy, again.timing, again.details) == (first.energy, first.timing, first.details)


def test_too_few_steps_keep_the_energy_and_say_so(tmp_path: Path) -> None:
    record = run(relaxation(fmax=0.001, steps=2), tmp_path)
    assert (record.status, record.usable) == ("done", False)
    assert "not relaxed after 2 steps" in record.reason
    assert record.energy is not None
    assert len(record.details["energies"]) == 3


SLOWLY = """
import sys, time
from pathlib import Path
import ase.io
from nrrsim.dft import bench
from nrrsim.dft.run import run
from nrrsim.dft.settings import Settings, settings
from nrrsim.dft.task import Task
from nrrsim.dft.vibrations import vibrations
computed = bench.Bench._computed
def slowly(self, *args, **how):
    time.sleep(0.02)
    return computed(self, *args, **how)
bench.Bench._computed = slowly
run(Task("relax", ase.io.read(sys.argv[1]), settings("emt"), options={"fmax": 1e-4}), Path(sys.argv[2]))
"""


def test_killed_at_random_moments_it_takes_the_same_steps(tmp_path: Path) -> None:
    ase.io.write(tmp_path / "start.json", adatom())
    start: Atoms = ase.io.read(tmp_path / "start.json")
    task = Task("relax", start, settings("emt"), options={"fmax": 1e-4})
    plain = run(task, tmp_path / "plain")
    chance, folder, kills, lines = random.Random(4), tmp_path / "killed", 0, [0]
    command = [sys.executable, "-c", SLOWLY, str(tmp_path / "start.json"), str(folder)]
    while lines[-1] < len(plain.details["energies"]) and kills < 4:
        process = subprocess.Popen(command)
        journal = folder / "points.jsonl"
        while process.poll() is None and _lines(journal) < lines[-1] + 2:
            time.sleep(0.005)
        time.sleep(chance.uniform(0.0, 0.05))
        assert process.poll() in (None, 0)  # it was at work, or done
        process.send_signal(signal.SIGKILL)
        process.wait()
        kills += 1
        assert _lines(journal) >= lines[-1]  # nothing that was done is lost
        lines.append(_lines(journal))
    assert kills >= 3
    resumed = run(task, folder)
    assert resumed.details["energies"] == plain.details["energies"]  # bitwise
    np.testing.assert_array_equal(resumed.atoms.positions, plain.atoms.positions)
    assert resumed.timing["resumed"] >= 1
    assert _lines(folder / "points.jsonl") == _lines(tmp_path / "plain" / "points.jsonl")


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def test_a_torn_last_line_is_computed_again(tmp_path: Path) -> None:
    plain = run(relaxation(), tmp_path / "a")
    run(relaxation(), tmp_path / "b")
    journal = tmp_path / "b" / "points.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])
    again = run(relaxation(), tmp_path / "b")
    assert again.details["energies"] == plain.details["energies"]
    assert _lines(journal) == _lines(tmp_path / "a" / "points.jsonl")


def test_a_failure_on_the_way_keeps_the_steps_before_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    computed = Bench._computed

    def failing(self: Bench, atoms: Atoms, moment: int | None, *, patient: bool) -> Entry:
        if len(self.points) == 3:
            raise EngineError("the SCF did not converge.")
        return computed(self, atoms, moment, patient=patient)

    with monkeypatch.context() as patch:
        patch.setattr(Bench, "_computed", failing)
        record = run(relaxation(), tmp_path)
    assert (record.status, record.energy, record.reason) == ("failed", None, "the SCF did not converge.")
    assert len(record.details["energies"]) == 3
    assert run(relaxation(), tmp_path).usable  # what was done is taken up again


def points(*, fmax: list[float], energies: list[float], moments: list[float]) -> list[Point]:
    return [
        Point(np.zeros((1, 3)), None, e, e, np.array([[f, 0.0, 0.0]]), np.array([m]), 0.0)
        for f, e, m in zip(fmax, energies, moments, strict=True)
    ]


def test_late_jumps_of_forces_and_moments_are_told() -> None:
    forces = [1.0, 3.5, 0.5, 0.4, 0.3, 0.2, 0.1, 1.1, 0.1]
    noisy = points(fmax=forces, energies=[0.0] * 7 + [0.009, 0.0], moments=[1.0] * 4 + [0.1] * 5)
    said = _jumps(Atoms("Mo"), noisy, forces)
    assert len(said) == 2
    assert "step 4: the moment of Mo0 went from 1.00 to 0.10" in said[0]
    assert "step 7: the largest force rose from 0.100 to 1.100 eV/Angstrom, the energy by 9.0 meV" in said[1]
    calm = points(fmax=[1.0, 0.5, 0.1], energies=[0.0, -0.1, -0.2], moments=[1.0, 0.9, 0.8])
    assert _jumps(Atoms("Mo"), calm, [1.0, 0.5, 0.1]) == ()


def test_options_go_over_settings() -> None:
    assert relax_options({"fmax": 0.01}, settings("emt")) == {"fmax": 0.01, "steps": 200, "maxstep": 0.2}
    with pytest.raises(InputError, match="fmax is -1"):
        relax_options({"fmax": -1}, settings("emt"))


def test_fixed_structures_are_done_at_once(tmp_path: Path) -> None:
    slab = adatom()
    slab.set_constraint(FixAtoms(range(len(slab))))
    bench = Bench(Task("relax", slab, settings("emt")), tmp_path)
    assert len(relax(slab, bench, fmax=0.01, steps=5, maxstep=0.1).points) == 1


def test_a_relaxation_that_begins_with_the_model_hessian_is_shorter(tmp_path: Path) -> None:
    uniform = adatom()
    uniform.calc = EMT()
    walk = BFGS(uniform, logfile=None, maxstep=0.1, alpha=30.0)
    walk.run(fmax=0.01)
    found = relax(adatom(), Bench(relaxation(), tmp_path), fmax=0.01, steps=100, maxstep=0.1)
    assert len(found.points) < 0.8 * (walk.nsteps + 1)
    assert found.points[-1].energy == pytest.approx(uniform.get_potential_energy(), rel=0, abs=1e-4)


def test_a_descent_that_begins_with_the_modes_is_shorter(tmp_path: Path) -> None:
    bench = Bench(relaxation(), tmp_path)
    at_rest = relax(adatom(), bench, fmax=0.01, steps=100, maxstep=0.1).atoms
    curvature = vibrations(at_rest, bench, [12]).curvature(model_hessian(at_rest))
    at_rest.positions[-1] += [0.2, 0.1, 0.1]
    plain, informed = (
        relax(at_rest, bench, fmax=0.01, steps=100, maxstep=0.1, hessian=known)
        for known in (30.0 * np.eye(39), curvature)
    )
    assert len(informed.points) <= 0.6 * len(plain.points)
    assert informed.points[-1].energy == pytest.approx(plain.points[-1].energy, rel=0, abs=1e-4)


class Shelf:
    """A bench of one hydrogen at the origin and another that slides along z down a curve, by its slope there."""

    def __init__(self, energy: Callable[[float], float], *, goes_on: bool = False, lower: float = 0.0) -> None:
        self.energy, self.goes_on, self.lower, self.news = energy, goes_on, lower, 0

    def compute(self, atoms: Atoms, *, moment: int | None = None, anew: bool = False, **_: Any) -> Point:
        self.news += anew
        z = float(atoms.positions[1, 2])
        slope = (self.energy(z + 1e-5) - self.energy(z - 1e-5)) / 2e-5
        forces = np.array([[0.0, 0.0, 0.0], [0.0, 0.0, -slope]])
        energy = self.energy(z) - self.lower * bool(self.news)
        return Point(atoms.positions.copy(), moment, energy, energy, forces, np.array([]), 0.0)


def slid(energy: Callable[[float], float], **of_bench: Any) -> Relaxed:
    """From 2 Angstrom; what is beyond 3 is away."""
    start = Atoms("H2", [[0, 0, 0], [0, 0, 2.0]], constraint=FixAtoms([0]), magmoms=[0.0, 1.0])
    bench: Any = Shelf(energy, **of_bench)
    return relax(start, bench, fmax=0.06, steps=300, maxstep=0.2, gap=distance)


def distance(atoms: Atoms) -> float:
    return float(atoms.positions[1, 2]) - AWAY


def test_what_is_leaving_is_not_followed_to_the_end() -> None:
    def out(z: float) -> float:
        return -np.log(z)

    found = slid(out)
    way = [float(point.positions[1, 2]) - 2 * AWAY for point in found.points]
    assert found.left
    assert not found.converged
    assert [gap > 0 for gap in way] == [False] * (len(way) - 3) + [True] * 3
    assert unconverged(found, fmax=0.06) == ""  # what it became is the reason, not how far it got
    assert found.warnings[0].startswith("broken off as an adsorbate was leaving: the largest force was 0.")
    start = Atoms("H2", [[0, 0, 0], [0, 0, 2.0]], constraint=FixAtoms([0]))
    bench: Any = Shelf(out)
    whole = relax(start, bench, fmax=0.06, steps=300, maxstep=0.2)
    assert whole.converged
    assert len(whole.points) > 2 * len(found.points)


def test_what_stays_out_there_or_comes_back_is_followed() -> None:
    def physisorbed(z: float) -> float:
        return float(0.5 * (z - 3.3) ** 2)

    def anew(z: float) -> float:
        return float(0.02 * (z - 3.3) ** 2)

    assert slid(physisorbed).converged  # at rest two steps after it went beyond
    settled = slid(anew, goes_on=True, lower=0.3)  # a lower electronic state at the same place is no step further out
    assert settled.converged
    assert not settled.left
    assert "relaxed on from there" in settled.warnings[0]


def test_what_was_learned_of_another_electronic_state_is_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    """A slope of another sign and 0.3 eV lower beyond 2.5 Angstrom, as where an electron found its place."""

    def crossing(z: float) -> float:
        return 0.5 * (z - 3.0) ** 2 if z < 2.5 else 4.0 * (z - 2.7) ** 2 - 0.3

    begun: list[float] = []

    def noted(atoms: Atoms, **_: Any) -> Any:
        begun.append(float(atoms.positions[1, 2]))
        return model_hessian(atoms)

    monkeypatch.setattr(relaxation_module, "model_hessian", noted)
    found = slid(crossing)
    assert found.converged
    assert found.points[-1].positions[1, 2] == pytest.approx(2.7, abs=0.02)
    assert len(begun) == 2
    assert 2.5 < begun[1] < 2.75


@pytest.mark.parametrize("rest", np.linspace(2.8, 3.2, 11).tolist())
def test_a_stiff_bond_that_a_step_overshoots_is_no_other_electronic_state(rest: float) -> None:
    """Where the work on both sides of the minimum cancels, what an anharmonic bond adds is all that is left of it."""

    def bond(z: float) -> float:
        return float(4.5 * (1.0 - np.exp(2.2 * (z - rest))) ** 2)

    found = slid(bond)
    assert found.converged
    assert len(found.points) < 15
    assert found.points[-1].positions[1, 2] == pytest.approx(rest, abs=0.01)


def test_a_descent_that_gets_no_further_ends_with_its_lowest_energy() -> None:
    """A wavy bottom whose waves the forces do not know, as those of a coarse grid."""

    class Rough(Shelf):
        def compute(self, atoms: Atoms, *, moment: int | None = None, anew: bool = False, **_: Any) -> Point:
            point = super().compute(atoms, moment=moment, anew=anew)
            force = 0.5 * np.sign(point.forces[1, 2]) + point.forces[1, 2]  # nowhere below 0.5
            return replace(point, forces=np.array([[0.0, 0.0, 0.0], [0.0, 0.0, force]]))

    start = Atoms("H2", [[0, 0, 0], [0, 0, 2.0]], constraint=FixAtoms([0]))
    bench: Any = Rough(lambda z: float(2.0 * (z - 2.83) ** 2))
    found = relax(start, bench, fmax=0.1, steps=300, maxstep=0.2)
    energies = [point.free_energy for point in found.points]
    assert found.stuck
    assert not found.converged
    assert PATIENCE < len(energies) < 3 * PATIENCE
    assert energies[-1] == min(energies)
    np.testing.assert_array_equal(found.atoms.positions, found.points[-1].positions)
    assert unconverged(found, fmax=0.1) == (
        f"not relaxed after {len(energies) - 2} steps, the last {PATIENCE} of them in vain: "
        f"the largest force is {found.fmax[-1]:.3f} eV/Angstrom, above 0.1."
    )


@pytest.mark.parametrize(
    ("energies", "forces", "fmax", "stuck"),
    [
        (np.zeros(PATIENCE), np.ones(PATIENCE), 0.05, False),  # too early
        (np.zeros(PATIENCE + 1), np.ones(PATIENCE + 1), 0.05, True),
        (-1.2e-4 * np.arange(PATIENCE + 1), np.ones(PATIENCE + 1), 0.05, False),  # slowly down
        (-0.8e-4 * np.arange(PATIENCE + 1), np.ones(PATIENCE + 1), 0.05, True),
        (-0.8e-4 * np.arange(PATIENCE + 1), np.ones(PATIENCE + 1), 0.3, True),
        (-0.8e-4 * np.arange(PATIENCE + 1), np.ones(PATIENCE + 1), 0.01, False),  # a finer criterion
        (-0.03e-4 * np.arange(PATIENCE + 1), np.ones(PATIENCE + 1), 0.01, True),
        (np.zeros(PATIENCE + 1), np.linspace(1.0, 0.9, PATIENCE + 1), 0.05, False),
    ],
)
def test_stuck_is_no_lower_energy_and_no_lower_force(energies: Any, forces: Any, fmax: float, stuck: bool) -> None:
    assert _stuck(energies.tolist(), forces.tolist(), fmax) == stuck


def test_the_way_off_a_ridge_is_followed_to_its_end() -> None:
    """A relaxation to a fine criterion from beside a flat maximum: small forces that grow, steps of little energy."""
    start = Atoms("H2", [[0, 0, 0], [0, 0, 2.1517]], constraint=FixAtoms([0]))

    def ridge(z: float) -> float:
        return float(-0.05 * (z - 2.0) ** 2 + 0.1 * (z - 2.0) ** 4)

    bench: Any = Shelf(ridge)
    found = relax(start, bench, fmax=0.01, steps=300, maxstep=0.0043)
    assert found.converged
    assert found.atoms.positions[1, 2] == pytest.approx(2.5, abs=0.06)
    assert _stuck([p.free_energy for p in found.points][: PATIENCE + 1], list(found.fmax)[: PATIENCE + 1], 0.05)


@pytest.mark.parametrize(
    ("way", "left"),
    [
        ([(1.4, 0.0), (1.52, -0.1), (1.6, -0.2), (1.7, -0.3)], True),
        ([(1.52, -0.1), (1.6, -0.2), (1.7, -0.3)], False),  # too short
        ([(1.4, 0.0), (1.48, -0.1), (1.6, -0.2), (1.7, -0.3)], False),  # not yet beyond
        ([(1.4, 0.0), (1.52, -0.1), (1.7, -0.2), (1.6, -0.3)], False),  # on its way to another place
        ([(1.4, 0.0), (1.52, -0.1), (1.6, -0.1), (1.7, -0.3)], False),  # not down
    ],
)
def test_leaving_is_further_out_and_further_down_each_time(way: list[tuple[float, float]], left: bool) -> None:
    assert _leaving(way) == left


def test_a_record_says_that_it_was_broken_off(tmp_path: Path) -> None:
    """Lennard-Jones atoms whose natural distance is far beyond their radii push each other apart."""
    slab = fcc100("Pt", (2, 2, 2), vacuum=9.0)
    slab.set_constraint(FixAtoms(range(8)))
    start = slab.copy()
    start += Atoms("N", [slab.positions[-1] + [0.2, 0.1, 1.9]])
    start.set_constraint(FixAtoms(range(8)))
    start = recorded(start, what="N on Pt", parameters={"adsorbates": [{"atoms": [8]}]}, active_atoms=(), source="test")
    loose = Settings("lj", 1, "lj", "", "test", parameters={"sigma": 6.0, "epsilon": 0.01, "rc": 12.0})
    record = run(Task("relax", start, loose, options={"fmax": 1e-3, "maxstep": 0.1}), tmp_path)
    assert record.status == "done"
    assert not record.usable
    assert record.reason in ("the adsorbate N left the surface.", "N8 flew away, without any neighbour now.")
    assert record.details["warnings"][0].startswith("broken off as an adsorbate was leaving")
    assert widest_gap(record.atoms, [(8,)]) > AWAY
    again = run(Task("relax", start, loose, options={"fmax": 1e-3, "maxstep": 0.1}), tmp_path)
    assert again.details == record.details  # from its journal


def test_what_was_broken_off_before_it_left_is_not_relaxed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Far enough out not to be followed, near enough still to count as bound."""

    def left(*args: Any, **options: Any) -> Relaxed:
        return replace(relax(*args, **options), left=True, converged=False)

    monkeypatch.setattr("nrrsim.dft.run.relax", left)
    slab = fcc100("Cu", (2, 2, 2), vacuum=6.0)
    start = slab.copy()
    start += Atoms("N", [slab.positions[-1] + [0.0, 0.0, 1.9]])
    start.set_constraint(FixAtoms(range(8)))
    start = recorded(start, what="N on Cu", parameters={"adsorbates": [{"atoms": [8]}]}, active_atoms=(), source="test")
    record = run(Task("relax", start, settings("emt"), options={"steps": 1}), tmp_path)
    assert record.status == "done"
    assert record.reason == "not relaxed: broken off, for an adsorbate seemed to leave."
