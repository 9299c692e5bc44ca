"""Crystals from space group, lattice and one atom of each orbit, shipped with their sources.

Compounds stand in the data file. Metals with an fcc, bcc or hcp lattice come from `ase.data.reference_states`, for the
elements that the data file names.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from importlib import resources
from types import MappingProxyType
from typing import Any

from ase import Atoms
from ase.data import atomic_names, atomic_numbers, reference_states
from ase.spacegroup import crystal as expanded

from nrrsim.errors import InputError, nearest
from nrrsim.structures.record import recorded
from nrrsim.yaml import parse, plain

_DATA = "crystals.yaml"
_HEXAGONAL = range(143, 195)  # space groups with gamma = 120 degrees in their hexagonal axes


def crystal(name: str) -> Atoms:
    """The conventional cell of a shipped crystal, with its record.

    Parameters
    ----------
    name : str
        One of `crystal_names()`, for example 'MoO3' or 'Re'.

    Returns
    -------
    ase.Atoms
        Periodic; positions in Angstrom; no active atoms: a bulk has no site.

    Raises
    ------
    InputError
        If the crystal is not shipped; says why where the reason is known.

    Examples
    --------
    >>> crystal("MoO3").get_chemical_formula()
    'Mo4O12'
    """
    entry = entry_of(name)
    group = entry["space_group"]
    return recorded(
        expanded_sites(entry["sites"], group, _cell_parameters(entry["lattice"], int(group["number"]))),
        what=f"crystal of {name}",
        parameters={"name": name},
        active_atoms=(),
        source=entry["source"],
        notes=(entry["title"], f"space group {group['symbol']} ({group['number']})", *entry["caveats"]),
    )


def expanded_sites(sites: Sequence[Any], group: Mapping[str, Any], cell: Sequence[float]) -> Atoms:
    """Atoms of a periodic cell (a, b, c [Angstrom], three angles [degree]) from one site of each orbit of a group."""
    atoms = expanded(
        [site[0] for site in sites],
        basis=[site[1:] for site in sites],
        spacegroup=int(group["number"]),
        setting=int(group.get("origin", 1)),
        cellpar=list(cell),
    )
    return Atoms(atoms.symbols, positions=atoms.positions, cell=atoms.cell, pbc=True)


def crystal_names() -> tuple[str, ...]:
    """Names of the shipped crystals, compounds first, then metals by atomic number."""
    return tuple(_entries())


def missing_crystals() -> Mapping[str, str]:
    """Crystals that are wanted but not shipped, and why."""
    return MappingProxyType(dict(_data()["missing"]))


def metal_lattice(name: str) -> str | None:
    """'fcc', 'hcp' or 'bcc' where the crystal is such a metal, else None."""
    found: str | None = entry_of(name).get("metal")
    return found


def sheet_entries() -> Mapping[str, Any]:
    """The data of the shipped sheets by name: layer_of, a [Angstrom], sites, source, caveats."""
    return MappingProxyType(_data()["sheets"])


def bond_valence_parameters() -> tuple[Mapping[tuple[str, str], tuple[float, float]], str]:
    """R0 and B [Angstrom] by (cation, anion), and their source."""
    table = _data()["bond_valence"]
    pairs = {tuple(pair.split("-")): (float(p["R0"]), float(p["B"])) for pair, p in table["pairs"].items()}
    return MappingProxyType(pairs), str(table["source"])


def entry_of(name: str) -> Mapping[str, Any]:
    """The data of a shipped crystal (space_group, lattice [Angstrom, degrees], sites, source, caveats).

    Raises
    ------
    InputError
        As for `crystal`.
    """
    missing, entries = _data()["missing"], _entries()
    if name in missing:
        raise InputError(
            f"the crystal {name} is not shipped: {missing[name]}.",
            remedy="read a published structure with ase.io.read, and cite it.",
        )
    if name not in entries:
        remedy = "it is a sheet: build it with sheet." if name in sheet_entries() else nearest(name, entries)
        raise InputError(f"no crystal is called '{name}'.", remedy=remedy)
    return MappingProxyType(entries[name])


@functools.cache
def _entries() -> dict[str, Any]:
    """Compounds of the data file, then metals."""
    metals = _data()["metals"]
    return {**_data()["crystals"], **{symbol: _metal(symbol, metals) for symbol in metals["elements"]}}


def _metal(symbol: str, metals: Mapping[str, Any]) -> dict[str, Any]:
    """The entry of a metal from ase's table."""
    number = atomic_numbers[symbol]
    state: Any = reference_states[number]
    kind, a = str(state["symmetry"]), float(state["a"])
    moment = state.get("magmom_per_atom")
    magnetic = f"Ferromagnetic: start calculations with moments near {moment} Bohr magnetons per atom by that table."
    own = metals["caveats"].get(symbol)
    return {
        "title": f"{kind} {atomic_names[number].lower()}",
        "metal": kind,
        "space_group": metals["lattices"][kind]["space_group"],
        "lattice": {"a": a, "c": a * float(state["c/a"])} if kind == "hcp" else {"a": a},
        "sites": [[symbol, *metals["lattices"][kind]["site"]]],
        "source": metals["source"],
        "caveats": [text for text in (magnetic if moment else None, own) if text],
    }


def _cell_parameters(lattice: Mapping[str, float], group: int) -> list[float]:
    """Six cell parameters, those that are not given following from the lattice system."""
    a = float(lattice["a"])
    gamma = 120.0 if group in _HEXAGONAL else 90.0
    lengths = [a, float(lattice.get("b", a)), float(lattice.get("c", a))]
    return [*lengths, float(lattice.get("alpha", 90.0)), float(lattice.get("beta", 90.0)), gamma]


@functools.cache
def _data() -> Any:
    file = resources.files("nrrsim").joinpath("data", _DATA)
    return plain(parse(file.read_text(encoding="utf-8"), _DATA))
