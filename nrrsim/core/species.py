"""Species: what a mechanism is written in, with the labels `N2(g)`, `NNH*`, `N*s`, `*`, `H+` and `e-`."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from nrrsim.errors import InputError

ELEMENTS = frozenset(
    [
        "H",
        "He",
        "Li",
        "Be",
        "B",
        "C",
        "N",
        "O",
        "F",
        "Ne",
        "Na",
        "Mg",
        "Al",
        "Si",
        "P",
        "S",
        "Cl",
        "Ar",
        "K",
        "Ca",
        "Sc",
        "Ti",
        "V",
        "Cr",
        "Mn",
        "Fe",
        "Co",
        "Ni",
        "Cu",
        "Zn",
        "Ga",
        "Ge",
        "As",
        "Se",
        "Br",
        "Kr",
        "Rb",
        "Sr",
        "Y",
        "Zr",
        "Nb",
        "Mo",
        "Tc",
        "Ru",
        "Rh",
        "Pd",
        "Ag",
        "Cd",
        "In",
        "Sn",
        "Sb",
        "Te",
        "I",
        "Xe",
        "Cs",
        "Ba",
        "La",
        "Ce",
        "Pr",
        "Nd",
        "Pm",
        "Sm",
        "Eu",
        "Gd",
        "Tb",
        "Dy",
        "Ho",
        "Er",
        "Tm",
        "Yb",
        "Lu",
        "Hf",
        "Ta",
        "W",
        "Re",
        "Os",
        "Ir",
        "Pt",
        "Au",
        "Hg",
        "Tl",
        "Pb",
        "Bi",
        "Po",
        "At",
        "Rn",
        "Fr",
        "Ra",
        "Ac",
        "Th",
        "Pa",
        "U",
        "Np",
        "Pu",
    ]
)

_TOKEN = re.compile(r"([A-Z][a-z]?)([1-9][0-9]{0,3})?")
_LABEL = re.compile(
    r"(?:(?P<formula>[A-Z][A-Za-z0-9-]*)(?P<form>\((?!g\))[a-z][a-z0-9 -]*\))?)?"
    r"(?:(?P<gas>\(g\))|(?P<star>\*)(?P<site>[a-z][A-Za-z0-9_]*)?)"
)


class Phase(enum.Enum):
    """Where a species is."""

    GAS = "gas"
    ADSORBATE = "adsorbate"
    SITE = "site"
    PROTON = "proton"
    ELECTRON = "electron"


@dataclass(frozen=True)
class Species:
    """A gas, an adsorbate, a free site, a proton or an electron.

    Parameters
    ----------
    name : str
        Its label in the file.
    composition : Mapping[str, int]
        Atoms by element; empty for a free site and the electron.
    phase : Phase
    sites : Mapping[str, int]
        Sites occupied, by site type; "*" is the unnamed type.
    charge : int
        [e]
    """

    name: str
    composition: Mapping[str, int]
    phase: Phase
    sites: Mapping[str, int]
    charge: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "composition", MappingProxyType(dict(sorted(self.composition.items()))))
        object.__setattr__(self, "sites", MappingProxyType(dict(sorted(self.sites.items()))))

    def __reduce__(self) -> tuple[Any, ...]:  # read-only mappings cannot be pickled, workers of a sweep need it
        return Species, (self.name, dict(self.composition), self.phase, dict(self.sites), self.charge)

    @property
    def on_surface(self) -> bool:
        """Whether it takes part in the coverages."""
        return self.phase in (Phase.ADSORBATE, Phase.SITE)


PROTON = Species("H+", {"H": 1}, Phase.PROTON, {}, charge=1)
ELECTRON = Species("e-", {}, Phase.ELECTRON, {}, charge=-1)


def parse_formula(formula: str) -> dict[str, int]:
    """Atoms of a formula such as 'HNNH2' or 'N-N' (a bond that breaks).

    Raises
    ------
    InputError
        If it is no formula of known elements.

    Examples
    --------
    >>> parse_formula("HNNH2")
    {'H': 3, 'N': 2}
    """
    atoms: dict[str, int] = {}
    position = 0
    parts = formula.split("-")
    text = "".join(parts)
    for match in _TOKEN.finditer(text):
        element, count = match.groups()
        if match.start() != position or element not in ELEMENTS:
            break
        atoms[element] = atoms.get(element, 0) + (int(count) if count else 1)
        position = match.end()
    if position != len(text) or not all(parts):
        raise InputError(
            f"'{formula}' is not a chemical formula.", remedy="write elements and counts, for example 'NNH2'."
        )
    return atoms


def parse_species(label: str) -> Species:
    """The species a label stands for.

    `N2(g)` is a gas, `NNH*` an adsorbate on the unnamed site type, `N*s` one on type s, `N2(side)*` a form of N2*,
    `*` and `*s` free sites, `H+` and `e-` the proton and the electron.

    Raises
    ------
    InputError
        If the label is none of these.
    """
    if label in (PROTON.name, ELECTRON.name):
        return PROTON if label == PROTON.name else ELECTRON
    match = _LABEL.fullmatch(label)
    if match is None:
        raise InputError(
            f"'{label}' is not a species label.",
            remedy="write a gas as 'N2(g)', an adsorbate as 'NNH*' or 'N*s', a free site as '*'; "
            "a name that is no formula needs a composition.",
        )
    formula = match["formula"]
    if match["gas"]:
        if not formula:
            raise InputError(f"'{label}' names no gas.", remedy="write a gas as 'N2(g)'.")
        return Species(label, parse_formula(formula), Phase.GAS, {})
    site = match["site"] or "*"
    if formula is None:
        return Species(label, {}, Phase.SITE, {site: 1})
    return Species(label, parse_formula(formula), Phase.ADSORBATE, {site: 1})


def gas_formula(name: str) -> str:
    """'N2' of 'N2(g)': how conditions and turnover frequencies name a gas."""
    return name.removesuffix("(g)")
