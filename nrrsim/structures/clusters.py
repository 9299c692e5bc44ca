"""Free metal clusters of two to nineteen atoms of any transition metals: dimers to icosahedra and octahedra.

Bond lengths are starting values: the nearest-neighbour distance of the metal's crystal, unscaled. Two metals meet at
the mean of their distances, as touching spheres do. Small clusters relax to bonds some per cent shorter.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import product
from math import sqrt
from typing import Any, Literal, TypeAlias

import numpy as np
from ase import Atoms
from ase.data import atomic_numbers, chemical_symbols, covalent_radii, reference_states
from numpy.typing import NDArray
from pymatgen.core.periodic_table import Element
from scipy.optimize import brentq
from scipy.spatial.distance import pdist, squareform

from nrrsim.errors import InputError, nearest
from nrrsim.structures.closeness import CLOSEST
from nrrsim.structures.record import recorded

Metals: TypeAlias = str | Sequence[str]
Moments: TypeAlias = Literal["ferromagnetic"] | Sequence[float] | None
FloatArray: TypeAlias = NDArray[np.float64]

GROUPS = {
    chemical_symbols[number]: group
    for first in (21, 39, 71)
    for group, number in enumerate(range(first, first + 10), start=3)
} | {"La": 3}
D_BLOCK = tuple(sorted(GROUPS))

NEIGHBOUR = 1.2  # atoms within this many of the metal's distances are neighbours

SOURCE = "nearest-neighbour distances of the experimental crystals, ase.data.reference_states (Kittel)"
_MANGANESE_NOTE = "Mn: twice the metallic radius that pymatgen ships; alpha-Mn has no single neighbour distance."


def bond_length(metal: str) -> float:
    """Nearest-neighbour distance of a transition metal in its crystal [Angstrom].

    fcc a/sqrt(2); bcc a sqrt(3)/2; hcp the shorter of a and sqrt(a^2/3 + c^2/4); rhombohedral a; Mn twice its
    metallic radius.

    Raises
    ------
    InputError
        If the symbol is no d-block metal.

    Examples
    --------
    >>> round(bond_length("Fe"), 3)
    2.485
    """
    require_d_block(metal, where="cluster")
    if metal == "Mn":
        return 2 * float(Element(metal).metallic_radius)
    crystal: Any = reference_states[atomic_numbers[metal]]
    a = float(crystal["a"])
    if crystal["symmetry"] == "hcp":
        return float(min(a, a * sqrt(1 / 3 + crystal["c/a"] ** 2 / 4)))
    return a * {"fcc": 1 / sqrt(2), "bcc": sqrt(3) / 2, "rhombohedral": 1.0}[crystal["symmetry"]]


def initial_moment(metal: str) -> float:
    """A high-spin start for the moment of a metal atom in a cluster [mu_B].

    Hund's rule on d^(g-1) s^1 with g the group: min(n, 10 - n) unpaired d electrons, n = g - 1. Metals of the 4d and
    5d rows start at half of it, since they keep smaller moments. A start for the SCF, no prediction.

    Raises
    ------
    InputError
        If the symbol is no d-block metal.

    Examples
    --------
    >>> initial_moment("Fe"), initial_moment("Ru"), initial_moment("Cu")
    (3.0, 1.5, 0.0)
    """
    require_d_block(metal, where="cluster")
    n = min(GROUPS[metal] - 1, 10)
    unpaired = float(min(n, 10 - n))
    return unpaired if atomic_numbers[metal] <= 30 else unpaired / 2


def m2(metals: Metals, *, vacuum: float = 8.0, moments: Moments = None) -> Atoms:
    """A dimer.

    Parameters
    ----------
    metals : str or sequence of str
        One metal, or two.
    vacuum : float
        Free space on each side of the cluster [Angstrom].
    moments : "ferromagnetic", sequence of float, shape (2,), or None
        Initial magnetic moments [mu_B]: all up by `initial_moment`, as given, or none.

    Returns
    -------
    ase.Atoms
        In a non-periodic box; every atom is active.

    Raises
    ------
    InputError
        If a metal is unknown, or the number of metals or moments does not fit.
    """
    symbols = _symbols(metals, 2)
    return _cluster(symbols, _touching(symbols), what="dimer", vacuum=vacuum, moments=moments)


def m3(
    metals: Metals,
    *,
    shape: Literal["triangle", "linear"] = "triangle",
    vacuum: float = 8.0,
    moments: Moments = None,
) -> Atoms:
    """Three atoms, as a triangle or in a line; parameters and errors as in `m2`."""
    symbols = _symbols(metals, 3)
    _require_shape(shape, ("triangle", "linear"))
    positions = _touching(symbols) if shape == "triangle" else _line(symbols)
    return _cluster(symbols, positions, what=f"{shape} of three", vacuum=vacuum, moments=moments)


def m4(
    metals: Metals,
    *,
    shape: Literal["tetrahedron", "rhombus"] = "tetrahedron",
    vacuum: float = 8.0,
    moments: Moments = None,
) -> Atoms:
    """Four atoms, as a tetrahedron or a planar rhombus of two triangles; parameters and errors as in `m2`.

    In the rhombus, the first two atoms stand on the short diagonal; its edge is the mean of the metals' distances.
    """
    symbols = _symbols(metals, 4)
    _require_shape(shape, ("tetrahedron", "rhombus"))
    if shape == "tetrahedron":
        positions = _touching(symbols)
    else:
        rhombus = np.array([[-0.5, 0, 0], [0.5, 0, 0], [0, sqrt(3) / 2, 0], [0, -sqrt(3) / 2, 0]])
        positions = rhombus * _mean_length(symbols)
    return _cluster(symbols, positions, what=f"{shape} of four", vacuum=vacuum, moments=moments)


def octahedron(metal: str, *, substitute: str | None = None, vacuum: float = 8.0, moments: Moments = None) -> Atoms:
    """Six atoms on an octahedron, one of them a substitute where one is named (M5X).

    Parameters
    ----------
    metal : str
        The host; its crystal's distance is the edge.
    substitute : str or None
        The metal of atom 0: in the host's place, or further out on its axis where it is larger, at the mean of the two
        metals' distances from its four neighbours.
    vacuum, moments
        As in `m2`.

    Raises
    ------
    InputError
        As in `m2`.
    """
    symbols = [substitute or metal, *[metal] * 5]
    corners = np.vstack([np.eye(3), -np.eye(3)])
    positions = _seated(corners * bond_length(metal) / sqrt(2), symbols, 0)
    return _cluster(symbols, positions, what="octahedron", vacuum=vacuum, moments=moments)


def m13(
    metal: str,
    *,
    centre: str | None = None,
    shell_substitute: str | None = None,
    vacuum: float = 8.0,
    moments: Moments = None,
) -> Atoms:
    """Thirteen atoms, an icosahedral shell (atoms 1 to 12) around a centre (atom 0).

    The mean of its 12 radial and 30 edge bonds is the host's crystal distance; radial bonds are 4.9 % shorter than
    edges in any icosahedron. Substitutes take the host's place unrelaxed, but a larger one in the shell moves outwards
    until the mean of its six bonds has grown by what the mean of the two metals' distances exceeds the host's. The
    shell is active.

    Parameters
    ----------
    metal : str
        The host.
    centre, shell_substitute : str or None
        Metals of atom 0 and atom 1.
    vacuum, moments
        As in `m2`.

    Raises
    ------
    InputError
        As in `m2`, or if the centre is too large for the shell.
    """
    symbols = [centre or metal, shell_substitute or metal, *[metal] * 11]
    golden = (1 + sqrt(5)) / 2
    quarter = [(0.0, s, t * golden) for s in (1, -1) for t in (1, -1)]
    shell = np.array([np.roll(corner, turn) for turn in range(3) for corner in quarter])  # edge 2
    radius = sqrt(1 + golden**2)
    scale = bond_length(metal) * 42 / (12 * radius + 30 * 2)
    positions = _seated(np.vstack([np.zeros(3), shell * scale]), symbols, 1)
    active = range(1, 13)
    return _cluster(symbols, positions, what="icosahedron", vacuum=vacuum, moments=moments, active=active)


def m10(metal: str, *, vacuum: float = 8.0, moments: Moments = None) -> Atoms:
    """Ten atoms, the close-packed tetrahedron with three atoms on each edge; parameters and errors as in `m2`.

    All ten stand at its surface and are active.
    """
    require_d_block(metal, where="cluster")
    steps = np.array([step for step in product(range(3), repeat=3) if sum(step) <= 2])
    positions = steps @ np.array([[0, 1, 1], [1, 0, 1], [1, 1, 0]]) * bond_length(metal) / sqrt(2)
    return _cluster([metal] * 10, positions, what="tetrahedron of ten", vacuum=vacuum, moments=moments)


def m19(metal: str, *, vacuum: float = 8.0, moments: Moments = None) -> Atoms:
    """Nineteen atoms, the octahedron with three atoms on each edge in fcc packing; parameters and errors as in `m2`.

    Atom 0 is the centre, with twelve neighbours; the other eighteen, six corners and twelve edge atoms, are active.
    """
    require_d_block(metal, where="cluster")
    points = [p for p in product(range(-2, 3), repeat=3) if sum(map(abs, p)) in (0, 2)]
    points.sort(key=lambda p: (sum(map(abs, p)), max(map(abs, p))))
    positions = np.array(points, dtype=float) * bond_length(metal) / sqrt(2)
    active = range(1, 19)
    return _cluster([metal] * 19, positions, what="octahedron of 19", vacuum=vacuum, moments=moments, active=active)


def require_d_block(metal: str, *, where: str) -> None:
    """Refuse what is no d-block metal.

    Raises
    ------
    InputError
        With the nearest known symbols.
    """
    if metal not in D_BLOCK:
        known = metal in atomic_numbers and metal != "X"
        what = f"'{metal}' is not a d-block metal." if known else f"'{metal}' is not an element."
        raise InputError(what, where=where, remedy=f"name a transition metal; {nearest(str(metal), D_BLOCK)}")


def _require_shape(shape: str, known: tuple[str, ...]) -> None:
    if shape not in known:
        raise InputError(f"the shape '{shape}' is not known.", where="cluster", remedy=nearest(shape, known))


def _symbols(metals: Metals, count: int) -> list[str]:
    """One symbol for each atom."""
    symbols = [metals] * count if isinstance(metals, str) else list(metals)
    for symbol in symbols:
        require_d_block(symbol, where="cluster")
    if len(symbols) != count:
        what = f"found {len(symbols)} metals for a cluster of {count} atoms."
        raise InputError(what, where="cluster", remedy=f"give one metal or {count}.")
    return symbols


def _mean_length(symbols: Sequence[str]) -> float:
    return float(np.mean([bond_length(symbol) for symbol in symbols]))


def _touching(symbols: Sequence[str]) -> FloatArray:
    """Positions of up to four spheres that all touch one another, shape (n, 3).

    The second lies along x from the first, the third in the plane of x and y, the fourth above: the rows of the
    Cholesky factor of their scalar products, which the distances give.
    """
    radii = np.array([bond_length(symbol) / 2 for symbol in symbols])
    squares = (radii[:, None] + radii) ** 2 * (1 - np.eye(len(radii)))
    products = (squares[1:, :1] + squares[:1, 1:] - squares[1:, 1:]) / 2
    positions = np.zeros((len(radii), 3))
    positions[1:, : len(radii) - 1] = np.linalg.cholesky(products)
    return positions


def _line(symbols: Sequence[str]) -> FloatArray:
    """Touching spheres in a row along x, shape (n, 3)."""
    radii = np.array([bond_length(symbol) / 2 for symbol in symbols])
    positions = np.zeros((len(radii), 3))
    positions[1:, 0] = np.cumsum(radii[:-1] + radii[1:])
    return positions


def _seated(positions: FloatArray, symbols: Sequence[str], atom: int) -> FloatArray:
    """The positions with one atom, if larger than the rest, moved outwards until its mean bond is its pair's."""
    host = bond_length(symbols[-1])
    longer = (bond_length(symbols[atom]) - host) / 2
    if longer <= 0:
        return positions
    steps = np.delete(positions, atom, axis=0) - positions[atom]
    steps = steps[np.linalg.norm(steps, axis=1) < NEIGHBOUR * host]
    outward = positions[atom] / np.linalg.norm(positions[atom])

    def change(shift: float) -> float:
        lengths = np.linalg.norm(steps - shift * outward, axis=1)
        return float(lengths.mean() - np.linalg.norm(steps, axis=1).mean() - longer)

    moved = positions.copy()
    moved[atom] += brentq(change, 0.0, 2 * host) * outward
    return moved


def _refuse_crowding(symbols: Sequence[str], positions: FloatArray) -> None:
    """Refuse metals too different in size for their cluster."""
    radii = covalent_radii[[atomic_numbers[symbol] for symbol in symbols]]
    ratios = squareform(pdist(positions)) / (radii[:, None] + radii) + np.diag(np.full(len(radii), np.inf))
    first, second = (int(i) for i in np.unravel_index(int(np.argmin(ratios)), ratios.shape))
    if ratios[first, second] < CLOSEST:
        raise InputError(
            f"{symbols[first]} and {symbols[second]} come to {ratios[first, second]:.2f} sums of covalent radii.",
            where="cluster",
            remedy=f"take metals of more similar size; {CLOSEST} is the least.",
        )


def _moments(symbols: Sequence[str], moments: Moments) -> list[float] | None:
    if moments is None:
        return None
    if isinstance(moments, str):
        if moments != "ferromagnetic":
            remedy = "give 'ferromagnetic', one number for each atom, or None."
            raise InputError(f"the moments '{moments}' are not known.", where="cluster", remedy=remedy)
        return [initial_moment(symbol) for symbol in symbols]
    if len(moments) != len(symbols):
        what = f"found {len(moments)} moments for {len(symbols)} atoms."
        raise InputError(what, where="cluster", remedy="give one number for each atom.")
    return [float(moment) for moment in moments]


def _cluster(
    symbols: Sequence[str],
    positions: FloatArray,
    *,
    what: str,
    vacuum: float,
    moments: Moments,
    active: Sequence[int] | None = None,
) -> Atoms:
    """The atoms in their box with their record."""
    for symbol in symbols:
        require_d_block(symbol, where="cluster")
    if not 0 < vacuum < 1000:
        raise InputError(f"the vacuum is {vacuum:g} Angstrom.", where="cluster", remedy="give some Angstrom, as 8.")
    _refuse_crowding(symbols, positions)
    starts = _moments(symbols, moments)
    atoms: Any = Atoms(list(symbols), positions=positions, magmoms=starts)
    atoms.center(vacuum=vacuum)
    notes = ["starting geometry with bulk distances, not relaxed."] + [_MANGANESE_NOTE] * ("Mn" in symbols)
    return recorded(
        atoms,
        what=f"{atoms.get_chemical_formula()} {what}",
        parameters={"metals": list(symbols), "vacuum": float(vacuum), "moments": starts},
        active_atoms=range(len(symbols)) if active is None else active,
        source=SOURCE,
        notes=notes,
    )
