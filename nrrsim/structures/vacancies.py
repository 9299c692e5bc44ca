"""Oxygen vacancies of oxide surfaces: the kinds of oxygen of MoO3, and which arrangements of vacancies differ.

An arrangement is a set of n oxygens. Two arrangements are the same when an operation of the slab's cell takes one to
the other. spglib finds those operations (with vacuum along z they are the layer's, among them the translations within
a supercell); each is turned into a permutation of the oxygens and checked to be one. The images of an arrangement are
sorted tuples of oxygens; the smallest of them in lexicographic order names its orbit, and one arrangement is kept per
name. What is exact is so for the cell given: a larger supercell holds more arrangements. Positions and elements make
the symmetry, fixed atoms and tags do not: where the two faces of a slab should differ because one is fixed, name the
oxygens that may go.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from itertools import combinations
from typing import Any, TypeAlias

import numpy as np
import spglib
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from pymatgen.core.periodic_table import Element

from nrrsim.errors import InputError
from nrrsim.structures.oxidation import ANIONS_PER_METAL, METAL, oxygen_deficiency
from nrrsim.structures.quiet import without_spglib_deprecation
from nrrsim.structures.record import BuildRecord, record_of, recorded
from nrrsim.structures.slabs import BOND_STRETCH

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]

KINDS = {1: "terminal", 2: "asymmetric", 3: "symmetric"}  # by the number of Mo neighbours
MOST_ARRANGEMENTS = 200_000  # enumerated before symmetry; beyond it they are sampled

_BITS = 62  # of the number that names an arrangement
_SAME_POSITION = 1e-2  # Angstrom, between an atom and the image of another
_TRIES = 200  # random arrangements per one that is asked for
_EXACT = 1e-6  # a number of vacancies this close to a whole one is whole


def oxygen_kinds(atoms: Atoms) -> dict[int, str]:
    """The kind of each oxygen of MoO3 by the number of Mo bonded to it, within 2.6 Angstrom.

    'terminal' has one (1.67 Angstrom), 'asymmetric' two (1.73 and 2.25) and 'symmetric' three (1.95 twice and 2.33). On
    reduced or relaxed surfaces it is the number of neighbours left that counts.

    Parameters
    ----------
    atoms : ase.Atoms
        MoO3 or a surface of it.

    Returns
    -------
    dict of int to str
        Kind by index.

    Raises
    ------
    InputError
        If there is no oxygen, or one has no Mo or more than three.

    Examples
    --------
    >>> from nrrsim.structures.slabs import moo3_bilayer
    >>> sorted(set(oxygen_kinds(moo3_bilayer()).values()))
    ['asymmetric', 'symmetric', 'terminal']
    """
    kinds = {}
    for oxygen, metals in _neighbours(atoms, _oxygens(atoms)).items():
        if len(metals) not in KINDS:
            raise InputError(
                f"oxygen {oxygen} has {len(metals)} metal neighbours.",
                remedy="an oxygen of MoO3 has one to three: take adsorbates off, and check the geometry.",
            )
        kinds[oxygen] = KINDS[len(metals)]
    return kinds


def remove_oxygen(slab: Atoms, indices: Sequence[int]) -> Atoms:
    """The slab without some oxygens, unrelaxed.

    Parameters
    ----------
    slab : ase.Atoms
        A surface with its record.
    indices : sequence of int
        Oxygens to take out.

    Returns
    -------
    ase.Atoms
        Active atoms: the metal atoms that lost a neighbour, now or in an earlier step, in the new numbering.
        Constraints follow their atoms.

    Raises
    ------
    InputError
        If an index is repeated, out of range or no oxygen, or the slab has no record.
    """
    chosen = _chosen(slab, indices)
    record = record_of(slab)
    left = np.setdiff1d(np.arange(len(slab)), chosen)
    renumbered = {int(old): new for new, old in enumerate(left)}
    active = _with_metals(slab, chosen, _earlier_site(record))
    reduced = slab.copy()
    del reduced[chosen]
    return recorded(
        reduced,
        what=f"{record.what} with oxygen vacancies",
        parameters={"slab": record.what, "of": dict(record.parameters), "removed": chosen},
        active_atoms=[renumbered[atom] for atom in active if atom in renumbered],
        source=record.source,
        notes=(*record.notes, f"{len(chosen)} oxygen removed, unrelaxed: {reduced.get_chemical_formula()}."),
    )


def substitute_sulfur(slab: Atoms, indices: Sequence[int]) -> Atoms:
    """The slab with sulfur in place of some oxygens, at the same positions: Mo-S bonds are longer, so relax it.

    Parameters and errors are those of `remove_oxygen`; the active atoms are the metal atoms next to the sulfur,
    or to what was changed in an earlier step.
    """
    chosen = _chosen(slab, indices)
    record = record_of(slab)
    doped = slab.copy()
    doped.symbols[chosen] = "S"
    return recorded(
        doped,
        what=f"{record.what} with sulfur",
        parameters={"slab": record.what, "of": dict(record.parameters), "substituted": chosen},
        active_atoms=_with_metals(slab, chosen, _earlier_site(record)),
        source=record.source,
        notes=(*record.notes, f"{len(chosen)} oxygen replaced by sulfur, unrelaxed."),
    )


def vacancies_for_x(slab: Atoms, x: float) -> int:
    """How many oxygens to remove for a slab MoO3-x of the given x.

    Parameters
    ----------
    slab : ase.Atoms
        A surface of Mo, O, S and H; what it lacks already counts.
    x : float
        Oxygen missing per Mo.

    Raises
    ------
    InputError
        If no whole number of vacancies gives x (the nearest that can be are named), or x asks for oxygen to be added or
        for more than there is.
    """
    metals = int(np.sum(slab.symbols == METAL))
    present = round(oxygen_deficiency(slab) * metals)
    oxygens = len(_oxygens(slab))
    if not present / metals - _EXACT <= x <= (present + oxygens) / metals:
        raise InputError(
            f"x = {x} cannot be reached by removing oxygen from {slab.symbols}.",
            remedy=f"give x from {present / metals:.4g} to {min(ANIONS_PER_METAL, (present + oxygens) / metals):.4g}.",
        )
    vacancies = x * metals
    if abs(vacancies - round(vacancies)) > _EXACT * metals:
        below, above = math.floor(vacancies) / metals, math.ceil(vacancies) / metals
        raise InputError(
            f"x = {x} is {vacancies:.4g} vacancies in a slab of {metals} Mo, no whole number.",
            remedy=f"take x = {below:.6g} or {above:.6g}, or a larger supercell.",
        )
    return round(vacancies) - present


def distinct_vacancies(slab: Atoms, n: int, *, among: Sequence[int] | None = None) -> tuple[tuple[int, ...], ...]:
    """All arrangements of n oxygen vacancies that no symmetry of the slab makes equal, exactly.

    Parameters
    ----------
    slab : ase.Atoms
        The surface before the vacancies are made.
    n : int
        Number of vacancies, from 1.
    among : sequence of int
        Oxygens that may go, for example those of the upper face; all by default.

    Returns
    -------
    tuple of tuple of int
        One sorted tuple of oxygen indices per arrangement, the lexicographically smallest of its images among those
        allowed, in lexicographic order.

    Raises
    ------
    InputError
        If n cannot be, or over 200 000 arrangements would have to be looked at: sample them instead.
    """
    oxygens = _oxygens(slab)
    allowed = oxygens if among is None else np.array(_chosen(slab, among), dtype=np.int64)
    _refuse_number(n, len(allowed))
    ways = math.comb(len(allowed), n)
    if ways > MOST_ARRANGEMENTS or n * math.log2(len(oxygens)) > _BITS:
        raise InputError(
            f"{n} of {len(allowed)} oxygens can be chosen in {min(ways, 10**300):.3g} ways, too many to go through.",
            remedy="use sampled_vacancies, a smaller supercell, or name the oxygens that may go with among=.",
        )
    rank = np.searchsorted(oxygens, np.sort(allowed))
    arrangements = np.array(list(combinations(rank.tolist(), n)), dtype=np.int64)
    names = _names(arrangements, _permutations(slab, oxygens))
    first = np.unique(names, return_index=True)[1]
    return tuple(tuple(oxygens[row].tolist()) for row in arrangements[np.sort(first)])


def sampled_vacancies(
    slab: Atoms, n: int, *, count: int, seed: int, min_distance: float = 0.0
) -> tuple[tuple[int, ...], ...]:
    """Random arrangements of n oxygen vacancies that no symmetry of the slab makes equal.

    Oxygens are taken in random order, each that is far enough from those before and from its own image; where n do not
    fit the order is thrown away. The sample is not uniform over the arrangements: large orbits come more often.

    Parameters
    ----------
    slab : ase.Atoms
        The surface before the vacancies are made.
    n : int
        Number of vacancies, from 1.
    count : int
        Number of arrangements, from 1.
    seed : int
        Of the random numbers.
    min_distance : float
        Least distance between two vacancies, periodic images included [Angstrom].

    Returns
    -------
    tuple of tuple of int
        Sorted tuples of oxygen indices, in the order in which they were found.

    Raises
    ------
    InputError
        If a number cannot be, the slab repeats within `min_distance`, or too few arrangements are found.
    """
    oxygens = _oxygens(slab)
    _refuse_number(n, len(oxygens))
    if count < 1 or not 0.0 <= min_distance < np.inf:
        raise InputError(
            f"count = {count} and min_distance = {min_distance} were asked for.",
            remedy="give a count from 1 and a distance of 0 or more.",
        )
    _refuse_small_cell(slab, min_distance)
    apart = slab[oxygens].get_all_distances(mic=True) >= min_distance
    permutations = _permutations(slab, oxygens)
    found: dict[tuple[int, ...], None] = {}
    for arrangement in _random_arrangements(apart, n, count * _TRIES, np.random.default_rng(seed)):
        found.setdefault(min(tuple(row) for row in np.sort(permutations[:, arrangement], axis=1).tolist()))
        if len(found) == count:
            return tuple(tuple(oxygens[list(name)].tolist()) for name in found)
    raise InputError(
        f"{len(found)} different arrangements of {n} vacancies were found in {count * _TRIES} tries, not {count}.",
        remedy="ask for fewer, lower min_distance, or use distinct_vacancies.",
    )


def _random_arrangements(apart: NDArray[np.bool_], n: int, tries: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Ranks of n oxygens that are pairwise apart, from random orders; none for an order in which n do not fit."""
    for _ in range(tries):
        taken: list[int] = []
        for rank in rng.permutation(len(apart)).tolist():
            if apart[rank, taken].all():
                taken.append(rank)
            if len(taken) == n:
                yield taken
                break


def _names(arrangements: IntArray, permutations: IntArray) -> IntArray:
    """A number that the images of an arrangement share: the least of those they make as digits, base the oxygens.

    Shapes (m, n), (operations, oxygens) and (m,).
    """
    base = permutations.shape[1]
    weights = np.array([base**power for power in reversed(range(arrangements.shape[1]))], dtype=np.int64)
    names = np.full(len(arrangements), np.iinfo(np.int64).max)
    for permutation in permutations:
        names = np.minimum(names, np.sort(permutation[arrangements], axis=1) @ weights)
    return names


def _permutations(slab: Atoms, oxygens: IntArray) -> IntArray:
    """Images of the oxygens under each operation of the slab, by rank, shape (operations, oxygens)."""
    fractions = slab.get_scaled_positions()
    cell = (slab.cell[:], fractions, slab.numbers)
    with without_spglib_deprecation():
        operations = spglib.get_symmetry(cell, symprec=_SAME_POSITION)
    if operations is None:
        raise InputError("no symmetry of the slab could be found.", remedy="check that no two atoms coincide.")
    found = [
        _permutation(fractions[oxygens] @ rotation.T + shift, fractions[oxygens], slab.cell[:])
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
            "an operation of the slab does not map its oxygens on one another.",
            remedy="the slab is nearly symmetric: symmetrise its positions, or displace them clearly.",
        )
    return order


def bond_vectors(atoms: Atoms, oxygens: Sequence[int]) -> dict[int, FloatArray]:
    """Vectors from each oxygen to the metal atoms bonded to it [Angstrom], shape (bonds, 3).

    Raises
    ------
    InputError
        If an index is repeated or no oxygen.
    """
    chosen = _chosen(atoms, oxygens)
    first, _, vectors = _bonds(atoms)
    return {oxygen: vectors[first == oxygen] for oxygen in chosen}


def _neighbours(atoms: Atoms, oxygens: Iterable[int]) -> dict[int, list[int]]:
    """Metal atoms bonded to each oxygen, one entry per bond (two to the images of one atom count twice)."""
    first, second, _ = _bonds(atoms)
    return {int(oxygen): second[first == oxygen].tolist() for oxygen in oxygens}


def _bonds(atoms: Atoms) -> tuple[IntArray, IntArray, FloatArray]:
    """Oxygen, metal atom and vector between them [Angstrom] of each bond, shapes (b,), (b,), (b, 3)."""
    metals = [symbol for symbol in sorted(set(atoms.symbols)) if Element(symbol).is_metal]
    reach = {(metal, "O"): _bond_limit(metal) for metal in metals}
    if not reach:
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty((0, 3))
    first, second, vectors = neighbor_list("ijD", atoms, reach)
    from_oxygen = atoms.numbers[first] == atomic_numbers["O"]
    return first[from_oxygen], second[from_oxygen], vectors[from_oxygen]


def _bond_limit(metal: str) -> float:
    """Longest bond of oxygen to a metal [Angstrom]."""
    return float(BOND_STRETCH * sum(covalent_radii[atomic_numbers[element]] for element in (metal, "O")))


def _earlier_site(record: BuildRecord) -> tuple[int, ...]:
    """Active atoms that vacancies or sulfur made; those of a bare surface are its outermost layer instead."""
    return record.active_atoms if {"removed", "substituted"} & set(record.parameters) else ()


def _with_metals(slab: Atoms, chosen: list[int], earlier: Sequence[int]) -> list[int]:
    """The earlier site and the metal atoms bonded to the chosen oxygens."""
    return sorted({*earlier, *(metal for metals in _neighbours(slab, chosen).values() for metal in metals)})


def _oxygens(atoms: Atoms) -> IntArray:
    found = np.flatnonzero(atoms.symbols == "O")
    if not len(found):
        raise InputError(f"there is no oxygen in {atoms.symbols}.", remedy="give an oxide or a surface of one.")
    return np.asarray(found, dtype=np.int64)


def _chosen(slab: Atoms, indices: Sequence[int]) -> list[int]:
    """The indices, sorted, each an oxygen."""
    chosen = sorted(int(index) for index in indices)
    oxygens = set(_oxygens(slab).tolist())
    wrong = [index for index in chosen if index not in oxygens]
    if not chosen or wrong or len(set(chosen)) < len(chosen):
        raise InputError(
            f"{list(indices)} are no different oxygens" + (f": {wrong} are none." if wrong else "."),
            remedy="choose among the indices that oxygen_kinds gives, each once.",
        )
    return chosen


def _refuse_number(n: int, there: int) -> None:
    if int(n) != n or not 1 <= n <= there:
        raise InputError(f"{n} of {there} oxygens were to go.", remedy=f"give a whole number from 1 to {there}.")


def _refuse_small_cell(slab: Atoms, min_distance: float) -> None:
    """A vacancy repeats with the cell: no arrangement can be sparser than that."""
    a, b = slab.cell[0], slab.cell[1]
    shortest = min(float(np.linalg.norm(i * a + j * b)) for i in range(-2, 3) for j in range(-2, 3) if i or j)
    if shortest < min_distance:
        raise InputError(
            f"the slab repeats every {shortest:.3g} Angstrom, closer than min_distance = {min_distance}.",
            remedy="use a larger supercell or a smaller distance.",
        )
