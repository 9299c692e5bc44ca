"""Adsorbates that slide and turn: hindered translators and rotors between the harmonic and the free limit.

One hindered degree of freedom in the potential W/2 (1 - cos) has the classical partition function of that potential
times the ratio of the quantum to the classical oscillator at its bottom [Hill1986]_, [Sprowl2016]_. With nu the
frequency at the bottom, r = W/(h nu) and z = W/(2 kT), one well gives

    ln q = 1/2 ln(pi W/kT) - z + ln I0(z) - ln(1 - exp(-h nu/kT))

above the ground energy h nu (1/2 - 1/(2 + 16 r)). Enthalpy and entropy are its exact temperature derivatives.

Two conventions differ from [Sprowl2016]_. The translators count one site's area, without the term in the
concentration of adsorbates: a kinetic model has that term in its coverages. The rotor counts all minima of a full
turn over its symmetry number, which is what makes the low barrier a free rotor; `orientations="one"` counts a single
minimum, as there and as a harmonic adsorbate does.

References
----------
.. [Hill1986] T. L. Hill, An Introduction to Statistical Thermodynamics, Dover (1986).
.. [Sprowl2016] L. H. Sprowl, C. T. Campbell, L. Arnadottir, J. Phys. Chem. C 120 (2016) 9719,
   doi 10.1021/acs.jpcc.5b11616.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

import numpy as np
from scipy.special import ive

from nrrsim.errors import InputError
from nrrsim.thermo.modes import (
    AS_IS,
    LowModePolicy,
    Vibrations,
    occupation,
    vibrational_enthalpy,
    vibrational_entropy,
    vibrations,
    zero_point_energy,
)
from nrrsim.thermo.protocol import FloatArray
from nrrsim.units import ANGSTROM, ATOMIC_MASS, EV, H_PLANCK, K_B

_EV_SECOND2 = ATOMIC_MASS * ANGSTROM**2 / EV  # one u Angstrom^2 in eV s^2


@dataclass(frozen=True)
class HinderedTranslator:
    """Two translations along the surface over a barrier.

    Parameters
    ----------
    barrier : float
        Diffusion barrier [eV].
    mass : float
        Mass of the adsorbate [u].
    site_area : float
        Area of one site [Angstrom^2].
    """

    barrier: float
    mass: float
    site_area: float

    def __post_init__(self) -> None:
        _check_positive(barrier=self.barrier, mass=self.mass, site_area=self.site_area)

    @property
    def quantum(self) -> float:
        """Energy h nu of one translation at the bottom [eV], nu = sqrt(W/(2 m A))."""
        return H_PLANCK * math.sqrt(self.barrier / (2 * self.mass * self.site_area * _EV_SECOND2))

    @property
    def ground_energy(self) -> float:
        """Energy of the lowest level [eV]."""
        return 2 * _ground(self.barrier, self.quantum)

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Thermal energy above the lowest level [eV], shape (c,)."""
        return 2 * _well_enthalpy(self.barrier, self.quantum, T)

    def entropy(self, T: FloatArray) -> FloatArray:
        """Entropy on one site [eV/K], shape (c,)."""
        return 2 * _well_entropy(self.barrier, self.quantum, T)


@dataclass(frozen=True)
class FreeTranslator:
    """A two-dimensional ideal gas with one molecule on the area of a site.

    Parameters
    ----------
    mass : float
        Mass of the adsorbate [u].
    site_area : float
        Area of one site [Angstrom^2].
    """

    mass: float
    site_area: float

    def __post_init__(self) -> None:
        _check_positive(mass=self.mass, site_area=self.site_area)

    @property
    def ground_energy(self) -> float:
        """Zero [eV]."""
        return 0.0

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Thermal energy kT [eV], shape (c,)."""
        return K_B * np.asarray(T, dtype=float)

    def entropy(self, T: FloatArray) -> FloatArray:
        """Entropy k (1 + ln(2 pi m kT A/h^2)) [eV/K], shape (c,)."""
        scale = 2 * math.pi * self.mass * self.site_area * _EV_SECOND2 * K_B / H_PLANCK**2
        return np.asarray(K_B * (1 + np.log(scale * np.asarray(T, dtype=float))), dtype=float)


Orientations: TypeAlias = Literal["all", "one"]


@dataclass(frozen=True)
class HinderedRotor:
    """Rotation about the surface normal over a barrier.

    Parameters
    ----------
    barrier : float
        Rotation barrier [eV].
    inertia : float
        Moment of inertia about the axis [u Angstrom^2].
    minima : int
        Equivalent minima in a full turn.
    symmetry_number : int
        How many turns of the adsorbate leave it unchanged.
    orientations : {'all', 'one'}
        Whether all minima of the turn count, or one.
    """

    barrier: float
    inertia: float
    minima: int
    symmetry_number: int = 1
    orientations: Orientations = "all"

    def __post_init__(self) -> None:
        _check_positive(
            barrier=self.barrier, inertia=self.inertia, minima=self.minima, symmetry_number=self.symmetry_number
        )
        if self.orientations not in ("all", "one"):
            raise InputError(f"orientations is '{self.orientations}'.", remedy="write 'all' or 'one'.")

    @property
    def quantum(self) -> float:
        """Energy h nu at the bottom [eV], nu = n/(2 pi) sqrt(W/(2 I))."""
        frequency = self.minima / (2 * math.pi) * math.sqrt(self.barrier / (2 * self.inertia * _EV_SECOND2))
        return H_PLANCK * frequency

    @property
    def ground_energy(self) -> float:
        """Energy of the lowest level [eV]."""
        return _ground(self.barrier, self.quantum)

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Thermal energy above the lowest level [eV], shape (c,)."""
        return _well_enthalpy(self.barrier, self.quantum, T)

    def entropy(self, T: FloatArray) -> FloatArray:
        """Entropy [eV/K], shape (c,)."""
        wells = self.minima if self.orientations == "all" else 1
        return _well_entropy(self.barrier, self.quantum, T) + K_B * math.log(wells / self.symmetry_number)


@dataclass(frozen=True)
class FreeRotor:
    """Free rotation about the surface normal.

    Parameters
    ----------
    inertia : float
        Moment of inertia about the axis [u Angstrom^2].
    symmetry_number : int
        How many turns of the adsorbate leave it unchanged.
    """

    inertia: float
    symmetry_number: int = 1

    def __post_init__(self) -> None:
        _check_positive(inertia=self.inertia, symmetry_number=self.symmetry_number)

    @property
    def ground_energy(self) -> float:
        """Zero [eV]."""
        return 0.0

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Thermal energy kT/2 [eV], shape (c,)."""
        return K_B * np.asarray(T, dtype=float) / 2

    def entropy(self, T: FloatArray) -> FloatArray:
        """Entropy k (1/2 + ln(sqrt(8 pi^3 I kT)/(h sigma))) [eV/K], shape (c,)."""
        square = 8 * math.pi**3 * self.inertia * _EV_SECOND2 * K_B * np.asarray(T, dtype=float)
        return np.asarray(K_B * (0.5 + 0.5 * np.log(square) - math.log(H_PLANCK * self.symmetry_number)), dtype=float)


@dataclass(frozen=True)
class NoRotor:
    """An adsorbate whose rotation is none (an atom) or stays among its modes."""

    @property
    def ground_energy(self) -> float:
        """Zero [eV]."""
        return 0.0

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Zero [eV], shape (c,)."""
        return np.zeros_like(np.asarray(T, dtype=float))

    def entropy(self, T: FloatArray) -> FloatArray:
        """Zero [eV/K], shape (c,)."""
        return np.zeros_like(np.asarray(T, dtype=float))


Translation: TypeAlias = HinderedTranslator | FreeTranslator
Rotation: TypeAlias = HinderedRotor | FreeRotor | NoRotor


@dataclass(frozen=True, eq=False)
class MobileAdsorbate:
    """An adsorbate with two translations, at most one rotation, and harmonic modes for the rest.

    Parameters
    ----------
    name : str
        The species, for notes and errors.
    energy : float
        Electronic formation energy at the minimum [eV].
    mode_energies : sequence of float
        The other modes [eV], shape (v,): 3N - 3, or 3N - 2 without a rotation (`modes.check_mode_count` with
        `replaced` 3 or 2).
    translation : HinderedTranslator or FreeTranslator
        Motion along the surface.
    rotation : HinderedRotor, FreeRotor or NoRotor
        Motion about the normal.
    degeneracy : sequence of float, optional
        How often each mode counts, shape (v,).
    policy : LowModePolicy
        What is done to soft modes.
    """

    name: str
    energy: float
    mode_energies: Sequence[float] | FloatArray
    translation: Translation
    rotation: Rotation
    degeneracy: Sequence[float] | FloatArray | None = None
    policy: LowModePolicy = AS_IS
    vibrations: Vibrations = field(init=False, repr=False)

    def __post_init__(self) -> None:
        treated = vibrations(self.mode_energies, self.degeneracy, self.policy, name=self.name)
        object.__setattr__(self, "vibrations", treated)

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """H [eV], shape (c,), with no pV term."""
        ground = zero_point_energy(self.vibrations) + self.translation.ground_energy + self.rotation.ground_energy
        motion = self.translation.enthalpy(T) + self.rotation.enthalpy(T)
        return self.energy + ground + motion + vibrational_enthalpy(self.vibrations, T)

    def entropy(self, T: FloatArray) -> FloatArray:
        """S [eV/K] on one site, shape (c,)."""
        return self.translation.entropy(T) + self.rotation.entropy(T) + vibrational_entropy(self.vibrations, T)

    def gibbs(self, T: FloatArray) -> FloatArray:
        """G = H - T S [eV], shape (c,)."""
        return self.enthalpy(T) - np.asarray(T, dtype=float) * self.entropy(T)

    @property
    def notes(self) -> tuple[str, ...]:
        """The motions, and what the low-mode policy did."""
        motions = f"{_describe(self.translation)}, {_describe(self.rotation)}"
        return (f"{self.name}: {motions}, the other modes harmonic.", *self.vibrations.notes)


def _describe(motion: Translation | Rotation) -> str:
    if isinstance(motion, HinderedTranslator):
        return f"translations hindered by {motion.barrier:g} eV"
    if isinstance(motion, FreeTranslator):
        return "free translations along the surface"
    if isinstance(motion, HinderedRotor):
        counted = f"{motion.orientations} of {motion.minima} minima"
        return f"rotation hindered by {motion.barrier:g} eV ({counted} counted)"
    return "free rotation about the normal" if isinstance(motion, FreeRotor) else "no separate rotation"


def _check_positive(**values: float) -> None:
    for name, value in values.items():
        if not (math.isfinite(value) and value > 0):
            hint = " Where there is no barrier the motion is free: use the free form." if name == "barrier" else ""
            raise InputError(f"{name} is {value}.", remedy=f"give a positive number.{hint}")


def _ground(barrier: float, quantum: float) -> float:
    """Lowest level of one hindered motion [eV]: half a quantum when high, nothing when there is no barrier."""
    ratio = barrier / quantum
    return quantum * (0.5 - 1 / (2 + 16 * ratio))


def _well_enthalpy(barrier: float, quantum: float, T: FloatArray) -> FloatArray:
    """kT^2 d ln q/dT of one well [eV], shape (c,)."""
    kT = K_B * np.asarray(T, dtype=float)
    z = barrier / (2 * kT)
    bessel = ive(1, z) / ive(0, z)
    oscillator = quantum * occupation(np.array([quantum]), np.asarray(T, dtype=float))[..., 0]
    return np.asarray(kT * (z * (1 - bessel) - 0.5) + oscillator, dtype=float)


def _well_entropy(barrier: float, quantum: float, T: FloatArray) -> FloatArray:
    """Entropy k ln q + H/T of one well [eV/K], shape (c,)."""
    T = np.asarray(T, dtype=float)
    kT = K_B * T
    z = barrier / (2 * kT)
    # ive carries the factor exp(-z), so that ln I0 cannot overflow
    ln_q = 0.5 * np.log(math.pi * barrier / kT) + np.log(ive(0, z)) - np.log(-np.expm1(-quantum / kT))
    return np.asarray(K_B * ln_q + _well_enthalpy(barrier, quantum, T) / T, dtype=float)
