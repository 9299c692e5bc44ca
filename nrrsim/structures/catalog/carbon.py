"""Named sites on sheets: single atoms in doped graphene."""

from __future__ import annotations

from functools import partial

from nrrsim.structures.catalog.entry import Builder, NamedSite, Pattern, metal_symbol
from nrrsim.structures.single_atoms import single_atom


def _pocket(metal: str, pocket: str) -> NamedSite:
    symbol, around = metal_symbol(metal), pocket.upper()
    build: Builder = single_atom
    return NamedSite(
        f"{metal}-{pocket}", f"{symbol}-{around} in graphene", partial(build, symbol, around), on_active=True
    )


ENTRIES: tuple[NamedSite, ...] = ()

PATTERNS = (
    Pattern(form="<metal>-n2, -n3 or -n4", example="ru-n4", expression=r"([a-z]{1,2})-(n[234])", entry=_pocket),
)
