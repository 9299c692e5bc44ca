"""What is timed: parts of the core, whole maps, other programs, threads and sizes."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from nrrsim.bench._kernels import eliminate, repeat_equations
from nrrsim.bench.generated import isolated_chain, ladder
from nrrsim.bench.models import Points
from nrrsim.bench.peers import Peer, Solver
from nrrsim.bench.solving import fill, room, solved_in_chunks
from nrrsim.bench.timing import Case, dominant_matrix
from nrrsim.solvers._kernels.chain import stationary_vector
from nrrsim.solvers._kernels.network import workspace
from nrrsim.solvers.isolated import chain_rates
from nrrsim.solvers.steady import nearly_clean

Floats = NDArray[np.float64]

CORE = "nrrsim"
EQUATIONS = "right-hand side and Jacobian"
COLD = "cold, certified"
COLD_WHERE_RIGHT = "cold, where {} is right"
COLD_CONTROL = "cold, rate control of all steps"
WARM = "map, warm chain"
WARM_CONTROL = "map, warm chain, rate control"
MAP_COLD = "map, cold"
ISOLATED = "isolated site"
THREADS = "map over chunks"
LADDER = "ladder, cold"

_EQUATIONS = 2000  # repeats
_THREAD_JOBS, _ELIMINATIONS = 10, 4000


def spread_rows(total: int, count: int) -> list[int]:
    """At most `count` of `total` places, evenly spread."""
    return sorted({int(x) for x in np.linspace(0, total - 1, min(count, total))})


def core_cases(points: Points, at_references: Points) -> list[Case]:
    """The core on one model: its equations, at the references with rate control, warm and cold over the map."""
    problem = points.problem(0)
    network, rates, work = points.topology.arrays, problem.rates, workspace(points.topology.arrays)
    theta = nearly_clean(points.topology)
    return [
        Case(
            EQUATIONS,
            points.name,
            CORE,
            _EQUATIONS,
            lambda: repeat_equations(network, rates, theta, _EQUATIONS, work),
        ),
        _filling(COLD_CONTROL, at_references, warm=False, control=True, repeat=4),
        _filling(MAP_COLD, points, warm=False, control=False),
        _filling(WARM, points, warm=True, control=False),
        _filling(WARM_CONTROL, points, warm=True, control=True),
    ]


def cold_case(name: str, at_references: Points, rows: list[int]) -> Case:
    """The core at some of the reference points, so that it can be compared with other programs on the same ones."""
    chosen = at_references.some(rows)
    case = _filling(name, chosen, warm=False, control=False, repeat=max(1, 100 // len(chosen)))
    return replace(case, rows=tuple(rows))


def _filling(name: str, points: Points, *, warm: bool, control: bool, repeat: int = 1) -> Case:
    answers = room(points, control=control)
    return Case(name, points.name, CORE, len(points), lambda: fill(points, answers, warm=warm, control=control), repeat)


def peer_case(name: str, peer: Peer, at_references: Points, rows: list[int], solve: Solver) -> Case:
    """Another program at some of the reference points, one after the other, each from the clean surface."""
    k_c2j = np.exp(np.stack([at_references.ln_kf_cj[rows], at_references.ln_kr_cj[rows]], axis=1))

    def run() -> None:
        for k_2j in k_c2j:
            solve(k_2j)

    return Case(name, at_references.name, peer.name, len(rows), run, rounds=peer.rounds, warmed=True, rows=tuple(rows))


def isolated_cases(peers: dict[Peer, Callable[[Points], Solver]]) -> list[Case]:
    """The isolated chain: by elimination, and by integrators."""
    points = isolated_chain()
    rates = chain_rates(points.problem(0))
    k_2j = np.exp(np.stack([points.ln_kf_cj[0], points.ln_kr_cj[0]]))
    cases = [Case(ISOLATED, points.name, CORE, 1, lambda: stationary_vector(rates), 1000)]
    for peer, prepare in peers.items():
        solve = prepare(points)
        cases.append(Case(ISOLATED, points.name, peer.name, 1, _bound(solve, k_2j), rounds=3))
    return cases


def ladder_cases(sizes: tuple[int, ...], peers: dict[Peer, Callable[[Points], Solver]]) -> list[Case]:
    """Ladders of growing size, cold, by the core and by other programs at the first condition."""
    cases = []
    for size in sizes:
        points = ladder(size)
        cases.append(_filling(LADDER, points.some(slice(0, 1)), warm=False, control=False))
        k_2j = np.exp(np.stack([points.ln_kf_cj[0], points.ln_kr_cj[0]]))
        for peer, prepare in peers.items():
            cases.append(Case(LADDER, points.name, peer.name, 1, _bound(prepare(points), k_2j), rounds=3))
    return cases


def thread_cases(points: Points) -> list[Case]:
    """The map over fixed chunks, and the calibration's arithmetic, each in one and in two threads."""
    a = dominant_matrix()

    def arithmetic(threads: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(lambda _: eliminate(a, _ELIMINATIONS), range(_THREAD_JOBS)))

    cases = []
    for n in (1, 2):
        label = f"{THREADS}, {n} thread{'s' if n > 1 else ''}"
        cases.append(Case(label, points.name, CORE, len(points), _bound(_in_threads(points), n)))
        cases.append(Case(label, "12 x 12 elimination", "numba", _THREAD_JOBS * _ELIMINATIONS, _bound(arithmetic, n)))
    return cases


def _in_threads(points: Points) -> Callable[[int], object]:
    return lambda threads: solved_in_chunks(points, threads=threads)


def _bound(call: Callable[..., object], value: object) -> Callable[[], object]:
    return lambda: call(value)
