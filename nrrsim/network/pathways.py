"""Pathways: the ways of a network from N2(g) to 2 NH3(g), to N2H4(g), or from protons to H2(g).

A pathway is a set of steps with multiplicities that leaves the surface as it was and turns N2(g) + 6 H into 2NH3(g),
each H being an H+ + e- or half an H2(g). The enumeration follows the nitrogen, not the null space of the stoichiometric
matrix (whose extreme rays have no order to draw them in):

1.  *Chain.* From N2(g), simple walks (no species twice) over steps that turn one species with two N into another.
2.  *Cleavage.* One step that turns it into two species with one N each, NH3(g) allowed.
3.  *Fragments.* From each of the two, a simple walk to NH3(g). Where both meet the same species they go on by the
    same steps, as molecules of one mean field do: this also holds for two equal fragments.
4.  *Supply.* The adsorbed H that 1 to 3 consume is made from H2(g) or H+ + e- in whole turns of nitrogen-free steps,
    one source for each kind of adsorbed H; another source makes another pathway. What does not close exactly is
    dropped.

A step may run in either direction, but no walk loses H, takes up NH3(g) again or gives N2(g) back; a gas other than
NH3(g) ends the walk (so N2H4(g) is a product and is not readsorbed). Steps of two N species on one side that are no
cleavage (NH2* + NH* <-> N* + NH3*) are in no pathway.

Where every step turns one surface species into one (isolated sites, whose species are states of the whole site), a walk
in the same spirit does without recognising fragments: the simple cycles of states that fix one N2(g).

Steps are listed as a chemist draws them: N2 uptake and chain, cleavage, the fragment richer in H to the end, then the
other, each turn of H supply right before the step that needs it. Two equal fragments give two runs of steps.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from nrrsim.core.species import ELECTRON, PROTON, Phase, parse_formula
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.network.network import Network
from nrrsim.network.whole_sites import parts_of

N2, H2, NH3, N2H4 = "N2(g)", "H2(g)", "NH3(g)", "N2H4(g)"

HYDROGENS: Mapping[str, int] = {NH3: 6, N2H4: 4, H2: 2}
"""H atoms a turnover takes up, by product."""

FAMILIES = ("distal", "alternating", "enzymatic", "dissociative", "mixed", "hydrazine", "HER")

_ISOMERS = {"N2H": "NNH", "NHNH": "HNNH", "NHNH2": "HNNH2", "NH2NH2": "H2NNH2", "N2H4": "H2NNH2"}
"""Other spellings; N2H2 and N2H3 do not say which isomer they are, and stay unknown ones."""

_LABEL = re.compile(r"(?P<isomer>[A-Za-z0-9-]+)(?P<form>\((?!g\))[^)]*\))?(?:\(g\)|\*\w*)$")
_DISTAL = ("NNH", "NNH2", "NNH3")
_ALTERNATING = ("NNH", "HNNH", "HNNH2", "H2NNH2")


@dataclass(frozen=True)
class PathStep:
    """A step as a pathway uses it.

    Parameters
    ----------
    step : ElementaryStep
    direction : int
        +1 as written, -1 reversed.
    count : int
        Turns per turnover.
    """

    step: ElementaryStep
    direction: int = 1
    count: int = 1

    @property
    def equation(self) -> str:
        """The equation in the direction used, for one turn."""
        return self._directed.equation

    @property
    def n_electrons(self) -> int:
        """Electrons consumed by one turn in the direction used."""
        return self.direction * self.step.n_electrons

    @cached_property
    def stoichiometry(self) -> dict[str, int]:
        """nu_i of one turn in the direction used."""
        return self._directed.stoichiometry

    @cached_property
    def _directed(self) -> ElementaryStep:
        if self.direction > 0:
            return self.step
        return ElementaryStep(self.step.id, self.step.products, self.step.reactants, self.step.transition_state)

    @property
    def _key(self) -> tuple[str, int]:
        return self.step.id, self.direction


@dataclass(frozen=True)
class Pathway:
    """A way through a network that leaves the surface as it was.

    Parameters
    ----------
    name : str
        Unique in the network.
    family : str
        One of `FAMILIES`.
    steps : tuple[PathStep, ...]
        In the order of drawing; a step may stand there twice.
    product : str
        NH3(g), N2H4(g) or H2(g).
    """

    name: str
    family: str
    steps: tuple[PathStep, ...]
    product: str

    @property
    def net(self) -> dict[str, int]:
        """What one turnover consumes (negative) and makes, by species; the surface is not in it."""
        return _net(self.steps)

    @property
    def turns(self) -> dict[tuple[str, int], int]:
        """Turns per turnover by (step id, direction): the pathway's identity."""
        return dict(_turns(self.steps))


@dataclass(frozen=True)
class _Edge:
    move: PathStep
    source: str
    targets: tuple[str, ...]  # one for a step of a walk, two for a cleavage, the richer in H first


@dataclass(frozen=True)
class _Route:
    """A closed pathway before it has a name: `chain` are the species with N-N bond between N2(g) and the cleavage."""

    steps: tuple[PathStep, ...]
    chain: tuple[str, ...]
    cleavage: _Edge | None
    product: str


def enumerate_pathways(network: Network, *, limit: int = 10_000) -> tuple[Pathway, ...]:
    """All pathways from N2(g) to NH3(g) or N2H4(g), by family, the canonical one of each family first.

    Distal: NNH, NNH2 (NNH3), then the far N leaves as ammonia. Alternating: NNH, HNNH, HNNH2, H2NNH2, cleaved there.
    Enzymatic: the alternating sequence in side-on forms. Dissociative: cleaved as N2. Mixed: anything else. The family
    alone names its canonical pathway, the one of fewest steps; mixed has none unless there is one only.

    Parameters
    ----------
    network : Network
    limit : int
        More pathways than this are an error, not a cut.

    Raises
    ------
    InputError
        If there are more than `limit` pathways.
    """
    search = _cycles_of_states if _is_single_entity(network) else _walks_of_nitrogen
    routes: dict[frozenset[tuple[tuple[str, int], int]], _Route] = {}
    for route in search(network):
        if not _closes(route.steps, route.product):
            continue
        routes.setdefault(_identity(route.steps), route)
        if len(routes) > limit:
            raise InputError(
                f"the network has more than {limit} pathways.",
                remedy="leave out steps or hydrogen donors, or raise limit.",
            )
    return _named(network, list(routes.values()))


def her_pathways(network: Network) -> tuple[Pathway, ...]:
    """Volmer-Heyrovsky and Volmer-Tafel, for each pair of steps that nets 2(H+ + e-) -> H2(g)."""
    moves = _moves(network)
    volmers = [m for m in moves if m.stoichiometry.get(PROTON.name, 0) < 0 and H2 not in m.stoichiometry]
    releases = [m for m in moves if m.stoichiometry.get(H2, 0) > 0]
    drafts = [
        ("Volmer-Heyrovsky" if count == 1 else "Volmer-Tafel", (PathStep(v.step, v.direction, count), release))
        for release, v, count in itertools.product(releases, volmers, (1, 2))
        if _net([PathStep(v.step, v.direction, count), release]) == {PROTON.name: -2, ELECTRON.name: -2, H2: 1}
    ]
    names = _told_apart([base for base, _ in drafts], [steps for _, steps in drafts])
    pathways = [Pathway(name, "HER", steps, H2) for name, (_, steps) in zip(names, drafts, strict=True)]
    return tuple(sorted(pathways, key=lambda p: p.name))


# The walk of the nitrogen ---------------------------------------------------------------------------------------------


def _moves(network: Network) -> list[PathStep]:
    """Every step in both directions, in an order that does not depend on the order of the file."""
    steps = sorted(network.steps, key=lambda step: step.id)
    return [PathStep(step, direction) for step in steps for direction in (1, -1)]


def _atoms(network: Network, name: str, element: str) -> int:
    return network.species[name].composition.get(element, 0)


def _walks_of_nitrogen(network: Network) -> Iterator[_Route]:
    edges = _edges(network)
    supply = _supply(network)
    for chain in _walks(network, edges, N2):
        end = chain[-1].targets[0] if chain else N2
        passed = tuple(edge.targets[0] for edge in chain)
        if end == N2H4:
            for steps in supply.close([edge.move for edge in chain]):
                yield _Route(steps, passed[:-1], None, N2H4)
            continue
        for cleavage in (edge for edge in edges[end] if len(edge.targets) == 2):
            for first, second in _fragment_walks(network, edges, cleavage.targets):
                moves = [edge.move for edge in (*chain, cleavage, *first, *second)]
                for steps in supply.close(moves):
                    yield _Route(steps, passed, cleavage, NH3)


def _edges(network: Network) -> dict[str, list[_Edge]]:
    """Steps that turn one nitrogen species into one, or cleave it into two, by that species."""
    edges: dict[str, list[_Edge]] = defaultdict(list)
    for move in _moves(network):
        taken, made = _nitrogen_species(network, move, -1), _nitrogen_species(network, move, +1)
        if len(taken) != 1 or taken[0] == NH3 or N2 in made or not _is_progress(network, taken[0], made):
            continue
        edges[taken[0]].append(_Edge(move, taken[0], made))
    return edges


def _nitrogen_species(network: Network, move: PathStep, sign: int) -> tuple[str, ...]:
    """Nitrogen species consumed (-1) or made (+1), each as often as it stands there, the richest in H first."""
    names = [
        name for name, nu in move.stoichiometry.items() for _ in range(max(sign * nu, 0)) if _atoms(network, name, "N")
    ]
    return tuple(sorted(names, key=lambda name: (-_atoms(network, name, "H"), name)))


def _is_progress(network: Network, source: str, targets: tuple[str, ...]) -> bool:
    nitrogens = [_atoms(network, name, "N") for name in targets]
    hydrogens = sum(_atoms(network, name, "H") for name in targets)
    whole = len(targets) == 1 and nitrogens[0] in (1, 2)
    return (whole or nitrogens == [1, 1]) and hydrogens >= _atoms(network, source, "H")


def _walks(network: Network, edges: Mapping[str, list[_Edge]], start: str) -> Iterator[tuple[_Edge, ...]]:
    """Simple walks over single-target edges, the empty one first; a gas reached is the end."""

    def extend(walk: tuple[_Edge, ...], at: str, seen: frozenset[str]) -> Iterator[tuple[_Edge, ...]]:
        yield walk
        if walk and network.species[at].phase is Phase.GAS:
            return
        for edge in edges.get(at, ()):
            if len(edge.targets) == 1 and edge.targets[0] not in seen:
                yield from extend((*walk, edge), edge.targets[0], seen | {edge.targets[0]})

    return extend((), start, frozenset({start}))


def _fragment_walks(
    network: Network, edges: Mapping[str, list[_Edge]], fragments: Sequence[str]
) -> Iterator[tuple[tuple[_Edge, ...], tuple[_Edge, ...]]]:
    """Pairs of walks to NH3(g) that leave a species both of them visit by the same step."""
    first, second = (
        [walk for walk in _walks(network, edges, fragment) if (walk[-1].targets[0] if walk else fragment) == NH3]
        for fragment in fragments
    )
    for a, b in itertools.product(first, second):
        left_by = {edge.source: edge.move._key for edge in a}
        if all(left_by.get(edge.source, edge.move._key) == edge.move._key for edge in b):
            yield a, b


@dataclass(frozen=True)
class _Supply:
    """Sources of adsorbed H: nitrogen-free steps that give off neither H2 nor H+, by the `helper` they make."""

    helpers: tuple[str, ...]
    sources: Mapping[str, list[PathStep]]

    def close(self, moves: Sequence[PathStep]) -> Iterator[tuple[PathStep, ...]]:
        """The moves behind each choice of supply that closes the balance of adsorbed H; none where none does."""
        nu = _net(moves)
        need = {name: -nu.get(name, 0) for name in self.helpers}
        for chosen in self._choices([name for name, n in need.items() if n > 0], {}):
            supply = _turned(need, chosen)
            if supply is not None:
                yield tuple(_just_in_time(supply, moves, self.helpers))

    def _choices(self, lacking: Sequence[str], chosen: Mapping[str, PathStep]) -> Iterator[dict[str, PathStep]]:
        """One source for each lacking helper, and for what those sources consume themselves."""
        if not lacking:
            yield dict(chosen)
            return
        first, *others = lacking
        for source in self.sources[first]:
            now = {**chosen, first: source}
            if not _feeds(now, first, first):
                consumed = [name for name in self.helpers if source.stoichiometry.get(name, 0) < 0]
                more = [name for name in consumed if name not in now and name not in others]
                yield from self._choices([*others, *more], now)


def _turned(need: Mapping[str, int], chosen: Mapping[str, PathStep]) -> tuple[PathStep, ...] | None:
    """The chosen sources with their whole turns, makers before users; None where they do not close the need exactly."""
    left, waiting = dict(need), dict(chosen)
    supply: list[PathStep] = []
    while waiting:
        # A helper's need is final once no source that consumes it waits any more.
        name = next(n for n in waiting if all(source.stoichiometry.get(n, 0) >= 0 for source in waiting.values()))
        source = waiting.pop(name)
        turns, rest = divmod(left[name], source.stoichiometry[name])
        if rest or turns < 0:
            return None
        left = {n: k - turns * source.stoichiometry.get(n, 0) for n, k in left.items()}
        if turns:
            supply.insert(0, PathStep(source.step, source.direction, turns))
    return tuple(supply) if not any(left.values()) else None


def _just_in_time(
    supply: Sequence[PathStep], moves: Sequence[PathStep], helpers: Collection[str]
) -> Iterator[PathStep]:
    """The moves with each turn of supply set right before the move that first lacks what it makes.

    Profiles then hold no more adsorbed H than the next step needs, as energetic spans suppose.
    """
    makers = {name: source for source in supply for name in helpers if source.stoichiometry.get(name, 0) > 0}
    left = Counter({name: makers[name].count for name in makers})
    stock: Counter[str] = Counter()

    def turn(move: PathStep) -> Iterator[PathStep]:
        for name in helpers:
            while move.stoichiometry.get(name, 0) + stock[name] < 0 and left[name] > 0:
                left[name] -= 1
                yield from turn(PathStep(makers[name].step, makers[name].direction))
        yield move
        stock.update({name: move.stoichiometry.get(name, 0) for name in helpers})

    for move in moves:
        yield from turn(move)


def _supply(network: Network) -> _Supply:
    adsorbed = [name for name, s in network.species.items() if s.phase is Phase.ADSORBATE]
    helpers = tuple(sorted(name for name in adsorbed if not _atoms(network, name, "N")))
    sources: dict[str, list[PathStep]] = {name: [] for name in helpers}
    for move in _moves(network):
        nu = move.stoichiometry
        if any(_atoms(network, name, "N") for name in nu) or nu.get(H2, 0) > 0 or nu.get(PROTON.name, 0) > 0:
            continue
        for name in helpers:
            if nu.get(name, 0) > 0:
                sources[name].append(move)
    return _Supply(helpers, sources)


def _feeds(chosen: Mapping[str, PathStep], helper: str, origin: str) -> bool:
    """Whether the chosen sources make `helper` from `origin`: from itself, the supply would go round in a circle."""
    source = chosen.get(helper)
    if source is None:
        return False
    consumed = [name for name, nu in source.stoichiometry.items() if nu < 0]
    others = {name: step for name, step in chosen.items() if name != helper}
    return origin in consumed or any(_feeds(others, name, origin) for name in consumed)


# The cycles of whole-site states --------------------------------------------------------------------------------------


def _is_single_entity(network: Network) -> bool:
    surface = set(network.surface_species)
    return all(
        sum(n for name, n in side.items() if name in surface) == 1
        for step in network.steps
        for side in (step.reactants, step.products)
    )


def _cycles_of_states(network: Network) -> Iterator[_Route]:
    """Simple cycles of states that take up one N2 and what H it needs, and release products, never the reverse.

    A cycle is walked from its only uptake of N2, and given up where it takes more or makes more than one turnover: that
    keeps the search finite in networks of many whole-site states.
    """
    leaving = _steps_of_states(network)
    uptakes = [
        (state, move, to) for state in sorted(leaving) for move, to in leaving[state] if N2 in move.stoichiometry
    ]

    def extend(states: tuple[str, ...], moves: tuple[PathStep, ...]) -> Iterator[_Route]:
        for move, to in leaving.get(states[-1], ()):
            walked = (*moves, move)
            if N2 in move.stoichiometry or not _within_turnover(walked):
                continue
            if to == states[0]:
                yield from _cycle_routes(network, states, walked)
            elif to not in states:
                yield from extend((*states, to), walked)

    for start, move, to in uptakes:
        yield from extend((start, to), (move,))


def _steps_of_states(network: Network) -> dict[str, list[tuple[PathStep, str]]]:
    """Steps in the directions that make progress, with the state they lead to, by the state they leave."""
    surface = set(network.surface_species)
    leaving: dict[str, list[tuple[PathStep, str]]] = defaultdict(list)
    for move in _moves(network):
        nu = move.stoichiometry
        given_back = any(nu.get(name, 0) > 0 for name in (N2, H2, PROTON.name))
        states = sorted((n, name) for name, n in nu.items() if name in surface)
        if len(states) == 2 and not given_back and not any(nu.get(name, 0) < 0 for name in (NH3, N2H4)):
            leaving[states[0][1]].append((move, states[1][1]))
    return dict(leaving)


def _within_turnover(moves: Sequence[PathStep]) -> bool:
    net = _net(moves)
    return _hydrogens(net) <= HYDROGENS[NH3] and net.get(NH3, 0) <= 2 and net.get(N2H4, 0) <= 1


def _cycle_routes(network: Network, states: Sequence[str], moves: Sequence[PathStep]) -> Iterator[_Route]:
    """The cycle, turned to begin at the free site if it passes one; nothing if it makes no product."""
    release = next((k for k, move in enumerate(moves) if {NH3, N2H4} & move.stoichiometry.keys()), None)
    if release is None:
        return
    made = _nitrogen_species(network, moves[release], +1)
    cleavage = None if N2H4 in made else _Edge(moves[release], states[release], made)
    begin = next((k for k, name in enumerate(states) if network.species[name].phase is Phase.SITE), 0)
    turned = (*moves[begin:], *moves[:begin])
    yield _Route(turned, tuple(states[1 : release + 1]), cleavage, N2H4 if cleavage is None else NH3)


# Closing, naming ------------------------------------------------------------------------------------------------------


def _net(steps: Iterable[PathStep]) -> dict[str, int]:
    total: Counter[str] = Counter()
    for s in steps:
        for name, nu in s.stoichiometry.items():
            total[name] += s.count * nu
    return {name: n for name, n in total.items() if n}


def _turns(steps: Iterable[PathStep]) -> Counter[tuple[str, int]]:
    turns: Counter[tuple[str, int]] = Counter()
    for s in steps:
        turns[s._key] += s.count
    return turns


def _identity(steps: Iterable[PathStep]) -> frozenset[tuple[tuple[str, int], int]]:
    return frozenset(_turns(steps).items())


def _closes(steps: Sequence[PathStep], product: str) -> bool:
    """Whether the net reaction is one N2(g) and H2(g) or H+ + e- to the product, and nothing else."""
    net = _net(steps)
    made = {NH3: 2, N2H4: 1}[product]
    # Charge is balanced in each step, so that electrons follow protons.
    rest = {name: n for name, n in net.items() if name not in (H2, PROTON.name, ELECTRON.name)}
    return rest == {N2: -1, product: made} and _hydrogens(net) == HYDROGENS[product]


def _hydrogens(net: Mapping[str, int]) -> int:
    """H atoms taken up from H2(g) and H+."""
    return -2 * net.get(H2, 0) - net.get(PROTON.name, 0)


def _named(network: Network, routes: Sequence[_Route]) -> tuple[Pathway, ...]:
    """Name, sort by family and put the canonical pathway of a family first."""
    by_family: dict[str, list[_Route]] = defaultdict(list)
    for route in routes:
        by_family[_family(route)].append(route)
    pathways: list[Pathway] = []
    for family in FAMILIES:
        members = sorted(by_family[family], key=_rank(network))
        names = _told_apart([f"{family}: {_description(r)}" for r in members], [r.steps for r in members])
        if members and (family != "mixed" or len(members) == 1):
            names[0] = family
        pathways += [Pathway(n, family, r.steps, r.product) for n, r in zip(names, members, strict=True)]
    return tuple(pathways)


def _rank(network: Network) -> Callable[[_Route], tuple[int, int, int, str, list[tuple[tuple[str, int], int]]]]:
    """Fewest steps, then fewest site types, then the purer chain of isomers, then the spelling."""

    def rank(route: _Route) -> tuple[int, int, int, str, list[tuple[tuple[str, int], int]]]:
        sites = {t for s in route.steps for name in s.stoichiometry for t in network.species[name].sites}
        isomers, forms = _isomers(route.chain), {_recognise(name)[1] for name in route.chain}
        impurity = (not _passes(isomers, _ALTERNATING)) + (forms != {""})
        turns = sorted(_turns(route.steps).items())
        return len(route.steps), len(sites), impurity, _description(route), turns

    return rank


def _family(route: _Route) -> str:
    if route.product == N2H4 or route.cleavage is None:
        return "hydrazine"
    isomers, forms = _isomers(route.chain), {_recognise(name)[1] for name in route.chain}
    if not isomers:
        return "dissociative"
    fragments = sorted(_recognise(name)[0] for name in route.cleavage.targets)
    if forms == {""} and _passes(isomers, _DISTAL) and isomers[-1] != "NNH" and fragments == ["N", "NH3"]:
        return "distal"
    if _passes(isomers, _ALTERNATING) and "HNNH" in isomers and isomers[-1] == "H2NNH2" and len(forms) == 1:
        return {"": "alternating", "(side)": "enzymatic"}.get(forms.pop(), "mixed")
    return "mixed"


def _recognise(name: str) -> tuple[str, str]:
    """Isomer and form of a label: ('NNH', '(side)') of 'N2H(side)*s'; a name that is no label is its own isomer."""
    match = _LABEL.match(name) or _LABEL.match(f"{name}*")  # states of a whole site have no star
    if match is None:
        return name, ""
    return _ISOMERS.get(match["isomer"], match["isomer"]), match["form"] or ""


def _isomers(chain: Iterable[str]) -> tuple[str, ...]:
    """Isomers passed after N2, changes of site or form left out."""
    isomers = (_recognise(part)[0] for name in chain for part in _with_bond(name))
    return tuple(isomer for isomer, _ in itertools.groupby(isomers) if isomer != "N2")


def _with_bond(name: str) -> tuple[str, ...]:
    """Of a whole-site state of several adsorbates those with an N-N bond, ('NNH',) of 'H_NNH'; else the name itself."""
    if _LABEL.match(name):
        return (name,)
    try:
        parts = parts_of(name)
        bonded = tuple(part for part in parts if parse_formula(part.partition("(")[0]).get("N", 0) > 1)
    except InputError:  # a name of the user's own
        return (name,)
    return bonded if len(parts) > 1 else (name,)


def _passes(isomers: Sequence[str], order: Iterable[str]) -> bool:
    """Whether the isomers follow the order; a file that lumps steps may skip some."""
    ahead = iter(order)
    return all(isomer in ahead for isomer in isomers)


def _description(route: _Route) -> str:
    """What the path passes and where it cleaves: 'NNH, NNH2, HNNH2; HNNH2* -> NH* + NH3(g)'."""
    taken_up = [name for name in route.chain if _recognise(name)[0] == "N2"]
    passed = [name.removesuffix("*") for name in route.chain if name not in taken_up or len(taken_up) > 1]
    if route.cleavage is None:
        return ", ".join(passed)
    targets = Counter(route.cleavage.targets)
    halves = " + ".join(name if n == 1 else f"{n}{name}" for name, n in sorted(targets.items()))
    cleavage = f"{route.cleavage.source} -> {halves}"
    return f"{', '.join(passed)}; {cleavage}" if passed else cleavage


def _told_apart(bases: Sequence[str], steps: Sequence[Sequence[PathStep]]) -> list[str]:
    """The names, where several are equal each with the steps that not all of them share."""
    shared: dict[str, frozenset[tuple[tuple[str, int], int]]] = {}
    for base, own in zip(bases, steps, strict=True):
        shared[base] = shared.get(base, _identity(own)) & _identity(own)
    names = []
    for base, own in zip(bases, steps, strict=True):
        turns = _turns(own)
        special = [_spelled(s, turns[s._key]) for s in own if (s._key, turns[s._key]) not in shared[base]]
        names.append(f"{base}; via {', '.join(dict.fromkeys(special))}" if special else base)
    return names


def _spelled(s: PathStep, turns: int) -> str:
    text = s.equation.replace(" <-> ", " -> ")
    if s.step.id != s.step.equation:  # a step with an id of its own may share its equation with another
        text = s.step.id if s.direction > 0 else f"{s.step.id} reversed"
    return text if turns == 1 else f"{turns} x ({text})"
