"""Adsorption sites of slabs and clusters: tops, bridges, hollows and faces, one of each kind that symmetry leaves.

On a layer the sites come from the Delaunay triangulation of its top atoms, repeated beyond the cell: triangles on one
circle are one polygon, so a square is a fourfold hollow and has no diagonal bridge. A cluster's surface is the border
of its Delaunay tetrahedra (an alpha shape), or the triangulation of its plane, or its row of atoms. Sites that the
structure's symmetry maps on one another count once (see `nrrsim.structures.symmetry`).
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any, Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import chemical_symbols, covalent_radii
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import Delaunay, cKDTree

from nrrsim.errors import InputError
from nrrsim.structures.record import KEY
from nrrsim.structures.symmetry import Frame, frame, orbits

FloatArray: TypeAlias = NDArray[np.float64]
Kind: TypeAlias = Literal["top", "bridge", "hollow", "face"]

LAYER = 0.6  # atoms within this height of the highest make the top layer [Angstrom]
FLAT = 0.3  # a cluster whose atoms keep within this of a plane (a line) is planar (linear) [Angstrom]
ON_CIRCLE = 0.2  # triangles whose circumcentres are this near make one polygon [Angstrom]
REACH = 1.6  # longest bridge, in sums of covalent radii
BOND = 1.35  # longest bond of a planar or linear cluster, in sums of covalent radii
ALPHA = 1.0  # largest circumradius of a tetrahedron inside a cluster, in sums of covalent radii
WINDOW = 12.0  # how far the layer is repeated around its cell [Angstrom]


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
    """The distinct adsorption sites of a slab or a cluster, one for each symmetry class.

    Parameters
    ----------
    atoms : ase.Atoms
        A slab with a vacuum, whose sites lie on the face along its third cell vector, or a cluster.
    surface_atoms : sequence of int or None
        The atoms that may carry adsorbates; None takes a slab's top layer (0.6 Angstrom deep) or all of a cluster.
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
        If the structure is no slab and no cluster, or a surface atom does not exist.

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
    pieces = _layer_sites(structure, chosen) if structure.periodic else None
    if pieces is None or (surface_atoms is not None and not _reaches_its_images(structure, chosen)):
        pieces = _cluster_sites(structure, chosen)
    if up is not None:
        pieces = [replace(site, normal=_unit(np.asarray(up, dtype=float))) for site in pieces]
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


def _unit(vector: FloatArray) -> FloatArray:
    return np.asarray(vector / np.linalg.norm(vector))


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
    top = structure.heights[free].max()
    return [i for i in free if structure.heights[i] > top - LAYER]


def _reaches_its_images(structure: Frame, chosen: list[int]) -> bool:
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


# ------------------------------------------------------------------------------------------------------ layers


def _layer_sites(structure: Frame, chosen: list[int]) -> list[AdsorptionSite]:
    """Sites of a layer that repeats in the plane."""
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
    sites = []
    for (kind, atoms), inside in zip(shapes, home, strict=True):
        if inside and _short(positions[list(atoms)], structure.numbers[owners[list(atoms)]]):
            around = tuple(int(owners[i]) for i in atoms)
            sites.append(_site(kind, around, positions[list(atoms)], structure.up))
    return sites


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


# ---------------------------------------------------------------------------------------------------- clusters


def _cluster_sites(structure: Frame, chosen: list[int]) -> list[AdsorptionSite]:
    """Sites of a finite piece, free or on a slab; on a slab those that face it are left out."""
    positions = _joined(structure, chosen)
    centred = positions - positions.mean(axis=0)
    axes = np.linalg.svd(centred)[2]
    spans = np.abs(centred @ axes.T).max(axis=0)
    rank = int(np.sum(spans[: len(positions)] > FLAT))
    rank = min(rank, len(positions) - 1)
    numbers = structure.numbers[chosen]
    if rank == 3:
        shapes = _solid_shapes(positions, numbers)
    else:
        shapes = _flat_shapes(positions, numbers, axes, rank, _open_side(structure, positions, axes, rank))
    sites = [
        _site(kind, tuple(chosen[i] for i in atoms), positions[list(atoms)], normal) for kind, atoms, normal in shapes
    ]
    if structure.periodic:
        sites = [site for site in sites if site.normal @ structure.up > -0.1]
    return sites


Shape: TypeAlias = "tuple[Kind, tuple[int, ...], FloatArray]"


def _joined(structure: Frame, chosen: list[int]) -> FloatArray:
    """Positions of the chosen atoms, each the image nearest to those already there."""
    positions = structure.positions[chosen].copy()
    if not structure.periodic:
        return positions
    images = np.array(list(product((-1, 0, 1), repeat=2))) @ structure.lattice
    placed, waiting = [0], set(range(1, len(chosen)))
    while waiting:
        options = {i: positions[i] + images for i in waiting}
        gaps = {i: np.linalg.norm(o[:, None] - positions[placed], axis=-1).min(axis=1) for i, o in options.items()}
        nearest = min(waiting, key=lambda i: float(gaps[i].min()))
        positions[nearest] = options[nearest][int(np.argmin(gaps[nearest]))]
        placed.append(nearest)
        waiting.remove(nearest)
    return positions


def _open_side(structure: Frame, positions: FloatArray, axes: FloatArray, rank: int) -> FloatArray:
    """Normal of a flat piece, on the side with fewer other atoms; a direction across a linear one."""
    if rank < 2 and structure.periodic:
        across = structure.up - (structure.up @ axes[0]) * axes[0] * (rank == 1)
        return _unit(across) if np.linalg.norm(across) > FLAT else axes[2]
    normal = axes[2]
    facing = normal @ structure.up if structure.periodic else 0.0
    if abs(facing) < 0.1:
        heights = (structure.positions - positions.mean(axis=0)) @ normal
        facing = np.sum(heights < -FLAT) - np.sum(heights > FLAT)
    return np.asarray(-normal if facing < 0 else normal)


def _flat_shapes(
    positions: FloatArray, numbers: NDArray[np.int_], axes: FloatArray, rank: int, normal: FloatArray
) -> list[Shape]:
    """Tops, bridges and faces of a planar or linear piece; tops and bridges at its rim look outwards in its plane."""
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
    for a, b in bonds:
        step = _unit(positions[a] - positions[b])
        outward[a] += step
        outward[b] -= step
    shapes: list[Shape] = [("top", (i,), _or_else(outward[i], normal)) for i in range(len(positions))]
    shapes += [("bridge", e, _or_else(_across(outward, positions, e), normal)) for e in bonds]
    return shapes + [("face", p, normal) for p in polygons]


def _across(outward: FloatArray, positions: FloatArray, edge: tuple[int, int]) -> FloatArray:
    """The mean outward direction of a bridge's ends, less its part along the bridge."""
    a, b = edge
    along = _unit(positions[b] - positions[a])
    mean = outward[a] + outward[b]
    return np.asarray(mean - (mean @ along) * along)


def _or_else(vector: FloatArray, normal: FloatArray) -> FloatArray:
    return _unit(vector) if np.linalg.norm(vector) > FLAT else normal


def _solid_shapes(positions: FloatArray, numbers: NDArray[np.int_]) -> list[Shape]:
    """Tops, bridges and faces of a solid piece, from the border of its tetrahedra."""
    faces = _border(positions, ALPHA * 2 * float(covalent_radii[numbers].max()))
    corners = positions[[list(face) for face in faces]]
    normals = np.array([_unit(np.cross(b - a, c - a)) for a, b, c in corners])
    normals *= np.sign(np.einsum("ij,ij->i", normals, corners[:, 0] - np.array(list(faces.values()))))[:, None]
    gathered: dict[tuple[int, ...], FloatArray] = defaultdict(lambda: np.zeros(3))
    polygons, edges = _merged(np.array(list(faces)), np.hstack([_face_centres(corners), normals]))
    for face, normal in zip(faces, normals, strict=True):
        for size in (1, 2):
            for part in combinations(face, size):
                gathered[part] += normal
        (polygon,) = [p for p in polygons if set(face) <= set(p)][:1]
        gathered[polygon] += normal
    shapes: list[Shape] = [("top", part, _unit(n)) for part, n in sorted(gathered.items()) if len(part) == 1]
    shapes += [("bridge", edge, _unit(gathered[edge])) for edge in sorted(edges)]
    return shapes + [("face", polygon, _unit(gathered[polygon])) for polygon in polygons]


def _border(positions: FloatArray, radius: float) -> dict[tuple[int, ...], FloatArray]:
    """Triangles that bound the tetrahedra of at most this circumradius, each with its tetrahedron's centre."""
    simplices = Delaunay(positions).simplices
    centres = _circumcentres(positions, simplices)
    kept = simplices[np.linalg.norm(centres - positions[simplices[:, 0]], axis=1) <= radius]
    seen: dict[tuple[int, ...], list[FloatArray]] = defaultdict(list)
    for tetrahedron in np.sort(kept, axis=1).tolist():
        for face in combinations(tetrahedron, 3):
            seen[face].append(positions[tetrahedron].mean(axis=0))
    border = {face: inner[0] for face, inner in seen.items() if len(inner) == 1}
    if not border:
        what = "the surface atoms are too far apart to bound a cluster."
        raise InputError(what, where="adsorption sites", remedy="name the atoms of one cluster as surface_atoms.")
    return border


def _face_centres(corners: FloatArray) -> FloatArray:
    """Circumcentres of triangles in space, shape (k, 3)."""
    a, b = corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0]
    normal = np.cross(a, b)
    across = np.sum(a * a, axis=1)[:, None] * np.cross(b, normal) + np.sum(b * b, axis=1)[:, None] * np.cross(normal, a)
    return np.asarray(corners[:, 0] + across / (2 * np.sum(normal * normal, axis=1)[:, None]))


# ------------------------------------------------------------------------------------------- tangents and names


def _site(kind: Kind, around: tuple[int, ...], positions: FloatArray, normal: FloatArray) -> AdsorptionSite:
    return AdsorptionSite(kind, kind, positions.mean(axis=0), normal, np.zeros(3), around, positions)


def _with_tangent(site: AdsorptionSite, structure: Frame) -> AdsorptionSite:
    """The site with its tangent: along a bridge, towards the first neighbour, or towards a top's nearest atom."""
    if site.kind == "top":
        targets = structure.positions - site.position
        if structure.periodic:
            images = np.array(list(product((-1, 0, 1), repeat=2))) @ structure.lattice
            targets = (targets[:, None] + images).reshape(-1, 3)
    else:
        targets = site.neighbour_positions[-1:] - site.position
    flat = targets - np.outer(targets @ site.normal, site.normal)
    lengths = np.linalg.norm(flat, axis=1)
    usable = lengths > FLAT
    if not usable.any():
        return replace(site, tangent=perpendicular(site.normal))
    total = np.where(usable, np.linalg.norm(targets, axis=1), np.inf)
    return replace(site, tangent=_unit(flat[int(np.argmin(np.round(total, 3)))]))


def perpendicular(vector: FloatArray) -> FloatArray:
    """A unit vector at right angles to another, from the Cartesian axis least along it, shape (3,)."""
    axis = np.eye(3)[int(np.argmin(np.round(np.abs(vector), 6)))]
    return _unit(axis - (axis @ vector) * vector / (vector @ vector))


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
    if site.kind == "bridge" and structure.periodic:
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
