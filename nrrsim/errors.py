"""Every failure of nrrsim is a sentence: what is wrong, where, what was found, what would be right."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class NrrsimError(Exception):
    """Base of all errors nrrsim raises on purpose."""


class InputError(NrrsimError, ValueError):
    """Input that cannot be used: the command line answers it with exit status 2.

    Parameters
    ----------
    what : str
        What is wrong, with the value found.
    where : str
        File and line, species or step; empty when there is no place to name.
    remedy : str
        What would be right.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        self.what, self.where, self.remedy = what, where, remedy
        super().__init__(self._sentence())

    def _sentence(self) -> str:
        place = f"{self.where}: " if self.where else ""
        remedy = f" Remedy: {self.remedy}" if self.remedy else ""
        return f"{place}{self.what}{remedy}"

    def at(self, where: str) -> InputError:
        """The same error with a place, unless it already names one."""
        if self.where:
            return self
        return type(self)(self.what, where=where, remedy=self.remedy)


class BalanceError(InputError):
    """A step that does not conserve elements, sites or charge."""


class MissingEnergyError(InputError):
    """An energy, frequency or barrier that is not published in the file and would have to be invented."""


class NotConvergedError(NrrsimError):
    """A steady state that could not be certified; raised only when the caller asked for it."""


def shortened(value: object, *, length: int = 60) -> str:
    """A value found in a file as text of at most `length` characters on one line, to be shown in a sentence."""
    text = " ".join(str(value).split())
    return text if len(text) <= length else text[: length - 3] + "..."


MANY = 20  # names that a sentence lists


def nearest(name: str, known: Iterable[str], *, count: int = 3) -> str:
    """A phrase that names the known words closest to `name`, or all of them when none is close."""
    candidates = sorted(set(known))
    if not candidates:
        return "none is known here."
    lowered = {c.lower(): c for c in candidates}
    close = [lowered[c] for c in difflib.get_close_matches(name.lower()[:200], list(lowered), n=count, cutoff=0.4)]
    if close:
        return "did you mean " + " or ".join(f"'{c}'" for c in close) + "?"
    shown = candidates[:MANY]
    more = f" and {len(candidates) - MANY} more" if len(candidates) > MANY else ""
    return "known are " + ", ".join(f"'{c}'" for c in shown) + more + "."
