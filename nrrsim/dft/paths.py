"""Saddle points: the climbing-image nudged elastic band between two minima, and the dimer from a start and a mode.

Both are those of ase (ase.mep), on a bench, so that a search that was killed goes on where it was.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.geometry import find_mic
from ase.mep import NEB, DimerControl, MinModeAtoms, MinModeTranslate
from ase.optimize import BFGS
from numpy.typing import NDArray

from nrrsim.dft.bench import Bench, FromBench, Point
from nrrsim.dft.relaxation import carrying, free_atoms, largest_force
from nrrsim.dft.vibrations import SOFT, Modes, vibrations
from nrrsim.errors import InputError
from nrrsim.units import INVERSE_CM

FloatArray: TypeAlias = NDArray[np.float64]

IMAGES = 5  # between the ends
SPRING = 0.1  # of the band [eV/Angstrom^2]
ROUGH = 0.3  # force below which the highest image begins to climb [eV/Angstrom]
WEAKEST = 10 * INVERSE_CM  # imaginary mode that proves a saddle, as heavy atoms have [eV]
SEPARATION = 0.01  # of the dimer's two structures [Angstrom]


@dataclass(frozen=True, eq=False)
class Saddle:
    """What a search for a saddle came to.

    Parameters
    ----------
    atoms : ase.Atoms
        The highest image of a band, or where the dimer stopped.
    point : Point
    converged : bool
    fmax : float
        Of the band, or of the dimer [eV/Angstrom].
    details : Mapping[str, Any]
        Of a record: barriers, energies and positions of the images, curvature.
    """

    atoms: Atoms
    point: Point
    converged: bool
    fmax: float
    details: Mapping[str, Any]


def neb(
    start: Atoms,
    end: Atoms,
    bench: Bench,
    *,
    fmax: float,
    steps: int,
    maxstep: float,
    images: int = IMAGES,
    climb: bool = True,
    moment: int | None = None,
) -> Saddle:
    """The highest point of the minimum-energy path between two relaxed structures.

    The path is interpolated by the image-dependent pair potential, with minimum images along periodic directions,
    relaxed by BFGS on the forces of the improved tangent, without climbing until they are below 0.3 eV/Angstrom.

    Parameters
    ----------
    start, end : ase.Atoms
        The same atoms in the same order; they stay as they are.
    bench : Bench
    fmax : float
        Criterion for the band [eV/Angstrom].
    steps : int
        Most steps of the band.
    maxstep : float
        Longest step of an atom [Angstrom].
    images : int
        Between the ends, three at least with climbing.
    climb : bool
        Whether the highest image climbs to the saddle.
    moment : int or None
        Total moment to hold fixed [Bohr magnetons].

    Raises
    ------
    InputError
        If the ends do not hold the same atoms, cells and fixed atoms, or the number of images is not positive.
    EngineError
        If the engine fails on an image.
    """
    _require_ends(start, end, images)
    band = _band(start, end, bench, images, moment)
    search: Any = NEB(band, k=SPRING, climb=False, method="improvedtangent", allow_shared_calculator=False)
    if images > 1:
        search.interpolate(method="idpp", mic=bool(start.pbc.any()), apply_constraint=False)
    left, converged = steps, False
    for climbing, criterion in ((False, max(ROUGH, fmax) if climb else fmax), *(((True, fmax),) if climb else ())):
        search.climb = climbing
        optimiser = BFGS(search, logfile=None, maxstep=maxstep)
        converged = bool(optimiser.run(fmax=criterion, steps=left))
        left -= optimiser.nsteps
    residual = float(np.linalg.norm(search.get_forces(), axis=1).max())
    points = [bench.compute(image, moment=moment) for image in band]
    top = 1 + int(np.argmax([point.energy for point in points[1:-1]]))
    return Saddle(carrying(band[top], points[top]), points[top], converged, residual, _of_band(points, top))


def dimer(
    start: Atoms,
    mode: FloatArray,
    bench: Bench,
    *,
    fmax: float,
    steps: int,
    maxstep: float,
    moment: int | None = None,
) -> Saddle:
    """A saddle point uphill from a structure along its lowest mode.

    Parameters
    ----------
    start : ase.Atoms
        Near the saddle, or displaced from a minimum towards it; fixed atoms stay.
    mode : array
        First guess of the direction, shape (n, 3), any length.
    bench : Bench
    fmax : float
        Criterion [eV/Angstrom].
    steps : int
        Most translations.
    maxstep : float
        Longest translation, over all atoms together [Angstrom].
    moment : int or None
        Total moment to hold fixed [Bohr magnetons].

    Raises
    ------
    InputError
        If the mode has not the structure's shape, or moves no free atom.
    EngineError
        If the engine fails.
    """
    moving: Any = start.copy()
    moving.calc = FromBench(bench, moment=moment)
    control = DimerControl(
        logfile=None, eigenmode_logfile=None, dimer_separation=SEPARATION, maximum_translation=maxstep
    )
    guess = _mode(start, mode)
    walker = MinModeAtoms(moving, control, eigenmodes=[guess], random_seed=1)
    search = MinModeTranslate(walker, logfile=None)
    met = bool(search.run(fmax=fmax, steps=steps))
    point = bench.compute(moving, moment=moment)
    curvature = float(walker.get_curvature())
    details = {
        "curvature": curvature,
        "translations": int(search.nsteps),
        "mode": np.round(walker.get_eigenmode(), 5).tolist(),
    }
    return Saddle(carrying(moving, point), point, met and curvature < 0, largest_force(moving, point), details)


def verified(saddle: Saddle, bench: Bench, indices: Sequence[int], *, displacement: float) -> tuple[Modes, str]:
    """The modes at a saddle, and why it is none: empty where exactly one is imaginary.

    A second one counts where it is beyond noise, 50 cm-1, or beyond half of the first.
    """
    found = vibrations(saddle.atoms, bench, indices, displacement=displacement, moment=saddle.point.moment)
    first, second = found.energies[:2]
    if first > -WEAKEST:
        return found, "no saddle point: no mode is imaginary."
    if second < -min(SOFT, -first / 2):
        count = int((found.energies < -WEAKEST).sum())
        return found, f"no saddle point of first order: {count} modes are imaginary."
    return found, ""


def _band(start: Atoms, end: Atoms, bench: Bench, images: int, moment: int | None) -> list[Any]:
    """Copies of the ends and between them, the end at the start's minimum images, each with a calculator."""
    last = end.copy()
    shifts = find_mic(end.positions - start.positions, start.cell, start.pbc)[0]
    last.positions[:] = start.positions + shifts
    band = [start.copy() for _ in range(images + 1)] + [last]
    for image in band:
        image.calc = FromBench(bench, moment=moment)
    return band


def _of_band(points: Sequence[Point], top: int) -> dict[str, Any]:
    energies = [point.energy for point in points]
    return {
        "image_energies": energies,
        "image_positions": [np.round(point.positions, 6).tolist() for point in points],
        "highest": top,
        "barrier": energies[top] - energies[0],
        "barrier_backward": energies[top] - energies[-1],
    }


def _require_ends(start: Atoms, end: Atoms, images: int) -> None:
    same = len(start) == len(end) and (start.numbers == end.numbers).all() and np.allclose(start.cell[:], end.cell[:])
    if not same or free_atoms(start) != free_atoms(end):
        what = f"the ends {start.symbols} and {end.symbols} differ in their atoms, order, cell or fixed atoms."
        raise InputError(what, where="path", remedy="give the same atoms in the same order, moved.")
    if isinstance(images, bool) or not isinstance(images, int) or images < 1:
        raise InputError(f"the number of images is {images!r}.", where="path", remedy="give a whole number, as 5.")


def _mode(atoms: Atoms, mode: FloatArray) -> FloatArray:
    vector = np.array(mode, dtype=float)
    if vector.shape != atoms.positions.shape:
        what = f"the mode has the shape {vector.shape}, the structure {atoms.positions.shape}."
        raise InputError(what, where="dimer", remedy="give a displacement for each atom.")
    free = np.zeros(len(atoms), dtype=bool)
    free[free_atoms(atoms)] = True
    vector[~free] = 0.0
    length = float(np.linalg.norm(vector))
    if not length > 0:
        raise InputError("the mode moves no free atom.", where="dimer", remedy="give a displacement that does.")
    return vector / length
