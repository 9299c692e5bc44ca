"""What the catalogue holds: named sites, and patterns of names."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from types import FunctionType
from typing import TypeAlias

from ase import Atoms

from nrrsim.structures.clusters import bond_length
from nrrsim.structures.sites import AdsorptionSite

Builder: TypeAlias = Callable[..., Atoms]


@dataclass(frozen=True)
class NamedSite:
    """An entry of the catalogue.

    Parameters
    ----------
    name : str
        What the user types.
    description : str
        One line.
    build : callable
        Returns the atoms; takes `vacuum` [Angstrom] and, where `repeats`, `supercell`.
    repeats : bool
        Whether it takes a supercell: a slab does, clusters and crystals do not.
    open : bool
        Whether it has a vacuum: crystals do not.
    on_active : bool
        Whether adsorbates bind to the active atoms only; else to all that a slab's vacuum reaches, or a whole cluster.
    further_sites : callable
        Finds adsorption sites beyond those of `adsorption_sites`, such as B5 sites of steps.
    """

    name: str
    description: str
    build: Builder
    repeats: bool = True
    open: bool = True
    on_active: bool = False
    further_sites: Callable[[Atoms], tuple[AdsorptionSite, ...]] | None = None

    @property
    def call(self) -> str:
        """The builder's call as text."""
        return _text(self.build) if isinstance(self.build, partial) else f"{_text(self.build)}()"


def _text(argument: object) -> str:
    """An argument as it would be written: functions by name, partial ones as their call."""
    if isinstance(argument, partial):
        given = [_text(value) for value in argument.args]
        given += [f"{key}={_text(value)}" for key, value in argument.keywords.items()]
        return f"{argument.func.__name__}({', '.join(given)})"
    return argument.__name__ if isinstance(argument, FunctionType) else repr(argument)


@dataclass(frozen=True)
class Pattern:
    """Names that are made on demand.

    Parameters
    ----------
    form : str
        How the names look, for a reader.
    example : str
        One that can be built.
    expression : str
        Regular expression of the whole name in lower case.
    entry : callable
        Makes the entry from the expression's groups.
    """

    form: str
    example: str
    expression: str
    entry: Callable[..., NamedSite]


def metal_symbol(text: str) -> str:
    """The symbol of a metal in lower case.

    Raises
    ------
    InputError
        If it is no element, or no metal that clusters are built of.
    """
    symbol = text.capitalize()
    bond_length(symbol)
    return symbol
