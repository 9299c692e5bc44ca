"""Ideal gases from a calculation: Sackur-Tetrode, rigid rotor, harmonic oscillators and spin, at p0 = 1 bar.

Valid where rotations are classical (above about 100 K for H2, far lower for the others) and modes harmonic.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np

from nrrsim.errors import InputError
from nrrsim.thermo.modes import Vibrations, vibrational_enthalpy, vibrational_entropy, vibrations, zero_point_energy
from nrrsim.thermo.protocol import FloatArray
from nrrsim.units import ANGSTROM, ATOMIC_MASS, BAR, EV, H_PLANCK, INVERSE_CM, K_B, STANDARD_PRESSURE

Geometry: TypeAlias = Literal["monatomic", "linear", "nonlinear"]

_EV_SECOND2 = ATOMIC_MASS * ANGSTROM**2 / EV  # one u Angstrom^2 in eV s^2
_LINEAR_RATIO = 1e-6  # smallest over largest moment, below which a molecule is linear


@dataclass(frozen=True, eq=False)
class IdealGas:
    """A molecule with rigid rotation and harmonic modes at p0 = 1 bar.

    Parameters
    ----------
    name : str
        The gas, for notes and errors.
    energy : float
        Electronic formation energy [eV].
    mode_energies : sequence of float
        Internal modes [eV], shape (v,): 3N - 5 linear, 3N - 6 nonlinear, none monatomic.
    mass : float
        Molecular mass [u].
    moments : tuple of float
        Principal moments of inertia [u Angstrom^2]: none for an atom, one for a linear molecule, else three.
    symmetry_number : int
        Rotational symmetry number.
    spin : float
        Total electronic spin; the ground state counts 2S + 1 times.
    degeneracy : sequence of float, optional
        How often each mode counts, shape (v,).
    """

    name: str
    energy: float
    mode_energies: Sequence[float] | FloatArray
    mass: float
    moments: tuple[float, ...]
    symmetry_number: int
    spin: float = 0.0
    degeneracy: Sequence[float] | FloatArray | None = None
    vibrations: Vibrations = field(init=False, repr=False)

    def __post_init__(self) -> None:
        _check(self)
        object.__setattr__(self, "vibrations", vibrations(self.mode_energies, self.degeneracy, name=self.name))

    @property
    def geometry(self) -> Geometry:
        """What the number of moments says."""
        shapes: dict[int, Geometry] = {0: "monatomic", 1: "linear", 3: "nonlinear"}
        return shapes[len(self.moments)]

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """H [eV], shape (c,): E + ZPE + vibrations + (5/2 + rotations/2) kT."""
        rotations = {"monatomic": 0, "linear": 2, "nonlinear": 3}[self.geometry]
        classical = K_B * np.asarray(T, dtype=float) * (5 + rotations) / 2
        return self.energy + zero_point_energy(self.vibrations) + vibrational_enthalpy(self.vibrations, T) + classical

    def entropy(self, T: FloatArray) -> FloatArray:
        """S [eV/K] at 1 bar, shape (c,)."""
        T = np.asarray(T, dtype=float)
        rotation = rotational_entropy(self.moments, self.symmetry_number, T)
        spin = K_B * math.log(2 * self.spin + 1)
        return translational_entropy(self.mass, T) + rotation + vibrational_entropy(self.vibrations, T) + spin

    def gibbs(self, T: FloatArray) -> FloatArray:
        """G = H - T S [eV], shape (c,)."""
        return self.enthalpy(T) - np.asarray(T, dtype=float) * self.entropy(T)

    @property
    def notes(self) -> tuple[str, ...]:
        """The approximation."""
        return (f"{self.name}: ideal gas with rigid rotation ({self.geometry}) and harmonic modes, not experiment.",)


def _check(gas: IdealGas) -> None:
    if len(gas.moments) not in (0, 1, 3):
        raise InputError(
            f"found {len(gas.moments)} moments of inertia.",
            where=gas.name,
            remedy="give none for an atom, one for a linear molecule, three otherwise.",
        )
    if not (gas.mass > 0 and all(moment > 0 for moment in gas.moments)):
        raise InputError("a mass or moment of inertia is not positive.", where=gas.name, remedy="give u.")
    if gas.symmetry_number < 1:
        raise InputError(
            f"the symmetry number is {gas.symmetry_number}.", where=gas.name, remedy="it is 2 for N2, 3 for NH3."
        )
    if gas.spin < 0 or not float(2 * gas.spin).is_integer():
        raise InputError(f"the spin is {gas.spin}.", where=gas.name, remedy="give half the unpaired electrons.")
    if not gas.moments and len(gas.mode_energies):
        raise InputError("an atom has vibrational modes.", where=gas.name, remedy="give moments or no modes.")


def translational_entropy(mass: float, T: FloatArray) -> FloatArray:
    """Sackur-Tetrode entropy [eV/K] of mass [u] at 1 bar, shape (c,)."""
    kT = K_B * np.asarray(T, dtype=float) * EV  # [J]
    wavelength2 = (H_PLANCK * EV) ** 2 / (2 * math.pi * mass * ATOMIC_MASS * kT)  # [m2]
    volume = kT / (STANDARD_PRESSURE * BAR)  # [m3]
    return np.asarray(K_B * (np.log(volume / wavelength2**1.5) + 2.5), dtype=float)


def rotational_entropy(moments: tuple[float, ...], symmetry_number: int, T: FloatArray) -> FloatArray:
    """Rigid-rotor entropy [eV/K] for principal moments [u Angstrom^2] (none, one or three), shape (c,)."""
    T = np.asarray(T, dtype=float)
    if not moments:
        return np.zeros_like(T)
    ratios = [8 * math.pi**2 * moment * _EV_SECOND2 * K_B * T / H_PLANCK**2 for moment in moments]
    if len(moments) == 1:
        return np.asarray(K_B * (np.log(ratios[0] / symmetry_number) + 1), dtype=float)
    partition = math.sqrt(math.pi) * np.sqrt(ratios[0] * ratios[1] * ratios[2]) / symmetry_number
    return np.asarray(K_B * (np.log(partition) + 1.5), dtype=float)


def principal_moments(
    masses: Sequence[float] | FloatArray, positions: Sequence[Sequence[float]] | FloatArray
) -> FloatArray:
    """Principal moments of inertia [u Angstrom^2], ascending, shape (3,).

    Parameters
    ----------
    masses : sequence of float
        Atomic masses [u], shape (n,).
    positions : array
        Cartesian positions [Angstrom], shape (n, 3).
    """
    m, r = np.asarray(masses, dtype=float), np.asarray(positions, dtype=float).reshape(-1, 3)
    r = r - m @ r / m.sum()
    tensor = np.einsum("n,nk,nk->", m, r, r) * np.eye(3) - np.einsum("n,ni,nj->ij", m, r, r)
    return np.asarray(np.linalg.eigvalsh(tensor), dtype=float)


def moments_from_rotational_constants(constants: Sequence[float]) -> tuple[float, ...]:
    """Moments [u Angstrom^2] from rotational constants h/(8 pi^2 c I) [1/cm]."""
    return tuple(H_PLANCK**2 / (8 * math.pi**2 * B * INVERSE_CM) / _EV_SECOND2 for B in constants)


def ideal_gas_from_structure(
    name: str,
    energy: float,
    mode_energies: Sequence[float] | FloatArray,
    *,
    masses: Sequence[float] | FloatArray,
    positions: Sequence[Sequence[float]] | FloatArray,
    symmetry_number: int,
    spin: float = 0.0,
    degeneracy: Sequence[float] | FloatArray | None = None,
) -> IdealGas:
    """An `IdealGas` whose shape, moments and number of modes follow from its atoms.

    Parameters
    ----------
    name, energy, mode_energies, symmetry_number, spin, degeneracy
        As in `IdealGas`.
    masses : sequence of float
        Atomic masses [u], shape (n,).
    positions : array
        Positions [Angstrom], shape (n, 3).

    Raises
    ------
    InputError
        If the number of modes is not 3N - 5 (linear), 3N - 6 (nonlinear) or 0 (an atom).
    """
    all_moments = principal_moments(masses, positions)
    moments = _shape(all_moments, len(masses))
    found = float(len(mode_energies) if degeneracy is None else np.sum(degeneracy))
    right = {0: 0, 1: 3 * len(masses) - 5, 3: 3 * len(masses) - 6}[len(moments)]
    if abs(found - right) > 1e-6:
        raise InputError(
            f"found {found:g} modes for {len(masses)} atoms.",
            where=name,
            remedy=f"this molecule has {right} internal modes; leave out translations and rotations.",
        )
    mass = float(np.sum(masses))
    return IdealGas(name, energy, mode_energies, mass, moments, symmetry_number, spin, degeneracy)


def _shape(moments: FloatArray, n_atoms: int) -> tuple[float, ...]:
    """The moments that count: none for an atom, the larger one twice degenerate for a linear molecule."""
    if n_atoms == 1:
        return ()
    if moments[0] < _LINEAR_RATIO * moments[2]:
        return (float(moments[2]),)
    return tuple(float(moment) for moment in moments)
