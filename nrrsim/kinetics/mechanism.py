"""The mechanism: a network with the thermochemistry of its states and the rate laws of its steps."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from nrrsim.core.conditions import Conditions
from nrrsim.core.species import Phase
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.kinetics.gas import GasPolicy
from nrrsim.kinetics.rate_laws import AssumedBarrier, Barrierless, RateLaw, has_own_equilibrium
from nrrsim.network.network import Network
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

    def __post_init__(self) -> None:
        for name in ("thermo", "rates", "site_densities"):
            object.__setattr__(self, name, MappingProxyType(dict(getattr(self, name))))
        if self.site_model is SiteModel.ISOLATED:
            _check_isolated(self.network)
        _check_symmetric(self.interactions, self.network)

    def with_gas(self, gas: GasPolicy) -> Mechanism:
        """The same mechanism under another gas policy."""
        return dataclasses.replace(self, gas=gas, thermo={**self.thermo, **gas.thermo()})

    def with_assumed_barrier(self, barrier: float) -> Mechanism:
        """The same mechanism with `barrier` [eV] assumed for each step that has no law of its own."""
        assumed = {step.id: AssumedBarrier(barrier) for step in self.steps_without_law}
        return dataclasses.replace(self, rates={**self.rates, **assumed}, assumed_barriers=())

    @property
    def site_types(self) -> tuple[str, ...]:
        """Site types that species stand on, in the order of `site_densities`: turnovers count sites of the first."""
        used = {name for step in self.network.steps for name in (*step.reactants, *step.products)}
        on = [site for name, s in self.network.species.items() if name in used for site in s.sites]
        return tuple(dict.fromkeys([*(site for site in self.site_densities if site in on), *on]))

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

    @property
    def electrochemical(self) -> bool:
        """Whether a step transfers electrons."""
        return any(step.n_electrons for step in self.network.steps)

    def notes_of(self, names: Collection[str]) -> tuple[str, ...]:
        """What the thermochemistry of the named states says about itself, each sentence once."""
        return tuple(
            dict.fromkeys(note for name, thermo in self.thermo.items() if name in names for note in thermo.notes)
        )

    def off_temperature(self, T: float, names: Collection[str]) -> tuple[str, ...]:
        """A sentence for the named states whose Gibbs energy is published at another temperature than T [K]."""
        off: dict[float, list[str]] = {}
        for name, thermo in self.thermo.items():
            inner = thermo.thermo if isinstance(thermo, Corrected) else thermo
            if name in names and isinstance(inner, (GibbsAt, CorrectedEnergy)) and inner.temperature != T:
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

    def caveats_of(self, names: set[str]) -> tuple[str, ...]:
        """The caveats of the named species and steps, as sentences."""
        return tuple(f"{name}: {text}" for name, text in self.caveats.items() if name in names)


def implied_law(step: ElementaryStep, network: Network) -> RateLaw | None:
    """Barrierless for the adsorption or desorption of a whole molecule, and of H2 as atoms; None for every other step.

    One side is one gas molecule and free sites (or one state of an isolated site), the other one adsorbate of the same
    atoms more. What breaks a bond other than H-H needs a published barrier; where a state of an isolated site has taken
    up N2 it cannot be told whether N-N broke, so that one needs a rate too.
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
    return gas != "N2(g)" and len(hosts) == 1 and len(made) == 1 and side[hosts[0]] == other[made[0]] == 1


def _check_isolated(network: Network) -> None:
    for step in network.steps:
        for side in (step.reactants, step.products):
            if sum(n for name, n in side.items() if network.species[name].on_surface) != 1:
                raise InputError(
                    f"the step '{step.equation}' has not one state of the site on each side of isolated sites.",
                    remedy="write each species as a state of the whole site, or use 'model: surface'.",
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
