"""What choices of the computation change on MoO3 with a vacancy: k points, U and the cell.

Each column is a set of nrrsim that differs from `moo3-vt` in one choice: k points first, on structures that the zone's
centre alone relaxed; then U, single points on the structures of `moo3-vt`; then p(2x1), relaxed anew, whose vacancy is
one in four Mo in place of one in eight. Electronic energies of formation from N2, H2 and the clean site of the same
settings.

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

from nrrsim.campaign.computed import Computed, collected
from nrrsim.campaign.electrons import places
from nrrsim.campaign.export import formation_energies
from nrrsim.campaign.sets import computed_set
from nrrsim.campaign.states import CLEAN, ZEROS
from nrrsim.dft.archive import SHIPPED, restore
from nrrsim.dft.store import Store

REFERENCE = "moo3-vt"
CHOICES = ("moo3-vt-gamma", "moo3-vt-k1", "moo3-vt-k2", "moo3-vt-u0", "moo3-vt-u5", "moo3-vt-p2x1")


def main(outdir: str | Path, *, further: str | None = None, quick: bool = False) -> None:
    """Print the table and write it into `outdir`, with a further store's records; `quick` takes one choice."""
    folder = Path(outdir)
    folder.mkdir(parents=True, exist_ok=True)
    chosen = CHOICES[:1] if quick else CHOICES
    with TemporaryDirectory() as place:
        store = Store(Path(place) / "shipped.db")
        restore(SHIPPED, store)
        for record in Store(further).records() if further else ():
            store.add(record)
        sets = [computed_set(REFERENCE), *(computed_set(name) for name in chosen)]
        found = {one.name: collected(replace(one.plan, vibrations=False), store) for one in sets}
    columns = {name: energies(computed) for name, computed in found.items()}
    header = ("state", *(f"{name} [eV]" for name in columns))
    told = {state for name in chosen for state in columns[name]}
    rows = [
        (state.name, *(_shown(column, state.name) for column in columns.values()))
        for state in computed_set(REFERENCE).plan.adsorbed
        if state.name in told
    ]
    console = Console() if sys.stdout.isatty() else Console(width=150)
    if rows:
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        for name in header:
            table.add_column(Text(name))
        for row in rows:
            table.add_row(*(Text(cell) for cell in row))
        console.print(table)
    for one in sets:
        state = site_of(found[one.name]) if columns[one.name] else "not computed yet"
        console.print(f"{one.name}: {one.title}, {one.plan.settings.name}: {state}", markup=False, highlight=False)
    target = folder / "moo3-sensitivity.csv"
    with target.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([header, *rows])
    console.print(f"wrote {target}", markup=False, highlight=False, soft_wrap=True)


def energies(computed: Computed) -> Mapping[str, float]:
    """Of formation, as far as they are computed; none without the clean site and the gases that are the zero."""
    return formation_energies(computed) if {CLEAN, *ZEROS.values()} <= set(computed.relaxed) else {}


def site_of(computed: Computed) -> str:
    """Where the clean site has its unpaired electrons: only columns that agree there differ by the choice alone."""
    atoms = computed.structures[CLEAN].atoms
    return "vacancy with " + ", ".join(f"{n} on {atoms.symbols[i]}{i}" for i, n in sorted(places(atoms).items()))


def _shown(column: Mapping[str, float], state: str) -> str:
    return f"{column[state]:+.2f}" if state in column else ""


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", default="moo3-sensitivity")
    parser.add_argument("--store", help="with the records of this store, too")
    told = parser.parse_args()
    if told.store and "://" not in told.store and not Path(told.store).exists():
        parser.error(f"there is no store '{told.store}': name one that `nrrsim compute` has filled.")
    main(told.folder, further=told.store)
