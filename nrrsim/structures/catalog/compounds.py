"""Named sites on compounds: sulfides, carbides, nitrides, and the oxides and hydrides that serve as supports."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from nrrsim.structures.catalog.entry import NamedSite, Pattern
from nrrsim.structures.sheets import sheet
from nrrsim.structures.slabs import surface_slab


def _slab(name: str, description: str, host: str, face: Sequence[int], **size: Any) -> NamedSite:
    return NamedSite(name, description, partial(surface_slab, host, face, **size))


ENTRIES = (
    _slab("mos2", "2H-MoS2 basal plane", "MoS2", (0, 0, 0, 1), supercell=(3, 3), layers=1),
    _slab("mos2-1t", "1T-MoS2 basal plane", "1T-MoS2", (0, 0, 0, 1), supercell=(3, 3), layers=1),
    _slab("moo2-100", "MoO2(100)", "MoO2", (1, 0, 0), supercell=(2, 2), layers=1),
    _slab("mo2c-100", "orthorhombic Mo2C(100)", "Mo2C", (1, 0, 0), layers=2),
    _slab("mo2n-001", "tetragonal Mo2N(001)", "Mo2N", (0, 0, 1), supercell=(2, 2), layers=1),
    _slab("ceo2-111", "CeO2(111), support", "CeO2", (1, 1, 1), supercell=(2, 2), layers=3),
    _slab("mgo-100", "MgO(100), support", "MgO", (1, 0, 0), supercell=(3, 3), layers=2),
    _slab("tio2-110", "rutile TiO2(110)", "TiO2", (1, 1, 0), supercell=(3, 2), layers=3),
    _slab("sm2o3-111", "cubic Sm2O3(111), support", "Sm2O3", (1, 1, 1), layers=1),
    _slab("theta-al2o3-010", "theta-Al2O3(010), support", "theta-Al2O3", (0, 1, 0), supercell=(1, 2), layers=2),
    _slab("al2o3-0001", "alpha-Al2O3(0001), support", "Al2O3", (0, 0, 0, 1), layers=1),
    _slab("coo-011", "CoO(011), support", "CoO", (0, 1, 1), supercell=(2, 3), layers=2),
    _slab("ca2nh-100", "Ca2NH(100), support", "Ca2NH", (1, 0, 0), layers=1),
    NamedSite("c3n4", "heptazine sheet of g-C3N4, support", partial(sheet, "g-C3N4")),
    NamedSite("mxene-mo2c", "Mo2C MXene, bare", partial(sheet, "Mo2C-MXene", supercell=(3, 3))),
    NamedSite("mxene-mo2co2", "Mo2C MXene under oxygen", partial(sheet, "Mo2CO2-MXene", supercell=(3, 3))),
)

PATTERNS: tuple[Pattern, ...] = ()
