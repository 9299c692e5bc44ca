"""Equations as people write them: `N2* + H+ + e- <-> NNH*` and `N2(g) + 2* <-> N-N* <-> 2N*`.

A declared name wins over a coefficient, so that a state may be called `2N`; a coefficient before a name that begins
with a digit stands apart (`2 2N`); where both readings remain the token is an error.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError

_APART = re.compile(r"(\d+)\s+(\S+)$")
_JOINED = re.compile(r"(\d+)(.+)$")


def parse_equation(
    equation: str,
    *,
    declared: Collection[str] = (),
    id: str | None = None,  # noqa: A002
    line: int = 0,
) -> ElementaryStep:
    """The step an equation stands for.

    Parameters
    ----------
    equation : str
        Initial <-> final, or initial <-> transition state <-> final; terms separated by ' + '.
    declared : collection of str
        Names that win over the reading as a coefficient.
    id : str, optional
        Name of the step; the equation in canonical spelling without one.
    line : int
        Line of the file, for later errors.

    Raises
    ------
    InputError
        If the equation has not two or three sides, or a term is empty or ambiguous.

    Examples
    --------
    >>> parse_equation("N2* + H+ + e- <-> NNH*").n_electrons
    1
    """
    sides = [side.strip() for side in equation.split("<->")]
    if len(sides) not in (2, 3) or not all(sides):
        raise InputError(
            f"the equation '{equation}' has not two sides.",
            remedy="write 'A <-> B', or 'A <-> TS <-> B' with a transition state.",
        )
    reactants, products = _parse_side(sides[0], declared), _parse_side(sides[-1], declared)
    transition_state = sides[1] if len(sides) == 3 else None
    if transition_state is not None and re.search(r"\s", transition_state):
        raise InputError(
            f"'{transition_state}' in '{equation}' is not the name of a transition state.",
            remedy="write one name between the arrows, for example 'N-N*'.",
        )
    step = ElementaryStep("", reactants, products, transition_state, line)
    return ElementaryStep(id or step.equation, reactants, products, transition_state, line)


def _parse_side(side: str, declared: Collection[str]) -> dict[str, int]:
    terms: dict[str, int] = {}
    for token in re.split(r"\s+\+\s+", side):
        name, n = _parse_term(token.strip(), declared)
        terms[name] = terms.get(name, 0) + n
    return terms


def _parse_term(token: str, declared: Collection[str]) -> tuple[str, int]:
    if token in declared:
        return token, 1
    apart = _APART.match(token)
    if apart:
        return _name(apart[2]), _coefficient(apart[1], token)
    joined = _JOINED.match(token)
    if joined is None:
        return _name(token), 1
    splits = [(token[:k], token[k:]) for k in range(1, len(joined[1]) + 1)]
    readings = [(head, tail) for head, tail in splits if tail in declared or not tail[0].isdigit()]
    if not readings:
        raise InputError(f"'{token}' names no species.", remedy="write a species after the coefficient, such as '2N*'.")
    if len(readings) != 1:
        meant = " or ".join(f"'{head} {tail}'" for head, tail in readings)
        raise InputError(f"'{token}' is ambiguous.", remedy=f"separate the coefficient by a space: {meant}.")
    head, tail = readings[0]
    return _name(tail), _coefficient(head, token)


def _coefficient(text: str, token: str) -> int:
    if int(text) < 1:
        raise InputError(f"the coefficient of '{token}' is not positive.", remedy="write a whole number from 1.")
    return int(text)


def _name(token: str) -> str:
    if not token or re.search(r"\s", token) or re.search(r"\*\+|\)\+", token):
        raise InputError(f"'{token}' is not one term.", remedy="separate terms by ' + ', with spaces around the plus.")
    return token
