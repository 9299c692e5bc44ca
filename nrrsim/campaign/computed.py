"""What a store holds of a plan: structures, energies, vibrations and barriers of its states, and what is missing."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ase import Atoms

from nrrsim.campaign.barriers import BarrierChain, BarrierFound
from nrrsim.campaign.chains import StateChain, StateFound, alike
from nrrsim.campaign.electrons import adsorbed_as_on_site, site_as_beneath
from nrrsim.campaign.plan import Plan
from nrrsim.campaign.states import CLEAN, network_for
from nrrsim.core.steps import ElementaryStep
from nrrsim.dft.chain import Chain
from nrrsim.dft.outcome import partner
from nrrsim.dft.record import DftRecord
from nrrsim.dft.store import Store
from nrrsim.errors import InputError
from nrrsim.network.network import Network
from nrrsim.structures.matching import matched
from nrrsim.structures.sites import adsorbate_atoms
from nrrsim.structures.vacancies import has_vacancies

LOWER = 0.03  # by which a structure that a search for a barrier came to has to lie below its state's to replace it [eV]


@dataclass(frozen=True, eq=False)
class SaddleFound:
    """A barrier that was found.

    Parameters
    ----------
    modes : DftRecord
        Vibrations at the saddle.
    energy : DftRecord
        The same, or a single point there.
    """

    modes: DftRecord
    energy: DftRecord


@dataclass(frozen=True, eq=False)
class Computed:
    """What a store holds of a plan.

    Parameters
    ----------
    plan : Plan
    structures : Mapping[str, DftRecord]
        The lowest structure of each state (the one its vibrations found, where these left it), the clean site ("*") and
        each gas that has one.
    relaxed : Mapping[str, DftRecord]
        Whose energies these have: the same records, or single points on them.
    vibrations : Mapping[str, DftRecord]
        Of the states that have them.
    missing : Mapping[str, str]
        What has no usable energy or vibrations, and why.
    saddles : Mapping[str, SaddleFound]
        By equation, the barriers that were asked for and found.
    left : frozenset of str
        The states among the missing that are none: the adsorbate left from every start.
    waiting : frozenset of str
        What has tasks that are not computed yet.
    begun : Mapping[str, DftRecord]
        The structures of states that their own starts led to, before others came upon lower ones: what is lent to
        other plans, whose tasks so stay what they are.
    searches : Mapping[str, BarrierChain]
        By equation, of the barriers between states that are relaxed.
    lower : Mapping[str, StateChain]
        By name, of states that others came upon in another structure: what they relax to has the state's place where it
        is lower. A search for a barrier comes to lower forms of its states; and where the electrons of a vacancy sit on
        other atoms beneath an adsorbate, the clean site is tried with them there, and the state as the lowest clean
        site has them.
    untried : Mapping[str, str]
        By name, why a state was not tried so, or with another total moment.
    """

    plan: Plan
    structures: Mapping[str, DftRecord]
    relaxed: Mapping[str, DftRecord]
    vibrations: Mapping[str, DftRecord]
    missing: Mapping[str, str]
    saddles: Mapping[str, SaddleFound] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    begun: Mapping[str, DftRecord] = field(default_factory=dict)
    searches: Mapping[str, BarrierChain] = field(default_factory=dict)
    lower: Mapping[str, StateChain] = field(default_factory=dict)
    untried: Mapping[str, str] = field(default_factory=dict)

    @functools.cached_property
    def network(self) -> Network:
        """That of the plan, on a surface without the states that left: steps then pass them by, as `generate` knows."""
        plan, staying = self.plan, [s.name for s in self.plan.adsorbed if s.name not in self.left]
        if plan.model != "surface" or not self.left or not staying:
            return plan.network
        return network_for(plan.model, plan.donors, states=staying)

    @property
    def complete(self) -> bool:
        """Whether nothing is missing but, on a surface, what left."""
        return not (self.missing.keys() - (self.left if self.plan.model == "surface" else frozenset()))


def collected(plan: Plan, store: Store) -> Computed:
    """What the store holds of a plan, without computing anything."""
    return _collected(plan, store, [])


def _collected(plan: Plan, store: Store, seen: list[Computed]) -> Computed:
    """The same, of plans that lend to one another each looked at once."""
    for one in seen:
        if one.plan == plan:
            return one
    seen.append(_looked_at(plan, store, seen))
    return seen[-1]


def _looked_at(plan: Plan, store: Store, seen: list[Computed]) -> Computed:
    found = {name: chain.found(replayed(chain, store)) for name, chain in _named_references(plan)}
    missing: dict[str, str] = {}
    chains: dict[str, StateChain] = {}
    clean = found[CLEAN].first
    if clean is not None:
        chains, refused = plan.chains(clean, None if plan.lends is None else _collected(plan.lends, store, seen))
        missing |= refused
        found |= {name: chain.found(replayed(chain, store)) for name, chain in chains.items()}
    else:
        missing |= {state.name: "the clean site has no structure yet." for state in plan.adsorbed}
    relaxed = {name: s.structure for name, s in found.items() if s.structure is not None and not s.waiting}
    searches, refused = plan.barrier_chains(relaxed)
    missing |= refused
    barriers = {step: search.found(replayed(search, store)) for step, search in searches.items()}
    lower = _lower(plan, chains, barriers, relaxed) | _site_elsewhere(plan, relaxed, store)
    found |= {name: _lowest(found[name], chain.found(replayed(chain, store))) for name, chain in lower.items()}
    as_on_site: dict[str, StateChain] = {}
    untried: dict[str, str] = {}
    lowest = found[CLEAN].structure
    if lowest is not None and not found[CLEAN].waiting:
        others = {name: chain for name, chain in chains.items() if name not in lower}
        as_on_site, untried = _states_as_on_site(plan, others, relaxed, lowest)
        found |= {name: _lowest(found[name], chain.found(replayed(chain, store))) for name, chain in as_on_site.items()}
        lower |= as_on_site
    missing |= {name: state.why for name, state in found.items() if state.why}
    untried |= {name: state.untried for name, state in found.items() if state.untried}
    structures = {name: state.structure for name, state in found.items() if state.structure is not None}
    energies = {name: state.energy for name, state in found.items() if state.energy is not None}
    vibrations = {name: state.modes for name, state in found.items() if state.modes is not None}
    if plan.vibrations_of:
        other = _collected(plan.on(plan.vibrations_of), store, seen)
        lent, lacking = _lent(other, {name: structures[name] for name in energies if name not in (CLEAN, *plan.gases)})
        vibrations |= lent
        missing |= lacking
    saddles: dict[str, SaddleFound] = {}
    for step in plan.paths:
        if step.equation not in barriers:
            continue
        barrier = barriers[step.equation]
        why = barrier.why or _between_others(step, as_on_site, relaxed, structures) or _too_low(step, barrier, energies)
        if why or barrier.modes is None or barrier.energy is None:
            missing[step.equation] = why
        else:
            saddles[step.equation] = SaddleFound(barrier.modes, barrier.energy)
    waiting = {name for name, of_state in found.items() if of_state.waiting}
    waiting |= {step for step, of_step in barriers.items() if of_step.waiting}
    return Computed(
        plan,
        MappingProxyType(structures),
        MappingProxyType(energies),
        MappingProxyType(vibrations),
        MappingProxyType(missing),
        MappingProxyType(saddles),
        frozenset(name for name, state in found.items() if state.left),
        frozenset(waiting),
        MappingProxyType(relaxed),
        MappingProxyType(searches),
        MappingProxyType(lower),
        MappingProxyType(untried),
    )


def _lower(
    plan: Plan,
    chains: Mapping[str, StateChain],
    barriers: Mapping[str, BarrierFound],
    structures: Mapping[str, DftRecord],
) -> dict[str, StateChain]:
    """The tasks of states of which a search came to a lower structure: from the lowest of these on."""
    met: dict[str, tuple[DftRecord, ...]] = {}
    for step in plan.paths:
        if step.equation in barriers:
            for name, records in zip((*step.reactants, *step.products), barriers[step.equation].states, strict=True):
                met[name] = (*met.get(name, ()), *records)
    further = {}
    for name, records in met.items():
        lowest = min(records, key=energy_of, default=structures[name])
        if energy_of(lowest) < energy_of(structures[name]) - LOWER:
            start = matched(plan.unboxed(lowest.atoms), plan.unboxed(structures[name].atoms))
            chain = chains[name]
            further[name] = replace(chain, label=f"{chain.label} lower", starts=(start,), near=True, lent=None)
    return further


def _site_elsewhere(plan: Plan, relaxed: Mapping[str, DftRecord], store: Store) -> dict[str, StateChain]:
    """The tasks of the clean site with the electrons of its vacancies where they sit beneath adsorbates.

    Where a store has it so already, in whatever campaign, only the lowest one is gone back to.
    """
    clean = relaxed.get(CLEAN)
    if plan.kind != "slab" or clean is None or not has_vacancies(plan.clean):
        return {}
    known = alike(clean, store)
    lowest = min(known, key=energy_of)
    adsorbed = [relaxed[state.name].atoms for state in plan.adsorbed if state.name in relaxed]
    tried = [atoms for record in known for atoms in (record.start, record.atoms)]
    starts = [] if lowest.key == clean.key else [lowest.start]
    starts += site_as_beneath(adsorbed, clean.atoms, tried=tried)
    if not starts:
        return {}
    chain = plan.references()[0]
    return {CLEAN: replace(chain, label=f"{chain.label} lower", starts=tuple(starts), near=True, arranged=False)}


def _states_as_on_site(
    plan: Plan, chains: Mapping[str, StateChain], relaxed: Mapping[str, DftRecord], clean: DftRecord
) -> tuple[dict[str, StateChain], dict[str, str]]:
    """The tasks of states with the electrons of the site's vacancies where the lowest clean site has them.

    And, by name, why a state cannot be tried so.
    """
    if plan.kind != "slab" or not has_vacancies(plan.clean):
        return {}, {}
    found, refused = {}, {}
    for name, chain in chains.items():
        if name not in relaxed:
            continue
        try:
            starts = adsorbed_as_on_site(relaxed[name].atoms, clean.atoms, plan.clean)
        except InputError as error:
            refused[name] = f"{error.what} It is not tried as it would stand on the lowest clean site."
            continue
        if starts:
            found[name] = replace(chain, label=f"{chain.label} lower", starts=starts, near=True)
    return found, refused


def _lowest(state: StateFound, other: StateFound) -> StateFound:
    """The one of two finds of a state that has the lower structure; none is settled before both are computed."""
    if other.waiting:
        said = "another structure, which was come upon elsewhere, is not computed to its end yet."
        return replace(state, why=said, waiting=True)
    if other.structure is None or state.structure is None:
        return state
    if energy_of(other.structure) >= energy_of(state.structure):
        return state
    return other if other.energy is not None else replace(state, why=other.why)


def lender(plan: Plan, store: Store) -> Computed | None:
    """What the store holds of the plan whose structures begin another's states; None where they begin on their own."""
    return None if plan.lends is None else collected(plan.lends, store)


def _lent(other: Computed, structures: Mapping[str, DftRecord]) -> tuple[dict[str, DftRecord], dict[str, str]]:
    """The vibrations that another site lends to states, by name; what it cannot lend, and why."""
    lent = {name: other.vibrations[name] for name in structures if name in other.vibrations}
    reasons = {name: other.missing.get(name, "no such state.") for name in structures if name not in lent}
    for name, modes in list(lent.items()):
        there, here = _stands_on(modes.atoms), _stands_on(structures[name].atoms)
        if there != here:
            reasons[name] = f"it stands on {', '.join(there)} there and on {', '.join(here)} here."
            del lent[name]
    return lent, {name: f"its vibrations on {other.plan.site}: {why}" for name, why in reasons.items()}


def _stands_on(atoms: Atoms) -> tuple[str, ...]:
    """The element that each adsorbate is nearest to."""
    return tuple(partner(atoms, guest) for guest in adsorbate_atoms(atoms))


def _named_references(plan: Plan) -> zip[tuple[str, StateChain]]:
    return zip((CLEAN, *plan.gases), plan.references(), strict=True)


def _between_others(
    step: ElementaryStep,
    as_on_site: Mapping[str, StateChain],
    begun: Mapping[str, DftRecord],
    structures: Mapping[str, DftRecord],
) -> str:
    """Why a saddle is one between other electronic states than the lowest, empty where it is not."""
    for name in as_on_site.keys() & {*step.reactants, *step.products}:
        if structures[name].key != begun[name].key:
            return f"{name} is lower with its electrons elsewhere than they are where the path begins or ends."
    return ""


def _too_low(step: ElementaryStep, barrier: BarrierFound, energies: Mapping[str, DftRecord]) -> str:
    """Why a saddle does not belong between the energies of its states, empty where it does."""
    if barrier.energy is None:
        return ""
    names = (*step.reactants, *step.products)
    lacking = [name for name in names if name not in energies]
    if lacking:
        return f"{', '.join(lacking)} has no energy."
    below = max(energy_of(energies[name]) for name in names) - energy_of(barrier.energy)
    return f"the saddle lies {below:.3f} eV below a state that it should lead to." if below > 0 else ""


def energy_of(record: DftRecord) -> float:
    """Of a record that was done [eV]."""
    assert record.energy is not None
    return record.energy


def replayed(chain: Chain, store: Store) -> tuple[DftRecord, ...]:
    """The records of a chain that the store holds, in order, to the first that is not there."""
    done: list[DftRecord] = []
    while (task := chain.next(done)) is not None and (record := store.record(task.key)) is not None:
        done.append(record)
    return tuple(done)
