"""The states of a site that a network asks for, and the structures each of them starts from."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Literal, TypeAlias

from ase import Atoms
from ase.build import molecule

from nrrsim.campaign.together import placed_together
from nrrsim.core.species import Phase
from nrrsim.core.steps import ElementaryStep
from nrrsim.dft.settings import Kind
from nrrsim.errors import InputError, nearest
from nrrsim.network.generate import (
    FORMS,
    hydrogen_dissociation,
    hydrogen_evolution,
    spillover,
    steps_among,
    unique_steps,
)
from nrrsim.network.network import Network, network_of
from nrrsim.network.nrr import generate
from nrrsim.network.whole_sites import chain_among, parts_of
from nrrsim.structures.adsorbates import Adsorbate, adsorbate, known_adsorbates, leaning
from nrrsim.structures.bonding import bonded_metals
from nrrsim.structures.catalog.lookup import metal_first, sites_to_adsorb
from nrrsim.structures.placement import orientations
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.sites import AdsorptionSite, adsorption_sites

SiteModel: TypeAlias = Literal["surface", "isolated"]

REFERENCES = ("N2(g)", "H2(g)", "NH3(g)", "H2O(g)")
ZEROS = {"N": "N2(g)", "H": "H2(g)"}  # of the energies, by element
CLEAN = "*"
OXYGEN_SITE = "o"  # type of a surface's oxygens, which hold hydrogen beside the site that the others stand on
ON_OXYGEN = f"H*{OXYGEN_SITE}"

WITH_HYDROGEN = (
    "N2", "2N", "2H_2N", "H_N_NH", "N_NH2", "2H_N_NH2", "H_N_NH3",  # dissociative
    "2H_N2", "H_NNH", "NNH2",  # associative, to N_NH2
    "H_N", "NH", "2H_NH", "H_NH2", "NH3", "2H",
)  # fmt: skip
"""States of an isolated site that takes its hydrogen from H2: what makes the first NH3 from N2, then the second."""

_TURNS = 2  # orientations tried on each adsorption site
_LEANS = 4  # and directions to lean to
_ACCEPTORS = ("O", "S")  # of hydrogen bonds
_REACH = 3.0  # from which a hydrogen may relax into one, a little more than the van der Waals radii [Angstrom]


@dataclass(frozen=True)
class State:
    """A state of one site.

    Parameters
    ----------
    name : str
        As in the catalyst file: "*", "N2*", "N2(side)*".
    formula : str
        Of the adsorbate, "" for the clean site.
    form : str
        "end-on" or "side-on", "" where the adsorbate has one form only.
    parts : tuple of State
        The adsorbates of a state that holds several, "N_NH": its own formula is "".
    on_oxygen : bool
        Whether it is hydrogen on an oxygen of the surface, "H*o".
    """

    name: str
    formula: str = ""
    form: str = ""
    parts: tuple[State, ...] = ()
    on_oxygen: bool = False


def network_for(model: SiteModel, donors: Collection[str], *, states: Collection[str] | None = None) -> Network:
    """The network of N2 reduction that a site's states make, without states that the user leaves out.

    "H*o" among the states adds hydrogen on the surface's oxygens, a site type of their own: what N2 reduction competes
    with on an oxide. On an isolated site a state is all that it holds, "2H_2N"; without `states` each adsorbate alone
    with protons and electrons, and with H* the states of `WITH_HYDROGEN`, which close the dissociative cycle and lead
    into it by NNH2.

    Raises
    ------
    InputError
        If no step is left, or a state is in no network.
    """
    whole = generate(donors=donors, forms=_forms(states or ()))
    known = [name for name in whole.species if whole.species[name].phase is Phase.ADSORBATE]
    if model == "surface":
        wanted = set(known) if states is None else {_known(name, [*known, ON_OXYGEN]) for name in states}
        found = generate(donors=donors, forms=_forms(wanted), species=wanted | set(REFERENCES))
        return found if ON_OXYGEN not in wanted else network_of([*found.steps, *_on_oxygen(donors, wanted)])
    alone = [name.removesuffix("*") for name in known]
    usual = [*(alone if "PCET" in donors else ()), *(WITH_HYDROGEN if {"H*", "H2(g)"} & set(donors) else ())]
    named = [name.removesuffix("*") for name in states] if states is not None else usual
    adsorbates = {f"{part}*" for name in named if name for part in parts_of(name)}
    for part in sorted(adsorbates):
        _known(part, known)
    elementary = generate(donors=donors, forms=_forms(adsorbates), species={*known, *REFERENCES})
    chain = chain_among(elementary, [name for name in dict.fromkeys(named) if name])
    apart = [name for name in dict.fromkeys(named) if name and name not in chain.species]
    if states is not None and apart:
        what = f"no step leads to {', '.join(apart)} from the other states."
        raise InputError(what, where="states", remedy="name the states between, or leave them out.")
    return chain


def states_of(network: Network) -> tuple[State, ...]:
    """The clean site and all that stands on it in a network, in its order."""
    names = [name for name, species in network.species.items() if species.phase is Phase.ADSORBATE]
    return (State(CLEAN), *(_state(name) for name in names))


def gas_start(name: str, *, vacuum: float = 6.0) -> Atoms:
    """A gas molecule in a box, from the G2 set as ase ships it.

    Raises
    ------
    InputError
        If the gas is none of `REFERENCES`.
    """
    if name not in REFERENCES:
        raise InputError(f"'{name}' is no reference gas.", remedy=nearest(name, REFERENCES))
    atoms: Atoms = molecule(name.removesuffix("(g)"))
    atoms.center(vacuum=vacuum)
    return recorded(
        atoms, what=name, parameters={"vacuum": vacuum}, active_atoms=(), source="G2 geometries as shipped with ase"
    )


def starts(clean: Atoms, state: State, *, count: int) -> tuple[Atoms, ...]:
    """Structures that a state is relaxed from: first each adsorption site once, those on metal before the others.

    Then turned about the normal, then leaning towards oxygen or sulfur of the surface, where hydrogen bonds may form.

    Parameters
    ----------
    clean : ase.Atoms
        The relaxed clean site, from the catalogue.
    state : State
        With an adsorbate.
    count : int
        How many at most.

    Raises
    ------
    InputError
        If the adsorbate fits nowhere.
    """
    if state.parts:
        guests = [adsorbate(part.formula, form=_placed_form(part)) for part in state.parts]
        return tuple(_boxed(atoms, clean) for atoms in placed_together(clean, guests, count=count))
    guest = adsorbate(state.formula, form=_placed_form(state))
    sites = oxygen_sites(clean) if state.on_oxygen else metal_first(clean, sites_to_adsorb(clean))
    found: list[Sequence[Atoms]] = []
    leant: list[Sequence[Atoms]] = []
    lacking = "the surface exposes no oxygen." if state.on_oxygen else "the structure has no adsorption site."
    refusal = InputError(lacking, where=state.name, remedy="build another site, or leave the state out.")
    for site in sites:
        try:
            found.append(orientations(clean, site, guest, count=_TURNS))
            leant.append(_leaning(clean, site, guest))
        except InputError as error:
            refusal = error
    if not found:
        raise refusal
    turns = (*zip_longest(*found), *zip_longest(*leant))
    in_turn = [atoms for turn in turns for atoms in turn if atoms is not None]
    return tuple(_boxed(atoms, clean) for atoms in in_turn[:count])


def _leaning(clean: Atoms, site: AdsorptionSite, guest: Adsorbate) -> tuple[Atoms, ...]:
    """The adsorbate leaning over, first to where one of its hydrogens comes nearest to an acceptor."""
    leant = leaning(guest)
    acceptors = [i for i, symbol in enumerate(clean.symbols) if symbol in _ACCEPTORS]
    if leant is None or not acceptors:
        return ()

    def gap(placed: Atoms) -> float:
        hydrogens = [i for i in range(len(clean), len(placed)) if placed.symbols[i] == "H"]
        return round(min(float(placed.get_distances(i, acceptors, mic=True).min()) for i in hydrogens), 3)

    try:
        return tuple(sorted((p for p in orientations(clean, site, leant, count=_LEANS) if gap(p) < _REACH), key=gap))
    except InputError:  # it clashes wherever it leans, and stands upright alone
        return ()


def kind_of(atoms: Atoms) -> Kind:
    """What a site is to the settings."""
    return "slab" if atoms.pbc.any() else "cluster"


def _boxed(atoms: Atoms, clean: Atoms) -> Atoms:
    """A cluster's box grown to the free space of the clean one; a slab as it is."""
    if not atoms.pbc.any():
        atoms.center(vacuum=float(min(clean.positions.min(axis=0))))
    return atoms


def _on_oxygen(donors: Collection[str], states: Collection[str]) -> tuple[ElementaryStep, ...]:
    """Hydrogen on the oxygens of a surface: evolved with protons and electrons, or from H2 and over to the others."""
    evolved = hydrogen_evolution(OXYGEN_SITE) if "PCET" in donors else ()
    passed = (hydrogen_dissociation(OXYGEN_SITE), spillover("H", "*", OXYGEN_SITE)) if "H*" in donors else ()
    steps = steps_among(unique_steps([*evolved, *passed]), {*states, *REFERENCES})
    if not steps:
        remedy = "add PCET or H*, or leave it out."
        raise InputError(f"no donor brings hydrogen to {ON_OXYGEN}.", where="states", remedy=remedy)
    return steps


def oxygen_sites(clean: Atoms) -> tuple[AdsorptionSite, ...]:
    """The exposed oxygens of a slab as sites of hydrogen, one of each symmetry class.

    First that of each kind (by the metal atoms bonded to it) which is nearest to the active atoms, then the others.
    """
    active = list(record_of(clean).active_atoms)
    tops = [s for s in adsorption_sites(clean) if len(s.neighbours) == 1 and clean.symbols[s.neighbours[0]] == "O"]

    def gap(top: AdsorptionSite) -> float:
        return round(float(clean.get_distances(top.neighbours[0], active, mic=True).min()), 3) if active else 0.0

    near = sorted(tops, key=gap)
    bonded = bonded_metals(clean, [top.neighbours[0] for top in near])
    kinds = [len(bonded[top.neighbours[0]][0]) for top in near]
    seen = [kinds[:k].count(kinds[k]) for k in range(len(near))]
    return tuple(near[k] for k in sorted(range(len(near)), key=lambda k: (seen[k] > 0, k)))


def _forms(states: Collection[str]) -> tuple[str, ...]:
    """End-on, and side-on where a state names it."""
    side = any(FORMS["side-on"] in name for name in states)
    return ("end-on", "side-on") if side else ("end-on",)


def _state(name: str) -> State:
    if name == ON_OXYGEN:
        return State(name, "H", on_oxygen=True)
    parts = parts_of(name.split("*")[0])
    if len(parts) > 1:
        return State(name, parts=tuple(_state(part) for part in parts))
    formula = parts[0]
    for form, mark in FORMS.items():
        if mark and formula.endswith(mark):
            return State(name, formula.removesuffix(mark), form)
    return State(name, formula, "")


def _placed_form(state: State) -> str | None:
    """The adsorbate's form of the structures for the form of the network; None for its usual one."""
    forms = known_adsorbates()[state.formula]
    if state.form == "side-on":
        return next(form for form in forms if "side-on" in form)
    return None


def _known(name: str, known: Sequence[str]) -> str:
    if name not in known:
        raise InputError(f"no state is called '{name}'.", where="states", remedy=nearest(name, known))
    return name
