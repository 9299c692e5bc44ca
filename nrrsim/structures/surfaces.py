"""The surface of a layer or a cluster as patches: its tops, its bridges, and its hollows or faces.

On a layer they come from the Delaunay triangulation of its top atoms, repeated beyond the cell: triangles on one circle
are one polygon, so a square is a fourfold hollow and has no diagonal bridge. A cluster's surface is the border of its
Delaunay tetrahedra (an alpha shape), or the triangulation of its plane, or its row of atoms.
"""

from __future__ import annotations

from collections import defaultdict
from itertools import combinations, product
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from ase.data import covalent_radii
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from nrrsim.structures.directions import open_direction
from nrrsim.structures.symmetry import Frame

FloatArray: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["top", "bridge", "hollow", "face"]

FLAT = 0.3  # a cluster whose atoms keep within this of a plane (a line) is planar (linear) [Angstrom]
ON_CIRCLE = 0.2  # triangles whose circumcentres are this near make one polygon [Angstrom]
REACH = 1.6  # longest bridge, in sums of covalent radii
BOND = 1.35  # longest bond of a planar or linear cluster, in sums of covalent radii
ALPHA = 1.0  # largest circumradius of a tetrahedron inside a cluster, in sums of covalent radii
FLUSH = 0.7  # the normal of a flat piece is this near to a slab's where it lies in or on it [cosine]
JITTER = 1e-3  # [Angstrom]
SLIVER = 0.05  # a tetrahedron of less volume, over that of the box of its three sides, is flat
WINDOW = 12.0  # how far the layer is repeated around its cell [Angstrom]


class Patch(NamedTuple):
    """A piece of surface.

    Parameters
    ----------
    kind : "top", "bridge", "hollow" or "face"
        What it is.
    atoms : tuple of int
        The atoms at its corners.
    positions : numpy.ndarray
        Where they stand, images included [Angstrom], shape (k, 3).
    normal : numpy.ndarray
        Unit vector out of the surface, shape (3,).
    """

    kind: Kind
    atoms: tuple[int, ...]
    positions: FloatArray
    normal: FloatArray


def layer_patches(structure: Frame, chosen: list[int]) -> list[Patch]:
    """Tops, bridges and hollows of the chosen atoms of a slab, as a layer that repeats in the plane."""
    positions, owners = _repeated(structure, chosen)
    to_cell = np.linalg.pinv(structure.lattice)
    axes = np.linalg.svd(structure.lattice)[2][:2]
    flat = positions @ axes.T
    polygons, edges = _polygons(flat)
    shapes: list[tuple[Kind, tuple[int, ...]]] = [("top", (i,)) for i in range(len(positions))]
    shapes += [("bridge", edge) for edge in sorted(edges)]
    shapes += [("hollow", polygon) for polygon in polygons]
    centres = np.array([positions[list(atoms)].mean(axis=0) for _, atoms in shapes]) @ to_cell
    home = np.all((centres > -1e-4) & (centres < 1 - 1e-4), axis=1)
    patches = []
    for (kind, atoms), inside in zip(shapes, home, strict=True):
        if inside and _short(positions[list(atoms)], structure.numbers[owners[list(atoms)]]):
            around = tuple(int(owners[i]) for i in atoms)
            patches.append(Patch(kind, around, positions[list(atoms)], structure.up))
    return patches


def _repeated(structure: Frame, chosen: list[int]) -> tuple[FloatArray, NDArray[np.intp]]:
    """The chosen atoms, moved into the cell, with their images around it, and the atom of each."""
    to_cell = np.linalg.pinv(structure.lattice)
    inside = structure.positions[chosen]
    inside = inside - np.floor(inside @ to_cell + 1e-6) @ structure.lattice
    spacings = 1 / np.linalg.norm(to_cell, axis=0)
    reach = np.ceil(WINDOW / spacings).astype(int) + 1
    shifts = np.array(list(product(*(range(-n, n + 1) for n in reach)))) @ structure.lattice
    positions = (shifts[:, None] + inside).reshape(-1, 3)
    return positions, np.tile(np.array(chosen, dtype=np.intp), len(shifts))


def _short(positions: FloatArray, numbers: NDArray[np.int_]) -> bool:
    """Whether neighbours around the site are near enough to be bridged; opposite corners of a polygon do not count."""
    if len(positions) == 1:
        return True
    ring = _ring(positions)
    lengths = np.linalg.norm(positions[ring] - positions[np.roll(ring, 1)], axis=1)
    radii = covalent_radii[numbers[ring]] + covalent_radii[numbers[np.roll(ring, 1)]]
    return bool(np.all(lengths < REACH * radii))


def _ring(positions: FloatArray) -> NDArray[np.intp]:
    """The order of a polygon's corners around its centre."""
    centred = positions - positions.mean(axis=0)
    axes = np.linalg.svd(centred)[2][:2]
    x, y = axes @ centred.T
    return np.argsort(np.arctan2(y, x))


def _polygons(flat: FloatArray) -> tuple[list[tuple[int, ...]], set[tuple[int, int]]]:
    """Delaunay polygons of points in a plane, triangles on one circle merged, and the edges between polygons."""
    triangles = Delaunay(flat).simplices
    return _merged(triangles, _circumcentres(flat, triangles))


def _merged(
    triangles: NDArray[np.integer[Any]], centres: FloatArray
) -> tuple[list[tuple[int, ...]], set[tuple[int, int]]]:
    """Triangles with one centre as one polygon; edges inside a polygon are dropped."""
    group = _groups(centres)
    corners: dict[int, set[int]] = defaultdict(set)
    borders: dict[tuple[int, int], list[int]] = defaultdict(list)
    for label, triangle in zip(group.tolist(), np.sort(triangles, axis=1).tolist(), strict=True):
        corners[label].update(triangle)
        for a, b in combinations(triangle, 2):
            borders[a, b].append(label)
    edges = {edge for edge, sides in borders.items() if len(sides) == 1 or sides[0] != sides[1]}
    return [tuple(sorted(polygon)) for polygon in corners.values()], edges


def _groups(points: FloatArray) -> NDArray[np.int32]:
    """Labels of the clumps of points that are within `ON_CIRCLE` of one another."""
    pairs = cKDTree(points).query_pairs(ON_CIRCLE, output_type="ndarray")
    links = coo_array((np.ones(len(pairs)), (pairs[:, 0], pairs[:, 1])), shape=(len(points), len(points)))
    labels: NDArray[np.int32] = connected_components(links, directed=False)[1]
    return labels


def _circumcentres(points: FloatArray, simplices: NDArray[np.integer[Any]]) -> FloatArray:
    """Circumcentres of triangles or tetrahedra in the space of their points; flat ones far away, shape (k, d)."""
    corners = points[simplices]
    sides = corners[:, 1:] - corners[:, :1]
    right = 0.5 * np.sum(sides**2, axis=-1)
    volume = np.abs(np.linalg.det(sides))
    good = volume > 1e-6
    offsets = np.full(corners[:, 0].shape, 1e6)
    offsets[good] = np.linalg.solve(sides[good], right[good][..., None])[..., 0]
    offsets[~good] *= 1 + np.arange(np.sum(~good))[:, None]  # each on its own
    return np.asarray(corners[:, 0] + offsets)


def cluster_patches(structure: Frame, chosen: list[int]) -> list[Patch]:
    """Tops, bridges and faces of a finite piece, free, on a slab or in a pore; those that face a slab are left out."""
    positions, numbers = _joined(structure, chosen), structure.numbers[chosen]
    centred = positions - positions.mean(axis=0)
    axes = np.linalg.svd(centred)[2]
    spans = np.abs(centred @ axes.T).max(axis=0)
    rank = min(int(np.sum(spans > FLAT)), len(positions) - 1)
    solid = _tetrahedra(positions, numbers) if rank == 3 else np.zeros((0, 4), dtype=int)
    if len(solid):
        found = _solid_patches(positions, solid) + _loose_patches(positions, numbers, solid)
    else:
        rank = min(rank, 2)
        radius = float(covalent_radii[numbers].max())
        normal = _open_side(structure, positions, axes, rank, radius)
        flush = structure.layered and float(normal @ structure.up) > FLUSH
        found = _flat_patches(positions, numbers, axes, rank, normal, flush=flush)
    patches = [patch._replace(atoms=tuple(chosen[i] for i in patch.atoms)) for patch in found]
    return [patch for patch in patches if not structure.layered or patch.normal @ structure.up > -0.1]


def _joined(structure: Frame, chosen: list[int]) -> FloatArray:
    """Positions of the chosen atoms, each the image nearest to those already there."""
    positions = structure.positions[chosen].copy()
    if not structure.periodic:
        return positions
    images = np.array(list(product((-1, 0, 1), repeat=len(structure.lattice)))) @ structure.lattice
    placed, waiting = [0], set(range(1, len(chosen)))
    while waiting:
        options = {i: positions[i] + images for i in waiting}
        gaps = {i: np.linalg.norm(o[:, None] - positions[placed], axis=-1).min(axis=1) for i, o in options.items()}
        nearest = min(waiting, key=lambda i: float(gaps[i].min()))
        positions[nearest] = options[nearest][int(np.argmin(gaps[nearest]))]
        placed.append(nearest)
        waiting.remove(nearest)
    return positions


def _open_side(structure: Frame, positions: FloatArray, axes: FloatArray, rank: int, radius: float) -> FloatArray:
    """Normal of a flat piece, on the side with fewer other atoms; a direction across a linear one."""
    crowded = len(structure.positions) > len(positions)
    if not structure.layered and crowded and (rank == 0 or structure.periodic):
        openness = open_direction(structure, positions.mean(axis=0), radius)
        return openness if rank < 2 else np.asarray(axes[2] * np.sign(axes[2] @ openness))
    if rank < 2 and structure.periodic:
        across = structure.up - (structure.up @ axes[0]) * axes[0] * (rank == 1)
        return unit(across) if np.linalg.norm(across) > FLAT else axes[2]
    normal = axes[2]
    facing = normal @ structure.up if structure.periodic else 0.0
    if abs(facing) < 0.1:
        heights = (structure.positions - positions.mean(axis=0)) @ normal
        facing = np.sum(heights < -FLAT) - np.sum(heights > FLAT)
    return np.asarray(-normal if facing < 0 else normal)


def _flat_patches(
    positions: FloatArray, numbers: NDArray[np.int_], axes: FloatArray, rank: int, normal: FloatArray, *, flush: bool
) -> list[Patch]:
    """Tops, bridges and faces of a planar or linear piece.

    Tops and bridges at its rim look outwards in its plane, unless it lies flush in or on a slab: there all look along
    the normal.
    """
    limits = BOND * (covalent_radii[numbers][:, None] + covalent_radii[numbers])
    lengths = np.linalg.norm(positions[:, None] - positions, axis=-1)
    polygons: list[tuple[int, ...]] = []
    if rank == 2:
        polygons, edges = _polygons(positions @ axes[:2].T)
        polygons = [p for p in polygons if _short(positions[list(p)], numbers[list(p)])]
    else:
        row = np.argsort(positions @ axes[0])
        edges = {(min(a, b), max(a, b)) for a, b in zip(row[:-1].tolist(), row[1:].tolist(), strict=True)}
    bonds = sorted(edge for edge in edges if lengths[edge] < limits[edge])
    outward = np.zeros_like(positions)
    for a, b in [] if flush else bonds:
        step = unit(positions[a] - positions[b])
        outward[a] += step
        outward[b] -= step
    patches = [Patch("top", (i,), positions[[i]], _or_else(outward[i], normal)) for i in range(len(positions))]
    patches += [Patch("bridge", e, positions[list(e)], _or_else(_across(outward, positions, e), normal)) for e in bonds]
    return patches + [Patch("face", p, positions[list(p)], normal) for p in polygons]


def _across(outward: FloatArray, positions: FloatArray, edge: tuple[int, int]) -> FloatArray:
    """The mean outward direction of a bridge's ends, less its part along the bridge."""
    a, b = edge
    along = unit(positions[b] - positions[a])
    mean = outward[a] + outward[b]
    return np.asarray(mean - (mean @ along) * along)


def unit(vector: FloatArray) -> FloatArray:
    """The vector at length 1."""
    return np.asarray(vector / np.linalg.norm(vector))


def _or_else(vector: FloatArray, normal: FloatArray) -> FloatArray:
    return unit(vector) if np.linalg.norm(vector) > FLAT else normal


def _tetrahedra(positions: FloatArray, numbers: NDArray[np.int_]) -> NDArray[np.int_]:
    """The Delaunay tetrahedra inside a cluster: those of a small circumscribed sphere, corners sorted, shape (k, 4).

    Atoms of a perfect lattice lie on common spheres, where flat tetrahedra of no volume come out, whose own sphere is
    not defined. Atoms moved by less than matters make it that of their neighbours.
    """
    moved = positions + JITTER * np.random.default_rng(0).uniform(-1.0, 1.0, positions.shape)
    simplices = Delaunay(moved).simplices
    radii = np.linalg.norm(_circumcentres(moved, simplices) - moved[simplices[:, 0]], axis=1)
    inside = np.sort(simplices[radii <= ALPHA * 2 * covalent_radii[numbers].max()], axis=1)
    sides = moved[inside[:, 1:]] - moved[inside[:, :1]]
    flat = np.abs(np.linalg.det(sides)) < SLIVER * np.linalg.norm(sides, axis=-1).prod(axis=-1)
    return _peeled(inside, flat)


def _peeled(tetrahedra: NDArray[np.int_], flat: NDArray[np.bool_]) -> NDArray[np.int_]:
    """The tetrahedra without flat ones at the border, which have no inside to look away from."""
    while flat.any():
        border = {tuple(inner) for inner in _border(tetrahedra)[1].tolist()}
        kept = ~flat | [tuple(corners) not in border for corners in tetrahedra.tolist()]
        if kept.all():
            break
        tetrahedra, flat = tetrahedra[kept], flat[kept]
    return tetrahedra


def _solid_patches(positions: FloatArray, tetrahedra: NDArray[np.int_]) -> list[Patch]:
    """Tops, bridges and faces of a solid piece, each normal the mean over the triangles that meet there."""
    faces, inner = _border(tetrahedra)
    corners = positions[faces]
    normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    normals /= np.linalg.norm(normals, axis=1)[:, None]
    outward = corners[:, 0] - positions[inner].mean(axis=1)
    normals *= np.sign(np.sum(normals * outward, axis=1))[:, None]
    polygons, edges = _merged(faces, np.hstack([_face_centres(corners), normals]))
    parts: list[tuple[Kind, tuple[int, ...]]] = [("top", (int(i),)) for i in np.unique(faces)]
    parts += [("bridge", edge) for edge in sorted(edges)]
    parts += [("face", polygon) for polygon in polygons]
    patches = []
    for kind, part in parts:
        common = np.isin(faces, part).sum(axis=1) >= min(len(part), 3)
        patches.append(Patch(kind, part, positions[list(part)], unit(normals[common].sum(axis=0))))
    return patches


def _border(tetrahedra: NDArray[np.int_]) -> tuple[NDArray[np.int_], NDArray[np.int_]]:
    """Triangles that belong to one tetrahedron only, shape (f, 3), and that tetrahedron, shape (f, 4)."""
    owners: dict[tuple[int, ...], list[list[int]]] = defaultdict(list)
    for tetrahedron in tetrahedra.tolist():
        for face in combinations(tetrahedron, 3):
            owners[face].append(tetrahedron)
    border = {face: inner[0] for face, inner in owners.items() if len(inner) == 1}
    return np.array(list(border)), np.array(list(border.values()))


def _loose_patches(positions: FloatArray, numbers: NDArray[np.int_], tetrahedra: NDArray[np.int_]) -> list[Patch]:
    """Tops of atoms outside all tetrahedra and bridges to what they are bonded to, looking away from the cluster."""
    middle = positions.mean(axis=0)
    patches = []
    for atom in sorted(set(range(len(positions))) - set(tetrahedra.ravel().tolist())):
        lengths = np.linalg.norm(positions - positions[atom], axis=1)
        bonded = lengths < BOND * (covalent_radii[numbers] + covalent_radii[numbers[atom]])
        patches.append(Patch("top", (atom,), positions[[atom]], unit(positions[atom] - middle)))
        for other in set(np.flatnonzero(bonded).tolist()) - {atom}:
            along = unit(positions[other] - positions[atom])
            outward = (positions[other] + positions[atom]) / 2 - middle
            normal = _or_else(outward - (outward @ along) * along, perpendicular(along))
            ends = (min(atom, other), max(atom, other))
            patches.append(Patch("bridge", ends, positions[list(ends)], normal))
    return list({patch.atoms: patch for patch in patches}.values())


def perpendicular(vector: FloatArray) -> FloatArray:
    """A unit vector at right angles to another, from the Cartesian axis least along it, shape (3,)."""
    axis = np.eye(3)[int(np.argmin(np.round(np.abs(vector), 6)))]
    return unit(axis - (axis @ vector) * vector / (vector @ vector))


def _face_centres(corners: FloatArray) -> FloatArray:
    """Circumcentres of triangles in space, shape (k, 3)."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(a, b)
    across = np.sum(a * a, axis=1)[:, None] * np.cross(b, normal) + np.sum(b * b, axis=1)[:, None] * np.cross(normal, a)
    return np.asarray(corners[:, 0] + across / (2 * np.sum(normal * normal, axis=1)[:, None]))


def reaches_its_images(structure: Frame, chosen: list[int]) -> bool:
    """Whether bonds lead from a surface atom to a periodic image of itself."""
    shifts = [np.array(s) for s in product((-1, 0, 1), repeat=2)]
    cells: dict[int, NDArray[np.int_]] = {}
    for root in chosen:
        if root in cells:
            continue
        cells[root] = np.zeros(2, dtype=int)
        waiting = [root]
        while waiting:
            atom = waiting.pop()
            for other, shift in product(chosen, shifts):
                if not _bonded(structure, atom, other, shift):
                    continue
                cell = cells[atom] + shift
                if other not in cells:
                    cells[other] = cell
                    waiting.append(other)
                elif np.any(cells[other] != cell):
                    return True
    return False


def _bonded(structure: Frame, atom: int, other: int, shift: NDArray[np.int_]) -> bool:
    length = np.linalg.norm(structure.positions[other] + shift @ structure.lattice - structure.positions[atom])
    radii = covalent_radii[structure.numbers[[atom, other]]].sum()
    return bool(0.1 < length < BOND * radii)
