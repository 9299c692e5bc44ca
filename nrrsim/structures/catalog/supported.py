"""Named sites on supports: clusters at their distinct places, single atoms on, in and beside an oxide's surface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from ase import Atoms

from nrrsim.errors import InputError, nearest
from nrrsim.structures.anchors import adatoms, beside_vacancy, in_cation_site, surface_cations
from nrrsim.structures.catalog import carbon, clusters, compounds
from nrrsim.structures.catalog.entry import Builder, NamedSite, Pattern, metal_symbol
from nrrsim.structures.clusters import m3
from nrrsim.structures.interfaces import interface
from nrrsim.structures.rims import rim_sites
from nrrsim.structures.sheets import pore_site, sheet
from nrrsim.structures.slabs import surface_slab
from nrrsim.structures.supported import anchorings
from nrrsim.structures.supported import supported as put_on
from nrrsim.structures.vacancies import distinct_vacancies, remove

SUPPORTS: Mapping[str, NamedSite] = MappingProxyType(
    {entry.name: entry for entry in (*compounds.ENTRIES, *carbon.ENTRIES) if entry.repeats and not entry.on_active}
)


def anchored(cluster: Builder, support: Builder, *, number: int = 1, **size: Any) -> Atoms:
    """A cluster at one of its distinct places on a support, numbered from 1 in the order of `anchorings`."""
    found = anchorings(cluster(), support(**size), most=number).kept
    _refuse_number(number, len(found))
    return found[number - 1].atoms


def adatom(metal: str, support: Builder, *, number: int = 1, **size: Any) -> Atoms:
    """A metal atom at one of its distinct places on a support."""
    found = adatoms(metal, support(**size)).kept
    _refuse_number(number, len(found))
    return found[number - 1].atoms


def for_cation(metal: str, support: Builder, *, number: int = 1, **size: Any) -> Atoms:
    """A metal atom for one of the distinct surface cations of a support."""
    slab = support(**size)
    cations = surface_cations(slab)
    _refuse_number(number, len(cations))
    return in_cation_site(metal, slab, cations[number - 1])


def for_cation_beside_vacancy(metal: str, support: Builder, *, number: int = 1, **size: Any) -> Atoms:
    """The same with the highest oxygen next to it taken out."""
    slab = support(**size)
    highest = max((i for i, symbol in enumerate(slab.symbols) if symbol == "O"), key=lambda i: slab.positions[i, 2])
    _refuse_number(number, 1)
    return beside_vacancy(metal, slab, highest)


def trimer_in_carbon_nitride(metal: str, *, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0) -> Atoms:
    """Three atoms over the pore of g-C3N4 that lacks one of its rim nitrogens."""
    whole = sheet("g-C3N4", supercell=supercell, vacuum=vacuum)
    rim = pore_site(whole).neighbours
    ((nitrogen,), *_) = distinct_vacancies(whole, 1, element="N", among=rim)
    reduced = remove(whole, [nitrogen])
    return put_on(m3(metal), reduced, pore_site(reduced), rotation=30.0)


def oxide_on_carbide(*, vacuum: float = 15.0) -> Atoms:
    """MoO2(100) on Mo2C(011), one repeat of each, strained to fit."""
    return interface(
        surface_slab("MoO2", (1, 0, 0), layers=1), surface_slab("Mo2C", (0, 1, 1), layers=1), vacuum=vacuum
    )


def _refuse_number(number: int, there: int) -> None:
    if not 1 <= number <= there:
        raise InputError(
            f"place {number} of {there} was asked for.", where="support", remedy=f"give a number from 1 to {there}."
        )


def _support(name: str) -> NamedSite:
    if name not in SUPPORTS:
        raise InputError(f"no support is called '{name}'.", where="support", remedy=nearest(name, SUPPORTS))
    return SUPPORTS[name]


def _free_cluster(name: str) -> NamedSite:
    for entry in clusters.ENTRIES:
        if entry.name == name:
            return entry
    for pattern in clusters.PATTERNS:
        if match := re.fullmatch(pattern.expression, name):
            return pattern.entry(*match.groups())
    examples = [*(entry.name for entry in clusters.ENTRIES), *(pattern.example for pattern in clusters.PATTERNS)]
    raise InputError(f"no cluster is called '{name}'.", where="support", remedy=nearest(name, examples))


def _on_support(what: str, way: str | None, support: str, number: str | None = None) -> NamedSite:
    under, place = _support(support), int(number or 1)
    name = f"{what}{way or ''}@{support}" + (f"#{place}" if number else "")
    which = f"place {place}" if number else "its first place"
    if single := re.fullmatch(r"([a-z]{1,2})1", what):
        metal = metal_symbol(single[1])
        builders = {None: adatom, "-cation": for_cation, "-vacancy": for_cation_beside_vacancy}
        texts = {None: f"{metal} on", "-cation": f"{metal} for a cation of", "-vacancy": f"{metal} beside a vacancy of"}
        build = partial(builders[way], metal, under.build, number=place)
        return NamedSite(name, f"{texts[way]} {under.description}, {which}", build, on_active=True)
    if way:
        raise InputError(f"'{what}' is no single atom.", where="support", remedy="write ru1-cation or ru1-vacancy.")
    cluster = _free_cluster(what)
    built = partial(anchored, cluster.build, under.build, number=place)
    text = f"{cluster.description.removeprefix('free ')} on {under.description}, {which}"
    return NamedSite(name, text, built, on_active=True, further_sites=rim_sites)


ENTRIES: tuple[NamedSite, ...] = (NamedSite("mo2c-moo2", "MoO2 on Mo2C", oxide_on_carbide, repeats=False),)

PATTERNS = (
    Pattern(
        form="m3-<metal>@c3n4-vn",
        example="m3-fe@c3n4-vn",
        expression=r"m3-([a-z]{1,2})@c3n4-vn",
        entry=lambda metal: NamedSite(
            f"m3-{metal}@c3n4-vn",
            f"{metal.capitalize()}3 on g-C3N4 with a nitrogen vacancy",
            partial(trimer_in_carbon_nitride, metal_symbol(metal)),
            on_active=True,
        ),
    ),
    Pattern(
        form="<cluster>@<support>, also <metal>1, <metal>1-cation, <metal>1-vacancy; with #<place>",
        example="m4-fe@mgo-100#2",
        expression=r"([a-z0-9.-]+?)(-cation|-vacancy)?@([a-z0-9-]+)(?:#(\d+))?",
        entry=_on_support,
    ),
)
