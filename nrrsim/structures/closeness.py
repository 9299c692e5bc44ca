"""How near atoms stand to each other, in sums of covalent radii."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.geometry import get_distances
from ase.neighborlist import neighbor_list
from numpy.typing import ArrayLike

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


def refuse_crowding(atoms: Atoms, moved: Sequence[int], *, where: str, remedy: str) -> None:
    """Refuse atoms, new or moved, that are too near to others.

    Raises
    ------
    InputError
        If one comes nearer to any atom than 0.8 sums of covalent radii.
    """
    radii = covalent_radii[atoms.numbers]
    first, second, lengths = neighbor_list("ijd", atoms, radii)
    here = np.isin(first, list(moved))
    ratios = lengths[here] / (radii[first[here]] + radii[second[here]])
    if ratios.min(initial=np.inf) < CLOSEST:
        worst = int(np.argmin(ratios))
        one, other = (atoms.symbols[int(ends[here][worst])] for ends in (first, second))
        what = f"{one} comes to {ratios.min():.2f} sums of covalent radii of {other}, under {CLOSEST}."
        raise InputError(what, where=where, remedy=remedy)


def room(atoms: Atoms, place: ArrayLike, element: str, *, but: Sequence[int] = ()) -> float:
    """Distance of an element at a place to the nearest atom but some, in sums of covalent radii; images count."""
    others = np.setdiff1d(np.arange(len(atoms)), list(but))
    if not len(others):
        return float("inf")
    lengths = get_distances([place], atoms.positions[others], cell=atoms.cell, pbc=atoms.pbc)[1][0]
    return float((lengths / (covalent_radii[atoms.numbers[others]] + covalent_radii[atomic_numbers[element]])).min())
