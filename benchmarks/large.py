"""A million conditions of the full model by chunks: turnovers, coverages and rate control, time and peak memory.

python benchmarks/large.py [--conditions N] [--threads N]
"""

from __future__ import annotations

import argparse
import resource
import time
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from nrrsim.bench.models import SIDE, catalyst_points, map_conditions, model_path
from nrrsim.bench.solving import CHUNK, fill, room
from nrrsim.io.catalog import load
from nrrsim.solvers._kernels.network import NONE


def main() -> None:
    """Solve chunk by chunk; each makes its own rate constants, so that only answers are kept."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--conditions", type=int, default=1_000_000)
    parser.add_argument("--threads", type=int, default=2)
    chosen = parser.parse_args()
    side = max(SIDE, int(np.ceil(np.sqrt(chosen.conditions))))
    conditions = map_conditions("full", side)[: chosen.conditions]
    catalyst = load(model_path("full"))
    first = catalyst_points(catalyst, "full", conditions[:CHUNK])
    shape = len(conditions), len(first.topology.species), len(first.topology.gases), len(first.topology.steps)
    theta, tof, control = (np.empty((shape[0], n)) for n in shape[1:])
    certified = np.zeros(shape[0], dtype=bool)
    fill(first, room(first, control=True), warm=True, control=True)  # compiles

    def one(start: int) -> None:
        rows = slice(start, start + CHUNK)
        points = catalyst_points(catalyst, "full", conditions[rows])
        answers = room(points, control=True)
        fill(points, answers, warm=True, control=True)
        theta[rows], tof[rows], control[rows] = answers.theta_ci, answers.tof_cg, answers.control_cj
        certified[rows] = answers.rung_c != NONE

    begin = time.perf_counter()
    with ThreadPoolExecutor(chosen.threads) as pool:
        list(pool.map(one, range(0, len(conditions), CHUNK)))
    seconds = time.perf_counter() - begin
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"{len(conditions)} conditions in {seconds:.1f} s on {chosen.threads} threads, {peak:.0f} MB at the peak,")
    print(f"{certified.mean():.4%} certified, {control.nbytes / 1e6 + theta.nbytes / 1e6:.0f} MB of answers kept")


if __name__ == "__main__":
    main()
