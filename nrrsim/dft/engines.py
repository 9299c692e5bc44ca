"""Calculators of engines from named settings, and the bench on which a task's structures are computed one by one.

A bench keeps a journal: each energy with its forces is one line, on the disk before it is used. A task that was killed
is done again from its start, the journal answering for every structure that was computed, so that the optimiser passes
through the same steps as if nothing had happened and only the calculation in flight is lost. This holds for any
deterministic algorithm and needs no knowledge of its inner state.
"""

from __future__ import annotations

import errno
import importlib
import importlib.metadata
import json
import os
import platform
import shlex
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes, get_calculator_class
from ase.calculators.names import names as ase_names
from ase.config import cfg as ase_config
from numpy.typing import NDArray

from nrrsim.dft.settings import Kind, Settings
from nrrsim.dft.task import Task
from nrrsim.errors import InputError, NrrsimError, nearest

FloatArray: TypeAlias = NDArray[np.float64]

OWN = ("spin", "fixed_moment", "vacuum", "box_multiple", "periodic")  # parameters that nrrsim reads, no engine
KEPT = ("gpaw",)  # engines whose calculator goes on from the last density
SAME = 1e-7  # positions are those of a line of the journal within this [Angstrom]
SLACK = 1.0  # by which the free space around a structure may differ from its settings' [Angstrom]
LOG_LINES = 40
_GRAIN = 1e-6  # of a multiple: rounding makes no box larger
_JOURNAL, _ABOUT, _LOG = "points.jsonl", "task.json", "engine.txt"
_CONFIGURE = (
    "install it, and tell ase of it: section [{name}] of ~/.config/ase/config.ini (or the file ASE_CONFIG_PATH names)."
)
_INSTALL = {"gpaw": "`make dft` installs GPAW.", "tblite": "`pip install tblite` installs it."}
_MACHINE = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)


class EngineError(NrrsimError):
    """An engine that could not compute a structure: a result of that structure, with its reason."""


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
    """

    positions: FloatArray
    moment: int | None
    energy: float
    free_energy: float
    forces: FloatArray
    moments: FloatArray
    seconds: float

    def line(self) -> str:
        """As a line of a journal; numbers keep every digit."""
        return json.dumps({k: v.tolist() if isinstance(v, np.ndarray) else v for k, v in vars(self).items()})

    @classmethod
    def read(cls, line: str) -> Point:
        """From a line of a journal."""
        entry = json.loads(line)
        arrays = {name: np.array(entry[name], dtype=float) for name in ("positions", "forces", "moments")}
        return cls(**{**entry, **arrays})


def calculator(
    settings: Settings,
    kind: Kind,
    atoms: Atoms,
    folder: Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    moment: int | None = None,
) -> Calculator:
    """The calculator of ase for a structure, ready to be attached.

    Parameters
    ----------
    settings : Settings
    kind : "slab", "cluster" or "molecule"
    atoms : ase.Atoms
        As `prepared` gives it; spin is taken into account where it has initial moments.
    folder : pathlib.Path
        For the engine's files.
    parameters : Mapping[str, Any] or None
        Of this task, over those of the settings.
    moment : int or None
        Total magnetic moment to hold fixed [Bohr magnetons].

    Raises
    ------
    InputError
        If no engine has that name.
    EngineError
        If the engine is not installed, or not configured in ase.
    """
    name = settings.engine
    if name not in {*ase_names, "tblite"}:
        remedy = nearest(name, ["tblite", *ase_names])
        raise InputError(f"no engine is called '{name}'.", where=settings.name, remedy=remedy)
    given = engine_parameters(settings, kind, spin=has_spin(atoms), parameters=parameters)
    with _engine_errors(name):
        made: Any
        if name == "gpaw":
            made = _gpaw(given, folder, moment)
        elif name == "cp2k" and _missing_cp2k():
            raise EngineError(f"{_missing_cp2k()} Remedy: {_CONFIGURE.format(name=name)}")
        elif name == "tblite":
            made = importlib.import_module("tblite.ase").TBLite(**given)
        else:
            made = get_calculator_class(name)(directory=str(folder / name), **given)
    ready: Calculator = made
    return ready


def engine_parameters(
    settings: Settings, kind: Kind, *, spin: bool, parameters: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """What the engine is told, JSON values, the names that nrrsim reads itself left out."""
    of_kind, of_task = settings.by_kind.get(kind, {}), parameters or {}
    over = settings.of(kind).get("spin", {}) if spin else {}
    given = {**settings.parameters, **over, **of_kind, **of_task}
    return {name: value for name, value in given.items() if name not in OWN}


def prepared(settings: Settings, kind: Kind, atoms: Atoms, *, parameters: Mapping[str, Any] | None = None) -> Atoms:
    """A copy in the cell that the engine needs.

    The box of a structure without periodicity is its settings' to choose: one that has about their vacuum is kept, so
    that a structure stays in the box of its relaxation; else a new one is made. A dipole correction makes a slab
    non-periodic along z.
    """
    own = settings.of(kind)
    copy: Atoms = atoms.copy()
    if not copy.pbc.any() and "vacuum" in own and not _fits(copy, own["vacuum"], own.get("box_multiple", 0.0)):
        multiple = own.get("box_multiple", 0.0)
        extent = np.ptp(copy.positions, axis=0) + 2 * own["vacuum"]
        copy.set_cell(np.ceil(extent / multiple - _GRAIN) * multiple if multiple else extent)
        copy.center()
    if own.get("periodic") and not copy.pbc.any():
        copy.pbc = True
    solver = {**own, **(parameters or {})}.get("poissonsolver") or {}
    if solver.get("dipolelayer") == "xy":  # gpaw corrects dipoles along what is not periodic
        copy.pbc = [*copy.pbc[:2], False]
    return copy


def _fits(atoms: Atoms, vacuum: float, multiple: float) -> bool:
    """Whether a box leaves the vacuum on all sides, give or take, and has edges of whole multiples."""
    lengths = atoms.cell.lengths()
    if atoms.cell.rank < 3 or not np.allclose(atoms.cell[:], np.diag(lengths)):
        return False
    whole = not multiple or np.allclose(lengths / multiple, np.round(lengths / multiple), atol=1e-6, rtol=0)
    space = np.concatenate([atoms.positions.min(axis=0), lengths - atoms.positions.max(axis=0)])
    return bool(whole and (np.abs(space - vacuum - multiple / 4) <= SLACK + multiple / 4).all())


def has_spin(atoms: Atoms) -> bool:
    """Whether any atom has an initial moment."""
    return bool(np.any(atoms.get_initial_magnetic_moments()))


def fixes_moment(settings: Settings, kind: Kind) -> bool:
    """Whether structures of this kind keep an integer total moment."""
    return kind != "slab" and bool(settings.of(kind).get("fixed_moment", False))


def versions(engine: str) -> dict[str, str]:
    """Versions of the engine where it says it, of ase, numpy, Python and nrrsim."""
    said = {name: importlib.metadata.version(name) for name in ("ase", "numpy", "nrrsim")}
    for package in {"gpaw": ("gpaw", "gpaw-data"), "tblite": ("tblite",)}.get(engine, ()):
        said |= {d.metadata["Name"]: d.version for d in importlib.metadata.distributions(name=package)}
    return {**said, "python": platform.python_version()}


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
        with _place(folder):
            folder.mkdir(parents=True, exist_ok=True)
            self.about = self._begin()
            self._known = self._read()

    def compute(self, atoms: Atoms, *, moment: int | None = None) -> Point:
        """Energy, forces and moments of a structure, from the journal where it is there.

        Raises
        ------
        EngineError
            If the engine fails, or answers with what is no number.
        InputError
            If the folder cannot be written.
        """
        point = self._found(atoms, moment)
        if point is None:
            point = self._computed(atoms, moment)
            with _place(self.folder), (self.folder / _JOURNAL).open("a", encoding="utf-8") as file:
                file.write(point.line() + "\n")
                file.flush()
                os.fsync(file.fileno())
            self._known.append(point)
        if not self.points or self.points[-1] is not point:
            self.points.append(point)
        return point

    def finish(self) -> None:
        """Note the end, so that reading the folder again is no resumption."""
        self.about.setdefault("finished", _now())
        with _place(self.folder):
            self._note()

    @property
    def computed(self) -> int:
        """How many structures the journal holds."""
        return len(self._known)

    @property
    def seconds(self) -> float:
        """What the engine took for all that the journal holds [s]."""
        return sum(point.seconds for point in self._known)

    def log_tail(self) -> str:
        """Last lines of the engine's newest text file."""
        texts = [p for p in self.folder.rglob("*") if p.is_file() and _is_log(p)]
        if not texts:
            return ""
        newest = max(texts, key=lambda path: path.stat().st_mtime_ns)
        return "\n".join(newest.read_text(encoding="utf-8", errors="replace").splitlines()[-LOG_LINES:])

    def _begin(self) -> dict[str, Any]:
        path, now = self.folder / _ABOUT, versions(self.task.settings.engine)
        if not path.exists():
            self.about = {"key": self.task.key, "started": _now(), "resumed": 0, "versions": now}
            self._note()
            return self.about
        self.about = json.loads(path.read_text(encoding="utf-8"))
        if self.about["key"] != self.task.key:
            what = f"the folder '{self.folder}' holds another task ({self.about['key']}, not {self.task.key})."
            raise InputError(what, remedy="give each task a folder of its own, named by its key.")
        if self.about["versions"] != now:  # energies of two versions are not mixed
            self._set_aside()
            self.about = {**self.about, "versions": now}
            self.about.pop("finished", None)
        if "finished" not in self.about:
            self.about["resumed"] += 1
        self._note()
        return self.about

    def _set_aside(self) -> None:
        journal = self.folder / _JOURNAL
        if journal.exists():
            count = sum(1 for _ in self.folder.glob(f"{_JOURNAL}.*"))
            journal.rename(self.folder / f"{_JOURNAL}.{count + 1}")

    def _note(self) -> None:
        write_atomically(self.folder / _ABOUT, json.dumps(self.about, indent=1))

    def _read(self) -> list[Point]:
        """The lines of the journal; one that was being written when the process died is cut off."""
        path = self.folder / _JOURNAL
        if not path.exists():
            return []
        text = path.read_bytes()
        whole = text[: text.rfind(b"\n") + 1]
        if len(whole) < len(text):
            os.truncate(path, len(whole))
        return [Point.read(line) for line in whole.decode().splitlines()]

    def _found(self, atoms: Atoms, moment: int | None) -> Point | None:
        for point in self._known:
            same = point.moment == moment and point.positions.shape == atoms.positions.shape
            if same and np.abs(point.positions - atoms.positions).max() < SAME:
                return point
        return None

    def _computed(self, atoms: Atoms, moment: int | None) -> Point:
        name, begun = self.task.settings.engine, time.monotonic()
        subject = atoms.copy()
        subject.calc = self._calculator(subject, moment)
        with _engine_errors(name):
            forces = np.array(subject.get_forces(apply_constraint=False), dtype=float)
            energy = float(subject.get_potential_energy())
            free = float(subject.calc.results.get("free_energy", energy))
            moments = np.array(subject.get_magnetic_moments() if has_spin(subject) else [], dtype=float)
        if not (np.isfinite(energy) and np.isfinite(forces).all()):
            raise EngineError(f"{name} answered with an energy or force that is no number ({energy}).")
        return Point(atoms.positions.copy(), moment, energy, free, forces, moments, round(time.monotonic() - begun, 3))

    def _calculator(self, atoms: Atoms, moment: int | None) -> Calculator:
        """The live one where the engine goes on from the last density; else a new one, without memory."""
        settings, kind = self.task.settings, self.task.kind
        if self._live is not None and self._live_for == moment and settings.engine in KEPT:
            return self._live
        if self._known and has_spin(atoms) and self._known[-1].moment == moment and self._known[-1].moments.any():
            atoms.set_initial_magnetic_moments(with_total(self._known[-1].moments, moment))
        given = self.task.options.get("parameters")
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


def write_atomically(path: Path, text: str) -> None:
    """Write a file beside its place, to the disk, and move it there."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}")
    with temporary.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def _gpaw(given: dict[str, Any], folder: Path, moment: int | None) -> Any:
    make = importlib.import_module("gpaw").GPAW
    said = dict(given)
    if moment is not None:
        said["occupations"] = {**said.get("occupations", {}), "fixmagmom": True}
    count = sum(1 for _ in folder.glob(f"*-{_LOG}"))
    return make(txt=str(folder / f"{count + 1}-{_LOG}"), **said)


def _missing_cp2k() -> str:
    """Why ase would find no CP2K, empty where it would: without its program ase fails without a word."""
    said = ase_config.parser.get("cp2k", "cp2k_shell", fallback=os.environ.get("ASE_CP2K_COMMAND"))
    if not said:
        return "cp2k is not configured."
    programs = [word for word in shlex.split(said) if "cp2k" in Path(word).name]
    absent = [program for program in programs if shutil.which(program) is None]
    return f"the program {absent[0]} is not here." if absent else ""


def _is_log(path: Path) -> bool:
    return path.suffix in (".txt", ".out", ".log", ".pwo", ".err") or path.name == "OUTCAR"


@contextmanager
def _engine_errors(name: str) -> Iterator[None]:
    """Whatever an engine raises, as one kind of error with a sentence; a machine's own trouble is passed on."""
    try:
        yield
    except NrrsimError:
        raise
    except ImportError as error:
        what = f"{name} is not installed here ({error})."
        raise EngineError(f"{what} {_INSTALL.get(name, _CONFIGURE.format(name=name))}") from error
    except OSError as error:
        if error.errno in _MACHINE:
            raise InputError(f"{name} cannot write its files: {error}.", remedy="make room on the disk.") from error
        raise EngineError(_sentence(name, error)) from error
    except Exception as error:  # engines raise what they like
        raise EngineError(_sentence(name, error)) from error


def _sentence(name: str, error: Exception) -> str:
    """What an engine's error says, with what to do where it is known."""
    kind, text = type(error).__name__, " ".join(str(error).split())
    if kind == "KohnShamConvergenceError":
        return f"the SCF of {name} did not converge ({text})."
    if kind == "BadConfiguration" or (kind == "CalculatorSetupError") or (kind == "EnvironmentError"):
        return f"{name} is not configured: {text or kind}. Remedy: {_CONFIGURE.format(name=name)}"
    if name == "gpaw" and ("setup" in text.lower() or "dataset" in text.lower()):
        return f"gpaw finds no pseudopotential: {text}. Remedy: `make dft`, or GPAW_SETUP_PATH."
    return f"{name} stopped with {kind}: {text or 'no message'}."


@contextmanager
def _place(folder: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the folder '{folder}' cannot be written: {error.strerror or error}."
        raise InputError(what, remedy="name a folder on a disk with room that is writable.") from error


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
