"""What choices of the computation change on MoO3 with a vacancy: k points, U and the cell.

Each column is a set of nrrsim that differs from `moo3-vt` in one choice; k points and U are single points on the same
structures, those that relaxations alone found. p(2x1) is relaxed anew, and its vacancy is one in four Mo in place of
one in eight. Electronic energies of the steps, H+ + e- as half an H2.

Run it with `python workflows/moo3_sensitivity.py [FOLDER]`; it prints the table of what nrrsim ships and writes it as
moo3-sensitivity.csv into FOLDER. A column is computed by `nrrsim compute --restore shipped --set moo3-vt-k2` into its
store, and `--store nrrsim-dft.db` adds what that holds.
"""

from __future__ import annotations

import argparse
import csv
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nrrsim.campaign.export import step_energies
from nrrsim.campaign.plan import Plan, collected
from nrrsim.campaign.sets import computed_set
from nrrsim.campaign.states import CLEAN, ZEROS
from nrrsim.dft.archive import SHIPPED, restore
from nrrsim.dft.store import Store

REFERENCE = "moo3-vt"
CHOICES = ("moo3-vt-k2", "moo3-vt-u0", "moo3-vt-u5", "moo3-vt-p2x1")


def main(outdir: str | Path, *, further: str | None = None, quick: bool = False) -> None:
    """Print the table and write it into `outdir`, with a further store's records; `quick` takes one choice."""
    folder = Path(outdir)
    folder.mkdir(parents=True, exist_ok=True)
    choices = [computed_set(name) for name in (CHOICES[:1] if quick else CHOICES)]
    with TemporaryDirectory() as place:
        store = Store(Path(place) / "shipped.db")
        restore(SHIPPED, store)
        for record in Store(further).records() if further else ():
            store.add(record)
        of_reference = energies(replace(computed_set(REFERENCE).plan, vibrations=False), store)
        columns = {choice.title: energies(choice.plan, store) for choice in choices}
    header = ("step", f"{REFERENCE} [eV]", *(f"{title}, change [eV]" for title in columns))
    steps = [step for step in of_reference if any(step in column for column in columns.values())]
    rows = [
        (step, f"{of_reference[step]:+.2f}", *(_change(column, step, of_reference) for column in columns.values()))
        for step in steps
    ]
    console = Console() if sys.stdout.isatty() else Console(width=150)
    if rows:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in header:
            table.add_column(Text(name))
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
    for title, column in columns.items():
        if not column:
            console.print(f"{title}: not computed yet.", markup=False, highlight=False)
    target = folder / "moo3-sensitivity.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    console.print(f"wrote {target}", markup=False, highlight=False, soft_wrap=True)


def energies(plan: Plan, store: Store) -> Mapping[str, float]:
    """Of the steps, as far as they are computed; none without the clean site and the gases that are the zero."""
    computed = collected(plan, store)
    return step_energies(computed) if {CLEAN, *ZEROS.values()} <= set(computed.relaxed) else {}


def _change(column: Mapping[str, float], step: str, reference: Mapping[str, float]) -> str:
    return f"{column[step] - reference[step]:+.2f}" if step in column else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default="moo3-sensitivity")
    parser.add_argument("--store", help="with the records of this store, too")
    told = parser.parse_args()
    if told.store and "://" not in told.store and not Path(told.store).exists():
        parser.error(f"there is no store '{told.store}': name one that `nrrsim compute` has filled.")
    main(told.folder, further=told.store)
