"""Named sites on supports: clusters at their distinct places, single atoms on, in and beside an oxide's surface."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial
from types import MappingProxyType
from typing import Any

from ase import Atoms

from nrrsim.errors import InputError, nearest
from nrrsim.structures.anchors import (
    adatoms,
    beside_vacancy,
    in_cation_site,
    in_vacancy,
    surface_cations,
    surface_oxygens,
)
from nrrsim.structures.catalog import carbon, clusters, compounds, moo3
from nrrsim.structures.catalog.entry import Builder, NamedSite, Pattern, metal_symbol
from nrrsim.structures.clusters import m3
from nrrsim.structures.interfaces import interface
from nrrsim.structures.record import record_of
from nrrsim.structures.rims import rim_sites
from nrrsim.structures.sheets import pore_site, sheet
from nrrsim.structures.slabs import surface_slab
from nrrsim.structures.supported import anchorings
from nrrsim.structures.supported import supported as put_on
from nrrsim.structures.vacancies import distinct_vacancies, remove

SUPPORTS: Mapping[str, NamedSite] = MappingProxyType(
    {entry.name: entry for entry in (*moo3.ENTRIES, *compounds.ENTRIES, *carbon.ENTRIES) if entry.repeats}
)


def anchored(cluster: Builder, support: Builder, *, number: int = 1, at_active: bool = False, **size: Any) -> Atoms:
    """A cluster at one of its distinct places on a support, numbered from 1 in the order of `anchorings`.

    With `at_active` the places are those on the support's active atoms, as beside a vacancy.
    """
    slab = support(**size)
    found = anchorings(cluster(), slab, surface_atoms=_active(slab, at_active), most=number).kept
    _refuse_number(number, len(found))
    return found[number - 1].atoms


def adatom(metal: str, support: Builder, *, number: int = 1, at_active: bool = False, **size: Any) -> Atoms:
    """A metal atom at one of its distinct places on a support, as `anchored`."""
    slab = support(**size)
    found = adatoms(metal, slab, surface_atoms=_active(slab, at_active)).kept
    _refuse_number(number, len(found))
    return found[number - 1].atoms


def for_cation(metal: str, support: Builder, *, number: int = 1, **size: Any) -> Atoms:
    """A metal atom for one of the distinct surface cations of a support."""
    slab = support(**size)
    cations = surface_cations(slab)
    _refuse_number(number, len(cations))
    return in_cation_site(metal, slab, cations[number - 1])


def for_cation_beside_vacancy(metal: str, support: Builder, *, number: int = 1, **size: Any) -> Atoms:
    """A support without one of its distinct surface oxygens, a metal atom for the highest cation beside the gap."""
    slab = support(**size)
    oxygens = surface_oxygens(slab)
    _refuse_number(number, len(oxygens))
    return beside_vacancy(metal, slab, oxygens[number - 1])


def for_oxygen(metal: str, support: Builder, *, number: int = 1, **size: Any) -> Atoms:
    """A metal atom over the place of one of the distinct surface oxygens of a support."""
    slab = support(**size)
    oxygens = surface_oxygens(slab)
    _refuse_number(number, len(oxygens))
    return in_vacancy(metal, slab, oxygens[number - 1])


def trimer_in_carbon_nitride(
    metal: str, *, number: int = 1, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0
) -> Atoms:
    """Three atoms over the pore of g-C3N4 that lacks one of its rim nitrogens; from number 2, beside the vacancy."""
    if number != 1:
        support = partial(compounds.reduced_carbon_nitride, supercell=supercell, vacuum=vacuum)
        return anchored(partial(m3, metal), support, number=number - 1, at_active=True)
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


def _active(slab: Atoms, at_active: bool) -> tuple[int, ...] | None:
    return record_of(slab).active_atoms if at_active else None


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
    which = f", place {place}" if number else ""
    active: dict[str, Any] = {"at_active": True} if under.on_active and not way else {}
    if single := re.fullmatch(r"([a-z]{1,2})1", what):
        metal = metal_symbol(single[1])
        builders = {
            None: adatom,
            "-cation": for_cation,
            "-vacancy": for_cation_beside_vacancy,
            "-filled": for_oxygen,
        }
        texts = {
            None: f"{metal} on",
            "-cation": f"{metal} for a cation of",
            "-vacancy": f"{metal} beside a vacancy of",
            "-filled": f"{metal} in a vacancy of",
        }
        build = partial(builders[way], metal, under.build, number=place, **active)
        return NamedSite(name, f"{texts[way]} {under.description}{which}", build, on_active=True)
    if way:
        raise InputError(
            f"'{what}' is no single atom.", where="support", remedy="write ru1-cation, ru1-vacancy or ru1-filled."
        )
    cluster = _free_cluster(what)
    built = partial(anchored, cluster.build, under.build, number=place, **active)
    text = f"{cluster.description.removeprefix('free ')} on {under.description}{which}"
    return NamedSite(name, text, built, on_active=True, further_sites=rim_sites)


def _on_carbon_nitride(metal: str, number: str | None = None) -> NamedSite:
    text = f"{metal.capitalize()}3 on g-C3N4 with a nitrogen vacancy" + (f", place {number}" if number else "")
    build = partial(trimer_in_carbon_nitride, metal_symbol(metal), number=int(number or 1))
    return NamedSite(f"m3-{metal}@c3n4-vn" + (f"#{number}" if number else ""), text, build, on_active=True)


ENTRIES: tuple[NamedSite, ...] = (NamedSite("mo2c-moo2", "MoO2 on Mo2C", oxide_on_carbide, repeats=False),)

PATTERNS = (
    Pattern(
        form="m3-<metal>@c3n4-vn, over the pore; from #2 on beside the vacancy",
        example="m3-fe@c3n4-vn",
        expression=r"m3-([a-z]{1,2})@c3n4-vn(?:#(\d+))?",
        entry=_on_carbon_nitride,
    ),
    Pattern(
        form="<cluster>@<support>, also <metal>1, <metal>1-cation, -vacancy or -filled; with #<place>",
        example="m4-fe@mgo-100#2",
        expression=r"([a-z0-9.-]+?)(-cation|-vacancy|-filled)?@([a-z0-9-]+)(?:#(\d+))?",
        entry=_on_support,
    ),
)
