"""Vacancies and substituents at chosen atoms, and which arrangements of them differ by symmetry.

Any element of any structure can go or be replaced; the oxygens of MoO3, of three kinds, have functions of their own.
What arrangements there are is exact for the cell given: a larger supercell holds more. Positions and elements make the
symmetry, fixed atoms and tags do not: where the two faces of a slab should differ because one is fixed, name the atoms
that may go.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_names, atomic_numbers
from numpy.typing import NDArray

from nrrsim.errors import InputError
from nrrsim.structures.arrangements import distinct_sets, sampled_sets
from nrrsim.structures.bonding import bonded, bonded_metals
from nrrsim.structures.closeness import CLOSEST
from nrrsim.structures.oxidation import ANIONS_PER_METAL, METAL, oxygen_deficiency
from nrrsim.structures.record import BuildRecord, changed_notes, record_of, recorded
from nrrsim.structures.seats import seat
from nrrsim.structures.symmetry import keep_vacuum

IntArray: TypeAlias = NDArray[np.int64]
FloatArray: TypeAlias = NDArray[np.float64]

KINDS = {1: "terminal", 2: "asymmetric", 3: "symmetric"}  # by the number of Mo neighbours

_EXACT = 1e-6  # a number of vacancies this close to a whole one is whole
_MOVED = 0.01  # an atom that stands this far from the old one was drawn [Angstrom]


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
    for oxygen, (metals, _) in bonded_metals(atoms, _of_element(atoms, "O").tolist()).items():
        if len(metals) not in KINDS:
            raise InputError(
                f"oxygen {oxygen} has {len(metals)} metal neighbours.",
                remedy="an oxygen of MoO3 has one to three: take adsorbates off, and check the geometry.",
            )
        kinds[oxygen] = KINDS[len(metals)]
    return kinds


def remove(slab: Atoms, indices: Sequence[int]) -> Atoms:
    """The structure without some atoms, unrelaxed.

    Parameters
    ----------
    slab : ase.Atoms
        A structure with its record.
    indices : sequence of int
        Atoms to take out.

    Returns
    -------
    ase.Atoms
        Active atoms: those that lost a bond, now or in an earlier step, in the new numbering; of the neighbours of a
        nonmetal the metals, where it has any. Constraints follow their atoms; the record keeps the places.

    Raises
    ------
    InputError
        If an index is repeated or out of range, or the slab has no record.

    Examples
    --------
    >>> from nrrsim.structures.slabs import surface_slab
    >>> sheet = surface_slab("MoS2", (0, 0, 0, 1), supercell=(3, 3), layers=1)
    >>> ((sulfur,), *_) = distinct_vacancies(sheet, 1, element="S")
    >>> defect = remove(sheet, [sulfur])
    >>> defect.symbols[list(record_of(defect).active_atoms)].get_chemical_formula()
    'Mo3'
    """
    chosen = _chosen(slab, indices)
    record = record_of(slab)
    left = np.setdiff1d(np.arange(len(slab)), chosen)
    renumbered = {int(old): new for new, old in enumerate(left)}
    names = _names(slab, chosen)
    reduced = slab.copy()
    del reduced[chosen]
    places = [[round(float(x), 6) for x in slab.positions[atom]] for atom in chosen]
    return recorded(
        reduced,
        what=f"{record.what} with {names} vacancies",
        parameters={
            "slab": record.what,
            "of": dict(record.parameters),
            "removed": chosen,
            "removed_elements": [str(slab.symbols[i]) for i in chosen],
            "vacancy_positions": [*record.parameters.get("vacancy_positions", []), *places],
        },
        active_atoms=[renumbered[atom] for atom in _site(slab, chosen, record) if atom in renumbered],
        source=record.source,
        notes=changed_notes(
            slab,
            slab.positions[chosen],
            f"{len(chosen)} {names} removed, unrelaxed: {reduced.get_chemical_formula()}.",
        ),
    )


def has_vacancies(atoms: Atoms) -> bool:
    """Whether a built slab, dot or cluster has vacancies of `remove`, later substitutions aside.

    What was put on a reduced support has none: its record tells of what was put there.
    """
    parameters = record_of(atoms).parameters
    while "removed_elements" not in parameters:
        if "of" not in parameters:
            return False
        parameters = parameters["of"]
    return True


def remove_oxygen(slab: Atoms, indices: Sequence[int]) -> Atoms:
    """`remove` for oxygens only: an index of another element is an error."""
    return remove(slab, chosen_oxygens(slab, indices))


def substitute(slab: Atoms, indices: Sequence[int], element: str) -> Atoms:
    """The structure with an element in place of some atoms, unrelaxed.

    A nonmetal in place of a nonmetal with metal neighbours is drawn along its open side until its bonds to them have
    the valence of the old ones (`nrrsim.structures.seats`): outwards where it is larger. All others stand where the old
    atoms stood.

    Parameters
    ----------
    slab : ase.Atoms
        A structure with its record.
    indices : sequence of int
        Atoms to replace.
    element : str
        By what.

    Returns
    -------
    ase.Atoms
        Active atoms: the neighbours of the new atoms, chosen as by `remove`, and what was changed in an earlier step.

    Raises
    ------
    InputError
        If the element is unknown, an index is repeated, out of range or of that element already, there is no room for a
        new atom, or the slab has no record.
    """
    chosen, record = _chosen(slab, indices), record_of(slab)
    _refuse_element(slab, chosen, element)
    names = _names(slab, chosen)
    doped = slab.copy()
    doped.set_constraint()
    for atom, (neighbours, vectors) in bonded(slab, chosen).items():
        place = seat(doped, atom, element, neighbours=neighbours.tolist(), vectors=vectors)
        if place is None:
            raise InputError(
                f"{element} in place of {slab.symbols[atom]} {atom} would stand too near to another atom, at less than "
                f"{CLOSEST} of the sum of covalent radii.",
                remedy="choose an outer atom or a smaller element, or place it by hand.",
            )
        doped.positions[atom], doped.symbols[atom] = place, element
    drawn = np.linalg.norm(doped.positions - slab.positions, axis=1).max()
    doped.set_constraint(slab.constraints)
    keep_vacuum(doped, slab)
    return recorded(
        doped,
        what=f"{record.what} with {_name(element)}",
        parameters={"slab": record.what, "of": dict(record.parameters), "substituted": chosen, "element": element},
        active_atoms=_site(slab, chosen, record),
        source=record.source,
        notes=changed_notes(
            slab,
            slab.positions[chosen],
            f"{len(chosen)} {names} replaced by {_name(element)}, unrelaxed: "
            + (f"drawn by {drawn:.2f} Angstrom at most to lengths that fit." if drawn > _MOVED else "in their places."),
        ),
    )


def substitute_sulfur(slab: Atoms, indices: Sequence[int]) -> Atoms:
    """`substitute` by sulfur for oxygens only: an index of another element is an error."""
    return substitute(slab, chosen_oxygens(slab, indices), "S")


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
    oxygens = len(_of_element(slab, "O"))
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


def distinct_vacancies(
    slab: Atoms, n: int, *, element: str = "O", among: Sequence[int] | None = None
) -> tuple[tuple[int, ...], ...]:
    """All arrangements of n vacancies, or substituents, that no symmetry of the slab makes equal, exactly.

    Parameters
    ----------
    slab : ase.Atoms
        The surface before they are made.
    n : int
        Number of atoms, from 1.
    element : str
        Of which.
    among : sequence of int
        Atoms of it that may go, for example those of the upper face; all by default.

    Returns
    -------
    tuple of tuple of int
        One sorted tuple of indices per arrangement, the lexicographically smallest of its images among those allowed,
        in lexicographic order.

    Raises
    ------
    InputError
        If n cannot be, or over 200 000 arrangements would have to be looked at: sample them instead.
    """
    candidates = _of_element(slab, element)
    return distinct_sets(slab, candidates, n, allowed=_allowed(slab, element, among, candidates))


def sampled_vacancies(
    slab: Atoms,
    n: int,
    *,
    count: int,
    seed: int,
    min_distance: float = 0.0,
    element: str = "O",
    among: Sequence[int] | None = None,
) -> tuple[tuple[int, ...], ...]:
    """Random arrangements of n vacancies, or substituents, that no symmetry of the slab makes equal.

    The sample is not uniform over the arrangements: those of little symmetry come more often.

    Parameters
    ----------
    slab : ase.Atoms
        The surface before they are made.
    n : int
        Number of atoms, from 1.
    count : int
        Number of arrangements, from 1.
    seed : int
        Of the random numbers.
    min_distance : float
        Least distance between two of them, periodic images included [Angstrom].
    element, among
        As for `distinct_vacancies`.

    Returns
    -------
    tuple of tuple of int
        Sorted tuples of indices, in the order in which they were found.

    Raises
    ------
    InputError
        If a number cannot be, the slab repeats within `min_distance`, or too few arrangements are found.
    """
    candidates = _of_element(slab, element)
    allowed = _allowed(slab, element, among, candidates)
    return sampled_sets(slab, candidates, n, allowed=allowed, count=count, seed=seed, min_distance=min_distance)


def bond_vectors(atoms: Atoms, oxygens: Sequence[int]) -> dict[int, FloatArray]:
    """Vectors from each oxygen to the metal atoms bonded to it [Angstrom], shape (bonds, 3).

    Raises
    ------
    InputError
        If an index is repeated or no oxygen.
    """
    return {oxygen: vectors for oxygen, (_, vectors) in bonded_metals(atoms, chosen_oxygens(atoms, oxygens)).items()}


def chosen_oxygens(atoms: Atoms, indices: Sequence[int]) -> list[int]:
    """The indices, sorted; one that is repeated or of no oxygen is an error."""
    return _chosen(atoms, indices, "O")


def _site(slab: Atoms, chosen: list[int], record: BuildRecord) -> list[int]:
    """The neighbours of the chosen atoms and the site of earlier defects; that of a bare surface is no defect's."""
    earlier = record.active_atoms if {"removed", "substituted"} & set(record.parameters) else ()
    return sorted({*earlier, *(int(atom) for found, _ in bonded(slab, chosen).values() for atom in found)})


def _of_element(atoms: Atoms, element: str) -> IntArray:
    found = np.flatnonzero(atoms.symbols == element)
    if not len(found):
        raise InputError(
            f"there is no {_name(element) if element in atomic_numbers else element} in {atoms.symbols}.",
            remedy="give a structure that holds it, or name another element.",
        )
    return np.asarray(found, dtype=np.int64)


def _allowed(slab: Atoms, element: str, among: Sequence[int] | None, candidates: IntArray) -> IntArray:
    return candidates if among is None else np.array(_chosen(slab, among, element), dtype=np.int64)


def _chosen(slab: Atoms, indices: Sequence[int], element: str | None = None) -> list[int]:
    """The indices, sorted, each an atom, of the element where one is named."""
    chosen = sorted(int(index) for index in indices)
    there = set(range(len(slab))) if element is None else set(_of_element(slab, element).tolist())
    wrong = [index for index in chosen if index not in there]
    if not chosen or wrong or len(set(chosen)) < len(chosen):
        what = "atoms" if element is None else f"{_name(element)} atoms"
        raise InputError(
            f"{list(indices)} are no different {what}" + (f": {wrong} are none." if wrong else "."),
            remedy="choose among the indices of the structure, each once.",
        )
    return chosen


def _names(slab: Atoms, chosen: list[int]) -> str:
    return " and ".join(_name(element) for element in sorted(set(slab.symbols[chosen])))


def _name(element: str) -> str:
    return str(atomic_names[atomic_numbers[element]]).lower()


def _refuse_element(slab: Atoms, chosen: list[int], element: str) -> None:
    already = [atom for atom in chosen if slab.symbols[atom] == element]
    if element not in atomic_numbers or element == "X" or already:
        what = f"atoms {already} are {element} already" if already else f"no element has the symbol '{element}'"
        raise InputError(f"{what}.", where="substitution", remedy="give the symbol of another element, as 'B'.")
