"""The network of N2 reduction, generated from four small tables: hydrogenation, cleavage, release, optional isomers.

Every N2Hx is hydrogenated by every donor and cleaved in two ways: thermally, the far NHx moving to a second site
(`NNH2* + * <-> N* + NH2*`), and reductively, where one more H makes the far NH2 leave as ammonia
(`NNH2* + H+ + e- <-> N* + NH3(g)`). The tables name the bound nitrogen first: HNNH2* is bound by its NH.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError
from nrrsim.network.generate import (
    DONORS,
    FORMS,
    adsorbate,
    hydrogen_dissociation,
    hydrogen_evolution,
    hydrogenation,
    known_word,
    site_mark,
    spillover,
    steps_among,
    unique_steps,
)
from nrrsim.network.network import Network, network_of
from nrrsim.network.parse import parse_equation

HYDROGENATIONS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "N2": ("NNH",),
        "NNH": ("NNH2", "HNNH"),
        "NNH2": ("HNNH2", "NNH3"),
        "HNNH": ("HNNH2",),
        "HNNH2": ("H2NNH2",),
    }
)
"""N2Hx isomers one H atom apart."""

FRAGMENTS = ("N", "NH", "NH2", "NH3")
"""What an N2Hx cleaves into, by increasing H."""

CLEAVAGES: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "N2": ("N", "N"),
        "NNH": ("N", "NH"),
        "NNH2": ("N", "NH2"),
        "HNNH": ("NH", "NH"),
        "HNNH2": ("NH", "NH2"),
        "H2NNH2": ("NH2", "NH2"),
        "NNH3": ("N", "NH3"),
    }
)
"""The two halves of each isomer: the bound one, which stays on its site, and the far one."""

RELEASES: Mapping[str, str] = MappingProxyType({"H2NNH2": "N2H4(g)", "HNNH": "N2H2(g)"})
"""Isomers that desorb whole, and the gas they give."""

OPTIONAL = ("NNH3", "NNH2(side)", "N2H2(g)")
"""Left out unless asked for or named by the energy set: rarely stable, or rarely computed."""

_SIDE_ON = frozenset({"N2", "NNH", "NNH2", "HNNH", "HNNH2", "H2NNH2"})  # NNH3 has no second nitrogen left to bind by


@dataclass(frozen=True)
class _Scope:
    donors: tuple[str, ...]
    forms: tuple[str, ...]
    site: str
    second_site: str | None
    species: Collection[str] | None
    optional: Collection[str]

    @property
    def sites(self) -> tuple[str, ...]:
        return (self.site,) if self.second_site is None else (self.site, self.second_site)

    @property
    def far_site(self) -> str:
        return self.site if self.second_site is None else self.second_site

    def label(self, isomer: str, form: str) -> str:
        return adsorbate(isomer, site=self.site, form=form)

    def has(self, isomer: str, form: str) -> bool:
        if form == "side-on" and isomer not in _SIDE_ON:
            return False
        return self.wants(isomer + FORMS[form], self.label(isomer, form))

    def wants(self, name: str, label: str) -> bool:
        return name not in OPTIONAL or name in self.optional or (self.species is not None and label in self.species)

    def isomers(self) -> Iterator[tuple[str, str]]:
        return ((isomer, form) for form in self.forms for isomer in CLEAVAGES if self.has(isomer, form))


def generate(
    *,
    donors: Collection[str] = ("PCET",),
    forms: Collection[str] = ("end-on",),
    site: str = "*",
    second_site: str | None = None,
    species: Collection[str] | None = None,
    optional: Collection[str] = (),
    interconverting: Collection[str] = ("N2",),
    her: bool = True,
) -> Network:
    """The network of N2 reduction on one site type, or on two.

    Parameters
    ----------
    donors : collection of str
        Sources of hydrogen: "PCET" (X + H+ + e- <-> XH); "H*" (X + H* <-> XH + *, with H2(g) + 2* <-> 2H*); "H2(g)"
        (heterolytic, X + H2(g) + * <-> XH + H*: the H left on the surface needs a taker, so that the H* hydrogenations
        come with it, the dissociative adsorption of H2 does not).
    forms : collection of str
        "end-on" (N2*) and "side-on" (N2(side)*); each occupies one site.
    site : str
        Site type of the N2Hx: "*" or a name.
    second_site : str, optional
        Site type that takes the far fragment of a thermal cleavage, and on which that fragment is then hydrogenated;
        without one both fragments stand on `site`. Adsorbed H serves the fragments of its own site type and passes from
        one type to the other (H* + *t <-> H*t + *).
    species : collection of str, optional
        Keep only steps whose species all have these names; free sites, H+ and e- need none. So an energy set decides
        which forms and intermediates exist. Without NH3* in it the last H releases ammonia directly
        (NH2* + H+ + e- <-> NH3(g) + *); without N2*, where N2 does not stay, the first H takes N2 from the gas
        (N2(g) + * + H+ + e- <-> NNH*), and so for N2(side)* and NNH(side)*.
    optional : collection of str
        Which of `OPTIONAL` to add; those that `species` names are there without it.
    interconverting : collection of str
        Isomers that pass between end-on and side-on when both forms are asked for.
    her : bool
        Add Volmer, Heyrovsky and Tafel steps where "PCET" is a donor.

    Raises
    ------
    InputError
        If a word is unknown, the two site types are one, or no step is left.

    Examples
    --------
    >>> len(generate().steps)
    25
    """
    scope = _scope(donors, forms, site, second_site, species, optional)
    for isomer in interconverting:
        known_word(isomer, CLEAVAGES, kind="N2Hx isomer")
    steps = [
        *_adsorption(scope, interconverting),
        *_from_the_gas(scope),
        *_associative(scope),
        *_thermal_cleavage(scope),
        *_reductive_cleavage(scope),
        *_fragments(scope),
        *_release(scope),
        *_hydrogen(scope, donors, her=her),
    ]
    kept = unique_steps(steps if species is None else steps_among(steps, species))
    if not kept:
        raise InputError(
            f"no step of N2 reduction has all its species among {', '.join(sorted(species or ()))}.",
            remedy="name the gases too, 'N2(g)' and 'NH3(g)', and adsorbates as 'NNH*'.",
        )
    return network_of(kept)


def _scope(
    donors: Collection[str],
    forms: Collection[str],
    site: str,
    second_site: str | None,
    species: Collection[str] | None,
    optional: Collection[str],
) -> _Scope:
    vocabularies: tuple[tuple[Collection[str], Collection[str], str], ...] = (
        (donors, DONORS, "donor"),
        (forms, FORMS, "form"),
        (optional, OPTIONAL, "optional isomer"),
    )
    for words, known, kind in vocabularies:
        for word in words:
            known_word(word, known, kind=kind)
    if second_site is not None and site_mark(site) == site_mark(second_site):
        raise InputError(f"the second site '{second_site}' is the first.", remedy="leave it out, or name another.")
    # The heterolytic donor leaves H* behind, which only the H* steps take up.
    expanded = tuple(d for d in DONORS if d in donors or (d == "H*" and "H2(g)" in donors))
    return _Scope(expanded, tuple(f for f in FORMS if f in forms), site, second_site, species, optional)


def _adsorption(scope: _Scope, interconverting: Collection[str]) -> Iterator[ElementaryStep]:
    free = f"*{site_mark(scope.site)}"
    for form in scope.forms:
        yield parse_equation(f"N2(g) + {free} <-> {scope.label('N2', form)}")
    yield parse_equation(f"N2(g) + {free} + *{site_mark(scope.far_site)} <-> {_halves(scope, 'N2')}")
    for isomer in CLEAVAGES:
        if isomer in interconverting and all(form in scope.forms and scope.has(isomer, form) for form in FORMS):
            yield parse_equation(f"{scope.label(isomer, 'end-on')} <-> {scope.label(isomer, 'side-on')}")


def _from_the_gas(scope: _Scope) -> Iterator[ElementaryStep]:
    gone = [form for form in scope.forms if scope.species is not None and scope.label("N2", form) not in scope.species]
    free, hydrogen = f"*{site_mark(scope.site)}", adsorbate("H", site=scope.site)
    for product in (scope.label("NNH", form) for form in gone):
        for donor in scope.donors:
            if donor == "H*":  # it leaves its own site to what it makes
                yield parse_equation(f"N2(g) + {hydrogen} <-> {product}")
            else:
                yield hydrogenation(f"N2(g) + {free}", product, donor=donor, site=scope.site)


def _associative(scope: _Scope) -> Iterator[ElementaryStep]:
    for isomer, form in scope.isomers():
        for product in HYDROGENATIONS.get(isomer, ()):
            if scope.has(product, form):
                yield from _by_donors(scope, scope.label(isomer, form), scope.label(product, form), scope.site)


def _thermal_cleavage(scope: _Scope) -> Iterator[ElementaryStep]:
    for isomer, form in scope.isomers():
        free = f"*{site_mark(scope.far_site)}"
        yield parse_equation(f"{scope.label(isomer, form)} + {free} <-> {_halves(scope, isomer)}")


def _reductive_cleavage(scope: _Scope) -> Iterator[ElementaryStep]:
    for isomer, form in scope.isomers():
        bound, far = CLEAVAGES[isomer]
        before, after = scope.label(isomer, form), f"{adsorbate(bound, site=scope.site)} + NH3(g)"
        if far == "NH2":
            yield from _by_donors(scope, before, after, scope.site)
        elif far == "NH3":  # NNH3 already carries the ammonia
            yield parse_equation(f"{before} <-> {after}")


def _fragments(scope: _Scope) -> Iterator[ElementaryStep]:
    for site in scope.sites:
        ammonia, free = adsorbate("NH3", site=site), f"*{site_mark(site)}"
        for i, fragment in enumerate(FRAGMENTS[:-1]):
            yield from _by_donors(scope, adsorbate(fragment, site=site), adsorbate(FRAGMENTS[i + 1], site=site), site)
        if scope.species is not None and ammonia not in scope.species:
            yield from _by_donors(scope, adsorbate("NH2", site=site), f"NH3(g) + {free}", site)
        yield parse_equation(f"{ammonia} <-> NH3(g) + {free}")


def _release(scope: _Scope) -> Iterator[ElementaryStep]:
    for isomer, form in scope.isomers():
        gas = RELEASES.get(isomer)
        if gas is not None and scope.wants(gas, gas):
            yield parse_equation(f"{scope.label(isomer, form)} <-> {gas} + *{site_mark(scope.site)}")


def _hydrogen(scope: _Scope, donors: Collection[str], *, her: bool) -> Iterator[ElementaryStep]:
    if "H*" in scope.donors and scope.second_site is not None:
        yield spillover("H", scope.site, scope.second_site)
    for site in scope.sites:
        if "H*" in donors:
            yield hydrogen_dissociation(site)
        if her and "PCET" in donors:
            yield from hydrogen_evolution(site)


def _by_donors(scope: _Scope, before: str, after: str, site: str) -> Iterator[ElementaryStep]:
    return (hydrogenation(before, after, donor=donor, site=site) for donor in scope.donors)


def _halves(scope: _Scope, isomer: str) -> str:
    bound, far = CLEAVAGES[isomer]
    return f"{adsorbate(bound, site=scope.site)} + {adsorbate(far, site=scope.far_site)}"
