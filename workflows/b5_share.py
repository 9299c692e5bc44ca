"""Special sites of the ammonia catalysts by geometry alone: B5 sites of Ru particles of 1-5 nm, C7 atoms of Fe faces.

Prints the B5 share against size for four shapes, beside the statement that it peaks at 1.8-2.5 nm and that particles
below 1.8 nm have almost none (Peng et al., Chem. Sci. 15 (2024) 5897), and the C7 atoms beside the order of activity
(111) > (211) > (100) > (210) > (110) of the same review. Nothing is relaxed and no energy weighs the particles: each
counts alike, where Gavnholt and Schiotz (Phys. Rev. B 77 (2008) 035404, doi 10.1103/PhysRevB.77.035404) weighed an
ensemble by Boltzmann factors and found 3 nm to be the best diameter.

Run it with `python workflows/b5_share.py [FOLDER] [--quick]`; it also writes b5-share.csv and a figure into FOLDER.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nrrsim.plot import b5_shares, save_figure
from nrrsim.structures.b5_shares import DIAMETERS, SizeBin, b5_share
from nrrsim.structures.motifs import area_of, c7_atoms
from nrrsim.structures.slabs import surface_slab

METAL = "Ru"
SEED = 0
SHAPES: dict[str, dict[str, Any]] = {  # the number: atoms with fewer neighbours are taken off
    "Wulff, 4": {"cuts": 20},
    "Wulff, 6": {"cuts": 20, "fewest_neighbours": 6},
    "near Wulff (surface energies within 10 %), 6": {"variation": 0.1, "samples": 8, "fewest_neighbours": 6},
    "spheres, 4": {"shape": "sphere", "cuts": 8},
}
IRON = (((1, 1, 1), 12), ((2, 1, 1), 6), ((1, 0, 0), 8), ((2, 1, 0), 5), ((1, 1, 0), 6))  # faces and layers
QUICK: dict[str, Any] = {"cuts": 2, "samples": 1}


def main(outdir: str | Path, *, quick: bool = False) -> None:
    """Print the tables and write the shares and their figure into `outdir`; `quick` takes fewer particles, to 3 nm."""
    folder = Path(outdir)
    folder.mkdir(parents=True, exist_ok=True)
    console = Console(width=120)
    series = {}
    for title, options in SHAPES.items():
        chosen = {**options, **QUICK} if quick else options
        diameters = [d for d in DIAMETERS if d <= 30] if quick else DIAMETERS
        series[title] = b5_share(METAL, diameters, seed=SEED, **chosen)
        print_shares(console, title, series[title])
    print_c7(console)
    table = folder / "b5-share.csv"
    write_csv(table, series)
    for path in (table, *save_figure(b5_shares(series), folder / "b5-share.png")):
        console.print(f"wrote {path}", markup=False, highlight=False, soft_wrap=True)


def write_csv(path: Path, series: Mapping[str, Sequence[SizeBin]]) -> None:
    """All figures of all ranges, one line each."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        names = [field.name for field in fields(SizeBin) if field.name != "diameters"]
        writer.writerow(["shape", "from_A", "to_A", *names])
        for title, bins in series.items():
            writer.writerows([title, *size.diameters, *(getattr(size, name) for name in names)] for size in bins)


def print_shares(console: Console, title: str, bins: Sequence[SizeBin]) -> None:
    """One line for each range of diameters."""
    columns = ("d [nm]", "particles", "atoms", "surface", "B5", "B5/surface", "least-most", "B5/atom", "without")
    rows = [
        (
            f"{size.diameters[0] / 10:.2f}-{size.diameters[1] / 10:.2f}",
            str(size.particles),
            f"{size.atoms:.0f}",
            f"{size.surface_atoms:.0f}",
            f"{size.b5:.1f}",
            f"{size.per_surface_atom:.3f}",
            f"{size.lowest:.3f}-{size.highest:.3f}",
            f"{size.per_atom:.4f}",
            f"{size.without:.0%}",
        )
        for size in bins
    ]
    print_table(console, f"{METAL}: {title}", columns, rows)


def print_c7(console: Console) -> None:
    """One line for each face of iron, in the published order of activity."""
    rows = []
    for miller, layers in IRON:
        slab = surface_slab("Fe", miller, layers=layers)
        found = sorted(c7_atoms(slab), key=lambda atom: atom.layer or 0)
        places = ", ".join(f"layer {atom.layer} (open to {atom.openness:.1%})" for atom in found)
        rows.append((str(miller), f"{area_of(slab):.2f}", f"{100 * len(found) / area_of(slab):.1f}", places or "none"))
    print_table(console, "Fe: atoms with seven neighbours", ("face", "cell [A2]", "C7 per nm2", "where"), rows)


def print_table(console: Console, title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table under its title."""
    console.print(Text(title, style="bold"))
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column)
    for row in rows:
        table.add_row(*row)
    console.print(table)


if __name__ == "__main__":
    folders = [argument for argument in sys.argv[1:] if argument != "--quick"]
    main(folders[0] if folders else "b5-share", quick="--quick" in sys.argv[1:])
