"""Single metal atoms on carbon: in pyridinic pockets of graphene, in porphine, and beside a nitrogen vacancy."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from importlib import resources
from math import sqrt
from types import MappingProxyType
from typing import Any, Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from nrrsim.errors import InputError, nearest
from nrrsim.structures.carbon import SHORTEST_BOND, SOURCE, graphene_sheet, opened
from nrrsim.structures.clusters import require_d_block
from nrrsim.structures.record import ONE_SIDED, record_of, recorded
from nrrsim.yaml import parse, plain

FloatArray: TypeAlias = NDArray[np.float64]
Arrangement: TypeAlias = Literal["opposite", "facing", "same carbon"]

POCKETS = ("N4", "N3", "N2", "N1")

_DATA = "fragments.yaml"
_BONDED = 1.3  # a metal and a nitrogen within this many sums of covalent radii are bonded
_REMOVED = {"N4": 2, "N3": 1, "N2": 2, "N1": 1}  # carbons
_MEAN = "N3.5"  # a coordination number published for Co, the mean of sites with three and four nitrogens
_NITROGENS = {  # of an N2 pocket among the four corners, numbered by (side of the bond, sign across it)
    "opposite": ((1, 1), (-1, -1)),
    "facing": ((1, 1), (-1, 1)),
    "same carbon": ((1, 1), (1, -1)),
}


def single_atom(
    metal: str,
    pocket: Literal["N4", "N3", "N2", "N1"] = "N4",
    *,
    arrangement: Arrangement = "opposite",
    supercell: tuple[int, int] = (5, 5),
    vacuum: float = 15.0,
) -> Atoms:
    """A metal atom in a pyridinic pocket of graphene, unrelaxed.

    N4 lacks two neighbouring C and has four N around the gap; N2 is the same gap with two N, the other two corners
    being C; N3 and N1 lack one C and have three N or one. The metal stands over the middle, in the plane unless its
    bonds would be shorter than 0.9 sums of covalent radii, then above it by as much as makes them so.

    Parameters
    ----------
    metal : str
        Any d-block metal.
    pocket : "N4", "N3", "N2" or "N1"
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
    _refuse(pocket, arrangement)
    sheet = graphene_sheet(supercell, vacuum)
    removed, centre, corners, _ = opened(sheet, _REMOVED[pocket])
    sheet.symbols[_nitrogens(sheet, pocket, removed, centre, corners, arrangement)] = "N"
    radius = float(min(np.linalg.norm(sheet.positions[corners] - centre, axis=1)))
    height = _height(metal, radius)
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
        notes=(
            f"{len(removed)} C removed, the metal {height:.2f} Angstrom above the sheet, unrelaxed.",
            *((ONE_SIDED,) if height > 0.0 else ()),
        ),
    )


def porphine(metal: str, *, vacuum: float = 8.0) -> Atoms:
    """A metal porphine, the smallest M-N4 of pyrrole rings: a molecule for the site 'pyrrolic N4' of carbon.

    The macrocycle is that of iron porphine; a metal whose bonds would be shorter than 0.9 sums of covalent radii stands
    above it.

    Parameters
    ----------
    metal : str
        Any d-block metal.
    vacuum : float
        Free space on each side [Angstrom].

    Returns
    -------
    ase.Atoms
        In a non-periodic box, in the xy plane, the metal last; active atoms are the nitrogens and the metal.

    Raises
    ------
    InputError
        If the symbol is no d-block metal or the vacuum not positive.

    Examples
    --------
    >>> str(porphine("Co").symbols.formula.convert("hill"))
    'C20H12CoN4'
    """
    require_d_block(metal, where="porphine")
    if not 0.0 < vacuum < np.inf:
        what = f"a vacuum of {vacuum} Angstrom was asked for."
        raise InputError(what, where="porphine", remedy="give a positive length, such as 8.")
    entry = fragment("porphine")
    ring = _mirrored(entry["atoms"])
    nitrogens = np.flatnonzero(ring.symbols == "N")
    radius = float(np.linalg.norm(ring.positions[nitrogens], axis=1).min())
    height = _height(metal, radius)
    whole = ring + Atoms(metal, positions=[[0.0, 0.0, height]])
    whole.center(vacuum=vacuum)
    return recorded(
        whole,
        what=f"{metal} porphine",
        parameters={"metal": metal, "vacuum": float(vacuum)},
        active_atoms=[*nitrogens.tolist(), len(whole) - 1],
        source=entry["source"],
        notes=(f"the metal {height:.2f} Angstrom above the ring of iron porphine, unrelaxed.", *entry["caveats"]),
    )


def nitrogen_vacancy(site: Atoms) -> Atoms:
    """A single atom without one of the nitrogens bonded to it, as hydrogen leaves it behind; unrelaxed.

    Of several, the one of lowest number goes; by the symmetry of N4, N3 and N2 pockets alone all are equal.

    Parameters
    ----------
    site : ase.Atoms
        From `single_atom` or `porphine`, the metal last.

    Returns
    -------
    ase.Atoms
        Active atoms: the metal and the nitrogens left; `parameters["vacancy_positions"]` says what is gone.

    Raises
    ------
    InputError
        If no nitrogen is bonded to the last atom, or it is no metal.
    """
    record = record_of(site)
    metal = len(site) - 1
    require_d_block(str(site.symbols[metal]), where="nitrogen vacancy")
    reach = _BONDED * float(covalent_radii[site.numbers[metal]] + covalent_radii[atomic_numbers["N"]])
    lengths = site.get_distances(metal, range(len(site)), mic=bool(site.pbc.any()))
    around = np.flatnonzero((site.symbols == "N") & (lengths < reach)).tolist()
    if not around:
        what = f"no nitrogen is bonded to {site.symbols[metal]}."
        raise InputError(what, where="nitrogen vacancy", remedy="take a site with one.")
    gone = around[0]
    place = [round(float(x), 6) for x in site.positions[gone]]
    reduced = site.copy()
    del reduced[gone]
    return recorded(
        reduced,
        what=f"{record.what} with a nitrogen vacancy",
        parameters={
            "anchor": record.what,
            "of": dict(record.parameters),
            "removed": [gone],
            "vacancy_positions": [place],
        },
        active_atoms=[i - (i > gone) for i in record.active_atoms if i != gone],
        source=record.source,
        notes=(*record.notes, f"one of {len(around)} nitrogens beside the metal removed, unrelaxed."),
    )


def fragment(name: str) -> Mapping[str, Any]:
    """The data of a shipped molecular piece: its numbers [Angstrom], source and caveats."""
    return MappingProxyType(_fragments()["fragments"][name])


@functools.cache
def _fragments() -> Any:
    file = resources.files("nrrsim").joinpath("data", _DATA)
    return plain(parse(file.read_text(encoding="utf-8"), _DATA))


def _mirrored(orbits: Any) -> Atoms:
    """A planar molecule from one atom of each orbit under the mirrors x = 0 and y = 0."""
    found = {
        (symbol, x * i, y * j)
        for symbol, x, y in orbits
        for i in ((1, -1) if x else (1,))
        for j in ((1, -1) if y else (1,))
    }
    rows = sorted(found)
    return Atoms([row[0] for row in rows], positions=[(x, y, 0.0) for _, x, y in rows])


def _height(metal: str, radius: float) -> float:
    """How far a metal stands over the middle of a ring of nitrogens [Angstrom]."""
    bond = SHORTEST_BOND * float(sum(covalent_radii[atomic_numbers[element]] for element in (metal, "N")))
    return sqrt(max(bond**2 - radius**2, 0.0))


def _nitrogens(
    sheet: Atoms, ring: str, removed: list[int], centre: FloatArray, corners: list[int], arrangement: str
) -> list[int]:
    """Which corners of the gap become nitrogen."""
    if ring == "N2":
        return _pair(sheet, removed, centre, corners, arrangement)
    return corners[:1] if ring == "N1" else corners


def _pair(sheet: Atoms, removed: list[int], centre: FloatArray, corners: list[int], arrangement: str) -> list[int]:
    """The two corners of an N2 pocket."""
    along = sheet.positions[removed[0]] - centre
    across = np.cross([0.0, 0.0, 1.0], along)
    steps = sheet.positions[corners] - centre
    names = [(int(np.sign(step @ along)), int(np.sign(step @ across))) for step in steps]
    return [corners[names.index(name)] for name in _NITROGENS[arrangement]]


def _refuse(ring: str, arrangement: str) -> None:
    if ring == _MEAN:
        raise InputError(
            "N3.5 is a mean coordination number, no structure.",
            where="single atom",
            remedy="take N3 and N4 (or porphine, for pyrrolic N4), and average what they give.",
        )
    if ring not in POCKETS:
        raise InputError(f"the pocket '{ring}' is not known.", where="single atom", remedy=nearest(ring, POCKETS))
    if arrangement not in _NITROGENS:
        remedy = nearest(arrangement, _NITROGENS)
        raise InputError(f"the arrangement '{arrangement}' is not known.", where="single atom", remedy=remedy)
