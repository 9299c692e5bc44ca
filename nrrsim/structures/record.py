"""What a built structure is: a record that travels with the atoms through extxyz and ase.db."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ase import Atoms

from nrrsim.errors import InputError

KEY = "nrrsim"


@dataclass(frozen=True)
class BuildRecord:
    """How a structure was made.

    Parameters
    ----------
    what : str
        The builder's name, e.g. "MoO3 bilayer".
    parameters : Mapping[str, Any]
        The builder's arguments, JSON values only.
    active_atoms : tuple[int, ...]
        Indices of the atoms that make the site.
    source : str
        Where the crystal's or molecule's numbers come from.
    notes : tuple[str, ...]
        Sentences on choices and limits.
    """

    what: str
    parameters: Mapping[str, Any]
    active_atoms: tuple[int, ...]
    source: str
    notes: tuple[str, ...] = field(default=())


def recorded(
    atoms: Atoms,
    *,
    what: str,
    parameters: Mapping[str, Any],
    active_atoms: Sequence[int],
    source: str,
    notes: Sequence[str] = (),
) -> Atoms:
    """A copy of the atoms with their record in `atoms.info` as JSON text, which extxyz keeps."""
    entry = BuildRecord(what, dict(parameters), tuple(int(i) for i in active_atoms), source, tuple(notes))
    copy: Atoms = atoms.copy()
    copy.info[KEY] = json.dumps(asdict(entry), sort_keys=True)
    return copy


def record_of(atoms: Atoms) -> BuildRecord:
    """The record of a built structure.

    Raises
    ------
    InputError
        If the atoms carry none.
    """
    text = atoms.info.get(KEY) or atoms.info.get("data", {}).get(KEY)
    if text is None:
        raise InputError(
            "these atoms carry no nrrsim record.",
            remedy="build them with nrrsim, or read them from a format that keeps it (extxyz, ase.db).",
        )
    entry = json.loads(text) if isinstance(text, str) else dict(text)
    return BuildRecord(
        entry["what"], entry["parameters"], tuple(entry["active_atoms"]), entry["source"], tuple(entry.get("notes", ()))
    )
