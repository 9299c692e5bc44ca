"""What an isolated site with several positions holds: its states, their names, and the ways between them.

A site of capacity c has c equivalent positions, all of them neighbours of one another. What it holds, whichever
positions it is on, is one state: '2N_NH' holds two N* and one NH*.
"""

from __future__ import annotations

import functools
import math
import re
from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TypeAlias

from nrrsim.core.species import Phase, Species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, nearest
from nrrsim.network.network import Network

LARGEST_NUMBER_OF_STATES = 500  # of a whole site: every sensitivity solves a dense system of that size
_ROOM = 99  # positions where nobody counts them
_Side: TypeAlias = frozenset[tuple[str, int]]
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


@dataclass(frozen=True)
class Event:
    """An elementary step on a whole site: what else is there, the state it leads to, and the sides of its equation."""

    spectators: Occupation
    final: Occupation
    reactants: dict[str, int]
    products: dict[str, int]


class WholeSite:
    """The positions of a site and what may stand on them.

    Parameters
    ----------
    network : Network
        Steps between single adsorbates and free positions of one type.
    capacity : int or None
        Number of positions; None where nobody counts them, as states are named one by one.

    Raises
    ------
    InputError
        If the capacity is no whole number from one, positions are of two types or never free, an adsorbate's name
        cannot be part of the name of a state, or there would be more than 500 states.
    """

    def __init__(self, network: Network, capacity: int | None) -> None:
        self._network, self.capacity = network, _ROOM if capacity is None else capacity
        if capacity is not None and (isinstance(capacity, bool) or not isinstance(capacity, int) or capacity < 1):
            raise InputError(f"the capacity is {capacity}.", remedy="give a whole number of positions from 1.")
        used = {name for step in network.steps for name in (*step.reactants, *step.products)}
        self._type, self.free = self._position(used)
        self.adsorbates = tuple(
            sorted(name for name in used if network.species[name].phase is Phase.ADSORBATE)
        )  # the order of their names, not of the file
        self._bases = {self._base(name): name for name in self.adsorbates}
        if capacity is not None:
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

    def event(self, step: ElementaryStep, state: Occupation) -> Event | None:
        """The step as it runs from a state; None where the state lacks what the step needs."""
        before, after = self.surface(step.reactants), self.surface(step.products)
        rest = self.spectators(before, state)
        final = None if rest is None else rest.changed(self.change(after, 1))
        if rest is None or final is None:
            return None
        reactants = {name: n for name, n in step.reactants.items() if name not in before} | {self.name(state): 1}
        products = {name: n for name, n in step.products.items() if name not in after} | {self.name(final): 1}
        return Event(rest, final, reactants, products)

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


def parts_of(name: str) -> tuple[str, ...]:
    """The adsorbates that a state's name tells, one by one, without stars.

    Examples
    --------
    >>> parts_of("2H_N_NH")
    ('H', 'H', 'N', 'NH')
    """
    matches = [_PART.fullmatch(part) for part in name.split("_")]
    if not all(matches):
        raise InputError(f"'{name}' is not the name of a state.", remedy="write adsorbates as in '2N_NH'.")
    return tuple(m[2] for m in matches if m for _ in range(int(m[1] or 1)))


def chain_among(elementary: Network, states: Collection[str]) -> Network:
    """The steps that lead from one named state of a whole site to another, whatever its number of positions.

    Each named state is one structure with an energy of its own, so that its steps have no statistical weights. A gas
    that adsorbs or leaves in two named steps does not do so in one as well.

    Parameters
    ----------
    elementary : Network
        Steps between single adsorbates and free positions of one type.
    states : collection of str
        Names such as "N2", "2N" and "2H_2N"; the empty site is always one.

    Raises
    ------
    InputError
        If a name is not that of a state, or no step leads from one to another.

    Examples
    --------
    >>> from nrrsim.network.nrr import generate
    >>> chain = chain_among(generate(donors=("H*",)), ["N2", "2N"])
    >>> [step.equation for step in chain.steps]
    ['N2(g) + * <-> N2', 'N2 <-> 2N']
    """
    site = WholeSite(elementary, None)
    named = {name: site.occupation(name) for name in states} | {site.free: Occupation(())}
    steps: dict[tuple[_Side, _Side], ElementaryStep] = {}
    size: dict[tuple[_Side, _Side], int] = {}
    for step in elementary.steps:
        before, after = site.surface(step.reactants), site.surface(step.products)
        events = [site.event(step, state) for state in named.values()] if before and after else []
        for event in events:
            if event is None or site.name(event.final) not in named:
                continue
            ends = frozenset(event.reactants.items()), frozenset(event.products.items())
            if ends not in steps and ends[::-1] not in steps:
                made = ElementaryStep("", event.reactants, event.products, None)
                steps[ends] = replace(made, id=made.equation)
                size[ends] = max(site.needed(before), site.needed(after))
    steps = {ends: step for ends, step in steps.items() if not _in_two(ends, size)}
    if not steps:
        raise InputError(
            f"no step leads from one of the states {', '.join(named)} to another.",
            remedy="name states one step apart, as 'N2' and '2N', or '2N' and '2H_2N'.",
        )
    used = {name for step in steps.values() for name in (*step.reactants, *step.products)}
    species = {name: site.species(name, state) for name, state in named.items() if name in used}
    gases = {name: found for name, found in elementary.species.items() if not found.on_surface and name in used}
    return Network({**gases, **species}, tuple(steps.values()), {})


def _in_two(ends: tuple[_Side, _Side], size: Mapping[tuple[_Side, _Side], int]) -> bool:
    """Whether the gas of a step comes or goes with fewer positions in another, from where a third leads on."""
    links = {frozenset(pair) for pair in size}
    for start, final in (ends, ends[::-1]):
        for (first, last), needed in size.items():
            via = last if first == start else first if last == start else None
            if (
                via
                and via != final
                and needed < size[ends]
                and len(via) < len(start)
                and frozenset((via, final)) in links
            ):
                return True
    return False
