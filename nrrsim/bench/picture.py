"""The benchmark as a picture: time per point of each program on each model."""

from __future__ import annotations

from matplotlib.axes import Axes

from nrrsim.bench.cases import COLD, CORE, WARM
from nrrsim.bench.suite import Report
from nrrsim.plot.style import COLOURS, INK, PALE, TYPE_SIZES, headline, new_figure, plain_frame


def times_per_point(report: Report) -> Axes:
    """Median time of one steady state, by program and model, with the smallest and largest of the rounds.

    A program that was wrong at some of its reference points is drawn hollow.
    """
    models = [check.model for check in report.checks]
    rows = _rows(report)
    figure = new_figure(8.0, 1.6 + 0.34 * len(rows))
    ax = figure.add_axes((0.30, 0.16, 0.66, 0.66))
    for height, (label, case, code) in enumerate(reversed(rows)):
        for k, model in enumerate(models):
            timing = next(
                (t for t in report.timings if (t.case.name, t.case.model, t.case.code) == (case, model, code)), None
            )
            if timing is None:
                continue
            right = all(c.right == 1.0 for c in report.peer_checks if (c.name, c.model) == (code, model))
            y = height + 0.2 * (1 - k)
            ax.plot([min(timing.us), max(timing.us)], [y, y], color=COLOURS[k], linewidth=1.2)
            ax.plot(
                [timing.median], [y], "o", markersize=6, color=COLOURS[k],
                markerfacecolor=COLOURS[k] if right else "white", label=model if label == rows[0][0] else None,
            )  # fmt: skip
    ax.set_xscale("log")
    ax.set_yticks(range(len(rows)), [label for label, _, _ in reversed(rows)])
    ax.set_xlabel("time per steady state [µs]", fontsize=TYPE_SIZES["axis"], color=INK)
    ax.grid(axis="x", color=PALE, alpha=0.3, linewidth=0.6)
    ax.legend(frameon=False, fontsize=TYPE_SIZES["label"], loc="upper right")
    plain_frame(ax)
    headline(
        ax,
        "Steady states: time per condition, one core",
        f"medians of {report.plan.rounds} interleaved rounds; lines: all rounds; hollow: not right at every point",
    )
    return ax


def _rows(report: Report) -> list[tuple[str, str, str]]:
    """Label, case and program of each line of the picture."""
    peers = list(dict.fromkeys(check.name for check in report.peer_checks))
    return [("nrrsim, warm", WARM, CORE), ("nrrsim, cold", COLD, CORE), *((name, COLD, name) for name in peers)]
