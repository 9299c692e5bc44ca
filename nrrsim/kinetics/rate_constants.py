"""Rate constants of every step at conditions, in log space, each with its derivative to temperature.

Forward constants come from the step's law; reverse constants from ln kr = ln kf - ln K with K from the thermochemistry
of the states, but for steps whose law carries an equilibrium of its own (`closure` says what becomes of those).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from nrrsim.core.conditions import Conditions
from nrrsim.core.species import ELECTRON, Phase, gas_formula
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.kinetics.checks import check_constants, check_laws, check_pressures
from nrrsim.kinetics.energies import Array, ConditionArrays, StateEnergies, StepEnergies
from nrrsim.kinetics.mechanism import Mechanism, SiteModel
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
    has_own_equilibrium,
)
from nrrsim.thermo.electrode import Cap, donor_factor_ln, pcet_barrier
from nrrsim.units import ANGSTROM, ATOMIC_MASS, BAR, EV, H_PLANCK, K_B

CLOSURE_TOLERANCE = 1e-6  # largest mismatch of a cycle that counts as consistent [eV]


@dataclass(frozen=True, eq=False)
class LogConstant:
    """ln of a constant and its derivative to T, shape (c,) each; the derivative is None without an enthalpy."""

    value: Array
    dT: Array | None

    def __add__(self, other: LogConstant) -> LogConstant:
        return LogConstant(
            self.value + other.value, None if self.dT is None or other.dT is None else self.dT + other.dT
        )

    def __sub__(self, other: LogConstant) -> LogConstant:
        return self + other.times(-1.0)

    def times(self, factor: float) -> LogConstant:
        """Both multiplied by `factor`."""
        return LogConstant(self.value * factor, None if self.dT is None else self.dT * factor)


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
    """

    ln_kf: LogConstant
    ln_K: LogConstant
    notes: tuple[str, ...] = ()
    at_pressure: bool = False


@dataclass(frozen=True, eq=False)
class RateInputs:
    """What the solvers need to know of the chemistry at c conditions.

    Parameters
    ----------
    ln_kf_cj, ln_kr_cj : array (c, j)
        Forward and reverse constants with gas pressures and site densities in them [1/s per site of the first type].
    dT_ln_kf_cj, dT_ln_kr_cj : array (c, j) or None
        Derivatives to temperature at constant pressure and potential [1/K].
    equilibrium_j : array (j,) of bool
        Steps held at equilibrium.
    density_s : array (s,)
        Sites of each type per site of the first type.
    interaction_cik : array (c, i, k) or None
        d mu_i / d theta_k over kT.
    share_j : array (j,)
        Share of the final state's interaction energy felt by the transition state.
    T_c : array (c,)
        [K]
    notes : tuple[str, ...]
    """

    ln_kf_cj: Array
    ln_kr_cj: Array
    dT_ln_kf_cj: Array | None
    dT_ln_kr_cj: Array | None
    equilibrium_j: np.ndarray[tuple[int], np.dtype[np.bool_]]
    density_s: Array
    interaction_cik: Array | None
    share_j: Array
    T_c: Array
    notes: tuple[str, ...] = field(default=())


@dataclass(frozen=True, eq=False)
class CycleMismatch:
    """How far one independent cycle of step constants is from the gas phase: c = dG_gas + kT sum(sigma ln K) [eV]."""

    cycle: dict[str, float]
    gas_reaction: str
    c: Array


def rate_inputs(mechanism: Mechanism, conditions: Sequence[Conditions] | ConditionArrays) -> RateInputs:
    """Rate constants of all steps at all conditions.

    Raises
    ------
    InputError
        If a pressure or potential is missing, or a step has no law (the message says how a band may be had).
    """
    arrays = conditions if isinstance(conditions, ConditionArrays) else ConditionArrays.of(conditions)
    check_laws(mechanism)
    check_pressures(mechanism, arrays)
    check_closure(mechanism, arrays)
    constants = closed_constants(mechanism, arrays)
    weights = _step_weights(mechanism)
    forward, reverse = [], []
    for step, weight in zip(mechanism.network.steps, weights, strict=True):
        k = constants[step.id]
        base = k.ln_kf + LogConstant(np.full_like(arrays.T, np.log(weight)), np.zeros_like(arrays.T))
        back = base - k.ln_K
        forward.append(base if k.at_pressure else _with_pressure(base, step.reactants, mechanism, arrays))
        reverse.append(_with_published_pressure(back, k, step, mechanism, arrays))
    ln_kf, ln_kr = (np.stack([k.value for k in constants_j], axis=-1) for constants_j in (forward, reverse))
    check_constants(mechanism, ln_kf, ln_kr)
    return RateInputs(
        ln_kf_cj=ln_kf,
        ln_kr_cj=ln_kr,
        dT_ln_kf_cj=_stack_derivatives(forward),
        dT_ln_kr_cj=_stack_derivatives(reverse),
        equilibrium_j=np.array([isinstance(mechanism.rates[s.id], Equilibrium) for s in mechanism.network.steps]),
        density_s=np.array(list(_site_ratios(mechanism).values())),
        interaction_cik=_interactions(mechanism, arrays),
        share_j=np.array([_interaction_share(s, mechanism) for s in mechanism.network.steps]),
        T_c=arrays.T,
        notes=tuple(dict.fromkeys(note for k in constants.values() for note in k.notes)),
    )


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
        constants[closing] = StepConstants(kept.ln_kf, ln_K, (*kept.notes, note), kept.at_pressure)
    return constants


def standard_reactions(mechanism: Mechanism, arrays: ConditionArrays) -> dict[str, Array]:
    """Gibbs energy of each step at p0 = 1 bar and the potential [eV], shape (c,); unknown ones are left out."""
    energies = StateEnergies(mechanism, arrays)
    ln_K = _known_equilibria(mechanism, energies, arrays)
    if mechanism.closure.step is not None:
        ln_K[mechanism.closure.step] = _closing_equilibrium(mechanism, energies, ln_K)
    return {sid: -K_B * arrays.T * k.value for sid, k in ln_K.items()}


def _known_equilibria(mechanism: Mechanism, energies: StateEnergies, arrays: ConditionArrays) -> dict[str, LogConstant]:
    """Ln K of each step whose equilibrium is known, closure not applied."""
    return {
        step.id: equilibrium_constant(step, mechanism.rates.get(step.id), energies, arrays)
        for step in mechanism.network.steps
        if has_own_equilibrium(mechanism.rates.get(step.id)) or energies.known(step)
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
            return StepConstants(_arrhenius(law.A, law.Ea, arrays), ln_K)
        case PublishedConstants():
            _check_published_pressures(step, law, arrays)
            return StepConstants(_constant(np.log(law.kf), arrays), ln_K, at_pressure=True)
        case Sticking():
            return _sticking(step, law, mechanism, arrays, ln_K)
        case Barrierless():
            barrier, notes = _lifted(energies.reaction(step), _zero(arrays), step, "dG", "")
            return StepConstants(
                _eyring(barrier, arrays), ln_K, (*notes, f"'{step.equation}' is taken barrierless beyond dG.")
            )
        case Equilibrium():
            return StepConstants(_constant(0.0, arrays), ln_K)
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
            return _arrhenius(law.A, law.Ea, arrays) - _arrhenius(A_reverse, Ea_reverse, arrays)
        case Equilibrium(A=float() as A):
            return _arrhenius(A, law.dH, arrays)
        case PublishedConstants():
            _check_published(step, {"T": law.T}, {"T": arrays.T})
            ln_p = sum(
                n * np.log(p) for g, p in law.p for name, n in step.stoichiometry.items() if gas_formula(name) == g
            )
            return LogConstant(np.full_like(arrays.T, np.log(law.kf) - np.log(law.kr) + ln_p), None)
    return _equilibrium_of(energies.reaction(step), arrays.T)


def _closing_equilibrium(mechanism: Mechanism, energies: StateEnergies, ln_K: dict[str, LogConstant]) -> LogConstant:
    """Ln K that its cycle and the gas phase leave to the closing step."""
    closing = mechanism.closure.step
    for sigma_j in mechanism.network.cycles():
        members = {s.id: n for s, n in zip(mechanism.network.steps, sigma_j, strict=True) if n}
        if closing not in members:
            continue
        steps = {sid: mechanism.network.step(sid) for sid in members}
        total = _equilibrium_of(energies.sum(_net_gas(steps, members)), energies.T)
        for sid, n in members.items():
            if sid != closing:
                total = total - ln_K[sid].times(n)
        return total.times(1 / members[closing])
    raise InputError(
        f"the closure step '{closing}' is in no cycle.",
        where="closure",
        remedy="name a step of the cycle that does not close.",
    )


def _equilibrium_of(reaction: StepEnergies, T: Array) -> LogConstant:
    kT = K_B * T
    return LogConstant(-reaction.G / kT, None if reaction.H is None else reaction.H / (kT * T))


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


def _constant(value: float, arrays: ConditionArrays) -> LogConstant:
    return LogConstant(np.full_like(arrays.T, value), np.zeros_like(arrays.T))


def _zero(arrays: ConditionArrays) -> StepEnergies:
    return StepEnergies(np.zeros_like(arrays.T), np.zeros_like(arrays.T))


def _arrhenius(A: float, Ea: float, arrays: ConditionArrays) -> LogConstant:
    return LogConstant(np.log(A) - Ea / (K_B * arrays.T), Ea / (K_B * arrays.T**2))


def _eyring(barrier: StepEnergies, arrays: ConditionArrays) -> LogConstant:
    """ln(kT/h exp(-G/kT)); its derivative is 1/T + H/kT^2."""
    kT = K_B * arrays.T
    dT = None if barrier.H is None else 1 / arrays.T + barrier.H / (kT * arrays.T)
    return LogConstant(np.log(kT / H_PLANCK) - barrier.G / kT, dT)


def _higher(a: StepEnergies, b: StepEnergies) -> StepEnergies:
    """Elementwise the one of larger G."""
    pick = a.G >= b.G
    H = None if a.H is None or b.H is None else np.where(pick, a.H, b.H)
    return StepEnergies(np.where(pick, a.G, b.G), H)


def _lifted(
    barrier: StepEnergies, floor: StepEnergies, step: ElementaryStep, what: str, note: str
) -> tuple[StepEnergies, tuple[str, ...]]:
    lifted = _higher(barrier, floor)
    below = bool(np.any(barrier.G < floor.G))
    return lifted, (note.format(equation=step.equation, what=what),) if note and below else ()


def _transition_state(
    step: ElementaryStep, energies: StateEnergies, arrays: ConditionArrays, ln_K: LogConstant
) -> StepConstants:
    note = "the transition state of '{equation}' lies below its {what} state and is lifted to it."
    barrier, low_initial = _lifted(energies.activation(step), _zero(arrays), step, "initial", note)
    barrier, low_final = _lifted(barrier, energies.reaction(step), step, "final", note)
    return StepConstants(_eyring(barrier, arrays), ln_K, (*low_initial, *low_final))


def _proton_electron(
    step: ElementaryStep,
    law: ProtonElectronTransfer,
    energies: StateEnergies,
    arrays: ConditionArrays,
    ln_K: LogConstant,
) -> StepConstants:
    reaction = energies.reaction(step)
    held = pcet_barrier(law.Ga0, -energies.gibbs(ELECTRON.name), U0_RHE=law.U0_RHE, beta=law.beta, dG=reaction.G)
    H = None if reaction.H is None else np.where(held.cap == Cap.REACTION, reaction.H, held.barrier)
    barrier = StepEnergies(held.barrier, H)
    caps = sorted(set(held.cap[held.cap != Cap.NONE]))
    notes = tuple(
        f"the barrier of '{step.equation}' is on its {cap} cap: derivatives have a kink there." for cap in caps
    )
    ln_kf = _eyring(barrier, arrays)
    if law.donor is None:
        return StepConstants(
            ln_kf, ln_K, (*notes, f"'{step.equation}' names no donor: no effect of pH beyond the RHE scale.")
        )
    if arrays.pH is None:
        raise InputError(
            f"the donor {law.donor} of '{step.equation}' needs a pH.", where="conditions", remedy="give pH."
        )
    shift = donor_factor_ln(law.donor, arrays.pH, law.beta)
    return StepConstants(ln_kf + LogConstant(shift, np.zeros_like(shift)), ln_K, notes)


def _assumed(
    step: ElementaryStep, law: AssumedBarrier, energies: StateEnergies, arrays: ConditionArrays, ln_K: LogConstant
) -> StepConstants:
    reaction = energies.reaction(step)
    H = None if reaction.H is None else law.Ga0 + law.beta * reaction.H
    barrier = _higher(StepEnergies(law.Ga0 + law.beta * reaction.G, H), _zero(arrays))
    barrier = _higher(barrier, reaction)
    note = f"the barrier of '{step.equation}' is assumed ({law.Ga0:g} eV at dG = 0), not published."
    return StepConstants(_eyring(barrier, arrays), ln_K, (note,))


def _sticking(
    step: ElementaryStep, law: Sticking, mechanism: Mechanism, arrays: ConditionArrays, ln_K: LogConstant
) -> StepConstants:
    density = min(
        _density(site, step, mechanism) for site in _free_sites(step, mechanism)
    )  # the rarer type sets the pace
    flux = BAR / np.sqrt(2 * np.pi * law.mass * ATOMIC_MASS * K_B * EV * arrays.T)  # [1/m2/s per bar]
    ln_adsorption = LogConstant(np.log(law.probability * flux * ANGSTROM**2 / density), -0.5 / arrays.T)
    arrives = any(mechanism.network.species[name].phase is Phase.GAS for name in step.reactants)
    return StepConstants(ln_adsorption if arrives else ln_adsorption + ln_K, ln_K)


def _free_sites(step: ElementaryStep, mechanism: Mechanism) -> set[str]:
    """Types of the free sites that a gas lands on."""
    species = [mechanism.network.species[name] for name in (*step.reactants, *step.products)]
    free = {site for s in species if s.phase is Phase.SITE for site in s.sites}
    if not free:
        raise InputError(
            f"sticking in '{step.equation}' finds no free site.", remedy="sticking is for adsorption on free sites."
        )
    return free


def _density(site: str, step: ElementaryStep, mechanism: Mechanism) -> float:
    density = mechanism.site_densities.get(site)
    if density is None:
        raise MissingEnergyError(
            f"sticking in '{step.equation}' needs the area of a site of type '{site}'.",
            remedy="give 'density: ... mol/cm2' (or 1/nm2) of that site type.",
        )
    return density


def _with_pressure(k: LogConstant, side: object, mechanism: Mechanism, arrays: ConditionArrays) -> LogConstant:
    """K times the pressures of the gases of one side, p over p0; a gas at zero pressure gives ln k = -inf."""
    value = k.value.copy()
    for name, n in dict(side).items():  # type: ignore[call-overload]
        if mechanism.network.species[name].phase is Phase.GAS:
            with np.errstate(divide="ignore"):
                value = value + n * np.log(arrays.p[gas_formula(name)])
    return LogConstant(value, k.dT)


def _with_published_pressure(
    back: LogConstant, k: StepConstants, step: ElementaryStep, mechanism: Mechanism, arrays: ConditionArrays
) -> LogConstant:
    if not k.at_pressure:
        return _with_pressure(back, step.products, mechanism, arrays)
    with_final = _with_pressure(back, step.products, mechanism, arrays)
    initial = _with_pressure(_constant(0.0, arrays), step.reactants, mechanism, arrays)
    return with_final - initial  # ln kf held the initial state's pressures already


def _stack_derivatives(constants: list[LogConstant]) -> Array | None:
    if any(k.dT is None for k in constants):
        return None
    return np.stack([k.dT for k in constants if k.dT is not None], axis=-1)


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


def _site_ratios(mechanism: Mechanism) -> dict[str, float]:
    """Sites of each type per site of the first type."""
    types = mechanism.site_types
    if len(types) == 1:
        return {types[0]: 1.0}
    densities = {}
    for site in types:
        density = mechanism.site_densities.get(site)
        if density is None:
            raise InputError(
                f"the density of site type '{site}' is missing.",
                where="site",
                remedy="give 'density' of every type: a TOF counts sites.",
            )
        densities[site] = density
    return {site: density / densities[types[0]] for site, density in densities.items()}


def _step_weights(mechanism: Mechanism) -> list[float]:
    """Events are counted per site of the first type: a step runs on its own sites, or on the rarer of its types."""
    if mechanism.site_model is SiteModel.ISOLATED:
        return [1.0] * len(mechanism.network.steps)
    ratios = _site_ratios(mechanism)
    species = mechanism.network.species
    return [
        min(ratios[t] for name in (*s.reactants, *s.products) for t in species[name].sites)
        for s in mechanism.network.steps
    ]


def _interactions(mechanism: Mechanism, arrays: ConditionArrays) -> Array | None:
    if not mechanism.interactions:
        return None
    index = {name: i for i, name in enumerate(mechanism.network.surface_species)}
    matrix = np.zeros((len(index), len(index)))
    for interaction in mechanism.interactions:
        matrix[index[interaction.species], index[interaction.by]] = interaction.energy
    return np.asarray(matrix[None, :, :] / (K_B * arrays.T)[:, None, None])


def _interaction_share(step: ElementaryStep, mechanism: Mechanism) -> float:
    """0 when the initial state is the one that meets no neighbours (a gas arriving), 1 for a gas leaving, else 1/2."""
    law = mechanism.rates[step.id]
    if isinstance(law, (Barrierless, Sticking)):
        arrives = any(mechanism.network.species[name].phase is Phase.GAS for name in step.reactants)
        return 0.0 if arrives else 1.0
    return 0.5
