"""A task: one structure (or two, for a path), the settings, and what is to be done; its key is its content."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms

from nrrsim.dft.settings import Kind, Settings

Work: TypeAlias = Literal["single point", "relax", "vibrations", "path", "saddle"]

POSITION_DIGITS = 5  # of positions and cells in a structure's identity [decimals of Angstrom]


@dataclass(frozen=True, eq=False)
class Task:
    """What is to be computed.

    Parameters
    ----------
    work : "single point", "relax", "vibrations", "path" or "saddle"
        What is done.
    atoms : ase.Atoms
        The start, with constraints and initial moments; for a path its first end.
    settings : Settings
        How.
    kind : "slab", "cluster" or "molecule"
        What the structure is to the settings.
    options : Mapping[str, Any]
        Of the work, JSON values: fmax, steps, indices, moments to scan, images ...
    ends : tuple of ase.Atoms
        Further structures: the other end of a path.
    label : str
        For readers; not part of the identity.
    """

    work: Work
    atoms: Atoms
    settings: Settings
    kind: Kind = "slab"
    options: Mapping[str, Any] = field(default_factory=dict)
    ends: tuple[Atoms, ...] = ()
    label: str = ""

    @property
    def parameters(self) -> dict[str, Any]:
        """Of the engine, over those of the settings: what the settings say of this work, then the task's own."""
        of_work = self.settings.vibrations if self.work == "vibrations" else {}
        return {**of_work, **self.options.get("parameters", {})}

    @property
    def key(self) -> str:
        """Hash of structures, settings and work, hexadecimal: equal keys, equal computation."""
        said = {
            "work": self.work,
            "structures": [structure_digest(atoms) for atoms in (self.atoms, *self.ends)],
            "settings": [self.settings.digest, self.settings.version],
            "kind": self.kind,
            "options": dict(self.options),
        }
        if self.work == "vibrations" and self.settings.vibrations:
            said["vibrations"] = dict(self.settings.vibrations)
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:24]


def structure_digest(atoms: Atoms) -> str:
    """Hash of elements, positions, cell, periodicity, fixed atoms and initial moments, hexadecimal."""
    fixed = sorted({int(i) for held in atoms.constraints if isinstance(held, FixAtoms) for i in held.get_indices()})
    said = {
        "numbers": atoms.numbers.tolist(),
        "positions": _rounded(atoms.positions),
        "cell": _rounded(atoms.cell[:]),
        "pbc": [bool(p) for p in atoms.pbc],
        "fixed": fixed,
        "moments": np.round(atoms.get_initial_magnetic_moments(), 3).tolist(),
    }
    return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:24]


def _rounded(lengths: Any) -> list[Any]:
    rounded: list[Any] = (np.round(lengths, POSITION_DIGITS) + 0.0).tolist()  # no -0.0
    return rounded
