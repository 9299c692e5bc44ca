"""The mechanism: a network with the thermochemistry of its states and the rate laws of its steps."""

from __future__ import annotations

import dataclasses
import enum
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nrrsim.core.conditions import Conditions
from nrrsim.core.species import Phase, Species, parse_formula
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.kinetics.gas import GasPolicy
from nrrsim.kinetics.rate_laws import AssumedBarrier, Barrierless, Equilibrium, RateLaw, has_own_equilibrium
from nrrsim.network.network import Network
from nrrsim.network.whole_sites import parts_of
from nrrsim.thermo.corrections import Corrected
from nrrsim.thermo.protocol import Thermo
from nrrsim.thermo.published import CorrectedEnergy, GibbsAt


class SiteModel(enum.Enum):
    """How sites know of each other."""

    SURFACE = "surface"  # mean field on one or more site types
    ISOLATED = "isolated"  # every species is a state of one whole site: a Markov chain


@dataclass(frozen=True)
class Interaction:
    """d mu(species) / d theta(by), positive repulsive [eV]; symmetric, so that one G(theta) exists."""

    species: str
    by: str
    energy: float


@dataclass(frozen=True)
class Closure:
    """How cycles of step constants are made consistent with the gas phase.

    Parameters
    ----------
    step : str or None
        Id of the step whose reverse constant is recomputed.
    as_published : bool
        Whether the file keeps an equilibrium of its own.
    """

    step: str | None = None
    as_published: bool = False

    @property
    def label(self) -> str:
        """How outputs name it."""
        if self.as_published:
            return "as-published"
        return f"step {self.step}" if self.step else "by construction"

    @property
    def sentences(self) -> tuple[str, ...]:
        """What every output has to say of it."""
        said = "constants are used as published: their equilibrium is their own, not that of the gas phase."
        return (said,) if self.as_published else ()


@dataclass(frozen=True, eq=False)
class Expansion:
    """How the states and steps of a whole site were made from those of single adsorbates (`expansion.expanded`).

    Parameters
    ----------
    elementary : Mechanism
        The steps as they were written, between adsorbates and free positions.
    capacity : int
        Positions of the site.
    occupation : Mapping[str, Mapping[str, int]]
        Adsorbates by state.
    degeneracy : Mapping[str, int]
        Arrangements of the adsorbates on the positions, by state.
    origin : Mapping[str, str]
        Id of the elementary step, by step of the whole site.
    ways : Mapping[str, tuple[int, int]]
        Equivalent events of each step, forward and reverse.
    transition_states : Mapping[str, str]
        Elementary transition state, by transition state beside other adsorbates.
    additive : tuple[str, ...]
        States of several adsorbates whose energy is the sum of theirs.
    left_out : tuple[str, ...]
        Ids of elementary steps that cannot happen on so few positions.
    """

    elementary: Mechanism
    capacity: int
    occupation: Mapping[str, Mapping[str, int]]
    degeneracy: Mapping[str, int]
    origin: Mapping[str, str]
    ways: Mapping[str, tuple[int, int]]
    transition_states: Mapping[str, str]
    additive: tuple[str, ...]
    left_out: tuple[str, ...]

    def __post_init__(self) -> None:
        for name in ("occupation", "degeneracy", "origin", "ways", "transition_states"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))

    def by_elementary_step(self, values: Mapping[str, float]) -> dict[str, float]:
        """Values by step of the whole site, rates or rate control, summed by elementary step."""
        total: dict[str, float] = {}
        for step, value in values.items():
            total[self.origin[step]] = total.get(self.origin[step], 0.0) + value
        return total

    def step_behind(self, step: ElementaryStep) -> ElementaryStep:
        """The elementary step that a step of the whole site was made from."""
        return self.elementary.network.step(self.origin[step.id])

    def behind(self, names: Collection[str]) -> set[str]:
        """Adsorbates, elementary steps and elementary transition states that the named states and steps are made of."""
        adsorbates = {part for name in names for part in self.occupation.get(name, {})}
        made_from = ({**self.origin, **self.transition_states}.get(name) for name in names)
        return adsorbates | {name for name in made_from if name is not None}

    @property
    def sentences(self) -> tuple[str, ...]:
        """What every result of the whole site has to say."""
        said = []
        if self.additive:
            said.append(
                f"energies of {len(self.additive)} states of the whole site are additive, the file gives them none of "
                f"their own: {', '.join(self.additive)}."
            )
        if self.transition_states:
            said.append("energies of transition states beside other adsorbates are additive.")
        if self.left_out:
            listed = "; ".join(self.left_out)
            said.append(f"steps that cannot happen on a site of capacity {self.capacity} are left out: {listed}.")
        return tuple(said)


@dataclass(frozen=True, eq=False)
class Mechanism:
    """Everything that fixes the rates at given conditions.

    Parameters
    ----------
    network : Network
    thermo : Mapping[str, Thermo]
        Of species and transition states, by name; states without an energy are absent.
    rates : Mapping[str, RateLaw]
        By step id; a step without a law may stand in diagrams only.
    site_model : SiteModel
    site_densities : Mapping[str, float or None]
        By site type [1/Angstrom^2]; None where the source gives none.
    gas : GasPolicy
    closure : Closure
    interactions : tuple[Interaction, ...]
    assumed_barriers : tuple[float, ...]
        Barriers to assume for steps without a law [eV]; empty when the file assumes none.
    expansion : Expansion or None
        How the states of the whole site were made, where they were not written out.
    """

    network: Network
    thermo: Mapping[str, Thermo]
    rates: Mapping[str, RateLaw]
    site_model: SiteModel
    site_densities: Mapping[str, float | None]
    gas: GasPolicy
    closure: Closure = field(default_factory=Closure)
    interactions: tuple[Interaction, ...] = ()
    assumed_barriers: tuple[float, ...] = ()
    expansion: Expansion | None = None

    def __post_init__(self) -> None:
        for name in ("thermo", "rates", "site_densities"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        if self.site_model is SiteModel.ISOLATED:
            _check_isolated(self.network)
            _check_chain(self)
        _check_symmetric(self.interactions, self.network)

    def with_gas(self, gas: GasPolicy) -> Mechanism:
        """The same mechanism under another gas policy."""
        expansion = self.expansion
        if expansion is not None:
            expansion = dataclasses.replace(expansion, elementary=expansion.elementary.with_gas(gas))
        return dataclasses.replace(self, gas=gas, thermo={**self.thermo, **gas.thermo()}, expansion=expansion)

    def with_assumed_barrier(self, barrier: float) -> Mechanism:
        """The same mechanism with `barrier` [eV] assumed for each step that has no law of its own."""
        assumed = {step.id: AssumedBarrier(barrier) for step in self.steps_without_law}
        return dataclasses.replace(self, rates={**self.rates, **assumed}, assumed_barriers=())

    @property
    def own_whole_sites(self) -> tuple[str, ...]:
        """States of several adsorbates on a whole site that have an energy of their own, not the sum of theirs."""
        if self.expansion is None:
            return ()
        several = (name for name, held in self.expansion.occupation.items() if sum(held.values()) > 1)
        return tuple(name for name in several if name in self.thermo and name not in self.expansion.additive)

    @property
    def site_types(self) -> tuple[str, ...]:
        """Site types that species stand on, in the order of `site_densities`: turnovers count sites of the first."""
        used = {name for step in self.network.steps for name in (*step.reactants, *step.products)}
        on = [site for name, s in self.network.species.items() if name in used for site in s.sites]
        return tuple(dict.fromkeys([*(site for site in self.site_densities if site in on), *on]))

    @property
    def step_ways(self) -> list[tuple[int, int]]:
        """Equivalent events of each step forward and reverse; one where states were written out, or on a surface."""
        made = {} if self.expansion is None else self.expansion.ways
        return [made.get(step.id, (1, 1)) for step in self.network.steps]

    @property
    def steps_without_law(self) -> tuple[ElementaryStep, ...]:
        """Steps for which no barrier is published and none is implied."""
        return tuple(step for step in self.network.steps if step.id not in self.rates)

    @property
    def unpublished_states(self) -> tuple[str, ...]:
        """Species and transition states that steps need energies of and the source does not give."""
        return tuple(
            dict.fromkeys(
                name
                for step in self.network.steps
                if not has_own_equilibrium(self.rates.get(step.id))
                for name in self._unknown(step)
            )
        )

    def _unknown(self, step: ElementaryStep) -> tuple[str, ...]:
        states = [n for n in step.stoichiometry if self.network.species[n].phase in (Phase.GAS, Phase.ADSORBATE)]
        states += [step.transition_state] if step.transition_state else []
        return tuple(name for name in states if name not in self.thermo)

    def _and_behind(self, names: Collection[str]) -> set[str]:
        return {*names, *(self.expansion.behind(names) if self.expansion is not None else ())}

    @property
    def electrochemical(self) -> bool:
        """Whether a step transfers electrons."""
        return any(step.n_electrons for step in self.network.steps)

    def notes_of(self, names: Collection[str]) -> tuple[str, ...]:
        """What the thermochemistry of the named states says about itself, each sentence once."""
        used = self._and_behind(names)
        return tuple(
            dict.fromkeys(note for name, thermo in self.thermo.items() if name in used for note in thermo.notes)
        )

    def off_temperature(self, T: float, names: Collection[str]) -> tuple[str, ...]:
        """A sentence for the named states whose Gibbs energy is published at another temperature than T [K]."""
        off: dict[float, list[str]] = {}
        used = self._and_behind(names)
        for name, thermo in self.thermo.items():
            inner = thermo.thermo if isinstance(thermo, Corrected) else thermo
            if name in used and isinstance(inner, (GibbsAt, CorrectedEnergy)) and inner.temperature != T:
                off.setdefault(inner.temperature, []).append(name)
        return tuple(
            f"Gibbs energies published at {published:g} K are used unchanged at {T:g} K: {', '.join(states)}."
            for published, states in off.items()
        )


@dataclass(frozen=True)
class Source:
    """Where the numbers of a catalyst come from."""

    doi: str = ""
    method: str = ""
    note: str = ""
    citation: str = ""
    level: str = ""


@dataclass(frozen=True)
class Lump:
    """Steps a source takes together when it counts a limiting potential (the source's own convention).

    Parameters
    ----------
    first, last : tuple[str, ...]
        Ids of the steps in each group, in order; one of them transfers the electron.
    note : str
    """

    first: tuple[str, ...]
    last: tuple[str, ...]
    note: str = ""


@dataclass(frozen=True, eq=False)
class Catalyst:
    """A mechanism with its name, sources, default conditions and the caveats that travel with its numbers.

    Parameters
    ----------
    id, name : str
    mechanism : Mechanism
    source : Source
    conditions : Conditions
        Used where the caller gives none.
    caveats : Mapping[str, str]
        Sentence by species or step name; it travels into every output that used that number.
    lump : Lump or None
    notes : tuple[str, ...]
        Sentences on how the file was read.
    """

    id: str
    name: str
    mechanism: Mechanism
    source: Source
    conditions: Conditions
    caveats: Mapping[str, str] = field(default_factory=dict)
    lump: Lump | None = None
    notes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "caveats", MappingProxyType(dict(self.caveats)))

    @property
    def complete(self) -> bool:
        """Whether every state its steps need has a published energy."""
        return not self.mechanism.unpublished_states

    @property
    def kind(self) -> str:
        """'electrochemical' or 'thermal'."""
        return "electrochemical" if self.mechanism.electrochemical else "thermal"

    @property
    def as_written(self) -> Catalyst:
        """The catalyst with the steps of its file, where those of a whole site were made from them: for diagrams."""
        expansion = self.mechanism.expansion
        if expansion is None:
            return self
        notes = tuple(note for note in self.notes if note not in expansion.sentences)
        return dataclasses.replace(self, mechanism=expansion.elementary, notes=notes)

    def caveats_of(self, names: set[str]) -> tuple[str, ...]:
        """The caveats of the named species and steps and of what they are made of, as sentences."""
        expansion = self.mechanism.expansion
        used = names if expansion is None else names | expansion.behind(names)
        said = () if expansion is None else expansion.sentences
        return (*(f"{name}: {text}" for name, text in self.caveats.items() if name in used), *said)


def implied_law(step: ElementaryStep, network: Network) -> RateLaw | None:
    """Barrierless for the adsorption or desorption of a whole molecule, and of H2 as atoms; None for every other step.

    One side is one gas molecule and free sites (or one state of an isolated site), the other one adsorbate of the same
    atoms more. What breaks a bond other than H-H needs a published barrier. States of an isolated site whose names list
    their adsorbates tell it: 2H and 2H_N2 that N2 came whole, HNNH2* and N* that ammonia did not leave whole. Where the
    names say nothing, N2 needs a rate.
    """
    if step.n_electrons or step.transition_state is not None:
        return None
    for side, other in ((step.reactants, step.products), (step.products, step.reactants)):
        gases = [name for name in side if network.species[name].phase is Phase.GAS]
        if len(gases) == 1 and side[gases[0]] == 1 and not any(network.species[n].phase is Phase.GAS for n in other):
            return Barrierless() if _takes_up_whole(gases[0], side, other, network) else None
    return None


def _takes_up_whole(gas: str, side: Mapping[str, int], other: Mapping[str, int], network: Network) -> bool:
    """Whether the gas arrives whole: as one adsorbate on free sites, as 2 H*, or in a state of an isolated site."""
    hosts = [name for name in side if name != gas]
    made = [name for name in other if network.species[name].phase is Phase.ADSORBATE]
    atoms = dict(network.species[gas].composition)
    if all(network.species[name].phase is Phase.SITE for name in hosts):
        as_one = len(made) == 1 and other[made[0]] == 1 and dict(network.species[made[0]].composition) == atoms
        return as_one or (gas == "H2(g)" and all(dict(network.species[name].composition) == {"H": 1} for name in made))
    if len(hosts) != 1 or len(made) != 1 or not side[hosts[0]] == other[made[0]] == 1:
        return False
    before, after = (_adsorbates(network.species[name]) for name in (hosts[0], made[0]))
    if before is None or after is None:
        return gas != "N2(g)"
    arrives = [Counter([gas.removesuffix("(g)")]), *([Counter({"H": 2})] if gas == "H2(g)" else [])]
    return any(after == before + molecule for molecule in arrives)


def _adsorbates(species: Species) -> Counter[str] | None:
    """The adsorbates that a state's name lists, None where it is a name of another kind."""
    try:
        parts = Counter(parts_of(species.name.rstrip("*")))
        formulas = [(parse_formula(part), n) for part, n in parts.items()]
    except InputError:
        return None
    atoms: Counter[str] = Counter()
    for formula, n in formulas:
        atoms.update({element: n * count for element, count in formula.items()})
    return parts if dict(atoms) == dict(species.composition) else None


def _check_isolated(network: Network) -> None:
    for step in network.steps:
        for side in (step.reactants, step.products):
            if sum(n for name, n in side.items() if network.species[name].on_surface) != 1:
                raise InputError(
                    f"the step '{step.equation}' has not one state of the site on each side of isolated sites.",
                    remedy="write each species as a state of the whole site, or use 'model: surface'.",
                )


def _check_chain(mechanism: Mechanism) -> None:
    """Refuse what a chain of whole-site states does not have: coverages that act on energies, algebraic constraints."""
    if mechanism.interactions:
        raise InputError(
            "interactions belong to coverages, which an isolated site does not have.",
            remedy="give the states of the whole site energies of their own.",
        )
    for step in mechanism.network.steps:
        check_chain_step(step, mechanism.rates.get(step.id))


def check_chain_step(step: ElementaryStep, law: RateLaw | None) -> None:
    """Refuse an algebraic constraint in a chain of whole-site states.

    Raises
    ------
    InputError
    """
    if isinstance(law, Equilibrium):
        raise InputError(
            f"'{step.equation}' is held at equilibrium, which isolated sites do not know.",
            remedy="give it a rate: the chain is solved exactly however fast a step is.",
        )


def _check_symmetric(interactions: tuple[Interaction, ...], network: Network) -> None:
    energies = {(i.species, i.by): i.energy for i in interactions}
    for (species, by), energy in energies.items():
        for name in (species, by):
            if name not in network.surface_species:
                raise InputError(
                    f"the interaction of '{species}' by '{by}' names no surface species '{name}'.",
                    remedy="mend the name.",
                )
        if network.species[species].sites != network.species[by].sites:
            raise InputError(
                f"the interaction of {species} by {by} crosses site types.",
                remedy="interactions are between species of one site type; leave it out and say so in notes.",
            )
        if energies.get((by, species)) != energy:
            raise InputError(
                f"the interaction of {species} by {by} is {energy} eV, that of {by} by {species} is "
                f"{energies.get((by, species), 'not given')}.",
                remedy="give both, equal: energies that depend on coverage come from one G(theta).",
            )
