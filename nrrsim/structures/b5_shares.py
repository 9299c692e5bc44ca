"""B5 sites of particles against their size, over the truncations of a shape."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from ase import Atoms

from nrrsim.errors import InputError
from nrrsim.structures.motifs import count_b5
from nrrsim.structures.particles import BULK_NEIGHBOURS, FEWEST_NEIGHBOURS, refuse_particle
from nrrsim.structures.wulff import (
    CENTRES,
    Faces,
    IntArray,
    atoms_in,
    checked_energies,
    equivalent_diameter,
    facet_normals,
    metal_cell,
    origin_of,
    shells,
    tidied,
)

DIAMETERS = (10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.5, 25.0, 27.5, 30.0, 35.0, 40.0, 45.0, 50.0)  # [Angstrom]


@dataclass(frozen=True)
class SizeBin:
    """B5 sites of the particles of one range of diameters, each particle counted alike.

    Parameters
    ----------
    diameters : tuple of float
        Lower and upper end of the range, the upper one excluded [Angstrom].
    particles : int
        How many particles the rest is taken over.
    atoms, surface_atoms, b5 : float
        Mean numbers; surface atoms have fewer neighbours than those of the crystal.
    per_surface_atom, lowest, highest : float
        B5 sites over surface atoms: the mean over the particles, the least and the most.
    per_atom : float
        B5 sites over all atoms, the mean over the particles.
    without : float
        Share of the particles that have no B5 site.
    """

    diameters: tuple[float, float]
    particles: int
    atoms: float
    surface_atoms: float
    b5: float
    per_surface_atom: float
    lowest: float
    highest: float
    per_atom: float
    without: float


def b5_share(
    metal: str = "Ru",
    diameters: Sequence[float] = DIAMETERS,
    *,
    shape: Literal["wulff", "sphere"] = "wulff",
    variation: float = 0.0,
    samples: int = 1,
    energies: Faces | None = None,
    fewest_neighbours: int = FEWEST_NEIGHBOURS,
    cuts: int = 3,
    seed: int = 0,
) -> tuple[SizeBin, ...]:
    """B5 sites against size, over the truncations of a shape.

    One size has many particles: the body grows around an atom, an octahedral or a tetrahedral hole, and each gauge at
    which it takes up atoms is one. Of these, `cuts` are taken from each range, evenly spread, for each centre and each
    sample of the surface energies; the range of a particle is that of its diameter once its loose atoms are gone.

    Parameters
    ----------
    metal : str
        An fcc or hcp metal.
    diameters : sequence of float
        Ends of the ranges, rising [Angstrom].
    shape, energies, fewest_neighbours
        As in `particle`.
    variation : float
        Each family's surface energy is multiplied by a random number between 1 - variation and 1 + variation; 0 leaves
        the Wulff shape, 0.1 gives shapes near it.
    samples : int
        Draws of the surface energies; with a variation of 0 all would be the same, and one is made.
    cuts : int
        Truncations of each sample for each centre and range, at most.
    seed : int
        Of the random numbers.

    Returns
    -------
    tuple of SizeBin
        Of the ranges that any particle falls in.

    Raises
    ------
    InputError
        If the metal is not close-packed or a number cannot be.
    """
    edges = _refuse_share(metal, diameters, shape, variation, samples, cuts, fewest_neighbours)
    lattice, cell = metal_cell(metal)
    weights = checked_energies(metal, energies) if shape == "wulff" else {}
    rng = np.random.default_rng(seed)
    rows: list[list[tuple[int, int, int]]] = [[] for _ in edges[1:]]
    for _ in range(samples if variation and weights else 1):
        drawn = {face: value * rng.uniform(1 - variation, 1 + variation) for face, value in weights.items()}
        for centre in CENTRES[lattice]:
            ordered, ends = shells(
                cell, origin_of(metal, centre), atoms_in(metal, edges[-1]), facet_normals(cell, drawn)
            )
            for end in _spread(ends, [atoms_in(metal, edge) for edge in edges], cuts):
                kept, numbers = tidied(ordered[:end], fewest_neighbours)
                place = int(np.searchsorted(edges, equivalent_diameter(metal, len(kept)), side="right")) - 1
                if 0 <= place < len(rows) and len(kept):
                    found = count_b5(Atoms(metal * len(kept), positions=kept)).total
                    rows[place].append((len(kept), int(np.sum(numbers < BULK_NEIGHBOURS[lattice])), found))
    return tuple(_bin(edges[k : k + 2], row) for k, row in enumerate(rows) if row)


def _spread(ends: IntArray, limits: Sequence[float], cuts: int) -> Iterator[int]:
    """Complete cuts, some from each range of numbers of atoms."""
    for low, high in pairwise(limits):
        inside = ends[(ends >= low) & (ends < high)]
        if len(inside):
            yield from inside[np.unique(np.linspace(0, len(inside) - 1, cuts).round().astype(int))].tolist()


def _bin(ends: Sequence[float], row: Sequence[tuple[int, int, int]]) -> SizeBin:
    atoms, surface, b5 = np.array(row, dtype=float).T
    share = b5 / surface
    return SizeBin(
        diameters=(float(ends[0]), float(ends[1])),
        particles=len(row),
        atoms=float(atoms.mean()),
        surface_atoms=float(surface.mean()),
        b5=float(b5.mean()),
        per_surface_atom=float(share.mean()),
        lowest=float(share.min()),
        highest=float(share.max()),
        per_atom=float((b5 / atoms).mean()),
        without=float((b5 == 0).mean()),
    )


def _refuse_share(
    metal: str, diameters: Sequence[float], shape: str, variation: float, samples: int, cuts: int, fewest: int
) -> list[float]:
    """The ends of the ranges, after the refusals."""
    edges = [float(edge) for edge in diameters]
    if len(edges) < 2 or edges != sorted(set(edges)):
        remedy = "give two or more, rising."
        raise InputError(f"the ranges end at {edges}.", where="B5 share", remedy=remedy)
    for edge in (edges[0], edges[-1]):
        lattice = refuse_particle(metal, edge, "atom", shape, fewest, 1.0)[0]
    if lattice == "bcc":
        remedy = "take an fcc or hcp metal; for bcc there are c7_atoms."
        raise InputError(f"{metal} is bcc: B5 is defined for close-packed metals.", where="B5 share", remedy=remedy)
    if not 0 <= variation < 1:
        raise InputError(f"the variation is {variation}.", where="B5 share", remedy="give 0 to less than 1, as 0.1.")
    if min(samples, cuts) < 1 or (int(samples), int(cuts)) != (samples, cuts):
        what = f"{samples} samples and {cuts} cuts were asked for."
        raise InputError(what, where="B5 share", remedy="give whole numbers from 1.")
    return edges
