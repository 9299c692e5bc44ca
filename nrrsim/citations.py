"""The references behind the formulas, by the keys that docstrings use."""

from __future__ import annotations

import functools
import re
from importlib.resources import files

from nrrsim.errors import InputError, nearest


def cite(key: str) -> str:
    """The BibTeX entry of a key, for example 'Kozuch2011'.

    Raises
    ------
    InputError
        If there is no such key.
    """
    entries = _entries()
    if key not in entries:
        raise InputError(f"there is no reference '{key}'; {nearest(key, entries)}", remedy="use one of the keys.")
    return entries[key]


@functools.cache
def _entries() -> dict[str, str]:
    text = (files("nrrsim") / "references.bib").read_text(encoding="utf-8")
    return {match[1]: match[0].strip() for match in re.finditer(r"@\w+\{(\w+),.*?\n\}", text, flags=re.DOTALL)}
