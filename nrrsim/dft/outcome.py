"""What a structure became: whether a relaxation kept what was meant, judged by distances alone."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from itertools import combinations
from typing import TypeAlias

import networkx as nx
import numpy as np
from ase import Atoms
from ase.data import covalent_radii
from ase.neighborlist import neighbor_list
from numpy.typing import NDArray

from nrrsim.structures.sites import adsorbate_atoms

# all in sums of covalent radii
COLLAPSED = 0.6  # two atoms nearer than this are no chemistry
CLEAR_BOND = 1.2  # two atoms nearer than this are bonded without doubt
BONDED = 1.3
NO_BOND = 1.4  # two farther than this are not, without doubt
ALONE = 1.6  # an atom without any neighbour in this is on its own

_MOVED = "moved to another site"
_LEFT = "left the"

Pairs = frozenset[tuple[int, int]]
FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]


def what_became(start: Atoms, final: Atoms, *, adsorbates: Sequence[Sequence[int]] | None = None) -> str:
    """A sentence where the final structure is not what was meant, else empty.

    Parameters
    ----------
    start, final : ase.Atoms
        The same atoms, before and after.
    adsorbates : sequence of sequence of int, or None
        The atoms of each adsorbate; None takes them from the record of the start, none where it has none.

    Returns
    -------
    str
        The first that holds of: atoms too near to each other, an atom on its own, a structure in pieces, an adsorbate
        that dissociated, two that joined, one that left, one on another site.
    """
    guests = adsorbate_atoms(start) if adsorbates is None else tuple(tuple(guest) for guest in adsorbates)
    guests = tuple(guest for guest in guests if guest and max(guest) < len(final))
    host = sorted(set(range(len(final))) - {atom for guest in guests for atom in guest})
    for judged in (
        _too_near(final),
        _flown(start, final),
        _in_pieces(start, final, host),
        *(_dissociated(start, final, guest) for guest in guests),
        *(_joined(start, final, first, second) for first, second in combinations(guests, 2)),
        *(_left(start, final, guest, host) for guest in guests),
        *(_moved(start, final, guest, host) for guest in guests),
    ):
        if judged:
            return judged
    return ""


def same_state(meant: Atoms, found: Atoms) -> str:
    """A sentence where a structure is another state than one with adsorbates of nrrsim's, else empty.

    It is the same where its adsorbates hold the same bonds among themselves, wherever they stand, and atoms of one
    element may have changed places. What the record of the first calls one adsorbate does not count, bonds do: so it
    may be the other end of a path that begins with those adsorbates.

    Parameters
    ----------
    meant, found : ase.Atoms
        The same atoms in the same order.
    """
    guests = [i for guest in adsorbate_atoms(meant) for i in guest]
    before, after = (_bonded(atoms, guests) for atoms in (meant, found))
    alike = nx.isomorphism.GraphMatcher(before, after, node_match=lambda one, other: one == other)
    if not alike.is_isomorphic():
        now, then = (_molecules(found, graph) for graph in (after, before))
        return f"its adsorbates became {', '.join(now)}{', bonded otherwise' if now == then else ''}."
    exchanged = found.copy()
    exchanged.positions[list(alike.mapping)] = found.positions[list(alike.mapping.values())]
    parts = [sorted(part) for part in nx.connected_components(before)]
    became = what_became(meant, exchanged, adsorbates=parts)
    return "" if merely_moved(became) else became


def _molecules(atoms: Atoms, graph: nx.Graph[int]) -> list[str]:
    return sorted(_formula(atoms, sorted(part)) for part in nx.connected_components(graph))


def _bonded(atoms: Atoms, members: Sequence[int]) -> nx.Graph[int]:
    """Some atoms with the bonds among them."""
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from((i, {"element": atoms.symbols[i]}) for i in members)
    graph.add_edges_from(pair for pair in bonds(atoms) if set(members).issuperset(pair))
    return graph


def merely_moved(reason: str) -> bool:
    """Whether a reason of `what_became` is only that an adsorbate, whole and bound, stands elsewhere."""
    return _MOVED in reason


def merely_left(reason: str) -> bool:
    """Whether a reason of `what_became` is that an adsorbate left, whole."""
    return _LEFT in reason


def partner(atoms: Atoms, guest: Sequence[int]) -> str:
    """The element of the atom that an adsorbate is nearest to, in sums of covalent radii."""
    radii, others = covalent_radii[atoms.numbers], [i for i in range(len(atoms)) if i not in guest]
    gaps = {i: atoms.get_distances(i, list(guest), mic=True) / (radii[i] + radii[list(guest)]) for i in others}
    return str(atoms.symbols[min(gaps, key=lambda i: float(gaps[i].min()))])


def feet(atoms: Atoms, guest: Sequence[int]) -> int:
    """How many atoms of an adsorbate, hydrogen aside, are bonded to what it stands on."""
    ours = {i for i in guest if atoms.symbols[i] != "H"}
    touching = [pair for pair in bonds(atoms) if len(pair) == 2 and len(set(guest).intersection(pair)) == 1]
    return len({atom for pair in touching for atom in pair if atom in ours})


def widest_gap(atoms: Atoms, guests: Sequence[Sequence[int]]) -> float:
    """From the adsorbate that stands farthest off to its nearest atom of the host, in sums of covalent radii."""
    radii, inside = covalent_radii[atoms.numbers], {i for guest in guests for i in guest}
    host = [i for i in range(len(atoms)) if i not in inside]
    if not host:
        return 0.0

    def gap(guest: Sequence[int]) -> float:
        return min(
            float((atoms.get_distances(i, host, mic=bool(atoms.pbc.any())) / (radii[i] + radii[host])).min())
            for i in guest
        )

    return max((gap(guest) for guest in guests), default=0.0)


def bonds(atoms: Atoms, *, within: float = BONDED) -> Pairs:
    """Pairs of atoms within a number of sums of covalent radii, periodic images included."""
    shape = atoms.numbers.tobytes(), atoms.positions.tobytes(), atoms.cell[:].tobytes(), tuple(atoms.pbc.tolist())
    first, second, ratios = _contacts(*shape, max(within, ALONE))
    close = (ratios < within) & (first <= second)
    return frozenset(zip(first[close].tolist(), second[close].tolist(), strict=True))


@lru_cache(maxsize=1024)
def _contacts(
    numbers: bytes, positions: bytes, cell: bytes, pbc: tuple[bool, ...], reach: float
) -> tuple[IntArray, IntArray, FloatArray]:
    """Pairs of atoms, both ways, and their distances in sums of covalent radii: a structure is asked a dozen times."""
    kinds = np.frombuffer(numbers, dtype=int)
    structure = Atoms(kinds, np.frombuffer(positions).reshape(-1, 3), cell=np.frombuffer(cell).reshape(3, 3), pbc=pbc)
    radii = covalent_radii[kinds]
    first, second, lengths = neighbor_list("ijd", structure, reach * radii)
    return first, second, lengths / (radii[first] + radii[second])


def _too_near(final: Atoms) -> str:
    near = sorted(bonds(final, within=COLLAPSED))
    if not near:
        return ""
    i, j = near[0]
    length = final.get_distance(i, j, mic=bool(final.pbc.any()))
    return f"{_name(final, i)} and {_name(final, j)} are too near to each other ({length:.2f} Angstrom)."


def _flown(start: Atoms, final: Atoms) -> str:
    before, after = (_with_neighbours(atoms) for atoms in (start, final))
    gone = sorted(before - after)
    named = ", ".join(_name(final, i) for i in gone)
    return f"{named} flew away, without any neighbour now." if gone else ""


def _with_neighbours(atoms: Atoms) -> set[int]:
    return {atom for pair in bonds(atoms, within=ALONE) for atom in pair}


def _in_pieces(start: Atoms, final: Atoms, host: Sequence[int]) -> str:
    before, after = (_pieces(bonds(atoms, within=NO_BOND), host) for atoms in (start, final))
    if after <= before:
        return ""
    what = "structure" if final.pbc.any() else "cluster"
    return f"the {what} fell apart into {after} pieces, from {before}."


def _pieces(links: Pairs, members: Sequence[int]) -> int:
    graph: nx.Graph[int] = nx.Graph()
    graph.add_nodes_from(members)
    inside = set(members)
    graph.add_edges_from(pair for pair in links if inside.issuperset(pair))
    return int(nx.number_connected_components(graph)) if members else 0


def _dissociated(start: Atoms, final: Atoms, guest: Sequence[int]) -> str:
    inside = set(guest)
    before, after = ({p for p in bonds(atoms) if inside.issuperset(p)} for atoms in (start, final))
    broken = sorted(before - after)
    if not broken:
        return ""
    named = ", ".join(f"{_name(final, i)}-{_name(final, j)}" for i, j in broken)
    whole = _pieces(frozenset(after), guest) == 1
    return f"the adsorbate {_formula(final, guest)} {'rearranged' if whole else 'dissociated'}: {named} broke."


def _joined(start: Atoms, final: Atoms, first: Sequence[int], second: Sequence[int]) -> str:
    def across(atoms: Atoms) -> set[tuple[int, int]]:
        return {p for p in bonds(atoms) if len({p[0], p[1]} & set(first)) == 1 == len({p[0], p[1]} & set(second))}

    new = sorted(across(final) - across(start))
    if not new:
        return ""
    i, j = new[0]
    return f"{_formula(final, first)} and {_formula(final, second)} joined by {_name(final, i)}-{_name(final, j)}."


def _left(start: Atoms, final: Atoms, guest: Sequence[int], host: Sequence[int]) -> str:
    if not _site(start, guest, host, NO_BOND) or _site(final, guest, host, NO_BOND):
        return ""
    return f"the adsorbate {_formula(final, guest)} {_LEFT} {'surface' if final.pbc.any() else 'cluster'}."


def _moved(start: Atoms, final: Atoms, guest: Sequence[int], host: Sequence[int]) -> str:
    """Atoms bonded without doubt on one side and not bonded, without doubt, on the other."""
    lost = _site(start, guest, host, CLEAR_BOND) - _site(final, guest, host, NO_BOND)
    gained = _site(final, guest, host, CLEAR_BOND) - _site(start, guest, host, NO_BOND)
    if not (lost or gained):
        return ""
    where = ", ".join(_name(final, i) for i in sorted(_site(final, guest, host, BONDED)))
    return f"the adsorbate {_formula(final, guest)} {_MOVED}, at {where}."


def _site(atoms: Atoms, guest: Sequence[int], host: Sequence[int], within: float) -> set[int]:
    """Atoms of the host that are bonded to an adsorbate."""
    ours, theirs = set(guest), set(host)
    touching = [p for p in bonds(atoms, within=within) if len(ours.intersection(p)) == 1]
    return {atom for pair in touching for atom in pair if atom in theirs}


def _name(atoms: Atoms, index: int) -> str:
    return f"{atoms.symbols[index]}{index}"


def _formula(atoms: Atoms, guest: Sequence[int]) -> str:
    chosen: Atoms = atoms[list(guest)]
    return str(chosen.get_chemical_formula())
