"""Sites named by how many metal atoms make them: B5 sites of close-packed metals and C7 atoms of bcc ones.

Neighbours are the first shell: atoms within 1.13 times the median distance of an atom to its nearest neighbour, which
keeps the six and six of an hcp metal together (its two distances differ by at most 11 %) and the eight and six of a
bcc metal apart (15 %).

B5. A place is B5 where one more metal atom, at the nearest-neighbour distance from three surface atoms that touch one
another, would touch exactly five atoms, and these five are an upper edge of two atoms and a lower triangle of three.
The two kinds differ in the riser of the step between them:

- fourfold: the edge and one side of the triangle make a square, a {100}-like riser (six contacts, two atoms have 3);
- threefold: the edge and one corner of the triangle make a second triangle, a {111}-like riser (six contacts, one atom
  has 4). The trough of fcc(110) is of this kind, the step of fcc(311) of the other.

Five atoms in any other arrangement, such as the pyramid of a fourfold hollow and the atom under it, are no B5 site. A
site counts if a nitrogen atom over the middle of the five, the nearest at the sum of covalent radii, is nowhere nearer
than 0.8 of that sum to any other atom, there and on its way out along the normal. The definition is that of an added
atom, after van Hardeveld and Hartog, Surf. Sci. 15 (1969) 189; it knows no lattice, so a triangle that only a stacking
fault would fill counts as well where it touches five.

C7. Atoms with seven neighbours in the first shell that a probe atom reaches: somewhere on the sphere around the atom,
at the sum of covalent radii, no other atom is nearer to the probe than its own sum. No hole inside a close-packed or
bcc metal is wide enough for nitrogen, so what is reached is reached from outside.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import combinations, product
from typing import Any, Literal, NamedTuple, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from nrrsim.errors import InputError, nearest
from nrrsim.structures.closeness import CLOSEST
from nrrsim.structures.directions import sphere_points
from nrrsim.structures.placement import LOWEST
from nrrsim.structures.sites import AdsorptionSite
from nrrsim.structures.surfaces import perpendicular, unit
from nrrsim.structures.symmetry import Frame, frame, orbits

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]
B5Kind: TypeAlias = Literal["fourfold", "threefold"]

FIRST_SHELL = 1.13  # reach of the first shell, in nearest-neighbour distances
VACANT = 0.8  # least distance of an added atom to any other, in nearest-neighbour distances
SEVEN = 7  # neighbours of a C7 atom

_KINDS: dict[tuple[int, ...], B5Kind] = {(2, 2, 2, 3, 3): "fourfold", (2, 2, 2, 2, 4): "threefold"}  # contacts of each
_REACH = 12.0  # how far a periodic structure is repeated around its cell [Angstrom]
_WAY_OUT = np.arange(0.0, 4.1, 0.5)  # steps along the normal on which nothing may be met [Angstrom]
_BULK = 12  # neighbours in a close-packed metal
_POINTS = 500  # on the sphere around an atom
_ONE_LAYER = 0.1  # heights closer than this belong to one layer [Angstrom]


@dataclass(frozen=True)
class B5Count:
    """How many B5 sites there are.

    Parameters
    ----------
    fourfold, threefold : int
        By the riser of the step, as the module says.
    """

    fourfold: int
    threefold: int

    @property
    def total(self) -> int:
        """Both kinds."""
        return self.fourfold + self.threefold


@dataclass(frozen=True, eq=False)
class C7Atom:
    """An atom with seven neighbours that can be reached.

    Parameters
    ----------
    layer : int or None
        The atomic layer it is in, 1 the outermost; None in a particle, which has no layers.
    openness : float
        Share of the directions around the atom in which the probe fits.
    site : AdsorptionSite
        The place on top of it, its normal the mean open direction.
    """

    layer: int | None
    openness: float
    site: AdsorptionSite


class _Crowd(NamedTuple):
    """A structure with its images around it; the atoms of the cell come first.

    positions (m, 3) [Angstrom]; owners (m,), the atom each is an image of; shifts (m, k), by which lattice vectors.
    """

    structure: Frame
    positions: FloatArray
    owners: IntArray
    shifts: IntArray
    tree: Any
    spacing: float

    @property
    def cell_atoms(self) -> int:
        return len(self.structure.positions)


class _Five(NamedTuple):
    """A B5 site: its kind, its atoms in the crowd (5,), where an added metal atom would stand (3,)."""

    kind: B5Kind
    members: IntArray
    added: FloatArray


def coordination_numbers(atoms: Atoms) -> IntArray:
    """First-shell neighbours of each atom, periodic images included, shape (n,).

    Raises
    ------
    InputError
        If there are fewer than two atoms, counting images.
    """
    return _coordination(_crowd(atoms))


def count_b5(atoms: Atoms) -> B5Count:
    """The number of B5 sites, on the upper face of a slab or all around a particle; errors as in `b5_sites`.

    Examples
    --------
    >>> from nrrsim.structures.slabs import surface_slab
    >>> count_b5(surface_slab("Ru", (0, 0, 1), layers=4)).total
    0
    """
    tally = Counter(five.kind for five in _fives(_crowd(atoms)))
    return B5Count(tally["fourfold"], tally["threefold"])


def b5_sites(atoms: Atoms) -> tuple[AdsorptionSite, ...]:
    """Every B5 site, on the upper face of a slab or all around a particle.

    Parameters
    ----------
    atoms : ase.Atoms
        A slab or a particle of a close-packed metal or alloy.

    Returns
    -------
    tuple of AdsorptionSite
        Named "B5 fourfold" or "B5 threefold", tangent along the step, with their symmetry classes; the symmetry of a
        particle of thousands of atoms takes long, where `count_b5` does not.

    Raises
    ------
    InputError
        If the structure is no slab and no particle.
    """
    crowd = _crowd(atoms)
    pieces = [_site(five, crowd) for five in _fives(crowd)]
    if not pieces:
        return ()
    labels = orbits([site.position for site in pieces], atoms).tolist()
    counts = Counter(labels)
    sites = (replace(site, orbit=k, multiplicity=counts[k]) for site, k in zip(pieces, labels, strict=True))
    return tuple(sites)


def c7_atoms(atoms: Atoms, *, probe: str = "N") -> tuple[C7Atom, ...]:
    """The atoms with seven neighbours that a probe reaches, on the upper side of a slab or all around a particle.

    Parameters
    ----------
    atoms : ase.Atoms
        A slab or a particle. A slab must be so thick that its lower face takes no neighbour from the layers looked at.
    probe : str
        Element whose covalent radius is used.

    Returns
    -------
    tuple of C7Atom
        In the order of the atoms.

    Raises
    ------
    InputError
        If the structure is no slab and no particle, or the probe is no element.
    """
    if probe not in atomic_numbers or probe == "X":
        raise InputError(f"'{probe}' is not an element.", where="C7", remedy=nearest(probe, ("H", "N", "O", "C")))
    crowd = _crowd(atoms)
    structure = crowd.structure
    layered = structure.layered
    heights = structure.heights
    seven = np.flatnonzero(_coordination(crowd) == SEVEN)
    if layered:
        seven = seven[heights[seven] > (heights.max() + heights.min()) / 2]
    found = []
    for atom in seven.tolist():
        free = _open_directions(crowd, atom, covalent_radii[atomic_numbers[probe]])
        if len(free):
            normal = unit(free.mean(axis=0)) if np.linalg.norm(free.mean(axis=0)) > 1e-3 else free[0]
            layer = _layer(heights, atom) if layered else None
            found.append(C7Atom(layer, len(free) / _POINTS, _top(crowd, atom, normal)))
    return tuple(found)


def area_of(slab: Atoms) -> float:
    """Area of a slab's cell [Angstrom^2].

    Raises
    ------
    InputError
        If the structure is no slab.
    """
    structure = frame(slab)
    if not structure.layered:
        raise InputError("the structure has no plane.", where="area", remedy="give a slab with a vacuum.")
    return float(np.linalg.norm(np.cross(*structure.lattice)))


def _crowd(atoms: Atoms) -> _Crowd:
    structure = frame(atoms)
    lattice = structure.lattice
    if len(lattice) > 2:
        raise InputError("the structure has no surface.", where="B5 and C7", remedy="give a slab or a particle.")
    ranges = [range(0, 1)] * len(lattice)
    if len(lattice):
        thickness = 1 / np.linalg.norm(np.linalg.pinv(lattice), axis=0)
        ranges = [range(-n, n + 1) for n in (np.ceil(_REACH / thickness).astype(int) + 1).tolist()]
    grid = sorted(product(*ranges), key=any)
    shifts = np.array(grid, dtype=np.intp).reshape(len(grid), len(lattice))
    count = len(structure.positions)
    offsets = shifts @ lattice if len(lattice) else np.zeros((1, 3))
    positions = (offsets[:, None] + structure.positions).reshape(-1, 3)
    home: Any = cKDTree(structure.positions)
    near = np.isfinite(home.query(positions, distance_upper_bound=_REACH)[0])
    tree: Any = cKDTree(positions[near])
    gaps = tree.query(structure.positions, k=2)[0][:, 1]
    if not np.isfinite(gaps).all():
        raise InputError("one atom alone has no neighbours.", where="B5 and C7", remedy="give a slab or a particle.")
    owners = np.tile(np.arange(count, dtype=np.intp), len(shifts))[near]
    return _Crowd(structure, positions[near], owners, np.repeat(shifts, count, axis=0)[near], tree, np.median(gaps))


def _coordination(crowd: _Crowd) -> IntArray:
    home = crowd.structure.positions
    counts = crowd.tree.query_ball_point(home, FIRST_SHELL * crowd.spacing, return_length=True)
    return np.asarray(counts - 1, dtype=np.intp)


def _fives(crowd: _Crowd) -> list[_Five]:
    """Each accessible B5 site once."""
    added = _added_atoms(crowd, _triangles(crowd))
    distances, members = crowd.tree.query(added, k=6, distance_upper_bound=FIRST_SHELL * crowd.spacing)
    five = (distances[:, 0] > VACANT * crowd.spacing) & np.isfinite(distances[:, 4]) & ~np.isfinite(distances[:, 5])
    rows, which = np.unique(np.sort(members[five, :5], axis=1), axis=0, return_inverse=True)
    centres = np.zeros((len(rows), 3))
    np.add.at(centres, which, added[five])
    centres /= np.bincount(which, minlength=len(rows))[:, None]
    once: dict[tuple[tuple[int, ...], ...], _Five] = {}
    for row, centre in zip(rows, centres, strict=True):
        kind = _KINDS.get(tuple(sorted(_contacts(crowd, row).sum(axis=1).tolist())))
        if kind is not None and _upwards(crowd, row, centre):
            once.setdefault(_name(crowd, row), _Five(kind, row, centre))
    return [found for found in once.values() if _accessible(found, crowd)]


def _triangles(crowd: _Crowd) -> IntArray:
    """Three surface atoms that touch one another, one of the cell's among them, shape (t, 3)."""
    exposed = np.flatnonzero(_coordination(crowd)[crowd.owners] < _BULK)
    positions = crowd.positions[exposed]
    reach = FIRST_SHELL * crowd.spacing
    tree: Any = cKDTree(positions)
    around = tree.query(positions, k=_BULK + 1, distance_upper_bound=reach)[1][:, 1:]
    home = np.flatnonzero(exposed < crowd.cell_atoms)
    pairs = np.array(list(combinations(range(_BULK), 2)), dtype=np.intp)
    second, third = around[home][:, pairs[:, 0]], around[home][:, pairs[:, 1]]
    padded = np.vstack([positions, np.full(3, np.inf)])
    there = (second < len(positions)) & (third < len(positions))
    first = np.broadcast_to(home[:, None], second.shape)[there]
    second, third = second[there], third[there]
    touch = np.linalg.norm(padded[second] - padded[third], axis=1) < reach
    found = np.stack([first, second, third], axis=1)[touch]
    return np.asarray(exposed[np.unique(np.sort(found, axis=1), axis=0)], dtype=np.intp)


def _added_atoms(crowd: _Crowd, triangles: IntArray) -> FloatArray:
    """Both points at the nearest-neighbour distance from the corners of each triangle [Angstrom], shape (2 t, 3)."""
    a, b, c = (crowd.positions[triangles[:, corner]] for corner in range(3))
    normal = np.cross(b - a, c - a)
    square = np.einsum("ij,ij->i", normal, normal)[:, None]
    ab, ac = np.sum((b - a) ** 2, axis=1)[:, None], np.sum((c - a) ** 2, axis=1)[:, None]
    to_centre = (ac * np.cross(normal, b - a) + ab * np.cross(c - a, normal)) / (2 * square)
    height = np.sqrt(np.maximum(crowd.spacing**2 - np.sum(to_centre**2, axis=1), 0.0))[:, None]
    step = height * normal / np.sqrt(square)
    return np.concatenate([a + to_centre + step, a + to_centre - step])


def _contacts(crowd: _Crowd, members: IntArray) -> NDArray[np.bool_]:
    """Which of some atoms touch one another, shape (k, k)."""
    positions = crowd.positions[members]
    gaps = np.linalg.norm(positions[:, None] - positions, axis=-1)
    return np.asarray((gaps > 0) & (gaps < FIRST_SHELL * crowd.spacing))


def _upwards(crowd: _Crowd, members: IntArray, added: FloatArray) -> bool:
    """Whether a site of a slab lies on its upper face."""
    outward = added - crowd.positions[members].mean(axis=0)
    return not crowd.structure.layered or bool(outward @ crowd.structure.up > 0)


def _name(crowd: _Crowd, members: Iterable[int]) -> tuple[tuple[int, ...], ...]:
    """Atoms and shifts, counted from the first atom's, which all images of a site share."""
    labels = sorted((int(crowd.owners[i]), *crowd.shifts[i].tolist()) for i in members)
    start = labels[0][1:]
    return tuple((atom, *(s - z for s, z in zip(shift, start, strict=True))) for atom, *shift in labels)


def _accessible(five: _Five, crowd: _Crowd) -> bool:
    """Whether nitrogen over the middle of the five meets no other atom, there and on its way out."""
    nitrogen = covalent_radii[atomic_numbers["N"]]
    radii = covalent_radii[crowd.structure.numbers[crowd.owners]] + nitrogen
    corners = crowd.positions[five.members]
    middle = corners.mean(axis=0)
    normal = unit(five.added - middle)
    rises = (corners - middle) @ normal
    lateral = np.sum((corners - middle) ** 2, axis=1) - rises**2
    reached = np.maximum(radii[five.members] ** 2 - lateral, 0.0)
    height = max(LOWEST, float(np.max(rises + np.sqrt(reached), where=reached > 0, initial=LOWEST)))
    path = middle + (height + _WAY_OUT)[:, None] * normal
    near = crowd.tree.query_ball_point(path, CLOSEST * float(radii.max()))
    return all(
        i in five.members or np.linalg.norm(crowd.positions[i] - point) >= CLOSEST * radii[i]
        for point, group in zip(path, near, strict=True)
        for i in group
    )


def _site(five: _Five, crowd: _Crowd) -> AdsorptionSite:
    """The site in the form in which adsorbates are placed, its symmetry class still open."""
    corners = crowd.positions[five.members]
    middle = corners.mean(axis=0)
    normal = unit(five.added - middle)
    contacts = _contacts(crowd, five.members)
    degrees = contacts.sum(axis=1)
    rows = np.argwhere(contacts & (degrees == degrees.max())[:, None] & (degrees == degrees.max()))
    if not len(rows):  # threefold: any two of the others that touch lie along the row
        rows = np.argwhere(contacts & (degrees == 2)[:, None] & (degrees == 2))
    along = corners[rows[0][1]] - corners[rows[0][0]]
    tangent = unit(along - (along @ normal) * normal)
    kind: Literal["hollow", "face"] = "hollow" if crowd.structure.layered else "face"
    neighbours = tuple(crowd.owners[five.members].tolist())
    return AdsorptionSite(kind, f"B5 {five.kind}", middle, normal, tangent, neighbours, corners)


def _open_directions(crowd: _Crowd, atom: int, probe: float) -> FloatArray:
    """Directions in which a probe that touches the atom overlaps no other, upwards on a slab, shape (k, 3)."""
    radii = covalent_radii[crowd.structure.numbers[crowd.owners]] + probe
    directions = sphere_points(_POINTS)
    if crowd.structure.layered:
        directions = directions[directions @ crowd.structure.up > 0]
    points = crowd.positions[atom] + radii[atom] * directions
    near = np.array(crowd.tree.query_ball_point(crowd.positions[atom], radii[atom] + radii.max()), dtype=np.intp)
    near = near[near != atom]
    gaps = np.linalg.norm(points[:, None] - crowd.positions[near], axis=-1)
    return np.asarray(directions[(gaps >= radii[near]).all(axis=1)])


def _layer(heights: FloatArray, atom: int) -> int:
    """The number of the atom's layer from above, from 1."""
    higher = np.sort(heights[heights > heights[atom] + _ONE_LAYER])
    return 1 + (int(np.sum(np.diff(higher) > _ONE_LAYER)) + 1 if len(higher) else 0)


def _top(crowd: _Crowd, atom: int, normal: FloatArray) -> AdsorptionSite:
    position = crowd.positions[atom]
    return AdsorptionSite("top", "C7", position, normal, perpendicular(normal), (atom,), position[None])
