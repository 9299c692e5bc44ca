"""Which atoms are bonded, by distance alone, for making defects: vectors from an atom to its neighbours.

Two atoms are bonded within 1.18 of the sum of their covalent radii, two metals only where the structure has no other
elements. Hydrogen with nobody that near is a hydride, for which covalent radii are too short: it is bonded to the
metals within 1.15 of its nearest.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from pymatgen.core.periodic_table import Element

from nrrsim.structures.slabs import BOND_STRETCH

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]
BoolArray: TypeAlias = NDArray[np.bool_]

HYDRIDE_SPREAD = 1.15  # of the bonds of one hydride, longest over shortest
HYDRIDE_REACH = 3.5  # in which a hydride has a metal atom [Angstrom]


def is_metal(atoms: Atoms) -> BoolArray:
    """Whether each atom is of a metal, shape (n,)."""
    found = {symbol: bool(Element(symbol).is_metal) for symbol in set(atoms.symbols)}
    return np.array([found[symbol] for symbol in atoms.symbols], dtype=bool)


def bonded(atoms: Atoms, indices: Iterable[int]) -> dict[int, tuple[IntArray, FloatArray]]:
    """The neighbours of some atoms and the vectors to them [Angstrom], shapes (b,) and (b, 3).

    Where a nonmetal has metal neighbours only these count, so that the hydrogen of an OH is none. A neighbour with
    several images in reach appears once for each.
    """
    wanted = [int(index) for index in indices]
    metal = is_metal(atoms)
    radii = np.asarray(BOND_STRETCH * covalent_radii[atoms.numbers], dtype=float)
    first, second, vectors = _pairs(atoms, wanted, radii)
    links = ~(metal[first] & metal[second]) | metal.all()
    first, second, vectors = first[links], second[links], vectors[links]
    found = {}
    for index in wanted:
        here = first == index
        to_metal = here & metal[second]
        chosen = to_metal if to_metal.any() and not metal[index] else here
        hydride = atoms.symbols[index] == "H" and not chosen.any()
        found[index] = _of_hydride(atoms, index, metal) if hydride else (second[chosen], vectors[chosen])
    return found


def bonded_metals(atoms: Atoms, indices: Iterable[int]) -> dict[int, tuple[IntArray, FloatArray]]:
    """What `bonded` finds, less the neighbours that are no metals."""
    metal = is_metal(atoms)
    return {
        index: (near[metal[near]], vectors[metal[near]]) for index, (near, vectors) in bonded(atoms, indices).items()
    }


def _of_hydride(atoms: Atoms, index: int, metal: BoolArray) -> tuple[IntArray, FloatArray]:
    """The nearest metal atoms and those hardly farther."""
    first, second, vectors = _pairs(atoms, [index], np.full(len(atoms), HYDRIDE_REACH / 2))
    ours = (first == index) & metal[second]
    second, vectors = second[ours], vectors[ours]
    lengths = np.linalg.norm(vectors, axis=1)
    near = lengths <= HYDRIDE_SPREAD * lengths.min(initial=np.inf)
    return second[near], vectors[near]


def _pairs(atoms: Atoms, wanted: list[int], radii: FloatArray) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs of overlapping spheres that start at a wanted atom: both ends and the vectors."""
    first, second, vectors = neighbor_list("ijD", atoms, radii)
    ours = np.isin(first, wanted)
    return first[ours].astype(np.int64), second[ours].astype(np.int64), np.asarray(vectors[ours])
