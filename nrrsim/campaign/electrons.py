"""Where the electrons of vacancies sit: other atoms than those that a relaxation came to, to be tried.

An engine finds one electronic state of several. On MoO3 with one vacancy in p(2x2) the two electrons of the oxygen sit
on the Mo that lost it, or one of them on either of two Mo of the next row; the three differ by 0.05 to 0.2 eV, each
with a structure of its own around the electrons, and no relaxation leads from one to another.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations

import numpy as np
from ase import Atoms

from nrrsim.structures.matching import carried_over

BEARING = 0.5  # moment of an atom that holds an unpaired electron [Bohr magnetons]


def places(atoms: Atoms) -> Counter[int]:
    """How many unpaired electrons each atom holds, by the moments that the structure begins with."""
    moments = np.abs(atoms.get_initial_magnetic_moments())
    return Counter({int(i): max(round(float(moments[i])), 1) for i in np.flatnonzero(moments > BEARING)})


def site_as_beneath(adsorbed: Iterable[Atoms], clean: Atoms, *, tried: Iterable[Atoms]) -> tuple[Atoms, ...]:
    """A clean site with its electrons, as many as it has, where they sit beneath adsorbates and were not tried yet.

    Parameters
    ----------
    adsorbed : iterable of ase.Atoms
        Relaxed structures on the site, its atoms first.
    clean : ase.Atoms
        The relaxed site.
    tried : iterable of ase.Atoms
        Structures of it that were begun from, or come to.
    """
    known = [places(atoms) for atoms in (clean, *tried)]
    found = []
    for covered in adsorbed:
        host: Atoms = clean.copy()
        host.positions[:] = covered.positions[: len(host)]
        host.set_initial_magnetic_moments(covered.get_initial_magnetic_moments()[: len(host)])
        if places(host).total() == places(clean).total() and places(host) not in known:
            known.append(places(host))
            found.append(host)
    return tuple(found)


def adsorbed_as_on_site(covered: Atoms, clean: Atoms, built: Atoms) -> tuple[Atoms, ...]:
    """A state with the electrons of its site where the clean site has them; none where it has, or has fewer of them.

    What is around the adsorbate stands as in the state, the rest as on the clean site. Electrons that the state has
    beyond those of the site, as hydrogen on an oxygen brings one, stay on each of the atoms where they may be in turn.

    Parameters
    ----------
    covered : ase.Atoms
        The relaxed state.
    clean : ase.Atoms
        The relaxed site.
    built : ase.Atoms
        The site as built.
    """
    here, there = places(covered), places(clean)
    beyond = here.total() - there.total()
    if beyond < 0 or there <= here:
        return ()
    moments, of_site = covered.get_initial_magnetic_moments(), clean.get_initial_magnetic_moments()
    found = []
    for kept in combinations(sorted(here.keys() - there.keys()), beyond):
        start = carried_over(covered, built, onto=clean, onto_built=built)
        placed = start.get_initial_magnetic_moments()
        placed[list(here)] = 0.0
        placed[list(there)] = of_site[list(there)]
        placed[list(kept)] = moments[list(kept)]
        start.set_initial_magnetic_moments(placed)
        found.append(start)
    return tuple(found)
