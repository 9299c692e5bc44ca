"""`nrrsim bench`."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nrrsim.cli import options, output

if TYPE_CHECKING:
    from nrrsim.bench.suite import Report


def bench(
    figure: Annotated[
        Path | None, typer.Option("-o", "--output", help="Picture of the times (.png, .pdf or .svg).", metavar="FILE")
    ] = None,
    quick: Annotated[
        bool, typer.Option("--quick", help="Small maps, few rounds, few points of other programs.")
    ] = False,
    peers: Annotated[
        bool, typer.Option("--peers/--no-peers", help="Time other programs where they are installed, or not.")
    ] = True,
    json: options.Json = False,
) -> None:
    """Time the kinetic core beside plain arithmetic and other programs, its answers checked first."""
    for library in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(library, "1")  # one core for all; read when NumPy loads, which is below
    from nrrsim.bench.suite import QUICK, USUAL, payload, run

    output.require_picture(figure)
    report = run(dataclasses.replace(QUICK if quick else USUAL, peers=peers), _telling(quiet=json))
    if figure is not None:
        from nrrsim.bench.picture import times_per_point
        from nrrsim.plot.saving import save_figure

        save_figure(times_per_point(report), figure)
    if json:
        output.print_json(payload(report))
        return
    _print(report)


def _telling(*, quiet: bool) -> Callable[[str], None]:
    """Lines on a terminal's standard error, nothing elsewhere."""
    import sys

    if quiet or not sys.stderr.isatty():
        return lambda _: None
    return lambda line: typer.echo(line, err=True)


def _print(report: Report) -> None:
    from nrrsim.bench.suite import timing_row

    rows = []
    for timing in report.timings:
        row = timing_row(report, timing)
        rows.append(
            (
                row["case"],
                row["model"],
                row["code"],
                str(row["points"]),
                f"{row['us_per_point']:.3g}",
                f"{row['smallest_us']:.3g}-{row['largest_us']:.3g}",
                f"{row['times_calibration']:.3g}",
                output.number(row["times_nrrsim"], ".3g"),
            )
        )
    columns = ("case", "model", "program", "points", "us per point", "all rounds", "/ calibration", "/ nrrsim")
    output.print_table("", columns, rows, right=(3, 4, 5, 6, 7), least=(3, 5))
    output.print_sentences("answers", _answers(report))
    if max(report.load) > 1.5:
        typer.echo(
            f"The machine was busy (load {report.load[0]:.1f} to {report.load[1]:.1f}): trust ratios, not times."
        )


def _answers(report: Report) -> list[str]:
    lines = [
        f"{c.model}: {c.points} points, {c.certified:.0%} certified; {c.references} references met, coverages within "
        f"{c.coverage_error:.0e}, turnovers within {c.tof_error:.0e}; {c.iterations_cold:.1f} iterations cold, "
        f"{c.iterations_warm:.1f} warm."
        for c in report.checks
    ]
    lines.append(
        f"isolated site: populations down to {report.isolated_smallest:.0e} within {report.isolated_error:.0e}."
    )
    lines += [
        f"{c.name} {c.version}, {c.model}: right at {c.right:.0%} of {c.points} points." for c in report.peer_checks
    ]
    lines += [f"{name}: not installed." for name in report.not_installed]
    if report.same_bits is not None and report.speed_ups is not None:
        numbers = "the same numbers bit for bit" if report.same_bits else "DIFFERENT NUMBERS"
        speeds = ", ".join(f"{code} {x:.2f}" for code, x in report.speed_ups.items())
        lines.append(f"two threads give {numbers} as one; speed-ups: {speeds}.")
    return lines
