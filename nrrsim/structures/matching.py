"""Two structures of the same atoms laid over one another: the order and the pose of the second nearest to the first."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import permutations, product
from math import factorial, prod
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment
from scipy.spatial.transform import Rotation

from nrrsim.errors import InputError
from nrrsim.structures.sites import adsorbate_atoms

FloatArray: TypeAlias = NDArray[np.float64]

MOST_ORDERS = 50_000  # of a free cluster's atoms that are tried


def matched(atoms: Atoms, to: Atoms) -> Atoms:
    """A structure with its atoms in the order, and a free cluster in the pose, that brings it nearest to another.

    Adsorbates' atoms are exchanged with others of their element alone, and so are those of a free cluster, which is
    also turned, moved and mirrored; a slab stays where it is. Order, record and cell of the result are those of `to`.

    Parameters
    ----------
    atoms : ase.Atoms
        What is laid over the other.
    to : ase.Atoms
        With the same elements.

    Raises
    ------
    InputError
        If the structures hold different atoms, or a free cluster has too many orders to try.
    """
    if sorted(atoms.numbers) != sorted(to.numbers):
        what = f"{atoms.symbols} and {to.symbols} hold different atoms."
        raise InputError(what, where="path", remedy="give two states of the same atoms.")
    positions = _on_slab(atoms, to) if to.pbc.any() else _in_space(atoms, to)
    laid: Atoms = to.copy()
    laid.positions[:] = positions
    return laid


def _on_slab(atoms: Atoms, to: Atoms) -> FloatArray:
    """Each adsorbate atom where the nearest of its element stands; the slab's atoms in their order."""
    guests = [i for group in adsorbate_atoms(to) for i in group]
    positions = np.array(atoms.positions, dtype=float)
    for element in set(to.numbers[guests].tolist()):
        ours = [i for i in guests if to.numbers[i] == element]
        theirs = [i for i in _guests(atoms) if atoms.numbers[i] == element]
        steps = (atoms.positions[theirs] - to.positions[ours][:, None]).reshape(-1, 3)
        gaps = find_mic(steps, to.cell, to.pbc)[1].reshape(len(ours), len(theirs))
        rows, columns = linear_sum_assignment(gaps**2)
        positions[[ours[r] for r in rows]] = atoms.positions[[theirs[c] for c in columns]]
    return positions


def _in_space(atoms: Atoms, to: Atoms) -> FloatArray:
    """The order, turn and mirror image of least distance, by Kabsch's method for each order."""
    target = to.positions - to.positions.mean(axis=0)
    best, found = np.inf, target
    for order in _orders(atoms, to):
        placed = atoms.positions[order] - atoms.positions.mean(axis=0)
        for mirrored in (placed, placed * [1.0, 1.0, -1.0]):
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", UserWarning)  # a row of atoms has many best turns, all alike
                turn, distance = Rotation.align_vectors(target, mirrored)
            if distance < best - 1e-9:
                best, found = float(distance), turn.apply(mirrored)
    return np.asarray(found + to.positions.mean(axis=0))


def _orders(atoms: Atoms, to: Atoms) -> Iterator[list[int]]:
    """Orders of the atoms in which each place has its element, hosts and adsorbates apart."""
    places, pools = [], []
    for guest, element in sorted({(i in _guests(to), int(to.numbers[i])) for i in range(len(to))}):
        places.append([i for i in range(len(to)) if (i in _guests(to)) == guest and to.numbers[i] == element])
        pools.append([i for i in range(len(atoms)) if (i in _guests(atoms)) == guest and atoms.numbers[i] == element])
    if prod(factorial(len(pool)) for pool in pools) > MOST_ORDERS:
        what = f"the atoms of {atoms.symbols} have more than {MOST_ORDERS} orders."
        raise InputError(what, where="path", remedy="search this path as a task of nrrsim.dft, its ends in one order.")
    for chosen in product(*(permutations(pool) for pool in pools)):
        order = [0] * len(to)
        for where, which in zip(places, chosen, strict=True):
            for place, atom in zip(where, which, strict=True):
                order[place] = atom
        yield order


def _guests(atoms: Atoms) -> frozenset[int]:
    return frozenset(i for group in adsorbate_atoms(atoms) for i in group)
