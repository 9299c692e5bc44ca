"""N2 on free clusters of three atoms of twenty metals, beside the published classes.

The classes are those of Cui et al., ACS Catal. 12 (2022) 14964, as told by Peng et al., Chem. Sci. 15 (2024) 5897: N2
dissociates by itself (I), over a barrier (II), or not (III). Energies tell III from the others: two N above N2.

Run it with `python workflows/m3_metals.py` for what nrrsim ships, or with `--compute` to compute what is missing into
a store: it goes on where it was stopped.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from nrrsim.campaign.clusters import (
    ATOMS,
    END_ON,
    SIDE_ON,
    NitrogenOnCluster,
    nitrogen_on,
    nitrogen_plan,
    published_classes,
)
from nrrsim.campaign.plan import collected
from nrrsim.campaign.run import run_campaign
from nrrsim.campaign.states import CLEAN
from nrrsim.dft.archive import SHIPPED, restore
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store

SETTINGS = "gpaw-pw500-rpbe-on-lcao"


def main(
    metals: Annotated[list[str] | None, typer.Argument(help="Symbols; all twenty without.")] = None,
    compute: Annotated[bool, typer.Option("--compute", help="Compute what is missing.")] = False,
    engine: Annotated[str, typer.Option("--engine", help="Named settings.")] = SETTINGS,
    starts: Annotated[int, typer.Option("--starts", help="Structures each state is relaxed from, at most.")] = 2,
    workers: Annotated[int, typer.Option("--workers")] = 1,
    store: Annotated[Path, typer.Option("--store", help="With --compute.")] = Path("nrrsim-dft.db"),
    folder: Annotated[Path, typer.Option("--folder", help="Of tasks in flight.")] = Path("nrrsim-dft"),
) -> None:
    """Print the table, of the records that nrrsim ships or of a store that is filled first."""
    chosen, named = metals or list(published_classes()), settings(engine)
    with TemporaryDirectory() as place:
        held = Store(store if compute else Path(place) / "shipped.db")
        restore(SHIPPED, held)
        rows = []
        for metal in chosen:
            plan = nitrogen_plan(metal, named, starts=starts)
            found = run_campaign(plan, held, folder=folder, workers=workers) if compute else collected(plan, held)
            rows.append(nitrogen_on(found))
        print_table(rows, Console() if sys.stdout.isatty() else Console(width=120), named.level)


def print_table(rows: Sequence[NitrogenOnCluster], console: Console, level: str) -> None:
    """The metals with energies, how many agree with their class, and what the others miss."""
    classes = published_classes()
    table = Table(title=f"N2 on M3, electronic energies \\[eV], {level}", box=SIMPLE_HEAD)
    for column in ("metal", "moment", "N2 end-on", "N2 side-on", "2N", "2N against N2", "published", "same sign"):
        table.add_column(column, justify="left" if column in ("metal", "published") else "right")
    counted, differing = 0, []
    for row in (row for row in rows if row.adsorption):
        energies = [
            f"{row.adsorption[name]:+.2f}" if name in row.adsorption else "" for name in (END_ON, SIDE_ON, ATOMS)
        ]
        published, cleavage, verdict = classes.get(row.metal), row.cleavage, ""
        if published is not None and cleavage is not None:
            counted += 1
            verdict = "yes" if published.agrees(cleavage) else "no"
            differing += [row.metal] if verdict == "no" else []
        against = "" if cleavage is None else f"{cleavage:+.2f}"
        name = "" if published is None else f"{published.name}: {published.meaning}"
        table.add_row(f"{row.metal}3", str(row.moment), *energies, against, name, verdict)
    console.print(table)
    named = f"; not {', '.join(differing)}" if differing else ""
    console.print(f"{counted - len(differing)} of {counted} metals with all states agree with their class{named}.")
    console.print("I and II differ by a barrier, which energies of states do not tell.")
    for row in rows:
        first = (
            {CLEAN: row.missing[CLEAN]} if CLEAN in row.missing else row.missing
        )  # without it nothing can stand on it
        for state, why in first.items():
            console.print(f"{row.metal}3 {state}: {why}", markup=False, highlight=False, soft_wrap=True)


if __name__ == "__main__":
    typer.run(main)
