"""Directions around an atom: evenly spread ones, and the one in which there is most room."""

from __future__ import annotations

from itertools import product
from typing import TypeAlias

import numpy as np
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from nrrsim.structures.symmetry import Frame

FloatArray: TypeAlias = NDArray[np.float64]

PROBE = float(covalent_radii[atomic_numbers["N"]])  # [Angstrom]
TRIED = 1000  # directions, a few degrees apart

_NEAR = 8.0  # atoms farther from the middle do not crowd it [Angstrom]
_HERE = 0.3  # an atom this near to the middle is there [Angstrom]


def sphere_points(count: int) -> FloatArray:
    """Directions spread evenly over the sphere on a spiral, shape (count, 3)."""
    z = 1 - (2 * np.arange(count) + 1) / count
    turn = np.pi * (1 + np.sqrt(5)) * np.arange(count)
    flat = np.sqrt(1 - z**2)
    return np.stack([flat * np.cos(turn), flat * np.sin(turn), z], axis=1)


def open_direction(structure: Frame, point: FloatArray, radius: float) -> FloatArray:
    """The direction in which a nitrogen atom bonded to what stands at a point has most room, shape (3,).

    It is the one of 1000 in which the least distance to all other atoms, in sums of covalent radii, is greatest.

    Parameters
    ----------
    structure : Frame
        The atoms, periodic images included.
    point : numpy.ndarray
        Where the nitrogen binds [Angstrom], shape (3,).
    radius : float
        Covalent radius of what it binds to [Angstrom].
    """
    shifts = np.array(list(product((-1, 0, 1), repeat=len(structure.lattice)))) @ structure.lattice
    around = (structure.positions + shifts.reshape(-1, 1, 3)).reshape(-1, 3)
    radii = np.tile(covalent_radii[structure.numbers], len(shifts)) + PROBE
    distances = np.linalg.norm(around - point, axis=1)
    near = (distances > _HERE) & (distances < _NEAR)
    directions = sphere_points(TRIED)
    if not near.any():
        return np.asarray(directions[0])
    probes = point + (radius + PROBE) * directions
    gaps = np.linalg.norm(probes[:, None] - around[near], axis=-1) / radii[near]
    return np.asarray(directions[int(np.argmax(np.round(gaps.min(axis=1), 6)))])
