"""Energies of states and steps at conditions, with the computational hydrogen electrode.

mu(H+ + e-) = 1/2 mu0(H2, 1 bar, T) - e U_RHE is split as mu(H+) = 1/2 mu0(H2) and mu(e-) = -e U_RHE; only the sum
enters, since charge is balanced in every step.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nrrsim.core.conditions import Conditions
from nrrsim.core.species import ELECTRON, PROTON, Phase
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.kinetics.bep import shift_of
from nrrsim.kinetics.mechanism import Mechanism
from nrrsim.thermo.protocol import Thermo
from nrrsim.units import K_B

Array = NDArray[np.float64]
Slopes: TypeAlias = tuple[tuple[Array, Mapping[str, float]], ...]  # factors (c,), each times counts of states


@dataclass(frozen=True, eq=False)
class ConditionArrays:
    """Conditions as arrays over c.

    Parameters
    ----------
    T : array (c,)
        [K]
    p : Mapping[str, array (c,)]
        Pressure by gas formula [bar].
    U_RHE : array (c,) or None
        [V]
    pH : array (c,) or None
    shifts : Mapping[str, array (c,)]
        What is added to the energies of states, by name [eV].
    """

    T: Array
    p: Mapping[str, Array]
    U_RHE: Array | None
    pH: Array | None
    shifts: Mapping[str, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, conditions: Sequence[Conditions]) -> ConditionArrays:
        """Stack conditions, each of which names the same quantities."""
        gases = conditions[0].p.keys()
        return cls(
            T=np.array([c.T for c in conditions]),
            p={gas: np.array([c.p[gas] for c in conditions]) for gas in gases},
            U_RHE=_stack([c.U for c in conditions], "a potential"),
            pH=_stack([c.pH for c in conditions], "pH"),
        )


def _stack(values: list[float | None], what: str) -> Array | None:
    if all(value is None for value in values):
        return None
    if any(value is None for value in values):
        raise InputError(f"some conditions name {what} and some do not.", remedy="give it in all of them.")
    return np.array(values, dtype=np.float64)


@dataclass(frozen=True, eq=False)
class EnergyChange:
    """Energy of a reaction or a barrier at p0 = 1 bar, and how it follows from those of states.

    Parameters
    ----------
    G : array (c,)
        [eV]
    H : array (c,) or None
        [eV]; None where a state's enthalpy is not published.
    slopes : Slopes
        dG/dG_n of the states in it.
    """

    G: Array
    H: Array | None
    slopes: Slopes


class StateEnergies:
    """Standard Gibbs energies and enthalpies of the states of a mechanism at conditions, shape (c,) each.

    A state of a whole site made from adsorbates stands for all W arrangements of them: its G carries -kT ln W. Sums
    over steps leave that out, since they are of one event each, and the events are counted beside them (`expansion`).
    """

    def __init__(self, mechanism: Mechanism, conditions: ConditionArrays) -> None:
        self._mechanism, self._conditions = mechanism, conditions
        self._gibbs: dict[str, Array] = {}
        self._enthalpy: dict[str, Array | None] = {}

    @property
    def T(self) -> Array:
        """Temperature [K], shape (c,)."""
        return self._conditions.T

    def gibbs(self, name: str) -> Array:
        """G of a species or transition state [eV], all its arrangements together.

        Raises
        ------
        MissingEnergyError
            If the source gives none; nothing is invented in its place.
        """
        expansion = self._mechanism.expansion
        arrangements = 1 if expansion is None else expansion.degeneracy.get(name, 1)
        return np.asarray(self._of_one_arrangement(name) - K_B * self.T * np.log(arrangements))

    def _of_one_arrangement(self, name: str) -> Array:
        if name not in self._gibbs:
            self._gibbs[name] = self._evaluate(name, "gibbs")
        return self._gibbs[name]

    def enthalpy(self, name: str) -> Array | None:
        """H of a species or transition state [eV], or None where only G at one temperature is published."""
        if name not in self._enthalpy:
            try:
                self._enthalpy[name] = self._evaluate(name, "enthalpy")
            except MissingEnergyError:
                self._enthalpy[name] = None
        return self._enthalpy[name]

    def has(self, name: str) -> bool:
        """Whether the state's energy is known."""
        phase = self._mechanism.network.species[name].phase if name in self._mechanism.network.species else None
        return name in self._mechanism.thermo or phase in (Phase.SITE, Phase.ELECTRON, Phase.PROTON)

    def known(self, step: ElementaryStep) -> bool:
        """Whether the energies of all the step's species are known."""
        return all(self.has(name) for name in step.stoichiometry)

    def reaction(self, step: ElementaryStep) -> EnergyChange:
        """Final minus initial state."""
        return self.sum(step.stoichiometry)

    def activation(self, step: ElementaryStep) -> EnergyChange:
        """Transition minus initial state."""
        assert step.transition_state is not None
        return self.sum({step.transition_state: 1, **{name: -n for name, n in step.reactants.items()}})

    def sum(self, stoichiometry: Mapping[str, float]) -> EnergyChange:
        """Sum of n_i times the energies of the states, of one arrangement each."""
        total = np.zeros_like(self._conditions.T)
        enthalpy: Array | None = np.zeros_like(self._conditions.T)
        for name, n in stoichiometry.items():
            total = total + n * self._of_one_arrangement(name)
            h = self.enthalpy(name)
            enthalpy = None if h is None or enthalpy is None else enthalpy + n * h
        return EnergyChange(total, enthalpy, ((np.ones_like(total), stoichiometry),))

    def _evaluate(self, name: str, function: str) -> Array:
        if name == ELECTRON.name:
            return -self._potential()
        if name == PROTON.name:
            return 0.5 * self._evaluate("H2(g)", function)
        thermo: Thermo | None = self._mechanism.thermo.get(name)
        if thermo is None and self._is_free_site(name):
            return np.zeros_like(self._conditions.T)  # the clean site is the zero, unless a mechanism says otherwise
        if thermo is None:
            raise MissingEnergyError(
                f"no energy of {name} is published in this file.",
                where=name,
                remedy=f"compute it and add '{name}: {{energy: ... eV, frequencies: ...}}' under species.",
            )
        try:
            own = np.asarray(getattr(thermo, function)(self._conditions.T), dtype=np.float64)
        except InputError as error:
            raise error.at(name) from error
        return own + shift_of(name, thermo, self._conditions.shifts)

    def _is_free_site(self, name: str) -> bool:
        species = self._mechanism.network.species.get(name)
        return species is not None and species.phase is Phase.SITE

    def _potential(self) -> Array:
        if self._conditions.U_RHE is None:
            raise InputError(
                "an electrochemical step needs an electrode potential.",
                where="conditions",
                remedy="give U_RHE, or U_SHE with pH (a potential always says its scale).",
            )
        return self._conditions.U_RHE
