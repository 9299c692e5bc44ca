"""What a catalyst is made of: states, steps, gas error, closure, and what its source does not give."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass

import numpy as np

from nrrsim.analysis.operating_point import operate
from nrrsim.core.species import Phase
from nrrsim.kinetics.closure import cycle_mismatches, standard_reactions
from nrrsim.kinetics.energies import ConditionArrays, StateEnergies
from nrrsim.kinetics.mechanism import Catalyst, Closure, Mechanism
from nrrsim.thermo.protocol import Thermo
from nrrsim.thermo.shipped import reaction_gibbs
from nrrsim.units import K_B

SYNTHESIS = {"N2": -1.0, "H2": -3.0, "NH3": 2.0}


@dataclass(frozen=True)
class StateRow:
    """A state with its energy at 1 bar [eV]; None where the source gives none."""

    name: str
    form: str
    G: float | None
    H: float | None


@dataclass(frozen=True)
class StepRow:
    """A step with its law and standard reaction energy at U = 0 V vs RHE [eV]."""

    id: str
    equation: str
    law: str
    dG: float | None


@dataclass(frozen=True)
class CycleRow:
    """How well one cycle closes with the gas phase: c [eV] and K of its steps over that of the gas."""

    gas_reaction: str
    steps: dict[str, float]
    c: float
    ratio: float


@dataclass(frozen=True, eq=False)
class Inventory:
    """All that `nrrsim info` shows (rows as above).

    Parameters
    ----------
    gas_error : float or None
        Method minus experiment of N2 + 3 H2 -> 2 NH3 [eV]: electronic, or Gibbs where the file gives no electronic
        energies of shipped gases (`gas_error_kind` says which).
    closure_tofs : dict or None
        NH3 turnover with the closing step as published and recomputed [1/s per site].
    """

    catalyst: Catalyst
    states: tuple[StateRow, ...]
    steps: tuple[StepRow, ...]
    gas_policy: str
    dataset: str
    gas_error: float | None
    gas_error_kind: str
    cycles: tuple[CycleRow, ...]
    closure_tofs: dict[str, float] | None
    missing: tuple[str, ...]
    warnings: tuple[str, ...]
    notes: tuple[str, ...]


def take_inventory(catalyst: Catalyst) -> Inventory:
    """Look at a catalyst at its own conditions."""
    mechanism, T = catalyst.mechanism, catalyst.conditions.T
    arrays = ConditionArrays(np.array([T]), {}, np.zeros(1), None)
    gas_error, kind = _gas_error(mechanism, T)
    cycles = [
        CycleRow(m.gas_reaction, m.cycle, float(m.c[0]), math.exp(float(m.c[0]) / (K_B * T)))
        for m in cycle_mismatches(mechanism, arrays)
    ]
    states = set(mechanism.network.species) | set(mechanism.network.transition_states)
    return Inventory(
        catalyst=catalyst,
        states=_states(mechanism, arrays),
        steps=_steps(mechanism, arrays),
        gas_policy=mechanism.gas.label,
        dataset=mechanism.gas.dataset if mechanism.gas.energies else "none used",
        gas_error=gas_error,
        gas_error_kind=kind,
        cycles=tuple(cycles),
        closure_tofs=_closure_tofs(catalyst),
        missing=_missing(mechanism),
        warnings=(*(f"{name}: {text}" for name, text in catalyst.caveats.items()), *catalyst.notes),
        notes=mechanism.notes_of(states),
    )


def _states(mechanism: Mechanism, arrays: ConditionArrays) -> tuple[StateRow, ...]:
    energies = StateEnergies(mechanism, arrays)
    rows = []
    named = [n for n, s in mechanism.network.species.items() if s.phase in (Phase.GAS, Phase.ADSORBATE)]
    for name in (*named, *mechanism.network.transition_states):
        thermo = mechanism.thermo.get(name)
        if thermo is None:
            rows.append(StateRow(name, "none", None, None))
            continue
        enthalpy = energies.enthalpy(name)
        rows.append(
            StateRow(
                name, _form(thermo), float(energies.gibbs(name)[0]), None if enthalpy is None else float(enthalpy[0])
            )
        )
    return tuple(rows)


def _form(thermo: Thermo) -> str:
    inner = getattr(thermo, "thermo", None)
    return type(thermo).__name__ if inner is None else f"{type(inner).__name__}, corrected"


def _steps(mechanism: Mechanism, arrays: ConditionArrays) -> tuple[StepRow, ...]:
    standard = standard_reactions(mechanism, arrays)
    return tuple(
        StepRow(
            s.id,
            s.equation,
            type(mechanism.rates[s.id]).__name__ if s.id in mechanism.rates else "none published",
            float(standard[s.id][0]) if s.id in standard else None,
        )
        for s in mechanism.network.steps
    )


def _gas_error(mechanism: Mechanism, T: float) -> tuple[float | None, str]:
    if mechanism.gas.error is not None:
        return mechanism.gas.error, "electronic"
    gases = {gas: mechanism.thermo.get(f"{gas}(g)") for gas in SYNTHESIS}
    if mechanism.gas.energies or any(thermo is None for thermo in gases.values()):
        return None, ""
    at = np.array([T])
    own = sum(
        n * float(thermo.gibbs(at)[0])
        for (_, n), thermo in zip(SYNTHESIS.items(), gases.values(), strict=True)
        if thermo
    )
    return own - float(reaction_gibbs(SYNTHESIS, at)[0]), f"Gibbs energy at {T:g} K"


def _closure_tofs(catalyst: Catalyst) -> dict[str, float] | None:

    mechanism = catalyst.mechanism
    if mechanism.closure.step is None:
        return None
    published = dataclasses.replace(mechanism, closure=Closure(as_published=True))
    return {
        "as published": operate(published, catalyst.conditions).solution.tof["NH3"],
        "closed": operate(mechanism, catalyst.conditions).solution.tof["NH3"],
    }


def _missing(mechanism: Mechanism) -> tuple[str, ...]:
    energies = [f"the energy of {name}" for name in mechanism.unpublished_states]
    without = mechanism.steps_without_law
    barriers = (
        [f"barriers of {len(without)} steps: diagrams yes, turnovers only over assumed barriers"] if without else []
    )
    return (*energies, *barriers)
