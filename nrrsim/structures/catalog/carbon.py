"""Named sites on carbon: single atoms, pairs and clusters in doped graphene, and the sheets themselves."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

from ase import Atoms

from nrrsim.errors import InputError
from nrrsim.structures.carbon import carbon_sheet, in_pocket, metal_pair
from nrrsim.structures.catalog.entry import Builder, NamedSite, Pattern, metal_symbol
from nrrsim.structures.clusters import m3, m13
from nrrsim.structures.single_atoms import nitrogen_vacancy, porphine, single_atom


def trimer_in_pocket(
    metals: tuple[str, str, str], *, supercell: tuple[int, int] = (6, 6), vacuum: float = 15.0
) -> Atoms:
    """Three atoms over the N4 pocket of graphene."""
    return in_pocket(m3(metals), carbon_sheet("pyridinic N4", supercell=supercell, vacuum=vacuum))


def thirteen_in_pocket(
    metal: str, other: str | None = None, *, supercell: tuple[int, int] = (7, 7), vacuum: float = 15.0
) -> Atoms:
    """An icosahedron over the N4 pocket of graphene, one shell atom of another metal or none."""
    sheet = carbon_sheet("pyridinic N4", supercell=supercell, vacuum=vacuum)
    return in_pocket(m13(metal, shell_substitute=other), sheet)


def pocket_without_nitrogen(metal: str, *, supercell: tuple[int, int] = (5, 5), vacuum: float = 15.0) -> Atoms:
    """M-N4 that has given one of its nitrogens away."""
    return nitrogen_vacancy(single_atom(metal, "N4", supercell=supercell, vacuum=vacuum))


def _pocket(metal: str, pocket: str, vacancy: str | None = None) -> NamedSite:
    symbol, around = metal_symbol(metal), pocket.upper()
    if vacancy and pocket != "n4":
        remedy = f"name {metal}-n4-vn."
        raise InputError("a nitrogen is taken from the N4 pocket only.", where="carbon", remedy=remedy)
    if vacancy:
        text = f"{symbol}-N4 in graphene that lacks one nitrogen"
        return NamedSite(f"{metal}-n4-vn", text, partial(pocket_without_nitrogen, symbol), on_active=True)
    build: Builder = single_atom
    text = f"{symbol}-{around} in graphene"
    return NamedSite(f"{metal}-{pocket}", text, partial(build, symbol, around), on_active=True)


def _pair(metal: str) -> NamedSite:
    symbol = metal_symbol(metal)
    return NamedSite(f"{metal}2-n6", f"{symbol}2-N6 in graphene", partial(metal_pair, symbol), on_active=True)


def _on_sheet(name: str, description: str, build: Builder) -> NamedSite:
    return NamedSite(name, description, build, on_active=True)


ENTRIES = (
    NamedSite("graphene", "graphene", carbon_sheet),
    NamedSite("n-graphene", "graphene with one graphitic nitrogen", partial(carbon_sheet, "graphitic N")),
    _on_sheet("co1ru2-n-c", "Co1Ru2 in N-doped graphene", partial(trimer_in_pocket, ("Co", "Ru", "Ru"))),
    _on_sheet("ru13-n-c", "Ru13 in N-doped graphene", partial(thirteen_in_pocket, "Ru")),
    _on_sheet("ru12co-n-c", "Ru12Co in N-doped graphene", partial(thirteen_in_pocket, "Ru", "Co")),
    replace(_on_sheet("co-porphine", "Co porphine: four pyrrolic nitrogens", partial(porphine, "Co")), repeats=False),
)

PATTERNS = (
    Pattern(
        form="<metal>-n1, -n2, -n3 or -n4; <metal>-n4-vn",
        example="ru-n4",
        expression=r"([a-z]{1,2})-(n[1-4])(-vn)?",
        entry=_pocket,
    ),
    Pattern(form="<metal>2-n6", example="fe2-n6", expression=r"([a-z]{1,2})2-n6", entry=_pair),
)
