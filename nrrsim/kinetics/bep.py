"""Transition states from Broensted-Evans-Polanyi relations: Ga = slope * dE + intercept of a reference equation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nrrsim.core.steps import ElementaryStep
from nrrsim.thermo.corrections import Corrected
from nrrsim.thermo.protocol import FloatArray, Thermo
from nrrsim.thermo.published import EnthalpyEntropy, GibbsAt


@dataclass(frozen=True, eq=False)
class BepTransitionState:
    """A transition state `slope * dE + intercept` above the initial state of a reference equation.

    dE is the difference of the states' own energies: electronic where a state has one, else its published enthalpy,
    else its published Gibbs energy (the file says why such zeros agree). The entropy is the initial state's.

    Parameters
    ----------
    slope : float
    intercept : float
        [eV]
    reference : ElementaryStep
    states : Mapping[str, Thermo]
        Thermochemistry of the reference equation's species; a free site has none and counts zero.
    """

    slope: float
    intercept: float
    reference: ElementaryStep
    states: Mapping[str, Thermo]

    @property
    def barrier(self) -> float:
        """Ga [eV]."""
        change = sum(
            n * own_energy(self.states[name]) for name, n in self.reference.stoichiometry.items() if name in self.states
        )
        return self.slope * change + self.intercept

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Enthalpy [eV], shape (c,)."""
        return self._initial("enthalpy", T) + self.barrier

    def entropy(self, T: FloatArray) -> FloatArray:
        """Entropy of the initial state [eV/K], shape (c,)."""
        return self._initial("entropy", T)

    def gibbs(self, T: FloatArray) -> FloatArray:
        """Gibbs energy [eV], shape (c,)."""
        return self._initial("gibbs", T) + self.barrier

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed."""
        return (
            f"a barrier of {self.barrier:.3f} eV is a BEP estimate from '{self.reference.equation}', with the initial "
            "state's entropy.",
        )

    def _initial(self, function: str, T: FloatArray) -> FloatArray:
        total = np.zeros_like(T)
        for name, n in self.reference.reactants.items():
            if name in self.states:
                total = total + n * getattr(self.states[name], function)(T)
        return np.asarray(total)


def own_energy(thermo: Thermo) -> float:
    """The energy a source gives for a state, without what nrrsim adds to it [eV]."""
    match thermo:
        case Corrected():
            return own_energy(thermo.thermo) + thermo.value
        case EnthalpyEntropy():
            return thermo.enthalpy_value
        case GibbsAt():
            return thermo.gibbs_value
    return float(thermo.energy)  # type: ignore[attr-defined]  # every other state of a file has an electronic energy
