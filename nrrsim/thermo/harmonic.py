"""Adsorbates and transition states whose every motion is a harmonic mode."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nrrsim.thermo.modes import (
    AS_IS,
    LowModePolicy,
    Vibrations,
    vibrational_enthalpy,
    vibrational_entropy,
    vibrations,
    zero_point_energy,
)
from nrrsim.thermo.protocol import FloatArray


@dataclass(frozen=True, eq=False)
class HarmonicAdsorbate:
    """H = E + ZPE + sum e n(e, T), with no pV term; S that of the oscillators.

    Parameters
    ----------
    name : str
        The species, for notes and errors.
    energy : float
        Electronic formation energy [eV].
    mode_energies : sequence of float
        All real modes [eV], shape (v,): 3N, or 3N - 1 at a transition state (`modes.check_mode_count`).
    degeneracy : sequence of float, optional
        How often each mode counts, shape (v,).
    policy : LowModePolicy
        What is done to soft modes.
    """

    name: str
    energy: float
    mode_energies: Sequence[float] | FloatArray
    degeneracy: Sequence[float] | FloatArray | None = None
    policy: LowModePolicy = AS_IS
    vibrations: Vibrations = field(init=False, repr=False)

    def __post_init__(self) -> None:
        treated = vibrations(self.mode_energies, self.degeneracy, self.policy, name=self.name)
        object.__setattr__(self, "vibrations", treated)

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """H [eV], shape (c,)."""
        return self.energy + zero_point_energy(self.vibrations) + vibrational_enthalpy(self.vibrations, T)

    def entropy(self, T: FloatArray) -> FloatArray:
        """S [eV/K], shape (c,)."""
        return vibrational_entropy(self.vibrations, T)

    def gibbs(self, T: FloatArray) -> FloatArray:
        """G = H - T S [eV], shape (c,)."""
        return self.enthalpy(T) - np.asarray(T, dtype=float) * self.entropy(T)

    @property
    def notes(self) -> tuple[str, ...]:
        """What the low-mode policy did."""
        return self.vibrations.notes
