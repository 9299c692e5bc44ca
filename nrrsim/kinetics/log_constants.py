"""Logarithms of constants with their derivatives: to the temperature, to the energies of states, and to pH.

ln k is linear in the Gibbs energies of states, piecewise where a law takes the highest of several barriers. Its
derivatives to them are kept as `Slopes`, sums of a factor that depends on the condition times counts of states; the
electron stands among the states, G(e-) = -e U_RHE, so that the potential needs no derivative of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.kinetics.energies import Array, ConditionArrays, EnergyChange, Slopes
from nrrsim.units import H_PLANCK, K_B


@dataclass(frozen=True, eq=False)
class LogConstant:
    """ln of a constant and its derivatives.

    Parameters
    ----------
    value : array (c,)
    dT : array (c,) or None
        To the temperature [1/K]; None without an enthalpy.
    slopes : Slopes
        To the Gibbs energies of states [1/eV], each with all others held.
    dpH : float
        To pH at fixed U_RHE.
    """

    value: Array
    dT: Array | None
    slopes: Slopes = ()
    dpH: float = 0.0

    def __add__(self, other: LogConstant) -> LogConstant:
        return LogConstant(
            self.value + other.value,
            None if self.dT is None or other.dT is None else self.dT + other.dT,
            (*self.slopes, *other.slopes),
            self.dpH + other.dpH,
        )

    def __sub__(self, other: LogConstant) -> LogConstant:
        return self + other.times(-1.0)

    def times(self, factor: float) -> LogConstant:
        """All multiplied by `factor`."""
        dT = None if self.dT is None else self.dT * factor
        return LogConstant(self.value * factor, dT, scaled(self.slopes, factor), self.dpH * factor)


def scaled(slopes: Slopes, factor: Array | NDArray[np.bool_] | float) -> Slopes:
    """All slopes times a factor."""
    return tuple((weight * factor, states) for weight, states in slopes)


def constant(value: float, arrays: ConditionArrays) -> LogConstant:
    """The same ln k at all conditions."""
    return LogConstant(np.full_like(arrays.T, value), np.zeros_like(arrays.T))


def zero(arrays: ConditionArrays) -> EnergyChange:
    """No energy at all, which follows no state."""
    return EnergyChange(np.zeros_like(arrays.T), np.zeros_like(arrays.T), ())


def arrhenius(A: float, Ea: float, arrays: ConditionArrays) -> LogConstant:
    """ln(A exp(-Ea/kT))."""
    return LogConstant(np.log(A) - Ea / (K_B * arrays.T), Ea / (K_B * arrays.T**2))


def eyring(barrier: EnergyChange, arrays: ConditionArrays) -> LogConstant:
    """ln(kT/h exp(-G/kT)); its derivative is 1/T + H/kT^2."""
    kT = K_B * arrays.T
    dT = None if barrier.H is None else 1 / arrays.T + barrier.H / (kT * arrays.T)
    return LogConstant(np.log(kT / H_PLANCK) - barrier.G / kT, dT, scaled(barrier.slopes, -1 / kT))


def equilibrium_of(reaction: EnergyChange, T: Array) -> LogConstant:
    """-G/kT; its derivative is H/kT^2."""
    kT = K_B * T
    dT = None if reaction.H is None else reaction.H / (kT * T)
    return LogConstant(-reaction.G / kT, dT, scaled(reaction.slopes, -1 / kT))


def higher(a: EnergyChange, b: EnergyChange) -> EnergyChange:
    """Elementwise the one of larger G; the first where they are equal."""
    pick = a.G >= b.G
    H = None if a.H is None or b.H is None else np.where(pick, a.H, b.H)
    return EnergyChange(np.where(pick, a.G, b.G), H, (*scaled(a.slopes, pick), *scaled(b.slopes, ~pick)))
