"""Which atoms of a slab its vacuum reaches: the top layer, the open metal between the rows of an oxide, lower terraces.

Layers are taken from the top. An atom below counts where a nitrogen atom can stand on it, and where no atom and no
hollow of the layers above is right over it: what stands there is on these, and the atom belongs to them.
"""

from __future__ import annotations

from itertools import product
from typing import TypeAlias

import numpy as np
from ase.data import covalent_radii
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from nrrsim.structures.directions import PROBE
from nrrsim.structures.surfaces import layer_patches
from nrrsim.structures.symmetry import Frame

FloatArray: TypeAlias = NDArray[np.float64]

LAYER = 0.6  # atoms within this height of the highest make the top layer [Angstrom]
DEPTH = 4.0  # how far below the top the surface reaches at most: two steps [Angstrom]
CLEAR = 0.9  # least distance of the probe to all other atoms, in sums of covalent radii
UNDER = 0.5  # an atom this near to the vertical through an atom or a hollow is under it [Angstrom]


def exposed_atoms(structure: Frame, candidates: list[int]) -> list[int]:
    """Indices of the candidates that make the slab's surface, sorted."""
    heights = structure.heights[candidates]
    top = heights.max()
    chosen = [i for i, height in zip(candidates, heights, strict=True) if height > top - LAYER]
    reachable = _reachable(structure)
    below = [i for i in candidates if i not in chosen and structure.heights[i] > top - DEPTH]
    below.sort(key=lambda i: -structure.heights[i])
    while below:
        level = structure.heights[below[0]]
        layer = [i for i in below if structure.heights[i] > level - LAYER]
        below = below[len(layer) :]
        hollows = [p.positions.mean(axis=0) for p in layer_patches(structure, chosen) if p.kind == "hollow"]
        above = np.array([*structure.positions[chosen], *hollows])
        chosen += [i for i in layer if reachable[i] and not _under(structure, i, above)]
    return sorted(chosen)


def _reachable(structure: Frame) -> NDArray[np.bool_]:
    """Whether a nitrogen atom fits on top of each atom, shape (n,)."""
    radii = covalent_radii[structure.numbers]
    probes = structure.positions + (radii + PROBE)[:, None] * structure.up
    shifts = np.array(list(product((-1, 0, 1), repeat=2))) @ structure.lattice
    images = (structure.positions + shifts[:, None]).reshape(-1, 3)
    owners = np.tile(np.arange(len(radii)), len(shifts))
    tree, reach = cKDTree(images), CLEAR * (radii.max() + PROBE)
    free = np.ones(len(radii), dtype=bool)
    for i, near in enumerate(tree.query_ball_point(probes, reach)):
        gaps = np.linalg.norm(images[near] - probes[i], axis=1)
        free[i] = not np.any((gaps < CLEAR * (radii[owners[near]] + PROBE)) & (owners[near] != i))
    return free


def _under(structure: Frame, atom: int, above: FloatArray) -> bool:
    """Whether an atom is under one of some points, shape (k, 3)."""
    steps = structure.positions[atom] - above
    fractions = steps @ np.linalg.pinv(structure.lattice)
    lateral = (fractions - np.rint(fractions)) @ structure.lattice
    return bool((np.linalg.norm(lateral, axis=1) < UNDER).any())
