"""The adsorbates of N2 -> NH3 as atoms ready to be placed: binding atoms at the origin, the rest above them.

Geometries are data (`nrrsim/data/adsorbates.yaml`). The orientation follows from one rule: the bonds of the binding
atoms point up, away from the surface, and the line through two binding atoms lies along x.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.data import covalent_radii
from numpy.typing import NDArray

from nrrsim.errors import InputError, nearest
from nrrsim.yaml import parse, plain

FloatArray: TypeAlias = NDArray[np.float64]

_DATA = "adsorbates.yaml"
_BONDED = 1.25  # longest bond inside an adsorbate, in sums of covalent radii
_SMALL = 1e-3  # a direction shorter than this is none


@dataclass(frozen=True, eq=False)
class Adsorbate:
    """A species ready to be placed.

    Parameters
    ----------
    name : str
        Its label without the star, as "NNH2".
    form : str
        How it binds, as "end-on", "side-on" or "cis".
    atoms : ase.Atoms
        Its atoms [Angstrom]: the mean of the binding atoms at the origin, up along z, two binding atoms along x.
    binding : tuple of int
        The atoms that touch the surface.
    source : str
        Where the geometry comes from.
    """

    name: str
    form: str
    atoms: Atoms
    binding: tuple[int, ...]
    source: str

    @property
    def up(self) -> FloatArray:
        """The direction that is laid along the normal of the site, shape (3,)."""
        return np.array([0.0, 0.0, 1.0])


def known_adsorbates() -> dict[str, tuple[str, ...]]:
    """The names of all adsorbates, each with its forms, the default first.

    Examples
    --------
    >>> known_adsorbates()["N2"]
    ('end-on', 'side-on')
    """
    return {name: tuple(forms) for name, forms in _data()["adsorbates"].items()}


def adsorbate(name: str, *, form: str | None = None) -> Adsorbate:
    """An adsorbate in one of its forms.

    Parameters
    ----------
    name : str
        The label of the species; a trailing star is allowed.
    form : str or None
        One of `known_adsorbates()[name]`; None takes the first.

    Raises
    ------
    InputError
        If the name or the form is unknown.

    Examples
    --------
    >>> adsorbate("NNH").binding, adsorbate("N2", form="side-on").binding
    ((0,), (0, 1))
    """
    data = _data()
    name = name.removesuffix("*")
    if name not in data["adsorbates"]:
        remedy = nearest(name, data["adsorbates"])
        raise InputError(f"the adsorbate '{name}' is not known.", where="adsorbates", remedy=remedy)
    forms = data["adsorbates"][name]
    form = next(iter(forms)) if form is None else form
    if form not in forms:
        raise InputError(f"{name} has no form '{form}'.", where="adsorbates", remedy=nearest(form, forms))
    entry = forms[form]
    binding = tuple(entry["binding"])
    shipped: Any = molecule
    atoms = shipped(entry["molecule"]) if "molecule" in entry else from_internal(entry["atoms"])
    bare = Atoms(atoms.get_chemical_symbols(), positions=_oriented(atoms.positions, atoms.numbers, binding))
    return Adsorbate(name, form, bare, binding, data["sources"][entry["source"]])


def leaning(guest: Adsorbate, *, angle: float = 25.0) -> Adsorbate | None:
    """An adsorbate bound by one atom, leant along x over it, so that a hydrogen comes down to what lies there.

    Parameters
    ----------
    guest : Adsorbate
    angle : float
        Between the adsorbate as it is and as it leans [degree].

    Returns
    -------
    Adsorbate or None
        None for what is bound by two atoms or has no hydrogen but the one that binds.
    """
    free = [i for i, symbol in enumerate(guest.atoms.symbols) if symbol == "H" and i not in guest.binding]
    if len(guest.binding) != 1 or not free:
        return None
    atoms = guest.atoms.copy()
    atoms.rotate(angle, "y", center=atoms.positions[guest.binding[0]])
    return replace(guest, atoms=atoms, source=f"{guest.source}, leant by {angle:g} degrees")


def preferred_neighbours(name: str) -> int:
    """How many atoms an adsorbate is put on first, where several are to stand together."""
    return int(_data()["neighbours"].get(name, 1))


@functools.cache
def _data() -> Mapping[str, Any]:
    text = resources.files("nrrsim").joinpath("data", _DATA).read_text(encoding="utf-8")
    data: Any = plain(parse(text, _DATA))
    return dict(data)


def from_internal(rows: Sequence[Sequence[Any]]) -> Any:
    """Atoms from internal coordinates.

    Parameters
    ----------
    rows : sequence
        For each atom: element, then atom i and distance [Angstrom], atom j and angle to i-j [degree], atom k and
        dihedral to i-j-k [degree], as far as there are atoms before it.

    Returns
    -------
    ase.Atoms

    Examples
    --------
    >>> water = from_internal([["O"], ["H", 0, 0.96], ["H", 0, 0.96, 1, 104.5]])
    >>> round(float(water.get_angle(1, 0, 2)), 6)
    104.5
    """
    positions: list[FloatArray] = []
    for row in rows:
        positions.append(_next_position(positions, row))
    return Atoms([str(row[0]) for row in rows], positions=np.array(positions))


def _next_position(placed: list[FloatArray], row: Sequence[Any]) -> FloatArray:
    if len(row) == 1:
        return np.zeros(3)
    first = placed[row[1]]
    if len(row) == 3:
        return np.asarray(first + np.array([0.0, 0.0, row[2]]))
    towards = placed[row[3]] - first
    towards = towards / np.linalg.norm(towards)
    angle, dihedral = np.radians(row[4]), np.radians(row[6] if len(row) > 5 else 0.0)
    plane = placed[row[5]] - placed[row[3]] if len(row) > 5 else np.array([1.0, 0.0, 0.0])
    sideways = _rejected(plane, towards)
    sideways = sideways / np.linalg.norm(sideways)
    third = np.cross(towards, sideways)
    around = np.cos(dihedral) * sideways + np.sin(dihedral) * third
    return np.asarray(first + row[2] * (np.cos(angle) * towards + np.sin(angle) * around))


def _rejected(vector: FloatArray, axis: FloatArray) -> FloatArray:
    """The part of a vector at right angles to a unit vector."""
    return np.asarray(vector - (vector @ axis) * axis)


def _oriented(positions: FloatArray, numbers: NDArray[np.int_], binding: tuple[int, ...]) -> FloatArray:
    """Positions with the binding atoms around the origin, their bonds up and their line along x."""
    centred = positions - positions[list(binding)].mean(axis=0)
    along = _unit_or_zero(centred[binding[-1]] - centred[binding[0]])
    up = _unit_or_zero(_rejected(_bonds(centred, numbers, binding), along))
    if not up.any():  # bonds cancel: a flat molecule lies on the surface, a linear one has no preference
        up = _across(centred, along)
    spread = centred[np.argmax([np.linalg.norm(_rejected(r, up)) for r in centred])]
    x = along if along.any() else _unit_or_zero(_rejected(spread, up))
    if not x.any():
        x = _across(np.zeros((1, 3)), up)
    return np.asarray(centred @ np.array([x, np.cross(up, x), up]).T)


def _bonds(centred: FloatArray, numbers: NDArray[np.int_], binding: tuple[int, ...]) -> FloatArray:
    """The sum of unit vectors along the bonds from binding atoms to all others."""
    total = np.zeros(3)
    for atom in binding:
        for other in set(range(len(centred))) - set(binding):
            step = centred[other] - centred[atom]
            length = np.linalg.norm(step)
            if length < _BONDED * (covalent_radii[numbers[atom]] + covalent_radii[numbers[other]]):
                total += step / length
    return total


def _across(centred: FloatArray, along: FloatArray) -> FloatArray:
    """The normal of a molecule's plane, or for a linear one any direction across it."""
    for point in centred:
        normal = np.cross(along, point)
        if np.linalg.norm(normal) > 0.1:
            return _unit_or_zero(normal)
    if not along.any():
        return np.array([0.0, 0.0, 1.0])
    return _unit_or_zero(_rejected(np.eye(3)[int(np.argmin(np.abs(along)))], along))


def _unit_or_zero(vector: FloatArray) -> FloatArray:
    length = np.linalg.norm(vector)
    return np.asarray(vector / length if length > _SMALL else np.zeros(3))
