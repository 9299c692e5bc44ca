"""Rate constants of every step at conditions, in log space, each with its derivatives to temperature, energies and pH.

Forward constants come from the step's law; reverse constants from ln kr = ln kf - ln K with K from the thermochemistry
of the states, but for steps whose law carries an equilibrium of its own (`closure` says what becomes of those).

ln k is linear in the Gibbs energies of states, piecewise where a law takes the highest of several barriers. Its
derivatives to them are kept as `Slopes`, sums of a factor that depends on the condition times counts of states; the
electron stands among the states, G(e-) = -e U_RHE, so that the potential needs no derivative of its own.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from nrrsim.core.conditions import Conditions
from nrrsim.core.species import ELECTRON, PROTON, Phase, gas_formula
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.kinetics.bep import followed_by, shift_of
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

Slopes: TypeAlias = tuple[tuple[Array, Mapping[str, float]], ...]  # factors (c,), each times counts of states


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
        return LogConstant(self.value * factor, dT, _scaled(self.slopes, factor), self.dpH * factor)


@dataclass(frozen=True, eq=False)
class EnergyChange:
    """Energy of a barrier or a reaction, and how it follows from those of states.

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


def _scaled(slopes: Slopes, factor: Array | NDArray[np.bool_] | float) -> Slopes:
    return tuple((weight * factor, states) for weight, states in slopes)


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


@dataclass(frozen=True, eq=False)
class EnergyDerivatives:
    """How ln k answers to energies, potential and pH, and which energies follow others.

    Parameters
    ----------
    forward_j, reverse_j : tuple of Slopes
        d ln kf/dG_n and d ln kr/dG_n [1/eV] of every step, all other states held.
    dpH_j : array (j,)
        d ln k/d pH at fixed U_RHE, the same forward and reverse.
    capped_cj : array (c, j) of bool
        Whether a cap holds the barrier up: of a proton-electron transfer or an assumed barrier the reaction energy or
        zero, of a transition state the higher of its two sides.
    states : tuple[str, ...]
        Gases, adsorbates, free sites and transition states that have an energy.
    following : Mapping[str, Mapping[str, float]]
        dG_n/dE_m of the states n without a free energy of their own: transition states of a BEP relation, and H+.
    """

    forward_j: tuple[Slopes, ...]
    reverse_j: tuple[Slopes, ...]
    dpH_j: Array
    capped_cj: NDArray[np.bool_]
    states: tuple[str, ...]
    following: Mapping[str, Mapping[str, float]]

    def to_gibbs(self, names: Sequence[str], c: int) -> tuple[Array, Array]:
        """D ln kf_j/dG_n and d ln kr_j/dG_n [1/eV] at condition c with all other states held, shape (n, j) each."""
        place = {name: n for n, name in enumerate(names)}
        found = np.zeros((2, len(names), len(self.forward_j)))
        for side, slopes_j in enumerate((self.forward_j, self.reverse_j)):
            for j, slopes in enumerate(slopes_j):
                for weight_c, states in slopes:
                    for name, count in states.items():
                        if name in place:
                            found[side, place[name], j] += weight_c[c] * count
        return found[0], found[1]

    def to_energies(self, names: Sequence[str], c: int) -> tuple[Array, Array]:
        """D ln kf_j/dE_n and d ln kr_j/dE_n [1/eV] at condition c, shape (n, j) each; what follows E_n moves along."""
        direct = self.to_gibbs((*names, *self.following), c)
        forward, reverse = (values[: len(names)].copy() for values in direct)
        for n, name in enumerate(names):
            for row, leading in enumerate(self.following.values(), start=len(names)):
                forward[n] += leading.get(name, 0.0) * direct[0][row]
                reverse[n] += leading.get(name, 0.0) * direct[1][row]
        return forward, reverse


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
    energies : EnergyDerivatives
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
    energies: EnergyDerivatives
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
    forward, reverse = [], []
    for step, (ways, ways_back) in zip(mechanism.network.steps, _step_weights(mechanism), strict=True):
        k = constants[step.id]
        base = k.ln_kf + _constant(np.log(ways), arrays)
        back = k.ln_kf + _constant(np.log(ways_back), arrays) - k.ln_K
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
        energies=EnergyDerivatives(
            forward_j=tuple(k.slopes for k in forward),
            reverse_j=tuple(k.slopes for k in reverse),
            dpH_j=np.array([k.dpH for k in forward]),
            capped_cj=_capped(mechanism, constants, arrays),
            states=_states_with_energy(mechanism),
            following=_following(mechanism),
        ),
        notes=_notes(mechanism, constants),
    )


def _notes(mechanism: Mechanism, constants: Mapping[str, StepConstants]) -> tuple[str, ...]:
    """What the constants say, each sentence once: of a whole site's steps, by the step that they were made from."""
    expansion = mechanism.expansion
    if expansion is None:
        return tuple(dict.fromkeys(note for k in constants.values() for note in k.notes))
    written = {step.id: step.equation for step in expansion.elementary.network.steps}
    copies, said = Counter(expansion.origin.values()), Counter[tuple[str, str]]()
    for step in mechanism.network.steps:
        origin = expansion.origin[step.id]
        said.update((origin, note.replace(step.equation, written[origin])) for note in constants[step.id].notes)
    return tuple(
        note if n == copies[origin] else f"{note.rstrip('.')} ({n} of {copies[origin]} steps of the whole site)."
        for (origin, note), n in said.items()
    )


def _capped(mechanism: Mechanism, constants: Mapping[str, StepConstants], arrays: ConditionArrays) -> NDArray[np.bool_]:
    free = np.zeros(arrays.T.size, dtype=np.bool_)
    capped_j = (constants[step.id].capped for step in mechanism.network.steps)
    return np.stack([free if capped is None else capped for capped in capped_j], axis=-1)


def _states_with_energy(mechanism: Mechanism) -> tuple[str, ...]:
    network = mechanism.network
    species = [n for n, s in network.species.items() if s.phase in (Phase.GAS, Phase.ADSORBATE, Phase.SITE)]
    states = [*species, *network.transition_states]
    if mechanism.expansion is not None:  # what additive states follow
        states += sorted(mechanism.expansion.behind(states) - set(states))
    return tuple(
        name
        for name in states
        if name in mechanism.thermo or (name in species and network.species[name].phase is Phase.SITE)
    )


def _following(mechanism: Mechanism) -> dict[str, dict[str, float]]:
    """dG_n/dE_m of states without a free energy of their own: mu(H+) = 1/2 mu0(H2), BEP and additive states."""
    following = {PROTON.name: {"H2(g)": 0.5}}
    positions = set()
    if mechanism.expansion is not None:  # a free position is no state, though a clean site may have its name
        species = mechanism.expansion.elementary.network.species
        positions = {name for name, s in species.items() if s.phase is Phase.SITE}
    for name, thermo in mechanism.thermo.items():
        leading = followed_by(name, thermo) - positions
        if leading != {name}:
            following[name] = {state: float(shift_of(name, thermo, {state: np.ones(())})) for state in leading}
    return following


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
    weights = dict(zip((step.id for step in mechanism.network.steps), _step_ways(mechanism), strict=True))
    return {
        sid: -K_B * arrays.T * (k.value + np.log(weights[sid][0]) - np.log(weights[sid][1])) for sid, k in ln_K.items()
    }


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
            barrier = _higher(_reaction(step, energies), _zero(arrays))
            return StepConstants(
                _eyring(barrier, arrays), ln_K, (f"'{step.equation}' is taken barrierless beyond dG.",)
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
    return _equilibrium_of(_reaction(step, energies), arrays.T)


def _closing_equilibrium(mechanism: Mechanism, energies: StateEnergies, ln_K: dict[str, LogConstant]) -> LogConstant:
    """Ln K that its cycle and the gas phase leave to the closing step."""
    closing = mechanism.closure.step
    for sigma_j in mechanism.network.cycles():
        members = {s.id: n for s, n in zip(mechanism.network.steps, sigma_j, strict=True) if n}
        if closing not in members:
            continue
        steps = {sid: mechanism.network.step(sid) for sid in members}
        total = _equilibrium_of(_change(_net_gas(steps, members), energies), energies.T)
        for sid, n in members.items():
            if sid != closing:
                total = total - ln_K[sid].times(n)
        return total.times(1 / members[closing])
    raise InputError(
        f"the closure step '{closing}' is in no cycle.",
        where="closure",
        remedy="name a step of the cycle that does not close.",
    )


def _equilibrium_of(reaction: EnergyChange, T: Array) -> LogConstant:
    kT = K_B * T
    dT = None if reaction.H is None else reaction.H / (kT * T)
    return LogConstant(-reaction.G / kT, dT, _scaled(reaction.slopes, -1 / kT))


def _change(counts: Mapping[str, float], energies: StateEnergies) -> EnergyChange:
    """Sum of counts times the energies of states."""
    total: StepEnergies = energies.sum(counts)
    return EnergyChange(total.G, total.H, ((np.ones_like(total.G), counts),))


def _reaction(step: ElementaryStep, energies: StateEnergies) -> EnergyChange:
    """Final minus initial state."""
    return _change(step.stoichiometry, energies)


def _activation(step: ElementaryStep, energies: StateEnergies) -> EnergyChange:
    """Transition minus initial state."""
    assert step.transition_state is not None
    return _change({step.transition_state: 1, **{name: -n for name, n in step.reactants.items()}}, energies)


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


def _zero(arrays: ConditionArrays) -> EnergyChange:
    return EnergyChange(np.zeros_like(arrays.T), np.zeros_like(arrays.T), ())


def _arrhenius(A: float, Ea: float, arrays: ConditionArrays) -> LogConstant:
    return LogConstant(np.log(A) - Ea / (K_B * arrays.T), Ea / (K_B * arrays.T**2))


def _eyring(barrier: EnergyChange, arrays: ConditionArrays) -> LogConstant:
    """ln(kT/h exp(-G/kT)); its derivative is 1/T + H/kT^2."""
    kT = K_B * arrays.T
    dT = None if barrier.H is None else 1 / arrays.T + barrier.H / (kT * arrays.T)
    return LogConstant(np.log(kT / H_PLANCK) - barrier.G / kT, dT, _scaled(barrier.slopes, -1 / kT))


def _higher(a: EnergyChange, b: EnergyChange) -> EnergyChange:
    """Elementwise the one of larger G; the first where they are equal."""
    pick = a.G >= b.G
    H = None if a.H is None or b.H is None else np.where(pick, a.H, b.H)
    return EnergyChange(np.where(pick, a.G, b.G), H, (*_scaled(a.slopes, pick), *_scaled(b.slopes, ~pick)))


def _lifted(
    barrier: EnergyChange, floor: EnergyChange, step: ElementaryStep, what: str, note: str
) -> tuple[EnergyChange, tuple[str, ...]]:
    lifted = _higher(barrier, floor)
    below = bool(np.any(barrier.G < floor.G))
    return lifted, (note.format(equation=step.equation, what=what),) if below else ()


def _transition_state(
    step: ElementaryStep, energies: StateEnergies, arrays: ConditionArrays, ln_K: LogConstant
) -> StepConstants:
    note = "the transition state of '{equation}' lies below its {what} state and is lifted to it."
    own = _activation(step, energies)
    barrier, low_initial = _lifted(own, _zero(arrays), step, "initial", note)
    barrier, low_final = _lifted(barrier, _reaction(step, energies), step, "final", note)
    return StepConstants(_eyring(barrier, arrays), ln_K, (*low_initial, *low_final), capped=barrier.G > own.G)


def _proton_electron(
    step: ElementaryStep,
    law: ProtonElectronTransfer,
    energies: StateEnergies,
    arrays: ConditionArrays,
    ln_K: LogConstant,
) -> StepConstants:
    reaction = _reaction(step, energies)
    held = pcet_barrier(law.Ga0, -energies.gibbs(ELECTRON.name), U0_RHE=law.U0_RHE, beta=law.beta, dG=reaction.G)
    free, on_reaction = held.cap == Cap.NONE, held.cap == Cap.REACTION
    H = None if reaction.H is None else np.where(on_reaction, reaction.H, held.barrier)
    by_potential: Slopes = ((-law.beta * free, {ELECTRON.name: 1}),)  # U_RHE is -G(e-)
    barrier = EnergyChange(held.barrier, H, (*by_potential, *_scaled(reaction.slopes, on_reaction)))
    caps = sorted(set(held.cap[held.cap != Cap.NONE]))
    notes = tuple(
        f"the barrier of '{step.equation}' is on its {cap} cap: derivatives have a kink there." for cap in caps
    )
    ln_kf = _eyring(barrier, arrays)
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
    reaction = _reaction(step, energies)
    H = None if reaction.H is None else law.Ga0 + law.beta * reaction.H
    own = EnergyChange(law.Ga0 + law.beta * reaction.G, H, _scaled(reaction.slopes, law.beta))
    barrier = _higher(_higher(own, _zero(arrays)), reaction)
    note = f"the barrier of '{step.equation}' is assumed ({law.Ga0:g} eV at dG = 0), not published."
    return StepConstants(_eyring(barrier, arrays), ln_K, (note,), capped=barrier.G > own.G)


def _sticking(
    step: ElementaryStep, law: Sticking, mechanism: Mechanism, arrays: ConditionArrays, ln_K: LogConstant
) -> StepConstants:
    arrives = any(mechanism.network.species[name].phase is Phase.GAS for name in step.reactants)
    expansion = mechanism.expansion
    if expansion is not None:  # the free position is in the step as written
        mechanism, step = expansion.elementary, expansion.step_behind(step)
    density = min(
        _density(site, step, mechanism) for site in _free_sites(step, mechanism)
    )  # the rarer type sets the pace
    flux = BAR / np.sqrt(2 * np.pi * law.mass * ATOMIC_MASS * K_B * EV * arrays.T)  # [1/m2/s per bar]
    ln_adsorption = LogConstant(np.log(law.probability * flux * ANGSTROM**2 / density), -0.5 / arrays.T)
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
    return dataclasses.replace(k, value=value)


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


def _step_weights(mechanism: Mechanism) -> list[tuple[float, float]]:
    """Events forward and reverse, per site of the first type: a step runs on its sites, or on the rarer of its types.

    On an isolated site they are the equivalent ways in which the step can happen.
    """
    if mechanism.site_model is SiteModel.ISOLATED:
        return [(float(forward), float(reverse)) for forward, reverse in _step_ways(mechanism)]
    ratios = _site_ratios(mechanism)
    species = mechanism.network.species
    shares = [
        min(ratios[t] for name in (*s.reactants, *s.products) for t in species[name].sites)
        for s in mechanism.network.steps
    ]
    return [(share, share) for share in shares]


def _step_ways(mechanism: Mechanism) -> list[tuple[int, int]]:
    """Equivalent events of each step forward and reverse; one where states were written out, or on a surface."""
    made = {} if mechanism.expansion is None else mechanism.expansion.ways
    return [made.get(step.id, (1, 1)) for step in mechanism.network.steps]


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
