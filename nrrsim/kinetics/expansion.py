"""The states and steps of an isolated site that holds several adsorbates, made from steps between single adsorbates.

A site of capacity c has c equivalent positions, all of them neighbours of one another. What it holds, whichever
positions it is on, is one state: n_i adsorbates of each kind on s_i positions each, f positions free. It stands for

    W = c! / (f! prod_i n_i! (s_i!)^n_i)

arrangements, and its free energy is that of one of them minus kT ln W. A step of the file is an event on m positions.
It runs from each state that holds what it needs, with the constant of one event times the number of equivalent events,

    ways = prod_i C(n_i, nu_i) P_final / gcd(P_initial, P_final),    P = m! / prod_i nu_i! (s_i!)^nu_i,

the choices of what reacts (free positions count as a kind) times the arrangements of what comes out on the positions of
what went in. Orientations that both ends have alike are one event: n_A n_B ways for A* + B* <-> C* + D*,
n_A (n_A - 1)/2 for a pair of A*, f for one free position, f (f - 1)/2 for two. Then ways/ways_back = W_final/W_initial
for every step, so that rates of one event in detailed balance give a chain in detailed balance, and the chain is the
master equation of c well-mixed positions without any approximation.
"""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nrrsim.core.species import Phase, Species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.kinetics.additive import AdditiveState
from nrrsim.kinetics.mechanism import Expansion, Mechanism, SiteModel, check_chain_step
from nrrsim.kinetics.rate_laws import RateLaw, Sticking, has_own_equilibrium
from nrrsim.network.network import Network
from nrrsim.network.whole_sites import Occupation, WholeSite
from nrrsim.thermo.protocol import Thermo


def expanded(elementary: Mechanism, capacity: int, own: Mapping[str, Thermo | None] | None = None) -> Mechanism:
    """The chain of whole-site states of a mechanism between single adsorbates.

    Parameters
    ----------
    elementary : Mechanism
        Its site model plays no part, and one type of sites is all it may have.
    capacity : int
        Positions of the site.
    own : Mapping[str, Thermo or None], optional
        Energies of states of several adsorbates, by name; None for a state that must not be taken as additive. All
        others are additive, and so are transition states beside other adsorbates.

    Returns
    -------
    Mechanism
        Of isolated sites; its `expansion` says what each state and step was made from.

    Raises
    ------
    InputError
        If the mechanism has what a chain has not, the states are too many, or `own` names a state that is none.
    """
    own = own or {}
    site = WholeSite(elementary.network, capacity)
    check_expandable(elementary)
    for name in own:
        check_own_state(site, elementary, name)
    states = {site.name(state): state for state in site.states}
    copies = [copy for step in elementary.network.steps for copy in _copies(step, site, states)]
    if not copies:
        raise InputError(f"no step fits on {capacity} positions.", remedy="give the site a larger capacity.")
    thermo = {name: _state_thermo(state, site, elementary) for name, state in states.items()} | dict(own)
    transition_states = {
        c.step.transition_state: c for c in copies if c.step.transition_state is not None
    }  # those beside others have names of their own
    thermo |= {name: _transition_state_thermo(copy, site, elementary) for name, copy in transition_states.items()}
    gases = {n: s for n, s in elementary.network.species.items() if not s.on_surface}
    network = Network(
        {**gases, **{name: site.species(name, state) for name, state in states.items()}},
        tuple(copy.step for copy in copies),
        {name: _transition_species(name, copy, site, elementary) for name, copy in transition_states.items()},
    )
    return dataclasses.replace(
        elementary,
        network=network,
        thermo={**elementary.thermo, **{name: found for name, found in thermo.items() if found is not None}},
        rates={c.step.id: elementary.rates[c.origin.id] for c in copies if c.origin.id in elementary.rates},
        site_model=SiteModel.ISOLATED,
        expansion=Expansion(
            elementary=dataclasses.replace(elementary, site_model=SiteModel.SURFACE),
            capacity=capacity,
            occupation={name: dict(state.counts) for name, state in states.items()},
            degeneracy={name: site.degeneracy(state) for name, state in states.items()},
            origin={copy.step.id: copy.origin.id for copy in copies},
            ways={copy.step.id: copy.ways for copy in copies},
            transition_states={
                name: copy.origin.transition_state
                for name, copy in transition_states.items()
                if copy.origin.transition_state is not None and copy.spectators.counts
            },
            additive=tuple(
                name
                for name, state in states.items()
                if state.total > 1 and name not in own and thermo[name] is not None
            ),
            left_out=tuple(
                step.id for step in elementary.network.steps if step.id not in {copy.origin.id for copy in copies}
            ),
        ),
    )


def check_expandable(elementary: Mechanism) -> None:
    """Refuse what the chain of a mechanism could not carry.

    Raises
    ------
    InputError
    """
    if elementary.interactions:
        raise InputError(
            "interactions belong to coverages, which an isolated site does not have.",
            remedy="give states of several adsorbates energies of their own, as '2N: {energy: ...}' under species.",
        )
    if elementary.closure.step is not None:
        raise InputError(
            f"the closure recomputes the step '{elementary.closure.step}' alone, each copy of it would need its own.",
            remedy="give energies in place of published constants, or write 'closure: as-published'.",
        )
    for step in elementary.network.steps:
        check_expandable_step(step, elementary.rates.get(step.id), elementary.network)


def check_expandable_step(step: ElementaryStep, law: RateLaw | None, network: Network) -> None:
    """Refuse a step that has no copies on a whole site.

    Raises
    ------
    InputError
    """
    for side in (step.reactants, step.products):
        if not any(network.species[name].on_surface for name in side):
            raise InputError(f"'{step.equation}' is no step on the site.", remedy="leave it out.")
    check_chain_step(step, law)
    if isinstance(law, Sticking):
        for side in (step.reactants, step.products):
            if sum(n for name, n in side.items() if network.species[name].phase is Phase.SITE) > 1:
                raise InputError(
                    f"sticking in '{step.equation}' needs several free positions, which have no area of their own.",
                    remedy="give 'A' and 'Ea' for one pair of positions, or a transition state.",
                )


def check_own_state(site: WholeSite, elementary: Mechanism, name: str) -> None:
    """Refuse an energy of a state that is none, has one already, or that published equilibria leave no room for.

    Raises
    ------
    InputError
    """
    state = site.occupation(name)
    if state.total == 1:
        ((adsorbate, _),) = state.counts
        raise InputError(
            f"the state '{name}' is one {adsorbate} on the site.", remedy=f"give its energy to '{adsorbate}'."
        )
    if state not in site.states:
        raise InputError(
            f"no sequence of steps leads from the empty site to the state '{name}'.",
            remedy="remove it, or add the steps that make it.",
        )
    if any(has_own_equilibrium(law) for law in elementary.rates.values()) and not elementary.closure.as_published:
        raise InputError(
            f"the state '{name}' has an energy of its own, and steps have published equilibria that do not know it.",
            remedy="leave out 'reverse' and 'kr', so that reverse constants follow from the energies, or write "
            "'closure: as-published'.",
        )


@dataclass(frozen=True)
class _Copy:
    """A step of the whole site: the elementary one beside what else is there."""

    step: ElementaryStep
    origin: ElementaryStep
    spectators: Occupation
    ways: tuple[int, int]


def _copies(step: ElementaryStep, site: WholeSite, states: Mapping[str, Occupation]) -> Iterator[_Copy]:
    """The step from each state that holds what it needs."""
    before, after = site.surface(step.reactants), site.surface(step.products)
    for state in states.values():
        event = site.event(step, state)
        if event is None:
            continue
        beside = site.name(event.spectators)
        transition_state = step.transition_state
        if transition_state is not None and event.spectators.counts:
            transition_state = f"{transition_state} @ {beside}"
        ways = site.ways(before, after, state), site.ways(after, before, event.final)
        made = ElementaryStep(f"{step.id} @ {beside}", event.reactants, event.products, transition_state, step.line)
        yield _Copy(made, step, event.spectators, ways)


def _state_thermo(state: Occupation, site: WholeSite, elementary: Mechanism) -> Thermo | None:
    """Sum over its adsorbates; None where one of them has no energy, and for the empty site, the zero of energy."""
    return _sum({**dict(state.counts), site.free: site.capacity - site.positions(state)}, site, elementary)


def _transition_state_thermo(copy: _Copy, site: WholeSite, elementary: Mechanism) -> Thermo | None:
    """Sum over the transition state and what else is there; its own where nothing is."""
    alone = copy.origin.transition_state
    assert alone is not None
    free = site.capacity - site.positions(copy.spectators) - site.needed(copy.origin.reactants)
    found = _sum({alone: 1, **dict(copy.spectators.counts), site.free: free}, site, elementary)
    return elementary.thermo[alone] if found is not None and set(found.parts) == {alone} else found


def _sum(parts: Mapping[str, int], site: WholeSite, elementary: Mechanism) -> AdditiveState | None:
    """The sum of the parts' energies; a free position counts where the mechanism gives it one, else it is the zero."""
    there = {n: k for n, k in parts.items() if k and (n != site.free or site.free in elementary.thermo)}
    if not there or not all(name in elementary.thermo for name in there):
        return None
    return AdditiveState(there, elementary.thermo)


def _transition_species(name: str, copy: _Copy, site: WholeSite, elementary: Mechanism) -> Species:
    assert copy.origin.transition_state is not None
    beside = site.species(name, copy.spectators)
    atoms = Counter(beside.composition)
    atoms.update(elementary.network.transition_states[copy.origin.transition_state].composition)
    return Species(name, dict(atoms), Phase.ADSORBATE, beside.sites)
