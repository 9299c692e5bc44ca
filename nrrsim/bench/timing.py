"""Timing by interleaved rounds: every case once in each round, so that a slow moment of the machine meets all alike."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from nrrsim.bench._kernels import eliminate

CALIBRATION = "calibration"
_ORDER = 12  # of the matrix that the calibration eliminates
_ELIMINATIONS = 2000


@dataclass(frozen=True)
class Case:
    """Something to time.

    Parameters
    ----------
    name : str
        What is done.
    model : str
        On which network.
    code : str
        By which program.
    points : int
        Conditions that one run covers.
    run : callable
        Does it.
    repeat : int
        Runs in one round.
    rounds : int
        Rounds that it takes part in, at most.
    warmed : bool
        Whether it has run before, so that nothing is compiled any more.
    rows : tuple[int, ...]
        Which of the reference points it covers, if it covers any.
    """

    name: str
    model: str
    code: str
    points: int
    run: Callable[[], object]
    repeat: int = 1
    rounds: int = 1000
    warmed: bool = False
    rows: tuple[int, ...] = ()


@dataclass(frozen=True)
class Timing:
    """Times of a case over the rounds [us per point].

    Parameters
    ----------
    case : Case
    us : tuple[float, ...]
        One for each round.
    """

    case: Case
    us: tuple[float, ...]

    @property
    def median(self) -> float:
        """Median over the rounds [us per point]."""
        return float(np.median(self.us))


def calibration() -> Case:
    """Plain arithmetic in a compiled kernel: eliminations of a 12 x 12 matrix."""
    a = dominant_matrix()
    eliminate(a, 1)
    return Case(CALIBRATION, "12 x 12 elimination", "numba", _ELIMINATIONS, lambda: eliminate(a, _ELIMINATIONS))


def dominant_matrix() -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
    """A fixed matrix that needs no pivoting."""
    rng = np.random.default_rng(0)
    return rng.uniform(-1.0, 1.0, size=(_ORDER, _ORDER)) + 2.0 * _ORDER * np.eye(_ORDER)


def interleaved(cases: Sequence[Case], rounds: int) -> list[Timing]:
    """Time all cases, one after the other, in each of several rounds; each has run once before the first."""
    for case in cases:
        if not case.warmed:
            case.run()
    times: list[list[float]] = [[] for _ in cases]
    for number in range(rounds):
        order = range(len(cases)) if number % 2 == 0 else reversed(range(len(cases)))
        for i in (i for i in order if number < cases[i].rounds):
            times[i].append(_timed(cases[i]))
    return [Timing(case, tuple(us)) for case, us in zip(cases, times, strict=True)]


def _timed(case: Case) -> float:
    start = time.perf_counter()
    for _ in range(case.repeat):
        case.run()
    return 1e6 * (time.perf_counter() - start) / (case.points * case.repeat)
