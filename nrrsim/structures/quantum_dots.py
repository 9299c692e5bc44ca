"""Quantum dots of MoO3-x, cut from alpha-MoO3 with exact stoichiometry, and what can be counted of them.

The cut. Mo inside a sphere around an inversion centre in the middle of a bilayer are kept, each one a formula unit. All
oxygens bonded to them come along first, so that every Mo has its six neighbours. They are more than three per Mo; the
excess is removed in the order of the bond valence that the remaining Mo give to an oxygen, weakest first (of equal ones
the outermost), which takes those that lost Mo neighbours in the cut and leaves the short terminal Mo=O; an oxygen is
passed over where it would leave a Mo with fewer than four. Oxygens of equal valence come in inversion pairs, so the dot
has a centre of inversion and no dipole. With passivate="H" the excess oxygen stays and each carries away no charge: two
H per excess oxygen make MoO3.nH2O, set on the oxygens that lack most valence.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from math import pi
from typing import Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.data.vdw_alvarez import vdw_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from scipy.constants import atomic_mass
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from nrrsim.errors import InputError
from nrrsim.structures.bonding import bonded
from nrrsim.structures.crystals import bond_valence_parameters, crystal, entry_of
from nrrsim.structures.oxidation import (
    ANIONS_PER_METAL,
    METAL,
    bond_valence_sums,
    mean_oxidation_state,
    oxygen_deficiency,
)
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.seats import seat
from nrrsim.structures.slabs import BOND_STRETCH
from nrrsim.structures.vacancies import remove_oxygen

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

SMALLEST, LARGEST = 10.0, 60.0  # diameters that are built [Angstrom]
BULK_COORDINATION = 6  # oxygens around Mo in MoO3, within 2.6 Angstrom
LEAST_COORDINATION = 4  # that the cut leaves to a Mo
LEAST_LEFT = 3  # that a vacancy leaves to a Mo
PROBE = 1.82  # half the kinetic diameter of N2, 3.64 Angstrom (Breck 1974) [Angstrom]

_POINTS = 240  # on the sphere of each atom where a probe may stand; areas are good to some 2 %
_HYDROGEN = 0.8  # radius at which hydrogens keep clear of one another and of oxygen [Angstrom]
_SAME = 4  # decimals to which valences and distances are compared


@dataclass(frozen=True, eq=False)
class DotFigures:
    """What can be counted of a dot.

    Parameters
    ----------
    formula_units : int
        Number of Mo.
    equivalent_diameter : float
        Of the sphere with the volume of as many formula units of the crystal [Angstrom].
    sphere_area : float
        Surface of that sphere over the mass of the dot [m2/g].
    accessible_area : float
        On which the centre of a probe of 1.82 Angstrom, an N2, rolls over the van der Waals spheres (radii of Alvarez),
        over the mass [m2/g]; it encloses more than the sphere above.
    open_mo, open_mo_per_mg : int, float
        Mo with fewer than six O and S neighbours, and their number in a milligram of dots [1/mg].
    reachable_mo, reachable_mo_per_mg : int, float
        Mo whose own van der Waals sphere the probe touches somewhere, and their number in a milligram [1/mg].
    mo_coordination, anion_coordination : Mapping[int, int]
        Number of Mo by their O and S neighbours, and of O and S by their Mo neighbours.
    oxygen_deficiency : float
        The x of MoO3-x; water of a passivated dot makes it negative.
    mean_oxidation_state : float
        Nominal, of Mo.
    bond_valence_mean, bond_valence_lowest : float
        Of the bond valence sums of Mo.
    pieces : tuple of int
        Mo in each part that is held together by Mo-O-Mo bonds, largest first; bilayers are parts of their own.
    """

    formula_units: int
    equivalent_diameter: float
    sphere_area: float
    accessible_area: float
    open_mo: int
    open_mo_per_mg: float
    reachable_mo: int
    reachable_mo_per_mg: float
    mo_coordination: Mapping[int, int]
    anion_coordination: Mapping[int, int]
    oxygen_deficiency: float
    mean_oxidation_state: float
    bond_valence_mean: float
    bond_valence_lowest: float
    pieces: tuple[int, ...]


@dataclass(frozen=True, eq=False)
class RadialDistribution:
    """Neighbours of one element around another by distance.

    Parameters
    ----------
    pair : tuple of str
        The central element and its neighbour.
    r : numpy.ndarray
        Middles of the bins [Angstrom], shape (n,).
    density : numpy.ndarray
        Neighbours per central atom and length [1/Angstrom], shape (n,); its integral is a coordination number.
    """

    pair: tuple[str, str]
    r: FloatArray
    density: FloatArray

    def neighbours(self, lower: float, upper: float) -> float:
        """Neighbours per central atom in the bins whose middles lie between two distances [Angstrom]."""
        inside = (self.r >= lower) & (self.r < upper)
        return float(self.density[inside].sum() * (self.r[1] - self.r[0]))


def moo3_dot(
    diameter: float,
    *,
    x: float = 0.0,
    sulfur: float = 0.0,
    seed: int = 0,
    passivate: Literal["H"] | None = None,
    vacuum: float = 8.0,
) -> Atoms:
    """A dot of MoO3-x, unrelaxed, in a non-periodic box, its layers stacked along z.

    Parameters
    ----------
    diameter : float
        Of the sphere that holds the Mo [Angstrom], from 10 to 60.
    x : float
        Oxygen vacancies per Mo, at the surface, rounded to a whole number of them, as the record says; each Mo keeps
        three anions.
    sulfur : float
        Sulfur per Mo in place of oxygen at the surface, rounded as well. It is drawn out of its place until
        its bond valence is that of the oxygen.
    seed : int
        Of the choice of vacancies and sulfur; the cut has no chance in it.
    passivate : "H" or None
        None leaves MoO3 exactly; "H" keeps the excess oxygen of the cut as OH and OH2, which is MoO3.nH2O.
    vacuum : float
        Free space on each side [Angstrom].

    Returns
    -------
    ase.Atoms
        Active atoms: the Mo beside vacancies and sulfur, or all Mo with fewer than six neighbours where there are none.

    Raises
    ------
    InputError
        If a number cannot be, or the surface has too few oxygens for x and the sulfur.

    Examples
    --------
    >>> moo3_dot(12.0).get_chemical_formula()
    'Mo16O48'
    """
    _refuse(diameter, x, sulfur, passivate, vacuum)
    whole = _sphere(diameter)
    excess, order, valences = _removal_order(whole)
    bare = whole.copy()
    if passivate is None:
        del bare[_removable(whole, order, excess, LEAST_COORDINATION)]
        hydrogens: IntArray = np.zeros(len(bare), dtype=np.int64)
    else:
        hydrogens = _hydrogens(valences, 2 * excess)
    bare.center(vacuum=vacuum)  # neighbour lists of ase are slow without a box
    dot = recorded(bare, what="MoO3 dot", parameters={}, active_atoms=(), source=entry_of("MoO3")["source"])
    metals = int(np.sum(dot.symbols == METAL))
    wanted = round(x * metals), round(sulfur * metals)
    dot, hydrogens, kept = _changed(dot, hydrogens, wanted, np.random.default_rng(seed))
    dot = _with_hydrogen(dot, hydrogens)
    dot.center(vacuum=vacuum)
    active = kept if any(wanted) else np.flatnonzero(_coordination(dot, METAL, ("O", "S")) < BULK_COORDINATION).tolist()
    return recorded(
        dot,
        what=f"{dot.get_chemical_formula()} dot",
        parameters={
            "diameter": float(diameter),
            "x": wanted[0] / metals,
            "sulfur": wanted[1] / metals,
            "asked": {"x": float(x), "sulfur": float(sulfur)},
            "seed": int(seed),
            "passivate": passivate,
            "vacuum": float(vacuum),
            "vacancies": wanted[0],
            "sulfur_atoms": wanted[1],
        },
        active_atoms=[atom for atom in active if dot.symbols[atom] == METAL],
        source=entry_of("MoO3")["source"],
        notes=(
            f"a sphere of alpha-MoO3, {metals} formula units, unrelaxed.",
            f"{excess} oxygens over three per Mo were " + ("removed." if passivate is None else "kept as OH and OH2."),
            f"{wanted[0]} vacancies and {wanted[1]} sulfur at the surface, seed {seed}.",
            f"x = {wanted[0] / metals:.3f} and {wanted[1] / metals:.3f} S per Mo; asked for were {x:g} and {sulfur:g}.",
            *entry_of("MoO3")["caveats"],
        ),
    )


def dot_figures(atoms: Atoms) -> DotFigures:
    """Counts, areas and oxidation states of a dot.

    Raises
    ------
    InputError
        If there is no Mo, or an element beside Mo, O, S and H.
    """
    state, deficiency = mean_oxidation_state(atoms), oxygen_deficiency(atoms)
    metals = np.flatnonzero(atoms.symbols == METAL)
    volume = len(metals) * _unit_volume()
    grams = float(atoms.get_masses().sum()) * atomic_mass * 1e3
    square_metres = 1e-20 / grams  # of one square Angstrom on one dot
    sphere = (36 * pi) ** (1 / 3) * volume ** (2 / 3)
    exposed = _exposed_areas(atoms)
    around = _coordination(atoms, METAL, ("O", "S"))[metals]
    anions = np.flatnonzero(np.isin(atoms.symbols, ["O", "S"]))
    neighbours = _coordination(atoms, "O", (METAL,)) + _coordination(atoms, "S", (METAL,))
    sums = list(bond_valence_sums(atoms).values())
    open_mo, reachable = int(np.sum(around < BULK_COORDINATION)), int(np.sum(exposed[metals] > 0))
    return DotFigures(
        formula_units=len(metals),
        equivalent_diameter=(6 * volume / pi) ** (1 / 3),
        sphere_area=sphere * square_metres,
        accessible_area=float(exposed.sum()) * square_metres,
        open_mo=open_mo,
        open_mo_per_mg=open_mo * 1e-3 / grams,
        reachable_mo=reachable,
        reachable_mo_per_mg=reachable * 1e-3 / grams,
        mo_coordination=dict(sorted(Counter(around.tolist()).items())),
        anion_coordination=dict(sorted(Counter(neighbours[anions].tolist()).items())),
        oxygen_deficiency=deficiency,
        mean_oxidation_state=state,
        bond_valence_mean=float(np.mean(sums)),
        bond_valence_lowest=float(np.min(sums)),
        pieces=_pieces(atoms),
    )


def radial_distribution(
    atoms: Atoms, pair: tuple[str, str], *, farthest: float = 6.0, width: float = 0.05
) -> RadialDistribution:
    """Neighbours of `pair[1]` around `pair[0]` in bins of distance; periodic images count where there are any.

    Distances are those between atoms, to be compared with phase-corrected EXAFS only.

    Raises
    ------
    InputError
        If an element is not there, or a length is not positive.
    """
    missing = [element for element in pair if element not in atoms.symbols]
    if missing or not 0.0 < 2 * width <= farthest < np.inf:
        raise InputError(
            f"no distances of {pair[0]}-{pair[1]} to {farthest} Angstrom by {width} can be found in {atoms.symbols}.",
            where="radial distribution",
            remedy="name two elements of the structure, and a width well below the farthest distance.",
        )
    bins = round(farthest / width)
    first, lengths = neighbor_list("id", atoms, {pair: bins * width})
    counts, edges = np.histogram(lengths[atoms.symbols[first] == pair[0]], bins=bins, range=(0.0, bins * width))
    centres = int(np.sum(atoms.symbols == pair[0]))
    return RadialDistribution(pair, (edges[1:] + edges[:-1]) / 2, counts / (centres * width))


def _unit_volume() -> float:
    """Of a formula unit of the crystal [Angstrom^3]."""
    bulk = crystal("MoO3")
    return float(bulk.get_volume() / np.sum(bulk.symbols == METAL))


def _bond_limit(anion: str = "O") -> float:
    return float(BOND_STRETCH * sum(covalent_radii[atomic_numbers[element]] for element in (METAL, anion)))


def _sphere(diameter: float) -> Atoms:
    """Mo in the sphere and all oxygens bonded to them, stacked along z."""
    bulk = crystal("MoO3")
    reach = diameter / 2 + _bond_limit()
    repeats = [np.arange(-n, n + 1) for n in np.ceil(reach / bulk.cell.lengths()).astype(int) + 1]
    shifts = np.stack(np.meshgrid(*repeats, indexing="ij"), axis=-1).reshape(-1, 3)
    positions = ((bulk.get_scaled_positions() + shifts[:, None]) @ bulk.cell[:]).reshape(-1, 3)[:, [1, 2, 0]]
    numbers = np.tile(bulk.numbers, len(shifts))
    near = np.linalg.norm(positions, axis=1) <= reach
    positions, numbers = positions[near], numbers[near]
    metal = (numbers == atomic_numbers[METAL]) & (np.linalg.norm(positions, axis=1) <= diameter / 2)
    gaps = cKDTree(positions[metal]).query(positions)[0]
    bonded = (numbers == atomic_numbers["O"]) & (gaps < _bond_limit())
    chosen = np.concatenate([np.flatnonzero(metal), np.flatnonzero(bonded)])
    return Atoms(numbers[chosen], positions=positions[chosen])


def _valences(atoms: Atoms) -> FloatArray:
    """Bond valence that each oxygen has from Mo, 0 for other atoms, shape (n,)."""
    R0, B = bond_valence_parameters()[0][METAL, "O"]
    first, lengths = _pairs(atoms, "O", METAL, _bond_limit())[::2]
    sums = np.bincount(first, weights=np.exp((R0 - lengths) / B), minlength=len(atoms))
    return np.asarray(np.where(atoms.symbols == "O", sums, 0.0))


def _removal_order(atoms: Atoms) -> tuple[int, list[int], FloatArray]:
    """Oxygens over three per Mo, all oxygens from the weakest held, and the valences of all atoms, shape (n,)."""
    oxygens = np.flatnonzero(atoms.symbols == "O")
    excess = len(oxygens) - ANIONS_PER_METAL * (len(atoms) - len(oxygens))
    valences = _valences(atoms)
    distances = np.linalg.norm(atoms.positions[oxygens], axis=1)
    rank = np.lexsort((-np.round(distances, _SAME), np.round(valences[oxygens], _SAME)))
    return excess, oxygens[rank].tolist(), valences


def _removable(atoms: Atoms, order: list[int], count: int, least: int) -> list[int]:
    """The first oxygens of the order that leave every Mo its least coordination."""
    first, second, _ = _pairs(atoms, "O", METAL, _bond_limit())
    metals: dict[int, list[int]] = {oxygen: [] for oxygen in order}
    for one, other in zip(first.tolist(), second.tolist(), strict=True):
        metals.setdefault(one, []).append(other)
    left = Counter(second.tolist())
    taken: list[int] = []
    for oxygen in order:
        if len(taken) < count and all(left[metal] > least for metal in metals[oxygen]):
            taken.append(oxygen)
            left.subtract(metals[oxygen])
    if len(taken) < count:
        raise InputError(
            f"{count - len(taken)} of {count} oxygens cannot go without leaving a Mo fewer than {least}.",
            where="MoO3 dot",
            remedy="lower x, or take another seed or a slightly different diameter.",
        )
    return taken


def _hydrogens(valences: FloatArray, count: int) -> IntArray:
    """Hydrogens on each atom: one after the other where most valence is missing, each worth one, shape (n,)."""
    held = np.where(valences > 0, valences, np.inf)
    chosen = np.zeros(len(valences), dtype=np.int64)
    for _ in range(count):
        atom = int(np.argmin(np.round(held, _SAME)))
        chosen[atom] += 1
        held[atom] += 1.0
    return chosen


def _changed(
    dot: Atoms, hydrogens: IntArray, wanted: tuple[int, int], rng: np.random.Generator
) -> tuple[Atoms, IntArray, list[int]]:
    """The dot with vacancies and sulfur at the surface, the hydrogens in its numbering, and the Mo of these sites."""
    if not any(wanted):
        return dot, hydrogens, []
    vacancies, sulfurs = wanted
    free = np.flatnonzero((dot.symbols == "O") & (_exposed_areas(dot) > 0) & (hydrogens == 0))
    if vacancies + sulfurs > len(free):
        raise InputError(
            f"{vacancies} vacancies and {sulfurs} sulfur were to be made on {len(free)} oxygens of the surface.",
            where="MoO3 dot",
            remedy="lower x or sulfur, or take a smaller dot, which has more surface.",
        )
    order = rng.permutation(free).tolist()
    gone = _removable(dot, order, vacancies, LEAST_LEFT)
    left = np.setdiff1d(np.arange(len(dot)), gone)
    reduced = remove_oxygen(dot, gone) if gone else dot
    renumbered = {int(old): new for new, old in enumerate(left)}
    active = set(record_of(reduced).active_atoms)
    others = [renumbered[atom] for atom in order if atom not in gone]
    doped, placed = _with_sulfur(reduced, others, sulfurs)
    if placed:
        active |= {int(metal) for metals, _ in bonded(reduced, placed).values() for metal in metals}
    return doped, hydrogens[left], sorted(active)


def _with_sulfur(atoms: Atoms, candidates: list[int], count: int) -> tuple[Atoms, list[int]]:
    """The first candidates with room become sulfur, drawn out along their open side to the valence they had."""
    doped, placed = atoms.copy(), list[int]()
    bonds = bonded(atoms, candidates) if count else {}
    for oxygen in candidates:
        if len(placed) == count:
            break
        metals, vectors = bonds[oxygen]
        target = seat(doped, oxygen, "S", neighbours=metals.tolist(), vectors=vectors)
        if target is not None:
            doped.positions[oxygen], doped.symbols[oxygen] = target, "S"
            placed.append(oxygen)
    if len(placed) < count:
        raise InputError(
            f"only {len(placed)} of {count} sulfur find room at the surface.",
            where="MoO3 dot",
            remedy="lower sulfur or x, or take another seed.",
        )
    return doped, placed


def _with_hydrogen(dot: Atoms, hydrogens: IntArray) -> Atoms:
    """Each hydrogen on the direction of a fixed set in which its oxygen has most room, the least held oxygens first."""
    grown: Atoms = dot.copy()
    length = float(covalent_radii[atomic_numbers["O"]] + covalent_radii[atomic_numbers["H"]])
    directions = _directions(_POINTS)
    for oxygen in np.repeat(np.arange(len(hydrogens)), hydrogens).tolist():
        spots = grown.positions[oxygen] + length * directions
        near = np.flatnonzero(np.linalg.norm(grown.positions - grown.positions[oxygen], axis=1) < 6.0)
        near = near[near != oxygen]
        gaps = np.linalg.norm(spots[:, None] - grown.positions[near], axis=-1)
        room = (gaps / np.maximum(covalent_radii[grown.numbers[near]], _HYDROGEN)).min(axis=1)
        grown += Atoms("H", positions=[spots[int(np.argmax(np.round(room, _SAME)))]])
    return grown


def _directions(count: int) -> FloatArray:
    """Unit vectors spread evenly on a spiral, shape (count, 3)."""
    steps = np.arange(count) + 0.5
    z = 1 - 2 * steps / count
    angle = pi * (1 + 5**0.5) * steps
    ring = np.sqrt(1 - z**2)
    return np.column_stack([ring * np.cos(angle), ring * np.sin(angle), z])


def _exposed_areas(atoms: Atoms) -> FloatArray:
    """Area on which the probe's centre can stand while it touches an atom [Angstrom^2], shape (n,)."""
    radii = vdw_radii[atoms.numbers]
    reach = radii + PROBE
    directions = _directions(_POINTS)
    tree = cKDTree(atoms.positions)
    areas = np.zeros(len(atoms))
    for atom, position in enumerate(atoms.positions):
        others = [i for i in tree.query_ball_point(position, reach[atom] + float(reach.max())) if i != atom]
        points = position + reach[atom] * directions
        gaps = np.linalg.norm(points[:, None] - atoms.positions[others], axis=-1)
        free = np.all(gaps >= reach[others], axis=1)
        areas[atom] = 4 * pi * reach[atom] ** 2 * free.mean()
    return areas


def _pairs(atoms: Atoms, element: str, other: str, limit: float) -> tuple[IntArray, IntArray, FloatArray]:
    """Atoms of two elements within a distance, images left out, and the distances [Angstrom], each of shape (b,)."""
    one, two = (np.flatnonzero(atoms.symbols == name) for name in (element, other))
    if not len(one) or not len(two):
        return np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64), np.empty(0)
    near = cKDTree(atoms.positions[one]).query_ball_point(atoms.positions[two], limit)
    first = one[np.array([i for row in near for i in row], dtype=np.int64)]
    second = np.repeat(two, [len(row) for row in near])
    lengths = np.linalg.norm(atoms.positions[first] - atoms.positions[second], axis=1)
    return first, second, np.asarray(lengths)


def _coordination(atoms: Atoms, element: str, others: tuple[str, ...]) -> IntArray:
    """Neighbours of the other elements within a bond's length of each atom of the element, shape (n,)."""
    found = np.zeros(len(atoms), dtype=np.int64)
    for other in others:
        limit = _bond_limit(element if other == METAL else other)
        first = _pairs(atoms, element, other, limit)[0]
        found += np.bincount(first, minlength=len(atoms))
    return np.asarray(np.where(atoms.symbols == element, found, 0))


def _pieces(atoms: Atoms) -> tuple[int, ...]:
    """Mo in each part connected by bonds, largest first."""
    found = [_pairs(atoms, METAL, anion, _bond_limit(anion)) for anion in ("O", "S")]
    first, second = (np.concatenate([one[k] for one in found]).astype(np.int64) for k in (0, 1))
    links = coo_array((np.ones(len(first)), (first, second)), shape=(len(atoms), len(atoms)))
    labels = connected_components(links, directed=False)[1]
    return tuple(sorted(Counter(labels[atoms.symbols == METAL].tolist()).values(), reverse=True))


def _refuse(diameter: float, x: float, sulfur: float, passivate: str | None, vacuum: float) -> None:
    if not SMALLEST <= diameter <= LARGEST:
        size = f"; it would hold about {_atoms_in(diameter):.2g} atoms" if LARGEST < diameter < np.inf else ""
        raise InputError(
            f"a dot of {diameter:g} Angstrom was asked for{size}.",
            where="MoO3 dot",
            remedy="give 10 to 60 Angstrom (1 to 6 nm); use a slab (moo3_bilayer) for the faces of larger particles.",
        )
    if not 0.0 <= x < ANIONS_PER_METAL or not 0.0 <= sulfur <= ANIONS_PER_METAL:
        raise InputError(
            f"x = {x} and sulfur = {sulfur} were asked for.",
            where="MoO3 dot",
            remedy="give atoms per Mo, 0 or more and below 3.",
        )
    if passivate not in (None, "H"):
        raise InputError(f"passivate = {passivate!r} is not known.", where="MoO3 dot", remedy="give 'H' or None.")
    if not 0.0 < vacuum < np.inf:
        raise InputError(f"the vacuum is {vacuum} Angstrom.", where="MoO3 dot", remedy="give some Angstrom, as 8.")


def _atoms_in(diameter: float) -> float:
    """About how many atoms a dot of a diameter [Angstrom] has."""
    return (ANIONS_PER_METAL + 1) * pi / 6 * diameter**3 / _unit_volume()
