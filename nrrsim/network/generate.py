"""Steps from rules: labels, hydrogen donors and the hygiene of step lists, for whatever reaction names the molecules.

A rule says which molecule becomes which; a `Donor` says where the added hydrogen comes from. One rule and three donors
are three elementary steps. Nothing here knows the chemistry of N2: that is the data of `nrrsim.network.nrr`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nrrsim.core.species import ELECTRON, PROTON, Phase, parse_species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, nearest
from nrrsim.network.parse import parse_equation

FORMS: Mapping[str, str] = MappingProxyType({"end-on": "", "side-on": "(side)"})
"""How an adsorption form is marked in a label."""


@dataclass(frozen=True)
class Donor:
    """A source of one hydrogen atom.

    Parameters
    ----------
    taken : str
        What the donor adds to the left side; '{site}' stands for the mark of the site type.
    left : str
        What remains of it on the right side; empty where nothing does.
    """

    taken: str
    left: str = ""


DONORS: Mapping[str, Donor] = MappingProxyType(
    {
        "PCET": Donor("H+ + e-"),
        "H*": Donor("H*{site}", "*{site}"),
        # Heterolytic (Eley-Rideal): one H of the molecule goes to the adsorbate, the other to a neighbouring site.
        # Chosen over X + H2(g) <-> XH2: it makes one X-H bond at a time, and reaches odd counts of H.
        "H2(g)": Donor("H2(g) + *{site}", "H*{site}"),
    }
)
"""Hydrogen donors by name."""


def site_mark(site: str) -> str:
    """'' for the unnamed site type '*', 's' for the type 's' or its free site '*s'.

    Raises
    ------
    InputError
        If it is no site type.
    """
    mark = site.removeprefix("*")
    try:
        known = parse_species(f"*{mark}").phase is Phase.SITE
    except InputError:
        known = False
    if not known:
        raise InputError(f"'{site}' is not a site type.", remedy="write '*', or a lower-case name such as 's'.")
    return mark


def adsorbate(formula: str, *, site: str = "*", form: str = "end-on") -> str:
    """The label of an adsorbate.

    Examples
    --------
    >>> adsorbate("NNH"), adsorbate("N2", form="side-on"), adsorbate("NH2", site="t")
    ('NNH*', 'N2(side)*', 'NH2*t')
    """
    return f"{formula}{FORMS[form]}*{site_mark(site)}"


def hydrogenation(before: str, after: str, *, donor: str, site: str = "*") -> ElementaryStep:
    """The step that adds one H of a donor, on a site type, to the left side `before`, and gives `after`.

    Raises
    ------
    InputError
        If the donor is unknown.

    Examples
    --------
    >>> [hydrogenation("N*", "NH*", donor=donor).equation for donor in ("PCET", "H*", "H2(g)")]
    ['N* + H+ + e- <-> NH*', 'N* + H* <-> NH* + *', 'N* + H2(g) + * <-> NH* + H*']
    """
    source = DONORS[known_word(donor, DONORS, kind="donor")]
    mark = site_mark(site)
    left = f" + {source.left.format(site=mark)}" if source.left else ""
    return parse_equation(f"{before} + {source.taken.format(site=mark)} <-> {after}{left}")


def hydrogen_evolution(site: str = "*") -> tuple[ElementaryStep, ElementaryStep, ElementaryStep]:
    """The Volmer, Heyrovsky and Tafel steps on a site type."""
    free, bound = f"*{site_mark(site)}", adsorbate("H", site=site)
    return (
        parse_equation(f"{free} + H+ + e- <-> {bound}"),
        parse_equation(f"{bound} + H+ + e- <-> H2(g) + {free}"),
        parse_equation(f"2{bound} <-> H2(g) + 2{free}"),
    )


def hydrogen_dissociation(site: str = "*") -> ElementaryStep:
    """The dissociative adsorption of H2 on a site type."""
    return parse_equation(f"H2(g) + 2*{site_mark(site)} <-> 2{adsorbate('H', site=site)}")


def spillover(formula: str, site: str, to: str) -> ElementaryStep:
    """The passage of an adsorbate to a site of another type."""
    here, there = adsorbate(formula, site=site), adsorbate(formula, site=to)
    return parse_equation(f"{here} + *{site_mark(to)} <-> {there} + *{site_mark(site)}")


def unique_steps(steps: Iterable[ElementaryStep]) -> tuple[ElementaryStep, ...]:
    """The steps without repetition: of a step, its copies and its reverses the first one stays."""
    kept: dict[frozenset[tuple[str | None, frozenset[tuple[str, int]]]], ElementaryStep] = {}
    for step in steps:
        sides = (step.reactants, step.products)
        kept.setdefault(frozenset((step.transition_state, frozenset(side.items())) for side in sides), step)
    return tuple(kept.values())


def steps_among(steps: Iterable[ElementaryStep], species: Collection[str]) -> tuple[ElementaryStep, ...]:
    """The steps all of whose species are named; free sites, H+ and e- need no naming."""
    return tuple(step for step in steps if all(n in species or _implied(n) for n in step.stoichiometry))


def known_word(word: str, known: Collection[str], *, kind: str) -> str:
    """The word itself, or an error that names the nearest known ones."""
    if word not in known:
        raise InputError(f"'{word}' is not a known {kind}; {nearest(word, known)}", remedy=f"name a known {kind}.")
    return word


def _implied(name: str) -> bool:
    return name in (PROTON.name, ELECTRON.name) or parse_species(name).phase is Phase.SITE
