"""Named sites on metals: faces, and alloys in them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from types import MappingProxyType
from typing import Any

from ase import Atoms

from nrrsim.errors import InputError
from nrrsim.structures.alloys import dimer_alloy, single_atom_alloy
from nrrsim.structures.catalog.entry import Builder, NamedSite, Pattern, metal_symbol
from nrrsim.structures.crystals import metal_lattice
from nrrsim.structures.motifs import b5_sites
from nrrsim.structures.particles import alloy_particle, particle
from nrrsim.structures.slabs import surface_slab
from nrrsim.structures.steps import stepped_slab

_DENSEST: Mapping[str, tuple[int, ...]] = MappingProxyType({"fcc": (1, 1, 1), "hcp": (0, 0, 0, 1), "bcc": (1, 1, 0)})
_CLOSE_PACKED: dict[str, Any] = {"supercell": (2, 2), "layers": 4, "fixed_layers": 2}


def _face(name: str, description: str, host: str, face: Sequence[int], **size: Any) -> NamedSite:
    return NamedSite(name, description, partial(surface_slab, host, face, **size))


def _any_face(metal: str, indices: str) -> NamedSite:
    host, face = _host(metal), [int(index) for index in indices]
    return _face(f"{metal}{indices}", f"{host}({indices})", host, face, **_CLOSE_PACKED)


def _alloy(metal: str, count: str, host: str, below: str | None = None) -> NamedSite:
    guest, base = metal_symbol(metal), _host(host)
    face = _DENSEST[str(metal_lattice(base))]
    where = f"{base}({''.join(map(str, face))})"
    if count == "2" and below:
        remedy = f"name {metal}1-{host}-sub or {metal}2-{host}."
        raise InputError("dimers are built in the surface only.", remedy=remedy)
    build: Builder = single_atom_alloy if count == "1" else dimer_alloy
    options = {"fixed_layers": 2} | ({"subsurface": True} if below else {})
    text = f"{guest}{count} {'below' if below else 'in'} the surface of {where}"
    built = partial(build, base, face, guest, **options)
    return NamedSite(f"{metal}{count}-{host}{below or ''}", text, built, on_active=True)


def _host(text: str) -> str:
    """The symbol of a metal with a close-packed lattice."""
    symbol = text.capitalize()
    if metal_lattice(symbol) is None:
        raise InputError(f"{symbol} is no fcc, bcc or hcp metal.", remedy="name another host.")
    return symbol


def _step(metal: str, edge: str) -> NamedSite:
    host = _host(metal)
    build = partial(stepped_slab, host, edge="A" if edge == "a" else "B", length=2, fixed_layers=2)
    text = f"stepped {host}, B5 sites with a riser of {'squares' if edge == 'a' else 'triangles'}"
    return NamedSite(f"{metal}-step-{edge}", text, build, repeats=False, further_sites=b5_sites)


def _particle(metal: str, size: str) -> NamedSite:
    host = _host(metal)
    build = partial(particle, host, 10.0 * float(size), centre="octahedral")
    text = f"Wulff particle of {host}, about {size} nm"
    return NamedSite(f"{metal}-particle-{size}nm", text, build, repeats=False, further_sites=b5_sites)


def mixed_particle(host: str, guest: str, diameter: float, count: int, *, vacuum: float = 8.0) -> Atoms:
    """A particle of two metals, mixed at random."""
    return alloy_particle(particle(host, diameter, vacuum=vacuum), guest, count)


ENTRIES = (
    _face("fe111", "Fe(111), C7", "Fe", (1, 1, 1), supercell=(2, 2), layers=6, fixed_layers=3),
    _face("fe211", "Fe(211)", "Fe", (2, 1, 1), supercell=(1, 2), layers=5, fixed_layers=2),
    _face("fe100", "Fe(100)", "Fe", (1, 0, 0), **_CLOSE_PACKED),
    _face("fe210", "Fe(210)", "Fe", (2, 1, 0), supercell=(2, 1), fixed_layers=2),
    _face("fe110", "Fe(110)", "Fe", (1, 1, 0), **_CLOSE_PACKED),
    NamedSite(
        "coru-particle",
        "Co40Ru71 particle of 1.4 nm, mixed at random",
        partial(mixed_particle, "Ru", "Co", 15.0, 40),
        repeats=False,
    ),
)

PATTERNS = (
    Pattern(
        form="<metal>-step-a or -b, of an fcc or hcp metal",
        example="co-step-a",
        expression=r"([a-z]{1,2})-step-(a|b)",
        entry=_step,
    ),
    Pattern(
        form="<metal>-particle-<diameter>nm",
        example="ru-particle-1.5nm",
        expression=r"([a-z]{1,2})-particle-(\d+(?:\.\d+)?)nm",
        entry=_particle,
    ),
    Pattern(
        form="<metal>1- or <metal>2-<host>, its densest face; with -sub below the surface",
        example="mo2-pd",
        expression=r"(?!m2-)([a-z]{1,2})(1|2)-([a-z]{1,2})(-sub)?",
        entry=_alloy,
    ),
    Pattern(
        form="<metal><three or four Miller indices>",
        example="pd211",
        expression=r"([a-z]{1,2})(\d{3,4})",
        entry=_any_face,
    ),
)
