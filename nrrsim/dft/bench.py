"""The bench on which a task's structures are computed one by one.

A bench keeps a journal: each energy with its forces is one line, on the disk before it is used, and so is an SCF that
did not converge. A task that was killed is done again from its start, the journal answering for every structure that
was computed, so that the optimiser passes through the same steps as if nothing had happened and only the calculation in
flight is lost. This holds for any deterministic algorithm and needs no knowledge of its inner state.

An SCF may have more than one solution, and one that goes on from the last density stays with its own. `compute` can be
told to begin anew: from then on the journal answers with what was computed since, so that both are kept; `back_to`
returns to what was there before.
"""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes
from numpy.typing import NDArray

from nrrsim.dft.engines import EngineError, UnconvergedError, calculator, engine_errors, has_spin, versions
from nrrsim.dft.task import Task
from nrrsim.errors import InputError

FloatArray: TypeAlias = NDArray[np.float64]

KEPT = ("gpaw",)  # engines whose calculator goes on from the last density
SAME = 1e-7  # positions are those of a line of the journal within this [Angstrom]
LOG_LINES = 40
ABOUT = "task.json"  # of a folder: which task, begun and finished when
JOURNAL = "points.jsonl"


@dataclass(frozen=True, eq=False)
class Point:
    """One structure computed.

    Parameters
    ----------
    positions : array
        [Angstrom], shape (n, 3).
    moment : int or None
        The total moment that was held fixed [Bohr magnetons].
    energy : float
        Extrapolated to zero width where there is smearing [eV].
    free_energy : float
        What the forces are the derivative of [eV].
    forces : array
        Constraints not applied [eV/Angstrom], shape (n, 3).
    moments : array
        Of the atoms [Bohr magnetons], shape (n,), or (0,) without spin.
    seconds : float
        That the engine took.
    attempt : int
        0 where the first SCF converged, else the number of the attempt that did.
    branch : int
        How often the task had begun anew from another density.
    """

    positions: FloatArray
    moment: int | None
    energy: float
    free_energy: float
    forces: FloatArray
    moments: FloatArray
    seconds: float
    attempt: int = 0
    branch: int = 0


@dataclass(frozen=True, eq=False)
class Unconverged:
    """A structure whose SCF did not converge: where, with which total moment, why, and how long it took [s]."""

    positions: FloatArray
    moment: int | None
    reason: str
    seconds: float
    branch: int = 0


Entry: TypeAlias = Point | Unconverged


def _of_numbers(said: Mapping[str, str]) -> dict[str, str]:
    """The versions that an energy depends on: not those of Python and numpy, which run the engine."""
    return {name: version for name, version in said.items() if name not in ("python", "numpy")}


def line_of(entry: Entry) -> str:
    """A line of a journal; numbers keep every digit."""
    return json.dumps({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in vars(entry).items()})


def entry_of(line: str) -> Entry:
    """What a line of a journal says."""
    said = json.loads(line)
    arrays = {name: np.array(said[name], dtype=float) for name in ("positions", "forces", "moments") if name in said}
    return (Unconverged if "reason" in said else Point)(**{**said, **arrays})


class Bench:
    """The folder of a task, its journal, and the engine that fills it.

    Parameters
    ----------
    task : Task
    folder : pathlib.Path
        Made where it is missing; what is there is resumed.

    Raises
    ------
    InputError
        If the folder belongs to another task, or cannot be written.
    """

    def __init__(self, task: Task, folder: Path) -> None:
        self.task, self.folder = task, folder
        self.points: list[Point] = []  # in the order asked for, whether computed now or before
        self._live: Calculator | None = None
        self._live_for: Any = None
        self._branch = 0
        self._last: Point | None = None  # what a new calculator takes its moments from
        with _place(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self.about = self._begin()
            self._known = self._read()

    def compute(self, atoms: Atoms, *, moment: int | None = None, anew: bool = False, patient: bool = True) -> Point:
        """Energy, forces and moments of a structure, from the journal where it is there.

        Parameters
        ----------
        atoms : ase.Atoms
        moment : int or None
            Total moment to hold fixed [Bohr magnetons].
        anew : bool
            Whether to begin with a new density from the moments of these atoms, and to answer from now on with what was
            computed since.
        patient : bool
            Whether to try an SCF that does not converge again.

        Raises
        ------
        EngineError
            If the engine fails, or answers with what is no number.
        InputError
            If the folder cannot be written.
        """
        if anew:
            self._branch, self._live, self._last = self._branch + 1, None, None
        entry = self._found(atoms, moment)
        if entry is None:
            entry = self._computed(atoms, moment, patient=patient)
            with _place(self.folder), (self.folder / JOURNAL).open("a", encoding="utf-8") as file:
                file.write(line_of(entry) + "\n")
                file.flush()
                os.fsync(file.fileno())
            self._known.append(entry)
        if isinstance(entry, Unconverged):
            raise UnconvergedError(entry.reason)
        if not self.points or self.points[-1] is not entry:
            self.points.append(entry)
        self._last = entry
        return entry

    def back_to(self, point: Point) -> None:
        """Go on from a point computed before the bench began anew, as if it had not."""
        self._branch, self._live, self._last = point.branch, None, point

    def finish(self) -> None:
        """Note the end, so that reading the folder again is no resumption."""
        self.about.setdefault("finished", _now())
        with _place(self.folder):
            self._note()

    @property
    def goes_on(self) -> bool:
        """Whether the engine goes on from the density of the structure before."""
        return self.task.settings.engine in KEPT

    @property
    def computed(self) -> int:
        """How many structures the journal holds."""
        return sum(isinstance(entry, Point) for entry in self._known)

    @property
    def seconds(self) -> float:
        """What the engine took for all that the journal holds [s]."""
        return sum(entry.seconds for entry in self._known)

    def log_tail(self) -> str:
        """Last lines of the engine's newest text file."""
        texts = [p for p in self.folder.rglob("*") if p.is_file() and _is_log(p)]
        if not texts:
            return ""
        newest = max(texts, key=lambda path: path.stat().st_mtime_ns)
        return "\n".join(newest.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])

    def _begin(self) -> dict[str, Any]:
        path, now = self.folder / ABOUT, versions(self.task.settings.engine)
        if not path.exists():
            self.about = {"key": self.task.key, "started": _now(), "resumed": 0, "versions": now}
            self._note()
            return self.about
        self.about = json.loads(path.read_text(encoding="utf-8"))
        if self.about["key"] != self.task.key:
            what = f"the folder '{self.folder}' holds another task ({self.about['key']}, not {self.task.key})."
            raise InputError(what, remedy="give each task a folder of its own, named by its key.")
        if _of_numbers(self.about["versions"]) != _of_numbers(now):  # energies of two versions are not mixed
            self._set_aside()
            self.about.pop("finished", None)
        self.about["versions"] = now
        if "finished" not in self.about:
            self.about["resumed"] += 1
        self._note()
        return self.about

    def _set_aside(self) -> None:
        journal = self.folder / JOURNAL
        if journal.exists():
            count = sum(1 for _ in self.folder.glob(f"{JOURNAL}.*"))
            journal.rename(self.folder / f"{JOURNAL}.{count + 1}")

    def _note(self) -> None:
        write_atomically(self.folder / ABOUT, json.dumps(self.about, indent=1))

    def _read(self) -> list[Entry]:
        """The lines of the journal; one that was being written when the process died is cut off."""
        path = self.folder / JOURNAL
        if not path.exists():
            return []
        text = path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            os.truncate(path, len(whole))
        return [entry_of(line) for line in whole.decode().splitlines()]

    def _found(self, atoms: Atoms, moment: int | None) -> Entry | None:
        for entry in self._known:
            same = (entry.moment, entry.branch) == (moment, self._branch)
            same = same and entry.positions.shape == atoms.positions.shape
            if same and np.abs(entry.positions - atoms.positions).max() < SAME:
                return entry
        return None

    def _computed(self, atoms: Atoms, moment: int | None, *, patient: bool) -> Entry:
        """The first attempt that converges: from the last density, from a new one, then the settings' other ways."""
        begun, reason = time.monotonic(), ""
        first, *others = self.task.settings.attempts or ({},)
        further = [*([first] if self._is_live(moment) else []), *others] if patient else []
        for attempt, over in enumerate([first, *further]):
            try:
                point = self._converged(atoms, moment, over)
            except UnconvergedError as error:
                self._live, reason = None, reason or str(error)
                continue
            if over is not first:  # what comes after begins as the settings say
                self._live = None
            return replace(point, attempt=attempt, branch=self._branch, seconds=round(time.monotonic() - begun, 3))
        return Unconverged(atoms.positions.copy(), moment, reason, round(time.monotonic() - begun, 3), self._branch)

    def _converged(self, atoms: Atoms, moment: int | None, over: Mapping[str, Any]) -> Point:
        name, begun = self.task.settings.engine, time.monotonic()
        subject = atoms.copy()
        subject.calc = self._calculator(subject, moment, over)
        with engine_errors(name):
            forces = np.array(subject.get_forces(apply_constraint=False), dtype=float)
            energy = float(subject.get_potential_energy())
            free = float(subject.calc.results.get("free_energy", energy))
            moments = np.array(subject.get_magnetic_moments() if has_spin(subject) else [], dtype=float)
        if not (np.isfinite(energy) and np.isfinite(forces).all()):
            raise EngineError(f"{name} answered with an energy or force that is no number ({energy}).")
        return Point(atoms.positions.copy(), moment, energy, free, forces, moments, round(time.monotonic() - begun, 3))

    def _is_live(self, moment: int | None) -> bool:
        return self._live is not None and self._live_for == moment and self.goes_on

    def _calculator(self, atoms: Atoms, moment: int | None, over: Mapping[str, Any]) -> Calculator:
        """The live one where the engine goes on from the last density; else a new one, without memory."""
        settings, kind = self.task.settings, self.task.kind
        if self._live is not None and self._is_live(moment):
            return self._live
        last = self._last
        if last is not None and has_spin(atoms) and last.moment == moment and last.moments.any():
            atoms.set_initial_magnetic_moments(with_total(last.moments, moment))
        given = {**over, **self.task.parameters}
        held = moment if has_spin(atoms) else None
        self._live = calculator(settings, kind, atoms, self.folder, parameters=given, moment=held)
        self._live_for = moment
        return self._live


class FromBench(Calculator):
    """A calculator of ase that asks a bench, for the optimisers and path searches of ase.

    Parameters
    ----------
    bench : Bench
    moment : int or None
        Total moment to hold fixed [Bohr magnetons].
    """

    implemented_properties = ["energy", "free_energy", "forces", "magmoms"]  # noqa: RUF012 - as ase declares it

    def __init__(self, bench: Bench, *, moment: int | None = None) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._bench, self._moment = bench, moment

    def calculate(
        self, atoms: Atoms | None = None, properties: Any = ("energy",), system_changes: Any = all_changes
    ) -> None:
        """Fill `results` for a structure."""
        super().calculate(atoms, properties, system_changes)  # type: ignore[no-untyped-call]
        subject: Any = self.atoms
        point = self._bench.compute(subject, moment=self._moment)
        self.results = {"energy": point.energy, "free_energy": point.free_energy, "forces": point.forces.copy()}
        self.results["magmoms"] = point.moments.copy()


def with_total(moments: FloatArray, total: int | None) -> FloatArray:
    """Moments shifted alike on the atoms that carry any, so that they sum to a total [Bohr magnetons]."""
    shifted = np.array(moments, dtype=float)
    if total is not None:
        carriers = np.abs(shifted) > 0.1 if (np.abs(shifted) > 0.1).any() else np.ones(len(shifted), dtype=bool)
        shifted[carriers] += (total - shifted.sum()) / carriers.sum()
    return shifted


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file beside its place, to the disk, and move it there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("wb") as file:
        file.write(content.encode() if isinstance(content, str) else content)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _is_log(path: Path) -> bool:
    return path.suffix in (".txt", ".out", ".log", ".pwo", ".err") or path.name == "OUTCAR"


@contextmanager
def _place(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the folder '{folder}' cannot be written: {error.strerror or error}."
        raise InputError(what, remedy="name a folder on a disk with room that is writable.") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
