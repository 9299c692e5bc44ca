"""Where a substituent stands: a nonmetal in place of another is drawn along its open side until its bonds fit.

The bonds of the new atom to the metals around it are to add up to the valence that the old one had from them,

    sum_j exp((R0_new - R_j) / B) = sum_j exp((R0_old - R_j) / B),

with tabulated R0 and B where both elements have them for that metal, else with sums of covalent radii for R0 and the
common B of 0.37 Angstrom, which keeps a single bond at the same length in sums of radii.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray
from pymatgen.core.periodic_table import Element
from scipy.optimize import brentq

from nrrsim.structures.bonding import is_metal
from nrrsim.structures.closeness import CLOSEST, room
from nrrsim.structures.crystals import bond_valence_parameters

FloatArray: TypeAlias = NDArray[np.float64]


_COMMON_B = 0.37  # of nearly all pairs (Brown, Altermatt, Acta Cryst. B 41 (1985) 244) [Angstrom]
_OPEN = 0.3  # sum of unit bond vectors below which no side of an atom is the open one
_WAYS = 24  # directions tried around a straight bridge
_FARTHEST = 6.0  # that an atom is drawn [Angstrom]
_SAME = 3  # decimals to which the room of two directions is compared


def seat(
    atoms: Atoms, index: int, element: str, *, neighbours: Sequence[int], vectors: FloatArray, keeps: float = 1.0
) -> FloatArray | None:
    """Where an element stands in place of an atom [Angstrom], shape (3,); None where there is no room for it.

    Away from the sum of the unit vectors to the neighbours; where two stand opposite each other, across their line on
    the side with most room, and where three stand around it in a plane, along the normal. Metals, what
    stands for hydrogen, and what has no metal around it or at least four on all sides keep the place of the old atom.

    Parameters
    ----------
    atoms : ase.Atoms
        With the old atom.
    index : int
        Of the old atom.
    element : str
        The new one.
    neighbours, vectors : sequence of int, numpy.ndarray
        Atoms bonded to the old one and where they stand from it [Angstrom], shapes (b,) and (b, 3), as `bonded` finds.
    keeps : float
        The share of the old atom's valence that the bonds to the metals shall have.
    """
    old, place = atoms.symbols[index], np.asarray(atoms.positions[index], dtype=float)
    around = [atoms.symbols[atom] for atom in neighbours]
    drawn = len(around) > 0 and bool(is_metal(atoms)[list(neighbours)].all())
    if not drawn or old == "H" or Element(element).is_metal or Element(old).is_metal:
        return place if room(atoms, place, element, but=(index,)) >= CLOSEST else None
    new_R0, old_R0, B = _parameters(around, old, element)
    valence = keeps * float(np.exp((old_R0 - np.linalg.norm(vectors, axis=1)) / B).sum())
    directions = _directions(vectors)
    if not len(directions):
        return place if room(atoms, place, element, but=(index,)) >= CLOSEST else None
    spots = [
        place + way * out for out in directions for way in [_way(vectors, out, new_R0, B, valence)] if way is not None
    ]
    if not spots:
        return None
    rooms = [round(room(atoms, spot, element, but=(index, *neighbours)), _SAME) for spot in spots]
    best = int(np.argmax(rooms))
    return spots[best] if rooms[best] >= CLOSEST else None


def _parameters(metals: list[str], old: str, new: str) -> tuple[FloatArray, FloatArray, FloatArray]:
    """R0 of the new and the old element and B [Angstrom] for each metal, each of shape (b,)."""
    table = bond_valence_parameters()[0]
    rows = []
    for metal in metals:
        if (metal, old) in table and (metal, new) in table:
            rows.append((table[metal, new][0], table[metal, old][0], table[metal, old][1]))
        else:
            ends = [covalent_radii[atomic_numbers[metal]] + covalent_radii[atomic_numbers[end]] for end in (new, old)]
            rows.append((ends[0], ends[1], _COMMON_B))
    new_R0, old_R0, B = np.array(rows, dtype=float).T
    return new_R0, old_R0, B


def _directions(vectors: FloatArray) -> FloatArray:
    """Unit vectors to draw along, shape (k, 3); none where four or more neighbours stand all around."""
    towards = (vectors / np.linalg.norm(vectors, axis=1)[:, None]).sum(axis=0)
    size = float(np.linalg.norm(towards))
    if size >= _OPEN:
        return np.asarray(-towards[None] / size)
    if len(vectors) > 3:
        return np.zeros((0, 3))
    line, _, normal = np.linalg.svd(np.vstack([vectors, np.zeros((3, 3))]))[2]
    if len(vectors) == 3:
        return np.array([normal, -normal])
    angles = 2 * np.pi * np.arange(_WAYS) / _WAYS
    out = np.cross(line, np.eye(3)[int(np.argmin(np.abs(np.round(line, _SAME))))])
    out /= np.linalg.norm(out)
    return np.asarray(np.outer(np.cos(angles), out) + np.outer(np.sin(angles), np.cross(line, out)))


def _way(vectors: FloatArray, out: FloatArray, R0: FloatArray, B: FloatArray, valence: float) -> float | None:
    """How far to go along a direction for the valence [Angstrom], backwards where bonds shorten; None if nowhere."""

    def surplus(way: float) -> float:
        return float(np.exp((R0 - np.linalg.norm(vectors - way * out, axis=1)) / B).sum()) - valence

    nearest = min(float((vectors @ out).min()), 0.0)  # level with the farthest neighbour
    if surplus(0.0) * surplus(_FARTHEST) <= 0:
        return float(brentq(surplus, 0.0, _FARTHEST))
    if surplus(nearest) * surplus(0.0) <= 0:
        return float(brentq(surplus, nearest, 0.0))
    return None
