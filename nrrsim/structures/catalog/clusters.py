"""Named free clusters, from dimers to icosahedra."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from nrrsim.errors import InputError
from nrrsim.structures.catalog.entry import Builder, NamedSite, Pattern, metal_symbol
from nrrsim.structures.clusters import m2, m3, m4, m10, m13, m19, octahedron

_SIZES: Mapping[str, Builder] = {"2": m2, "3": m3, "4": m4, "6": octahedron, "10": m10, "13": m13, "19": m19}


def _free(name: str, description: str, build: Builder) -> NamedSite:
    return NamedSite(name, description, build, repeats=False)


def _sized(size: str, metal: str) -> NamedSite:
    symbol = metal_symbol(metal)
    return _free(f"m{size}-{metal}", f"free {symbol}{size}", partial(_SIZES[size], symbol))


def _row(metal: str) -> NamedSite:
    symbol = metal_symbol(metal)
    return _free(f"m3-{metal}-linear", f"free {symbol}3 in a row", partial(m3, symbol, shape="linear"))


def _thirteen(host: str, other: str, place: str) -> NamedSite:
    metal, guest = _two_metals(host, other, 13)
    where: dict[str, Any] = {"centre": guest} if place == "centre" else {"shell_substitute": guest}
    build = partial(m13, metal, **where)
    return _free(f"{host}12{other}-{place}", f"icosahedron {metal}12{guest}, {guest} in the {place}", build)


def _six(host: str, other: str) -> NamedSite:
    metal, guest = _two_metals(host, other, 6)
    return _free(f"{host}5{other}", f"octahedron {metal}5{guest}", partial(octahedron, metal, substitute=guest))


def _two_metals(host: str, other: str, size: int) -> tuple[str, str]:
    """The symbols of two metals that differ."""
    metal, guest = metal_symbol(host), metal_symbol(other)
    if metal == guest:
        raise InputError(f"{metal} for {metal} changes nothing.", where="cluster", remedy=f"name m{size}-{host}.")
    return metal, guest


ENTRIES = (
    _free("co1ru2", "free triangle Co1Ru2", partial(m3, ("Co", "Ru", "Ru"))),
    _free("rh1co3", "free tetrahedron Rh1Co3", partial(m4, ("Rh", "Co", "Co", "Co"))),
)

PATTERNS = (
    Pattern(
        form="m2-, m3-, m4-, m6-, m10-, m13- or m19-<metal>",
        example="m3-nb",
        expression=r"m(2|3|4|6|10|13|19)-([a-z]{1,2})",
        entry=_sized,
    ),
    Pattern(form="m3-<metal>-linear", example="m3-ru-linear", expression=r"m3-([a-z]{1,2})-linear", entry=_row),
    Pattern(
        form="<host>12<metal>-centre or -shell",
        example="fe12w-shell",
        expression=r"([a-z]{1,2})12([a-z]{1,2})-(centre|shell)",
        entry=_thirteen,
    ),
    Pattern(form="<host>5<metal>", example="ru5mo", expression=r"([a-z]{1,2})5([a-z]{1,2})", entry=_six),
)
