"""Edges of 2H-MoS2: ribbons that stand on their edge, the Mo edge (1 0 -1 0) or the S edge (-1 0 1 0) upwards.

Rows of Mo run along x, one above the other along z; y is the normal of the sheet. Every Mo of the crystal has one pair
of sulfurs on one side of its row and two pairs on the other, each shared with the next Mo. Cutting between the rows
therefore leaves two different edges, and a ribbon has one of each. Their sulfur is given as the share of what a
full edge holds, two atoms per Mo:

    share   Mo edge                               S edge
    1       a pair over each Mo, as in the crystal   a pair between two Mo, as in the crystal
    0.5     one S between two Mo, in their plane  one S between two Mo, in their plane
    0       bare Mo with four neighbours          bare Mo with two neighbours

The lone sulfurs stand at the crystal's Mo-S length from both Mo.
"""

from __future__ import annotations

from math import sqrt
from typing import Literal, NamedTuple

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms

from nrrsim.errors import InputError
from nrrsim.structures.crystals import crystal, entry_of
from nrrsim.structures.record import recorded

COVERAGES = {0.0: 0, 0.5: 1, 1.0: 2}  # S per Mo of the edge by the share of a full one
FEWEST_ROWS = 2


class _Sheet(NamedTuple):
    """Lengths of the crystal [Angstrom]: lattice, half the S-S thickness, distance of sheets."""

    a: float
    half: float
    apart: float

    @property
    def step(self) -> float:
        """From a row of Mo to the next."""
        return self.a * sqrt(3) / 2

    @property
    def over(self) -> float:
        """From a row of Mo to the S pairs that stand over its atoms; those between its atoms are half as far."""
        return self.a / sqrt(3)

    @property
    def bridge(self) -> float:
        """From a row of Mo to a lone S between two of them at the crystal's Mo-S length."""
        return sqrt(self.over**2 + self.half**2 - (self.a / 2) ** 2)


def mos2_edge(
    edge: Literal["Mo", "S"],
    *,
    supercell: tuple[int, int] = (3, 1),
    rows: int = 4,
    mo_coverage: float = 0.5,
    s_coverage: float = 1.0,
    vacuum: float = 15.0,
    sheet_distance: float | None = None,
    fixed_rows: int = 0,
) -> Atoms:
    """A ribbon of 2H-MoS2 with one edge upwards and the other at its lower end, unrelaxed.

    Parameters
    ----------
    edge : "Mo" or "S"
        The edge along +z.
    supercell : tuple of int
        Mo along the edge, and ribbons side by side along y.
    rows : int
        Of Mo, from 2: the width of the ribbon.
    mo_coverage, s_coverage : float
        Sulfur of the Mo edge and of the S edge, 0, 0.5 or 1 of the two per Mo of a full one.
    vacuum : float
        Empty height between periodic images along z [Angstrom].
    sheet_distance : float or None
        Between the middles of neighbouring ribbons [Angstrom]; None takes that of the sheets in the crystal. Farther
        ones are free ribbons, of which `adsorption_sites` takes no notice once 5 Angstrom are empty between them.
    fixed_rows : int
        Rows held fixed, from below; less than all.

    Returns
    -------
    ase.Atoms
        Tags count rows, 1 on top; the active atoms are the Mo of the upper edge and the sulfur of its coverage.

    Raises
    ------
    InputError
        If a number cannot be.

    Examples
    --------
    >>> mos2_edge("Mo", supercell=(3, 1), mo_coverage=0.0).get_chemical_formula()
    'Mo12S24'
    """
    sheet = _sheet()
    distance = sheet.apart if sheet_distance is None else float(sheet_distance)
    _refuse(edge, supercell, rows, (mo_coverage, s_coverage), (vacuum, distance - 2 * sheet.half), fixed_rows)
    ribbon, active = _ribbon(sheet, rows, COVERAGES[mo_coverage], COVERAGES[s_coverage], edge)
    ribbon.set_cell([sheet.a, distance, 1.0])
    ribbon.center(vacuum=vacuum / 2, axis=2)
    ribbon.set_array("active", np.array(active))
    whole: Atoms = ribbon.repeat((*supercell, 1))
    chosen = np.flatnonzero(whole.arrays.pop("active"))
    if fixed_rows:
        whole.set_constraint(FixAtoms(mask=whole.get_tags() > rows - fixed_rows))
    excess = int(np.sum(whole.symbols == "S")) - 2 * int(np.sum(whole.symbols == "Mo"))
    return recorded(
        whole,
        what=f"MoS2 {edge} edge",
        parameters={
            "edge": edge,
            "supercell": list(supercell),
            "rows": rows,
            "mo_coverage": float(mo_coverage),
            "s_coverage": float(s_coverage),
            "vacuum": float(vacuum),
            "sheet_distance": distance,
            "fixed_rows": fixed_rows,
        },
        active_atoms=chosen.tolist(),
        source=entry_of("MoS2")["source"],
        notes=(
            f"2H-MoS2 ribbon of {rows} rows of Mo, the {edge} edge upwards; S - 2 Mo = {excess:+d}.",
            "unrelaxed: the crystal's lengths throughout; S pairs as in the crystal, lone S in the plane of the Mo.",
            "the two edges differ: the ribbon has a dipole along z. Neighbours stand in registry, not as in 2H.",
            *entry_of("MoS2")["caveats"],
        ),
    )


def _sheet() -> _Sheet:
    bulk = crystal("MoS2")
    metal, sulfur = (bulk.get_scaled_positions()[bulk.symbols == element, 2] for element in ("Mo", "S"))
    a, _, c = bulk.cell.lengths()
    offsets = metal[:, None] - sulfur
    return _Sheet(float(a), float(np.abs(offsets - np.rint(offsets)).min() * c), float(c / 2))


def _ribbon(sheet: _Sheet, rows: int, over: int, under: int, edge: str) -> tuple[Atoms, list[bool]]:
    """One repeat of a ribbon, its sheet in the plane y = 0, tagged by rows, and which atoms make the upper edge.

    Built with the Mo edge upwards and turned over for the S edge.
    """
    found: list[tuple[str, tuple[float, float, float], int]] = []
    pair = (sheet.half, -sheet.half)
    for row in range(rows):
        x, z = row % 2 * sheet.a / 2, row * sheet.step
        found.append(("Mo", (x, 0.0, z), row))
        if row < rows - 1 or over == COVERAGES[1.0]:
            found += [("S", (x, y, z + sheet.over), row) for y in pair]
        elif over:
            found.append(("S", (x + sheet.a / 2, 0.0, z + sheet.bridge), row))
    if under == COVERAGES[1.0]:
        found += [("S", (sheet.a / 2, y, -sheet.over / 2), 0) for y in pair]
    elif under:
        found.append(("S", (sheet.a / 2, 0.0, -sheet.bridge), 0))
    symbols, places, owners = zip(*found, strict=True)
    positions, row_of = np.array(places), np.array(owners)
    if edge == "S":
        positions, row_of = positions * [1.0, 1.0, -1.0], rows - 1 - row_of
    ribbon = Atoms(list(symbols), positions=positions, tags=rows - row_of, pbc=True)
    levels = positions[:, 2]
    upmost = levels[ribbon.symbols == "Mo"].max()
    return ribbon, (levels > upmost - sheet.step / 10).tolist()


def _refuse(
    edge: str,
    supercell: tuple[int, int],
    rows: int,
    coverages: tuple[float, float],
    spaces: tuple[float, float],
    fixed_rows: int,
) -> None:
    where = "MoS2 edge"
    if edge not in ("Mo", "S"):
        raise InputError(f"there is no '{edge}' edge.", where=where, remedy="give 'Mo' or 'S'.")
    if len(supercell) != 2 or any(repeat < 1 or int(repeat) != repeat for repeat in supercell):
        raise InputError(f"a supercell of {supercell} was asked for.", where=where, remedy="give two numbers from 1.")
    if rows < FEWEST_ROWS or int(rows) != rows or not 0 <= fixed_rows < rows or int(fixed_rows) != fixed_rows:
        raise InputError(
            f"{rows} rows of Mo, {fixed_rows} of them fixed, were asked for.",
            where=where,
            remedy=f"give whole numbers, {FEWEST_ROWS} rows at least, and fewer fixed ones.",
        )
    if any(coverage not in COVERAGES for coverage in coverages):
        raise InputError(
            f"sulfur coverages of {coverages[0]} (Mo edge) and {coverages[1]} (S edge) were asked for.",
            where=where,
            remedy=f"give {', '.join(f'{share:g}' for share in COVERAGES)} of a full edge; remove takes single S away.",
        )
    if not all(0.0 < space < np.inf for space in spaces):
        raise InputError(
            f"{spaces[0]:g} Angstrom over the edge and {spaces[1]:g} between ribbons were asked for.",
            where=where,
            remedy="give positive lengths, such as a vacuum of 15.",
        )
