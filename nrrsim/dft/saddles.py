"""Saddle points: uphill along one direction and downhill along all others, by partitioned rational functions.

A. Banerjee, N. Adams, J. Simons and R. Shepard, J. Phys. Chem. 89 (1985) 52, doi 10.1021/j100247a015. The Hessian
begins as a model of the structure, its curvature along the way found by differences of forces, and learns from each
step as BFGS does, but keeps downward curvature (J. M. Anglada and J. M. Bofill, J. Comput. Chem. 19 (1998) 349). Above
twelve paths of N and H on clusters of three metals (tblite) it took 7 to 24 energies where ase's dimer took 31 to 155
to the same nine saddles, and 22 to 62 where the dimer had none after 230.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from numpy.typing import NDArray

from nrrsim.dft.bench import Bench, Point
from nrrsim.dft.engines import has_spin
from nrrsim.dft.model_hessian import model_hessian
from nrrsim.dft.relaxation import ROUNDS, anew, carrying, fixed_atoms, free_atoms
from nrrsim.errors import InputError

FloatArray: TypeAlias = NDArray[np.float64]

DISPLACEMENT = 0.05  # of all atoms together, for a curvature [Angstrom]
FLAT = 0.05  # downward curvature below which no saddle is believed: 10 1/cm of gold, 30 of nitrogen [eV/Angstrom^2]
_AT_FIRST = 4  # curvatures found before the first step, at most
_AGAIN = 2  # where no curvature is downward any more
_SETTLED = 0.3  # of a curvature: what its direction may change of others before a further one is found
_EARLY = 3  # steps along which the first direction is held to, though another one curves downward
_STILL = 1e-6  # a step that is none [Angstrom]
_ROUGHLY = 6.0  # times the criterion: forces below which a minimum may have been come to instead
_SMALLEST, _LARGEST = 0.2, 1.5  # of the longest step that is allowed, as the energy behaves


@dataclass(frozen=True, eq=False)
class Saddle:
    """Where a climb came to.

    Parameters
    ----------
    atoms : ase.Atoms
    point : Point
    converged : bool
        Whether forces are below the criterion where one direction curves downward; its modes prove it.
    fmax : float
        Largest force on a free atom [eV/Angstrom].
    details : Mapping[str, Any]
        Of a record: steps, curvature along the way over it [eV/Angstrom^2], its direction.
    warnings : tuple of str
        Sentences about its electronic state.
    """

    atoms: Atoms
    point: Point
    converged: bool
    fmax: float
    details: Mapping[str, Any]
    warnings: tuple[str, ...] = ()


def climb(
    start: Atoms,
    direction: FloatArray,
    bench: Bench,
    *,
    fmax: float,
    steps: int,
    maxstep: float,
    moment: int | None = None,
) -> Saddle:
    """The saddle point uphill from a structure.

    With spin its electronic state is looked at as at the end of a relaxation (`nrrsim.dft.relaxation.relax`).

    Parameters
    ----------
    start : ase.Atoms
        Near the saddle, such as the highest image of a path; fixed atoms stay.
    direction : array
        Over the saddle, roughly, shape (n, 3), any length.
    bench : Bench
    fmax : float
        Criterion for the largest force on a free atom [eV/Angstrom].
    steps : int
        Most steps.
    maxstep : float
        Longest step of an atom to begin with [Angstrom].
    moment : int or None
        Total moment to hold fixed [Bohr magnetons].

    Raises
    ------
    InputError
        If the direction has not the structure's shape, or moves no free atom.
    EngineError
        If the engine fails.
    """
    land = _Landscape(start, bench, moment)
    uphill = _unit(start, direction)
    hessian = land.of_free(model_hessian(start, fixed=fixed_atoms(start)))
    place = land.at(start.positions[land.free].ravel())
    hessian, uphill = _measured(land, place, hessian, uphill, rounds=_AT_FIRST)
    said: list[str] = []
    taken = 0
    for _ in range(ROUNDS):
        walk = _walk(land, place, hessian, uphill, fmax=fmax, steps=steps - taken, maxstep=maxstep)
        place, hessian, uphill, taken = walk.place, walk.hessian, walk.uphill, taken + walk.steps
        if not (walk.converged and bench.goes_on and has_spin(start)):
            break
        fresh, lower = anew(start, bench, moment, place.point)
        said += [lower] if lower else []
        if fresh is None:
            break
        place = land.known(fresh)
        if place.fmax < fmax:
            break
    atoms = carrying(start, place.point)
    details = {
        "curvature": float(walk.curvature),
        "steps": taken,
        "direction": np.round(land.whole(uphill), 5).tolist(),
    }
    return Saddle(atoms, place.point, walk.converged and place.fmax < fmax, place.fmax, details, tuple(said))


@dataclass(frozen=True, eq=False)
class _Place:
    """Coordinates of the free atoms, shape (m,), the slope there and the point it is from."""

    x: FloatArray
    slope: FloatArray
    point: Point

    @property
    def height(self) -> float:
        return self.point.free_energy

    @property
    def fmax(self) -> float:
        return float(np.linalg.norm(self.slope.reshape(-1, 3), axis=1).max())


@dataclass(frozen=True, eq=False)
class _Walk:
    """Where some steps led."""

    place: _Place
    hessian: FloatArray
    uphill: FloatArray
    curvature: float
    steps: int
    converged: bool


class _Landscape:
    """Energies and slopes of a structure over the coordinates of its free atoms."""

    def __init__(self, start: Atoms, bench: Bench, moment: int | None) -> None:
        self._start, self._bench, self._moment = start, bench, moment
        self.free = free_atoms(start)

    def at(self, x: FloatArray) -> _Place:
        atoms = self._start.copy()
        atoms.positions[self.free] = x.reshape(-1, 3)
        return self.known(self._bench.compute(atoms, moment=self._moment))

    def known(self, point: Point) -> _Place:
        return _Place(point.positions[self.free].ravel(), -point.forces[self.free].ravel(), point)

    def of_free(self, hessian: FloatArray) -> FloatArray:
        chosen = (3 * np.array(self.free)[:, None] + np.arange(3)).ravel()
        return hessian[np.ix_(chosen, chosen)]

    def whole(self, vector: FloatArray) -> FloatArray:
        """A direction of the free atoms as one of all, shape (n, 3)."""
        every = np.zeros((len(self._start), 3))
        every[self.free] = vector.reshape(-1, 3)
        return every


def _walk(
    land: _Landscape,
    place: _Place,
    hessian: FloatArray,
    uphill: FloatArray,
    *,
    fmax: float,
    steps: int,
    maxstep: float,
) -> _Walk:
    """Steps until the forces are small where one direction curves downward, or there are no more."""
    longest = maxstep
    for taken in range(steps + 1):
        curvatures, modes = np.linalg.eigh(hessian)
        if curvatures[0] > -FLAT and taken < steps:
            along = modes[:, 0] if place.fmax < _ROUGHLY * fmax else uphill
            hessian, uphill = _measured(land, place, hessian, along, rounds=_AGAIN)
            curvatures, modes = np.linalg.eigh(hessian)
        followed = _followed(curvatures, modes, uphill, early=taken < _EARLY)
        uphill = modes[:, followed] * np.copysign(1.0, modes[:, followed] @ uphill)
        converged = place.fmax < fmax and bool(curvatures[0] < -FLAT)
        if converged or taken == steps:
            break
        step = _step(curvatures, modes, followed, place.slope)
        length = float(np.linalg.norm(step.reshape(-1, 3), axis=1).max())
        if length < _STILL:  # no force, and no direction downward
            break
        if length > longest:
            step, length = step * (longest / length), longest
        after = land.at(place.x + step)
        foreseen = float(place.slope @ step + 0.5 * step @ hessian @ step)
        longest = _longest(longest, length, after.height - place.height, foreseen, maxstep)
        hessian = learned(hessian, step, after.slope - place.slope)
        place = after
    return _Walk(place, hessian, uphill, float(curvatures[followed]), taken, converged)


def _followed(curvatures: FloatArray, modes: FloatArray, uphill: FloatArray, *, early: bool) -> int:
    """The mode that is climbed: most like the way so far, but the lowest where that curves upward by now."""
    most_like = int(np.argmax(np.abs(modes.T @ uphill)))
    return 0 if not early and curvatures[most_like] > 0 > curvatures[0] else most_like


def _step(curvatures: FloatArray, modes: FloatArray, followed: int, slope: FloatArray) -> FloatArray:
    """Up along the mode that is followed and down along the others, each by the shift of its rational function."""
    slopes = slope @ modes
    others = np.arange(len(curvatures)) != followed
    up = 0.5 * (curvatures[followed] + np.hypot(curvatures[followed], 2 * slopes[followed]))
    augmented = np.diag([*curvatures[others], 0.0])
    augmented[-1, :-1] = augmented[:-1, -1] = slopes[others]
    down = np.linalg.eigvalsh(augmented)[0]
    shifts = np.where(others, down, up)
    gaps = curvatures - shifts
    parts = np.divide(-slopes, gaps, out=np.zeros_like(slopes), where=np.abs(gaps) > 1e-12)
    step: FloatArray = modes @ parts
    return step


def _longest(longest: float, length: float, change: float, foreseen: float, maxstep: float) -> float:
    """The longest step from now on: shorter where an energy was not foreseen, longer where it was."""
    ratio = change / foreseen if abs(foreseen) > 1e-3 else 1.0
    if not 0.2 < ratio < 3.0:
        return max(0.5 * length, _SMALLEST * maxstep)
    if 0.6 < ratio < 1.5 and length > 0.9 * longest:
        return min(1.3 * longest, _LARGEST * maxstep)
    return longest


def _measured(
    land: _Landscape, place: _Place, hessian: FloatArray, along: FloatArray, *, rounds: int
) -> tuple[FloatArray, FloatArray]:
    """A Hessian told of the curvature along a direction, and along the modes that it then has most like it.

    Stops where such a direction is a mode already, and returns the last one, too.
    """
    for turn in range(rounds):
        if turn:
            curvatures, modes = np.linalg.eigh(hessian)
            along = modes[:, _followed(curvatures, modes, along, early=bool(abs(modes[:, 0] @ along) < _SETTLED))]
        change = (land.at(place.x + DISPLACEMENT * along).slope - place.slope) / DISPLACEMENT
        hessian = exact(hessian, along, change)
        curvature = float(along @ change)
        if np.linalg.norm(change - curvature * along) < _SETTLED * abs(curvature):
            break
    return hessian, along


def exact(hessian: FloatArray, direction: FloatArray, change: FloatArray) -> FloatArray:
    """The symmetric Hessian nearest to another that turns a direction of unit length into a change of the slope."""
    off = change - hessian @ direction
    return (
        hessian
        + np.outer(off, direction)
        + np.outer(direction, off)
        - (off @ direction) * np.outer(direction, direction)
    )


def learned(hessian: FloatArray, step: FloatArray, change: FloatArray) -> FloatArray:
    """A Hessian after a step that changed the slope: as BFGS, but downward curvature stays what it is.

    Parameters
    ----------
    hessian : array
        Symmetric [eV/Angstrom^2], shape (m, m).
    step : array
        [Angstrom], shape (m,).
    change : array
        Of the slope [eV/Angstrom], shape (m,).
    """
    curvatures, modes = np.linalg.eigh(hessian)
    upward = (modes * np.abs(curvatures)) @ (modes.T @ step)
    off = change - hessian @ step
    told, known = float(change @ step), float(step @ upward)
    weights = (told * change + known * upward) / (told**2 + known**2)
    return hessian + np.outer(weights, off) + np.outer(off, weights) - (off @ step) * np.outer(weights, weights)


def _unit(start: Atoms, direction: FloatArray) -> FloatArray:
    """A direction of the free atoms, of unit length, shape (m,)."""
    vector = np.array(direction, dtype=float)
    if vector.shape != start.positions.shape:
        what = f"the direction has the shape {vector.shape}, the structure {start.positions.shape}."
        raise InputError(what, where="saddle", remedy="give a displacement for each atom.")
    chosen = vector[free_atoms(start)].ravel()
    length = float(np.linalg.norm(chosen))
    if not length > 0:
        raise InputError("the direction moves no free atom.", where="saddle", remedy="give one that does.")
    return np.asarray(chosen / length)
