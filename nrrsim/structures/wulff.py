"""Wulff shapes of crystals by gauges, and the surface energies of broken bonds.

With the centre at the origin, each face f of unit normal n_f and surface energy gamma_f bounds the Wulff body of scale
s by n_f . r <= s gamma_f; the gauge of an atom, the largest n_f . r / gamma_f over all faces, is the scale at which the
body reaches it. Atoms of one gauge enter together, so that a particle is the set of all atoms up to a gauge, with the
symmetry of its centre.

Surface energies are broken bonds: first-shell bonds cut per area, each counting half a bond energy per side, at the cut
between atomic planes that breaks fewest. They need no outside number and are relative; others may be given.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import pi
from typing import Any, TypeAlias

import numpy as np
import spglib
from ase import Atoms
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from nrrsim.errors import InputError
from nrrsim.structures.crystals import crystal, metal_lattice
from nrrsim.structures.directions import sphere_points
from nrrsim.structures.motifs import FIRST_SHELL
from nrrsim.structures.quiet import without_spglib_deprecation

Faces: TypeAlias = Mapping[tuple[int, ...], float]
FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]

FACES: Mapping[str, tuple[tuple[int, int, int], ...]] = {  # that may bound a Wulff shape, in the conventional cell
    "fcc": ((1, 1, 1), (1, 0, 0), (1, 1, 0), (3, 1, 1), (2, 1, 0)),
    "hcp": ((0, 0, 1), (1, 0, 0), (1, 0, 1), (1, 0, 2), (1, 1, 0), (1, 1, 1), (1, 1, 2), (2, 0, 1), (2, 0, 3)),
    "bcc": ((1, 1, 0), (1, 0, 0), (2, 1, 1), (1, 1, 1), (3, 1, 0), (2, 1, 0)),
}
CENTRES: Mapping[str, Mapping[str, tuple[float, float, float]]] = {  # from an atom, in the conventional cell
    "fcc": {"atom": (0, 0, 0), "octahedral": (1 / 2, 1 / 2, 1 / 2), "tetrahedral": (1 / 4, 1 / 4, 1 / 4)},
    "hcp": {"atom": (0, 0, 0), "octahedral": (2 / 3, 1 / 3, 1 / 4), "tetrahedral": (0, 0, 3 / 8)},
    "bcc": {"atom": (0, 0, 0), "octahedral": (1 / 2, 1 / 2, 0), "tetrahedral": (1 / 2, 1 / 4, 0)},
}

CUTS = 9  # nearest in size that are looked at
_TRIES = 8  # balls of the crystal, each 1.3 times wider, from which a body is cut
_SAME = 1e-4  # gauges this close are one, in parts of the gauge
_PLANE = 1e-6  # heights closer than this are one, in repeats


def broken_bond_energies(metal: str) -> dict[tuple[int, ...], float]:
    """First-shell bonds cut per area by the faces of `FACES`, at the cut that breaks fewest [1/Angstrom^2].

    Half of it times the bond energy is the surface energy of an unrelaxed nearest-neighbour model.

    Raises
    ------
    InputError
        If the metal is not of fcc, hcp or bcc structure.

    Examples
    --------
    >>> cu = broken_bond_energies("Cu")
    >>> round(cu[1, 0, 0] / cu[1, 1, 1], 4)  # 2 / sqrt(3), the textbook ratio
    1.1547
    """
    lattice, cell = metal_cell(metal)
    return {face: _bonds_cut(cell, face) for face in FACES[lattice]}


def equivalent_diameter(metal: str, count: int) -> float:
    """Diameter of the sphere with the volume of so many atoms of the crystal [Angstrom]."""
    cell = metal_cell(metal)[1]
    return float((6 * count * cell.get_volume() / len(cell) / pi) ** (1 / 3))


def atoms_in(metal: str, diameter: float) -> float:
    """Atoms of the crystal in a sphere of a diameter [Angstrom]."""
    cell = metal_cell(metal)[1]
    return float(pi / 6 * diameter**3 * len(cell) / cell.get_volume())


def metal_cell(metal: str) -> tuple[str, Atoms]:
    """Lattice and conventional cell of a metal's crystal."""
    lattice = metal_lattice(metal)
    if lattice is None or lattice not in FACES:
        remedy = "take one such as Ru, Co, Ni or Fe."
        raise InputError(f"{metal} is no fcc, hcp or bcc metal.", where="particle", remedy=remedy)
    return lattice, crystal(metal)


def origin_of(metal: str, centre: str) -> FloatArray:
    """The middle of the particle in the crystal [Angstrom], shape (3,)."""
    lattice, cell = metal_cell(metal)
    return np.asarray(cell.positions[0] + np.array(CENTRES[lattice][centre]) @ cell.cell[:])


def _bonds(cell: Atoms) -> tuple[IntArray, FloatArray]:
    """First-shell bonds of a cell: the atom each starts from (b,) and its vector [Angstrom] (b, 3)."""
    gaps = neighbor_list("d", cell, 4.0)
    first, vectors = neighbor_list("iD", cell, FIRST_SHELL * float(gaps.min()))
    return np.asarray(first, dtype=np.intp), np.asarray(vectors, dtype=float)


def _bonds_cut(cell: Atoms, face: Sequence[int]) -> float:
    """Bonds that the best plane of a face cuts, per area [1/Angstrom^2].

    Heights are counted in repeats of the lattice along the normal, where hkl . fraction is a height; the planes of a
    centred cell repeat more often than that, which changes nothing.
    """
    first, vectors = _bonds(cell)
    hkl = np.array(_three(face), dtype=float)
    heights = cell.get_scaled_positions() @ hkl
    rises = vectors @ np.linalg.inv(cell.cell[:]) @ hkl
    upward = rises > _PLANE
    lower, upper = heights[first[upward]], heights[first[upward]] + rises[upward]
    levels = np.unique(np.round(heights % 1.0 % (1 - _PLANE), 6))
    cuts = (levels + np.append(levels[1:], levels[0] + 1.0)) / 2
    crossing = [float(np.sum(np.floor(upper - cut) - np.floor(lower - cut))) for cut in cuts]
    area = cell.get_volume() * float(np.linalg.norm(np.linalg.inv(cell.cell[:]) @ hkl))
    return float(min(crossing) / area)


def checked_energies(metal: str, energies: Faces | None) -> dict[tuple[int, ...], float]:
    """The surface energies, checked."""
    weights = broken_bond_energies(metal) if energies is None else dict(energies)
    for face, value in weights.items():
        _three(face)
        if not 0 < value < np.inf:
            what = f"the surface energy of {face} is {value}."
            raise InputError(what, where="particle", remedy="give a positive number.")
    return weights


def _three(face: Sequence[int]) -> tuple[int, int, int]:
    indices = [*face[:2], face[3]] if len(face) == 4 and sum(face[:3]) == 0 else list(face)
    if len(indices) != 3 or not any(indices) or any(int(index) != index for index in indices):
        remedy = "give whole numbers (h, k, l), or (h, k, i, l) with h + k + i = 0 for an hcp metal."
        raise InputError(f"{tuple(face)} is no face.", where="particle", remedy=remedy)
    return int(indices[0]), int(indices[1]), int(indices[2])


def face_label(face: Sequence[int]) -> str:
    """Indices with spaces between."""
    return " ".join(str(index) for index in face)


def facet_normals(cell: Atoms, weights: Faces) -> FloatArray | None:
    """Normal over surface energy of every face that symmetry makes of those given, shape (f, 3); None for a sphere."""
    if not weights:
        return None
    with without_spglib_deprecation():
        found = spglib.get_symmetry((cell.cell[:], cell.get_scaled_positions(), cell.numbers))
    if found is None:
        raise InputError("no symmetry of the crystal could be found.", where="particle", remedy="check its cell.")
    turns = np.unique(found["rotations"], axis=0)
    to_normal = np.linalg.inv(cell.cell[:])
    rows = []
    for face, energy in weights.items():
        family = np.unique(np.array(_three(face)) @ turns, axis=0)
        normals = family @ to_normal.T
        rows.append(normals / np.linalg.norm(normals, axis=1)[:, None] / energy)
    return np.concatenate(rows)


def _gauges(positions: FloatArray, normals: FloatArray | None) -> FloatArray:
    """The scale at which the body reaches each position, shape (n,)."""
    if normals is None:
        return np.asarray(np.linalg.norm(positions, axis=1))
    return np.asarray((positions @ normals.T).max(axis=1))


def shells(cell: Atoms, origin: FloatArray, atoms: float, normals: FloatArray | None) -> tuple[FloatArray, IntArray]:
    """Positions in the order in which the growing body reaches them (n, 3) [Angstrom], and the complete cuts (c,).

    A cut k is the first `ends[k]` positions. They go beyond the number of atoms asked for by a third.
    """
    radius = 1.2 * (6 * atoms * cell.get_volume() / len(cell) / pi) ** (1 / 3)
    for _ in range(_TRIES):
        positions = _ball(cell, origin, radius)
        gauges = _gauges(positions, normals)
        order = np.argsort(gauges, kind="stable")
        gauges = gauges[order]
        ends = np.flatnonzero(np.diff(gauges) > _SAME * gauges[1:]) + 1
        ends = ends[gauges[ends - 1] <= radius * _inner_gauge(normals)]
        if len(ends) > CUTS and ends[-CUTS] > 1.3 * atoms:
            return positions[order], ends
        radius *= 1.3
    remedy = "the surface energies differ too much: name more faces, or bring their energies closer."
    raise InputError("no closed body of this size has such faces.", where="particle", remedy=remedy)


def _inner_gauge(normals: FloatArray | None) -> float:
    """Least gauge on the unit sphere, less some for its mesh: outside a ball it is the radius times that, or more."""
    if normals is None:
        return 1.0
    return 0.95 * float((sphere_points(2000) @ normals.T).max(axis=1).min())


def _ball(cell: Atoms, origin: FloatArray, radius: float) -> FloatArray:
    """Atoms of the crystal within a radius, counted from the origin [Angstrom], shape (n, 3)."""
    spacings = 1 / np.linalg.norm(np.linalg.inv(cell.cell[:]), axis=0)
    most = np.ceil(radius / spacings).astype(int) + 1
    grid = np.stack(np.meshgrid(*(np.arange(-n, n + 1) for n in most), indexing="ij"), axis=-1).reshape(-1, 3)
    positions = ((grid @ cell.cell[:])[:, None] + cell.positions - origin).reshape(-1, 3)
    return np.asarray(positions[np.linalg.norm(positions, axis=1) <= radius])


def tidied(positions: FloatArray, fewest: int) -> tuple[FloatArray, IntArray]:
    """The atoms without those that have too few neighbours, and the neighbours of what is left."""
    while len(positions) > 1:
        numbers = neighbours_within(positions)
        if numbers.min() >= fewest:
            return positions, numbers
        positions = positions[numbers >= fewest]
    return positions[:0], np.zeros(0, dtype=np.intp)


def neighbours_within(positions: FloatArray) -> IntArray:
    """First-shell neighbours of each atom of a particle, shape (n,)."""
    tree: Any = cKDTree(positions)
    spacing = float(np.median(tree.query(positions, k=2)[0][:, 1]))
    counts = tree.query_ball_point(positions, FIRST_SHELL * spacing, return_length=True)
    return np.asarray(counts - 1, dtype=np.intp)
