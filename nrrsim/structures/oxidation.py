"""How reduced an oxide of molybdenum is: composition, x of MoO3-x, mean oxidation state, bond valence sums.

The oxidation state here is nominal: it follows from neutrality with O 2-, S 2- and H 1+, and so is a mean over all Mo.
Which Mo holds the electrons is a matter of electronic structure; bond valence sums give a hint from bond lengths alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list

from nrrsim.errors import InputError
from nrrsim.structures.crystals import bond_valence_parameters

METAL = "Mo"
FORMAL_CHARGES: Mapping[str, int] = MappingProxyType({"O": -2, "S": -2, "H": 1})  # of all elements beside the metal
ANIONS_PER_METAL = 3  # of the full oxide MoO3

_FARTHEST_BOND = 3.5  # Angstrom; a longer Mo-O bond would add less than 0.02 to a sum


def composition(atoms: Atoms) -> dict[str, int]:
    """Atoms of each element, in alphabetical order."""
    return dict(sorted(Counter(atoms.symbols).items()))


def oxygen_deficiency(atoms: Atoms) -> float:
    """The x of MoO3-x: x = 3 - (n_O + n_S) / n_Mo.

    Sulfur that stands for oxygen leaves x unchanged, and hydrogen (a bronze HyMoO3-x) does not enter.

    Raises
    ------
    InputError
        If there is no Mo, or an element beside Mo, O, S and H.
    """
    counts = _counts(atoms)
    return ANIONS_PER_METAL - (counts.get("O", 0) + counts.get("S", 0)) / counts[METAL]


def mean_oxidation_state(atoms: Atoms) -> float:
    """Nominal mean oxidation state of Mo in a neutral structure: z = (2 n_O + 2 n_S - n_H) / n_Mo.

    Adsorbates that bring other charges (N2, NHx) are no part of this count: take it of the bare surface. Below 0 the
    formal charges have lost their meaning.

    Raises
    ------
    InputError
        As for `oxygen_deficiency`, or if the state would be outside 0 to 6.

    Examples
    --------
    >>> from nrrsim.structures.crystals import crystal
    >>> mean_oxidation_state(crystal("MoO3"))
    6.0
    """
    counts = _counts(atoms)
    charge = sum(FORMAL_CHARGES[element] * n for element, n in counts.items() if element != METAL)
    state = -charge / counts[METAL]
    if not 0.0 <= state <= 2 * ANIONS_PER_METAL:
        raise InputError(
            f"the nominal oxidation state of {METAL} comes out as {state:+.2f}, which is outside 0 to 6.",
            remedy="remove adsorbates before asking, and check the composition.",
        )
    return state


def bond_valence_sums(atoms: Atoms) -> dict[int, float]:
    """Bond valence sum of each Mo by its index: V = sum_j exp((R0 - R_j) / B) over its O and S neighbours.

    The parameters are those of Mo6+ for every Mo, so that a sum well below 6 says reduced, not by exactly how much;
    of an unrelaxed vacancy it merely counts the bonds lost.

    Raises
    ------
    InputError
        If there is no Mo.
    """
    metals = np.flatnonzero(atoms.symbols == METAL)
    if not len(metals):
        raise _no_metal(atoms)
    sums = dict.fromkeys(metals.tolist(), 0.0)
    for (metal, anion), (R0, B) in bond_valence_parameters()[0].items():
        bonds = neighbor_list("id", atoms, {(metal, anion): _FARTHEST_BOND})
        for index, length in zip(*bonds, strict=True):
            if int(index) in sums:
                sums[int(index)] += float(np.exp((R0 - length) / B))
    return sums


def _counts(atoms: Atoms) -> dict[str, int]:
    counts = composition(atoms)
    if METAL not in counts:
        raise _no_metal(atoms)
    unknown = sorted(set(counts) - {METAL, *FORMAL_CHARGES})
    if unknown:
        raise InputError(
            f"{', '.join(unknown)} in {atoms.symbols} has no formal charge here.",
            remedy=f"take the count of a structure of {METAL}, {', '.join(FORMAL_CHARGES)} only, without adsorbates.",
        )
    return counts


def _no_metal(atoms: Atoms) -> InputError:
    return InputError(f"there is no {METAL} in {atoms.symbols}.", remedy="give an oxide of molybdenum.")
