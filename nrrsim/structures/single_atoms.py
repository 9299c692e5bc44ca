"""Single metal atoms in pyridinic pockets of graphene: M-N4 and M-N2 in a divacancy, M-N3 in a vacancy."""

from __future__ import annotations

from math import sqrt
from typing import Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.build import graphene
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from nrrsim.errors import InputError, nearest
from nrrsim.structures.clusters import D_BLOCK
from nrrsim.structures.record import recorded

FloatArray: TypeAlias = NDArray[np.float64]
Arrangement: TypeAlias = Literal["opposite", "facing", "same carbon"]

LATTICE_CONSTANT = 2.460  # of graphene, the default of ase.build.graphene [Angstrom]
SOURCE = "ase.build.graphene with its default a = 2.460 Angstrom, unrelaxed"
POCKETS = ("N4", "N3", "N2")
SHORTEST_BOND = 0.9  # of metal and nitrogen, in sums of covalent radii; a pocket too tight lifts the metal
SMALLEST_CELL = 4  # repeats of graphene along each axis

_NITROGENS = {  # of an N2 pocket among the four corners, numbered by (side of the bond, sign across it)
    "opposite": ((1, 1), (-1, -1)),
    "facing": ((1, 1), (-1, 1)),
    "same carbon": ((1, 1), (1, -1)),
}


def single_atom(
    metal: str,
    pocket: Literal["N4", "N3", "N2"] = "N4",
    *,
    arrangement: Arrangement = "opposite",
    supercell: tuple[int, int] = (5, 5),
    vacuum: float = 15.0,
) -> Atoms:
    """A metal atom in a pyridinic pocket of graphene, unrelaxed.

    N4 lacks two neighbouring C and has four N around the gap; N2 is the same gap with two N, the other two corners
    being C; N3 lacks one C. The metal stands over the middle, in the plane unless its bonds would be shorter than 0.9
    sums of covalent radii, then above it by as much as makes them so.

    Parameters
    ----------
    metal : str
        Any d-block metal.
    pocket : "N4", "N3" or "N2"
        The nitrogens around it.
    arrangement : "opposite", "facing" or "same carbon"
        The two N of an N2 pocket: through the metal, on one side of it, or both once bonded to one removed C.
    supercell : tuple of int
        Repeats of graphene, from (4, 4).
    vacuum : float
        Empty height between periodic images of the sheet [Angstrom].

    Returns
    -------
    ase.Atoms
        The metal last; active atoms are the nitrogens and the metal.

    Raises
    ------
    InputError
        If the metal, the pocket, the arrangement, the supercell or the vacuum cannot be.

    Examples
    --------
    >>> str(single_atom("Fe", "N4").symbols.formula.convert("hill"))
    'C44FeN4'
    """
    require_d_block(metal, where="single atom")
    _refuse(pocket, arrangement, supercell, vacuum)
    sheet = graphene(a=LATTICE_CONSTANT, size=(*supercell, 1), vacuum=vacuum / 2)
    sheet.pbc = True
    removed, centre, corners = _pocket(sheet, pocket)
    nitrogens = corners if pocket != "N2" else _pair(sheet, removed, centre, corners, arrangement)
    sheet.symbols[nitrogens] = "N"
    radius = float(min(np.linalg.norm(sheet.positions[corners] - centre, axis=1)))
    bond = SHORTEST_BOND * float(sum(covalent_radii[atomic_numbers[element]] for element in (metal, "N")))
    height = sqrt(max(bond**2 - radius**2, 0.0))
    kept = np.setdiff1d(np.arange(len(sheet)), removed)
    site = sheet[kept] + Atoms(metal, positions=[centre + np.array([0.0, 0.0, height])])
    return recorded(
        site,
        what=f"{metal}-{pocket} in graphene",
        parameters={
            "metal": metal,
            "pocket": pocket,
            "arrangement": arrangement if pocket == "N2" else None,
            "supercell": list(supercell),
            "vacuum": float(vacuum),
        },
        active_atoms=[*np.flatnonzero(site.symbols == "N").tolist(), len(site) - 1],
        source=SOURCE,
        notes=(f"{len(removed)} C removed, the metal {height:.2f} Angstrom above the sheet, unrelaxed.",),
    )


def require_d_block(metal: str, *, where: str) -> None:
    """Refuse what is no d-block metal.

    Raises
    ------
    InputError
        With the nearest known symbols.
    """
    if metal not in D_BLOCK:
        known = metal in atomic_numbers and metal != "X"
        what = f"'{metal}' is not a d-block metal." if known else f"'{metal}' is not an element."
        raise InputError(what, where=where, remedy=f"name a transition metal; {nearest(str(metal), D_BLOCK)}")


def _pocket(sheet: Atoms, pocket: str) -> tuple[list[int], FloatArray, list[int]]:
    """Carbons to remove, the middle of the gap [Angstrom], shape (3,), and the atoms around it."""
    middle = sheet.cell[0] / 2 + sheet.cell[1] / 2
    offsets = sheet.positions - middle
    first = int(np.argmin(np.round(np.hypot(offsets[:, 0], offsets[:, 1]), 4)))
    around = _bonded(sheet, first)
    if pocket == "N3":
        return [first], np.asarray(sheet.positions[first].copy()), around
    second = around[0]
    step = sheet.get_distance(first, second, mic=True, vector=True)
    corners = sorted({*around, *_bonded(sheet, second)} - {first, second})
    return [first, second], np.asarray(sheet.positions[first] + step / 2), corners


def _bonded(sheet: Atoms, atom: int) -> list[int]:
    distances = sheet.get_distances(atom, range(len(sheet)), mic=True)
    return sorted(np.flatnonzero((distances > 0.1) & (distances < 0.7 * LATTICE_CONSTANT)).tolist())


def _pair(sheet: Atoms, removed: list[int], centre: FloatArray, corners: list[int], arrangement: str) -> list[int]:
    """The two corners of an N2 pocket."""
    along = sheet.positions[removed[0]] - centre
    across = np.cross([0.0, 0.0, 1.0], along)
    steps = sheet.positions[corners] - centre
    names = [(int(np.sign(step @ along)), int(np.sign(step @ across))) for step in steps]
    return [corners[names.index(name)] for name in _NITROGENS[arrangement]]


def _refuse(pocket: str, arrangement: str, supercell: tuple[int, int], vacuum: float) -> None:
    if pocket not in POCKETS:
        raise InputError(f"the pocket '{pocket}' is not known.", where="single atom", remedy=nearest(pocket, POCKETS))
    if arrangement not in _NITROGENS:
        remedy = nearest(arrangement, _NITROGENS)
        raise InputError(f"the arrangement '{arrangement}' is not known.", where="single atom", remedy=remedy)
    if len(supercell) != 2 or any(n < SMALLEST_CELL or int(n) != n for n in supercell):
        remedy = f"give two whole numbers from {SMALLEST_CELL}: smaller cells join the pockets."
        raise InputError(f"a supercell of {supercell} was asked for.", where="single atom", remedy=remedy)
    if not 0.0 < vacuum < np.inf:
        remedy = "give a positive height, such as 15."
        raise InputError(f"a vacuum of {vacuum} Angstrom was asked for.", where="single atom", remedy=remedy)
