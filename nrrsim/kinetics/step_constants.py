"""Constants of one step, by its law.

Forward constants come from the step's law; reverse constants from ln kr = ln kf - ln K with K from the thermochemistry
of the states, but for steps whose law carries an equilibrium of its own (`closure` says what becomes of those).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.core.species import ELECTRON, Phase, gas_formula
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.kinetics.energies import Array, ConditionArrays, EnergyChange, Slopes, StateEnergies
from nrrsim.kinetics.log_constants import LogConstant, arrhenius, constant, equilibrium_of, eyring, higher, scaled, zero
from nrrsim.kinetics.mechanism import Mechanism
from nrrsim.kinetics.rate_laws import (
    Arrhenius,
    AssumedBarrier,
    Barrierless,
    Equilibrium,
    ProtonElectronTransfer,
    PublishedConstants,
    RateLaw,
    Sticking,
    TransitionState,
)
from nrrsim.thermo.electrode import Cap, donor_factor_ln, pcet_barrier
from nrrsim.units import ANGSTROM, ATOMIC_MASS, BAR, EV, K_B


@dataclass(frozen=True, eq=False)
class StepConstants:
    """Constants of one step: gas pressures at p0 = 1 bar unless `at_pressure`.

    Parameters
    ----------
    ln_kf, ln_K : LogConstant
        Forward constant [1/s] and equilibrium constant.
    notes : tuple[str, ...]
        Caps, lifts and assumptions, as sentences.
    at_pressure : bool
        True when the published constants contain the pressures already.
    capped : array (c,) of bool or None
        Where a cap holds the barrier up, in place of the step's own law; None for a law without caps.
    """

    ln_kf: LogConstant
    ln_K: LogConstant
    notes: tuple[str, ...] = ()
    at_pressure: bool = False
    capped: NDArray[np.bool_] | None = None


def step_constants(
    step: ElementaryStep, mechanism: Mechanism, energies: StateEnergies, arrays: ConditionArrays
) -> StepConstants:
    """Forward and equilibrium constant of one step."""
    law = mechanism.rates[step.id]
    ln_K = equilibrium_constant(step, law, energies, arrays)
    match law:
        case TransitionState():
            return _transition_state(step, energies, arrays, ln_K)
        case Arrhenius():
            return StepConstants(arrhenius(law.A, law.Ea, arrays), ln_K)
        case PublishedConstants():
            _check_published_pressures(step, law, arrays)
            return StepConstants(constant(np.log(law.kf), arrays), ln_K, at_pressure=True)
        case Sticking():
            return _sticking(step, law, mechanism, arrays, ln_K)
        case Barrierless():
            barrier = higher(energies.reaction(step), zero(arrays))
            return StepConstants(eyring(barrier, arrays), ln_K, (f"'{step.equation}' is taken barrierless beyond dG.",))
        case Equilibrium():
            return StepConstants(constant(0.0, arrays), ln_K)
        case ProtonElectronTransfer():
            return _proton_electron(step, law, energies, arrays, ln_K)
        case AssumedBarrier():
            return _assumed(step, law, energies, arrays, ln_K)


def equilibrium_constant(
    step: ElementaryStep, law: RateLaw | None, energies: StateEnergies, arrays: ConditionArrays
) -> LogConstant:
    """Ln K at p0 = 1 bar: the law's own where it has one, else -dG/kT."""
    match law:
        case Arrhenius(A_reverse=float() as A_reverse, Ea_reverse=float() as Ea_reverse):
            return arrhenius(law.A, law.Ea, arrays) - arrhenius(A_reverse, Ea_reverse, arrays)
        case Equilibrium(A=float() as A):
            return arrhenius(A, law.dH, arrays)
        case PublishedConstants():
            _check_published(step, {"T": law.T}, {"T": arrays.T})
            ln_p = sum(
                n * np.log(p) for g, p in law.p for name, n in step.stoichiometry.items() if gas_formula(name) == g
            )
            return LogConstant(np.full_like(arrays.T, np.log(law.kf) - np.log(law.kr) + ln_p), None)
    return equilibrium_of(energies.reaction(step), arrays.T)


def _lifted(
    barrier: EnergyChange, floor: EnergyChange, step: ElementaryStep, what: str, note: str
) -> tuple[EnergyChange, tuple[str, ...]]:
    lifted = higher(barrier, floor)
    below = bool(np.any(barrier.G < floor.G))
    return lifted, (note.format(equation=step.equation, what=what),) if below else ()


def _transition_state(
    step: ElementaryStep, energies: StateEnergies, arrays: ConditionArrays, ln_K: LogConstant
) -> StepConstants:
    note = "the transition state of '{equation}' lies below its {what} state and is lifted to it."
    own = energies.activation(step)
    barrier, low_initial = _lifted(own, zero(arrays), step, "initial", note)
    barrier, low_final = _lifted(barrier, energies.reaction(step), step, "final", note)
    return StepConstants(eyring(barrier, arrays), ln_K, (*low_initial, *low_final), capped=barrier.G > own.G)


def _proton_electron(
    step: ElementaryStep,
    law: ProtonElectronTransfer,
    energies: StateEnergies,
    arrays: ConditionArrays,
    ln_K: LogConstant,
) -> StepConstants:
    reaction = energies.reaction(step)
    held = pcet_barrier(law.Ga0, -energies.gibbs(ELECTRON.name), U0_RHE=law.U0_RHE, beta=law.beta, dG=reaction.G)
    free, on_reaction = held.cap == Cap.NONE, held.cap == Cap.REACTION
    H = None if reaction.H is None else np.where(on_reaction, reaction.H, held.barrier)
    by_potential: Slopes = ((-law.beta * free, {ELECTRON.name: 1}),)  # U_RHE is -G(e-)
    barrier = EnergyChange(held.barrier, H, (*by_potential, *scaled(reaction.slopes, on_reaction)))
    caps = sorted(set(held.cap[held.cap != Cap.NONE]))
    notes = tuple(
        f"the barrier of '{step.equation}' is on its {cap} cap: derivatives have a kink there." for cap in caps
    )
    ln_kf = eyring(barrier, arrays)
    if law.donor is None:
        notes = (*notes, f"'{step.equation}' names no donor: no effect of pH beyond the RHE scale.")
        return StepConstants(ln_kf, ln_K, notes, capped=~free)
    if arrays.pH is None:
        raise InputError(
            f"the donor {law.donor} of '{step.equation}' needs a pH.", where="conditions", remedy="give pH."
        )
    shift, dpH = (donor_factor_ln(law.donor, pH, law.beta) for pH in (arrays.pH, 1.0))
    return StepConstants(ln_kf + LogConstant(shift, np.zeros_like(shift), dpH=float(dpH)), ln_K, notes, capped=~free)


def _assumed(
    step: ElementaryStep, law: AssumedBarrier, energies: StateEnergies, arrays: ConditionArrays, ln_K: LogConstant
) -> StepConstants:
    reaction = energies.reaction(step)
    H = None if reaction.H is None else law.Ga0 + law.beta * reaction.H
    own = EnergyChange(law.Ga0 + law.beta * reaction.G, H, scaled(reaction.slopes, law.beta))
    barrier = higher(higher(own, zero(arrays)), reaction)
    note = f"the barrier of '{step.equation}' is assumed ({law.Ga0:g} eV at dG = 0), not published."
    return StepConstants(eyring(barrier, arrays), ln_K, (note,), capped=barrier.G > own.G)


def _sticking(
    step: ElementaryStep, law: Sticking, mechanism: Mechanism, arrays: ConditionArrays, ln_K: LogConstant
) -> StepConstants:
    arrives = any(mechanism.network.species[name].phase is Phase.GAS for name in step.reactants)
    expansion = mechanism.expansion
    if expansion is not None:  # the free position is in the step as written
        mechanism, step = expansion.elementary, expansion.step_behind(step)
    _require_free_site(step, mechanism)
    density = sum(_density(site, step, mechanism) for site in mechanism.site_types)  # the flux falls on all of them
    flux = BAR / np.sqrt(2 * np.pi * law.mass * ATOMIC_MASS * K_B * EV * arrays.T)  # [1/m2/s per bar]
    ln_adsorption = LogConstant(np.log(law.probability * flux * ANGSTROM**2 / density), -0.5 / arrays.T)
    return StepConstants(ln_adsorption if arrives else ln_adsorption + ln_K, ln_K)


def _require_free_site(step: ElementaryStep, mechanism: Mechanism) -> None:
    """Refuse a step without a free site that the gas could land on."""
    species = (mechanism.network.species[name] for name in (*step.reactants, *step.products))
    if not any(s.phase is Phase.SITE for s in species):
        raise InputError(
            f"sticking in '{step.equation}' finds no free site.", remedy="sticking is for adsorption on free sites."
        )


def _density(site: str, step: ElementaryStep, mechanism: Mechanism) -> float:
    density = mechanism.site_densities.get(site)
    if density is None:
        raise MissingEnergyError(
            f"sticking in '{step.equation}' needs the area of a site of type '{site}'.",
            remedy="give 'density: ... mol/cm2' (or 1/nm2) of that site type.",
        )
    return density


def _check_published_pressures(step: ElementaryStep, law: PublishedConstants, arrays: ConditionArrays) -> None:
    _check_published(step, {f"p of {gas}": p for gas, p in law.p}, {f"p of {gas}": arrays.p[gas] for gas, _ in law.p})


def _check_published(step: ElementaryStep, wanted: dict[str, float], found: dict[str, Array]) -> None:
    for name, value in wanted.items():
        if not np.allclose(found[name], value, rtol=1e-9, atol=0.0):
            raise InputError(
                f"the constants of '{step.equation}' are published for {name} = {value:g} only, not for "
                f"{found[name][0]:g}.",
                remedy="ask for the published conditions, or give energies and barriers.",
            )
