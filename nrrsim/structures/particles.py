"""Metal particles of 1 to 8 nm: Wulff shapes of fcc, hcp and bcc metals, spheres, and their alloys.

The shape is cut from the crystal by gauges (`wulff`). Atoms with too few neighbours are then taken off, again and again
until none is left. Of all such sets the one whose number of atoms is nearest to that asked for is taken.

The diameter is that of the sphere with the volume of as many atoms of the crystal, d = (6 N v / pi)^(1/3).
"""

from __future__ import annotations

from typing import Literal, TypeAlias

import numpy as np
from ase import Atoms

from nrrsim.errors import InputError, nearest
from nrrsim.structures.clusters import require_d_block
from nrrsim.structures.crystals import crystal
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.wulff import (
    CENTRES,
    CUTS,
    Faces,
    FloatArray,
    IntArray,
    atoms_in,
    checked_energies,
    equivalent_diameter,
    face_label,
    facet_normals,
    metal_cell,
    neighbours_within,
    origin_of,
    shells,
    tidied,
)

Centre: TypeAlias = Literal["atom", "octahedral", "tetrahedral"]
SMALLEST, LARGEST = 6.0, 80.0  # diameters that are built [Angstrom]
FEWEST_NEIGHBOURS = 4  # one atom on a close-packed facet has three; tips of octahedra have four, truncated ones six
BULK_NEIGHBOURS = {"fcc": 12, "hcp": 12, "bcc": 8}


def particle(
    metal: str,
    diameter: float,
    *,
    centre: Centre = "atom",
    shape: Literal["wulff", "sphere"] = "wulff",
    energies: Faces | None = None,
    fewest_neighbours: int = FEWEST_NEIGHBOURS,
    vacuum: float = 8.0,
) -> Atoms:
    """A particle of a metal, at the positions of the crystal, unrelaxed.

    Parameters
    ----------
    metal : str
        A metal of fcc, hcp or bcc structure.
    diameter : float
        Of the sphere of equal volume [Angstrom], from 6 to 80; the nearest that can be is made, and the record says it.
    centre : "atom", "octahedral" or "tetrahedral"
        What is in the middle: an atom, or a hole.
    shape : "wulff" or "sphere"
        The Wulff body, or all atoms within a radius.
    energies : mapping of tuple of int to float, or None
        Surface energies by face in any unit, (h, k, l) or (h, k, i, l), one for each family; only their ratios count,
        and only the faces named may appear. None takes `broken_bond_energies`. {(0, 0, 1): 1.2, (1, 0, 1): 1.0} is a
        truncated hexagonal bipyramid.
    fewest_neighbours : int
        Atoms with fewer are taken off; 0 keeps all.
    vacuum : float
        Free space on each side [Angstrom].

    Returns
    -------
    ase.Atoms
        In a non-periodic box; active are the surface atoms, those with fewer neighbours than in the crystal.

    Raises
    ------
    InputError
        If the metal, the shape, the centre or a face is not known, or a number cannot be.

    Examples
    --------
    >>> particle("Cu", 9.5, centre="octahedral").get_chemical_formula()
    'Cu38'
    """
    lattice, cell = refuse_particle(metal, diameter, centre, shape, fewest_neighbours, vacuum)
    weights = checked_energies(metal, energies) if shape == "wulff" else {}
    wanted = atoms_in(metal, diameter)
    ordered, ends = shells(cell, origin_of(metal, centre), wanted, facet_normals(cell, weights))
    positions, numbers = _nearest_in_size(ordered, ends, wanted, fewest_neighbours)
    atoms = Atoms(metal * len(positions), positions=positions)
    atoms.center(vacuum=vacuum)
    reached = equivalent_diameter(metal, len(atoms))
    return recorded(
        atoms,
        what=f"{metal} particle, {shape}",
        parameters={
            "metal": metal,
            "diameter": float(diameter),
            "centre": centre,
            "shape": shape,
            "energies": {face_label(face): float(value) for face, value in weights.items()},
            "fewest_neighbours": fewest_neighbours,
            "vacuum": float(vacuum),
        },
        active_atoms=np.flatnonzero(numbers < BULK_NEIGHBOURS[lattice]).tolist(),
        source=record_of(crystal(metal)).source,
        notes=(
            f"{len(atoms)} atoms, the volume of a sphere of {reached:.2f} Angstrom; cut from the crystal, unrelaxed.",
            f"atoms with fewer than {fewest_neighbours} neighbours taken off.",
            *(("surface energies from broken bonds of the first shell.",) if shape == "wulff" and not energies else ()),
        ),
    )


def alloy_particle(
    host: Atoms, guest: str, count: int, *, where: Literal["random", "surface", "core"] = "random", seed: int = 0
) -> Atoms:
    """A particle with some of its atoms replaced, at the host's positions, unrelaxed.

    Parameters
    ----------
    host : ase.Atoms
        A particle with its record.
    guest : str
        A d-block metal.
    count : int
        Atoms replaced, exactly.
    where : "random", "surface" or "core"
        Any atoms; those with the fewest neighbours first; or those with the most first. Chance decides among equals.
    seed : int
        Of the random numbers.

    Raises
    ------
    InputError
        If the guest is no d-block metal or already the host, the count cannot be, or `where` is not known.
    """
    require_d_block(guest, where="alloy particle")
    if guest in host.get_chemical_symbols():
        raise InputError(f"{guest} is there already.", where="alloy particle", remedy="name another metal.")
    if int(count) != count or not 0 < count < len(host):
        what = f"{count} of {len(host)} atoms were to be replaced."
        raise InputError(what, where="alloy particle", remedy=f"give a whole number from 1 to {len(host) - 1}.")
    signs = {"random": 0, "surface": 1, "core": -1}
    if where not in signs:
        raise InputError(f"'{where}' is not known.", where="alloy particle", remedy=nearest(str(where), signs))
    record = record_of(host)
    rng = np.random.default_rng(seed)
    ranks = signs[where] * neighbours_within(host.positions)
    chosen = np.lexsort((rng.random(len(host)), ranks))[:count]
    alloy = host.copy()
    alloy.symbols[chosen] = guest
    return recorded(
        alloy,
        what=f"{guest} in {record.what}, {where}",
        parameters={
            "particle": record.what,
            "of": dict(record.parameters),
            "guest": guest,
            "count": int(count),
            "where": where,
            "seed": seed,
        },
        active_atoms=record.active_atoms,
        source=record.source,
        notes=(*record.notes, f"{count} of {len(host)} atoms are {guest}, at the host's positions."),
    )


def _nearest_in_size(positions: FloatArray, ends: IntArray, wanted: float, fewest: int) -> tuple[FloatArray, IntArray]:
    """Of the cuts near the number of atoms wanted, the one nearest to it when its loose atoms are gone."""
    middle = int(np.argmin(np.abs(ends - wanted)))
    best: tuple[FloatArray, IntArray] | None = None
    for end in ends[max(middle - 1, 0) : middle + CUTS - 1]:
        kept, numbers = tidied(positions[:end], fewest)
        if len(kept) and (best is None or abs(len(kept) - wanted) < abs(len(best[0]) - wanted)):
            best = kept, numbers
    if best is None:
        what = f"no particle of about {wanted:.0f} atoms has {fewest} neighbours or more at every atom."
        raise InputError(what, where="particle", remedy="take a larger diameter or fewer neighbours.")
    return best


def refuse_particle(
    metal: str, diameter: float, centre: str, shape: str, fewest: int, vacuum: float
) -> tuple[str, Atoms]:
    """Lattice and cell of the metal, after the refusals."""
    lattice, cell = metal_cell(metal)
    if not SMALLEST <= diameter <= LARGEST:
        atoms = f", some {atoms_in(metal, diameter):.2g} atoms," if 0 < diameter < np.inf else ""
        what = f"a diameter of {diameter} Angstrom{atoms} was asked for."
        remedy = f"give {SMALLEST:g} to {LARGEST:g} Angstrom; smaller are clusters, larger are slabs and steps."
        raise InputError(what, where="particle", remedy=remedy)
    for name, value, known in (("centre", centre, CENTRES[lattice]), ("shape", shape, ("wulff", "sphere"))):
        if value not in known:
            raise InputError(f"the {name} '{value}' is not known.", where="particle", remedy=nearest(value, known))
    if int(fewest) != fewest or not 0 <= fewest < BULK_NEIGHBOURS[lattice]:
        remedy = f"give a whole number from 0 to {BULK_NEIGHBOURS[lattice] - 1}."
        raise InputError(f"{fewest} neighbours were asked for.", where="particle", remedy=remedy)
    if not 0 < vacuum < 1000:
        raise InputError(f"the vacuum is {vacuum:g} Angstrom.", where="particle", remedy="give some Angstrom, as 8.")
    return lattice, cell
