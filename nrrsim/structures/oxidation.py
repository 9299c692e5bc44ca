"""How reduced an oxide or sulfide is: composition, x of MoO3-x, mean oxidation state, bond valence sums of Mo.

The oxidation state here is nominal: it follows from neutrality with O 2-, S 2- and H 1+, and so is a mean over all
atoms of the metal. Which of them hold the electrons is a matter of electronic structure; bond valence sums give a hint
from bond lengths alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from types import MappingProxyType

import numpy as np
from ase import Atoms
from ase.neighborlist import neighbor_list
from pymatgen.core.periodic_table import Element

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
    counts = _counts(atoms, METAL)
    return ANIONS_PER_METAL - (counts.get("O", 0) + counts.get("S", 0)) / counts[METAL]


def mean_oxidation_state(atoms: Atoms, *, metal: str | None = None) -> float:
    """Nominal mean oxidation state of the metal in a neutral structure: z = (2 n_O + 2 n_S - n_H) / n_metal.

    Adsorbates that bring other charges (N2, NHx) are no part of this count: take it of the bare surface. Below 0 the
    formal charges have lost their meaning.

    Parameters
    ----------
    atoms : ase.Atoms
        One metal with O, S and H.
    metal : str or None
        Which; None takes the one there is.

    Raises
    ------
    InputError
        If there is no such metal, or an element beside it, O, S and H, or if the state would be outside 0 to the
        highest that the metal is known in.

    Examples
    --------
    >>> from nrrsim.structures.crystals import crystal
    >>> mean_oxidation_state(crystal("MoO3")), mean_oxidation_state(crystal("CeO2"))
    (6.0, 4.0)
    """
    named = _only_metal(atoms) if metal is None else metal
    counts = _counts(atoms, named)
    charge = sum(FORMAL_CHARGES[element] * n for element, n in counts.items() if element != named)
    state, highest = -charge / counts[named], max(Element(named).oxidation_states)
    if not 0.0 <= state <= highest:
        raise InputError(
            f"the nominal oxidation state of {named} comes out as {state:+.2f}, which is outside 0 to {highest}.",
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


def _only_metal(atoms: Atoms) -> str:
    """The element beside those with formal charges."""
    metals = [element for element in composition(atoms) if Element(element).is_metal]
    if len(metals) != 1:
        raise InputError(
            f"{atoms.symbols} holds {len(metals)} metals: {', '.join(metals) or 'none'}.",
            remedy="take the count of a structure of one metal with O, S and H.",
        )
    return metals[0]


def _counts(atoms: Atoms, metal: str) -> dict[str, int]:
    counts = composition(atoms)
    if metal not in counts:
        raise _no_metal(atoms, metal)
    unknown = sorted(set(counts) - {metal, *FORMAL_CHARGES})
    if unknown:
        raise InputError(
            f"{', '.join(unknown)} in {atoms.symbols} has no formal charge here.",
            remedy=f"take the count of a structure of {metal}, {', '.join(FORMAL_CHARGES)} only, without adsorbates.",
        )
    return counts


def _no_metal(atoms: Atoms, metal: str = METAL) -> InputError:
    return InputError(f"there is no {metal} in {atoms.symbols}.", remedy=f"give a compound of {metal}.")
