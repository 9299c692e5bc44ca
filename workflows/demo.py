"""The main job: one electrochemical catalyst, its 23 relatives, and thermal synthesis on a ruthenium step.

Run it with `make demo`, or `python workflows/demo.py [FOLDER] [--quick]`. It prints tables and writes figures.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

import nrrsim
from nrrsim.analysis.diagram import Diagram

ELECTROCATALYST = "tio2-mo"
RELATIVES = tuple(name for name in nrrsim.shipped_ids() if name.startswith("tio2-") and name != ELECTROCATALYST)
QUICK_RELATIVES = ("tio2-re", "tio2-ru", "tio2-y")

THERMAL, THERMAL_MODEL = "ru-step", "ru-dahl2000"
T = 673.0  # [K]
PRESSURES = {"N2": 23.75, "H2": 71.25, "NH3": 5.0}  # [bar], 100 bar in all

PIPED_WIDTH = 150  # columns where the output goes into a file or a pipe
SOURCE_TITLE = "source's U_L [V]"


def main(outdir: str | Path, *, quick: bool = False) -> None:
    """Print the main results and write their figures into `outdir`; `quick` takes three relatives only."""
    folder = Path(outdir)
    folder.mkdir(parents=True, exist_ok=True)
    console = Console() if sys.stdout.isatty() else Console(width=PIPED_WIDTH)
    drawn = nrrsim.diagram(ELECTROCATALYST)
    print_pathways(console, drawn)
    print_relatives(console, QUICK_RELATIVES if quick else RELATIVES)
    step = nrrsim.solve(THERMAL, T=T, p=PRESSURES)
    print_kinetics(console, step, beside=nrrsim.solve(THERMAL_MODEL, T=T, p=PRESSURES))
    figures = {
        f"{ELECTROCATALYST}-diagram.png": nrrsim.plot.energy_diagram(drawn),
        f"{THERMAL}-diagram.png": nrrsim.plot.energy_diagram(nrrsim.diagram(THERMAL, T=T, p=PRESSURES)),
        f"{THERMAL}-coverages.png": nrrsim.plot.coverages(step.coverages),
        f"{THERMAL}-rate-control.png": nrrsim.plot.rate_control(step.rate_control),
    }
    print_heading(console, "Figures")
    for name, axes in figures.items():
        for path in nrrsim.plot.save_figure(axes, folder / name):
            console.print(f"wrote {path}", markup=False, highlight=False, soft_wrap=True)


def print_pathways(console: Console, drawn: Diagram) -> None:
    """Every pathway with its limiting potential, best first."""
    print_heading(console, f"{drawn.name}: pathways at {drawn.conditions.T:g} K, potentials against RHE")
    rows = [
        (
            pathway.name + (" (best)" if pathway.name == drawn.best else ""),
            number(pathway.limiting_potential),
            number(pathway.source_limiting_potential),
            pathway.potential_determining_step or "-",
            number(pathway.largest_chemical_step),
        )
        for pathway in drawn.pathways
    ]
    columns = ("pathway", "U_L [V]", SOURCE_TITLE, "potential-determining step", "largest chemical step [eV]")
    print_table(console, columns, rows, right=(1, 2, 4))
    print_line(
        console,
        "U_L counts elementary proton-electron steps; the source counts its first and its last hydrogenation only. "
        "Pathways with a chemical step above 0.75 eV come last and are never best.",
    )


def print_relatives(console: Console, names: tuple[str, ...]) -> None:
    """One line for each metal: the source's limiting potential, and the best elementary pathway."""
    print_heading(console, "The same site with other metals")
    complete = [catalyst for catalyst in map(nrrsim.load, names) if catalyst.complete]
    rows = []
    for catalyst in complete:
        drawn = nrrsim.diagram(catalyst)
        best = drawn.pathway(drawn.best) if drawn.best else None
        by_source = [p.source_limiting_potential for p in drawn.pathways if p.source_limiting_potential is not None]
        rows.append(
            (
                catalyst.id,
                number(max(by_source, default=None)),
                number(best.limiting_potential if best else None),
                best.name if best else "none: every pathway has a chemical step above 0.75 eV",
            )
        )
    print_table(console, ("catalyst", SOURCE_TITLE, "U_L [V]", "best pathway"), rows, right=(1, 2))
    left_out = sorted(set(names) - {catalyst.id for catalyst in complete})
    if left_out:
        print_line(console, f"left out, energies not published: {', '.join(left_out)}.")


def print_kinetics(console: Console, step: nrrsim.SolveResult, *, beside: nrrsim.SolveResult) -> None:
    """Turnover with its band, what covers the surface, what controls the rate; another model's turnover beside it."""
    pressures = ", ".join(f"{gas} {p:g}" for gas, p in step.conditions.p.items())
    print_heading(console, f"{step.name} at {step.conditions.T:g} K and {pressures} bar")
    print_line(console, f"TOF of NH3 [{step.tof_unit}]: {step.tof['NH3']:.3e}, as the file has it")
    for choice, tof in step.alternatives.items():
        print_line(console, f"    {tof:.3e} with {choice}")
    if step.tof_band is not None:
        low, high = step.tof_band
        print_line(console, f"band over who carries the gas-phase error: {low:.1e} to {high:.1e}")
    print_line(console, f"TOF of NH3 by '{beside.name}' [{beside.tof_unit}]: {beside.tof['NH3']:.3e}")
    covering = sorted(step.coverages.items(), key=lambda item: -item[1])
    print_table(console, ("species", "coverage"), [(name, f"{theta:.3e}") for name, theta in covering], right=(1,))
    control = [(name, f"{x:+.4f}") for name, x in step.rate_control.items()]
    print_table(console, ("step", "degree of rate control"), control, right=(1,))
    orders = ", ".join(f"{gas} {order:+.2f}" for gas, order in step.reaction_orders.items())
    certificate = step.certificate
    print_line(console, f"apparent activation energy: {number(step.apparent_activation_energy)} eV")
    print_line(console, f"reaction orders: {orders}")
    print_line(
        console,
        f"certificate: {step.status} Relative errors from solving: coverages {certificate.coverage_error:.0e}, TOF "
        f"{certificate.tof_relative_error['NH3']:.0e}; {certificate.arithmetic} arithmetic",
    )


def print_heading(console: Console, text: str) -> None:
    """A line above a block."""
    console.print()
    console.print(Text(text, style="bold"))


def print_line(console: Console, text: str) -> None:
    """A line of plain text."""
    console.print(Text(text))


def print_table(
    console: Console, columns: tuple[str, ...], rows: Sequence[tuple[str, ...]], *, right: tuple[int, ...]
) -> None:
    """A table; `right` are the columns aligned to the right."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)


def number(value: float | None) -> str:
    """Three decimals, or a dash where there is no value."""
    return "-" if value is None else f"{value:.3f}"


if __name__ == "__main__":
    arguments = [argument for argument in sys.argv[1:] if argument != "--quick"]
    main(arguments[0] if arguments else "demo-output", quick="--quick" in sys.argv[1:])
