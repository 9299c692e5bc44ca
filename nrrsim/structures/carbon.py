"""Sheets of graphene as supports: pristine, with nitrogen and sulfur, with pockets of pyridinic nitrogen for metals.

A pocket is a gap of one, two or four carbon atoms whose dangling neighbours are nitrogen. Carbons removed along a chain
of n leave n + 2 of them: three around a vacancy, four around a divacancy, six around a chain of four. The last is two
divacancies in a row that share their middle, the pocket of dimers: each metal has two nitrogens at its end and one of
the two at the waist near it, and the metals see one another.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal, NamedTuple, TypeAlias

import numpy as np
from ase import Atoms
from ase.build import graphene
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from nrrsim.errors import InputError, nearest
from nrrsim.structures.clusters import Metals, m2
from nrrsim.structures.record import ONE_SIDED, record_of, recorded
from nrrsim.structures.sites import AdsorptionSite
from nrrsim.structures.slabs import refuse_vacuum
from nrrsim.structures.supported import supported

FloatArray: TypeAlias = NDArray[np.float64]
Doping: TypeAlias = Literal["none", "graphitic N", "pyridinic N1", "pyridinic N3", "pyridinic N4", "pyridinic N6"]

LATTICE_CONSTANT = 2.460  # of graphene, the default of ase.build.graphene [Angstrom]
SOURCE = "ase.build.graphene with its default a = 2.460 Angstrom, unrelaxed"
SHORTEST_BOND = 0.9  # of a metal or sulfur in the sheet, in sums of covalent radii; what is too large stands above it
SMALLEST_CELL = 4  # repeats of graphene along each axis

_REMOVED = {"pyridinic N1": 1, "pyridinic N3": 1, "pyridinic N4": 2, "pyridinic N6": 4}
DOPINGS = ("none", "graphitic N", *_REMOVED)


class Pocket(NamedTuple):
    """A gap in a sheet.

    Parameters
    ----------
    removed : list of int
        The carbons to take out.
    centre : numpy.ndarray
        The middle of the gap [Angstrom], shape (3,).
    corners : list of int
        The atoms that lose a neighbour.
    axis : numpy.ndarray
        Unit vector along the gap, shape (3,).
    """

    removed: list[int]
    centre: FloatArray
    corners: list[int]
    axis: FloatArray


def carbon_sheet(
    doping: Doping = "none",
    *,
    sulfur: Literal["nitrogen", "carbon"] | None = None,
    supercell: tuple[int, int] = (6, 6),
    vacuum: float = 15.0,
) -> Atoms:
    """A sheet of graphene with nitrogen, a pocket and sulfur, unrelaxed.

    Parameters
    ----------
    doping : str
        'none'; 'graphitic N', one N for a C; 'pyridinic N1' and 'pyridinic N3', a vacancy with one or three N around
        it; 'pyridinic N4', a divacancy; 'pyridinic N6', a gap of four.
    sulfur : "nitrogen", "carbon" or None
        S in place of one nitrogen, or of the carbon nearest to the middle that neighbours neither a nitrogen nor the
        gap. It stands above the sheet where its bonds are 0.9 sums of covalent radii.
    supercell : tuple of int
        Repeats of graphene, from (4, 4); from (5, 5) with the gap of four.
    vacuum : float
        Empty height between periodic images of the sheet [Angstrom].

    Returns
    -------
    ase.Atoms
        Active atoms: those around the gap, or the dopants; `parameters["pocket"]` says where the gap is.

    Raises
    ------
    InputError
        If the doping, the place of sulfur, the supercell or the vacuum cannot be.

    Examples
    --------
    >>> str(carbon_sheet("pyridinic N4", supercell=(5, 5)).symbols.formula.convert("hill"))
    'C44N4'
    """
    _refuse(doping, sulfur)
    sheet = graphene_sheet(supercell, vacuum, smallest=SMALLEST_CELL + (doping == "pyridinic N6"))
    gap = opened(sheet, _REMOVED[doping]) if doping in _REMOVED else None
    dopants = _dope(sheet, doping, gap)
    if sulfur is not None:
        dopants = _add_sulfur(sheet, sulfur, dopants, gap)
    removed = [] if gap is None else gap.removed
    kept = np.setdiff1d(np.arange(len(sheet)), removed)
    renumbered = {int(old): new for new, old in enumerate(kept)}
    corners = [renumbered[i] for i in (gap.corners if gap else [])]
    place = None if gap is None else {"atoms": corners, "centre": _plain(gap.centre), "axis": _plain(gap.axis)}
    site = sheet[kept]
    return recorded(
        site,
        what="graphene" if doping == "none" and sulfur is None else f"graphene with {_content(doping, sulfur)}",
        parameters={
            "doping": doping,
            "sulfur": sulfur,
            "supercell": list(supercell),
            "vacuum": float(vacuum),
            "pocket": place,
        },
        active_atoms=sorted({*corners, *(renumbered[i] for i in dopants)}),
        source=SOURCE,
        notes=_notes(site, len(removed)),
    )


def pocket_site(sheet: Atoms) -> AdsorptionSite:
    """The middle of a sheet's pocket as a place for a cluster or an adsorbate, its tangent along the gap.

    Raises
    ------
    InputError
        If the sheet has no pocket.
    """
    record = record_of(sheet)
    gap = record.parameters.get("pocket")
    if gap is None:
        remedy = "take a doping with a gap, such as 'pyridinic N4', or a place from adsorption_sites."
        raise InputError(f"{record.what} has no pocket.", where="carbon", remedy=remedy)
    around = tuple(int(i) for i in gap["atoms"])
    centre, axis = np.array(gap["centre"]), np.array(gap["axis"])
    up = np.array([0.0, 0.0, 1.0])
    axis = axis / np.linalg.norm(axis)  # the record rounds it
    return AdsorptionSite("hollow", "pocket", centre, up, axis, around, sheet.positions[list(around)])


def in_pocket(cluster: Atoms, sheet: Atoms, *, rotation: float = 0.0, contact: float = SHORTEST_BOND) -> Atoms:
    """A cluster in the pocket of a sheet, in its plane where there is room, else above it; as `supported`.

    Parameters
    ----------
    cluster : ase.Atoms
        Of any size; a dimer lies along the gap.
    sheet : ase.Atoms
        From `carbon_sheet`, with a pocket.
    rotation : float
        About the normal, from the axis of the gap [degree].
    contact : float
        Shortest distance of cluster and sheet, in sums of covalent radii.

    Raises
    ------
    InputError
        If the sheet has no pocket, or as in `supported`.
    """
    return supported(cluster, sheet, pocket_site(sheet), rotation=rotation, contact=contact)


def metal_pair(metals: Metals, *, supercell: tuple[int, int] = (6, 6), vacuum: float = 15.0) -> Atoms:
    """Two metal atoms in a pocket of six pyridinic nitrogens, M2N6: the usual model of dimers on N-doped carbon.

    The metals keep the distance of `m2`, along the gap, level with the sheet or above it as in `in_pocket`.

    Raises
    ------
    InputError
        As in `m2` and `carbon_sheet`.

    Examples
    --------
    >>> str(metal_pair("Co").symbols.formula.convert("hill"))
    'C62Co2N6'
    """
    sheet = carbon_sheet("pyridinic N6", supercell=supercell, vacuum=vacuum)
    return in_pocket(m2(metals), sheet)


def graphene_sheet(supercell: tuple[int, int], vacuum: float, *, smallest: int = SMALLEST_CELL) -> Atoms:
    """A bare sheet with half of the vacuum [Angstrom] on either side.

    Raises
    ------
    InputError
        If the supercell is smaller than the least or the vacuum no empty height of a slab.
    """
    if len(supercell) != 2 or any(n < smallest or int(n) != n for n in supercell):
        remedy = f"give two whole numbers from {smallest}: smaller cells join the pockets."
        raise InputError(f"a supercell of {supercell} was asked for.", where="carbon", remedy=remedy)
    refuse_vacuum(vacuum)
    sheet: Atoms = graphene(a=LATTICE_CONSTANT, size=(*supercell, 1), vacuum=vacuum / 2)
    sheet.pbc = True
    return sheet


def opened(sheet: Atoms, carbons: int) -> Pocket:
    """The gap that one, two or four carbons in a zigzag chain leave in the middle of a bare sheet."""
    middle = sheet.cell[0] / 2 + sheet.cell[1] / 2
    offsets = sheet.positions - middle
    first = int(np.argmin(np.round(np.hypot(offsets[:, 0], offsets[:, 1]), 4)))
    around = bonded(sheet, first)
    if carbons == 1:
        step = _step(sheet, first, around[0])
        return Pocket([first], np.asarray(sheet.positions[first].copy()), around, step / np.linalg.norm(step))
    second = around[0]
    step = _step(sheet, first, second)
    centre = np.asarray(sheet.positions[first] + step / 2)
    removed = [first, second]
    if carbons == 4:
        before = around[1]
        first_step = _step(sheet, before, first)
        (after,) = (i for i in bonded(sheet, second) if np.allclose(_step(sheet, second, i), first_step))
        removed = [before, first, second, after]
        step = first_step + step
    corners = sorted({i for one in removed for i in bonded(sheet, one)} - set(removed))
    return Pocket(removed, centre, corners, step / np.linalg.norm(step))


def bonded(sheet: Atoms, atom: int) -> list[int]:
    """Neighbours of an atom in a bare sheet, by number."""
    distances = sheet.get_distances(atom, range(len(sheet)), mic=True)
    return sorted(np.flatnonzero((distances > 0.1) & (distances < 0.7 * LATTICE_CONSTANT)).tolist())


def _step(sheet: Atoms, first: int, second: int) -> FloatArray:
    return np.asarray(sheet.get_distance(first, second, mic=True, vector=True))


def _dope(sheet: Atoms, doping: str, gap: Pocket | None) -> list[int]:
    """Put nitrogen into the sheet and say where."""
    if doping == "none":
        return []
    if gap is None:
        nitrogens = opened(sheet, 1).removed
    else:
        nitrogens = gap.corners[:1] if doping == "pyridinic N1" else gap.corners
    sheet.symbols[nitrogens] = "N"
    return list(nitrogens)


def _add_sulfur(sheet: Atoms, place: str, dopants: list[int], gap: Pocket | None) -> list[int]:
    """Put sulfur for a nitrogen or a carbon, lifted until its bonds are long enough, and give all dopants."""
    gone = set(gap.removed) if gap else set()
    taken = gone | set(dopants) | set(gap.corners if gap else [])
    if place == "nitrogen":
        chosen = dopants[0]
    else:
        beside = taken | {i for one in taken for i in bonded(sheet, one)}
        free = [i for i in range(len(sheet)) if i not in beside]
        middle = gap.centre if gap else sheet.cell[0] / 2 + sheet.cell[1] / 2 + [0.0, 0.0, sheet.positions[0, 2]]
        chosen = min(free, key=lambda i: (round(float(np.linalg.norm(sheet.positions[i] - middle)), 3), i))
    bond = SHORTEST_BOND * float(covalent_radii[atomic_numbers["S"]] + covalent_radii[atomic_numbers["C"]])
    flat = min(float(sheet.get_distance(chosen, i, mic=True)) for i in bonded(sheet, chosen) if i not in gone)
    sheet.symbols[chosen] = "S"
    sheet.positions[chosen, 2] += sqrt(max(bond**2 - flat**2, 0.0))
    return sorted({*dopants, chosen})


def _content(doping: str, sulfur: str | None) -> str:
    words = [] if doping == "none" else [doping]
    return " and ".join([*words, f"S for a {sulfur}"] if sulfur else words)


def _notes(site: Atoms, removed: int) -> tuple[str, ...]:
    """What was done to graphene; of the pristine sheet, that it is planar."""
    changes = [f"{removed} C removed"] if removed else []
    changes += ["N at the places of C"] if "N" in site.symbols else []
    if "S" not in site.symbols:
        return ("; ".join([*changes, "all atoms in the plane, unrelaxed."]),)
    return "; ".join([*changes, "all atoms but S in the plane, unrelaxed."]), ONE_SIDED


def _plain(vector: FloatArray) -> list[float]:
    return [round(float(x), 8) for x in vector]


def _refuse(doping: str, sulfur: str | None) -> None:
    if doping not in DOPINGS:
        raise InputError(f"the doping '{doping}' is not known.", where="carbon", remedy=nearest(doping, DOPINGS))
    if sulfur not in (None, "nitrogen", "carbon"):
        remedy = "give 'nitrogen', 'carbon' or None."
        raise InputError(f"sulfur in place of '{sulfur}' was asked for.", where="carbon", remedy=remedy)
    if sulfur == "nitrogen" and doping == "none":
        remedy = "take a doping with N, or sulfur='carbon'."
        raise InputError("there is no nitrogen for the sulfur to replace.", where="carbon", remedy=remedy)
