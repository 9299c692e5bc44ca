"""What a built structure is: a record that travels with the atoms through extxyz and ase.db."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np
from ase import Atoms
from numpy.typing import ArrayLike

from nrrsim.errors import InputError

KEY = "nrrsim"
ONE_SIDED = "changed on one side: energies need a dipole correction along z."

_GAP = 5.0  # empty height from which a periodic structure is a slab [Angstrom]
_MIDDLE = 0.5  # a change this near to the middle height of a slab is on neither side [Angstrom]
_CHANGED = frozenset({"of", "slab", "film"})  # parameters of a structure that was made from another one


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


def changed_notes(before: Atoms, places: ArrayLike, *notes: str) -> tuple[str, ...]:
    """Notes of a structure made from another by a change: what was said of that one, then of the change.

    What a builder said of a clean slab is headed so, for it may no longer hold: of its faces, its formula, its dipole.
    A change of a slab on one of its sides is said to need a dipole correction.

    Parameters
    ----------
    before : ase.Atoms
        The structure before the change, with its record.
    places : array_like
        Where it was changed [Angstrom], shape (k, 3).
    notes : str
        Sentences on the change.
    """
    record, slab = record_of(before), is_slab(before)
    heading = "clean slab" if slab else "before"
    earlier = record.notes if _CHANGED & set(record.parameters) else headed(heading, record.notes)
    heights = before.positions[:, 2]
    above = np.asarray(places, dtype=float).reshape(-1, 3)[:, 2] - (heights.min() + heights.max()) / 2
    one_sided = slab and (above.min(initial=np.inf) > _MIDDLE or above.max(initial=-np.inf) < -_MIDDLE)
    last = (ONE_SIDED,) if one_sided or ONE_SIDED in earlier else ()
    return (*(note for note in earlier if note != ONE_SIDED), *notes, *last)


def headed(heading: str, notes: Sequence[str]) -> tuple[str, ...]:
    """Notes on a part of a structure, each after the name of the part; of its dipole alone nothing is said."""
    return tuple(f"{heading}: {note}" for note in notes if note != ONE_SIDED)


def is_slab(atoms: Atoms) -> bool:
    """Whether a periodic structure has an empty height along z."""
    return bool(atoms.pbc.any() and atoms.cell[2, 2] - np.ptp(atoms.positions[:, 2]) > _GAP)
