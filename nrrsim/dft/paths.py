"""A path between two minima, roughly: where a saddle is then climbed to (`nrrsim.dft.saddles`).

A nudged elastic band (that of ase.mep) takes a few steps, and shorter bands look closer at its highest part. To relax a
band to its end costs more than all else: of twelve paths of N and H on clusters of three metals (tblite) ase's BFGS did
so for six in 150 steps of five images, and FIRE and ase's ODE took 300 to 1100 energies. These bands take 86.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from ase.mep import NEB
from ase.optimize import BFGS
from numpy.typing import NDArray

from nrrsim.dft.bench import Bench, FromBench, Point
from nrrsim.dft.engines import UnconvergedError
from nrrsim.dft.relaxation import carrying, free_atoms
from nrrsim.errors import InputError

FloatArray: TypeAlias = NDArray[np.float64]
Relaxing: TypeAlias = Callable[[Sequence[Atoms]], list[Point]]

IMAGES = 5  # between the ends
STEPS = 5  # of each band
CLOSER = 3  # times that a shorter band is laid between the neighbours of the highest image
_BETWEEN = 3  # images of these
_METHOD = "improvedtangent"
_SPRING = 0.1  # of a band [eV/Angstrom^2]
_ONE_PLACE = 0.01  # between two ends: how far the atom that moves most has to go [Angstrom]
_ROUGH = 0.3  # force at which a band has no need of more steps [eV/Angstrom]


@dataclass(frozen=True, eq=False)
class Path:
    """The highest part of a path.

    Parameters
    ----------
    atoms : ase.Atoms
        Its highest image.
    point : Point
        Of that image.
    direction : array
        Along the path there, towards its end, of unit length, shape (n, 3).
    energies : tuple of float
        Of the first band's images, the ends included [eV].
    warnings : tuple of str
        Sentences about bands that were given up for an SCF that did not converge.
    """

    atoms: Atoms
    point: Point
    direction: FloatArray
    energies: tuple[float, ...]
    warnings: tuple[str, ...] = ()

    @property
    def details(self) -> dict[str, Any]:
        """Of a record, JSON values."""
        return {"image_energies": list(self.energies), "direction": np.round(self.direction, 5).tolist()}


def path(
    start: Atoms,
    end: Atoms,
    bench: Bench,
    *,
    images: int = IMAGES,
    steps: int = STEPS,
    closer: int = CLOSER,
    maxstep: float = 0.1,
    moment: int | None = None,
) -> Path:
    """The highest part of a path between two structures, from a few steps of nudged elastic bands.

    Each band is interpolated by the image-dependent pair potential, with minimum images along periodic directions, and
    relaxed by BFGS on the forces of the improved tangent. Where the SCF of an image does not converge, the first band
    is laid anew with one image fewer, which puts all of them elsewhere, and a shorter one is left out.

    Parameters
    ----------
    start, end : ase.Atoms
        The same atoms in the same order; they stay as they are.
    bench : Bench
    images : int
        Between the ends, at most.
    steps : int
        Of each band, at most.
    closer : int
        How often a band of three images is laid between the neighbours of the highest image.
    maxstep : float
        Longest step of an atom [Angstrom].
    moment : int or None
        Total moment to hold fixed [Bohr magnetons].

    Raises
    ------
    InputError
        If the ends do not hold the same atoms, cells and fixed atoms, are one place, or the number of images is not
        positive.
    EngineError
        If no SCF converges on an end or in any band, or if the engine fails otherwise.
    """
    _require_ends(start, end, images)
    relaxed = partial(_relaxed, bench=bench, steps=steps, maxstep=maxstep, moment=moment)
    said: list[str] = []
    points = first = _first(start, end, images, relaxed, said)
    for _ in range(closer):
        before, _, after = _highest(start, points)
        try:
            points = relaxed(_band(before, after, _BETWEEN))
        except UnconvergedError as error:
            said.append(f"no closer look at the highest part of the path: {error}")
            break
    before, top, after = _highest(start, points)
    along = find_mic(after.positions - before.positions, start.cell, start.pbc)[0]
    direction = along / np.linalg.norm(along)
    highest = max(points[1:-1], key=lambda point: point.energy)
    return Path(top, highest, direction, tuple(point.energy for point in first), tuple(said))


def _first(start: Atoms, end: Atoms, images: int, relaxed: Relaxing, said: list[str]) -> list[Point]:
    """The points of the first band that could be computed, of ever fewer images; what was given up is said."""
    for count in range(images, 1, -1):
        try:
            return relaxed(_band(start, end, count))
        except UnconvergedError as error:
            said.append(f"a band of {count} images was given up: {error}")
    return relaxed(_band(start, end, 1))


def _highest(start: Atoms, points: Sequence[Point]) -> list[Atoms]:
    """The highest image between the ends of a band, the one before it and the one after it."""
    top = 1 + int(np.argmax([point.energy for point in points[1:-1]]))
    return [carrying(start, point) for point in points[top - 1 : top + 2]]


def _band(start: Atoms, end: Atoms, images: int) -> list[Atoms]:
    """Copies of the first end moved to the other, by minimum images, and to structures between the two."""
    last = start.copy()
    last.positions[:] = start.positions + find_mic(end.positions - start.positions, start.cell, start.pbc)[0]
    band: list[Atoms] = [*(start.copy() for _ in range(images + 1)), last]
    search: Any = NEB(band, method=_METHOD)
    method = "idpp" if images > 1 else "linear"
    search.interpolate(method=method, mic=bool(start.pbc.any()), apply_constraint=False)
    return band


def _relaxed(band: Sequence[Any], *, bench: Bench, steps: int, maxstep: float, moment: int | None) -> list[Point]:
    """The points of a band after some steps."""
    for image in band:
        image.calc = FromBench(bench, moment=moment)
    search: Any = NEB(band, k=_SPRING, climb=False, method=_METHOD, allow_shared_calculator=False)
    BFGS(search, logfile=None, maxstep=maxstep).run(fmax=_ROUGH, steps=steps)
    return [bench.compute(image, moment=moment) for image in band]


def one_place(start: Atoms, end: Atoms) -> bool:
    """Whether two structures are one and the same, so that no path leads from one to the other."""
    return bool(find_mic(end.positions - start.positions, start.cell, start.pbc)[1].max() < _ONE_PLACE)


def _require_ends(start: Atoms, end: Atoms, images: int) -> None:
    same = len(start) == len(end) and (start.numbers == end.numbers).all() and np.allclose(start.cell[:], end.cell[:])
    if not same or free_atoms(start) != free_atoms(end):
        what = f"the ends {start.symbols} and {end.symbols} differ in their atoms, order, cell or fixed atoms."
        raise InputError(what, where="path", remedy="give the same atoms in the same order, moved.")
    if one_place(start, end):
        what = f"the ends of {start.symbols} are one and the same structure."
        raise InputError(what, where="path", remedy="give two minima: see what the states were relaxed to.")
    if isinstance(images, bool) or not isinstance(images, int) or images < 1:
        raise InputError(f"the number of images is {images!r}.", where="path", remedy="give a whole number, as 5.")
