"""Declared shifts of a free energy: solvation, a functional's gas error, a coverage effect."""

from __future__ import annotations

import math
from dataclasses import dataclass

from nrrsim.errors import InputError
from nrrsim.thermo.protocol import FloatArray, Thermo


@dataclass(frozen=True, eq=False)
class Corrected:
    """Another Thermo with a constant added to H and G.

    Parameters
    ----------
    thermo : Thermo
        What is corrected.
    value : float
        The shift [eV].
    reason : str
        Why, in words.
    source : str
        Where the value comes from.
    """

    thermo: Thermo
    value: float
    reason: str
    source: str

    def __post_init__(self) -> None:
        if not math.isfinite(self.value):
            raise InputError(f"a correction is {self.value} eV.", remedy="give a finite number.")
        if not (self.reason.strip() and self.source.strip()):
            raise InputError(f"a correction of {self.value:g} eV has no reason or no source.", remedy="state both.")

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """H plus the shift [eV], shape (c,)."""
        return self.thermo.enthalpy(T) + self.value

    def entropy(self, T: FloatArray) -> FloatArray:
        """S unchanged [eV/K], shape (c,)."""
        return self.thermo.entropy(T)

    def gibbs(self, T: FloatArray) -> FloatArray:
        """G plus the shift [eV], shape (c,)."""
        return self.thermo.gibbs(T) + self.value

    @property
    def notes(self) -> tuple[str, ...]:
        """The notes of what is corrected, then the correction."""
        return (*self.thermo.notes, f"corrected by {self.value:+g} eV: {self.reason} ({self.source}).")
