"""Initial magnetic moments of built structures: starts for an SCF, no predictions."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, reference_states
from numpy.typing import NDArray
from pymatgen.core.periodic_table import Element

from nrrsim.structures.clusters import D_BLOCK, initial_moment
from nrrsim.structures.record import KEY, BuildRecord, record_of

FloatArray: TypeAlias = NDArray[np.float64]

MOST_IN_CLUSTER = 20  # more metal atoms make a particle, with the moments of the crystal
ELECTRONS_PER_VACANCY = {"O": 2, "S": 2, "N": 3, "H": 1}  # that an anion of its usual charge leaves behind


def with_initial_moments(atoms: Atoms) -> Atoms:
    """The structure with initial moments [Bohr magnetons] where it has none.

    Free clusters and single metal atoms start with the moments of `nrrsim.structures.clusters.initial_moment`, shifted
    so that their sum is a whole number that fits the electrons; iron, cobalt and nickel in slabs and particles with
    those of their crystals (ase.data.reference_states); transition metals and rare earths beside anion vacancies with
    the electrons that these leave, in equal shares and all parallel. Moments that are there already stay.

    Parameters
    ----------
    atoms : ase.Atoms
        With its record, before adsorbates.

    Returns
    -------
    ase.Atoms
        A copy.
    """
    started: Atoms = atoms.copy()
    if started.get_initial_magnetic_moments().any() or KEY not in atoms.info:
        return started
    record = record_of(atoms)
    lone = _lone_metals(atoms, record)
    moments = _of_clusters(atoms, lone) if len(lone) else _of_crystals(atoms)
    if not moments.any():
        moments = _of_vacancies(atoms, record)
    started.set_initial_magnetic_moments(moments)
    return started


def arrangements(atoms: Atoms) -> tuple[Atoms, ...]:
    """A structure with its moments as they are, and with neighbours among them antiparallel where there are several.

    Each atom that has a moment is turned against the nearest of those before it, the nearest one first: a pair, a row
    or a checkerboard alternates, of a triangle two stay parallel.

    Parameters
    ----------
    atoms : ase.Atoms
        With initial moments.
    """
    moments = atoms.get_initial_magnetic_moments()
    bearers = np.flatnonzero(moments)
    if len(bearers) < 2:
        return (atoms,)
    gaps = np.round(atoms.get_all_distances(mic=bool(atoms.pbc.any()))[np.ix_(bearers, bearers)], 3)
    signs = np.zeros(len(bearers))
    signs[0] = 1.0
    while not signs.all():
        done, left = np.flatnonzero(signs), np.flatnonzero(signs == 0)
        between = gaps[np.ix_(left, done)]
        nearest, partner = np.unravel_index(between.argmin(), between.shape)
        signs[left[nearest]] = -signs[done[partner]]
    turned: Atoms = atoms.copy()
    opposite = moments.copy()
    opposite[bearers] = np.sign(moments[bearers[0]]) * signs * np.abs(moments[bearers])
    turned.set_initial_magnetic_moments(opposite)
    return (atoms,) if np.array_equal(opposite, moments) else (atoms, turned)


def _lone_metals(atoms: Atoms, record: BuildRecord) -> list[int]:
    """d-block atoms of a small free cluster, of a supported one, or of an active site in a structure without them."""
    metals = [i for i, symbol in enumerate(atoms.symbols) if symbol in D_BLOCK]
    if not atoms.pbc.any() and len(metals) == len(atoms) <= MOST_IN_CLUSTER:
        return metals
    carried = set(record.parameters.get("cluster_atoms", ())) or set(record.active_atoms)
    lone = [i for i in metals if i in carried]
    others = {symbol for i, symbol in enumerate(atoms.symbols) if i not in carried}
    foreign = not {atoms.symbols[i] for i in lone} & others
    return lone if foreign or "cluster_atoms" in record.parameters else []


def _of_clusters(atoms: Atoms, metals: list[int]) -> FloatArray:
    moments = np.zeros(len(atoms))
    moments[metals] = [initial_moment(atoms.symbols[i]) for i in metals]
    if not atoms.pbc.any():
        odd = int(atoms.numbers.sum()) % 2
        total = odd + 2 * round((moments.sum() - odd) / 2)
        moments[metals] += (total - moments.sum()) / len(metals)
    return moments


def _of_crystals(atoms: Atoms) -> FloatArray:
    """Of the ferromagnetic metals, where the structure is all metal."""
    if not all(Element(symbol).is_metal for symbol in set(atoms.symbols)):
        return np.zeros(len(atoms))
    states: Any = reference_states
    return np.array([(states[number] or {}).get("magmom_per_atom", 0.0) for number in atoms.numbers])


def _of_vacancies(atoms: Atoms, record: BuildRecord) -> FloatArray:
    """The electrons that anion vacancies leave, on the metal atoms beside them that can take them."""
    moments = np.zeros(len(atoms))
    removed = record.parameters.get("removed_elements", [])
    takers = [i for i in record.active_atoms if _reducible(atoms.symbols[i])]
    electrons = sum(ELECTRONS_PER_VACANCY.get(symbol, 0) for symbol in removed)
    if takers and electrons:
        moments[takers] = electrons / len(takers)
    return moments


def _reducible(symbol: str) -> bool:
    element = Element(symbol)
    return (symbol in D_BLOCK and atomic_numbers[symbol] not in (30, 48, 80)) or bool(element.is_lanthanoid)
