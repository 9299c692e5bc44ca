"""The catalyst systems that nrrsim sets out to cover, from two papers, and the named sites that stand for each.

A system has sites, or sites that are missing with the reason, or both.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from types import MappingProxyType
from typing import Any

from nrrsim.yaml import parse, plain

_DATA = "catalyst_systems.yaml"


@dataclass(frozen=True)
class CatalystSystem:
    """A system of the papers.

    Parameters
    ----------
    key : str
        Its number: A, electrochemical, or B, thermal.
    title : str
        What it is.
    sites : tuple of str
        Names in the catalogue.
    missing : Mapping[str, str]
        What it asks for beyond them, each with the reason why it is not there.
    """

    key: str
    title: str
    sites: tuple[str, ...]
    missing: Mapping[str, str]


@functools.cache
def systems() -> tuple[CatalystSystem, ...]:
    """All systems in the papers' order."""
    return tuple(
        CatalystSystem(
            str(key), entry["title"], tuple(entry.get("sites", ())), MappingProxyType(entry.get("missing", {}))
        )
        for key, entry in _data()["systems"].items()
    )


def paper_of() -> Mapping[str, str]:
    """Citation by the letter of a system's key."""
    return MappingProxyType(_data()["sources"])


def systems_of(site: str) -> tuple[str, ...]:
    """Keys of the systems that a site stands for."""
    return tuple(system.key for system in systems() if site in system.sites)


def missing_sites() -> Mapping[str, str]:
    """Sites that systems ask for and that are not there, and why."""
    return MappingProxyType({name: why for system in systems() for name, why in system.missing.items()})


@functools.cache
def _data() -> Any:
    file = resources.files("nrrsim").joinpath("data", _DATA)
    return plain(parse(file.read_text(encoding="utf-8"), _DATA))
