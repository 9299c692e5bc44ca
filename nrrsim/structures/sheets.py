"""Free-standing hexagonal sheets with vacuum along z: graphitic carbon nitride and MXenes.

Tags count atomic planes from the top, 1 the outermost, as in slabs. The vacuum is the empty height between a sheet and
its own image, half of it on either side.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from nrrsim.errors import InputError, nearest
from nrrsim.structures.crystals import expanded_sites, sheet_entries
from nrrsim.structures.record import recorded
from nrrsim.structures.sites import AdsorptionSite
from nrrsim.structures.slabs import refuse_vacuum

FloatArray: TypeAlias = NDArray[np.float64]

_PLANE = 1e-3  # heights closer than this belong to one atomic plane [Angstrom]
_RIM = 1.1  # atoms within this many of the shortest distance from the middle of a pore make its rim
_STRAIN = 0.05  # of a sheet whose lattice was relaxed, at most
_APART = 10.0  # height of the cell beyond the atoms while the group is applied [Angstrom]


def sheet(name: str, *, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0) -> Atoms:
    """A shipped sheet, unrelaxed.

    Parameters
    ----------
    name : str
        One of `sheet_names()`, for example 'g-C3N4'.
    supercell : tuple of int
        Repeats of the hexagonal cell.
    vacuum : float
        Empty height between periodic images of the sheet [Angstrom].

    Returns
    -------
    ase.Atoms
        x along the first lattice vector, the second 120 degrees from it; the active atoms are those of the highest
        plane, all of them where the sheet is planar.

    Raises
    ------
    InputError
        If the sheet does not exist, or the supercell or the vacuum cannot be.

    Examples
    --------
    >>> str(sheet("g-C3N4", supercell=(1, 1)).symbols.formula.convert("hill"))
    'C6N8'
    """
    entry = sheet_entry(name)
    _refuse(supercell, vacuum)
    layer = _layer(entry)
    layer.cell[2, 2] = np.ptp(layer.positions[:, 2]) + vacuum
    layer.center(axis=2)
    whole: Atoms = layer.repeat((*supercell, 1))
    return recorded(
        whole,
        what=f"{name} sheet",
        parameters={"name": name, "supercell": list(supercell), "vacuum": float(vacuum)},
        active_atoms=np.flatnonzero(whole.get_tags() == 1).tolist(),
        source=entry["source"],
        notes=(entry["title"], *entry["caveats"]),
    )


def sheet_names() -> tuple[str, ...]:
    """Names of the shipped sheets."""
    return tuple(sheet_entries())


def sheet_entry(name: str) -> Mapping[str, Any]:
    """The data of a shipped sheet (title, layer_of, a [Angstrom], sites, source, caveats).

    Raises
    ------
    InputError
        With the nearest known names.
    """
    entries = sheet_entries()
    if name not in entries:
        raise InputError(f"no sheet is called '{name}'.", remedy=nearest(name, entries))
    return MappingProxyType(entries[name])


def pore_site(atoms: Atoms, *, name: str = "g-C3N4") -> AdsorptionSite:
    """The pore nearest the middle of a sheet, as a site for single atoms and clusters.

    Parameters
    ----------
    atoms : ase.Atoms
        What `sheet` gave for this name, or the same with some of its atoms taken away or replaced.
    name : str
        The sheet, one with pores.

    Returns
    -------
    AdsorptionSite
        In the plane of the sheet; its neighbours are the atoms of the rim.

    Raises
    ------
    InputError
        If the sheet has no pores, or the atoms do not have its lattice.

    Examples
    --------
    >>> len(pore_site(sheet("g-C3N4")).neighbours)
    6
    """
    centre = _pore_centre(atoms, sheet_entry(name), name)
    steps = atoms.positions - centre
    steps -= np.rint(np.linalg.solve(atoms.cell.T, steps.T).T * [1, 1, 0]) @ atoms.cell[:]
    distances = np.hypot(steps[:, 0], steps[:, 1])
    rim = np.flatnonzero(distances < _RIM * distances.min())
    centre[2] = atoms.positions[rim, 2].mean()
    tangent = steps[rim[0]] * [1.0, 1.0, 0.0]
    return AdsorptionSite(
        kind="hollow",
        name="pore",
        position=centre,
        normal=np.array([0.0, 0.0, 1.0]),
        tangent=tangent / np.linalg.norm(tangent),
        neighbours=tuple(rim.tolist()),
        neighbour_positions=np.column_stack([centre[:2] + steps[rim, :2], atoms.positions[rim, 2]]),
        multiplicity=int(np.prod(_repeats(atoms, float(sheet_entry(name)["a"])))),
    )


def _pore_centre(atoms: Atoms, entry: Mapping[str, Any], name: str) -> FloatArray:
    """The middle of a pore near that of the cell, its height left at zero [Angstrom], shape (3,)."""
    with_pores = [other for other in sheet_names() if "pore" in sheet_entry(other)]
    if name not in with_pores:
        remedy = f"take one of {', '.join(with_pores)}."
        raise InputError(f"the sheet {name} has no pores.", where="pore", remedy=remedy)
    repeats = _repeats(atoms, float(entry["a"]))
    lengths = atoms.cell.lengths()[:2]
    if min(repeats) < 1 or np.abs(lengths / (repeats * float(entry["a"])) - 1).max() > _STRAIN:
        what = f"a cell of {lengths[0]:.2f} by {lengths[1]:.2f} Angstrom is none of {name}."
        raise InputError(what, where="pore", remedy="give a sheet of whole cells.")
    fractions = (np.array(entry["pore"]) + (repeats - 1) // 2) / repeats
    return np.asarray(fractions @ atoms.cell[:2])


def _repeats(atoms: Atoms, a: float) -> NDArray[np.int_]:
    return np.asarray(np.rint(atoms.cell.lengths()[:2] / a), dtype=int)


def _layer(entry: Mapping[str, Any]) -> Atoms:
    """One cell of the sheet about z = 0, tagged by planes."""
    height = _APART + 2 * max(abs(float(site[3])) for site in entry["sites"])
    sites = [[site[0], float(site[1]), float(site[2]), float(site[3]) / height] for site in entry["sites"]]
    a = float(entry["a"])
    atoms = expanded_sites(sites, entry["layer_of"], (a, a, height, 90.0, 90.0, 120.0))
    z = atoms.positions[:, 2]
    atoms.positions[:, 2] = z - height * np.rint(z / height)
    planes = np.unique(np.rint(atoms.positions[:, 2] / _PLANE))
    atoms.set_tags(len(planes) - np.searchsorted(planes, np.rint(atoms.positions[:, 2] / _PLANE)))
    return atoms


def _refuse(supercell: tuple[int, int], vacuum: float) -> None:
    if len(supercell) != 2 or any(repeat < 1 or int(repeat) != repeat for repeat in supercell):
        remedy = "give two whole numbers from 1."
        raise InputError(f"a supercell of {supercell} was asked for.", where="sheet", remedy=remedy)
    refuse_vacuum(vacuum)
