"""Adsorption sites of slabs and clusters: tops, bridges, hollows and faces, one of each kind that symmetry leaves.

Where they are follows from the shape of the surface (`nrrsim.structures.surfaces`); those that the structure's symmetry
maps on one another count once (`nrrsim.structures.symmetry`).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols
from numpy.typing import ArrayLike, NDArray

from nrrsim.errors import InputError
from nrrsim.structures.exposure import LAYER, exposed_atoms
from nrrsim.structures.record import KEY
from nrrsim.structures.surfaces import (
    FLAT,
    Kind,
    Patch,
    cluster_patches,
    layer_patches,
    perpendicular,
    reaches_its_images,
    unit,
)
from nrrsim.structures.symmetry import Frame, frame, orbits

FloatArray: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class AdsorptionSite:
    """A place where an adsorbate can bind.

    Parameters
    ----------
    kind : "top", "bridge", "hollow" or "face"
        What it is; hollow on a slab, face on a cluster.
    name : str
        What it is among the sites of its structure, as "hcp hollow", "long bridge" or "top Fe".
    position : numpy.ndarray
        The mean position of the neighbours [Angstrom], shape (3,).
    normal : numpy.ndarray
        Unit vector out of the surface, shape (3,).
    tangent : numpy.ndarray
        Unit vector in the surface: along a bridge, else towards a neighbour; rotations count from it; shape (3,).
    neighbours : tuple of int
        Indices of the atoms around the site; one atom appears twice where its periodic images do.
    neighbour_positions : numpy.ndarray
        Where these atoms stand, images included [Angstrom], shape (k, 3).
    orbit : int
        Number of its symmetry class in its structure.
    multiplicity : int
        Sites of this class in the cell given.
    """

    kind: Kind
    name: str
    position: FloatArray
    normal: FloatArray
    tangent: FloatArray
    neighbours: tuple[int, ...]
    neighbour_positions: FloatArray
    orbit: int = 0
    multiplicity: int = 1


def adsorption_sites(
    atoms: Atoms, *, surface_atoms: Sequence[int] | None = None, up: ArrayLike | None = None
) -> tuple[AdsorptionSite, ...]:
    """The distinct adsorption sites of a slab, a cluster or a crystal with pores, one for each symmetry class.

    Parameters
    ----------
    atoms : ase.Atoms
        A slab with a vacuum, whose sites lie on the face along its third cell vector, a cluster, or a crystal, of
        which the surface atoms must be named.
    surface_atoms : sequence of int or None
        The atoms that may carry adsorbates; None takes a slab's exposed atoms (`exposure`) or all of a cluster.
        Atoms of a slab that touch none of their own periodic images are treated as a cluster on it.
    up : array_like or None
        Normal of all sites, shape (3,), as for a flat cluster seen from above; None derives it from the geometry.

    Returns
    -------
    tuple of AdsorptionSite
        Tops first, then bridges, then hollows or faces; of each class the member nearest the middle of the surface.

    Raises
    ------
    InputError
        If the structure is periodic in one direction, a surface atom does not exist, or a crystal's are not named.

    Examples
    --------
    >>> from nrrsim.structures.clusters import m3
    >>> [site.name for site in adsorption_sites(m3("Nb"))]
    ['top', 'bridge', 'face']
    """
    return tuple(first for first, *_ in _classes(all_sites(atoms, surface_atoms=surface_atoms, up=up)))


def all_sites(
    atoms: Atoms, *, surface_atoms: Sequence[int] | None = None, up: ArrayLike | None = None
) -> tuple[AdsorptionSite, ...]:
    """Every adsorption site in the cell, labelled with its symmetry class; parameters and errors as above."""
    structure = frame(atoms)
    chosen = _surface(atoms, structure, surface_atoms)
    layer = structure.layered and (surface_atoms is None or reaches_its_images(structure, chosen))
    patches = layer_patches(structure, chosen) if layer else cluster_patches(structure, chosen)
    pieces = [_site(patch) for patch in patches]
    if up is not None:
        pieces = [replace(site, normal=unit(np.asarray(up, dtype=float))) for site in pieces]
    centre = np.mean([site.position for site in pieces], axis=0)
    order = sorted(range(len(pieces)), key=lambda i: (_RANK[pieces[i].kind], _distance(pieces[i], centre), i))
    found = [_with_tangent(pieces[i], structure) for i in order]
    labels = orbits([site.position for site in found], atoms)
    counts = Counter(labels.tolist())
    found = [
        replace(site, orbit=int(label), multiplicity=counts[label])
        for site, label in zip(found, labels.tolist(), strict=True)
    ]
    return _named(found, structure)


_RANK = {"top": 0, "bridge": 1, "hollow": 2, "face": 3}


def adsorbate_atoms(atoms: Atoms) -> tuple[tuple[int, ...], ...]:
    """The atoms of each adsorbate that nrrsim placed, in the order of placing."""
    text = atoms.info.get(KEY)
    entries = json.loads(text)["parameters"].get("adsorbates", []) if text else []
    return tuple(tuple(entry["atoms"]) for entry in entries)


def _classes(sites: Iterable[AdsorptionSite]) -> list[list[AdsorptionSite]]:
    grouped: dict[int, list[AdsorptionSite]] = defaultdict(list)
    for site in sites:
        grouped[site.orbit].append(site)
    return list(grouped.values())


def _distance(site: AdsorptionSite, centre: FloatArray) -> float:
    return round(float(np.linalg.norm(site.position - centre)), 3)


def _surface(atoms: Atoms, structure: Frame, chosen: Sequence[int] | None) -> list[int]:
    """Indices of the atoms that may carry adsorbates, sorted."""
    if chosen is not None:
        indices = sorted({int(i) for i in chosen})
        if not indices or indices[0] < 0 or indices[-1] >= len(atoms):
            what = f"the surface atoms {indices[:5]} are not all among the {len(atoms)} atoms."
            raise InputError(what, where="adsorption sites", remedy=f"give numbers from 0 to {len(atoms) - 1}.")
        return indices
    covered = {i for group in adsorbate_atoms(atoms) for i in group}
    free = [i for i in range(len(atoms)) if i not in covered]
    if not structure.periodic:
        return free
    if not structure.layered:
        remedy = "name the atoms in its pores that may carry adsorbates, or cut a slab."
        raise InputError("a crystal has no surface of its own.", where="adsorption sites", remedy=remedy)
    return exposed_atoms(structure, free)


def _site(patch: Patch) -> AdsorptionSite:
    """The patch as a site, its tangent and class still open."""
    kind, atoms, positions, normal = patch
    return AdsorptionSite(kind, kind, positions.mean(axis=0), normal, np.zeros(3), atoms, positions)


def _with_tangent(site: AdsorptionSite, structure: Frame) -> AdsorptionSite:
    """The site with its tangent: along a bridge, towards the first neighbour, or towards a top's nearest atom."""
    if site.kind == "top":
        targets = structure.positions - site.position
        if structure.periodic:
            images = np.array(list(product((-1, 0, 1), repeat=len(structure.lattice)))) @ structure.lattice
            targets = (targets[:, None] + images).reshape(-1, 3)
    else:
        targets = site.neighbour_positions[-1:] - site.position
    flat = targets - np.outer(targets @ site.normal, site.normal)
    lengths = np.linalg.norm(flat, axis=1)
    usable = lengths > FLAT
    if not usable.any():
        return replace(site, tangent=perpendicular(site.normal))
    total = np.where(usable, np.linalg.norm(targets, axis=1), np.inf)
    return replace(site, tangent=unit(flat[int(np.argmin(np.round(total, 3)))]))


def _named(sites: list[AdsorptionSite], structure: Frame) -> tuple[AdsorptionSite, ...]:
    """The sites with names that tell their classes apart: shape, then elements, then a number."""
    classes = _classes(sites)
    mixed = len({structure.numbers[i] for site in sites for i in site.neighbours}) > 1
    names = [_shape_name(members[0], classes, structure) for members in classes]
    if mixed:
        names = [f"{name} {_elements(members[0], structure)}" for name, members in zip(names, classes, strict=True)]
    totals, seen = Counter(names), Counter[str]()
    by_orbit = {}
    for name, members in zip(names, classes, strict=True):
        seen[name] += 1
        by_orbit[members[0].orbit] = f"{name} {seen[name]}" if totals[name] > 1 else name
    return tuple(replace(site, name=by_orbit[site.orbit]) for site in sites)


def _elements(site: AdsorptionSite, structure: Frame) -> str:
    return "-".join(sorted(chemical_symbols[structure.numbers[i]] for i in site.neighbours))


def _shape_name(site: AdsorptionSite, classes: list[list[AdsorptionSite]], structure: Frame) -> str:
    if site.kind == "bridge" and structure.layered:
        lengths = [_span(members[0]) for members in classes if members[0].kind == "bridge"]
        if max(lengths) > 1.05 * min(lengths):
            middle = (max(lengths) * min(lengths)) ** 0.5
            return "long bridge" if _span(site) > middle else "short bridge"
    if site.kind == "face":
        return "fourfold face" if len(site.neighbours) == 4 else "face"
    if site.kind == "hollow":
        return _hollow_name(site, structure)
    return site.kind


def _span(site: AdsorptionSite) -> float:
    return float(np.linalg.norm(site.neighbour_positions[0] - site.neighbour_positions[-1]))


def _hollow_name(site: AdsorptionSite, structure: Frame) -> str:
    """The stacking of an equilateral triangle, by the atom of the next layer under it; fourfold for a square."""
    if len(site.neighbours) == 4:
        return "fourfold hollow"
    corners = site.neighbour_positions
    sides = np.linalg.norm(corners - np.roll(corners, 1, axis=0), axis=1)
    depths = site.position @ structure.up - structure.heights
    below = depths > LAYER
    if len(corners) != 3 or sides.max() > 1.08 * sides.min() or not below.any():
        return "hollow"
    layer = below & (depths < depths[below].min() + LAYER)
    offsets = structure.positions[layer] - site.position
    to_cell = np.linalg.pinv(structure.lattice)
    fractions = offsets @ to_cell
    lateral = (fractions - np.rint(fractions)) @ structure.lattice
    under = np.linalg.norm(lateral, axis=1).min() < 0.35 * sides.mean()
    return "hcp hollow" if under else "fcc hollow"
