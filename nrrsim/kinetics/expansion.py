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
import functools
import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from nrrsim.core.species import Phase, Species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, nearest
from nrrsim.kinetics.additive import AdditiveState
from nrrsim.kinetics.mechanism import Expansion, Mechanism, SiteModel, check_chain_step
from nrrsim.kinetics.rate_laws import RateLaw, Sticking, has_own_equilibrium
from nrrsim.network.network import Network
from nrrsim.thermo.protocol import Thermo

LARGEST_NUMBER_OF_STATES = 500  # of a whole site: every sensitivity solves a dense system of that size
_PART = re.compile(r"(\d{0,4})([^\d_][^_]*)")


@dataclass(frozen=True)
class Occupation:
    """How many adsorbates of each kind a site holds, by name in alphabetical order."""

    counts: tuple[tuple[str, int], ...]

    @classmethod
    def of(cls, counts: Mapping[str, int]) -> Occupation:
        """From counts, zeros left out."""
        return cls(tuple(sorted((name, n) for name, n in counts.items() if n)))

    def __getitem__(self, name: str) -> int:
        return dict(self.counts).get(name, 0)

    def changed(self, nu: Mapping[str, int]) -> Occupation | None:
        """With `nu` added; None where a count would become negative."""
        counts = dict(self.counts)
        for name, n in nu.items():
            counts[name] = counts.get(name, 0) + n
        return None if min(counts.values(), default=0) < 0 else Occupation.of(counts)

    @property
    def total(self) -> int:
        """Number of adsorbates."""
        return sum(n for _, n in self.counts)


class WholeSite:
    """The positions of a site and what may stand on them.

    Parameters
    ----------
    network : Network
        Steps between single adsorbates and free positions of one type.
    capacity : int
        Number of positions.

    Raises
    ------
    InputError
        If the capacity is no whole number from one, positions are of two types or never free, an adsorbate's name
        cannot be part of the name of a state, or there would be more than 500 states.
    """

    def __init__(self, network: Network, capacity: int) -> None:
        self._network, self.capacity = network, capacity
        if isinstance(capacity, bool) or not isinstance(capacity, int) or capacity < 1:
            raise InputError(f"the capacity is {capacity}.", remedy="give a whole number of positions from 1.")
        used = {name for step in network.steps for name in (*step.reactants, *step.products)}
        self._type, self.free = self._position(used)
        self.adsorbates = tuple(
            sorted(name for name in used if network.species[name].phase is Phase.ADSORBATE)
        )  # the order of their names, not of the file
        self._bases = {self._base(name): name for name in self.adsorbates}
        self._check_count()

    def positions(self, occupation: Occupation) -> int:
        """Number of positions taken."""
        return self.needed(dict(occupation.counts))

    def name(self, occupation: Occupation) -> str:
        """Its name: '2N_N2' for two N* and one N2*, that of the free position where nothing is there."""
        parts = [(self._base(name), n) for name, n in occupation.counts]
        return "_".join((str(n) if n > 1 else "") + base for base, n in sorted(parts)) or self.free

    def occupation(self, name: str) -> Occupation:
        """What the state of that name holds.

        Raises
        ------
        InputError
            If the name is not that of a state; in another order, the error says the right one.
        """
        counts: Counter[str] = Counter()
        for part in name.split("_"):
            match = _PART.fullmatch(part)
            if match is None or match[2] not in self._bases:
                found = part if match is None else match[2]
                raise InputError(
                    f"'{found}' in the state '{name}' is no adsorbate of the steps; {nearest(found, self._bases)}",
                    remedy="name a state of the whole site as '2N_NH', without stars; an adsorbate has one, as 'N*'.",
                )
            counts[self._bases[match[2]]] += int(match[1] or 1)
        found_state = Occupation.of(counts)
        canonical = self.name(found_state)
        if canonical != name:
            raise InputError(
                f"the state '{name}' is called '{canonical}' here.",
                remedy=f"write '{canonical}': parts in alphabetical order, their number in front.",
            )
        if self.positions(found_state) > self.capacity:
            raise InputError(
                f"the state '{name}' needs {self.positions(found_state)} positions, the site has {self.capacity}.",
                remedy="remove it, or give the site a larger capacity.",
            )
        return found_state

    def species(self, name: str, occupation: Occupation) -> Species:
        """The state as a species that fills the whole site."""
        atoms: Counter[str] = Counter()
        for part, n in occupation.counts:
            atoms.update({element: n * k for element, k in self._network.species[part].composition.items()})
        phase = Phase.ADSORBATE if occupation.counts else Phase.SITE
        return Species(name, dict(atoms), phase, {self._type: 1})

    def degeneracy(self, occupation: Occupation) -> int:
        """Arrangements W of the adsorbates on the positions."""
        return math.factorial(self.capacity) // (
            math.factorial(self._vacant(occupation)) * self._repetitions(dict(occupation.counts))
        )

    def ways(self, side: Mapping[str, int], other: Mapping[str, int], occupation: Occupation) -> int:
        """Equivalent events by which the surface species of one side become those of the other in a state."""
        choices = math.prod(math.comb(self._present(name, occupation), n) for name, n in side.items())
        before, after = self._arrangements(side), self._arrangements(other)
        return choices * after // math.gcd(before, after)

    def surface(self, side: Mapping[str, int]) -> dict[str, int]:
        """Adsorbates and free positions of one side of a step."""
        return {name: n for name, n in side.items() if self._network.species[name].on_surface}

    def change(self, side: Mapping[str, int], sign: int) -> dict[str, int]:
        """What one side of a step adds to the adsorbates, or takes from them."""
        return {name: sign * n for name, n in side.items() if name != self.free}

    def needed(self, side: Mapping[str, int]) -> int:
        """Positions that a side of a step takes."""
        return sum(n * self._size(name) for name, n in side.items())

    @functools.cached_property
    def states(self) -> tuple[Occupation, ...]:
        """Every state that steps lead to from the empty site or from which they lead there, the emptiest first."""
        found = {Occupation(())}
        border = set(found)
        while border:
            border = {after for before in border for after in self._neighbours(before)} - found
            found |= border
        return tuple(sorted(found, key=lambda state: (state.total, self.name(state))))

    def _neighbours(self, state: Occupation) -> Iterator[Occupation]:
        for step in self._network.steps:
            for side, other in ((step.reactants, step.products), (step.products, step.reactants)):
                rest = self.spectators(self.surface(side), state)
                after = None if rest is None else rest.changed(self.change(self.surface(other), 1))
                if after is not None:
                    yield after

    def spectators(self, side: Mapping[str, int], state: Occupation) -> Occupation | None:
        """What else is there where a step runs from a state; None where the state lacks what the step needs."""
        rest = state.changed(self.change(side, -1))
        return rest if rest is not None and self._vacant(state) >= side.get(self.free, 0) else None

    def _position(self, used: set[str]) -> tuple[str, str]:
        """Type of the positions, and the name of a free one."""
        species = self._network.species
        types = sorted({site for name in used for site in species[name].sites})
        if len(types) > 1:
            raise InputError(
                f"the steps know sites of the types {', '.join(types)}, the positions of an isolated site are of one.",
                remedy="write all adsorbates on '*'.",
            )
        free = [name for name in used if species[name].phase is Phase.SITE]
        if not free:
            raise InputError("no step has a free position '*'.", remedy="add adsorption steps, as 'N2(g) + * <-> N2*'.")
        return types[0], free[0]

    def _base(self, name: str) -> str:
        """The part of a state's name that an adsorbate gives."""
        base = name.partition("*")[0]
        if _PART.fullmatch(base) is None or base[0].isdigit() or "*" not in name:
            raise InputError(
                f"the adsorbate '{name}' cannot be part of the name of a state.",
                remedy="write it as a formula and a star, as 'NNH*': no digit first and no '_' before the star.",
            )
        return base

    def _check_count(self) -> None:
        """Count multisets of adsorbates by the positions they take, before any is made."""
        count = [1] + [0] * self.capacity
        for name in self.adsorbates:
            size = self._size(name)
            for taken in range(size, self.capacity + 1):
                count[taken] += count[taken - size]
        if sum(count) > LARGEST_NUMBER_OF_STATES:
            raise InputError(
                f"{len(self.adsorbates)} adsorbates on {self.capacity} positions make {sum(count)} states, more than "
                f"{LARGEST_NUMBER_OF_STATES}.",
                remedy="lower the capacity, or leave out steps and their adsorbates.",
            )

    def _size(self, name: str) -> int:
        return sum(self._network.species[name].sites.values())

    def _vacant(self, occupation: Occupation) -> int:
        return self.capacity - self.positions(occupation)

    def _present(self, name: str, occupation: Occupation) -> int:
        return self._vacant(occupation) if name == self.free else occupation[name]

    def _repetitions(self, counts: Mapping[str, int]) -> int:
        """Permutations of positions that leave an arrangement of these what it is."""
        return math.prod(math.factorial(n) * math.factorial(self._size(name)) ** n for name, n in counts.items())

    def _arrangements(self, side: Mapping[str, int]) -> int:
        """Arrangements P of one side of a step on the positions it needs."""
        return math.factorial(self.needed(side)) // self._repetitions(side)


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
    for name, state in states.items():
        spectators = site.spectators(before, state)
        if spectators is None:
            continue
        final = spectators.changed(site.change(after, 1))
        assert final is not None
        beside = site.name(spectators)
        transition_state = step.transition_state
        if transition_state is not None and spectators.counts:
            transition_state = f"{transition_state} @ {beside}"
        reactants = {n: k for n, k in step.reactants.items() if n not in before} | {name: 1}
        products = {n: k for n, k in step.products.items() if n not in after} | {site.name(final): 1}
        ways = site.ways(before, after, state), site.ways(after, before, final)
        made = ElementaryStep(f"{step.id} @ {beside}", reactants, products, transition_state, step.line)
        yield _Copy(made, step, spectators, ways)


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
