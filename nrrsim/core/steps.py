"""Elementary steps: stoichiometry and transition state. Rate laws live in the mechanism, energies in its thermo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from numbers import Integral
from types import MappingProxyType
from typing import Any

from nrrsim.core.species import ELECTRON
from nrrsim.errors import InputError

MAX_COEFFICIENT = 1000  # an elementary step has few molecules; larger numbers are slips of the pen


@dataclass(frozen=True)
class ElementaryStep:
    """One reversible elementary step.

    Parameters
    ----------
    id : str
        Its name in the file; the equation where the file gives none.
    reactants, products : Mapping[str, int]
        Molecules of each species, by name.
    transition_state : str or None
        Name of the transition state, a state with thermochemistry but never a species of the rate equations.
    line : int
        Line of the file it came from; 0 when built in Python.

    Raises
    ------
    InputError
        If a coefficient is not a whole number from 1 to 1000.
    """

    id: str
    reactants: Mapping[str, int]
    products: Mapping[str, int]
    transition_state: str | None = None
    line: int = 0

    def __post_init__(self) -> None:
        object.__setattr__(self, "reactants", MappingProxyType(dict(self.reactants)))
        object.__setattr__(self, "products", MappingProxyType(dict(self.products)))
        for name, n in (*self.reactants.items(), *self.products.items()):
            if isinstance(n, bool) or not isinstance(n, Integral) or not 1 <= n <= MAX_COEFFICIENT:
                raise InputError(
                    f"the coefficient of {name} is {n}.",
                    where=self.id,
                    remedy=f"give a whole number from 1 to {MAX_COEFFICIENT}; leave out species that do not react.",
                )

    def __reduce__(self) -> tuple[Any, ...]:  # read-only mappings cannot be pickled, workers of a sweep need it
        return ElementaryStep, (self.id, dict(self.reactants), dict(self.products), self.transition_state, self.line)

    @property
    def equation(self) -> str:
        """The equation in canonical spelling, species in the order of the file."""
        middle = f" <-> {self.transition_state} <-> " if self.transition_state else " <-> "
        return _side(self.reactants) + middle + _side(self.products)

    @property
    def n_electrons(self) -> int:
        """Electrons consumed from left to right."""
        return self.reactants.get(ELECTRON.name, 0) - self.products.get(ELECTRON.name, 0)

    @property
    def stoichiometry(self) -> dict[str, int]:
        """nu_i: products minus reactants, zero entries left out."""
        names = [*self.reactants, *(name for name in self.products if name not in self.reactants)]
        nu = {name: self.products.get(name, 0) - self.reactants.get(name, 0) for name in names}
        return {name: n for name, n in nu.items() if n}


def _side(terms: Mapping[str, int]) -> str:
    return " + ".join(_term(name, n) for name, n in terms.items())


def _term(name: str, n: int) -> str:
    if n == 1:
        return name
    return f"{n} {name}" if name[0].isdigit() else f"{n}{name}"
