"""Structures laid over one another: two of the same atoms, or what is adsorbed on one site over a site much like it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from itertools import permutations, product
from math import factorial, prod
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.geometry import find_mic
from numpy.typing import NDArray
from scipy.optimize import linear_sum_assignment

from nrrsim.errors import InputError
from nrrsim.structures.closeness import CLOSEST
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.sites import adsorbate_atoms

FloatArray: TypeAlias = NDArray[np.float64]

MOST_ORDERS = 200_000  # of a free cluster's atoms that are tried
CARRIED = "structure carried over"
NEAR, FAR = 2.0, 4.0  # of an adsorbate: from where atoms go with it less and less, to where not at all [Angstrom]
_TIE = 1e-9  # of orders that lie alike the first one counts [Angstrom^2]
SAME_PLACE = 0.1  # within which sites as built have the same atom [Angstrom]


def matched(atoms: Atoms, to: Atoms) -> Atoms:
    """A structure with its atoms in the order, and a free cluster in the pose, that brings it nearest to another.

    Adsorbates' atoms are exchanged with others of their element alone, and so are those of a free cluster, which is
    also turned, moved and mirrored; a slab stays where it is. Order, record and cell of the result are those of `to`,
    moments go with the atoms.

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
    order, positions = _on_slab(atoms, to) if to.pbc.any() else _in_space(atoms, to)
    laid: Atoms = to.copy()
    laid.positions[:] = positions
    laid.set_initial_magnetic_moments(atoms.get_initial_magnetic_moments()[order])
    return laid


def carried_over(structure: Atoms, built: Atoms, *, onto: Atoms, onto_built: Atoms) -> Atoms:
    """What a structure of one site has adsorbed, on another site that differs by atoms taken out of it or exchanged.

    The adsorbates, what they stand on and atoms near them (`NEAR`) are where they are in the structure, atoms far from
    them (`FAR`) where they are on the other site, and between the two in between, so that no bond is torn or pressed.
    Moments are those of the site that has the greater share.

    Parameters
    ----------
    structure : ase.Atoms
        Of the first site, with adsorbates.
    built : ase.Atoms
        The first site as built.
    onto : ase.Atoms
        The other site, relaxed.
    onto_built : ase.Atoms
        The same as built, in the same cell as the first one.

    Returns
    -------
    ase.Atoms
        The other site, in its order, then the adsorbates.

    Raises
    ------
    InputError
        If nothing is adsorbed, the cells differ, or the other site has an atom where an adsorbate stands, or lacks one
        on which it does.
    """
    guests = [i for group in adsorbate_atoms(structure) for i in group]
    if not guests:
        raise InputError("nothing is adsorbed.", where=CARRIED, remedy="take a structure with adsorbates.")
    held = _shared(built, onto_built)
    gaps = {i: structure.get_distances(i, guests, mic=True).min() for i in held}
    shares = {i: float(np.clip((FAR - gap) / (FAR - NEAR), 0.0, 1.0)) for i, gap in gaps.items()}
    shares |= {i: 1.0 for i in record_of(structure).active_atoms if i in held}
    moved: Atoms = onto.copy()
    moments, computed = moved.get_initial_magnetic_moments(), structure.get_initial_magnetic_moments()
    for i, share in shares.items():
        step = find_mic(structure.positions[i] - onto.positions[held[i]], onto.cell, onto.pbc)[0]
        moved.positions[held[i]] += share * step
        moments[held[i]] = computed[i] if share > 0.5 else moments[held[i]]
    moved.set_initial_magnetic_moments(moments)
    numbers = held | {guest: len(onto) + k for k, guest in enumerate(guests)}
    together = _with_adsorbates(moved + structure[guests], structure, onto, numbers)
    _refuse_taken(together, {held[i] for i, share in shares.items() if share == 1.0}, len(onto))
    return together


def _shared(built: Atoms, onto: Atoms) -> dict[int, int]:
    """The atoms of a site as built that another has too, with their places in it."""
    if not np.allclose(built.cell[:], onto.cell[:]):
        raise InputError("the sites stand in different cells.", where=CARRIED, remedy="build both alike.")
    steps = (onto.positions - built.positions[:, None]).reshape(-1, 3)
    gaps = find_mic(steps, onto.cell, onto.pbc)[1].reshape(len(built), len(onto))
    pairs = np.argwhere((gaps < SAME_PLACE) & (built.numbers[:, None] == onto.numbers))
    return {int(theirs): int(mine) for theirs, mine in pairs}


def _refuse_taken(together: Atoms, carried: Collection[int], size: int) -> None:
    """Refuse an adsorbate where the other site has atoms."""
    guests, others = range(size, len(together)), [i for i in range(size) if i not in carried]
    for guest in guests:
        radii = covalent_radii[together.numbers[others]] + covalent_radii[together.numbers[guest]]
        near = together.get_distances(guest, others, mic=True) / radii
        if near.size and near.min() < CLOSEST:
            other = others[int(near.argmin())]
            what = f"{together.symbols[guest]} would stand on top of {together.symbols[other]}{other}."
            raise InputError(what, where=CARRIED, remedy="leave the state out, or place it anew.")


def _with_adsorbates(together: Atoms, structure: Atoms, onto: Atoms, numbers: Mapping[int, int]) -> Atoms:
    """The record of a site and of the adsorbates that a structure of another had, its atoms by their new numbers."""
    old, host = record_of(structure), record_of(onto)
    entries = []
    for entry in old.parameters["adsorbates"]:
        lacking = [i for i in entry["neighbours"] if i not in numbers]
        if lacking:
            what = f"{entry['name']} stands on {structure.symbols[lacking[0]]}{lacking[0]}, which this site has not."
            raise InputError(what, where=CARRIED, remedy="leave the state out, or place it anew.")
        named = {word: [numbers[i] for i in entry[word]] for word in ("atoms", "neighbours")}
        entries.append({**entry, **named})
    together.info = {}
    return recorded(
        together,
        what=f"{', '.join(entry['name'] for entry in entries)} on {host.what}",
        parameters={"host": {"what": host.what, "parameters": dict(host.parameters)}, "adsorbates": entries},
        active_atoms=sorted({i for entry in entries for i in entry["neighbours"]}),
        source=f"{host.source}; {old.what}: carried over",
        notes=host.notes,
    )


def _on_slab(atoms: Atoms, to: Atoms) -> tuple[list[int], FloatArray]:
    """Order and places: each adsorbate atom where the nearest of its element stands, the slab's in their order."""
    guests = [i for group in adsorbate_atoms(to) for i in group]
    order = list(range(len(atoms)))
    for element in set(to.numbers[guests].tolist()):
        ours = [i for i in guests if to.numbers[i] == element]
        theirs = [i for i in _guests(atoms) if atoms.numbers[i] == element]
        steps = (atoms.positions[theirs] - to.positions[ours][:, None]).reshape(-1, 3)
        gaps = find_mic(steps, to.cell, to.pbc)[1].reshape(len(ours), len(theirs))
        rows, columns = linear_sum_assignment(gaps**2)
        for row, column in zip(rows.tolist(), columns.tolist(), strict=True):
            order[ours[row]] = theirs[column]
    return order, atoms.positions[order]


def _in_space(atoms: Atoms, to: Atoms) -> tuple[list[int], FloatArray]:
    """Order and places: of all orders the one that a turn, a mirror or both bring nearest, with these."""
    centre = to.positions.mean(axis=0)
    target, loose = to.positions - centre, atoms.positions - atoms.positions.mean(axis=0)
    orders = _orders(atoms, to)
    overlaps = loose[orders].transpose(0, 2, 1) @ target
    shared = np.linalg.svd(overlaps, compute_uv=False).sum(axis=1)  # the greater, the nearer
    best = int(np.flatnonzero(shared > shared.max() - _TIE)[0])
    left, _, right = np.linalg.svd(overlaps[best])  # orthogonal Procrustes problem, mirrors allowed
    return orders[best].tolist(), loose[orders[best]] @ left @ right + centre


def _orders(atoms: Atoms, to: Atoms) -> NDArray[np.intp]:
    """Orders of the atoms in which each place has its element, hosts and adsorbates apart, shape (orders, n)."""
    mine, theirs = _guests(atoms), _guests(to)
    places, pools = [], []
    for guest, element in sorted({(i in theirs, int(to.numbers[i])) for i in range(len(to))}):
        places += [i for i in range(len(to)) if (i in theirs) == guest and to.numbers[i] == element]
        pools.append([i for i in range(len(atoms)) if (i in mine) == guest and atoms.numbers[i] == element])
    if prod(factorial(len(pool)) for pool in pools) > MOST_ORDERS:
        what = f"the atoms of {atoms.symbols} have more than {MOST_ORDERS} orders."
        raise InputError(what, where="path", remedy="search this path as a task of nrrsim.dft, its ends in one order.")
    chosen = np.array([sum(order, ()) for order in product(*(permutations(pool) for pool in pools))], dtype=np.intp)
    return chosen[:, np.argsort(places)]


def _guests(atoms: Atoms) -> frozenset[int]:
    return frozenset(i for group in adsorbate_atoms(atoms) for i in group)
