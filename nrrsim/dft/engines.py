"""Calculators of engines from named settings: what an engine is told, the cell it needs, and what its errors mean."""

from __future__ import annotations

import errno
import importlib
import importlib.metadata
import platform
import re
import shlex
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, all_changes, get_calculator_class
from ase.calculators.names import names as ase_names

from nrrsim.dft import programs
from nrrsim.dft.settings import Kind, Settings
from nrrsim.errors import InputError, NrrsimError, nearest

OWN = ("spin", "spinless", "fixed_moment", "vacuum", "box_multiple", "periodic")  # parameters that no engine reads
SLACK = 0.5  # by which the free space around a structure may differ from its settings' [Angstrom]
_GRAIN = 1e-6  # of a multiple: rounding makes no box larger
LOG = "engine.txt"  # end of the names of texts that engines write
_INSTALL = {"gpaw": "`make dft` installs GPAW.", "tblite": "`pip install tblite` installs it."}
_FILES = (
    "Remedy: the folder of pseudopotentials in ase's configuration, or the task's option parameters (pseudopotentials "
    "of espresso, setups of vasp, basis_set and pseudo_potential of cp2k)."
)
_UNCONVERGED = ("KohnShamConvergenceError",)  # names of errors
_MACHINE = (errno.ENOSPC, errno.EROFS, errno.EDQUOT)


class EngineError(NrrsimError):
    """An engine that could not compute a structure: a result of that structure, with its reason."""


class UnconvergedError(EngineError):
    """An SCF that did not converge, and would not if it were computed again."""


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
    with engine_errors(name):
        if name == "gpaw":
            live: Calculator = _gpaw(given, folder, moment)
            return live
        _require_possible(name, atoms, given)
        told = given if moment is None else programs.held(name, given, moment)
        return Program(name, _made(name, told, atoms, folder / name), folder / name)


class Program(Calculator):
    """A calculator of ase whose answers are checked: an SCF that did not converge is none, a failure has its reason.

    Constraints stay outside, so that forces on fixed atoms are forces; moments that an engine does not tell are left
    out; `energy` is extrapolated to zero width where the program's text allows it.

    Parameters
    ----------
    name : str
        Of the engine.
    made : ase.calculators.calculator.Calculator
        As ase has it.
    folder : pathlib.Path
        Of its files.
    """

    implemented_properties = ["energy", "free_energy", "forces", "magmoms"]  # noqa: RUF012 - as ase declares it

    def __init__(self, name: str, made: Any, folder: Path) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._name, self._made, self._folder = name, made, folder

    def calculate(
        self, atoms: Atoms | None = None, properties: Any = ("energy",), system_changes: Any = all_changes
    ) -> None:
        """Fill `results` for a structure."""
        super().calculate(atoms, properties, system_changes)  # type: ignore[no-untyped-call]
        given: Any = self.atoms
        subject = given.copy()
        subject.set_constraint()
        subject.calc = self._made
        try:
            with engine_errors(self._name):
                forces, energy = subject.get_forces(), float(subject.get_potential_energy())
        except EngineError as error:
            self._end()
            raise _explained(self._name, error, self._text()) from error
        results, text = dict(self._made.results), self._text()
        self._end()
        said = programs.unconverged(self._name, text)
        if said or getattr(self._made, "converged", None) is False:
            raise UnconvergedError(_unconverged(self._name, said or "more steps than it may take"))
        free = float(results.get("free_energy", energy))
        energy = energy + programs.half_width(self._name, text)
        moments = programs.moments(self._name, text, len(subject))
        if moments is None:
            moments = np.array(results.get("magmoms", ()), dtype=float)
        self.results = {"energy": energy, "free_energy": free, "forces": forces, "magmoms": moments}

    def _text(self) -> str:
        return programs.text_of(self._name, self._folder)

    def _end(self) -> None:
        """Let go of a program that waits for more, or is dead already: its exit says nothing of the answer."""
        shell = getattr(self._made, "_shell", None)
        if shell is None:
            return
        with warnings.catch_warnings(), suppress(AssertionError, OSError):
            warnings.simplefilter("ignore")
            self._made.close()
        shell.isready, shell._child = False, None  # else ase ends it once more


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
    if own.get("spinless"):
        copy.set_initial_magnetic_moments(None)
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
    if programs.version(engine):
        said[engine] = programs.version(engine)
    return {**said, "python": platform.python_version()}


def _gpaw(given: dict[str, Any], folder: Path, moment: int | None) -> Any:
    from nrrsim.dft.faster.loading import load_gpaw  # with it comes numba

    load_gpaw()
    said = dict(given)
    if moment is not None:
        said["occupations"] = {**said.get("occupations", {}), "fixmagmom": True}
    count = sum(1 for _ in folder.glob(f"*-{LOG}"))
    return importlib.import_module("gpaw").GPAW(txt=str(folder / f"{count + 1}-{LOG}"), **said)


def _made(name: str, told: Mapping[str, Any], atoms: Atoms, folder: Path) -> Any:
    """The calculator as ase has it, its folder ready and empty of earlier texts."""
    if name == "tblite":
        return importlib.import_module("tblite.ase").TBLite(**told)
    if name == "espresso":
        files, missing = programs.pseudopotentials(atoms.get_chemical_symbols(), told.get("pseudopotentials", {}))
        if missing:
            raise EngineError(f"{missing} {_FILES}")
        told = {**told, "pseudopotentials": files}
    if programs.starts(name):
        told = programs.meshed(name, told, atoms)
        folder.mkdir(parents=True, exist_ok=True)
        programs.forget_texts(name, folder)
    if name == "cp2k":
        told = programs.with_basis_sets(told, atoms)
    place = {"directory": str(folder)}
    if name == "cp2k":  # it takes no name longer than 80 letters, so it is started where its files lie
        place = {"label": name, "command": f"cd {shlex.quote(str(folder.resolve()))} && {programs.command(name)}"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # a command may come from a variable of the environment
        return get_calculator_class(name)(**place, **told)


def _require_possible(name: str, atoms: Atoms, given: Mapping[str, Any]) -> None:
    missing = programs.unconfigured(name)
    if missing:
        raise EngineError(f"{missing} Remedy: {programs.configure(name)}")
    if name == "orca" and atoms.pbc.any():
        raise EngineError("orca computes no periodic structure. Remedy: other settings for slabs.")
    told = given.get("input_data", {}) if name == "espresso" else {}
    if told.get("control", {}).get("dipfield"):
        system = told["system"]
        begin, width = float(system["emaxpos"]), float(system["eopreg"])
        inside = (atoms.get_scaled_positions()[:, int(system["edir"]) - 1] - begin) % 1.0 < width
        if inside.any():
            what = f"atoms {np.flatnonzero(inside).tolist()} lie in the layer of espresso's dipole correction."
            raise EngineError(f"{what} Remedy: centre the slab along z, or give it more vacuum.")


@contextmanager
def engine_errors(name: str) -> Iterator[None]:
    """Whatever an engine raises, as one kind of error with a sentence; a machine's own trouble is passed on."""
    try:
        yield
    except NrrsimError:
        raise
    except ImportError as error:
        what = f"{name} is not installed here ({error})."
        raise EngineError(f"{what} {_INSTALL.get(name) or programs.configure(name)}") from error
    except OSError as error:
        if error.errno in _MACHINE:
            raise InputError(f"{name} cannot write its files: {error}.", remedy="make room on the disk.") from error
        raise EngineError(_sentence(name, error)) from error
    except Exception as error:  # engines raise what they like
        kind = UnconvergedError if type(error).__name__ in _UNCONVERGED else EngineError
        raise kind(_sentence(name, error)) from error


def _sentence(name: str, error: Exception) -> str:
    """What an engine's error says, with what to do where it is known."""
    kind, text = type(error).__name__, " ".join(str(error).split())
    if kind in _UNCONVERGED:
        return _unconverged(name, text)
    if kind == "BadConfiguration":  # with all of the configuration in its text
        return f"{name} is not configured. Remedy: {programs.configure(name)}"
    if kind in ("CalculatorSetupError", "EnvironmentError"):
        return f"{name} is not configured: {text or kind}. Remedy: {programs.configure(name)}"
    if name == "gpaw" and ("setup" in text.lower() or "dataset" in text.lower()):
        file = re.search(r'find required .*? file "([^"]+)"', text)
        remedy = "`make dft` installs GPAW's; of an element that it has none of, one in a folder of GPAW_SETUP_PATH."
        return f"gpaw finds no pseudopotential: {file[1] if file else text}. Remedy: {remedy}"
    if programs.is_of_pseudopotential(text):
        return f"{name} finds no pseudopotential: {text}. {_FILES}"
    return f"{name} stopped with {kind}: {text or 'no message'}."


def _unconverged(name: str, said: str) -> str:
    return f"the SCF of {name} did not converge ({said})." if said else f"the SCF of {name} did not converge."


def _explained(name: str, error: EngineError, text: str) -> EngineError:
    """The error with what the program itself wrote of it."""
    said = programs.unconverged(name, text) or programs.unconverged(name, str(error))
    if said:
        return UnconvergedError(_unconverged(name, said))
    reason = programs.complaint(name, text)
    if not reason:
        return error
    if programs.is_of_pseudopotential(reason):
        return EngineError(f"{name} finds no pseudopotential: {reason}. {_FILES}")
    return EngineError(f"{name} stopped: {reason}.")
