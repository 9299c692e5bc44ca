"""Calculators of engines from named settings: what an engine is told, the cell it needs, and what its errors mean."""

from __future__ import annotations

import errno
import importlib
import importlib.metadata
import os
import platform
import shlex
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
from ase import Atoms
from ase.calculators.calculator import Calculator, get_calculator_class
from ase.calculators.names import names as ase_names
from ase.config import cfg as ase_config

from nrrsim.dft.settings import Kind, Settings
from nrrsim.errors import InputError, NrrsimError, nearest

OWN = ("spin", "fixed_moment", "vacuum", "box_multiple", "periodic")  # parameters that nrrsim reads, no engine
SLACK = 1.0  # by which the free space around a structure may differ from its settings' [Angstrom]
_GRAIN = 1e-6  # of a multiple: rounding makes no box larger
LOG = "engine.txt"  # end of the names of texts that engines write
_CONFIGURE = (
    "install it, and tell ase of it: section [{name}] of ~/.config/ase/config.ini (or the file ASE_CONFIG_PATH names)."
)
_INSTALL = {"gpaw": "`make dft` installs GPAW.", "tblite": "`pip install tblite` installs it."}
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


def _gpaw(given: dict[str, Any], folder: Path, moment: int | None) -> Any:
    make = importlib.import_module("gpaw").GPAW
    said = dict(given)
    if moment is not None:
        said["occupations"] = {**said.get("occupations", {}), "fixmagmom": True}
    count = sum(1 for _ in folder.glob(f"*-{LOG}"))
    return make(txt=str(folder / f"{count + 1}-{LOG}"), **said)


def _missing_cp2k() -> str:
    """Why ase would find no CP2K, empty where it would: without its program ase fails without a word."""
    said = ase_config.parser.get("cp2k", "cp2k_shell", fallback=os.environ.get("ASE_CP2K_COMMAND"))
    if not said:
        return "cp2k is not configured."
    programs = [word for word in shlex.split(said) if "cp2k" in Path(word).name]
    absent = [program for program in programs if shutil.which(program) is None]
    return f"the program {absent[0]} is not here." if absent else ""


@contextmanager
def engine_errors(name: str) -> Iterator[None]:
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
        kind = UnconvergedError if type(error).__name__ in _UNCONVERGED else EngineError
        raise kind(_sentence(name, error)) from error


def _sentence(name: str, error: Exception) -> str:
    """What an engine's error says, with what to do where it is known."""
    kind, text = type(error).__name__, " ".join(str(error).split())
    if kind in _UNCONVERGED:
        return f"the SCF of {name} did not converge ({text})."
    if kind == "BadConfiguration" or (kind == "CalculatorSetupError") or (kind == "EnvironmentError"):
        return f"{name} is not configured: {text or kind}. Remedy: {_CONFIGURE.format(name=name)}"
    if name == "gpaw" and ("setup" in text.lower() or "dataset" in text.lower()):
        return f"gpaw finds no pseudopotential: {text}. Remedy: `make dft`, or GPAW_SETUP_PATH."
    return f"{name} stopped with {kind}: {text or 'no message'}."
