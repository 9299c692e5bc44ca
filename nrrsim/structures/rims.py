"""Sites at the rim of a supported cluster: bridges and hollows between its atoms and those of the support.

An adsorbate there touches both. A rim site is a pair of a cluster atom and a support atom, or a triangle with both,
whose members are near enough to be bridged (the reach of all bridges, 1.6 sums of covalent radii), and over which a
nitrogen atom at bond length has nothing else in its way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import product
from typing import NamedTuple, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from numpy.typing import NDArray

from nrrsim.errors import InputError
from nrrsim.structures.adsorbates import adsorbate
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.closeness import APART, CLOSEST
from nrrsim.structures.placement import bond_height
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import AdsorptionSite
from nrrsim.structures.surfaces import BOND, FLAT, REACH, perpendicular, unit
from nrrsim.structures.symmetry import frame, orbits

FloatArray: TypeAlias = NDArray[np.float64]

PROBE = "N"  # the adsorbate that must fit
_DOWNWARDS = -0.1  # normals whose part along the slab's is less look into it


class _Surroundings(NamedTuple):
    """A supported cluster and the support atoms in its reach.

    Parameters
    ----------
    numbers, positions : numpy.ndarray
        Of the cluster's atoms, then of the support's, images included; shapes (n,) and (n, 3) [Angstrom].
    owners : tuple of int
        The atom of the structure that each is.
    size : int
        Of the cluster.
    up : numpy.ndarray
        Out of the support, shape (3,).
    """

    numbers: NDArray[np.int_]
    positions: FloatArray
    owners: tuple[int, ...]
    size: int
    up: FloatArray


def rim_sites(atoms: Atoms) -> tuple[AdsorptionSite, ...]:
    """The distinct rim sites of a supported cluster, bridges first, named as "rim bridge Co-O".

    Parameters
    ----------
    atoms : ase.Atoms
        From `supported`, whose record says which atoms are the cluster's.

    Returns
    -------
    tuple of AdsorptionSite
        For `place`; empty where nothing of the support is in reach of the cluster and open to the gas. Those on
        hydrogen of the support are among them.

    Raises
    ------
    InputError
        If the record names no cluster.
    """
    record = record_of(atoms)
    ours = [int(i) for i in record.parameters.get("cluster_atoms", ())]
    if not ours:
        raise InputError(
            f"the record of {record.what} names no cluster.", where="rim sites", remedy="build it with supported()."
        )
    around = _surroundings(atoms, ours)
    found = [site for site in _candidates(around) if _open(site, around)]
    if not found:
        return ()
    labels = orbits([site.position for site in found], atoms).tolist()
    counts = Counter(labels)
    firsts = sorted({label: k for k, label in reversed(list(enumerate(labels)))}.items())
    return _named([replace(found[k], multiplicity=counts[label]) for label, k in firsts], atoms, set(ours))


def _surroundings(atoms: Atoms, ours: list[int]) -> _Surroundings:
    structure = frame(atoms)
    lattice = structure.lattice
    shifts = np.array(sorted(product((-1, 0, 1), repeat=len(lattice)), key=lambda s: sum(map(abs, s))), dtype=float)
    others = [i for i in range(len(atoms)) if i not in set(ours)]
    cluster = structure.positions[ours]
    images = (structure.positions[others] + (shifts.reshape(len(shifts), -1) @ lattice)[:, None]).reshape(-1, 3)
    owners = np.tile(others, len(shifts))
    gaps = np.linalg.norm(images[:, None] - cluster, axis=-1)
    near = gaps.min(axis=1) < 2 * REACH * covalent_radii[structure.numbers].max()
    numbers = np.concatenate([structure.numbers[ours], structure.numbers[owners[near]]])
    positions = np.vstack([cluster, images[near]])
    return _Surroundings(numbers, positions, (*ours, *owners[near].tolist()), len(ours), structure.up)


def _candidates(around: _Surroundings) -> Iterator[AdsorptionSite]:
    """Pairs and triangles with members of both kinds, all in reach of one another, that do not look downwards."""
    radii = covalent_radii[around.numbers]
    gaps = np.linalg.norm(around.positions[:, None] - around.positions, axis=-1)
    near = gaps < REACH * (radii[:, None] + radii)
    size, total = around.size, len(radii)
    pairs = [(i, j) for i, j in product(range(size), range(size, total)) if near[i, j]]
    triangles = {
        tuple(sorted((i, j, k)))
        for i, j in pairs
        for k in range(total)
        if k not in (i, j) and near[i, k] and near[j, k]
    }
    for corners in [*pairs, *sorted(triangles)]:
        normal = _normal(around, corners)
        if normal is None or normal @ around.up < _DOWNWARDS:
            continue
        places = around.positions[list(corners)]
        along = places[-1] - places.mean(axis=0)
        flat = along - (along @ normal) * normal
        tangent = unit(flat) if np.linalg.norm(flat) > FLAT else perpendicular(normal)
        kind = "bridge" if len(corners) == 2 else "hollow"
        owners = tuple(around.owners[k] for k in corners)
        yield AdsorptionSite(kind, kind, places.mean(axis=0), normal, tangent, owners, places)  # type: ignore[arg-type]


def _normal(around: _Surroundings, corners: tuple[int, ...]) -> FloatArray | None:
    """Unit vector away from cluster and support, at right angles to the bridge or triangle, where there is one."""
    places = around.positions[list(corners)]
    outward = places.mean(axis=0) - around.positions[: around.size].mean(axis=0)
    outward = outward - (outward @ around.up) * around.up
    away = around.up + (unit(outward) if np.linalg.norm(outward) > FLAT else 0.0)
    if len(corners) == 2:
        along = unit(places[1] - places[0])
        across = away - (away @ along) * along
        return unit(across) if np.linalg.norm(across) > FLAT else None
    normal = np.cross(places[1] - places[0], places[2] - places[0])
    if np.linalg.norm(normal) < FLAT:
        return None
    normal = unit(normal)
    return np.asarray(normal if normal @ away > 0 else -normal)


def _open(site: AdsorptionSite, around: _Surroundings) -> bool:
    """Whether a nitrogen atom at bond height is bonded to the site on both sides and clashes with nothing."""
    guest = adsorbate(PROBE)
    numbers = np.zeros(max(around.owners) + 1, dtype=int)
    numbers[list(around.owners)] = around.numbers
    place = site.position + bond_height(site, guest, numbers) * site.normal
    radii = covalent_radii[guest.atoms.numbers[0]] + covalent_radii[around.numbers]
    ratios = np.linalg.norm(around.positions - place, axis=1) / radii
    own = np.linalg.norm(site.neighbour_positions - place, axis=1)
    reached = own / (covalent_radii[guest.atoms.numbers[0]] + covalent_radii[numbers[list(site.neighbours)]])
    gaps = np.linalg.norm(around.positions[:, None] - site.neighbour_positions, axis=-1)
    touchable = is_metal(Atoms(numbers=around.numbers)) | (gaps.min(axis=1) < 1e-3)
    free = bool((ratios >= np.where(touchable, CLOSEST, APART)).all())
    return free and bool(reached.min() <= ratios.min() + 1e-6 and reached.max() <= BOND)


def _named(sites: list[AdsorptionSite], atoms: Atoms, cluster: set[int]) -> tuple[AdsorptionSite, ...]:
    """The sites with their elements, the cluster's first, and a number where several share them."""
    sites = sorted(sites, key=lambda site: site.kind)
    names = [f"rim {site.kind} {_elements(site, atoms, cluster)}" for site in sites]
    totals, seen = Counter(names), Counter[str]()
    named = []
    for orbit, (site, name) in enumerate(zip(sites, names, strict=True)):
        seen[name] += 1
        named.append(replace(site, orbit=orbit, name=f"{name} {seen[name]}" if totals[name] > 1 else name))
    return tuple(named)


def _elements(site: AdsorptionSite, atoms: Atoms, cluster: set[int]) -> str:
    order = sorted((i not in cluster, chemical_symbols[atoms.numbers[i]]) for i in site.neighbours)
    return "-".join(symbol for _, symbol in order)
