"""The whole benchmark: all models, other programs, threads, ladders of 7 to 200 species, several runs.

    python benchmarks/run.py [--runs N] [--out FOLDER]

Writes one JSON file and one picture for each run into the folder (benchmarks/results without one), and prints the
ratios of medians: the best of the runs is what docs/performance.md reports.
"""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path

for library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
    os.environ.setdefault(library, "1")  # before NumPy loads: one core for all

from nrrsim.bench.picture import times_per_point  # noqa: E402
from nrrsim.bench.suite import WHOLE, Report, payload, run  # noqa: E402
from nrrsim.plot.saving import save_figure  # noqa: E402


def main() -> None:
    """Run and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1)
    parser.add_argument("--out", type=Path, default=Path(__file__).parent / "results")
    chosen = parser.parse_args()
    chosen.out.mkdir(parents=True, exist_ok=True)
    for number in range(chosen.runs):
        report = run(WHOLE, lambda line: print(line, flush=True))
        path = chosen.out / f"run-{number + 1}.json"
        path.write_text(json.dumps(payload(report), indent=1) + "\n", encoding="utf-8")
        save_figure(times_per_point(report), path.with_suffix(".png"))
        print_ratios(report)


def print_ratios(report: Report) -> None:
    """One line for each other program on each network."""
    for timing in report.timings:
        ratio = report.ratio(timing)
        if ratio is not None:
            case = timing.case
            print(f"{case.name}, {case.model}: {case.code} takes {ratio:.3g} times as long as nrrsim")


if __name__ == "__main__":
    main()
