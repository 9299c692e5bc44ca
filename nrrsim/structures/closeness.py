"""How near atoms stand to each other, in sums of covalent radii."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list

from nrrsim.errors import InputError

CLOSEST = 0.8  # least distance of two atoms that are built next to each other, in sums of covalent radii
APART = 1.3  # least distance of two that shall not bond, in sums of covalent radii


def closest_pair(atoms: Atoms) -> tuple[int, int, float, float]:
    """The two atoms nearest to each other in sums of covalent radii: indices, distance [Angstrom] and that ratio.

    Periodic images count.

    Raises
    ------
    InputError
        If there are no two atoms within four sums of covalent radii.
    """
    radii = covalent_radii[atoms.numbers]
    for reach in (1.0, 2.0, 4.0):
        first, second, lengths = neighbor_list("ijd", atoms, reach * radii)
        if len(lengths):
            ratios = lengths / (radii[first] + radii[second])
            k = int(np.argmin(ratios))
            return int(first[k]), int(second[k]), float(lengths[k]), float(ratios[k])
    raise InputError(f"no two atoms of {atoms.symbols} are near each other.", remedy="check the positions.")


def closest_between(atoms: Atoms, chosen: Sequence[int]) -> tuple[int, int, float, float]:
    """The chosen atom and the other one nearest to each other, as `closest_pair` gives them; images count.

    Raises
    ------
    InputError
        If no other atom is within four sums of covalent radii of a chosen one.
    """
    radii = covalent_radii[atoms.numbers]
    first, second, lengths = neighbor_list("ijd", atoms, 4.0 * radii)
    between = np.isin(first, chosen) & ~np.isin(second, chosen)
    if not between.any():
        raise InputError("nothing is near the atoms chosen.", remedy="check the positions.")
    ratios = lengths[between] / (radii[first] + radii[second])[between]
    k = int(np.argmin(ratios))
    return int(first[between][k]), int(second[between][k]), float(lengths[between][k]), float(ratios[k])
