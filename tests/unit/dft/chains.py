"""Chains and runs that workers can load: cheap tasks that leave traces of what was done."""

from __future__ import annotations

import json
import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from ase import Atoms
from ase.build import fcc111, molecule
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms

from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import Settings
from nrrsim.dft.store import Store
from nrrsim.dft.task import Task
from nrrsim.errors import InputError

EMT_SETTINGS = Settings("emt-test", 1, "emt", "", "test")
STEP_SECONDS = 0.02


def slab(shift: float = 0.0) -> Atoms:
    atoms = fcc111("Pt", (1, 1, 3), vacuum=5.0)
    atoms.set_constraint(FixAtoms(indices=[0]))
    atoms.positions[-1, 2] += 0.1 + shift
    return atoms


def task(number: int = 0, *, label: str | None = None, together: int = 1) -> Task:
    label = f"task {number}" if label is None else label
    options = {"steps": 3, "number": number, "together": together}
    return Task("single point", slab(0.001 * number), EMT_SETTINGS, options=options, label=label)


@dataclass(frozen=True)
class Line:
    """A chain of single points; each begins where the record before ended."""

    label: str
    first: int
    length: int = 2
    weight: float = 1.0
    together: int = 1

    def next(self, done: Sequence[DftRecord]) -> Task | None:
        if len(done) == self.length:
            return None
        this = task(self.first + len(done), label=f"{self.label} {len(done)}", together=self.together)
        if done:
            this.atoms.positions[-1] = done[-1].atoms.positions[-1] + [0.0, 0.0, 0.01]
        return this


@dataclass(frozen=True)
class Broken:
    """A chain that cannot say its task."""

    label: str
    weight: float = 1.0
    refusal: str = ""

    def next(self, done: Sequence[DftRecord]) -> Task | None:
        if self.refusal:
            raise InputError(self.refusal)
        raise ZeroDivisionError("nothing to divide by")


def record_of(task: Task, *, energy: float | None = None, status="done", reason="", **others) -> DftRecord:
    atoms = task.atoms.copy()
    given = {
        "key": task.key,
        "label": task.label,
        "work": task.work,
        "status": status,
        "reason": reason,
        "start": task.atoms.copy(),
        "atoms": atoms,
        "energy": energy,
        "forces": None if energy is None else np.zeros((len(atoms), 3)).tolist(),
        "moments": (),
        "vibrations": (),
        "settings": {"name": task.settings.name, "engine": "emt", "digest": task.settings.digest},
        "versions": {"nrrsim": "0"},
        "timing": {"seconds": 0.5, "host": "here"},
    }
    return DftRecord(**(given | others))


def trace(folder: Path, what: str, **said: object) -> None:
    """Append one line to the traces of a campaign, whole even where the process is killed."""
    line = json.dumps({"what": what, "pid": os.getpid(), "time": time.monotonic(), **said}) + "\n"
    with (folder.parent / "traces").open("a", encoding="utf-8") as file:
        file.write(line)


def traces(folder: Path, what: str) -> list[dict]:
    path = folder / "traces"
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return [said for said in map(json.loads, lines) if said["what"] == what]


def emt(task: Task, folder: Path) -> DftRecord:
    """Steps of a top atom's rattle with EMT, each kept before the next; it resumes from the last that was kept."""
    trace(folder, "began", key=task.key, label=task.label, threads=os.environ.get("OMP_NUM_THREADS"))
    while len({t["pid"] for t in traces(folder.parent, "began")}) < task.options["together"]:
        time.sleep(0.01)  # so that each worker has a task, however late it comes
    atoms = task.atoms.copy()
    atoms.calc = EMT()
    kept = folder / "steps.json"
    energies = json.loads(kept.read_text()) if kept.exists() else []
    for step in range(task.options["steps"]):
        atoms.positions[-1, 2] += 0.01
        if step < len(energies):
            continue
        energies.append(atoms.get_potential_energy())
        beside = folder / ".steps.json"
        beside.write_text(json.dumps(energies))
        beside.replace(kept)
        trace(folder, "step", key=task.key, step=step)
        time.sleep(STEP_SECONDS)
    final = atoms.copy()
    return record_of(
        task, energy=energies[-1], forces=atoms.get_forces(apply_constraint=False).tolist(), atoms=final,
        details={"energies": energies},
    )  # fmt: skip


def watched_emt(task: Task, folder: Path) -> DftRecord:
    """The same, and a trace where the task was done before."""
    again = Store(folder.parent.parent / "store.db").record(task.key) is not None
    trace(folder, "again" if again else "new", key=task.key)
    return emt(task, folder)


def deadly(task: Task, folder: Path) -> DftRecord:
    """Kills its worker at tasks that are called so, or the first time only."""
    before = [t for t in traces(folder.parent, "dies") if t["key"] == task.key]
    if "deadly" in task.label or ("once" in task.label and not before):
        trace(folder, "dies", key=task.key)
        os.kill(os.getpid(), signal.SIGKILL)
    return emt(task, folder)


def failing(task: Task, folder: Path) -> DftRecord:
    """Fails at tasks that are called so."""
    if "failing" in task.label:
        return record_of(task, status="failed", reason="the SCF did not converge in 150 steps.")
    return emt(task, folder)


def refusing(task: Task, folder: Path) -> DftRecord:
    raise InputError("the engine 'vasp' is not configured.", remedy="set ASE_CONFIG_PATH.")


def endless(task: Task, folder: Path) -> DftRecord:
    trace(folder, "began", key=task.key)
    time.sleep(100)
    raise AssertionError


def no_room(task: Task, folder: Path) -> DftRecord:
    """Computes, and leaves no room for files that are larger than any of the folder's."""
    import resource

    record = emt(task, folder)
    resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
    return record


def nitrogen() -> Atoms:
    return molecule("N2")
