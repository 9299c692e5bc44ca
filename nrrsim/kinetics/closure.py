"""Closure: whether the constants of each cycle of steps agree with the gas phase; the step that makes them agree."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.kinetics.energies import Array, ConditionArrays, StateEnergies
from nrrsim.kinetics.log_constants import LogConstant, equilibrium_of
from nrrsim.kinetics.mechanism import Mechanism
from nrrsim.kinetics.rate_laws import has_own_equilibrium
from nrrsim.kinetics.step_constants import StepConstants, equilibrium_constant, step_constants
from nrrsim.units import K_B

CLOSURE_TOLERANCE = 1e-6  # largest mismatch of a cycle that counts as consistent [eV]


@dataclass(frozen=True, eq=False)
class CycleMismatch:
    """How far one independent cycle of step constants is from the gas phase: c = dG_gas + kT sum(sigma ln K) [eV]."""

    cycle: dict[str, float]
    gas_reaction: str
    c: Array


def closed_constants(mechanism: Mechanism, arrays: ConditionArrays) -> dict[str, StepConstants]:
    """Constants of every step, the declared closure applied."""
    energies = StateEnergies(mechanism, arrays)
    constants = {step.id: step_constants(step, mechanism, energies, arrays) for step in mechanism.network.steps}
    closing = mechanism.closure.step
    if closing is not None:
        kept = constants[closing]
        ln_K = _closing_equilibrium(mechanism, energies, {sid: k.ln_K for sid, k in constants.items()})
        note = (
            f"the reverse constant of '{mechanism.network.step(closing).equation}' is recomputed so that the cycle "
            "closes with the gas phase."
        )
        constants[closing] = dataclasses.replace(kept, ln_K=ln_K, notes=(*kept.notes, note))
    return constants


def standard_reactions(mechanism: Mechanism, arrays: ConditionArrays) -> dict[str, Array]:
    """Gibbs energy of each step at p0 = 1 bar and the potential [eV], shape (c,); unknown ones are left out."""
    energies = StateEnergies(mechanism, arrays)
    ln_K = _known_equilibria(mechanism, energies, arrays)
    if mechanism.closure.step is not None:
        ln_K[mechanism.closure.step] = _closing_equilibrium(mechanism, energies, ln_K)
    weights = dict(zip((step.id for step in mechanism.network.steps), mechanism.step_ways, strict=True))
    return {
        sid: -K_B * arrays.T * (k.value + np.log(weights[sid][0]) - np.log(weights[sid][1])) for sid, k in ln_K.items()
    }


def cycle_mismatches(
    mechanism: Mechanism, arrays: ConditionArrays, *, repaired: bool = False
) -> tuple[CycleMismatch, ...]:
    """Mismatch of every independent cycle; a cycle with an unknown energy is left out.

    Parameters
    ----------
    mechanism : Mechanism
    arrays : ConditionArrays
    repaired : bool
        Whether the closing step has the constant that its closure gives it, or the published one.
    """
    if mechanism.expansion is not None:  # more adsorbates around a cycle add and cancel the same
        return cycle_mismatches(mechanism.expansion.elementary, arrays, repaired=repaired)
    energies = StateEnergies(mechanism, arrays)
    ln_K = _known_equilibria(mechanism, energies, arrays)
    if repaired and mechanism.closure.step is not None:
        ln_K[mechanism.closure.step] = _closing_equilibrium(mechanism, energies, ln_K)
    mismatches = []
    for sigma_j in mechanism.network.cycles():
        members = {s.id: n for s, n in zip(mechanism.network.steps, sigma_j, strict=True) if n}
        gas = _net_gas({sid: mechanism.network.step(sid) for sid in members}, members)
        if not all(energies.has(name) for name in gas) or not all(sid in ln_K for sid in members):
            continue
        sigma_ln_K = sum(n * ln_K[sid].value for sid, n in members.items())
        mismatches.append(
            CycleMismatch(members, _reaction_text(gas), energies.sum(gas).G + K_B * arrays.T * sigma_ln_K)
        )
    return tuple(mismatches)


def check_closure(mechanism: Mechanism, arrays: ConditionArrays) -> None:
    """Refuse a mechanism whose cycles do not close at these conditions, its declared closure applied.

    Raises
    ------
    InputError
        Naming the cycle and its mismatch.
    """
    if mechanism.closure.as_published or not any(has_own_equilibrium(law) for law in mechanism.rates.values()):
        return  # state energies close by construction
    for mismatch in cycle_mismatches(mechanism, arrays, repaired=True):
        worst = int(np.argmax(np.abs(mismatch.c)))
        if abs(mismatch.c[worst]) > CLOSURE_TOLERANCE:
            raise InputError(
                f"the step constants of the cycle {mismatch.gas_reaction} miss the gas phase "
                f"by {mismatch.c[worst]:+.4f} eV at {arrays.T[worst]:g} K.",
                where="steps " + ", ".join(mismatch.cycle),
                remedy="declare 'closure: {step: ...}' with a step of this cycle alone (its reverse is recomputed), or "
                "'closure: as-published'.",
            )


def _known_equilibria(mechanism: Mechanism, energies: StateEnergies, arrays: ConditionArrays) -> dict[str, LogConstant]:
    """Ln K of each step whose equilibrium is known, closure not applied."""
    return {
        step.id: equilibrium_constant(step, mechanism.rates.get(step.id), energies, arrays)
        for step in mechanism.network.steps
        if has_own_equilibrium(mechanism.rates.get(step.id)) or energies.known(step)
    }


def _closing_equilibrium(mechanism: Mechanism, energies: StateEnergies, ln_K: dict[str, LogConstant]) -> LogConstant:
    """Ln K that its cycle and the gas phase leave to the closing step."""
    closing = mechanism.closure.step
    for sigma_j in mechanism.network.cycles():
        members = {s.id: n for s, n in zip(mechanism.network.steps, sigma_j, strict=True) if n}
        if closing not in members:
            continue
        steps = {sid: mechanism.network.step(sid) for sid in members}
        total = equilibrium_of(energies.sum(_net_gas(steps, members)), energies.T)
        for sid, n in members.items():
            if sid != closing:
                total = total - ln_K[sid].times(n)
        return total.times(1 / members[closing])
    raise InputError(
        f"the closure step '{closing}' is in no cycle.",
        where="closure",
        remedy="name a step of the cycle that does not close.",
    )


def _net_gas(steps: dict[str, ElementaryStep], sigma: dict[str, float]) -> dict[str, float]:
    net: dict[str, float] = {}
    for sid, n in sigma.items():
        for name, nu in steps[sid].stoichiometry.items():
            net[name] = net.get(name, 0.0) + n * nu
    return {name: n for name, n in net.items() if abs(n) > 1e-12}


def _reaction_text(net: dict[str, float]) -> str:
    def side(sign: int) -> str:
        return " + ".join((f"{abs(n):g} " if abs(n) != 1 else "") + name for name, n in net.items() if n * sign > 0)

    return f"{side(-1)} -> {side(1)}" if net else "(no net reaction)"
