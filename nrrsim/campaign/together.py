"""Starts of states that hold several adsorbates: side by side, each on a site of its own that its valence likes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray

from nrrsim.errors import InputError
from nrrsim.structures.adsorbates import Adsorbate, preferred_neighbours
from nrrsim.structures.catalog.lookup import every_site_to_adsorb
from nrrsim.structures.placement import coadsorbed
from nrrsim.structures.sites import AdsorptionSite

FloatArray: TypeAlias = NDArray[np.float64]

NEAR = 4.5  # the others stand within this of the first adsorbate [Angstrom]
APART = 1.2  # least distance of two sites that are taken [Angstrom]
HEIGHT = 1.5  # about which adsorbates stand over their sites [Angstrom]
CROWDING = 0.5  # what a pair of sites costs at a distance of 1 Angstrom, in steps of coordination
SAME = 0.1  # starts whose distances all agree within this are one [Angstrom]
MOST_TRIED = 1000  # arrangements, partial ones too


def placed_together(clean: Atoms, guests: Sequence[Adsorbate], *, count: int) -> tuple[Atoms, ...]:
    """Structures with all of some adsorbates on a clean site, the likeliest first.

    Each is put where it has the neighbours it likes (three for N, two for NH, NH2 and H, one for the others), apart
    from the others but near the first. Arrangements that differ by symmetry alone are taken once.

    Parameters
    ----------
    clean : ase.Atoms
        The relaxed clean site, from the catalogue.
    guests : sequence of Adsorbate
        Two or more.
    count : int
        How many structures at most.

    Raises
    ------
    InputError
        If they do not fit together.
    """
    order = sorted(guests, key=lambda guest: (-preferred_neighbours(guest.name), guest.name))
    kept: list[Atoms] = []
    prints: list[FloatArray] = []
    for sites in _arrangements(clean, every_site_to_adsorb(clean), order):
        try:
            together = coadsorbed(clean, list(zip(sites, order, strict=True)))
        except InputError:
            continue
        distances = _distances(together)
        if not any(np.abs(distances - other).max() < SAME for other in prints):
            kept.append(together)
            prints.append(distances)
        if len(kept) == count:
            break
    if not kept:
        names = ", ".join(guest.name for guest in order)
        raise InputError(f"{names} do not fit together on the site.", remedy="a larger site, or fewer adsorbates.")
    return tuple(kept)


def _arrangements(
    clean: Atoms, sites: Sequence[AdsorptionSite], guests: Sequence[Adsorbate]
) -> Iterator[list[AdsorptionSite]]:
    """Sites for each adsorbate, the cheapest arrangements first; of the partial ones the cheapest are followed."""
    positions = np.array([site.position + HEIGHT * site.normal for site in sites])
    gaps = find_mic((positions - positions[:, None]).reshape(-1, 3), clean.cell, clean.pbc)[1].reshape(
        2 * (len(sites),)
    )
    around = np.array([len(site.neighbours) for site in sites])
    likes = [np.abs(around - preferred_neighbours(guest.name)) for guest in guests]
    firsts = list({site.orbit: i for i, site in reversed(list(enumerate(sites)))}.values())[::-1]
    found: list[tuple[float, tuple[int, ...]]] = sorted((float(likes[0][first]), (first,)) for first in firsts)
    for k, like in enumerate(likes[1:], 1):
        alike = k > 1 and guests[k].name == guests[k - 1].name  # equal ones in one order alone
        found = sorted(
            (round(cost + float(like[i]) + CROWDING * float((1 / gaps[i, list(taken)]).sum()), 6), (*taken, i))
            for cost, taken in found
            for i in range(taken[-1] + 1 if alike else 0, len(sites))
            if gaps[taken[0], i] <= NEAR and gaps[i, list(taken)].min() > APART
        )[:MOST_TRIED]
    for _, chosen in found:
        yield [sites[i] for i in chosen]


def _distances(atoms: Atoms) -> FloatArray:
    """All distances, sorted within each pair of elements: the same for arrangements that symmetry makes equal."""
    gaps = atoms.get_all_distances(mic=bool(atoms.pbc.any()))
    rows, columns = np.triu_indices(len(atoms), 1)
    pairs = np.sort(np.stack([atoms.numbers[rows], atoms.numbers[columns]]), axis=0)
    order = np.lexsort((gaps[rows, columns], pairs[1], pairs[0]))
    return np.asarray(gaps[rows, columns][order])
