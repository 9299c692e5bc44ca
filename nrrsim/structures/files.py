"""Structures to files and back, in any format of ase, complete or not at all.

The record travels where the format has a place for it: in extxyz, and in ase's databases (.db, and .json).
"""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import uuid
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import ase.db
import ase.io
from ase import Atoms
from ase.constraints import FixAtoms
from ase.io.formats import UnknownFileTypeError, filetype, ioformats

from nrrsim.errors import InputError
from nrrsim.structures.record import KEY

DATABASES = ("db", "json")
COMMON = ("cif", "xyz", "vasp", "json", "db")
_BY_SUFFIX = {"xyz": "extxyz", "extxyz": "extxyz", "poscar": "vasp"}
_PICTURES = ("png", "eps", "pov", "html", "x3d", "gif", "mp4", "pdf", "svg")
_NO_PLACE = "name a file in a folder that exists and is writable."
_FAILURES = (ValueError, TypeError, KeyError, IndexError, AttributeError, AssertionError, RuntimeError, ImportError)


def write_structure(atoms: Atoms, path: str | os.PathLike[str], *, name: str = "") -> Path:
    """Write a structure in the format of the suffix.

    .xyz is extended xyz; POSCAR and .vasp are VASP's. An ase database (.db) gets one row more, in one transaction; all
    other files are written beside their place and moved there once complete, over one that was there.

    Parameters
    ----------
    atoms : ase.Atoms
    path : path
    name : str
        Kept as the key `name` of a database.

    Returns
    -------
    pathlib.Path
        The file.

    Raises
    ------
    InputError
        If no format fits the name, the format cannot hold the structure, or the place cannot be written.
    """
    target = Path(path)
    if target.is_dir():  # ase would take it for a format of its own
        raise InputError(f"'{target}' cannot be written: Is a directory.", remedy=_NO_PLACE)
    kind = _format_of(target)
    with _as_sentence(target, "written"):
        if not target.parent.is_dir():
            raise FileNotFoundError(2, "No such file or directory")
        if kind == "db":  # ase locks it and writes the row in one transaction
            _row(atoms, target, kind, name)
        else:
            _replace(atoms, target, kind, name)
    return target


def read_structure(path: str | os.PathLike[str]) -> Atoms:
    """Read a structure, the last of a file with several, its record in `atoms.info` where the file keeps one.

    Raises
    ------
    InputError
        If there is no such file, or it cannot be understood.
    """
    source = Path(path)
    if not source.is_file():
        raise InputError(f"there is no file '{source}'.", remedy="check the path.")
    kind = _format_of(source)
    with _as_sentence(source, "read"):
        if kind in DATABASES:
            return _last_row(source, kind)
        last: Any = ase.io.read(source, index=-1, format=kind)
    atoms: Atoms = last
    if isinstance(atoms.info.get(KEY), dict):  # extxyz reads JSON text as what it says
        atoms.info[KEY] = json.dumps(atoms.info[KEY], sort_keys=True)
    return atoms


def _format_of(path: Path) -> str:
    """The name ase gives to the format of a file by its name alone."""
    suffix = path.suffix.removeprefix(".").lower()
    if suffix in _PICTURES:
        raise InputError(f"'{path}' is the name of a picture.", remedy=f"end a structure in {_listed(COMMON)}.")
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    try:
        kind = str(filetype(path.name, read=False))
    except UnknownFileTypeError:
        kind = ""
    if not path.name or kind not in ioformats or not (suffix or kind == "vasp"):
        remedy = f"end the name in {_listed(COMMON)}, or another suffix that ase writes."
        raise InputError(f"'{path}' has no suffix of a structure format.", remedy=remedy)
    return kind


def _listed(suffixes: tuple[str, ...]) -> str:
    return ", ".join(f".{suffix}" for suffix in suffixes)


def _replace(atoms: Atoms, target: Path, kind: str, name: str) -> None:
    temporary = target.with_name(f".{uuid.uuid4().hex}-{target.name}")
    try:
        if kind == "json":
            _row(atoms, temporary, kind, name)
        else:
            ase.io.write(temporary, atoms, format=kind, **_options(atoms, kind))
        temporary.replace(target)
    finally:
        with contextlib.suppress(OSError):  # the error that stopped the writing is the one to tell
            temporary.unlink()


def _options(atoms: Atoms, kind: str) -> dict[str, Any]:
    """What ase must be told to keep fixed atoms in extended xyz."""
    if kind != "extxyz" or not any(isinstance(held, FixAtoms) for held in atoms.constraints):
        return {}
    others = [name for name in atoms.arrays if name not in ("numbers", "positions")]
    return {"columns": ["symbols", "positions", *others, "move_mask"]}


def _row(atoms: Atoms, path: Path, kind: str, name: str) -> None:
    data = {KEY: atoms.info[KEY]} if KEY in atoms.info else {}
    with ase.db.connect(path, type=kind) as database:
        database.write(atoms, key_value_pairs={"name": name} if name else {}, data=data)


def _last_row(path: Path, kind: str) -> Atoms:
    """The newest row, its record where built structures have it."""
    rows = list(ase.db.connect(path, type=kind).select(sort="-id", limit=1))
    if not rows:
        raise ValueError("it holds no structure")
    atoms: Atoms = rows[0].toatoms()
    if KEY in rows[0].data:
        atoms.info[KEY] = rows[0].data[KEY]
    return atoms


@contextmanager
def _as_sentence(path: Path, verb: str) -> Iterator[None]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FutureWarning)  # of ase, on where its formats will live
            yield
    except OSError as error:
        raise InputError(f"'{path}' cannot be {verb}: {error.strerror or error}.", remedy=_NO_PLACE) from error
    except sqlite3.Error as error:
        remedy = "name an ase database that is writable, or a new file."
        raise InputError(f"'{path}' cannot be {verb}: {error}.", remedy=remedy) from error
    except _FAILURES as error:
        remedy = f"check the file, or choose another format ({_listed(COMMON)})."
        raise InputError(f"'{path}' cannot be {verb}: {error or type(error).__name__}.", remedy=remedy) from error
