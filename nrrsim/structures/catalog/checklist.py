"""The table of all systems with their sites, built here and now."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace

from nrrsim.structures.catalog.lookup import build_site, site, sites_to_adsorb
from nrrsim.structures.catalog.systems import systems
from nrrsim.structures.closeness import closest_pair


@dataclass(frozen=True)
class CheckedSite:
    """A line of `checklist_table`.

    Parameters
    ----------
    row, system : str
        Key and title of the system.
    site : str
        The name in the catalogue, or of what is missing.
    builder : str
        The builder's call; empty where missing.
    atoms : int
        Number of atoms; 0 where missing, as are the next three.
    formula : str
        In Hill's order.
    closeness : float
        Smallest distance over the sum of covalent radii.
    closest : str
        The two atoms at it, with their distance [Angstrom].
    adsorption_sites : int
        Distinct ones.
    seconds : float
        To build it and to find its adsorption sites [s].
    reason : str
        Why it is missing; empty where it is built.
    """

    row: str
    system: str
    site: str
    builder: str = ""
    atoms: int = 0
    formula: str = ""
    closeness: float = 0.0
    closest: str = ""
    adsorption_sites: int = 0
    seconds: float = 0.0
    reason: str = ""


def checklist_table() -> tuple[CheckedSite, ...]:
    """Each system with each of its sites, or the reason why it has none."""
    built: dict[str, CheckedSite] = {}
    table = []
    for system in systems():
        for name in system.sites:
            if name not in built:
                built[name] = checked(name)
            table.append(replace(built[name], row=system.key, system=system.title))
        table += [CheckedSite(system.key, system.title, name, reason=why) for name, why in system.missing.items()]
    return tuple(table)


def checked(name: str) -> CheckedSite:
    """One site, built and measured; row and system are empty."""
    start = time.perf_counter()
    atoms = build_site(name)
    count = len(sites_to_adsorb(atoms))
    seconds = time.perf_counter() - start
    first, second, length, closeness = closest_pair(atoms)
    return CheckedSite(
        row="",
        system="",
        site=name,
        builder=site(name).call,
        atoms=len(atoms),
        formula=atoms.get_chemical_formula(),
        closeness=closeness,
        closest=f"{atoms.symbols[first]}-{atoms.symbols[second]} {length:.3f}",
        adsorption_sites=count,
        seconds=seconds,
    )
