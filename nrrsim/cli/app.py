"""The typer application and its exit codes: 0 done, 2 bad input, 3 not converged."""

from __future__ import annotations

import errno
import os
import sys

import typer

from nrrsim import __version__
from nrrsim.cli import bench, build, compute, diagram, info, listing, solve, vacancies
from nrrsim.errors import InputError, NotConvergedError

app = typer.Typer(
    name="nrrsim",
    help="From the atoms of a catalyst to the rates of N2 -> NH3: diagrams, turnovers and what limits them.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.command("list", help="Shipped catalysts: id, name, kind, source.")(listing.list_catalysts)
app.command("info", help="Sites, states, provenance, closure, gas error, and what is missing of a catalyst.")(info.info)
app.command("build", help="A site as atoms, clean or with an adsorbate: its summary, file and picture.")(build.build)
app.command("compute", help="Energies of a site's states by DFT, kept in a store; written as a catalyst file.")(
    compute.compute
)
app.command("vacancies", help="Free energies of oxygen vacancies in gases and at electrodes, and stability in water.")(
    vacancies.vacancies
)
app.command("diagram", help="Free-energy diagram: pathways, limiting potentials, energetic spans.")(diagram.diagram)
app.command(
    "bench", help="Times of the kinetic core beside plain arithmetic and other programs, answers checked first."
)(bench.bench)
app.command("solve", help="Steady state: turnover, coverages, rate control, certified.")(solve.solve)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"nrrsim {__version__}")
        raise typer.Exit


@app.callback()
def _root(
    version: bool = typer.Option(
        False, "--version", callback=_version, is_eager=True, help="Print the version and exit."
    ),
) -> None:
    """Options before the verb."""


def main() -> None:
    """Run the command line; a failure is one sentence on standard error."""
    try:
        app()
    except InputError as error:
        typer.echo(f"nrrsim: {error}", err=True)
        sys.exit(2)
    except NotConvergedError as error:
        typer.echo(f"nrrsim: {error}", err=True)
        sys.exit(3)
    except OSError as error:
        if error.errno not in (errno.ENOSPC, errno.EDQUOT, errno.EIO):
            raise
        typer.echo(
            f"nrrsim: the output cannot be written: {error.strerror}. Remedy: make room where it goes.", err=True
        )
        os._exit(2)  # what is left in the buffer cannot be written either
