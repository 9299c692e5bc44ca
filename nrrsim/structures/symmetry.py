"""The symmetry operations of slabs, clusters and crystals, as rotations, translations and permutations of atoms.

A cluster's operations are found from its matrix of interatomic distances: a few atoms that span it are matched with
every set of atoms at the same mutual distances, and each match that extends to all atoms is an operation. Distances
know no orientation, so the result cannot depend on one; in a planar or linear cluster the operation that leaves every
atom in place is counted once.

A slab's operations are those of the infinite layer. Its primitive cell in the plane is found first, from the
translations that map the layer on itself, then the lattice's rotations and reflections that map the primitive cell's
atoms on one another. So neither the supercell nor the vacuum enters the answer. Operations that exchange the two faces
are left out unless asked for. Those of a crystal are spglib's.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

import numpy as np
import spglib
from ase import Atoms
from numpy.typing import ArrayLike, NDArray
from scipy.spatial.distance import cdist

from nrrsim.errors import InputError
from nrrsim.structures.quiet import without_spglib_deprecation

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]

TOLERANCE = 0.05  # atoms closer than this coincide [Angstrom]
VACUUM_GAP = 5.0  # an empty layer at least this thick ends a structure [Angstrom]


@dataclass(frozen=True, eq=False)
class Frame:
    """A structure freed from its box.

    Parameters
    ----------
    numbers : numpy.ndarray
        Atomic numbers, shape (n,).
    positions : numpy.ndarray
        Positions, not cut by the box in the directions that have an end [Angstrom], shape (n, 3).
    lattice : numpy.ndarray
        Periodic directions [Angstrom], shape (2, 3) for a slab, (0, 3) for a cluster, (3, 3) for a crystal.
    up : numpy.ndarray
        Unit vector out of a slab's upper face, along its cell's third vector; z for the others; shape (3,).
    """

    numbers: NDArray[np.int_]
    positions: FloatArray
    lattice: FloatArray
    up: FloatArray

    @property
    def periodic(self) -> bool:
        """Whether this is a slab or a crystal."""
        return len(self.lattice) > 0

    @property
    def layered(self) -> bool:
        """Whether this is a slab."""
        return len(self.lattice) == 2

    @property
    def heights(self) -> FloatArray:
        """Coordinates along `up` [Angstrom], shape (n,)."""
        return np.asarray(self.positions @ self.up)


@dataclass(frozen=True, eq=False)
class Symmetry:
    """The operations x -> R x + t of a structure, the identity first.

    Parameters
    ----------
    rotations : numpy.ndarray
        Rotations and reflections R in Cartesian axes, shape (m, 3, 3).
    translations : numpy.ndarray
        Translations t [Angstrom], shape (m, 3).
    permutations : numpy.ndarray
        `permutations[k, i]` is the position in `atoms` of the image of `atoms[i]`, shape (m, len(atoms)).
    atoms : numpy.ndarray
        Indices of the atoms permuted: all of a cluster or a crystal's cell, one primitive cell's of a slab.
    lattice : numpy.ndarray
        Translations to which the operations are understood [Angstrom]: primitive ones in the plane of a slab, shape
        (2, 3), the cell given of a crystal, shape (3, 3); shape (0, 3) for a cluster.
    """

    rotations: FloatArray
    translations: FloatArray
    permutations: IntArray
    atoms: IntArray
    lattice: FloatArray

    def __len__(self) -> int:
        return len(self.rotations)


def frame(atoms: Atoms) -> Frame:
    """The structure as a slab or a cluster, seen from its vacuum, or as a crystal.

    A direction is periodic where the cell says so and no gap of 5 Angstrom crosses it.

    Raises
    ------
    InputError
        If there are no atoms, or the structure is periodic in one direction.
    """
    structure: Any = atoms
    if len(atoms) == 0:
        raise InputError("the structure has no atoms.", where="symmetry", remedy="build it first.")
    cell = np.array(structure.cell.complete())
    scaled = structure.positions @ np.linalg.inv(cell)
    periodic = []
    for axis in np.flatnonzero(structure.pbc):
        spacing = 1 / np.linalg.norm(np.linalg.inv(cell)[:, axis])
        gap, start = _largest_gap(scaled[:, axis] % 1.0)
        if gap * spacing < VACUUM_GAP:
            periodic.append(int(axis))
        else:
            joined = (scaled[:, axis] - start) % 1.0 + start
            scaled[:, axis] = joined - np.rint(np.mean(joined - scaled[:, axis]))
    if len(periodic) == 1:
        remedy = (
            f"turn a ribbon's edge to the vacuum: as a slab, with less than {VACUUM_GAP:g} Angstrom between ribbons."
        )
        raise InputError("the structure is periodic in one direction.", where="symmetry", remedy=remedy)
    up = _up(cell, periodic)
    return Frame(structure.numbers.copy(), scaled @ cell, cell[periodic].reshape(-1, 3), up)


def keep_vacuum(changed: Atoms, slab: Atoms) -> None:
    """Lengthen the cell of a slab that became thicker by as much, so that its vacuum stays; no slab, no change."""
    before = frame(slab)
    if not before.layered:
        return
    (axis,) = set(range(3)) - {i for i in range(3) if any(np.allclose(slab.cell[i], row) for row in before.lattice)}
    thicker = float(np.ptp(changed.positions @ before.up) - np.ptp(slab.positions @ before.up))
    cell = slab.cell[:].copy()
    cell[axis] *= 1 + max(thicker, 0.0) / abs(float(cell[axis] @ before.up))
    changed.set_cell(cell)


def _largest_gap(fractions: FloatArray) -> tuple[float, float]:
    """The widest empty stretch of a periodic unit line and the coordinate just below where the atoms begin again."""
    ordered = np.sort(fractions)
    gaps = np.diff(ordered, append=ordered[0] + 1.0)
    widest = int(np.argmax(gaps))
    return float(gaps[widest]), float(ordered[widest] + gaps[widest] / 2) % 1.0


def _up(cell: FloatArray, periodic: list[int]) -> FloatArray:
    if len(periodic) != 2:
        return np.array([0.0, 0.0, 1.0])
    normal = np.cross(*cell[periodic])
    normal /= np.linalg.norm(normal)
    (open_axis,) = {0, 1, 2} - set(periodic)
    return np.asarray(normal * np.sign(normal @ cell[open_axis]))


def symmetry(atoms: Atoms, *, flips: bool = False, tolerance: float = TOLERANCE) -> Symmetry:
    """The symmetry operations of a slab, a cluster or a crystal.

    Parameters
    ----------
    atoms : ase.Atoms
        The structure.
    flips : bool
        Whether operations that exchange a slab's faces count.
    tolerance : float
        Distance within which an atom meets another's image [Angstrom].

    Returns
    -------
    Symmetry
        Its operations; one only (the identity) where there is no symmetry.

    Raises
    ------
    InputError
        As in `frame`.
    """
    structure = frame(atoms)
    if structure.layered:
        return _slab_symmetry(structure, flips, tolerance)
    if structure.periodic:
        return _crystal_symmetry(structure, tolerance)
    return _cluster_symmetry(structure, tolerance)


def orbits(points: ArrayLike, atoms: Atoms, *, flips: bool = False, tolerance: float = TOLERANCE) -> IntArray:
    """Which points the structure's symmetry makes equal.

    Parameters
    ----------
    points : array_like
        Cartesian points [Angstrom], shape (p, 3).
    atoms : ase.Atoms
        The structure.
    flips, tolerance
        As in `symmetry`; points meet within twice the tolerance.

    Returns
    -------
    numpy.ndarray
        For each point the number of its class, counted from 0 in the order of the points, shape (p,).

    Raises
    ------
    InputError
        As in `frame`.

    Examples
    --------
    >>> from ase import Atoms
    >>> dimer = Atoms("Ru2", positions=[[0, 0, 0], [0, 0, 2.6]])
    >>> orbits([[0, 0, 0], [0, 0, 1.3], [0, 0, 2.6]], dimer)
    array([0, 1, 0])
    """
    places = np.asarray(points, dtype=float).reshape(-1, 3)
    structure = frame(atoms)
    operations = symmetry(atoms, flips=flips, tolerance=tolerance)
    labels = np.full(len(places), -1, dtype=np.intp)
    for start in range(len(places)):
        if labels[start] < 0:
            same = _images_among(places, start, structure, operations, 2 * tolerance)
            labels[same & (labels < 0)] = labels.max() + 1
    return labels


def _images_among(
    places: FloatArray, start: int, structure: Frame, operations: Symmetry, tolerance: float
) -> NDArray[np.bool_]:
    """Which of the places an operation reaches from place `start`, shape (p,)."""
    if not structure.periodic:  # distances to all atoms fix a point up to the symmetry of a line or a plane
        distances = np.linalg.norm(places[:, None] - structure.positions, axis=-1)
        moved = distances[:, operations.permutations]
        return np.asarray((np.abs(moved - distances[start]).max(axis=-1) < tolerance).any(axis=1))
    images = operations.rotations @ places[start] + operations.translations
    offsets = _folded(places[:, None] - images, operations.lattice)
    reached = (np.linalg.norm(offsets, axis=-1) < tolerance).any(axis=1)
    reached[start] = True
    return np.asarray(reached)


def _folded(vectors: FloatArray, lattice: FloatArray) -> FloatArray:
    """Vectors less the lattice vectors nearest to them in lattice coordinates; exact for vectors near the lattice."""
    inverse = np.linalg.pinv(lattice)
    return np.asarray(vectors - np.rint(vectors @ inverse) @ lattice)


def _cluster_symmetry(structure: Frame, tolerance: float) -> Symmetry:
    positions = structure.positions
    distances = np.linalg.norm(positions[:, None] - positions, axis=-1)
    found = sorted({tuple(p) for p in _permutations(distances, structure, tolerance)})
    identity = tuple(range(len(positions)))
    ordered = np.array([identity, *(p for p in found if p != identity)], dtype=np.intp)
    rotations = np.array([_best_rotation(positions, positions[p]) for p in ordered])
    centre = positions.mean(axis=0)
    return Symmetry(rotations, centre - rotations @ centre, ordered, np.arange(len(positions)), np.zeros((0, 3)))


def _best_rotation(before: FloatArray, after: FloatArray) -> FloatArray:
    """The rotation or reflection that takes points to their images about the common centre, shape (3, 3)."""
    left, _, right = np.linalg.svd((after - after.mean(axis=0)).T @ (before - before.mean(axis=0)))
    return np.asarray(left @ right)


def _permutations(distances: FloatArray, structure: Frame, tolerance: float) -> Iterator[IntArray]:
    """Permutations of atoms that keep all distances and elements."""
    like = _alike(distances, structure.numbers, tolerance)
    basis = _spanning(structure.positions, like.sum(axis=1))
    same_element = structure.numbers[:, None] == structure.numbers
    for images in _matches(basis, [], distances, like, tolerance):
        misfit = np.abs(distances[:, None, basis] - distances[None, :, images]).max(axis=-1)
        permutation = np.argmin(np.where(same_element, misfit, np.inf), axis=1)
        if len(set(permutation.tolist())) < len(permutation):
            continue
        if np.abs(distances[np.ix_(permutation, permutation)] - distances).max() < 2 * tolerance:
            yield permutation


def _alike(distances: FloatArray, numbers: NDArray[np.int_], tolerance: float) -> NDArray[np.bool_]:
    """Whether two atoms have the same element and see the same distances to each element, shape (n, n)."""
    seen = np.hstack([np.sort(distances[:, numbers == number], axis=1) for number in np.unique(numbers)])
    near = cdist(seen, seen, "chebyshev") < 2 * tolerance
    return np.asarray(near & (numbers[:, None] == numbers))


def _spanning(positions: FloatArray, sizes: NDArray[np.int_]) -> list[int]:
    """Atoms that span the cluster, from small classes where they serve: each adds a direction of 0.3 Angstrom."""
    basis = [int(np.argmin(sizes))]
    residual = positions - positions[basis[0]]
    for _ in range(3):
        reach = np.linalg.norm(residual, axis=1)
        if reach.max() < 0.3:
            break
        good = reach > 0.5 * reach.max()
        chosen = int(np.argmin(np.where(good, sizes - 1e-3 * reach, np.inf)))
        direction = residual[chosen] / reach[chosen]
        residual = residual - np.outer(residual @ direction, direction)
        basis.append(chosen)
    return basis


def _matches(
    basis: list[int], images: list[int], distances: FloatArray, like: NDArray[np.bool_], tolerance: float
) -> Iterator[list[int]]:
    """Atoms that stand to one another as the basis atoms do."""
    if len(images) == len(basis):
        yield images
        return
    atom = basis[len(images)]
    for candidate in np.flatnonzero(like[atom]):
        wanted, found = distances[atom, basis[: len(images)]], distances[candidate, images]
        if np.all(np.abs(wanted - found) < 2 * tolerance):
            yield from _matches(basis, [*images, int(candidate)], distances, like, tolerance)


def _crystal_symmetry(structure: Frame, tolerance: float) -> Symmetry:
    cell = structure.lattice
    fractions = structure.positions @ np.linalg.inv(cell)
    described: Any = (cell, fractions, structure.numbers)
    with without_spglib_deprecation():
        found = spglib.get_symmetry(described, symprec=tolerance)
    if found is None:
        remedy = "check that no two atoms coincide."
        raise InputError("no symmetry of the crystal could be found.", where="symmetry", remedy=remedy)
    rotations = np.array([cell.T @ turn @ np.linalg.inv(cell.T) for turn in found["rotations"]])
    translations = np.asarray(found["translations"] @ cell)
    moved = np.einsum("mij,nj->mni", rotations, structure.positions) + translations[:, None]
    permutations = np.array(
        [np.linalg.norm(_folded(m[:, None] - structure.positions, cell), axis=-1).argmin(axis=1) for m in moved]
    )
    order = np.argsort(np.abs(rotations - np.eye(3)).sum(axis=(1, 2)) + np.linalg.norm(translations, axis=1) / 1e6)
    return Symmetry(rotations[order], translations[order], permutations[order], np.arange(len(fractions)), cell)


def _slab_symmetry(structure: Frame, flips: bool, tolerance: float) -> Symmetry:
    lattice, members = _primitive(structure, tolerance)
    positions, numbers = structure.positions[members], structure.numbers[members]
    cell = Frame(numbers, positions, lattice, structure.up)
    middle = (cell.heights.max() + cell.heights.min()) / 2
    found: list[tuple[FloatArray, FloatArray, IntArray]] = []
    for turn, flip in product(_lattice_rotations(lattice, tolerance), (1, -1) if flips else (1,)):
        rotation = turn + flip * np.outer(cell.up, cell.up)
        lift = (1 - flip) * middle * cell.up
        found += [(rotation, t, p) for t, p in _translations(cell, rotation, lift, tolerance)]
    found.sort(key=lambda operation: float(np.abs(operation[0] - np.eye(3)).sum()))
    rotations, translations, permutations = (np.array(part) for part in zip(*found, strict=True))
    return Symmetry(rotations, translations, permutations, members, lattice)


def _translations(
    cell: Frame, rotation: FloatArray, lift: FloatArray, tolerance: float
) -> Iterator[tuple[FloatArray, IntArray]]:
    """Translations that complete a rotation to an operation, with its permutation of the atoms."""
    turned = cell.positions @ rotation.T + lift
    level = np.abs((turned @ cell.up)[:, None] - cell.heights) < 2 * tolerance
    partners = level & (cell.numbers[:, None] == cell.numbers)
    rarest = int(np.argmin(partners.sum(axis=1)))
    for partner in np.flatnonzero(partners[rarest]):
        shift = cell.positions[partner] - turned[rarest]
        shift -= (shift @ cell.up) * cell.up
        offsets = _folded((turned + shift)[:, None] - cell.positions, cell.lattice)
        misfit = np.where(partners, np.linalg.norm(offsets, axis=-1), np.inf)
        permutation = np.argmin(misfit, axis=1)
        fits = misfit[np.arange(len(misfit)), permutation].max() < 2 * tolerance
        if fits and len(set(permutation.tolist())) == len(permutation):
            yield shift + lift, permutation


def _primitive(structure: Frame, tolerance: float) -> tuple[FloatArray, IntArray]:
    """The primitive lattice of a layer, shape (2, 3), and one atom of each class that its translations make."""
    pairs = list(_translations(structure, np.eye(3), np.zeros(3), tolerance))
    around = np.array(list(product((-1, 0, 1), repeat=2))) @ structure.lattice
    vectors = np.vstack([t + around for t, _ in pairs])
    vectors = vectors[np.linalg.norm(vectors, axis=1) > 4 * tolerance]
    vectors = vectors[np.argsort(np.linalg.norm(vectors, axis=1), kind="stable")]
    first = vectors[0]
    heights = np.linalg.norm(np.cross(vectors, first), axis=1) / np.linalg.norm(first)
    second = vectors[np.flatnonzero(heights > 0.1 * np.linalg.norm(first))[0]]
    rough = np.array([first, second])
    multiples = np.rint(structure.lattice @ np.linalg.pinv(rough))  # the supercell in primitive vectors
    classes = np.array([permutation for _, permutation in pairs], dtype=np.intp).min(axis=0)
    return np.asarray(np.linalg.solve(multiples, structure.lattice)), np.unique(classes)


def _lattice_rotations(lattice: FloatArray, tolerance: float) -> Iterator[FloatArray]:
    """Rotations and reflections of the plane that keep a reduced lattice, with nothing along its normal, (3, 3)."""
    metric = lattice @ lattice.T
    slack = 4 * tolerance * np.sqrt(metric.max())
    for entries in product((-1, 0, 1), repeat=4):
        turn = np.array(entries).reshape(2, 2)
        if abs(round(np.linalg.det(turn))) != 1:
            continue
        if np.abs(turn @ metric @ turn.T - metric).max() < slack:
            left, sizes, right = np.linalg.svd((turn @ lattice).T @ np.linalg.pinv(lattice).T)
            yield left @ np.diag(sizes > 0.5) @ right
