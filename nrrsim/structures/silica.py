"""Metal hydrides grafted on silica, as molecules: (HO)3Si-O-MHn and the cage H7Si8O12-O-MHn.

The cage is the silsesquioxane of eight silicon atoms on a cube. With equal Si-O bonds and ideal tetrahedra its shape
has no freedom left: oxygen stands a fifth of the half edge outside each edge's middle, and Si-O-Si is 148 degrees.
"""

from __future__ import annotations

from itertools import product
from math import sqrt
from typing import Any, Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.build import molecule
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from nrrsim.errors import InputError, nearest
from nrrsim.structures.clusters import require_d_block
from nrrsim.structures.record import recorded
from nrrsim.structures.single_atoms import fragment

FloatArray: TypeAlias = NDArray[np.float64]
Support: TypeAlias = Literal["silanol", "cage"]

SUPPORTS = ("silanol", "cage")
MOST_HYDROGENS = 5
G2 = "O-H of H2O and Si-H of SiH4 in the G2 set of ase.collections"

_TETRAHEDRAL = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]]) / sqrt(3)
_OUTSIDE = 1.2  # an oxygen's distance from the axis along its edge, in half edges: ideal tetrahedra ask for 6/5


def grafted_hydride(
    metal: str = "Mo", hydrogens: int = 3, *, support: Support = "silanol", vacuum: float = 8.0
) -> Atoms:
    """A metal hydride on one oxygen of silica, unrelaxed.

    All angles are tetrahedral, that at the oxygen between Si and the metal too. M-O and M-H are sums of covalent radii;
    Si-O is the mean of a silica, O-H and Si-H are those of molecules.

    Parameters
    ----------
    metal : str
        Any d-block metal.
    hydrogens : int
        Hydrides on it, 0 to 5; up to three fill a tetrahedron with the oxygen, four and five a pyramid of as many.
    support : "silanol" or "cage"
        (HO)3Si-O, or the cage with one of its eight H replaced.
    vacuum : float
        Free space on each side [Angstrom].

    Returns
    -------
    ase.Atoms
        In a non-periodic box; the grafting oxygen, the metal and its hydrides stand last, metal and hydrides active.

    Raises
    ------
    InputError
        If the metal is no d-block metal, or the hydrogens, the support or the vacuum cannot be.

    Examples
    --------
    >>> str(grafted_hydride("Mo", 3).symbols.formula.convert("hill"))
    'H6MoO4Si'
    """
    require_d_block(metal, where="silica")
    _refuse(hydrogens, support, vacuum)
    base, silicon, outward, lengths = _silanol() if support == "silanol" else _cage()
    graft = _graft(metal, hydrogens, silicon, outward, lengths["Si-O"])
    whole = base + graft
    whole.center(vacuum=vacuum)
    first = len(base) + 1
    name = "(HO)3Si-O" if support == "silanol" else "H7Si8O12-O"
    return recorded(
        whole,
        what=f"{name}-{metal}H{hydrogens}",
        parameters={"metal": metal, "hydrogens": hydrogens, "support": support, "vacuum": float(vacuum)},
        active_atoms=range(first, len(whole)),
        source=f"Si-O: {fragment('silica')['source']}; {G2}; {metal}-O and {metal}-H: covalent radii of ase",
        notes=(
            "an idealised start, not relaxed: all angles tetrahedral, also Si-O-metal, which opens in silica.",
            "metal-O at the sum of covalent radii is longer than a bond to oxygen with pi character.",
        ),
    )


def molecular_length(species: str, first: int, second: int) -> float:
    """A bond length of a molecule of the G2 set [Angstrom]."""
    return float(molecule(species).get_distance(first, second))


def _lengths() -> dict[str, float]:
    """Bonds of the support [Angstrom]."""
    return {
        "Si-O": float(fragment("silica")["Si-O"]),
        "O-H": molecular_length("H2O", 0, 1),
        "Si-H": molecular_length("SiH4", 0, 1),
    }


def _silanol() -> tuple[Atoms, FloatArray, FloatArray, dict[str, float]]:
    """(HO)3Si with its open bond: atoms, silicon's place, direction of that bond, lengths."""
    lengths = _lengths()
    outward = _TETRAHEDRAL[0]
    positions, symbols = [np.zeros(3)], ["Si"]
    for direction in _TETRAHEDRAL[1:]:
        oxygen = lengths["Si-O"] * direction
        hydrogen = _bent(-direction, away_from=outward)
        positions += [oxygen, oxygen + lengths["O-H"] * hydrogen]
        symbols += ["O", "H"]
    return Atoms(symbols, positions=positions), np.zeros(3), outward, lengths


def _cage() -> tuple[Atoms, FloatArray, FloatArray, dict[str, float]]:
    """H7Si8O12 with one open bond at its corner (1, 1, 1); as `_silanol`."""
    lengths = _lengths()
    half = lengths["Si-O"] / sqrt(1 + 2 * (_OUTSIDE - 1) ** 2)
    corners = half * np.array(list(product((1, -1), repeat=3)), dtype=float)
    edges = np.array([np.roll((0, i, j), turn) for turn in range(3) for i, j in product((1, -1), repeat=2)])
    outward = _TETRAHEDRAL[0]
    closed = [corner for corner in corners if corner.min() < 0]
    caps = [corner + lengths["Si-H"] * corner / np.linalg.norm(corner) for corner in closed]
    positions = np.vstack([corners, _OUTSIDE * half * edges, caps])
    return Atoms("Si8O12H7", positions=positions), corners[0], outward, lengths


def _graft(metal: str, hydrogens: int, silicon: FloatArray, outward: FloatArray, length: float) -> Atoms:
    """O-MHn on a silicon atom along its open bond."""
    radius = float(covalent_radii[atomic_numbers[metal]])
    oxygen = silicon + length * outward
    bond = _bent(-outward, away_from=None)
    centre = oxygen + (radius + float(covalent_radii[8])) * bond
    positions = [oxygen, centre]
    positions += [centre + (radius + float(covalent_radii[1])) * one for one in _hydrides(-bond, outward, hydrogens)]
    return Atoms(["O", metal, *["H"] * hydrogens], positions=positions)


def _bent(back: FloatArray, *, away_from: FloatArray | None) -> FloatArray:
    """Unit vector at the tetrahedral angle to the bond back, away from another direction or across it."""
    across = np.array([1.0, -1.0, 0.0]) if away_from is None else -away_from
    across = across - (across @ back) * back
    across = across / np.linalg.norm(across)
    return np.asarray(-back / 3 + sqrt(8) / 3 * across)


def _hydrides(back: FloatArray, reference: FloatArray, count: int) -> list[FloatArray]:
    """Directions of hydrides around a metal, staggered to the bonds behind, at the tetrahedral angle to its oxygen."""
    if not count:
        return []
    across = reference - (reference @ back) * back
    across = across / np.linalg.norm(across)
    third = np.cross(back, across)
    turns = 2 * np.pi * np.arange(max(count, 3))[:count] / max(count, 3)
    return [np.asarray(-back / 3 + sqrt(8) / 3 * (np.cos(t) * across + np.sin(t) * third)) for t in turns]


def _refuse(hydrogens: Any, support: str, vacuum: float) -> None:
    if int(hydrogens) != hydrogens or not 0 <= hydrogens <= MOST_HYDROGENS:
        remedy = f"give a whole number from 0 to {MOST_HYDROGENS}."
        raise InputError(f"{hydrogens} hydrides were asked for.", where="silica", remedy=remedy)
    if support not in SUPPORTS:
        remedy = nearest(support, SUPPORTS)
        raise InputError(f"the support '{support}' is not known.", where="silica", remedy=remedy)
    if not 0.0 < vacuum < np.inf:
        remedy = "give a positive length, such as 8."
        raise InputError(f"a vacuum of {vacuum} Angstrom was asked for.", where="silica", remedy=remedy)
