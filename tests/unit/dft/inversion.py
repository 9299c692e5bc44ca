"""The inversion of ammonia, for tests: a path, a climb and modes with some settings."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from ase.build import molecule

from nrrsim.dft.run import run
from nrrsim.dft.settings import Settings
from nrrsim.dft.task import Task


def inverted(how: Settings, folder: Path) -> tuple[float, float, tuple[float, ...]]:
    """How far N lies from the plane of H at the saddle [Angstrom], the barrier [eV] and the modes of N alone [eV]."""
    relaxed = run(Task("relax", molecule("NH3"), how, "molecule"), folder / "relax")
    start = relaxed.atoms
    start.pbc, start.cell = False, None
    end = start.copy()
    normal = np.cross(start.positions[2] - start.positions[1], start.positions[3] - start.positions[1])
    normal /= np.linalg.norm(normal)
    end.positions[0] -= 2 * ((start.positions[0] - start.positions[1]) @ normal) * normal
    path = run(Task("path", start, how, "molecule", ends=(end,), options={"images": 3, "closer": 1}), folder / "path")
    climb = {"direction": path.details["direction"], "fmax": 0.05}
    saddle = run(Task("saddle", path.atoms, how, "molecule", options=climb), folder / "saddle")
    assert saddle.usable, saddle.reason
    modes = run(
        Task("vibrations", saddle.atoms, how, "molecule", options={"indices": [0], "imaginary": 1}), folder / "modes"
    )
    assert modes.usable, modes.reason
    hydrogens = saddle.atoms.positions[1:]
    normal = np.cross(hydrogens[1] - hydrogens[0], hydrogens[2] - hydrogens[0])
    off = (saddle.atoms.positions[0] - hydrogens[0]) @ normal / np.linalg.norm(normal)
    assert saddle.energy is not None
    assert relaxed.energy is not None
    return abs(float(off)), saddle.energy - relaxed.energy, modes.vibrations
