"""A film on a substrate that it matches: two slabs in one cell, the film strained to the substrate's lattice.

Cells of the film and the substrate that nearly agree come from the lattice matching of Zur and McGill (J. Appl. Phys.
55 (1984) 378, doi 10.1063/1.333084) as pymatgen has it. With the matched vectors as rows of A (film) and B (substrate),
film positions go to r F with A F = B in the plane; the singular values of F are the stretches along its principal axes,
and the strain of a match is the largest of |stretch - 1|. Positions out of the plane stay.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product
from typing import Any, TypeAlias

import ase.build
import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from ase.data import covalent_radii
from ase.data.vdw_alvarez import vdw_radii
from numpy.typing import NDArray
from pymatgen.analysis.interfaces.zsl import ZSLGenerator

from nrrsim.errors import InputError
from nrrsim.structures.bonding import is_metal
from nrrsim.structures.record import headed, record_of, recorded
from nrrsim.structures.slabs import refuse_vacuum

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]

MAX_STRAIN = 0.05
MAX_AREA = 120.0  # of the common cell [Angstrom^2]

_SEARCH = 0.15  # mismatch in length, angle and area up to which matches are looked at, to say how large the least is
_SAME_STRAIN = 1e-3  # of two such matches the smaller is taken
_UPRIGHT = 1e-3  # by which the third cell vector may leave z, or the others the plane [Angstrom]


@dataclass(frozen=True, eq=False)
class LatticeMatch:
    """Cells of a film and a substrate that nearly agree.

    Parameters
    ----------
    film, substrate : numpy.ndarray
        Integer multiples of the in-plane vectors, one matched vector per row, shape (2, 2).
    strains : tuple of float
        Of the film along the two principal directions, positive where it is stretched.
    area : float
        Of the common cell, the substrate's [Angstrom^2].
    """

    film: IntArray
    substrate: IntArray
    strains: tuple[float, float]
    area: float

    @property
    def strain(self) -> float:
        """The larger of the two, without sign."""
        return max(abs(value) for value in self.strains)


def lattice_match(
    film: Atoms, substrate: Atoms, *, max_area: float = MAX_AREA, max_strain: float = MAX_STRAIN
) -> LatticeMatch:
    """The least strained common cell of two slabs up to an area; the smallest of those within 0.1 % of it.

    Parameters
    ----------
    film, substrate : ase.Atoms
        Slabs with their third cell vector along the normal.
    max_area : float
        Of the common cell [Angstrom^2].
    max_strain : float
        Most that the film is strained by along any direction.

    Raises
    ------
    InputError
        If a slab is tilted, a number cannot be, or no match is that little strained: says which the best is.
    """
    for slab in (film, substrate):
        _refuse_tilted(slab)
    if not 0.0 < max_area < np.inf or not 0.0 < max_strain < np.inf:
        what = f"an area of {max_area} Angstrom^2 and a strain of {max_strain} were given."
        raise InputError(what, where="interface", remedy="give positive limits, as 120 and 0.05.")
    found = _matches(film.cell[:2], substrate.cell[:2], max_area)
    if not found:
        raise InputError(
            f"no cells up to {max_area:g} Angstrom^2 match within {_SEARCH:.0%}.",
            where="interface",
            remedy="give a larger max_area, or another face.",
        )
    best = min(found, key=lambda match: (round(match.strain / _SAME_STRAIN), round(match.area, 3)))
    if best.strain > max_strain:
        raise InputError(
            f"the best match up to {max_area:g} Angstrom^2 strains the film by {best.strain:.1%}, more than "
            f"{max_strain:.1%}.",
            where="interface",
            remedy="give a larger max_area, another face, or a larger max_strain if the film may bear it.",
        )
    return best


def interface(
    film: Atoms,
    substrate: Atoms,
    *,
    max_area: float = MAX_AREA,
    max_strain: float = MAX_STRAIN,
    shift: tuple[float, float] = (0.0, 0.0),
    distance: float | None = None,
    vacuum: float = 15.0,
) -> Atoms:
    """A film on a substrate slab in the common cell of `lattice_match`, unrelaxed.

    Parameters
    ----------
    film, substrate : ase.Atoms
        Slabs with their records; the film's lower face meets the substrate's upper one.
    max_area, max_strain : float
        As for `lattice_match`.
    shift : tuple of float
        Of the film along the substrate's in-plane vectors, in fractions of them.
    distance : float or None
        Height of the film's lowest atoms over the substrate's highest [Angstrom]; None takes the least at which no atom
        of one is nearer to the other than the sum of covalent radii, or, of two nonmetals, of van der Waals radii
        (Alvarez).
    vacuum : float
        Empty height between periodic images [Angstrom].

    Returns
    -------
    ase.Atoms
        The substrate's atoms, then the film's. Tags go on counting from the film's to the substrate's; atoms fixed in
        the substrate stay fixed, the film is free. Active atoms are those of the film.

    Raises
    ------
    InputError
        As for `lattice_match`, or if a number cannot be or a slab has no record.
    """
    of_film, of_substrate = record_of(film), record_of(substrate)
    _refuse_numbers(shift, distance, vacuum)
    match = lattice_match(film, substrate, max_area=max_area, max_strain=max_strain)
    base, of_base = _repeated(substrate, match.substrate)
    cover, of_cover = _repeated(film, match.film)
    cover.set_cell([*base.cell[:2], cover.cell[2]], scale_atoms=True)
    cover.positions += np.linalg.solve(match.substrate.T, shift) @ base.cell[:2]
    cover.positions[:, 2] += base.positions[:, 2].max() - cover.positions[:, 2].min()
    gap = _touching(base, cover) if distance is None else float(distance)
    cover.positions[:, 2] += gap
    base.set_tags(base.get_tags() + max(cover.get_tags(), default=0))
    whole = base + cover
    held = np.append(np.isin(of_base, _fixed(substrate)), np.zeros(len(cover), dtype=bool))
    if held.any():
        whole.set_constraint(FixAtoms(mask=held))
    whole.center(vacuum=vacuum / 2, axis=2)
    whole.wrap(pbc=(True, True, False))
    active = [len(base) + i for i in np.flatnonzero(np.isin(of_cover, of_film.active_atoms)).tolist()]
    return recorded(
        whole,
        what=f"{of_film.what} on {of_substrate.what}",
        parameters={
            "film": {"what": of_film.what, "parameters": dict(of_film.parameters)},
            "substrate": {"what": of_substrate.what, "parameters": dict(of_substrate.parameters)},
            "film_cell": match.film.tolist(),
            "substrate_cell": match.substrate.tolist(),
            "strains": [round(value, 6) for value in match.strains],
            "area": round(match.area, 4),
            "shift": [float(value) for value in shift],
            "distance": round(gap, 6),
            "vacuum": float(vacuum),
        },
        active_atoms=active,
        source=f"{of_substrate.source}; film: {of_film.source}",
        notes=(
            *headed("substrate", of_substrate.notes),
            *headed("film", of_film.notes),
            f"the film is strained by {match.strains[0]:+.2%} and {match.strains[1]:+.2%} along its principal "
            f"directions to {match.area:.1f} Angstrom^2 of the substrate, heights kept.",
            f"film {gap:.2f} Angstrom over the substrate, registry by choice, unrelaxed.",
            "the two faces differ: energies need a dipole correction along z.",
        ),
    )


def _matches(film: FloatArray, substrate: FloatArray, max_area: float) -> list[LatticeMatch]:
    """All matches that keep the handedness, by rows of in-plane vectors of shape (2, 3)."""
    generator: Any = ZSLGenerator
    search = generator(max_area=max_area, max_area_ratio_tol=_SEARCH, max_length_tol=_SEARCH, max_angle_tol=_SEARCH)
    found = []
    for zsl in search(film, substrate):
        upper, lower = (
            np.asarray(rows, dtype=float)[:, :2] for rows in (zsl.film_sl_vectors, zsl.substrate_sl_vectors)
        )
        if np.linalg.det(lower) < 0:
            upper, lower = upper[::-1], lower[::-1]
        for setting in _settings(upper):
            if np.linalg.det(setting) > 0:
                stretches = np.linalg.svd(np.linalg.solve(setting, lower), compute_uv=False) - 1
                found.append(
                    LatticeMatch(
                        film=_multiples(setting, film),
                        substrate=_multiples(lower, substrate),
                        strains=(float(stretches[0]), float(stretches[1])),
                        area=float(np.linalg.det(lower)),
                    )
                )
    return found


def _settings(rows: FloatArray) -> list[FloatArray]:
    """A pair of vectors, the two exchanged, and the same with one reversed: choices for the same cell."""
    orders = [rows, rows[::-1]]
    return [np.diag(signs) @ order for signs in ((1.0, 1.0), (1.0, -1.0)) for order in orders]


def _multiples(rows: FloatArray, lattice: FloatArray) -> IntArray:
    return np.rint(rows @ np.linalg.inv(lattice[:, :2])).astype(np.int64)


def _repeated(slab: Atoms, multiples: IntArray) -> tuple[Atoms, IntArray]:
    """The slab in a cell of whole multiples of its own, and the atom each came from, its first vector along x."""
    marked = slab.copy()
    marked.set_constraint()
    marked.set_array("origin", np.arange(len(slab)))
    whole = np.eye(3, dtype=int)
    whole[:2, :2] = multiples
    found: Any = ase.build.make_supercell(marked, whole)
    found.set_cell(found.cell.standard_form()[0], scale_atoms=True)
    return found, found.arrays.pop("origin").astype(np.int64)


def _fixed(slab: Atoms) -> list[int]:
    """The atoms that ase holds fixed."""
    return [int(i) for held in slab.constraints if isinstance(held, FixAtoms) for i in held.index]


def _touching(base: Atoms, cover: Atoms) -> float:
    """The least lift of the cover off the base at which no pair is nearer than the sum of its radii [Angstrom]."""
    offsets = cover.positions[:, None] - base.positions
    fractions = offsets[..., :2] @ np.linalg.inv(base.cell[:2, :2])
    fractions -= np.rint(fractions)
    reach = np.where(
        is_metal(cover)[:, None] | is_metal(base),
        covalent_radii[cover.numbers][:, None] + covalent_radii[base.numbers],
        vdw_radii[cover.numbers][:, None] + vdw_radii[base.numbers],
    ) ** 2  # fmt: skip
    lifts = [0.0]
    for image in product((-1, 0, 1), repeat=2):
        aside = np.sum(((fractions + image) @ base.cell[:2, :2]) ** 2, axis=-1)
        near = aside < reach
        lifts += (np.sqrt(reach[near] - aside[near]) - offsets[near, 2]).tolist()
    return max(lifts)


def _refuse_tilted(slab: Atoms) -> None:
    a, b, c = slab.cell[:]
    if abs(slab.cell.volume) < _UPRIGHT or np.abs([a[2], b[2], c[0], c[1]]).max() > _UPRIGHT:
        raise InputError(
            f"the cell of {slab.symbols} is no slab's with its third vector along z.",
            where="interface",
            remedy="take slabs from surface_slab or moo3_bilayer.",
        )


def _refuse_numbers(shift: tuple[float, float], distance: float | None, vacuum: float) -> None:
    refuse_vacuum(vacuum)
    given = [*shift, 1.0 if distance is None else distance]
    if len(shift) != 2 or not np.isfinite(given).all() or given[-1] <= 0.0:
        raise InputError(
            f"shift = {shift} and distance = {distance} were asked for.",
            where="interface",
            remedy="give two fractions, and a distance above 0 in Angstrom.",
        )
