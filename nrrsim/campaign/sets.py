"""The sets of energies that nrrsim computes itself and ships: which campaign each is, and what is weak about it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

from nrrsim.campaign.plan import Plan
from nrrsim.dft.settings import settings
from nrrsim.errors import InputError, nearest
from nrrsim.yaml import parse, plain

_DATA = "sets.yaml"
_TUPLES = ("donors", "states", "supercell", "barriers")


@dataclass(frozen=True)
class ComputedSet:
    """A campaign whose results are shipped.

    Parameters
    ----------
    name : str
        Of the catalyst.
    title : str
        One line.
    plan : Plan
    weaknesses : tuple of str
        Sentences that travel with the catalyst file.
    """

    name: str
    title: str
    plan: Plan
    weaknesses: tuple[str, ...]


def computed_set(name: str) -> ComputedSet:
    """A set by its name.

    Raises
    ------
    InputError
        With the nearest known names.
    """
    entries = _entries()
    if name not in entries:
        raise InputError(f"no set is called '{name}'.", where="--set", remedy=nearest(name, entries))
    entry = _whole(entries[name], entries)
    title, weaknesses, named = entry.pop("title"), tuple(entry.pop("weaknesses")), settings(entry.pop("settings"))
    before = entry.pop("before", "")
    entry |= {"before": settings(before) if before else None}
    entry |= {word: tuple(entry[word]) for word in _TUPLES if word in entry}
    return ComputedSet(name, title, Plan(entry.pop("site"), named, **entry), weaknesses)


def computed_sets() -> tuple[str, ...]:
    """Names of the sets."""
    return tuple(_entries())


def _whole(entry: Mapping[str, Any], entries: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with all that it takes from the one it is `like`."""
    if "like" not in entry:
        return dict(entry)
    return _whole(entries[entry["like"]], entries) | {word: said for word, said in entry.items() if word != "like"}


@functools.cache
def _entries() -> Mapping[str, Any]:
    text = resources.files("nrrsim").joinpath("data", "computed", _DATA).read_text(encoding="utf-8")
    data: Any = plain(parse(text, _DATA))
    return MappingProxyType(data["sets"])
