"""The core on arrays of conditions: in one thread, or over fixed chunks in several."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np

from nrrsim.bench.models import Points
from nrrsim.solvers._kernels.batch import solve_chain
from nrrsim.solvers._kernels.network import Answers, workspace

CHUNK = 250  # conditions of one chain; fixed, so that answers do not depend on the number of threads


def room(points: Points, *, control: bool, rates: bool = False) -> Answers:
    """Empty answers for all conditions."""
    t, c = points.topology, len(points)
    species, gases, steps = len(t.species), len(t.gases), len(t.steps)
    return Answers(
        np.zeros((c, species)),
        np.zeros((c, gases)),
        np.zeros((c, gases)),
        np.zeros((c if rates else 0, steps)),
        np.zeros((c if control else 0, steps)),
        np.zeros(c),
        np.zeros(c, dtype=np.int8),
        np.zeros(c, dtype=np.int64),
    )


def fill(points: Points, answers: Answers, *, warm: bool, control: bool) -> None:
    """Solve all conditions one after the other."""
    t = points.topology
    solve_chain(
        t.arrays,
        points.ln_kf_cj,
        points.ln_kr_cj,
        points.problem(0).density_i,
        np.zeros((0, 0, 0)),
        points.share_j,
        points.gas if control else -1,
        warm,
        workspace(t.arrays),
        answers,
    )


def solved(points: Points, *, warm: bool = False, control: bool = False) -> Answers:
    """Answers at all conditions, one thread, one chain."""
    answers = room(points, control=control)
    fill(points, answers, warm=warm, control=control)
    return answers


def solved_in_chunks(points: Points, *, threads: int, control: bool = True, chunk: int = CHUNK) -> Answers:
    """Answers at all conditions, warm chains over fixed chunks, spread over threads."""
    answers = room(points, control=control)

    def one(start: int) -> None:
        rows = slice(start, start + chunk)
        part = _part(answers, rows)
        fill(points.some(rows), part, warm=True, control=control)

    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(one, range(0, len(points), chunk)))
    return answers


def _part(answers: Answers, rows: slice) -> Answers:
    """A view of some of the conditions; arrays that are not filled stay as they are."""
    views: list[Any] = [a[rows] if len(a) else a for a in answers]
    return Answers(*views)
