"""Transition states from Broensted-Evans-Polanyi relations: Ga = slope * dE + intercept of a reference equation."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.kinetics.additive import AdditiveState
from nrrsim.thermo.corrections import Corrected
from nrrsim.thermo.protocol import FloatArray, Thermo
from nrrsim.thermo.published import EnthalpyEntropy, GibbsAt


@dataclass(frozen=True, eq=False)
class BepTransitionState:
    """A transition state `slope * dE + intercept` above the initial state of a reference equation.

    dE is the difference of the states' own energies: electronic where a state has one, else its published enthalpy,
    else its published Gibbs energy (the file says why such zeros agree). Zero-point energy and entropy are those of the
    side of the reference equation that has no gas.

    Parameters
    ----------
    slope : float
    intercept : float
        [eV]
    reference : ElementaryStep
    states : Mapping[str, Thermo]
        Thermochemistry of the reference equation's species; a free site has none and counts zero.
    side : Mapping[str, int]
        The side of the reference equation that lends its thermal part.
    """

    slope: float
    intercept: float
    reference: ElementaryStep
    states: Mapping[str, Thermo]
    side: Mapping[str, int]

    @property
    def barrier(self) -> float:
        """Ga over the initial state of the reference equation [eV]."""
        return self.slope * self._own(self.reference.stoichiometry) + self.intercept

    @property
    def barrier_over_side(self) -> float:
        """Energy over the side that lends its thermal part [eV]."""
        return self.barrier + self._own(self.reference.reactants) - self._own(self.side)

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Enthalpy [eV], shape (c,)."""
        return self._of_side("enthalpy", T) + self.barrier_over_side

    def entropy(self, T: FloatArray) -> FloatArray:
        """Entropy of the lending side [eV/K], shape (c,)."""
        return self._of_side("entropy", T)

    def gibbs(self, T: FloatArray) -> FloatArray:
        """Gibbs energy [eV], shape (c,)."""
        return self._of_side("gibbs", T) + self.barrier_over_side

    @property
    def notes(self) -> tuple[str, ...]:
        """What was assumed."""
        lender = " + ".join(self.side)
        return (
            f"a barrier of {self.barrier:.3f} eV is a BEP estimate from '{self.reference.equation}', with the thermal "
            f"part of {lender}.",
        )

    def _own(self, terms: Mapping[str, int]) -> float:
        return sum(n * own_energy(self.states[name]) for name, n in terms.items() if name in self.states)

    def _of_side(self, function: str, T: FloatArray) -> FloatArray:
        total = np.zeros_like(T)
        for name, n in self.side.items():
            if name in self.states:
                total = total + n * getattr(self.states[name], function)(T)
        return np.asarray(total)


def shift_of(name: str, thermo: Thermo, shifts: Mapping[str, FloatArray]) -> FloatArray | float:
    """What is added to a state's own energy [eV], shape (c,): BEP transition states and additive states follow others.

    Parameters
    ----------
    name : str
    thermo : Thermo
        Of that state.
    shifts : Mapping[str, array (c,)]
        What is added to the energies of states, by name [eV].
    """
    shift: FloatArray | float = shifts.get(name, 0.0)
    inner = uncorrected(thermo)
    if isinstance(inner, BepTransitionState):
        for state, nu in inner.reference.stoichiometry.items():
            shift = shift + inner.slope * nu * shifts.get(state, 0.0)
        for state, n in inner.reference.reactants.items():
            shift = shift + n * shifts.get(state, 0.0)
    if isinstance(inner, AdditiveState):
        for part, n in inner.parts.items():
            shift = shift + n * shift_of(part, inner.members[part], shifts)
    return shift


def followed_by(name: str, thermo: Thermo) -> frozenset[str]:
    """The states whose energies that of a state follows; itself where it follows none."""
    inner = uncorrected(thermo)
    if isinstance(inner, BepTransitionState):
        return frozenset({*inner.reference.reactants, *inner.reference.products})
    if isinstance(inner, AdditiveState):
        return frozenset().union(*(followed_by(part, member) for part, member in inner.members.items()))
    return frozenset({name})


def own_energy(thermo: Thermo) -> float:
    """The energy a source gives for a state, without what nrrsim adds to it [eV].

    Raises
    ------
    InputError
        For a state whose energy is the sum of those of its adsorbates.
    """
    match thermo:
        case Corrected():
            return own_energy(thermo.thermo) + thermo.value
        case EnthalpyEntropy():
            return thermo.enthalpy_value
        case GibbsAt():
            return thermo.gibbs_value
        case AdditiveState():
            parts = " + ".join(f"{n} {name}" for name, n in thermo.parts.items())
            raise InputError(
                f"the state of {parts} has no energy of its own, it is the sum of theirs.",
                remedy="set their energies, or give the state one of its own in the file.",
            )
    return float(thermo.energy)  # type: ignore[attr-defined]  # every other state of a file has an electronic energy


def uncorrected(thermo: Thermo) -> Thermo:
    """What a source gives for a state, without the corrections that were declared for it."""
    while isinstance(thermo, Corrected):
        thermo = thermo.thermo
    return thermo
