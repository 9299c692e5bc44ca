"""Where the electrons of vacancies sit: other atoms than those that a relaxation came to, to be tried.

An engine finds one electronic state of several. On MoO3 with one vacancy in p(2x2) the two electrons of the oxygen sit
on the Mo that lost it, or one of them on either of two Mo of the next row; the three differ by 0.05 to 0.2 eV, each
with a structure of its own around the electrons (oxygens 0.8 Angstrom from where they were), and no relaxation leads
from one to another. Under HNNH2 the two differ by 0.4 eV.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import combinations
from typing import TypeAlias

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from numpy.typing import NDArray

from nrrsim.structures.matching import carried_over

FloatArray: TypeAlias = NDArray[np.float64]

BEARING = 0.5  # moment of an atom that holds an unpaired electron [Bohr magnetons]
OTHERWISE = 0.5  # by which an atom of a site is elsewhere where the site stands otherwise [Angstrom]


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
        beneath = places(host)
        if beneath.total() == known[0].total() and beneath not in known:
            known.append(beneath)
            found.append(host)
    return tuple(found)


def adsorbed_as_on_site(covered: Atoms, clean: Atoms, built: Atoms) -> tuple[Atoms, ...]:
    """A state on its site as the clean one is: with the electrons where that has them, and the structure around them.

    What is around the adsorbate stands as in the state, the rest as on the clean site. Electrons that the state has
    beyond those of the site, as hydrogen on an oxygen brings one, stay on each of the atoms where they may be in turn.
    Of a state with fewer electrons, those that sit where the site has none are put where it has some left. Where none
    has to move, the state is tried as it is if its site stands otherwise; else there is nothing to try.

    Parameters
    ----------
    covered : ase.Atoms
        The relaxed state.
    clean : ase.Atoms
        The relaxed site.
    built : ase.Atoms
        The site as built.

    Raises
    ------
    InputError
        If the adsorbate would stand on top of an atom of the clean site.
    """
    size = len(clean)
    here, there = places(covered[:size]), places(clean)
    beyond, stray = here.total() - there.total(), (here - there).total()
    start = carried_over(covered, built, onto=clean, onto_built=built)
    moments, of_site = covered.get_initial_magnetic_moments(), clean.get_initial_magnetic_moments()
    if there <= here or not stray:
        moved = find_mic(start.positions[:size] - covered.positions[:size], clean.cell, clean.pbc)[1].max()
        return (_with_moments(start, moments[:size]),) if moved > OTHERWISE else ()
    if beyond < 0:
        held = here & there
        ways = [(held + Counter(back), Counter[int]()) for back in _chosen(there - held, stray)]
    else:
        ways = [(there, Counter(kept)) for kept in _chosen(here - there, beyond)]
    found = []
    for as_on_site, as_it_was in ways:
        placed = start.get_initial_magnetic_moments()[:size]
        placed[list(here | there)] = 0.0
        for atom, count in as_on_site.items():
            placed[atom] += of_site[atom] * count / there[atom]
        for atom, count in as_it_was.items():
            placed[atom] += moments[atom] * count / here[atom]
        found.append(_with_moments(start, placed))
    return tuple(found)


def _chosen(electrons: Counter[int], count: int) -> list[tuple[int, ...]]:
    """The ways to choose some of the electrons, by their atoms."""
    return sorted(set(combinations(sorted(electrons.elements()), count)))


def _with_moments(start: Atoms, of_site: FloatArray) -> Atoms:
    copy: Atoms = start.copy()
    moments = copy.get_initial_magnetic_moments()
    moments[: len(of_site)] = of_site
    copy.set_initial_magnetic_moments(moments)
    return copy
