"""What a campaign computes for a site."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from ase import Atoms

from nrrsim.campaign.barriers import BarrierChain
from nrrsim.campaign.chains import StateChain
from nrrsim.campaign.states import CLEAN, ZEROS, SiteModel, State, gas_start, kind_of, network_for, starts, states_of
from nrrsim.core.species import Phase
from nrrsim.core.steps import ElementaryStep
from nrrsim.dft.engines import fixes_moment
from nrrsim.dft.paths import one_place
from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import Kind, Settings
from nrrsim.errors import InputError, nearest
from nrrsim.network.network import Network
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.catalog.lookup import build_site, site
from nrrsim.structures.matching import carried_over, matched
from nrrsim.structures.placement import turned
from nrrsim.structures.vacancies import has_vacancies

if TYPE_CHECKING:
    from nrrsim.campaign.computed import Computed


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
        The same of single states, by name; where `starts_from` says how they begin, others begin once, and these turned
        about the bond that they stand on.
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
                    placed = self._lent_starts(state.name, host, elsewhere)
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

    def _lent_starts(self, name: str, host: Atoms, elsewhere: Computed) -> tuple[Atoms, ...]:
        """A state as it was before; or as it stands on the site that these begin from, then turned."""
        if name not in elsewhere.begun:
            said = f"its structure on {elsewhere.plan.site} with {elsewhere.plan.settings.name}"
            why = elsewhere.missing.get(name, "no such state.")
            raise InputError(f"{said}: {why}", remedy="compute that one first.")
        there = elsewhere.begun[name].atoms
        if not self.starts_from:
            return (there,)
        carried = carried_over(there, elsewhere.plan.clean, onto=host, onto_built=self.clean)
        count = self.starts_of.get(name, 1)
        return (carried,) if count == 1 else turned(carried, count=count)

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
            if one_place(start, end):
                refused[step.equation] = f"{first} and {last} were relaxed to one and the same structure."
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
