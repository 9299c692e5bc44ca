"""Sets of atoms that no symmetry of a structure makes equal: which arrangements of defects differ.

An arrangement is a set of n of some atoms, the candidates. Two arrangements are the same when an operation of the cell
takes one to the other. spglib finds those operations (with vacuum along z they are the layer's, among them the
translations within a supercell); each is turned into a permutation of the candidates and checked to be one. The images
of an arrangement are sorted tuples of ranks; the smallest of them in lexicographic order names its orbit, and one
arrangement is kept per name.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
import spglib
from ase import Atoms
from numpy.typing import NDArray

from nrrsim.errors import InputError
from nrrsim.structures.quiet import without_spglib_deprecation

IntArray: TypeAlias = NDArray[np.int64]

MOST_ARRANGEMENTS = 200_000  # enumerated before symmetry; beyond it they are sampled

_BITS = 62  # of the number that names an arrangement
_SAME_POSITION = 1e-2  # Angstrom, between an atom and the image of another
_TRIES = 200  # random arrangements per one that is asked for


def distinct_sets(atoms: Atoms, candidates: IntArray, n: int, *, allowed: IntArray) -> tuple[tuple[int, ...], ...]:
    """All sets of n allowed atoms that differ by symmetry, each the lexicographically smallest of its images there.

    Parameters
    ----------
    atoms : ase.Atoms
        The structure.
    candidates : numpy.ndarray
        All atoms that an operation may map an allowed one on: those of its element, sorted, shape (k,).
    n : int
        Atoms in a set, from 1.
    allowed : numpy.ndarray
        Those of the candidates to choose from, shape (m,).

    Raises
    ------
    InputError
        If n cannot be, or over 200 000 sets would have to be looked at.
    """
    refuse_number(n, len(allowed))
    ways = math.comb(len(allowed), n)
    if ways > MOST_ARRANGEMENTS or n * math.log2(max(len(candidates), 2)) > _BITS:
        raise InputError(
            f"{n} of {len(allowed)} atoms can be chosen in {min(ways, 10**300):.3g} ways, too many to go through.",
            remedy="use sampled_vacancies, a smaller supercell, or name the atoms that may go with among=.",
        )
    rank = np.searchsorted(candidates, np.sort(allowed))
    arrangements = np.array(list(combinations(rank.tolist(), n)), dtype=np.int64)
    names = _names(arrangements, permutations_of(atoms, candidates))
    first = np.unique(names, return_index=True)[1]
    return tuple(tuple(candidates[row].tolist()) for row in arrangements[np.sort(first)])


def sampled_sets(
    atoms: Atoms, candidates: IntArray, n: int, *, allowed: IntArray, count: int, seed: int, min_distance: float
) -> tuple[tuple[int, ...], ...]:
    """Random sets of n allowed atoms that differ by symmetry, in the order in which they were found.

    Atoms are taken in random order, each that is far enough from those before and from its own image; where n do not
    fit the order is thrown away. The sample is not uniform over the arrangements: large orbits come more often.
    Parameters are those of `distinct_sets`, then the number of sets, the seed and the least distance [Angstrom].

    Raises
    ------
    InputError
        If a number cannot be, the slab repeats within `min_distance`, or too few sets are found.
    """
    refuse_number(n, len(allowed))
    if count < 1 or not 0.0 <= min_distance < np.inf:
        raise InputError(
            f"count = {count} and min_distance = {min_distance} were asked for.",
            remedy="give a count from 1 and a distance of 0 or more.",
        )
    _refuse_small_cell(atoms, min_distance)
    rank = np.searchsorted(candidates, np.sort(allowed))
    apart = atoms[candidates[rank]].get_all_distances(mic=True) >= min_distance
    permutations = permutations_of(atoms, candidates)
    found: dict[tuple[int, ...], tuple[int, ...]] = {}
    for taken in _random_arrangements(apart, n, count * _TRIES, np.random.default_rng(seed)):
        images = np.unique(np.sort(permutations[:, rank[taken]], axis=1), axis=0)
        inside = images[np.isin(images, rank).all(axis=1)]
        found.setdefault(tuple(images[0].tolist()), tuple(inside[0].tolist()))
        if len(found) == count:
            return tuple(tuple(candidates[list(chosen)].tolist()) for chosen in found.values())
    raise InputError(
        f"{len(found)} different arrangements of {n} vacancies were found in {count * _TRIES} tries, not {count}.",
        remedy="ask for fewer, lower min_distance, or use distinct_vacancies.",
    )


def refuse_number(n: int, there: int) -> None:
    """Refuse a number of atoms to choose that is not a whole one from 1 to those there are."""
    if int(n) != n or not 1 <= n <= there:
        raise InputError(f"{n} of {there} atoms were to go.", remedy=f"give a whole number from 1 to {there}.")


def _random_arrangements(apart: NDArray[np.bool_], n: int, tries: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Ranks of n atoms that are pairwise apart, from random orders; none for an order in which n do not fit."""
    for _ in range(tries):
        taken: list[int] = []
        for rank in rng.permutation(len(apart)).tolist():
            if apart[rank, taken].all():
                taken.append(rank)
            if len(taken) == n:
                yield taken
                break


def _names(arrangements: IntArray, permutations: IntArray) -> IntArray:
    """A number that the images of an arrangement share: the least of those they make as digits, base the candidates.

    Shapes (m, n), (operations, k) and (m,).
    """
    base = permutations.shape[1]
    weights = np.array([base**power for power in reversed(range(arrangements.shape[1]))], dtype=np.int64)
    names = np.full(len(arrangements), np.iinfo(np.int64).max)
    for permutation in permutations:
        names = np.minimum(names, np.sort(permutation[arrangements], axis=1) @ weights)
    return names


def permutations_of(atoms: Atoms, candidates: IntArray) -> IntArray:
    """Images of the candidates under each operation of the structure, by rank, shape (operations, k)."""
    fractions = atoms.get_scaled_positions()
    cell = (atoms.cell[:], fractions, atoms.numbers)
    with without_spglib_deprecation():
        operations = spglib.get_symmetry(cell, symprec=_SAME_POSITION)
    if operations is None:
        raise InputError("no symmetry of the slab could be found.", remedy="check that no two atoms coincide.")
    found = [
        _permutation(fractions[candidates] @ rotation.T + shift, fractions[candidates], atoms.cell[:])
        for rotation, shift in zip(operations["rotations"], operations["translations"], strict=True)
    ]
    return np.unique(np.array(found, dtype=np.int64), axis=0)


def _permutation(images: Any, fractions: Any, cell: Any) -> list[int]:
    """The position in `fractions` of each image."""
    offsets = images[:, None] - fractions[None]
    distances = np.linalg.norm((offsets - np.rint(offsets)) @ cell, axis=-1)
    order: list[int] = distances.argmin(axis=1).tolist()
    if len(set(order)) < len(order) or distances.min(axis=1).max() > 2 * _SAME_POSITION:
        raise InputError(
            "an operation of the slab does not map its atoms on one another.",
            remedy="the slab is nearly symmetric: symmetrise its positions, or displace them clearly.",
        )
    return order


def _refuse_small_cell(slab: Atoms, min_distance: float) -> None:
    """A vacancy repeats with the cell: no arrangement can be sparser than that."""
    a, b = slab.cell[0], slab.cell[1]
    shortest = min(float(np.linalg.norm(i * a + j * b)) for i in range(-2, 3) for j in range(-2, 3) if i or j)
    if shortest < min_distance:
        raise InputError(
            f"the slab repeats every {shortest:.3g} Angstrom, closer than min_distance = {min_distance}.",
            remedy="use a larger supercell or a smaller distance.",
        )
