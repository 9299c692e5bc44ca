"""From a name as "ru0001" or "m3-nb" to atoms, their adsorption sites, and atoms with an adsorbate."""

from __future__ import annotations

import functools
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from ase import Atoms

from nrrsim.errors import InputError, nearest
from nrrsim.structures.adsorbates import Adsorbate
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.catalog import carbon, clusters, compounds, metals, moo3, porous, supported
from nrrsim.structures.catalog.entry import NamedSite, Pattern
from nrrsim.structures.catalog.systems import missing_sites, systems
from nrrsim.structures.moments import with_initial_moments
from nrrsim.structures.placement import place
from nrrsim.structures.record import record_of, recorded
from nrrsim.structures.sites import AdsorptionSite, adsorption_sites, all_sites

MOST_REPEATS = 400  # of a slab's cell: some ten thousand atoms

_GROUPS = {
    "Molybdenum trioxide": moo3,
    "Metals and alloys": metals,
    "Compounds and supports": compounds,
    "Carbon sheets": carbon,
    "Free clusters": clusters,
    "On supports": supported,
    "Zeolites and silica": porous,
}
PATTERNS: tuple[Pattern, ...] = tuple(pattern for module in _GROUPS.values() for pattern in module.PATTERNS)


@functools.cache
def groups() -> Mapping[str, tuple[NamedSite, ...]]:
    """The catalogue by groups: what each defines, then the names of its patterns that a catalyst system calls for."""
    called = dict.fromkeys(name for system in systems() for name in system.sites)
    found: dict[str, tuple[NamedSite, ...]] = {}
    for group, module in _GROUPS.items():
        own = {entry.name for entry in module.ENTRIES}
        made = (_from_pattern(name, module.PATTERNS) for name in called if name not in own)
        found[group] = (*module.ENTRIES, *(entry for entry in made if entry is not None))
    return MappingProxyType(found)


@functools.cache
def _entries() -> Mapping[str, NamedSite]:
    return MappingProxyType({entry.name: entry for entries in groups().values() for entry in entries})


def _from_pattern(name: str, patterns: Iterable[Pattern]) -> NamedSite | None:
    """The entry that the first fitting pattern makes of a name; None where none fits."""
    for pattern in patterns:
        if match := re.fullmatch(pattern.expression, name):
            return pattern.entry(*match.groups())
    return None


def build_site(name: str, *, supercell: tuple[int, int] | None = None, vacuum: float | None = None) -> Atoms:
    """The atoms of a named site, with initial moments and the name in `record_of(atoms).parameters["site"]`.

    Parameters
    ----------
    name : str
        One of `site_names()`, or a name of one of the `PATTERNS`; capitals do not matter.
    supercell : tuple of int
        Repeats of a slab in its plane; the entry's own without it.
    vacuum : float
        Empty height over a slab, or free space on each side of a cluster [Angstrom]; the entry's own without it.

    Raises
    ------
    InputError
        If the name is unknown or cannot be built yet, a cluster is to be repeated, or a number cannot be.

    Examples
    --------
    >>> str(build_site("m3-nb").symbols), len(build_site("ru0001", supercell=(3, 3)))
    ('Nb3', 36)
    """
    entry = site(name)
    given: dict[str, Any] = {}
    if vacuum is not None:
        if not entry.open:
            remedy = "leave the vacuum out."
            raise InputError(f"the site '{entry.name}' is in a crystal.", where="vacuum", remedy=remedy)
        given["vacuum"] = vacuum
    if supercell is not None:
        _refuse_supercell(entry, supercell)
        given["supercell"] = supercell
    atoms = with_initial_moments(entry.build(**given))
    record = record_of(atoms)
    return recorded(
        atoms,
        what=record.what,
        parameters={**record.parameters, "site": entry.name},
        active_atoms=record.active_atoms,
        source=record.source,
        notes=record.notes,
    )


def site(name: str) -> NamedSite:
    """The entry of a name.

    Raises
    ------
    InputError
        If the name is unknown, or known as one that cannot be built yet.
    """
    wanted = name.strip().lower()
    entry = _entries().get(wanted) or _from_pattern(wanted, PATTERNS)
    if entry is not None:
        return entry
    if wanted in missing_sites():
        remedy = "'nrrsim build --checklist' names what can be built."
        raise InputError(f"the site '{wanted}' cannot be built: {missing_sites()[wanted]}.", remedy=remedy)
    raise InputError(f"no site is called '{name}'.", remedy=nearest(wanted, [*site_names(), *missing_sites()]))


def site_names() -> tuple[str, ...]:
    """Names of the catalogue; `PATTERNS` describes further ones."""
    return tuple(_entries())


def sites_to_adsorb(atoms: Atoms) -> tuple[AdsorptionSite, ...]:
    """The distinct adsorption sites of a structure from `build_site`, on its active atoms where its entry says so.

    Raises
    ------
    InputError
        If the atoms are none of the catalogue, or carry an adsorbate.
    """
    entry, surface = _entry_and_surface(atoms)
    found = adsorption_sites(atoms, surface_atoms=surface)
    return found if entry.further_sites is None else (*found, *_one_each(entry.further_sites(atoms)))


def every_site_to_adsorb(atoms: Atoms) -> tuple[AdsorptionSite, ...]:
    """All adsorption sites of a structure from `build_site`, those that symmetry makes equal too; errors as above."""
    entry, surface = _entry_and_surface(atoms)
    found = all_sites(atoms, surface_atoms=surface)
    return found if entry.further_sites is None else (*found, *entry.further_sites(atoms))


def _entry_and_surface(atoms: Atoms) -> tuple[NamedSite, Sequence[int] | None]:
    """The entry that structures came from, and the atoms that carry adsorbates where it says them."""
    record = record_of(atoms)
    if "site" not in record.parameters:
        raise InputError("these atoms are no clean site of the catalogue.", remedy="take them from build_site.")
    entry = site(str(record.parameters["site"]))
    return entry, record.active_atoms if entry.on_active else None


def metal_first(atoms: Atoms, sites: Iterable[AdsorptionSite]) -> list[AdsorptionSite]:
    """The sites with metal atoms around them before the others, each kind in its order."""
    metal = is_metal(atoms)
    return sorted(sites, key=lambda site: not metal[list(site.neighbours)].any())


def with_adsorbate(atoms: Atoms, species: str | Adsorbate, *, where: str | None = None) -> Atoms:
    """A structure from `build_site` with an adsorbate; a cluster's box grows to keep its free space.

    Parameters
    ----------
    atoms : ase.Atoms
    species : str or Adsorbate
        As in `place`.
    where : str
        Name of an adsorption site; without it, the first of `sites_to_adsorb` where it fits, those on metal atoms
        before the others.

    Raises
    ------
    InputError
        If there is no such adsorption site, or the adsorbate fits nowhere.
    """
    sites = {found.name: found for found in sites_to_adsorb(atoms)}
    if where is not None and where not in sites:
        listed = ", ".join(f"'{name}'" for name in sites)
        raise InputError(
            f"there is no adsorption site '{where}'.", where="adsorption sites", remedy=f"there are {listed}."
        )
    refusal = InputError("the structure has no adsorption site.", remedy="build another site.")
    for chosen in metal_first(atoms, sites.values()) if where is None else [sites[where]]:
        try:
            covered = place(atoms, chosen, species)
        except InputError as error:
            refusal = error
            continue
        if not atoms.pbc.any():
            covered.center(vacuum=float(atoms.positions[:, 2].min()))
        return covered
    raise refusal


def _one_each(sites: Iterable[AdsorptionSite]) -> list[AdsorptionSite]:
    """The first of each symmetry class, numbered where several have one name."""
    firsts = list({site.orbit: site for site in reversed(list(sites))}.values())[::-1]
    shared = Counter(site.name for site in firsts)
    seen = Counter[str]()
    for k, first in enumerate(firsts):
        seen[first.name] += 1
        if shared[first.name] > 1:
            firsts[k] = replace(first, name=f"{first.name} {seen[first.name]}")
    return firsts


def _refuse_supercell(entry: NamedSite, supercell: tuple[int, int]) -> None:
    if not entry.repeats:
        raise InputError(
            f"the site '{entry.name}' does not repeat.",
            where="supercell",
            remedy="leave the supercell out; give a vacuum to size a cluster's box.",
        )
    if supercell[0] * supercell[1] > MOST_REPEATS:
        raise InputError(
            f"a supercell of {supercell} was asked for.", remedy=f"repeat the cell {MOST_REPEATS} times at most."
        )
