"""N2 on free clusters of three atoms of twenty metals, beside the published classes.

The classes are those of Cui et al., ACS Catal. 12 (2022) 14964, as told by Peng et al., Chem. Sci. 15 (2024) 5897: N2
dissociates by itself (I), over a barrier (II), or not (III). Energies tell III from the others: two N above N2.

Run it with `python workflows/m3_metals.py [FOLDER]` for what nrrsim ships; it prints the table and writes it as
m3-nitrogen.csv into FOLDER. With `--compute`, and metals after the folder if not all, it first computes what is missing
into a store there, and goes on where it was stopped.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nrrsim.campaign.clusters import (
    ATOMS,
    END_ON,
    SIDE_ON,
    NitrogenOnCluster,
    nitrogen_on,
    nitrogen_plan,
    published_classes,
)
from nrrsim.campaign.computed import collected
from nrrsim.campaign.run import run_campaign
from nrrsim.campaign.states import CLEAN
from nrrsim.dft.archive import SHIPPED, restore
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store

SETTINGS = settings("gpaw-pw500-rpbe")
STARTS = 2
QUICK_METALS = ("Fe", "Nb", "Ag")
COLUMNS = ("cluster", "moment", "N2 end-on", "N2 side-on", "2N", "2N against N2", "published", "same sign", "missing")


def main(outdir: str | Path, *, metals: Sequence[str] = tuple(published_classes()), quick: bool = False) -> None:
    """Print the table of the shipped records and write it into `outdir`; `quick` takes three metals."""
    folder = Path(outdir)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as place:
        store = Store(Path(place) / "shipped.db")
        restore(SHIPPED, store)
        plans = [nitrogen_plan(metal, SETTINGS, starts=STARTS) for metal in (QUICK_METALS if quick else metals)]
        report(folder, [nitrogen_on(collected(plan, store)) for plan in plans])


def compute(outdir: str | Path, metals: Sequence[str], *, workers: int = 1) -> None:
    """Compute what neither the shipped records nor the store in `outdir` hold, and print the table after each metal."""
    folder = Path(outdir)
    folder.mkdir(parents=True, exist_ok=True)
    store = Store(folder / "nrrsim-dft.db")
    restore(SHIPPED, store)
    rows = []
    for metal in metals:
        plan = nitrogen_plan(metal, SETTINGS, starts=STARTS)
        rows.append(nitrogen_on(run_campaign(plan, store, folder=folder / "nrrsim-dft", workers=workers)))
        report(folder, rows)


def report(folder: Path, found: Sequence[NitrogenOnCluster]) -> None:
    """The table, how many metals agree with their class, and the same as a file."""
    console = Console() if sys.stdout.isatty() else Console(width=150)
    rows = [row_of(one) for one in found]
    console.print(Text(f"N2 on M3: electronic energies [eV], {SETTINGS.level}", style="bold"))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in COLUMNS:
        table.add_column(column)
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    console.print(table)
    verdicts = [row[COLUMNS.index("same sign")] for row in rows]
    whole = len(rows) - verdicts.count("")
    console.print(
        f"{verdicts.count('yes')} of {whole} metals with all their states agree with the sign of their class."
    )
    console.print("I and II differ by a barrier, which energies of states do not tell.")
    target = folder / "m3-nitrogen.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([COLUMNS, *rows])
    console.print(f"wrote {target}", markup=False, highlight=False, soft_wrap=True)


def row_of(found: NitrogenOnCluster) -> tuple[str, ...]:
    """One line of the table."""
    energies = [
        f"{found.adsorption[name]:+.2f}" if name in found.adsorption else "" for name in (END_ON, SIDE_ON, ATOMS)
    ]
    published, cleavage = published_classes().get(found.metal), found.cleavage
    same = ""
    if published is not None and cleavage is not None:
        same = "yes" if published.agrees(cleavage) else "no"
    missing = [CLEAN] if CLEAN in found.missing else list(found.missing)  # without the cluster nothing can stand on it
    return (
        f"{found.metal}3",
        "" if found.moment is None else f"{found.moment:.0f}",
        *energies,
        "" if cleavage is None else f"{cleavage:+.2f}",
        "" if published is None else published.name,
        same,
        "; ".join(f"{name}: {found.missing[name]}" for name in missing),
    )


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default="m3-metals")
    parser.add_argument("metals", nargs="*", default=list(published_classes()), help="symbols; all twenty without")
    parser.add_argument("--compute", action="store_true", help="compute what is missing first")
    parser.add_argument("--workers", type=int, default=1, help="processes that compute")
    told = parser.parse_args()
    if told.compute:
        compute(told.folder, told.metals, workers=told.workers)
    else:
        main(told.folder, metals=told.metals)
