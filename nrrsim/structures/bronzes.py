"""Hydrogen bronzes HyMoO3-x: hydrogen on oxygens of an oxide surface, placed by geometry alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from ase import Atom, Atoms
from ase.data import atomic_numbers, covalent_radii
from numpy.typing import NDArray

from nrrsim.errors import InputError
from nrrsim.structures.bonding import bonded_metals
from nrrsim.structures.record import changed_notes, record_of, recorded
from nrrsim.structures.seats import seat
from nrrsim.structures.symmetry import keep_vacuum
from nrrsim.structures.vacancies import chosen_oxygens

ROOM = (
    1.4  # least distance of a hydrogen to any atom but its oxygen [Angstrom]; the next molecule's contact is 1.5 to 2
)

_LENGTH = float(sum(covalent_radii[atomic_numbers[element]] for element in "OH"))  # of O-H [Angstrom]
_SHARE = 0.5  # of the valence of oxygen that its metals keep
_FLAT = 1e-3  # sum of unit bond vectors below which no side of an oxygen is the open one


def insert_hydrogen(slab: Atoms, oxygens: Sequence[int]) -> Atoms:
    """The slab with one hydrogen on each of some oxygens, unrelaxed.

    A terminal oxygen is drawn away from its metal atom until half of its valence of two is left for the bond, the other
    half being the hydrogen's: an Mo=O of 1.67 Angstrom becomes an Mo-OH of 1.93. Bridging ones stay, for only their
    metal atoms could make room. Hydrogen stands on the open side of its oxygen, opposite to the sum of the unit vectors
    to the metal atoms, at the sum of the covalent radii. Which oxygens hold hydrogen in a bronze is the caller's
    choice: this is a start for a relaxation, not a structure.

    Parameters
    ----------
    slab : ase.Atoms
        A surface with its record.
    oxygens : sequence of int
        Oxygens that become OH.

    Returns
    -------
    ase.Atoms
        Hydrogens last, tagged as their oxygens; the active atoms are those of the slab and the hydrogens.

    Raises
    ------
    InputError
        If an index is repeated or no oxygen, an oxygen has no open side, or there is no room for its hydrogen.
    """
    record = record_of(slab)
    bronze = slab.copy()
    bronze.set_constraint()
    hydrogens = {}
    for oxygen, (metals, vectors) in bonded_metals(slab, chosen_oxygens(slab, oxygens)).items():
        place = _drawn(bronze, oxygen, metals.tolist(), vectors)
        side = _open_side(oxygen, vectors - (place - bronze.positions[oxygen]))
        bronze.positions[oxygen] = place
        hydrogens[oxygen] = Atom("H", place + _LENGTH * side, tag=int(slab.get_tags()[oxygen]))
    for hydrogen in hydrogens.values():
        bronze.append(hydrogen)
    bronze.set_constraint(slab.constraints)
    keep_vacuum(bronze, slab)
    _refuse_contacts(bronze, list(hydrogens), len(slab))
    return recorded(
        bronze,
        what=f"{record.what} with hydrogen",
        parameters={"slab": record.what, "of": dict(record.parameters), "hydrogenated": list(hydrogens)},
        active_atoms=[*record.active_atoms, *range(len(slab), len(bronze))],
        source=record.source,
        notes=changed_notes(
            slab,
            slab.positions[list(hydrogens)],
            f"{len(hydrogens)} hydrogen on oxygen, placed by geometry; only terminal oxygens moved for it.",
        ),
    )


def _drawn(bronze: Atoms, oxygen: int, metals: list[int], vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where the oxygen of an OH stands [Angstrom], shape (3,)."""
    if len(metals) != 1:
        return np.asarray(bronze.positions[oxygen])
    place = seat(bronze, oxygen, "O", neighbours=metals, vectors=vectors, keeps=_SHARE)
    if place is None:
        raise InputError(
            f"oxygen {oxygen} has no room for the longer bond to its metal atom.",
            remedy="choose another oxygen, or place the hydrogen by hand.",
        )
    return place


def _open_side(oxygen: int, vectors: NDArray[np.float64]) -> NDArray[np.float64]:
    """Unit vector away from the metal atoms at `vectors`, shape (bonds, 3)."""
    towards = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).sum(axis=0)
    size = float(np.linalg.norm(towards))
    if size < _FLAT:
        raise InputError(
            f"oxygen {oxygen} has no open side: its bonds point in opposite directions.",
            remedy="choose another oxygen, or place the hydrogen by hand.",
        )
    return np.asarray(-towards / size)


def _refuse_contacts(bronze: Atoms, oxygens: list[int], first: int) -> None:
    """Refuse a hydrogen closer to another atom than there is room."""
    for hydrogen, oxygen in enumerate(oxygens, start=first):
        others = [atom for atom in range(len(bronze)) if atom not in (oxygen, hydrogen)]
        nearest = float(min(bronze.get_distances(hydrogen, others, mic=True)))
        if nearest < ROOM:
            raise InputError(
                f"the hydrogen on oxygen {oxygen} would stand {nearest:.2f} Angstrom from another atom.",
                remedy="choose another oxygen, or place the hydrogen by hand.",
            )
