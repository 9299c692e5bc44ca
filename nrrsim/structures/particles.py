"""Metal particles of 1 to 8 nm: Wulff shapes of fcc, hcp and bcc metals, spheres, and their alloys.

The shape is cut from the crystal. With the centre at the origin, each face f of unit normal n_f and surface energy
gamma_f bounds the Wulff body of scale s by n_f . r <= s gamma_f; the gauge of an atom, the largest n_f . r / gamma_f
over all faces, is the scale at which the body reaches it. Atoms of one gauge enter together, so that a particle is the
set of all atoms up to a gauge, with the symmetry of its centre. Atoms with too few neighbours are then taken off, again
and again until none is left. Of all such sets the one whose number of atoms is nearest to that asked for is taken.

Surface energies are broken bonds: first-shell bonds cut per area, each counting half a bond energy per side, at the cut
between atomic planes that breaks fewest. They need no outside number and are relative; others may be given.

The diameter is that of the sphere with the volume of as many atoms of the crystal, d = (6 N v / pi)^(1/3).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from math import pi
from typing import Any, Literal, TypeAlias

import numpy as np
import spglib
from ase import Atoms
from ase.build import bulk
from ase.data import atomic_numbers, reference_states
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from nrrsim.errors import InputError, nearest
from nrrsim.structures.crystals import crystal, crystal_names, metal_lattice
from nrrsim.structures.directions import sphere_points
from nrrsim.structures.motifs import FIRST_SHELL, count_b5
from nrrsim.structures.quiet import without_spglib_deprecation
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.single_atoms import require_d_block

Centre: TypeAlias = Literal["atom", "octahedral", "tetrahedral"]
Faces: TypeAlias = Mapping[tuple[int, ...], float]
FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.intp]

DIAMETERS = (10.0, 12.0, 14.0, 16.0, 18.0, 20.0, 22.5, 25.0, 27.5, 30.0, 35.0, 40.0, 45.0, 50.0)  # [Angstrom]
SMALLEST, LARGEST = 6.0, 80.0  # diameters that are built [Angstrom]
FEWEST_NEIGHBOURS = 4  # one atom on a close-packed facet has three; tips of octahedra have four, truncated ones six
BULK_NEIGHBOURS = {"fcc": 12, "hcp": 12, "bcc": 8}
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

_CUTS = 9  # cuts nearest in size that are looked at
_TRIES = 8  # balls of the crystal, each 1.3 times wider, from which a body is cut
_SAME = 1e-4  # gauges this close are one, in parts of the gauge
_PLANE = 1e-6  # heights closer than this are one, in repeats


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
    lattice, cell = _refuse(metal, diameter, centre, shape, fewest_neighbours, vacuum)
    weights = _weights(metal, energies) if shape == "wulff" else {}
    wanted = _atoms_in(metal, diameter)
    ordered, ends = _shells(cell, _origin(metal, centre), wanted, _normals(cell, weights))
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
            "energies": {_label(face): float(value) for face, value in weights.items()},
            "fewest_neighbours": fewest_neighbours,
            "vacuum": float(vacuum),
        },
        active_atoms=np.flatnonzero(numbers < BULK_NEIGHBOURS[lattice]).tolist(),
        source=_source(metal),
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
    ranks = signs[where] * _neighbours_within(host.positions)
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
    lattice, cell = _metal_cell(metal)
    weights = _weights(metal, energies) if shape == "wulff" else {}
    rng = np.random.default_rng(seed)
    rows: list[list[tuple[int, int, int]]] = [[] for _ in edges[1:]]
    for _ in range(samples if variation and weights else 1):
        drawn = {face: value * rng.uniform(1 - variation, 1 + variation) for face, value in weights.items()}
        for centre in CENTRES[lattice]:
            ordered, ends = _shells(cell, _origin(metal, centre), _atoms_in(metal, edges[-1]), _normals(cell, drawn))
            for end in _spread(ends, [_atoms_in(metal, edge) for edge in edges], cuts):
                kept, numbers = _tidied(ordered[:end], fewest_neighbours)
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
    lattice, cell = _metal_cell(metal)
    return {face: _bonds_cut(cell, face) for face in FACES[lattice]}


def equivalent_diameter(metal: str, count: int) -> float:
    """Diameter of the sphere with the volume of so many atoms of the crystal [Angstrom]."""
    cell = _metal_cell(metal)[1]
    return float((6 * count * cell.get_volume() / len(cell) / pi) ** (1 / 3))


def _atoms_in(metal: str, diameter: float) -> float:
    cell = _metal_cell(metal)[1]
    return float(pi / 6 * diameter**3 * len(cell) / cell.get_volume())


@cache
def _metal_cell(metal: str) -> tuple[str, Atoms]:
    """Lattice and conventional cell: the shipped crystal, else that of ase.data."""
    if metal in crystal_names() and metal_lattice(metal):
        return str(metal_lattice(metal)), crystal(metal)
    require_d_block(metal, where="particle")
    state: Any = reference_states[atomic_numbers[metal]]
    lattice = str(state["symmetry"])
    if lattice not in FACES:
        remedy = "take an fcc, hcp or bcc metal, such as Ru, Co, Ni or Fe."
        raise InputError(f"the crystal of {metal} is {lattice}.", where="particle", remedy=remedy)
    cell: Atoms = bulk(metal, cubic=True) if lattice != "hcp" else bulk(metal)
    return lattice, cell


def _source(metal: str) -> str:
    if metal in crystal_names() and metal_lattice(metal):
        return record_of(crystal(metal)).source
    return "experimental crystal as tabulated in ase.data.reference_states (Ashcroft and Mermin)"


def _origin(metal: str, centre: str) -> FloatArray:
    """The middle of the particle in the crystal [Angstrom], shape (3,)."""
    lattice, cell = _metal_cell(metal)
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


def _weights(metal: str, energies: Faces | None) -> dict[tuple[int, ...], float]:
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


def _label(face: Sequence[int]) -> str:
    return " ".join(str(index) for index in face)


def _normals(cell: Atoms, weights: Faces) -> FloatArray | None:
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


def _shells(cell: Atoms, origin: FloatArray, atoms: float, normals: FloatArray | None) -> tuple[FloatArray, IntArray]:
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
        if len(ends) > _CUTS and ends[-_CUTS] > 1.3 * atoms:
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


def _nearest_in_size(positions: FloatArray, ends: IntArray, wanted: float, fewest: int) -> tuple[FloatArray, IntArray]:
    """Of the cuts near the number of atoms wanted, the one nearest to it when its loose atoms are gone."""
    middle = int(np.argmin(np.abs(ends - wanted)))
    best: tuple[FloatArray, IntArray] | None = None
    for end in ends[max(middle - 1, 0) : middle + _CUTS - 1]:
        kept, numbers = _tidied(positions[:end], fewest)
        if len(kept) and (best is None or abs(len(kept) - wanted) < abs(len(best[0]) - wanted)):
            best = kept, numbers
    if best is None:
        what = f"no particle of about {wanted:.0f} atoms has {fewest} neighbours or more at every atom."
        raise InputError(what, where="particle", remedy="take a larger diameter or fewer neighbours.")
    return best


def _tidied(positions: FloatArray, fewest: int) -> tuple[FloatArray, IntArray]:
    """The atoms without those that have too few neighbours, and the neighbours of what is left."""
    while len(positions) > 1:
        numbers = _neighbours_within(positions)
        if numbers.min() >= fewest:
            return positions, numbers
        positions = positions[numbers >= fewest]
    return positions[:0], np.zeros(0, dtype=np.intp)


def _neighbours_within(positions: FloatArray) -> IntArray:
    """First-shell neighbours of each atom of a particle, shape (n,)."""
    tree: Any = cKDTree(positions)
    spacing = float(np.median(tree.query(positions, k=2)[0][:, 1]))
    counts = tree.query_ball_point(positions, FIRST_SHELL * spacing, return_length=True)
    return np.asarray(counts - 1, dtype=np.intp)


def _refuse(metal: str, diameter: float, centre: str, shape: str, fewest: int, vacuum: float) -> tuple[str, Atoms]:
    """Lattice and cell of the metal, after the refusals."""
    lattice, cell = _metal_cell(metal)
    if not SMALLEST <= diameter <= LARGEST:
        atoms = f", some {_atoms_in(metal, diameter):.2g} atoms," if 0 < diameter < np.inf else ""
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


def _refuse_share(
    metal: str, diameters: Sequence[float], shape: str, variation: float, samples: int, cuts: int, fewest: int
) -> list[float]:
    """The ends of the ranges, after the refusals."""
    edges = [float(edge) for edge in diameters]
    if len(edges) < 2 or edges != sorted(set(edges)):
        remedy = "give two or more, rising."
        raise InputError(f"the ranges end at {edges}.", where="B5 share", remedy=remedy)
    for edge in (edges[0], edges[-1]):
        lattice = _refuse(metal, edge, "atom", shape, fewest, 1.0)[0]
    if lattice == "bcc":
        remedy = "take an fcc or hcp metal; for bcc there are c7_atoms."
        raise InputError(f"{metal} is bcc: B5 is defined for close-packed metals.", where="B5 share", remedy=remedy)
    if not 0 <= variation < 1:
        raise InputError(f"the variation is {variation}.", where="B5 share", remedy="give 0 to less than 1, as 0.1.")
    if min(samples, cuts) < 1 or (int(samples), int(cuts)) != (samples, cuts):
        what = f"{samples} samples and {cuts} cuts were asked for."
        raise InputError(what, where="B5 share", remedy="give whole numbers from 1.")
    return edges
