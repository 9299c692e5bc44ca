"""Named sites on metals: faces, and alloys in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from nrrsim.structures.alloys import dimer_alloy, single_atom_alloy
from nrrsim.structures.catalog.entry import NamedSite, Pattern, metal_symbol
from nrrsim.structures.slabs import surface_slab

HOSTS: Mapping[str, tuple[int, ...]] = MappingProxyType(
    {"Ag": (1, 1, 1), "Cu": (1, 1, 1), "Au": (1, 1, 1), "Ru": (0, 0, 0, 1), "Co": (0, 0, 0, 1), "Fe": (1, 1, 0)}
)

_CLOSE_PACKED: dict[str, Any] = {"supercell": (2, 2), "layers": 4, "fixed_layers": 2}


def _face(name: str, description: str, host: str, face: Sequence[int], **size: Any) -> NamedSite:
    return NamedSite(name, description, partial(surface_slab, host, face, **size))


def _alloy(metal: str, count: str, host: str) -> NamedSite:
    guest, base = metal_symbol(metal), metal_symbol(host)
    face = HOSTS[base]
    build = partial(single_atom_alloy if count == "1" else dimer_alloy, base, face, guest, fixed_layers=2)
    text = f"{guest}{count} in the surface of {base}({''.join(map(str, face))})"
    return NamedSite(f"{metal}{count}-{host}", text, build, on_active=True)


ENTRIES = (
    _face("fe111", "Fe(111), C7", "Fe", (1, 1, 1), supercell=(2, 2), layers=6, fixed_layers=3),
    _face("fe211", "Fe(211)", "Fe", (2, 1, 1), supercell=(1, 2), layers=5, fixed_layers=2),
    _face("fe100", "Fe(100)", "Fe", (1, 0, 0), **_CLOSE_PACKED),
    _face("fe210", "Fe(210)", "Fe", (2, 1, 0), supercell=(2, 1), fixed_layers=2),
    _face("fe110", "Fe(110)", "Fe", (1, 1, 0), **_CLOSE_PACKED),
    _face("ru0001", "Ru(0001) terrace", "Ru", (0, 0, 0, 1), **_CLOSE_PACKED),
    _face("co0001", "Co(0001)", "Co", (0, 0, 0, 1), **_CLOSE_PACKED),
    _face("ag111", "Ag(111)", "Ag", (1, 1, 1), **_CLOSE_PACKED),
    _face("cu111", "Cu(111)", "Cu", (1, 1, 1), **_CLOSE_PACKED),
    _face("au111", "Au(111)", "Au", (1, 1, 1), **_CLOSE_PACKED),
)

PATTERNS = (
    Pattern(
        form="<metal>1- or <metal>2-ag, -cu, -au, -ru, -co or -fe",
        example="mo2-au",
        expression=r"(?!m2-)([a-z]{1,2})(1|2)-(ag|cu|au|ru|co|fe)",
        entry=_alloy,
    ),
)
