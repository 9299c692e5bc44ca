"""What a campaign computes for a site, and what its store holds of it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from ase import Atoms

from nrrsim.campaign.barriers import BarrierChain, BarrierFound
from nrrsim.campaign.chains import StateChain, StateFound, alike
from nrrsim.campaign.states import CLEAN, ZEROS, SiteModel, State, gas_start, kind_of, network_for, starts, states_of
from nrrsim.core.species import Phase
from nrrsim.core.steps import ElementaryStep
from nrrsim.dft.chain import Chain
from nrrsim.dft.engines import fixes_moment
from nrrsim.dft.outcome import partner
from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import Kind, Settings
from nrrsim.dft.store import Store
from nrrsim.errors import InputError, nearest
from nrrsim.network.network import Network
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.catalog.lookup import build_site, site
from nrrsim.structures.matching import carried_over, matched
from nrrsim.structures.sites import adsorbate_atoms
from nrrsim.structures.vacancies import has_vacancies

LOWER = 0.03  # by which a structure that a search for a barrier came to has to lie below its state's to replace it [eV]
BEARING = 0.5  # moment of an atom that holds an unpaired electron [Bohr magnetons]


@dataclass(frozen=True)
class Plan:
    """A site, its states and how they are computed.

    Parameters
    ----------
    site : str
        A name of the catalogue of sites.
    settings : Settings
        Of the energies; what they name as `prerelax` comes before.
    model : "surface" or "isolated"
        Of the catalyst file.
    donors : tuple of str
        Of hydrogen, as in `nrrsim.network.nrr.generate`.
    states : tuple of str or None
        Adsorbates to compute; None takes all of the network.
    starts : int
        Structures that each state is relaxed from, at most.
    starts_of : Mapping[str, int]
        The same of single states, by name.
    vibrations : bool
        Whether the adsorbates' vibrations are computed.
    vibrations_of : str
        Another site, whose states lend theirs instead: computed before, by a plan that is this one but for the site.
    starts_from : str
        Another site, a slab much like this one, computed before by a plan that is this one but for the site: its
        adsorbates are carried over onto the relaxed site, and begin near their ends.
    before : Settings or None
        With which the same plan was computed before, at few k points say: its structures begin the states, its
        vibrations stand for theirs as long as an adsorbate stays in its place.
    supercell : tuple of int or None
        Of a slab; None takes the site's own.
    vacuum : float or None
        Over a slab, or on each side of a cluster [Angstrom]; None takes the site's own.
    relax : Mapping[str, Any]
        Options of all relaxations, over those of the settings: fmax [eV/Angstrom], steps, maxstep [Angstrom].
    barriers : tuple of str
        Equations of the network whose barriers are searched, such as "N2 <-> 2N", each from one state to one other.
    """

    site: str
    settings: Settings
    model: SiteModel = "surface"
    donors: tuple[str, ...] = ("PCET",)
    states: tuple[str, ...] | None = None
    starts: int = 3
    starts_of: Mapping[str, int] = field(default_factory=dict)
    vibrations: bool = True
    vibrations_of: str = ""
    starts_from: str = ""
    before: Settings | None = None
    supercell: tuple[int, int] | None = None
    vacuum: float | None = None
    relax: Mapping[str, Any] = field(default_factory=dict)
    barriers: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        site(self.site)
        if self.vibrations_of and site(self.vibrations_of).name == site(self.site).name:
            remedy = "name another site, or leave it out."
            raise InputError(f"{self.site} lends itself vibrations.", where="campaign", remedy=remedy)
        if self.starts_from and (site(self.starts_from).name == site(self.site).name or self.kind != "slab"):
            what = f"{self.site} cannot begin from what stands on {self.starts_from}."
            raise InputError(what, where="campaign", remedy="name another site for a slab, or leave it out.")
        if self.before is not None and self.before.digest == self.settings.digest:
            what = f"{self.settings.name} and {self.before.name}, those of before, are one."
            raise InputError(what, where="campaign", remedy="name other settings, or leave them out.")
        for count in (self.starts, *self.starts_of.values()):
            if count < 1:
                raise InputError(f"{count} starts were asked for.", where="campaign", remedy="give 1 or more.")
        if self.vibrations_of and not self.vibrations:
            remedy = "leave one of the two out."
            raise InputError("vibrations are lent and left out at once.", where="campaign", remedy=remedy)
        if self.starts_of:
            names = [state.name for state in self.adsorbed]
            for name in self.starts_of:
                if name not in names:
                    remedy = nearest(name, names)
                    raise InputError(f"no state of the plan is called '{name}'.", where="starts", remedy=remedy)
        if self.barriers:
            _ = self.paths  # an unknown one is refused before anything is computed

    @functools.cached_property
    def network(self) -> Network:
        """The reactions that the states make."""
        return network_for(self.model, self.donors, states=self.states)

    @property
    def gases(self) -> tuple[str, ...]:
        """The gases whose energies are needed: those of the network, and the zeros of its elements."""
        species = self.network.species
        elements = {element for each in species.values() for element in each.composition}
        named = [name for name, each in species.items() if each.phase is Phase.GAS]
        return tuple(dict.fromkeys([*named, *(zero for element, zero in ZEROS.items() if element in elements)]))

    @property
    def adsorbed(self) -> tuple[State, ...]:
        """The states with an adsorbate."""
        return states_of(self.network)[1:]

    @functools.cached_property
    def clean(self) -> Atoms:
        """The site as it is built."""
        return build_site(self.site, supercell=self.supercell, vacuum=self.vacuum)

    @property
    def kind(self) -> Kind:
        """What the site is to the settings."""
        return kind_of(self.clean)

    def references(self) -> tuple[StateChain, ...]:
        """The clean site and the gases: they come first.

        Electrons that vacancies leave on several atoms begin parallel, then antiparallel: on MoO3 with two vacancies
        beside each other the second lies 85 meV lower.
        """
        clean = self._chain(CLEAN, (self.clean,), self.kind, vibrate=False)
        clean = replace(clean, arranged=self.kind == "slab" and has_vacancies(self.clean))
        return (clean, *(self._chain(gas, (gas_start(gas),), "molecule", vibrate=False) for gas in self.gases))

    def on(self, site: str) -> Plan:
        """The same of another site, which lends this one what it has."""
        return replace(self, site=site, vibrations_of="", starts_from="", barriers=())

    @property
    def earlier(self) -> Plan | None:
        """The same with the settings of before."""
        if self.before is None:
            return None
        return replace(self, settings=self.before, before=None, vibrations=True, barriers=())

    @property
    def lends(self) -> Plan | None:
        """The plan whose structures begin the states of this one; None where they begin on their own."""
        return self.on(self.starts_from) if self.starts_from else self.earlier

    def chains(
        self, clean: DftRecord, elsewhere: Computed | None = None
    ) -> tuple[dict[str, StateChain], dict[str, str]]:
        """The tasks of each adsorbed state from starts on the clean site; what fits nowhere, and why.

        `elsewhere` is what there is of the plan that lends starts (`lends`); without it they begin on their own.

        They start on the relaxed site, but where atoms were taken out of it, what stands in their place does so on the
        site as it was built: relaxed, its neighbours have closed over it (in MoO3 an O comes within 1.8 Angstrom of the
        N; NNH2 there took 23 rough steps to where 6 led from the open site).
        """
        assert (elsewhere is None) == (self.lends is None)
        found, refused = {}, {}
        host = self.unboxed(clean.atoms)
        opened = self._opened(host)
        for state in self.adsorbed:
            try:
                if elsewhere is not None:
                    placed: tuple[Atoms, ...] = (self._lent_start(state.name, host, elsewhere),)
                else:
                    begin = host if state.on_oxygen else opened
                    placed = starts(begin, state, count=self.starts_of.get(state.name, self.starts))
            except InputError as refusal:
                refused[state.name] = str(refusal)
                continue
            chain = self._chain(state.name, placed, self.kind, vibrate=self.vibrations and not self.vibrations_of)
            found[state.name] = replace(
                chain,
                beside=self._beside(state, host),
                feet=self._feet(state),
                near=elsewhere is not None,
                lent=None if elsewhere is None or self.starts_from else elsewhere.vibrations.get(state.name),
            )
        return found, refused

    def _lent_start(self, name: str, host: Atoms, elsewhere: Computed) -> Atoms:
        """A state as it was before, or as it stands on the site that these begin from."""
        if name not in elsewhere.relaxed or name in elsewhere.waiting:
            said = f"its structure on {elsewhere.plan.site} with {elsewhere.plan.settings.name}"
            why = elsewhere.missing.get(name, "no such state.")
            raise InputError(f"{said}: {why}", remedy="compute that one first.")
        there = elsewhere.structures[name].atoms
        if not self.starts_from:
            return there
        return carried_over(there, elsewhere.plan.clean, onto=host, onto_built=self.clean)

    def _feet(self, state: State) -> int | None:
        """How many nitrogens tell the forms of an adsorbate apart, where both are states."""
        forms = {other.form for other in self.adsorbed if other.formula == state.formula and state.formula}
        if state.form == "side-on":
            return 2
        return 1 if "side-on" in forms else None

    def _beside(self, state: State, host: Atoms) -> frozenset[str]:
        """Elements that tell hydrogen on oxygen from hydrogen on the site itself, where both are states."""
        if state.on_oxygen:
            return frozenset({"O"})
        both = state.formula == "H" and any(other.on_oxygen for other in self.adsorbed)
        return frozenset(str(host.symbols[i]) for i in np.flatnonzero(is_metal(host))) if both else frozenset()

    @functools.cached_property
    def paths(self) -> tuple[ElementaryStep, ...]:
        """The steps whose barriers are searched.

        Raises
        ------
        InputError
            If one is no step of the network, or does not lead from one state of the site to one other.
        """
        steps = {step.equation: step for step in self.network.steps}
        return tuple(self._path(equation, steps) for equation in self.barriers)

    def _path(self, equation: str, steps: Mapping[str, ElementaryStep]) -> ElementaryStep:
        states = {state.name for state in self.adsorbed}
        between = {
            name: step
            for name, step in steps.items()
            if len(step.reactants) == len(step.products) == 1 and {*step.reactants, *step.products} <= states
        }
        if equation not in between:
            where = f"barriers of {self.site}"
            raise InputError(
                f"'{equation}' is no path from state to state.", where=where, remedy=nearest(equation, between)
            )
        step = between[equation]
        for name in (*step.reactants, *step.products):
            forms = self._forms(name)
            if len(forms) > 1:
                what = (
                    f"{' and '.join(forms)} are forms of one adsorbate, which a search for a barrier cannot tell apart."
                )
                raise InputError(what, where=f"barrier '{equation}'", remedy="leave all but one out of the states.")
        return step

    def _forms(self, name: str) -> tuple[str, ...]:
        """The states of the plan that hold the same adsorbates as one of them, itself among them."""
        held = {state.name: sorted(one.formula for one in state.parts or (state,)) for state in self.adsorbed}
        return tuple(other for other in held if held[other] == held[name])

    def barrier_chains(self, relaxed: Mapping[str, DftRecord]) -> tuple[dict[str, BarrierChain], dict[str, str]]:
        """The search of each barrier between states that are relaxed, by equation; what cannot be searched, and why."""
        found, refused = {}, {}
        for step in self.paths:
            (first,), (last,) = step.reactants, step.products
            lacking = [name for name in (first, last) if name not in relaxed]
            if lacking:
                refused[step.equation] = f"{', '.join(lacking)} has no energy."
                continue
            start = self.unboxed(relaxed[first].atoms)
            try:
                end = matched(self.unboxed(relaxed[last].atoms), start)
            except InputError as refusal:
                refused[step.equation] = str(refusal)
                continue
            label = f"{self.site} {step.equation}"
            found[step.equation] = BarrierChain(label, start, end, self.settings, self.kind, options=dict(self.relax))
        return found, refused

    def unboxed(self, atoms: Atoms) -> Atoms:
        """Relaxed atoms without the periodicity that an engine gave to a cluster's box."""
        if not atoms.pbc.any() or self.clean.pbc.any():
            return atoms
        free: Atoms = atoms.copy()
        free.pbc = False
        return free

    def _opened(self, host: Atoms) -> Atoms:
        """The site as built, its vacancies open, with the moments of the relaxed one; that itself without vacancies."""
        if self.kind != "slab" or not has_vacancies(self.clean):
            return host
        opened: Atoms = self.clean.copy()
        opened.set_cell(host.cell)
        opened.pbc = host.pbc
        opened.set_initial_magnetic_moments(host.get_initial_magnetic_moments())
        return opened

    def _chain(self, name: str, placed: tuple[Any, ...], kind: Kind, *, vibrate: bool) -> StateChain:
        options = dict(self.relax)
        if kind == "cluster" and fixes_moment(self.settings, kind):
            options["moments"] = "neighbours"
        return StateChain(f"{self.site} {name}", placed, self.settings, kind, vibrate=vibrate, options=options)


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
    searches : Mapping[str, BarrierChain]
        By equation, of the barriers between states that are relaxed.
    lower : Mapping[str, StateChain]
        By name, of states that others came upon in another structure: what they relax to has the state's place where it
        is lower. A search for a barrier comes to lower forms of its states; and where the electrons of a vacancy sit on
        other atoms beneath an adsorbate, the clean site is tried with them there.
    """

    plan: Plan
    structures: Mapping[str, DftRecord]
    relaxed: Mapping[str, DftRecord]
    vibrations: Mapping[str, DftRecord]
    missing: Mapping[str, str]
    saddles: Mapping[str, SaddleFound] = field(default_factory=dict)
    left: frozenset[str] = frozenset()
    waiting: frozenset[str] = frozenset()
    searches: Mapping[str, BarrierChain] = field(default_factory=dict)
    lower: Mapping[str, StateChain] = field(default_factory=dict)

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
    clean = found[CLEAN].structure
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
    lower = _lower(plan, chains, barriers, relaxed) | _electrons_elsewhere(plan, relaxed, store)
    found |= {name: _lowest(found[name], chain.found(replayed(chain, store))) for name, chain in lower.items()}
    missing |= {name: state.why for name, state in found.items() if state.why}
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
        why = barrier.why or _too_low(step, barrier, energies)
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
        MappingProxyType(searches),
        MappingProxyType(lower),
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


def _electrons_elsewhere(plan: Plan, relaxed: Mapping[str, DftRecord], store: Store) -> dict[str, StateChain]:
    """The tasks of the clean site with the electrons of its vacancies where they sit beneath adsorbates.

    Where a store has it so already, in whatever campaign, only the lowest one is gone back to.
    """
    clean = relaxed.get(CLEAN)
    if plan.kind != "slab" or clean is None or not has_vacancies(plan.clean):
        return {}
    known = alike(clean, store)
    tried = {_bearers(atoms) for record in known for atoms in (record.start, record.atoms)}
    lowest = min(known, key=energy_of)
    starts = [] if lowest.key == clean.key else [lowest.start]
    for state in plan.adsorbed:
        if state.name not in relaxed:
            continue
        host: Atoms = clean.atoms.copy()
        covered = relaxed[state.name].atoms
        host.positions[:] = covered.positions[: len(host)]
        host.set_initial_magnetic_moments(covered.get_initial_magnetic_moments()[: len(host)])
        bearers = _bearers(host)
        if len(bearers) == len(_bearers(clean.atoms)) and bearers not in tried:
            tried.add(bearers)
            starts.append(host)
    if not starts:
        return {}
    chain = plan.references()[0]
    return {CLEAN: replace(chain, label=f"{chain.label} lower", starts=tuple(starts), near=True, arranged=False)}


def _bearers(atoms: Atoms) -> frozenset[int]:
    """The atoms that hold an unpaired electron, by the moments that they begin with."""
    return frozenset(np.flatnonzero(np.abs(atoms.get_initial_magnetic_moments()) > BEARING).tolist())


def _lowest(state: StateFound, other: StateFound) -> StateFound:
    """The one of two finds of a state that has the lower structure; none is settled before both are computed."""
    if other.waiting:
        said = "another structure, which was come upon elsewhere, is not computed to its end yet."
        return replace(state, why=said, waiting=True)
    if other.structure is None or state.structure is None:
        return state
    return other if energy_of(other.structure) < energy_of(state.structure) else state


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
