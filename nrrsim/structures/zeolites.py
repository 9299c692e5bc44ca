"""Single metal atoms in zeolites: at a tetrahedral site, or beside the aluminium of one, whole cell or cluster.

A metal is larger than the silicon it replaces, and its oxygens cannot move away along their bonds without crushing the
next ones. They swing instead: each keeps its distance to the silicon behind it and its plane, and moves about the line
of the two tetrahedral atoms until the metal's bond has 0.9 sums of covalent radii.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence
from itertools import combinations
from types import MappingProxyType
from typing import Any, TypeAlias

import numpy as np
import spglib
from ase import Atoms
from ase.data import atomic_numbers, covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from nrrsim.errors import InputError, nearest
from nrrsim.structures.closeness import refuse_crowding, room
from nrrsim.structures.clusters import require_d_block
from nrrsim.structures.crystals import crystal
from nrrsim.structures.quiet import without_spglib_deprecation
from nrrsim.structures.record import headed, record_of, recorded
from nrrsim.structures.silica import G2, molecular_length
from nrrsim.structures.slabs import BOND_STRETCH
from nrrsim.structures.surfaces import unit

FloatArray: TypeAlias = NDArray[np.float64]

SHORTEST_BOND = 0.9  # of the atom at a tetrahedral site and its oxygens, in sums of covalent radii

_REACH = 6.0  # of the surroundings that crowd an atom [Angstrom]


@functools.cache
def t_sites(framework: str = "MFI") -> Mapping[str, int]:
    """One atom of each distinct tetrahedral site, by name: T1, T2, ... in the order of the published coordinates.

    Raises
    ------
    InputError
        If the framework is not shipped or holds no silicon.
    """
    bulk = crystal(framework)
    cell = (bulk.cell[:], bulk.get_scaled_positions(), bulk.numbers)
    with without_spglib_deprecation():
        found: Any = spglib.get_symmetry_dataset(cell)
    firsts = [int(i) for i in np.unique(found.equivalent_atoms) if bulk.symbols[int(i)] == "Si"]
    if not firsts:
        what = f"{framework} holds no silicon."
        raise InputError(what, where="zeolite", remedy="name a framework of silica, such as MFI.")
    return MappingProxyType({f"T{number}": atom for number, atom in enumerate(firsts, start=1)})


def metal_at_t_site(metal: str, site: str = "T1", *, protons: int = 0, framework: str = "MFI") -> Atoms:
    """A framework with a metal for the silicon of a tetrahedral site, the whole periodic cell.

    Parameters
    ----------
    metal : str
        Any d-block metal that finds room.
    site : str
        One of `t_sites`.
    protons : int
        Hydrogens on the oxygens beside it, 0 to 4, those with most room first; a metal of charge 4 - n asks for n.
    framework : str
        A shipped crystal of silica.

    Returns
    -------
    ase.Atoms
        Periodic in three directions; the metal and its protons are active.

    Raises
    ------
    InputError
        If the metal is no d-block metal or too large, or the site, the number of protons or the framework cannot be.
    """
    require_d_block(metal, where="zeolite")
    atoms, t_atom, beside = _substituted(framework, site, metal)
    atoms, added = _protonated(atoms, t_atom, beside, protons)
    notes = (f"{protons} H on the oxygens beside {metal}: neutral for the charge {4 - protons}.",)
    return _recorded(atoms, f"{metal} at {site}", framework, site, t_atom, [t_atom, *added], notes)


def bronsted_site(site: str = "T1", *, framework: str = "MFI") -> Atoms:
    """A framework with Al for the silicon of a site and H on that of its oxygens that has most room: H-ZSM-5 for MFI.

    Parameters, errors and result as in `metal_at_t_site`; aluminium and the proton are active.
    """
    atoms, t_atom, beside = _substituted(framework, site, "Al")
    atoms, added = _protonated(atoms, t_atom, beside, 1)
    return _recorded(atoms, f"Al and H at {site}", framework, site, t_atom, [t_atom, *added], ())


def exchanged_metal(metal: str, site: str = "T1", *, framework: str = "MFI") -> Atoms:
    """A framework with Al at a site and a metal in place of its proton, on two of its oxygens.

    The metal stands on the far side of the pair of oxygens that leaves it most room, at the sum of covalent radii from
    both. Parameters and errors as in `metal_at_t_site`; the metal, last, is active.
    """
    require_d_block(metal, where="zeolite")
    atoms, t_atom, beside = _substituted(framework, site, "Al")
    bond = float(covalent_radii[atomic_numbers[metal]] + covalent_radii[8])
    places = [_over_pair(atoms, t_atom, pair, bond) for pair in combinations(beside, 2)]
    rooms = [room(atoms, place, metal) for place in places]
    whole = atoms + Atoms(metal, positions=[places[int(np.argmax(np.round(rooms, 6)))]])
    whole.wrap()
    _refuse_crowding(whole, [len(atoms)])
    notes = (f"one {metal} for one proton: charge 1 where the cell is neutral.",)
    return _recorded(whole, f"{metal} beside Al at {site}", framework, site, t_atom, [len(atoms)], notes)


def t_cluster(atoms: Atoms, *, shells: int = 1, vacuum: float = 8.0) -> Atoms:
    """The tetrahedral site of a zeolite with its neighbours as a molecule: 5T with one shell, up to 17T with two.

    Oxygen between two tetrahedral atoms of the piece stays; where one is cut off, H stands on silicon in its direction
    at the Si-H length of SiH4. Protons and the metal beside the site come along.

    Parameters
    ----------
    atoms : ase.Atoms
        From `metal_at_t_site`, `bronsted_site` or `exchanged_metal`.
    shells : int
        Shells of tetrahedral atoms around the site, 1 or 2.
    vacuum : float
        Free space on each side [Angstrom].

    Returns
    -------
    ase.Atoms
        In a non-periodic box; active atoms as in the periodic structure.

    Raises
    ------
    InputError
        If the atoms are no zeolite from here, or a number cannot be.
    """
    record = record_of(atoms)
    _refuse_cut(record.parameters, record.what, shells, vacuum)
    kept, caps = _cut(atoms, int(record.parameters["t_atom"]), shells, record.active_atoms)
    numbers = [int(atoms.numbers[i]) for i, _ in kept]
    piece = Atoms([*numbers, *[1] * len(caps)], positions=[place for _, place in kept] + caps)
    piece.center(vacuum=vacuum)
    order = {i: k for k, (i, _) in enumerate(kept)}
    size = sum(1 for i, _ in kept if atoms.symbols[i] != "O" and i not in record.active_atoms)
    size += int(record.parameters["t_atom"] in record.active_atoms)
    return recorded(
        piece,
        what=f"{size}T cluster of {record.what}",
        parameters={"zeolite": dict(record.parameters), "shells": shells, "vacuum": float(vacuum), "tetrahedra": size},
        active_atoms=[order[i] for i in record.active_atoms],
        source=f"{record.source}; {G2}",
        notes=(*record.notes, "cut bonds carry H on silicon, to be held fixed when it relaxes."),
    )


def _substituted(framework: str, site: str, symbol: str) -> tuple[Atoms, int, list[int]]:
    """The framework with another element at a site, that atom, and the four oxygens that swing around it."""
    known = t_sites(framework)
    if site not in known:
        raise InputError(f"{framework} has no site '{site}'.", where="zeolite", remedy=nearest(site, known))
    atoms, t_atom = crystal(framework), known[site]
    first, second, vectors = neighbor_list("ijD", atoms, BOND_STRETCH * covalent_radii[atoms.numbers])
    beside = [int(i) for i in second[first == t_atom]]
    bond = SHORTEST_BOND * float(covalent_radii[atomic_numbers[symbol]] + covalent_radii[8])
    for oxygen in beside:
        ends = {int(second[k]): vectors[k] for k in np.flatnonzero(first == oxygen)}
        to_t = ends.pop(t_atom)
        (to_other,) = ends.values()
        atoms.positions[oxygen] += _swing(to_t, to_other, bond)
    atoms.symbols[t_atom] = symbol
    atoms.wrap()
    _refuse_crowding(atoms, [t_atom, *beside])
    return atoms, t_atom, beside


def _swing(to_t: FloatArray, to_other: FloatArray, bond: float) -> FloatArray:
    """How an oxygen moves in its plane to reach a bond length, keeping its distance to the atom behind it."""
    behind = float(np.linalg.norm(to_other))
    longer = max(bond, float(np.linalg.norm(to_t)))
    across = to_other - to_t
    span = float(np.linalg.norm(across))
    along = across / span
    aside = -to_t - (-to_t @ along) * along
    part = (longer**2 - behind**2 + span**2) / (2 * span)
    height = np.sqrt(max(longer**2 - part**2, 0.0))
    return np.asarray(to_t + part * along + height * unit(aside))


def _protonated(atoms: Atoms, t_atom: int, beside: list[int], protons: int) -> tuple[Atoms, list[int]]:
    """The atoms with H on some oxygens of a site, away from both of their neighbours."""
    if int(protons) != protons or not 0 <= protons <= len(beside):
        remedy = f"give a whole number from 0 to {len(beside)}."
        raise InputError(f"{protons} protons were asked for.", where="zeolite", remedy=remedy)
    length = molecular_length("H2O", 0, 1)
    first, vectors = neighbor_list("iD", atoms, BOND_STRETCH * covalent_radii[atoms.numbers])
    places = []
    for oxygen in beside:
        inward = sum(unit(vector) for vector in vectors[first == oxygen])
        places.append(atoms.positions[oxygen] - length * unit(np.asarray(inward)))
    rooms = [room(atoms, place, "H", but=(oxygen,)) for place, oxygen in zip(places, beside, strict=True)]
    chosen = sorted(range(len(beside)), key=lambda k: (-round(rooms[k], 6), k))[:protons]
    whole = atoms + Atoms("H" * protons, positions=np.reshape([places[k] for k in chosen], (-1, 3)))
    whole.wrap()
    added = list(range(len(atoms), len(whole)))
    _refuse_crowding(whole, added)
    return whole, added


def _over_pair(atoms: Atoms, t_atom: int, pair: Sequence[int], bond: float) -> FloatArray:
    """The place at a bond length from two oxygens of a site, on the far side of them."""
    steps = atoms.get_distances(t_atom, list(pair), mic=True, vector=True)
    middle = steps.mean(axis=0)
    half = float(np.linalg.norm(steps[1] - steps[0])) / 2
    return np.asarray(atoms.positions[t_atom] + middle + np.sqrt(max(bond**2 - half**2, 0.0)) * unit(middle))


def _cut(
    atoms: Atoms, t_atom: int, shells: int, active: Sequence[int]
) -> tuple[list[tuple[int, FloatArray]], list[FloatArray]]:
    """Atoms of a cluster with their places next to one another, and the places of the H that close it."""
    reach = BOND_STRETCH * covalent_radii[atoms.numbers]
    first, second, vectors = neighbor_list("ijD", atoms, reach)

    def around(atom: int) -> list[tuple[int, FloatArray]]:
        return [(int(second[k]), vectors[k]) for k in np.flatnonzero(first == atom)]

    guests = set(active) - {t_atom}
    places = {t_atom: atoms.positions[t_atom].copy()}
    rim = [t_atom]
    for _ in range(shells):
        found = [
            (t, places[one] + out + on)
            for one in rim
            for oxygen, out in around(one)
            if atoms.symbols[oxygen] == "O"
            for t, on in around(oxygen)
            if t not in guests
        ]
        rim = [t for t in dict(found) if t not in places]
        places = {**dict(found), **places}
    oxygens: dict[int, FloatArray] = {}
    caps = []
    for one, oxygen, out in [(t, o, v) for t in places for o, v in around(t) if atoms.symbols[o] == "O"]:
        inside = [t for t, on in around(oxygen) if t in places and np.allclose(places[one] + out + on, places[t])]
        if len(inside) > 1:
            oxygens[oxygen] = places[one] + out
        else:
            caps.append(places[one] + molecular_length("SiH4", 0, 1) * unit(out))
    beside = {g: oxygens[o] + on for o in oxygens for g, on in around(o) if g in guests}
    return [*places.items(), *oxygens.items(), *beside.items()], caps


def _recorded(
    atoms: Atoms, what: str, framework: str, site: str, t_atom: int, active: Sequence[int], notes: Sequence[str]
) -> Atoms:
    record = record_of(crystal(framework))
    return recorded(
        atoms,
        what=f"{what} of {framework}",
        parameters={"framework": framework, "t_site": site, "t_atom": t_atom},
        active_atoms=active,
        source=record.source,
        notes=(
            *headed("framework before the change", record.notes),
            *notes,
            "the oxygens swing to 0.9 sums of covalent radii; else unrelaxed.",
        ),
    )


def _refuse_crowding(atoms: Atoms, moved: Sequence[int]) -> None:
    refuse_crowding(atoms, moved, where="zeolite", remedy="take a smaller metal or another site.")


def _refuse_cut(parameters: Mapping[str, Any], what: str, shells: int, vacuum: float) -> None:
    if "t_atom" not in parameters:
        raise InputError(f"{what} is no zeolite.", where="zeolite cluster", remedy="build one with metal_at_t_site.")
    if shells not in (1, 2):
        raise InputError(f"{shells} shells were asked for.", where="zeolite cluster", remedy="give 1 or 2.")
    if not 0.0 < vacuum < np.inf:
        remedy = "give a positive length, such as 8."
        raise InputError(f"a vacuum of {vacuum} Angstrom was asked for.", where="zeolite cluster", remedy=remedy)
