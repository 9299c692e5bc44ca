"""The benchmark as a whole: check, time interleaved, and say ratios of medians."""

from __future__ import annotations

import dataclasses
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from nrrsim.bench.cases import (
    COLD,
    COLD_WHERE_RIGHT,
    CORE,
    THREADS,
    cold_case,
    core_cases,
    isolated_cases,
    ladder_cases,
    peer_case,
    spread_rows,
    thread_cases,
)
from nrrsim.bench.checks import ModelCheck, check_isolated, check_model, rows_right, same_bits
from nrrsim.bench.generated import SIZES
from nrrsim.bench.models import MODELS, SIDE, Points, map_conditions, points_of
from nrrsim.bench.peers import ATOL, END, LIMITED, PEERS, RTOL, Peer, Solver
from nrrsim.bench.reference import References, reference_points
from nrrsim.bench.timing import CALIBRATION, Case, Timing, calibration, interleaved


@dataclass(frozen=True)
class Plan:
    """How much is timed.

    Parameters
    ----------
    models : tuple[str, ...]
    side : int
        Points along each axis of a map.
    rounds : int
    peer_points : int
        Reference points that other programs run on, at most.
    peers : bool
        Whether other programs are timed.
    threads : bool
        Whether chunks in one and two threads are.
    sizes : tuple[int, ...]
        Species of the ladders.
    """

    models: tuple[str, ...] = MODELS
    side: int = SIDE
    rounds: int = 5
    peer_points: int = 25
    peers: bool = True
    threads: bool = True
    sizes: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        if self.rounds < 1 or self.side < 2 or self.peer_points < 1:
            raise ValueError("a plan has at least one round, one point for peers and a map of two by two.")


QUICK = Plan(side=10, rounds=3, peer_points=2, threads=False)
USUAL = Plan(rounds=5, peer_points=5)
WHOLE = Plan(rounds=7, sizes=SIZES)


@dataclass(frozen=True, eq=False)
class PeerCheck:
    """How often another program was right on a model: the share of its reference points."""

    name: str
    version: str
    model: str
    points: int
    right: float


@dataclass(frozen=True, eq=False)
class Report:
    """What a run of the benchmark found.

    Parameters
    ----------
    plan : Plan
    checks : tuple[ModelCheck, ...]
    peer_checks : tuple[PeerCheck, ...]
    not_installed : tuple[str, ...]
        Names of programs that could not be timed.
    isolated_error, isolated_smallest : float
        Largest relative error of a population of the isolated chain, and its smallest population.
    same_bits : bool or None
        Whether one and two threads gave the same numbers; None where threads were not timed.
    timings : tuple[Timing, ...]
    load : tuple[float, float]
        Processes running or waiting before and after; more than one means the times are those of a busy machine.
    """

    plan: Plan
    checks: tuple[ModelCheck, ...]
    peer_checks: tuple[PeerCheck, ...]
    not_installed: tuple[str, ...]
    isolated_error: float
    isolated_smallest: float
    same_bits: bool | None
    timings: tuple[Timing, ...]
    load: tuple[float, float]

    def median(self, case: str, model: str, code: str = CORE, rows: tuple[int, ...] | None = None) -> float | None:
        """Median time of a case [us per point], None where it was not timed."""
        for timing in self.timings:
            c = timing.case
            if (c.name, c.model, c.code) == (case, model, code) and rows in (None, c.rows):
                return timing.median
        return None

    @property
    def calibration(self) -> float:
        """Median time of one elimination [us]."""
        return next(t.median for t in self.timings if t.case.name == CALIBRATION)

    def ratio(self, timing: Timing) -> float | None:
        """How often the core's time goes into another program's, on the same points; None for the core itself."""
        c = timing.case
        if c.code in (CORE, "numba"):
            return None
        own = self.median(c.name, c.model, rows=c.rows)
        return None if own is None else timing.median / own

    @property
    def speed_ups(self) -> dict[str, float] | None:
        """Speed-up of two threads over one, of the core and of the calibration's arithmetic."""
        found = {}
        for t in self.timings:
            if t.case.name.startswith(THREADS) and t.case.name.endswith("1 thread"):
                two = self.median(f"{THREADS}, 2 threads", t.case.model, t.case.code)
                if two is not None:
                    found[t.case.code] = t.median / two
        return found or None


def run(plan: Plan, told: Callable[[str], None] = lambda _: None) -> Report:
    """Check all answers, then time.

    Parameters
    ----------
    plan : Plan
    told : callable
        Takes a line on what is being done.

    Raises
    ------
    NotConvergedError
        If an answer of nrrsim is wrong: then nothing is timed.
    """
    before = os.getloadavg()[0]
    peers = [p for p in PEERS if plan.peers and p.installed]
    absent = [p.name for p in PEERS if plan.peers and not p.installed]
    cases: list[Case] = [calibration()]
    checks: list[ModelCheck] = []
    peer_checks: list[PeerCheck] = []
    bits: bool | None = None
    for model in plan.models:
        told(f"{model}: answers against the references")
        points = points_of(model, map_conditions(model, plan.side))
        exact, references = reference_points(model)
        checks.append(check_model(points, exact, references))
        sets = {peer: spread_rows(len(exact), min(peer.points, plan.peer_points)) for peer in peers}
        cases += core_cases(points, exact)
        cases += [cold_case(COLD, exact, list(rows)) for rows in _longest_first(range(len(exact)), *sets.values())]
        for peer, rows in sets.items():
            told(f"{model}: {peer.name}")
            timed, found = _peer(peer, exact, references, rows)
            cases += timed
            peer_checks.append(found)
        if plan.threads and model == "full":
            bits = same_bits(points)
            cases += thread_cases(points)
    isolated = check_isolated()
    lsoda = {p: _preparing(p) for p in peers if p.name in LIMITED}
    cases += isolated_cases(lsoda)
    cases += ladder_cases(plan.sizes, lsoda)
    told(f"{plan.rounds} rounds of {len(cases)} cases")
    timings = interleaved(cases, plan.rounds)
    return Report(
        plan, tuple(checks), tuple(peer_checks), tuple(absent), *isolated, bits, tuple(timings),
        (before, os.getloadavg()[0]),
    )  # fmt: skip


def _preparing(peer: Peer) -> Callable[[Points], Solver]:
    return lambda points: peer.prepare(points.topology)


def _longest_first(*rows: Iterable[int]) -> list[tuple[int, ...]]:
    return sorted({tuple(r) for r in rows}, key=len, reverse=True)


def _peer(peer: Peer, exact: Points, references: References, rows: list[int]) -> tuple[list[Case], PeerCheck]:
    """Another program on all points given to it, and on those where its answer is right, with the core beside it."""
    solve = peer.prepare(exact.topology)
    right = rows_right(exact, references, rows, solve)
    cases = [peer_case(COLD, peer, exact, rows, solve)]
    if 0 < len(right) < len(rows):
        name = COLD_WHERE_RIGHT.format(peer.name)
        cases += [peer_case(name, peer, exact, right, solve), cold_case(name, exact, right)]
    return cases, PeerCheck(peer.name, peer.version, exact.name, len(rows), len(right) / len(rows))


def payload(report: Report) -> dict[str, Any]:
    """A report as JSON, units in the keys."""
    return {
        "machine": {
            "processor": platform.machine(),
            "cores": os.cpu_count(),
            "load_before": report.load[0],
            "load_after": report.load[1],
            "versions": {"python": platform.python_version()}
            | {name: version(name) for name in ("nrrsim", "numpy", "scipy", "numba")},
        },
        "rounds": report.plan.rounds,
        "integrated_to_s": END,
        "tolerances": {"relative": RTOL, "absolute": ATOL},
        "checks": [dataclasses.asdict(check) for check in report.checks],
        "isolated": {"largest_error": report.isolated_error, "smallest_population": report.isolated_smallest},
        "peers": [dataclasses.asdict(check) for check in report.peer_checks],
        "not_installed": list(report.not_installed),
        "calibration_us": report.calibration,
        "timings": [timing_row(report, timing) for timing in report.timings],
        "same_bits_on_two_threads": report.same_bits,
        "speed_up_of_two_threads": report.speed_ups,
    }


def timing_row(report: Report, timing: Timing) -> dict[str, Any]:
    """One timing as JSON; `times_nrrsim` is the ratio of its median to nrrsim's on the same points."""
    c = timing.case
    return {
        "case": c.name,
        "model": c.model,
        "code": c.code,
        "points": c.points,
        "us_per_point": timing.median,
        "smallest_us": min(timing.us),
        "largest_us": max(timing.us),
        "times_calibration": timing.median / report.calibration,
        "times_nrrsim": report.ratio(timing),
    }


def fastest_right(report: Report, model: str) -> PeerCheck | None:
    """The other program that took least time on a model among those right at every point, None without one."""
    right = [c for c in report.peer_checks if c.model == model and c.right == 1.0]
    return min(right, key=lambda c: report.median(COLD, model, c.name) or float("inf"), default=None)
