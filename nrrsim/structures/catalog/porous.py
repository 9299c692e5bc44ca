"""Named sites in zeolites and on silica."""

from __future__ import annotations

from functools import partial

from ase import Atoms

from nrrsim.structures.catalog.entry import NamedSite, Pattern, metal_symbol
from nrrsim.structures.silica import grafted_hydride
from nrrsim.structures.zeolites import exchanged_metal, metal_at_t_site, t_cluster


def zeolite_cluster(metal: str, site: str, *, exchanged: bool, vacuum: float = 8.0) -> Atoms:
    """The metal with the nearest shell of the framework around its tetrahedral site."""
    whole = exchanged_metal(metal, site) if exchanged else metal_at_t_site(metal, site)
    return t_cluster(whole, vacuum=vacuum)


def _in_mfi(metal: str, framework: str, number: str, cluster: str | None = None) -> NamedSite:
    symbol, site, exchanged = metal_symbol(metal), f"T{number}", framework == "zsm5"
    name = f"{metal}-{framework}-t{number}{cluster or ''}"
    text = f"{symbol} beside Al at {site} of ZSM-5" if exchanged else f"{symbol} at {site} of silicalite-1"
    if cluster:
        build = partial(zeolite_cluster, symbol, site, exchanged=exchanged)
        return NamedSite(name, f"{text}, cluster of it", build, repeats=False, on_active=True)
    whole = partial(exchanged_metal if exchanged else metal_at_t_site, symbol, site)
    return NamedSite(name, text, whole, repeats=False, open=False, on_active=True)


ENTRIES = (
    NamedSite("mo-silica", "(HO)3Si-O-MoH3", grafted_hydride, repeats=False, on_active=True),
    NamedSite(
        "mo-silica-cage",
        "MoH3 on a silsesquioxane cage",
        partial(grafted_hydride, support="cage"),
        repeats=False,
        on_active=True,
    ),
)

PATTERNS = (
    Pattern(
        form="<metal>-s1-t<1 to 12> or <metal>-zsm5-t<1 to 12>, with -cluster cut out",
        example="ru-zsm5-t12-cluster",
        expression=r"([a-z]{1,2})-(s1|zsm5)-t(\d+)(-cluster)?",
        entry=_in_mfi,
    ),
)
