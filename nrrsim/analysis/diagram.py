"""Free-energy diagrams: every pathway of a network at T, U and p, with what limits each of them.

Limiting potentials and largest chemical steps are counted at 1 bar and U = 0 V vs RHE, profiles and energetic spans at
the conditions given.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from nrrsim.analysis.energetic_span import EnergeticSpan, energetic_span
from nrrsim.core.conditions import Conditions
from nrrsim.core.species import Phase, gas_formula
from nrrsim.errors import InputError, nearest
from nrrsim.kinetics.closure import standard_reactions
from nrrsim.kinetics.energies import ConditionArrays, StateEnergies
from nrrsim.kinetics.mechanism import Catalyst, Lump, Mechanism
from nrrsim.kinetics.rate_laws import AssumedBarrier, Barrierless, Equilibrium, PublishedConstants
from nrrsim.kinetics.step_constants import step_constants
from nrrsim.network.pathways import PathStep, Pathway, enumerate_pathways, her_pathways
from nrrsim.units import H_PLANCK, K_B

LARGEST_CHEMICAL_STEP = 0.75  # a path with a higher chemical step is listed, never best [eV]


@dataclass(frozen=True)
class DiagramStep:
    """One step of a pathway, in the direction the pathway uses it.

    Parameters
    ----------
    equation, step_id : str
    dG : float
        At the conditions of the diagram [eV].
    standard_dG : float
        At 1 bar and U = 0 V vs RHE [eV].
    n_electrons : int
        Electrons consumed in one turn.
    count : int
        Turns per turnover.
    barrier : float or None
        Transition state over initial state at the conditions [eV]; None where no barrier is published, or none stands
        above the two states.
    barrierless : bool
        Whether the step has no barrier beyond the higher of its two states (adsorption, desorption).
    """

    equation: str
    step_id: str
    dG: float
    standard_dG: float
    n_electrons: int
    count: int
    barrier: float | None
    barrierless: bool


@dataclass(frozen=True)
class DiagramState:
    """A level of the profile: its label and G over the start [eV]."""

    label: str
    G: float


@dataclass(frozen=True)
class PathwayDiagram:
    """The profile of one pathway and what limits it.

    Parameters
    ----------
    name, family, product : str
    steps : tuple[DiagramStep, ...]
    states : tuple[DiagramState, ...]
        One more than steps.
    limiting_potential : float or None
        Minus the largest proton-electron step over e [V vs RHE]; None for a pathway without one.
    source_limiting_potential : float or None
        By the source's own way of counting [V vs RHE]; None where it has none or this pathway lacks its steps.
    potential_determining_step : str or None
    largest_chemical_step : float or None
        [eV], with its equation in `largest_chemical_equation`.
    largest_chemical_equation : str or None
    span : EnergeticSpan
    species : frozenset[str]
        Species whose energies it used.
    """

    name: str
    family: str
    product: str
    steps: tuple[DiagramStep, ...]
    states: tuple[DiagramState, ...]
    limiting_potential: float | None
    source_limiting_potential: float | None
    potential_determining_step: str | None
    largest_chemical_step: float | None
    largest_chemical_equation: str | None
    span: EnergeticSpan
    species: frozenset[str]


@dataclass(frozen=True)
class HydrogenEvolution:
    """Hydrogen evolution beside nitrogen reduction.

    Parameters
    ----------
    adsorption : Mapping[str, float]
        G(H*) - 1/2 G(H2) at 1 bar and U = 0 V vs RHE [eV] of each state that is one adsorbed hydrogen, nearest to zero
        first.
    pathways : tuple[PathwayDiagram, ...]
        Its routes.
    """

    adsorption: Mapping[str, float]
    pathways: tuple[PathwayDiagram, ...]

    @property
    def adsorbate(self) -> str | None:
        """The adsorbed hydrogen nearest to zero; None where no energy of one is known."""
        return next(iter(self.adsorption), None)

    @property
    def dG_H(self) -> float | None:
        """G(H*) - 1/2 G(H2) of that hydrogen [eV]."""
        return None if self.adsorbate is None else self.adsorption[self.adsorbate]


@dataclass(frozen=True)
class Diagram:
    """All pathways of a catalyst at one set of conditions.

    Parameters
    ----------
    catalyst, name, kind : str
    conditions : Conditions
    pathways : tuple[PathwayDiagram, ...]
        From best to worst.
    best : str or None
        Name of the best pathway to NH3.
    her : HydrogenEvolution
    warnings : tuple[str, ...]
        Caveats of the numbers used, and what is missing.
    notes : tuple[str, ...]
        Data sets, treatments of modes and corrections behind the numbers.
    """

    catalyst: str
    name: str
    kind: str
    conditions: Conditions
    pathways: tuple[PathwayDiagram, ...]
    best: str | None
    her: HydrogenEvolution
    warnings: tuple[str, ...]
    notes: tuple[str, ...]

    def pathway(self, name: str) -> PathwayDiagram:
        """The pathway of that name."""
        for pathway in self.pathways:
            if pathway.name == name:
                return pathway
        raise InputError(
            f"there is no pathway '{name}'; {nearest(name, (p.name for p in self.pathways))}",
            remedy="name one of them.",
        )


def free_energy_diagram(
    catalyst: Catalyst, conditions: Conditions, *, chemical_limit: float = LARGEST_CHEMICAL_STEP
) -> Diagram:
    """Every pathway at the given conditions.

    Parameters
    ----------
    catalyst : Catalyst
    conditions : Conditions
        T, potential and pressures; a gas without a pressure stands at 1 bar.
    chemical_limit : float
        Pathways with a larger chemical step are listed, never best [eV].

    Raises
    ------
    InputError
        If a gas has zero pressure (its free energy is infinite), or T is outside a state's range.
    """
    together = catalyst.mechanism.own_whole_sites
    catalyst = catalyst.as_written  # adsorbates one by one, not the states of a whole site
    mechanism = catalyst.mechanism
    context = _Context(mechanism, conditions)
    found = enumerate_pathways(mechanism.network)
    complete = [p for p in found if all(s.step.id in context.standard for s in p.steps)]
    kind = catalyst.kind
    drawn = [_pathway_diagram(p, context, catalyst.lump) for p in complete]
    drawn.sort(key=lambda p: _rank(p, kind, chemical_limit))
    best = next((p.name for p in drawn if _may_be_best(p, kind, chemical_limit)), None)
    her = _hydrogen_evolution(mechanism, context)
    warnings = _warnings(catalyst, found, complete, drawn, best, her, chemical_limit)
    used = {name for p in drawn for name in p.species}
    warnings += catalyst.mechanism.off_temperature(conditions.T, used)
    if together:
        warnings += (
            f"adsorbates are put one by one, each with its energy alone: those given for {', '.join(together)} count "
            "in rates, not here.",
        )
    notes = catalyst.mechanism.notes_of(used)
    return Diagram(catalyst.id, catalyst.name, catalyst.kind, conditions, tuple(drawn), best, her, warnings, notes)


class _Context:
    """Energies of the steps at the conditions and at the standard state."""

    def __init__(self, mechanism: Mechanism, conditions: Conditions) -> None:
        self.mechanism = mechanism
        self.T = conditions.T
        potential = conditions.U if conditions.U is not None else 0.0
        self._arrays = ConditionArrays(
            np.array([conditions.T]),
            {},
            np.array([potential]),
            None if conditions.pH is None else np.array([conditions.pH]),
        )
        at_zero = ConditionArrays(self._arrays.T, {}, np.zeros(1), self._arrays.pH)
        self.standard = {sid: float(dG[0]) for sid, dG in standard_reactions(mechanism, at_zero).items()}
        self.at_potential = {sid: float(dG[0]) for sid, dG in standard_reactions(mechanism, self._arrays).items()}
        self._energies = StateEnergies(mechanism, self._arrays)
        self._ln_p = {gas: _ln_pressure(gas, conditions) for gas in mechanism.network.gases}

    def pressure_term(self, stoichiometry: dict[str, int]) -> float:
        """KT sum n ln(p/p0) over the gases [eV]."""
        return K_B * self.T * sum(n * self._ln_p.get(name, 0.0) for name, n in stoichiometry.items())

    def barrier(self, path_step: PathStep) -> float | None:
        """Transition over initial state at the conditions, from the step's law [eV]."""
        step = path_step.step
        law = self.mechanism.rates.get(step.id)
        if law is None or isinstance(law, (Barrierless, Equilibrium, PublishedConstants, AssumedBarrier)):
            return None
        k = step_constants(step, self.mechanism, self._energies, self._arrays)
        ln_k = k.ln_kf.value[0] if path_step.direction > 0 else k.ln_kf.value[0] - k.ln_K.value[0]
        initial = step.reactants if path_step.direction > 0 else step.products
        return float(-K_B * self.T * (ln_k - math.log(K_B * self.T / H_PLANCK)) - self.pressure_term(dict(initial)))

    def hydrogen_adsorption(self) -> dict[str, float]:
        """G(H*) - G(*) - 1/2 G(H2) at the standard state [eV] of each adsorbed hydrogen, nearest to zero first."""
        species = self.mechanism.network.species
        names = [n for n, s in species.items() if s.phase is Phase.ADSORBATE and dict(s.composition) == {"H": 1}]
        if not self._energies.has("H2(g)"):
            return {}
        clean = [n for n, s in species.items() if s.on_surface and not s.composition and self._energies.has(n)]
        half = 0.5 * self._energies.gibbs("H2(g)")[0] + (self._energies.gibbs(clean[0])[0] if clean else 0.0)
        found = {n: float(self._energies.gibbs(n)[0] - half) for n in names if self._energies.has(n)}
        return dict(sorted(found.items(), key=lambda item: abs(item[1])))


def _ln_pressure(gas: str, conditions: Conditions) -> float:
    pressure = conditions.p.get(gas_formula(gas), 1.0)
    if pressure == 0:
        raise InputError(
            f"{gas_formula(gas)} has zero pressure, so that its free energy is minus infinity.",
            where="conditions",
            remedy="draw diagrams at a positive pressure; rates can be had at zero.",
        )
    return math.log(pressure)


def _pathway_diagram(pathway: Pathway, context: _Context, lump: Lump | None) -> PathwayDiagram:
    steps = tuple(_diagram_step(step, context) for step in pathway.steps)
    electrochemical = [s for s in steps if s.n_electrons > 0]
    chemical = [s for s in steps if s.n_electrons == 0]
    pds = max(electrochemical, key=lambda s: s.standard_dG / s.n_electrons, default=None)
    largest = max(chemical, key=lambda s: s.standard_dG, default=None)
    states = _states(pathway, steps)
    return PathwayDiagram(
        name=pathway.name,
        family=pathway.family,
        product=pathway.product,
        steps=steps,
        states=states,
        limiting_potential=None if pds is None else -pds.standard_dG / pds.n_electrons,
        source_limiting_potential=_lumped(steps, lump),
        potential_determining_step=None if pds is None else pds.equation,
        largest_chemical_step=None if largest is None else largest.standard_dG,
        largest_chemical_equation=None if largest is None else largest.equation,
        span=energetic_span(states, _transition_levels(steps, states)),
        species=frozenset(name for s in pathway.steps for name in (*s.stoichiometry, s.step.transition_state) if name),
    )


def _diagram_step(path_step: PathStep, context: _Context) -> DiagramStep:
    step, sign = path_step.step, path_step.direction
    dG = sign * context.at_potential[step.id] + context.pressure_term(dict(path_step.stoichiometry))
    return DiagramStep(
        equation=path_step.equation,
        step_id=step.id,
        dG=dG,
        standard_dG=sign * context.standard[step.id],
        n_electrons=path_step.n_electrons,
        count=path_step.count,
        barrier=context.barrier(path_step),
        barrierless=isinstance(context.mechanism.rates.get(step.id), Barrierless),
    )


def _states(pathway: Pathway, steps: tuple[DiagramStep, ...]) -> tuple[DiagramState, ...]:
    present: Counter[str] = Counter({} if pathway.product == "H2(g)" else {"N2(g)": 1})
    states = [DiagramState(_state_label(present), 0.0)]
    for path_step, step in zip(pathway.steps, steps, strict=True):
        for name, n in path_step.stoichiometry.items():
            present[name] += n * path_step.count
        states.append(DiagramState(_state_label(present), states[-1].G + step.count * step.dG))
    return tuple(states)


def _state_label(present: Counter[str]) -> str:
    """What is there beside free sites, protons, electrons and H2: 'N* + NH3(g)'."""
    hidden = ("*", "H+", "e-", "H2(g)")
    shown = {name: n for name, n in present.items() if n > 0 and not name.startswith(hidden)}
    surface = {name: n for name, n in shown.items() if not name.endswith("(g)")}
    gases = {name: n for name, n in shown.items() if name.endswith("(g)")}
    return " + ".join(f"{n}{name}" if n > 1 else name for name, n in {**surface, **gases}.items()) or "*"


def _transition_levels(
    steps: tuple[DiagramStep, ...], states: tuple[DiagramState, ...]
) -> tuple[tuple[float, bool], ...]:
    """Height of each transition state over the start, and whether it is known; else the higher of its two states."""
    levels = []
    for step, before, after in zip(steps, states[:-1], states[1:], strict=True):
        last = after.G - step.dG  # initial state of the last of `count` turns
        floor = max(before.G, after.G)
        if step.barrier is None:
            levels.append((floor, step.barrierless))
        else:
            levels.append((max(floor, max(before.G, last) + step.barrier), True))
    return tuple(levels)


def _lumped(steps: tuple[DiagramStep, ...], lump: Lump | None) -> float | None:
    """Limiting potential with steps taken together as the source does.

    Each group counts G(end) minus the lowest G among its states before the electron comes.
    """
    if lump is None:
        return None
    rises = []
    for group in (lump.first, lump.last):
        members = [next((s for s in steps if s.step_id == sid), None) for sid in group]
        if any(m is None for m in members):
            return None
        level, lowest, transferred = 0.0, 0.0, False
        for member in members:
            assert member is not None
            transferred = transferred or member.n_electrons > 0
            level += member.standard_dG
            lowest = lowest if transferred else min(lowest, level)
        rises.append(level - lowest)
    return -max(rises)


def _rank(pathway: PathwayDiagram, kind: str, chemical_limit: float) -> tuple[float, ...]:
    """Best first: to NH3, within the chemical limit, least uphill electron, least uphill chemistry; thermal by span.

    Beyond the limit the least uphill chemistry comes first. Pathways that share the steps that limit them differ by
    their span, and by how many steps they take.
    """
    other_product = float(pathway.product != "NH3(g)")
    if kind == "thermal":
        return (other_product, pathway.span.energy)
    chemical = pathway.largest_chemical_step if pathway.largest_chemical_step is not None else -math.inf
    electrochemical = -math.inf if pathway.limiting_potential is None else -pathway.limiting_potential
    span = round(pathway.span.energy, 9)  # sums of the same steps in another order
    beyond = round(max(chemical - chemical_limit, 0.0), 9)
    return (other_product, beyond, electrochemical, chemical, span, len(pathway.steps))


def _may_be_best(pathway: PathwayDiagram, kind: str, chemical_limit: float) -> bool:
    if pathway.product != "NH3(g)":
        return False
    return kind == "thermal" or pathway.largest_chemical_step is None or pathway.largest_chemical_step <= chemical_limit


def _hydrogen_evolution(mechanism: Mechanism, context: _Context) -> HydrogenEvolution:
    paths = [p for p in her_pathways(mechanism.network) if all(s.step.id in context.standard for s in p.steps)]
    return HydrogenEvolution(context.hydrogen_adsorption(), tuple(_pathway_diagram(p, context, None) for p in paths))


def _warnings(
    catalyst: Catalyst,
    found: tuple[Pathway, ...],
    complete: list[Pathway],
    drawn: list[PathwayDiagram],
    best: str | None,
    her: HydrogenEvolution,
    chemical_limit: float,
) -> tuple[str, ...]:
    mechanism = catalyst.mechanism
    warnings = list(
        catalyst.caveats_of({name for p in drawn for name in p.species} | {s.step_id for p in drawn for s in p.steps})
    )
    warnings += mechanism.closure.sentences
    missing = mechanism.unpublished_states
    if len(complete) < len(found):
        warnings.append(
            f"incomplete: {', '.join(missing)} has no published energy; {len(found) - len(complete)} of {len(found)} "
            "pathways cannot be drawn without it."
        )
    if not found:
        warnings.append("the network holds no complete pathway from N2(g) to NH3(g).")
    beyond = [(p.largest_chemical_step, p.largest_chemical_equation) for p in drawn if p.product == "NH3(g)"]
    if best is None and beyond:
        height, equation = min((step, equation) for step, equation in beyond if step is not None)
        warnings.append(
            f"every pathway to NH3 has a chemical step above {chemical_limit:g} eV, the least of them {equation}, "
            f"{height:.2f} eV: none is called best."
        )
        if "NH3(g)" in (equation or "") and mechanism.electrochemical:
            warnings.append(
                "ammonia leaves as a gas here; in water that is not strongly basic it turns to ammonium, which makes "
                "it leave more easily and is left out."
            )
    if mechanism.electrochemical and her.dG_H is None:
        warnings.append("no energy of H* is published for this site: hydrogen evolution cannot be laid beside.")
    reaction = next((p.states[-1].G for p in drawn if p.product == "NH3(g)"), -1.0)
    if reaction >= 0:
        warnings.append(
            f"the reaction is uphill at these conditions (dG = {reaction:+.3f} eV): it runs backwards, and energetic "
            "spans say nothing of a turnover to NH3."
        )
    if any(p.span.lower_bound for p in drawn):
        warnings.append(
            "energetic spans are lower bounds: steps without a published barrier count the higher of their two states."
        )
    return tuple(dict.fromkeys([*warnings, *catalyst.notes]))
