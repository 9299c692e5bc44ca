"""Harmonic vibrations of chosen atoms by central differences of forces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product
from math import sqrt, tau
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from nrrsim.dft.bench import Bench, Point
from nrrsim.errors import InputError
from nrrsim.units import ANGSTROM, ATOMIC_MASS, EV, H_PLANCK, INVERSE_CM

FloatArray: TypeAlias = NDArray[np.float64]

DISPLACEMENT = 0.01  # of an atom, to both sides [Angstrom]
SOFT = 50 * INVERSE_CM  # an imaginary mode weaker than this is within the noise of finite differences [eV]
WEAKEST = 10 * INVERSE_CM  # imaginary mode that proves a saddle, as heavy atoms have, where no other comes near it [eV]
STATE = 0.03  # by which a displaced structure may lie above or below the one at rest [eV]
DOWNHILL = 0.2  # of the criterion of a relaxation beside an imaginary mode: slopes are small there
_FLAT = 1.0  # least curvature of a descent: what is flatter than this is not followed by longer steps [eV/Angstrom^2]
PUSH = 0.1  # of the atom that an imaginary mode moves most, when it is followed [Angstrom]
_ENERGY = H_PLANCK / tau * sqrt(EV / ATOMIC_MASS) / ANGSTROM  # h nu of a curvature of 1 eV/Angstrom^2/u [eV]


@dataclass(frozen=True, eq=False)
class Modes:
    """Normal modes.

    Parameters
    ----------
    indices : tuple of int
        The atoms that were displaced.
    energies : array
        h nu, ascending, imaginary ones negative [eV], shape (3 k,).
    vectors : array
        Cartesian displacements of each mode, of unit length, shape (3 k, k, 3).
    hessian : array
        Symmetrised [eV/Angstrom^2], shape (3 k, 3 k).
    asymmetry : float
        Largest difference of two elements that should be equal [eV/Angstrom^2]: the noise of the forces.
    unsteady : str
        Why the differences are not those of one electronic state, empty where they are.
    """

    indices: tuple[int, ...]
    energies: FloatArray
    vectors: FloatArray
    hessian: FloatArray
    asymmetry: float
    unsteady: str = ""

    @property
    def imaginary(self) -> tuple[int, ...]:
        """Modes that are imaginary beyond noise, the strongest first."""
        return tuple(int(v) for v in np.flatnonzero(self.energies < -SOFT))

    def curvature(self, guess: FloatArray) -> FloatArray:
        """A Hessian of the whole structure to descend with, upwards in every direction.

        As found for the atoms that were displaced, as guessed for the others [eV/Angstrom^2], shape (3 n, 3 n).
        """
        whole = guess.copy()
        moved = (3 * np.array(self.indices)[:, None] + np.arange(3)).ravel()
        curvatures, directions = np.linalg.eigh(self.hessian)
        whole[moved] = whole[:, moved] = 0.0
        whole[np.ix_(moved, moved)] = (directions * np.maximum(np.abs(curvatures), _FLAT)) @ directions.T
        return whole

    @property
    def details(self) -> dict[str, Any]:
        """Of a record, JSON values."""
        named = [
            {"energy": float(self.energies[v]), "wavenumber": f"{-self.energies[v] / INVERSE_CM:.1f}i", "mode": v_list}
            for v in np.flatnonzero(self.energies < 0)
            for v_list in [np.round(self.vectors[v], 4).tolist()]
        ]
        return {"indices": list(self.indices), "imaginary": named, "asymmetry": round(self.asymmetry, 5)}


def vibrations(
    atoms: Atoms,
    bench: Bench,
    indices: Sequence[int],
    *,
    displacement: float = DISPLACEMENT,
    moment: int | None = None,
) -> Modes:
    """Modes of some atoms, the others at rest.

    H_ab = -(F_b(+d_a) - F_b(-d_a)) / 2 d, symmetrised and mass-weighted; h nu = hbar sqrt(eigenvalue).

    Parameters
    ----------
    atoms : ase.Atoms
        A minimum or a saddle; fixed atoms may be displaced, too.
    bench : Bench
    indices : sequence of int
        The k atoms that vibrate.
    displacement : float
        [Angstrom].
    moment : int or None
        Total moment to hold fixed [Bohr magnetons].

    Raises
    ------
    InputError
        If the indices are none of the structure's, or the displacement is not positive.
    EngineError
        If the engine fails at a displacement.
    """
    chosen = checked_indices(atoms, indices)
    if not displacement > 0:
        raise InputError(f"the displacement is {displacement!r}.", where="vibrations", remedy="give a length, as 0.01.")
    rest, rows, off = bench.compute(atoms, moment=moment).free_energy, [], 0.0
    for atom, axis in product(chosen, range(3)):
        ahead, behind = (_displaced(atoms, bench, atom, axis, s * displacement, moment) for s in (1, -1))
        rows.append(-(ahead.forces - behind.forces)[list(chosen)].ravel() / (2 * displacement))
        off = max(off, *(abs(point.free_energy - rest) for point in (ahead, behind)))
    raw = np.array(rows)
    found = modes(atoms, chosen, (raw + raw.T) / 2, asymmetry=float(np.abs(raw - raw.T).max()))
    if off <= STATE * max(1.0, (displacement / DISPLACEMENT) ** 2):
        return found
    said = f"another electronic state: the energy changes by {1e3 * off:.0f} meV where an atom moves {displacement} A."
    return replace(found, unsteady=said)


def modes(atoms: Atoms, indices: Sequence[int], hessian: FloatArray, *, asymmetry: float = 0.0) -> Modes:
    """Normal modes of a Hessian over some atoms [eV/Angstrom^2], shape (3 k, 3 k)."""
    root = np.repeat(np.sqrt(atoms.get_masses()[list(indices)]), 3)
    curvatures, columns = np.linalg.eigh(hessian / np.outer(root, root))
    energies = np.sign(curvatures) * np.sqrt(np.abs(curvatures)) * _ENERGY
    vectors = columns.T / root
    vectors /= np.linalg.norm(vectors, axis=1)[:, None]
    return Modes(tuple(indices), energies, vectors.reshape(len(root), -1, 3), hessian, asymmetry)


def noise(energies: Sequence[float] | FloatArray, meant: int) -> float:
    """Above the negative of which an energy among ascending ones is noise, where some are meant to be imaginary [eV].

    A saddle of heavy atoms may have a weak imaginary mode: what counts beside it is half of it then.
    """
    return max(WEAKEST, min(SOFT, -float(energies[0]) / 2)) if meant else SOFT


def pushed(atoms: Atoms, found: Modes, mode: int, *, by: float = PUSH) -> Atoms:
    """A copy displaced along a mode, the atom that moves most by a length [Angstrom]."""
    return pushed_along(atoms, found.indices, found.vectors[mode], by=by)


def pushed_along(atoms: Atoms, indices: Sequence[int], vector: FloatArray, *, by: float = PUSH) -> Atoms:
    """A copy with some atoms displaced along a vector, shape (k, 3), the one that moves most by a length [Angstrom]."""
    copy: Atoms = atoms.copy()
    copy.positions[list(indices)] += by * vector / np.linalg.norm(vector, axis=1).max()
    return copy


def checked_indices(atoms: Atoms, indices: Sequence[int]) -> tuple[int, ...]:
    """Distinct atoms of a structure, in order.

    Raises
    ------
    InputError
        If there is none, or one that the structure does not have.
    """
    chosen = tuple(sorted({int(i) for i in indices}))
    if not chosen or chosen[0] < 0 or chosen[-1] >= len(atoms):
        what = f"the atoms {list(indices)[:5]} are not all among the {len(atoms)} atoms of {atoms.symbols}."
        raise InputError(what, where="vibrations", remedy=f"give indices from 0 to {len(atoms) - 1}.")
    return chosen


def _displaced(atoms: Atoms, bench: Bench, atom: int, axis: int, by: float, moment: int | None) -> Point:
    moved = atoms.copy()
    moved.positions[atom, axis] += by
    return bench.compute(moved, moment=moment)
