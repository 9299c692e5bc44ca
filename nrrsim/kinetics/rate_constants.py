"""Rate constants of every step at conditions, in log space, and what else the solvers need to know of the chemistry."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from nrrsim.core.conditions import Conditions
from nrrsim.core.species import PROTON, Phase, gas_formula
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.kinetics.bep import followed_by, shift_of
from nrrsim.kinetics.checks import check_constants, check_laws, check_pressures
from nrrsim.kinetics.closure import check_closure, closed_constants
from nrrsim.kinetics.energies import Array, ConditionArrays, Slopes
from nrrsim.kinetics.log_constants import LogConstant, constant
from nrrsim.kinetics.mechanism import Mechanism, SiteModel
from nrrsim.kinetics.rate_laws import Barrierless, Equilibrium, Sticking
from nrrsim.kinetics.step_constants import StepConstants
from nrrsim.units import K_B


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
        base = k.ln_kf + constant(np.log(ways), arrays)
        back = k.ln_kf + constant(np.log(ways_back), arrays) - k.ln_K
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
    initial = _with_pressure(constant(0.0, arrays), step.reactants, mechanism, arrays)
    return with_final - initial  # ln kf held the initial state's pressures already


def _stack_derivatives(constants: list[LogConstant]) -> Array | None:
    if any(k.dT is None for k in constants):
        return None
    return np.stack([k.dT for k in constants if k.dT is not None], axis=-1)


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
        return [(float(forward), float(reverse)) for forward, reverse in mechanism.step_ways]
    ratios = _site_ratios(mechanism)
    species = mechanism.network.species
    shares = [
        min(ratios[t] for name in (*s.reactants, *s.products) for t in species[name].sites)
        for s in mechanism.network.steps
    ]
    return [(share, share) for share in shares]


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
