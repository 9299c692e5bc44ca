"""Named, versioned settings of electronic-structure engines, shipped as data."""

from __future__ import annotations

import functools
import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from typing import Any, Literal, TypeAlias

from nrrsim.errors import InputError, nearest
from nrrsim.yaml import parse, plain

Kind: TypeAlias = Literal["slab", "cluster", "molecule"]
KINDS: tuple[Kind, ...] = ("slab", "cluster", "molecule")

_DATA = "dft_settings.yaml"


@dataclass(frozen=True)
class Settings:
    """How an engine computes, complete enough to repeat it.

    Parameters
    ----------
    name : str
        For example "gpaw-lcao-dzp-rpbe".
    version : int
        Raised whenever a parameter changes, so that old records keep their meaning.
    engine : str
        One that `engines` knows: "gpaw", "emt", "tblite", "vasp", "espresso", "cp2k", "orca", or any calculator of ase.
    functional : str
        For readers and provenance, "" where there is none.
    level : str
        What it is good for, in a few words, such as "LCAO screening".
    parameters : Mapping[str, Any]
        Of the engine, JSON values.
    by_kind : Mapping[str, Mapping[str, Any]]
        Further parameters for a "slab", a "cluster" or a "molecule", over those of `parameters`.
    relax : Mapping[str, float]
        fmax [eV/Angstrom], steps, maxstep [Angstrom].
    vibrations : Mapping[str, Any]
        Further parameters for finite differences, whose forces must be exact to a tenth of those of a relaxation.
    attempts : tuple of Mapping[str, Any]
        Further parameters of each attempt at an SCF, the first one first: ways to the same result, such as a mixer, and
        so no part of the digest. The parameters as they stand where it is empty.
    prerelax : str
        Name of cheaper settings to relax with before, "" for none.
    geometry : str
        Name of the settings whose relaxed structures and modes these energies are single points of, "" for their own.
    modes : str
        Name of cheaper settings whose modes stand for these energies' own, "" for those of the geometry.
    trusted_for_rates : bool
        Whether energies may enter a rate; nrrsim refuses otherwise unless told.
    caveats : tuple of str
        Sentences that travel with each record.
    """

    name: str
    version: int
    engine: str
    functional: str
    level: str
    parameters: Mapping[str, Any] = field(default_factory=dict)
    by_kind: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    relax: Mapping[str, float] = field(default_factory=dict)
    vibrations: Mapping[str, Any] = field(default_factory=dict)
    attempts: tuple[Mapping[str, Any], ...] = ()
    prerelax: str = ""
    geometry: str = ""
    modes: str = ""
    trusted_for_rates: bool = True
    caveats: tuple[str, ...] = ()

    def of(self, kind: Kind) -> dict[str, Any]:
        """The engine's parameters for a kind of structure."""
        return {**self.parameters, **self.by_kind.get(kind, {})}

    @property
    def digest(self) -> str:
        """Hash of all that changes the energy of a structure: engine and parameters, hexadecimal."""
        said = {"engine": self.engine, "parameters": dict(self.parameters), "by_kind": dict(self.by_kind)}
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()[:16]


def settings(name: str) -> Settings:
    """Shipped settings by name.

    Raises
    ------
    InputError
        With the nearest known names.
    """
    known = _data()["settings"]
    if name not in known:
        raise InputError(f"no settings are called '{name}'.", remedy=nearest(name, known))
    entry = _whole(known[name], known)
    entry |= {word: tuple(entry.get(word, ())) for word in ("caveats", "attempts")}
    return Settings(name=name, **entry)


def settings_then(name: str, version: int, digest: str) -> Settings | None:
    """The shipped settings that a record was computed with, whatever their name is now; None where none are left."""
    for known in (name, *settings_names()):
        one = settings(known)
        if (one.version, one.digest) == (version, digest):
            return one
    return None


def settings_names() -> tuple[str, ...]:
    """Names of the shipped settings."""
    return tuple(_data()["settings"])


def _whole(entry: Mapping[str, Any], known: Mapping[str, Any]) -> dict[str, Any]:
    """An entry with all that it takes from the one it is `like`: what it says itself counts, by_kind kind by kind."""
    if "like" not in entry:
        return dict(entry)
    base = _whole(known[entry["like"]], known)
    own = {word: said for word, said in entry.items() if word != "like"}
    merged = {**base, **own}
    for word in ("parameters", "relax", "vibrations"):
        merged[word] = {**base.get(word, {}), **own.get(word, {})}
    kinds = {kind: {**base.get("by_kind", {}).get(kind, {}), **own.get("by_kind", {}).get(kind, {})} for kind in KINDS}
    return {**merged, "by_kind": {kind: said for kind, said in kinds.items() if said}}


@functools.cache
def _data() -> Any:
    file = resources.files("nrrsim").joinpath("data", _DATA)
    return plain(parse(file.read_text(encoding="utf-8"), _DATA))
