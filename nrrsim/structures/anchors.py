"""Single metal atoms on oxides: on top, in the place of a cation, and at an oxygen vacancy.

The metal comes in neutral: what its charge is, and whether protons or vacancies balance it, the record says in words
and the electronic structure decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray
from pymatgen.core.periodic_table import Element

from nrrsim.errors import InputError
from nrrsim.structures.closeness import refuse_crowding
from nrrsim.structures.clusters import require_d_block
from nrrsim.structures.record import changed_notes, record_of, recorded
from nrrsim.structures.sites import AdsorptionSite
from nrrsim.structures.slabs import BOND_STRETCH
from nrrsim.structures.supported import ROTATIONS, Anchorings, anchorings, supported
from nrrsim.structures.symmetry import frame, orbits
from nrrsim.structures.vacancies import remove_oxygen

IntArray: TypeAlias = NDArray[np.intp]
FloatArray: TypeAlias = NDArray[np.float64]

DEPTH = 2.0  # cations within this height of the highest atom are the surface's [Angstrom]

_SOURCE = "a single atom"


def adatom(metal: str, slab: Atoms, site: AdsorptionSite, *, contact: float = 1.0) -> Atoms:
    """A metal atom on a place of a slab.

    Parameters
    ----------
    metal : str
        Any d-block metal.
    slab : ase.Atoms
        With its record.
    site : AdsorptionSite
        From `adsorption_sites` of the slab.
    contact : float
        Distance to the nearest atom of the slab, in sums of covalent radii.

    Returns
    -------
    ase.Atoms
        The metal last and active.

    Raises
    ------
    InputError
        If the metal is no d-block metal, or as in `supported`.
    """
    return supported(_atom(metal), slab, site, contact=contact)


def adatoms(metal: str, slab: Atoms, *, surface_atoms: Sequence[int] | None = None) -> Anchorings:
    """A metal atom on every distinct place of a slab, as `anchorings` does for clusters."""
    return anchorings(_atom(metal), slab, rotations=ROTATIONS[:1], surface_atoms=surface_atoms)


def surface_cations(slab: Atoms, *, depth: float = DEPTH) -> tuple[int, ...]:
    """One metal atom of each symmetry class near the surface, the highest first.

    Parameters
    ----------
    slab : ase.Atoms
        An oxide's or another compound's.
    depth : float
        Greatest height below the highest atom [Angstrom].

    Raises
    ------
    InputError
        If there is no metal there.
    """
    heights = frame(slab).heights
    near = np.flatnonzero(heights > heights.max() - depth).tolist()
    cations = [i for i in near if Element(slab.symbols[i]).is_metal]
    if not cations:
        what = f"there is no metal within {depth} Angstrom of the top of {slab.symbols}."
        raise InputError(what, where="cations", remedy="give a greater depth.")
    return _one_of_each(slab, cations, heights)


def surface_oxygens(slab: Atoms, *, depth: float = DEPTH) -> tuple[int, ...]:
    """One oxygen of each symmetry class near the surface with a metal atom bonded to it, the highest first.

    Parameters
    ----------
    slab, depth
        As in `surface_cations`.

    Raises
    ------
    InputError
        If there is no such oxygen.
    """
    heights = frame(slab).heights
    near = np.flatnonzero((heights > heights.max() - depth) & (slab.symbols == "O")).tolist()
    oxygens = [i for i in near if _metals_around(slab, i)]
    if not oxygens:
        what = f"there is no oxygen on a metal atom within {depth} Angstrom of the top of {slab.symbols}."
        raise InputError(what, where="vacancy", remedy="take an oxide; of other compounds take the cation alone.")
    return _one_of_each(slab, oxygens, heights)


def in_cation_site(metal: str, slab: Atoms, cation: int) -> Atoms:
    """A slab with a metal in the place of one of its cations, unrelaxed.

    Parameters
    ----------
    metal : str
        Any d-block metal but the cation's own.
    slab : ase.Atoms
        With its record.
    cation : int
        One of its metal atoms, as from `surface_cations`.

    Returns
    -------
    ase.Atoms
        The metal alone is active.

    Raises
    ------
    InputError
        If the metal is no d-block metal or the host's own, the index is no metal atom, or the new one comes closer to
        the oxide than 0.8 sums of covalent radii.
    """
    require_d_block(metal, where="cation site")
    _refuse_cation(metal, slab, cation)
    record = record_of(slab)
    host = str(slab.symbols[cation])
    doped = slab.copy()
    doped.symbols[cation] = metal
    refuse_crowding(doped, [cation], where="cation site", remedy="take a smaller metal or another place.")
    return recorded(
        doped,
        what=f"{metal} for {host} in {record.what}",
        parameters={"slab": record.what, "of": dict(record.parameters), "substituted": {str(cation): metal}},
        active_atoms=[cation],
        source=record.source,
        notes=changed_notes(
            slab,
            slab.positions[cation],
            f"{metal} keeps the place of {host}, unrelaxed; where its charge is another, nothing here balances it.",
        ),
    )


def beside_vacancy(metal: str, slab: Atoms, oxygen: int, *, cation: int | None = None) -> Atoms:
    """A metal in the place of a cation that has lost one of its oxygens, unrelaxed.

    Parameters
    ----------
    metal, slab
        As in `in_cation_site`.
    oxygen : int
        The oxygen that goes.
    cation : int or None
        The metal atom replaced, bonded to that oxygen; None takes the highest such.

    Returns
    -------
    ase.Atoms
        Active atoms: the metal and the other metal atoms beside the vacancy, whose place stands in
        `parameters["vacancy_positions"]`.

    Raises
    ------
    InputError
        As in `in_cation_site` and `remove_oxygen`, or if the cation is not bonded to the oxygen.
    """
    reduced = remove_oxygen(slab, [oxygen])
    around = _metals_beside(slab, oxygen)
    if cation is None:
        cation = min(around, key=lambda i: (-round(float(slab.positions[i, 2]), 3), i))
    if cation not in around:
        remedy = f"take one of {around}."
        raise InputError(f"atom {cation} is not bonded to oxygen {oxygen}.", where="vacancy", remedy=remedy)
    doped = in_cation_site(metal, reduced, cation - (cation > oxygen))
    return _with_vacancy(doped, slab, oxygen, [i - (i > oxygen) for i in around])


def in_vacancy(metal: str, slab: Atoms, oxygen: int, *, contact: float = 1.0) -> Atoms:
    """A metal over the place of an oxygen that is gone, unrelaxed.

    It stands on the normal of the surface through that place, where its nearest atom is at the contact distance, and
    nowhere below it.

    Parameters
    ----------
    metal, slab, contact
        As in `adatom`.
    oxygen : int
        The oxygen that goes, one of the surface.

    Returns
    -------
    ase.Atoms
        Active atoms: the metal, last, and the metal atoms beside the vacancy.

    Raises
    ------
    InputError
        As in `adatom` and `remove_oxygen`, or if no metal atom is bonded to the oxygen.
    """
    reduced = remove_oxygen(slab, [oxygen])
    around = [i - (i > oxygen) for i in _metals_beside(slab, oxygen)]
    up = frame(slab).up
    steps = np.array([reduced.positions[i] - slab.positions[oxygen] for i in around])
    fractions = np.linalg.solve(slab.cell[:].T, steps.T).T
    places = slab.positions[oxygen] + (fractions - np.rint(fractions)) @ slab.cell[:]
    tangent = np.linalg.svd(up[None])[2][1]
    site = AdsorptionSite("hollow", "oxygen vacancy", slab.positions[oxygen].copy(), up, tangent, tuple(around), places)
    whole = adatom(metal, reduced, site, contact=contact)
    return _with_vacancy(whole, slab, oxygen, [*around, len(whole) - 1])


def _atom(metal: str) -> Atoms:
    """One metal atom with its record."""
    require_d_block(metal, where="adatom")
    return recorded(
        Atoms(metal), what=f"{metal} atom", parameters={"metals": [metal]}, active_atoms=[0], source=_SOURCE
    )


def _one_of_each(slab: Atoms, atoms: list[int], heights: FloatArray) -> tuple[int, ...]:
    """The first atom of each symmetry class, the highest first."""
    ordered = sorted(atoms, key=lambda i: (-round(float(heights[i]), 3), i))
    labels = orbits(slab.positions[ordered], slab)
    return tuple(ordered[k] for k in sorted(np.unique(labels, return_index=True)[1].tolist()))


def _metals_around(slab: Atoms, oxygen: int) -> list[int]:
    """Metal atoms bonded to an oxygen."""
    reach = BOND_STRETCH * covalent_radii[slab.numbers]
    first, second = neighbor_list("ij", slab, reach)
    near = np.unique(second[first == oxygen]).tolist()
    return [i for i in near if Element(slab.symbols[i]).is_metal]


def _metals_beside(slab: Atoms, oxygen: int) -> list[int]:
    """The same, refused where there are none."""
    metals = _metals_around(slab, oxygen)
    if not metals:
        what = f"no metal is bonded to oxygen {oxygen}."
        raise InputError(what, where="vacancy", remedy="take an oxygen of the oxide.")
    return metals


def _with_vacancy(atoms: Atoms, slab: Atoms, oxygen: int, active: Sequence[int]) -> Atoms:
    """The atoms with the vacancy's place and active atoms in their record."""
    record = record_of(atoms)
    place = [round(float(x), 6) for x in slab.positions[oxygen]]
    return recorded(
        atoms,
        what=record.what,
        parameters={**record.parameters, "vacancy_positions": [place]},
        active_atoms=sorted({*record.active_atoms, *active}),
        source=record.source,
        notes=record.notes,
    )


def _refuse_cation(metal: str, slab: Atoms, cation: int) -> None:
    if not 0 <= cation < len(slab) or not Element(slab.symbols[cation]).is_metal:
        remedy = "take one that surface_cations gives."
        raise InputError(f"atom {cation} is no metal atom of {slab.symbols}.", where="cation site", remedy=remedy)
    if slab.symbols[cation] == metal:
        remedy = "name another metal."
        raise InputError(f"{metal} for {metal} changes nothing.", where="cation site", remedy=remedy)
