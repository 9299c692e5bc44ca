"""Dilute alloys: one or two foreign metal atoms in the surface of a metal."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from ase import Atoms

from nrrsim.errors import InputError
from nrrsim.structures.clusters import require_d_block
from nrrsim.structures.crystals import crystal_names, metal_lattice
from nrrsim.structures.record import changed_notes, record_of, recorded
from nrrsim.structures.slabs import surface_slab

NEIGHBOUR = 1.2  # atoms within this many nearest-neighbour distances are neighbours

_LAYER = 0.1  # heights closer than this belong to one atomic layer [Angstrom]


def single_atom_alloy(
    host: str,
    miller: Sequence[int],
    metal: str,
    *,
    supercell: tuple[int, int] = (3, 3),
    layers: int = 4,
    subsurface: bool = False,
    vacuum: float = 15.0,
    fixed_layers: int = 0,
) -> Atoms:
    """A slab of a metal with one surface atom replaced, unrelaxed.

    Parameters
    ----------
    host : str
        A shipped metal.
    miller, supercell, layers, vacuum, fixed_layers
        As in `surface_slab`.
    metal : str
        A d-block metal other than the host.
    subsurface : bool
        Replace an atom of the second atomic layer instead of the first.

    Returns
    -------
    ase.Atoms
        Active atoms: the foreign one, or the atoms of the first layer beside it where it is below.

    Raises
    ------
    InputError
        If the host is no metal or has no such face, the metal is no d-block metal or the host's own, or the foreign
        atom would neighbour its own image.
    """
    slab = _host(host, miller, (metal,), supercell, layers, vacuum, fixed_layers)
    planes = _planes(slab)
    if subsurface and len(planes) < 2:
        remedy = "take two layers or more."
        raise InputError("a slab of one atomic layer has nothing below it.", where="alloy", remedy=remedy)
    guest = _middle(slab, planes[int(subsurface)])
    beside = np.flatnonzero(_beside(slab, guest)).tolist()
    active = [atom for atom in beside if atom in planes[0]] if subsurface else [guest]
    return _alloyed(slab, {guest: metal}, active, "subsurface " if subsurface else "")


def dimer_alloy(
    host: str,
    miller: Sequence[int],
    metals: str | tuple[str, str],
    *,
    supercell: tuple[int, int] = (3, 3),
    layers: int = 4,
    vacuum: float = 15.0,
    fixed_layers: int = 0,
) -> Atoms:
    """A slab of a metal with two neighbouring atoms of its first layer replaced, unrelaxed.

    Parameters and errors are those of `single_atom_alloy`; `metals` is one metal or two. Both foreign atoms are active.
    """
    pair = (metals, metals) if isinstance(metals, str) else tuple(metals)
    if len(pair) != 2:
        raise InputError(f"found {len(pair)} metals for a dimer.", where="alloy", remedy="give one metal or two.")
    slab = _host(host, miller, pair, supercell, layers, vacuum, fixed_layers)
    top = _planes(slab)[0]
    guest = _middle(slab, top)
    others = [atom for atom in top if atom != guest]
    gaps = np.round(slab.get_distances(guest, others, mic=True), 4) if others else np.array([np.inf])
    if gaps.min() > NEIGHBOUR * _nearest_distance(slab):
        remedy = "take a closer packed face or a larger supercell."
        raise InputError("no two atoms of the first layer are neighbours.", where="alloy", remedy=remedy)
    within = np.round(slab.get_distances(guest, others), 4)  # of those as near, one in the same cell
    partner = others[int(np.lexsort((within, gaps))[0])]
    if _neighbour_images(slab, guest, partner) > 1:
        raise _too_small(supercell)
    return _alloyed(slab, {guest: pair[0], partner: pair[1]}, [guest, partner], "")


def _host(
    host: str,
    miller: Sequence[int],
    metals: Sequence[str],
    supercell: tuple[int, int],
    layers: int,
    vacuum: float,
    fixed_layers: int,
) -> Atoms:
    """The clean slab, after the refusals."""
    for metal in metals:
        require_d_block(metal, where="alloy")
        if metal == host:
            raise InputError(f"{metal} in {host} is no alloy.", where="alloy", remedy="name another metal.")
    if metal_lattice(host) is None:
        shipped = ", ".join(name for name in crystal_names() if metal_lattice(name))
        raise InputError(f"{host} is no metal.", where="alloy", remedy=f"take one of {shipped}.")
    slab = surface_slab(
        host, miller, supercell=supercell, layers=layers, vacuum=vacuum, fixed_layers=fixed_layers, termination=0
    )
    a, b = slab.cell[0], slab.cell[1]
    repeat = min(float(np.linalg.norm(i * a + j * b)) for i, j in product((-1, 0, 1), repeat=2) if i or j)
    if repeat < NEIGHBOUR * _nearest_distance(slab):
        raise _too_small(supercell)
    return slab


def _too_small(supercell: tuple[int, int]) -> InputError:
    what = f"in a supercell of {supercell} the foreign atoms neighbour their own images."
    return InputError(what, where="alloy", remedy="take a larger supercell, such as (3, 3).")


def _planes(slab: Atoms) -> list[list[int]]:
    """Atoms of each atomic layer, the highest first."""
    heights = slab.positions[:, 2]
    order = np.argsort(-heights, kind="stable")
    breaks = np.flatnonzero(-np.diff(heights[order]) > _LAYER) + 1
    return [part.tolist() for part in np.split(order, breaks)]


def _middle(slab: Atoms, chosen: Sequence[int]) -> int:
    """The chosen atom nearest to the middle of the cell."""
    offsets = slab.positions[list(chosen), :2] - (slab.cell[0] / 2 + slab.cell[1] / 2)[:2]
    return int(chosen[int(np.argmin(np.round(np.linalg.norm(offsets, axis=1), 4)))])


def _nearest_distance(slab: Atoms) -> float:
    """Shortest distance between two atoms, or an atom and its image [Angstrom]."""
    a, b = slab.cell[0], slab.cell[1]
    images = [i * a + j * b for i, j in product((-1, 0, 1), repeat=2)]
    steps = slab.positions[:, None] - slab.positions[0] + np.array(images)[:, None, None]
    lengths = np.linalg.norm(steps, axis=-1)
    return float(lengths[lengths > _LAYER].min())


def _beside(slab: Atoms, atom: int) -> Any:
    """Which atoms are neighbours of an atom, shape (n,)."""
    gaps = slab.get_distances(atom, range(len(slab)), mic=True)
    return (gaps > _LAYER) & (gaps < NEIGHBOUR * _nearest_distance(slab))


def _neighbour_images(slab: Atoms, one: int, other: int) -> int:
    """How many periodic images of an atom are neighbours of another."""
    a, b = slab.cell[0], slab.cell[1]
    step = slab.get_distance(one, other, mic=True, vector=True)
    images = [step + i * a + j * b for i, j in product((-2, -1, 0, 1, 2), repeat=2)]
    return int(np.sum(np.linalg.norm(images, axis=1) < NEIGHBOUR * _nearest_distance(slab)))


def _alloyed(slab: Atoms, guests: dict[int, str], active: Sequence[int], where: str) -> Atoms:
    """The slab with its foreign atoms and its record."""
    record = record_of(slab)
    alloy = slab.copy()
    for atom, metal in guests.items():
        alloy.symbols[atom] = metal
    return recorded(
        alloy,
        what=f"{where}{'-'.join(guests.values())} in {record.what}",
        parameters={
            "slab": record.what,
            "of": dict(record.parameters),
            "substituted": {str(atom): metal for atom, metal in guests.items()},
        },
        active_atoms=sorted(active),
        source=record.source,
        notes=changed_notes(
            slab, slab.positions[list(guests)], "the foreign atoms keep the host's positions, unrelaxed."
        ),
    )
