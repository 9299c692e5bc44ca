"""Named sites on compounds: sulfides, carbides, nitrides, and the oxides and hydrides that serve as supports."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any, Literal

import numpy as np
from ase import Atoms

from nrrsim.structures.catalog.entry import NamedSite, Pattern
from nrrsim.structures.catalog.moo3 import reduced_bilayer
from nrrsim.structures.edges import mos2_edge
from nrrsim.structures.interfaces import interface
from nrrsim.structures.sheets import pore_site, sheet
from nrrsim.structures.slabs import single_sheet, surface_slab
from nrrsim.structures.vacancies import distinct_vacancies, remove, substitute


def _slab(name: str, description: str, host: str, face: Sequence[int], **size: Any) -> NamedSite:
    return NamedSite(name, description, partial(surface_slab, host, face, **size))


def reduced(element: str, host: str, face: Sequence[int], **size: Any) -> Atoms:
    """A slab without its highest atom of an element, the first of several."""
    slab = surface_slab(host, face, **size)
    return remove(slab, [_highest(slab, element)])


def doped(element: str, by: str, host: str, face: Sequence[int], **size: Any) -> Atoms:
    """A slab with another element for its highest atom of one."""
    slab = surface_slab(host, face, **size)
    return substitute(slab, [_highest(slab, element)], by)


def reduced_sheet(element: str, host: str, **size: Any) -> Atoms:
    """One sheet of a layered hexagonal crystal without its highest atom of an element."""
    single = single_sheet(host, (0, 0, 0, 1), **size)
    return remove(single, [_highest(single, element)])


def doped_sheet(element: str, by: str, host: str, **size: Any) -> Atoms:
    """The same with another element for that atom."""
    single = single_sheet(host, (0, 0, 0, 1), **size)
    return substitute(single, [_highest(single, element)], by)


def reduced_carbon_nitride(*, supercell: tuple[int, int] = (2, 2), vacuum: float = 15.0) -> Atoms:
    """The heptazine sheet without one of the nitrogens at the rim of a pore."""
    whole = sheet("g-C3N4", supercell=supercell, vacuum=vacuum)
    ((nitrogen,), *_) = distinct_vacancies(whole, 1, element="N", among=pore_site(whole).neighbours)
    return remove(whole, [nitrogen])


def oxide_on_mxene(*, vacuum: float = 15.0) -> Atoms:
    """A MoO3 bilayer that lacks one terminal oxygen a cell, on the bare Mo2C MXene, strained to fit."""
    film = reduced_bilayer("terminal", supercell=(1, 1))
    return interface(film, sheet("Mo2C-MXene", supercell=(1, 1)), max_area=140.0, vacuum=vacuum)


def _highest(slab: Atoms, element: str) -> int:
    heights = np.where(slab.symbols == element, np.round(slab.positions[:, 2], 3), -np.inf)
    return int(np.argmax(heights))


def _edge(edge: Literal["Mo", "S"], percent: int) -> NamedSite:
    coverage: dict[str, Any] = {"mo_coverage" if edge == "Mo" else "s_coverage": percent / 100}
    name = f"mos2-{edge.lower()}-edge-{percent}"
    text = f"{edge} edge of MoS2, {percent} % covered by S"
    return NamedSite(name, text, partial(mos2_edge, edge, fixed_rows=1, **coverage), on_active=True)


_DISULFIDE: dict[str, Any] = {"supercell": (3, 3)}
_DIOXIDE: dict[str, Any] = {"supercell": (2, 2), "layers": 2, "fixed_depth": 4.2}
_NITRIDE: dict[str, Any] = {"supercell": (2, 2), "layers": 1, "fixed_depth": 2.5}
_NITRIDE_HYDRIDE: dict[str, Any] = {"layers": 1, "fixed_depth": 4.0}

ENTRIES = (
    NamedSite("mos2", "one sheet of 2H-MoS2, basal plane", partial(single_sheet, "MoS2", (0, 0, 0, 1), **_DISULFIDE)),
    _slab("mos2-1t", "1T-MoS2 basal plane", "1T-MoS2", (0, 0, 0, 1), supercell=(3, 3), layers=1),
    NamedSite(
        "mos2-vs",
        "one sheet of 2H-MoS2 with a sulfur vacancy",
        partial(reduced_sheet, "S", "MoS2", **_DISULFIDE),
        on_active=True,
    ),
    NamedSite(
        "mos2-b",
        "one sheet of 2H-MoS2 with boron for a sulfur",
        partial(doped_sheet, "S", "B", "MoS2", **_DISULFIDE),
    ),
    NamedSite(
        "mos2-1t-vs",
        "1T-MoS2 with a sulfur vacancy",
        partial(reduced, "S", "1T-MoS2", (0, 0, 0, 1), **_DISULFIDE, layers=1),
        on_active=True,
    ),
    NamedSite(
        "mos2-1t-b",
        "1T-MoS2 with boron for a sulfur",
        partial(doped, "S", "B", "1T-MoS2", (0, 0, 0, 1), **_DISULFIDE, layers=1),
    ),
    *(_edge("Mo", percent) for percent in (0, 50, 100)),
    *(_edge("S", percent) for percent in (0, 50, 100)),
    NamedSite(
        "moo2-100-vo",
        "MoO2(100) with an oxygen vacancy",
        partial(reduced, "O", "MoO2", (1, 0, 0), **_DIOXIDE),
        on_active=True,
    ),
    _slab("moo2-100", "MoO2(100)", "MoO2", (1, 0, 0), **_DIOXIDE),
    _slab("mo2c-100", "orthorhombic Mo2C(100)", "Mo2C", (1, 0, 0), layers=2, fixed_depth=4.0),
    _slab("mo2n-001", "tetragonal Mo2N(001)", "Mo2N", (0, 0, 1), **_NITRIDE),
    _slab("ceo2-111", "CeO2(111)", "CeO2", (1, 1, 1), supercell=(2, 2), layers=3, fixed_depth=2.0),
    _slab("mgo-100", "MgO(100)", "MgO", (1, 0, 0), supercell=(3, 3), layers=2, fixed_depth=2.5),
    _slab("tio2-110", "rutile TiO2(110)", "TiO2", (1, 1, 0), supercell=(3, 2), layers=3, fixed_depth=3.0),
    _slab("sm2o3-111", "cubic Sm2O3(111)", "Sm2O3", (1, 1, 1), layers=1, fixed_depth=2.5),
    _slab(
        "theta-al2o3-010",
        "theta-Al2O3(010)",
        "theta-Al2O3",
        (0, 1, 0),
        supercell=(1, 2),
        layers=3,
        fixed_depth=3.0,
    ),
    _slab("al2o3-0001", "alpha-Al2O3(0001)", "Al2O3", (0, 0, 0, 1), supercell=(2, 2), layers=1, fixed_depth=6.2),
    _slab("coo-011", "CoO(011)", "CoO", (0, 1, 1), supercell=(2, 3), layers=3, fixed_depth=3.2),
    _slab("ca2nh-100", "Ca2NH(100)", "Ca2NH", (1, 0, 0), **_NITRIDE_HYDRIDE),
    NamedSite(
        "ca2nh-100-vh",
        "Ca2NH(100) with a hydride vacancy",
        partial(reduced, "H", "Ca2NH", (1, 0, 0), **_NITRIDE_HYDRIDE),
        on_active=True,
    ),
    NamedSite(
        "mo2n-001-vn",
        "Mo2N(001) with a nitrogen vacancy",
        partial(reduced, "N", "Mo2N", (0, 0, 1), **_NITRIDE),
        on_active=True,
    ),
    NamedSite("c3n4-vn", "g-C3N4 with a nitrogen vacancy", reduced_carbon_nitride, on_active=True),
    NamedSite("mxene-moo3", "MoO3-x bilayer on the Mo2C MXene", oxide_on_mxene, repeats=False, on_active=True),
    NamedSite("c3n4", "heptazine sheet of g-C3N4", partial(sheet, "g-C3N4")),
    NamedSite("mxene-mo2c", "Mo2C MXene, bare", partial(sheet, "Mo2C-MXene", supercell=(3, 3))),
    NamedSite("mxene-mo2co2", "Mo2C MXene under oxygen", partial(sheet, "Mo2CO2-MXene", supercell=(3, 3))),
)

PATTERNS: tuple[Pattern, ...] = ()
