"""Relaxation of a structure by BFGS on a bench, with a look at whether energies and forces behave."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
from ase import Atoms
from ase.constraints import FixAtoms
from numpy.typing import NDArray

from nrrsim.dft.bench import Bench, FromBench, Point, with_total
from nrrsim.dft.descent import DampedBFGS
from nrrsim.dft.engines import UnconvergedError, has_spin
from nrrsim.dft.model_hessian import model_hessian
from nrrsim.errors import InputError
from nrrsim.structures.bonding import is_metal

FloatArray: TypeAlias = NDArray[np.float64]

LATE = 5  # steps after which forces should only fall
JUMP = 3.0  # factor by which the largest force grows in one step where something is wrong
ROUNDS = 3  # of relaxing on where an SCF from a new density finds a lower state
AWAY = 1.5  # sums of covalent radii between an adsorbate and the host beyond which it may be leaving
LEAVING = 3  # steps in a row out there, each further and lower, after which it is not waited for
PATIENCE = 12  # steps without a lower energy or force after which one gets no further
GAIN = 1e-3  # by which an energy is lower, on the way to the usual criterion: less, by its square, to a finer one [eV]
SAME_STATE = 5e-3  # by which two SCFs of one electronic state may differ [eV]
SURPRISE = 1e-2  # between the change of an energy and the work of the forces on the way [eV], or all of that work
FLIP = 0.5  # change of an atom's moment in one step that is another electronic state [Bohr magnetons]
_DEFAULTS = {"fmax": 0.05, "steps": 200, "maxstep": 0.2}  # of ase.optimize, for settings that say nothing


@dataclass(frozen=True, eq=False)
class Relaxed:
    """A relaxation that came to its end, or was broken off.

    Parameters
    ----------
    atoms : ase.Atoms
        Final structure; its initial moments are the computed ones.
    points : tuple of Point
        One for each step, the start first.
    fmax : tuple of float
        Largest force on a free atom at each step [eV/Angstrom].
    converged : bool
        Whether the last is below the criterion.
    warnings : tuple of str
        Sentences about steps at which energies, forces or moments jumped.
    left : bool
        Whether it was broken off because an adsorbate was leaving.
    stuck : bool
        Whether it was broken off because neither energy nor forces fell any more; it ends with its lowest energy.
    """

    atoms: Atoms
    points: tuple[Point, ...]
    fmax: tuple[float, ...]
    converged: bool
    warnings: tuple[str, ...]
    left: bool = False
    stuck: bool = False

    @property
    def details(self) -> dict[str, Any]:
        """Of a record: energies, forces and moments of the steps, JSON values."""
        return {
            "energies": [point.energy for point in self.points],
            "free_energies": [point.free_energy for point in self.points],
            "fmax": [round(f, 6) for f in self.fmax],
            "forces": [np.round(point.forces, 6).tolist() for point in self.points],
            "moments": [np.round(point.moments, 4).tolist() for point in self.points if len(point.moments)],
            "converged": self.converged,
        }


def relax(
    atoms: Atoms,
    bench: Bench,
    *,
    fmax: float,
    steps: int,
    maxstep: float,
    moment: int | None = None,
    hessian: FloatArray | None = None,
    gap: Callable[[Atoms], float] | None = None,
) -> Relaxed:
    """Move the free atoms until no force exceeds a criterion.

    With spin, an engine that goes on from its last density may follow an electronic state that is no longer the lowest.
    So the end is computed anew from a first guess of the moments (a fixed total shared alike among metal atoms, else
    those of the start): where that comes out lower, the relaxation goes on from there.

    Where neither energy nor forces fall in `PATIENCE` steps, as on a coarse grid whose forces are not the slope of its
    energies, the lowest energy so far is the end.

    Parameters
    ----------
    atoms : ase.Atoms
        The start; its fixed atoms stay.
    bench : Bench
    fmax : float
        Criterion for the largest force on a free atom [eV/Angstrom].
    steps : int
        Most steps, those done before a restart included.
    maxstep : float
        Longest step of an atom [Angstrom].
    moment : int or None
        Total moment to hold fixed [Bohr magnetons].
    hessian : array, optional
        To begin with, as vibrations tell it [eV/Angstrom^2], shape (3 n, 3 n); a model of the structure without it.
    gap : callable, optional
        How far the adsorbates of a structure stand off (`nrrsim.dft.outcome.widest_gap`). A relaxation that leads one
        further out and further down `LEAVING` times in a row, beyond `AWAY`, is broken off: the way to nowhere is long
        and flat.

    Raises
    ------
    EngineError
        If the engine fails at a step.
    """
    moving: Any = atoms.copy()
    points: list[Point] = []
    said: list[str] = []
    leaving = stuck = False
    for _ in range(ROUNDS):
        moving.calc = FromBench(bench, moment=moment)
        optimiser: Any = DampedBFGS(moving, logfile=None, maxstep=maxstep)
        optimiser.H0 = _first_hessian(moving) if hessian is None else hessian
        walk = optimiser.irun(fmax=fmax, steps=max(steps - len(points), 0))
        way, leaving, stuck = _descent(optimiser, (bench.compute(moving, moment=moment) for _ in walk), fmax, gap)
        points += way
        settled = largest_force(moving, points[-1]) < fmax
        if not (settled and bench.goes_on and has_spin(atoms)):
            break
        fresh, lower = anew(atoms, bench, moment, points[-1])
        said += [lower] if lower else []
        if fresh is None:
            break
        points.append(fresh)
        if largest_force(moving, fresh) < fmax:
            break
    largest = tuple(largest_force(moving, point) for point in points)
    final = carrying(moving, points[-1])
    said += [f"broken off as an adsorbate was leaving: the largest force was {largest[-1]:.3f} eV/Angstrom."] * leaving
    warnings = (*said, *_jumps(final, points, largest))
    return Relaxed(final, tuple(points), largest, largest[-1] < fmax, warnings, leaving, stuck)


def _descent(
    optimiser: Any, computed: Iterable[Point], fmax: float, gap: Callable[[Atoms], float] | None
) -> tuple[list[Point], bool, bool]:
    """Points of an optimiser's steps as they are computed, up to where it was broken off; whether an adsorbate was
    leaving, and whether it was stuck, the lowest point then repeated at the end.
    """
    atoms = optimiser.atoms
    points: list[Point] = []
    forces: list[float] = []
    way: list[tuple[float, float]] = []
    for point in computed:
        points.append(point)
        way.append((0.0 if gap is None else gap(atoms), point.free_energy))
        if len(points) > 1 and not _by_its_forces(atoms, *points[-2:]):  # what was learned is of another state
            optimiser.H0, optimiser.state = _first_hessian(atoms), None
        forces.append(largest_force(atoms, point))
        if forces[-1] < fmax:
            continue
        if _leaving(way):
            return points, True, False
        if _stuck([point.free_energy for point in points], forces, fmax):
            return [*points, min(points, key=lambda point: point.free_energy)], False, True
    return points, False, False


def _first_hessian(atoms: Atoms) -> FloatArray:
    """A model of the structure [eV/Angstrom^2], shape (3 n, 3 n)."""
    return model_hessian(atoms, fixed=fixed_atoms(atoms))


def _by_its_forces(atoms: Atoms, before: Point, now: Point) -> bool:
    """Whether the energy changed by the work of the forces on the free atoms, as it does on one electronic state.

    A step over a minimum has two halves of work that cancel, so that what is left of them says nothing of how far from
    a parabola it may be: the two are held against the surprise one by one.
    """
    free = free_atoms(atoms)
    step = (now.positions - before.positions)[free]
    halves = [0.5 * float((point.forces[free] * step).sum()) for point in (before, now)]
    return abs(now.free_energy - before.free_energy + sum(halves)) < max(SURPRISE, sum(map(abs, halves)))


def _leaving(way: Sequence[tuple[float, float]]) -> bool:
    """Whether each of the last steps led an adsorbate that was away further out and further down: gaps and energies."""
    last = way[-LEAVING - 1 :]
    beyond = len(last) > LEAVING and all(gap > AWAY for gap, _ in last[1:])
    return beyond and all(
        gap < next_gap and energy > next_energy for (gap, energy), (next_gap, next_energy) in pairwise(last)
    )


def _stuck(energies: Sequence[float], forces: Sequence[float], fmax: float) -> bool:
    """Whether the last steps brought neither a lower energy nor a lower force.

    An energy near its minimum goes with the square of the force. On the way off a ridge, where a relaxation to a finer
    criterion begins, the force rises first and a step brings a tenth of a meV.
    """
    if len(energies) <= PATIENCE:
        return False
    gain = GAIN * min(fmax / _DEFAULTS["fmax"], 1.0) ** 2
    fallen = min(energies[-PATIENCE:]) < min(energies[:-PATIENCE]) - gain
    return not fallen and min(forces[-PATIENCE:]) >= min(forces[:-PATIENCE])


def anew(start: Atoms, bench: Bench, moment: int | None, last: Point) -> tuple[Point | None, str]:
    """The structure computed from a new density, None where that is no better, and what is to be said of it.

    Where a total moment is held, one attempt has to do: the guess has all metal atoms alike, and far from a state with
    one turned an SCF wanders for a quarter of an hour.
    """
    try:
        fresh = bench.compute(_guessed(start, last), moment=moment, anew=True, patient=moment is None)
    except UnconvergedError:
        bench.back_to(last)
        return None, "the last SCF could not be repeated from a new density: its electronic state is not confirmed."
    rise = 1e3 * (fresh.free_energy - last.free_energy)
    if rise > 1e3 * SAME_STATE:
        bench.back_to(last)
        return None, f"another electronic state: an SCF from a new density lies {rise:.0f} meV above the one kept."
    lower = f"another electronic state: an SCF from a new density lies {-rise:.0f} meV lower, relaxed on from there."
    return fresh, lower if rise < -1e3 * SAME_STATE else ""


def _guessed(start: Atoms, point: Point) -> Atoms:
    """The atoms at a point with moments that know nothing of its electronic state."""
    copy: Atoms = start.copy()
    copy.positions[:] = point.positions
    if point.moment:
        metal = is_metal(copy)
        shares = metal if metal.any() else np.ones(len(copy), dtype=bool)
        copy.set_initial_magnetic_moments(with_total(shares.astype(float), point.moment))
    return copy


def relax_options(options: Any, settings: Any) -> dict[str, Any]:
    """fmax, steps and maxstep of a task: its options over those of its settings.

    Raises
    ------
    InputError
        If one of them is no positive number.
    """
    chosen = {name: options.get(name, settings.relax.get(name, usual)) for name, usual in _DEFAULTS.items()}
    for name, value in chosen.items():
        if isinstance(value, bool) or not isinstance(value, (int, float)) or not value > 0:
            raise InputError(f"{name} is {value!r}.", where="relaxation", remedy="give a positive number.")
    return {**chosen, "steps": int(chosen["steps"])}


def fixed_atoms(atoms: Atoms) -> set[int]:
    """Indices of the atoms that are held where they are."""
    return {int(i) for held in atoms.constraints if isinstance(held, FixAtoms) for i in held.get_indices()}


def free_atoms(atoms: Atoms) -> list[int]:
    """Indices of the atoms that are not fixed."""
    fixed = fixed_atoms(atoms)
    return [i for i in range(len(atoms)) if i not in fixed]


def largest_force(atoms: Atoms, point: Point) -> float:
    """Largest force on a free atom [eV/Angstrom]; zero where all are fixed."""
    free = free_atoms(atoms)
    return float(np.linalg.norm(point.forces[free], axis=1).max(initial=0.0))


def carrying(atoms: Atoms, point: Point) -> Atoms:
    """A copy at the point's positions without calculator, the computed moments its initial ones."""
    copy: Atoms = atoms.copy()
    copy.positions[:] = point.positions
    if len(point.moments):
        copy.set_initial_magnetic_moments(np.round(with_total(point.moments, point.moment), 6))
    return copy


def unconverged(relaxed: Relaxed, *, fmax: float) -> str:
    """Why a relaxation is not finished, empty where it is or was broken off."""
    if relaxed.converged or relaxed.left:
        return ""
    steps = len(relaxed.points) - (2 if relaxed.stuck else 1)
    after = f"after {steps} steps, the last {PATIENCE} of them in vain" if relaxed.stuck else f"after {steps} steps"
    return f"not relaxed {after}: the largest force is {relaxed.fmax[-1]:.3f} eV/Angstrom, above {fmax:g}."


def _jumps(atoms: Atoms, points: Sequence[Point], largest: Sequence[float]) -> tuple[str, ...]:
    """Sentences on forces that grew late and on moments that changed their state."""
    said = []
    for step in range(1, len(points)):
        before, now = points[step - 1], points[step]
        if step > LATE and largest[step] > JUMP * largest[step - 1] and now.energy > before.energy:
            said.append(
                f"noise at step {step}: the largest force rose from {largest[step - 1]:.3f} to {largest[step]:.3f} "
                f"eV/Angstrom, the energy by {1e3 * (now.energy - before.energy):.1f} meV."
            )
        if len(now.moments) and len(now.moments) == len(before.moments):
            changes = np.abs(now.moments - before.moments)
            atom = int(changes.argmax())
            if changes[atom] > FLIP:
                said.append(
                    f"another electronic state at step {step}: the moment of {atoms.symbols[atom]}{atom} went from "
                    f"{before.moments[atom]:.2f} to {now.moments[atom]:.2f}."
                )
    return tuple(said)
