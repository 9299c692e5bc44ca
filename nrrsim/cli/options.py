"""Options that several verbs share, with their units, and their readers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from nrrsim.errors import InputError

Name = Annotated[
    str,
    typer.Argument(metavar="CATALYST", help="A shipped id ('nrrsim list') or a file (file.yaml, file.yaml#member)."),
]
Temperature = Annotated[
    float | None, typer.Option("--T", help="Temperature [K]; the file's own without it.", metavar="K")
]
Pressures = Annotated[
    list[str] | None,
    typer.Option("--p", help="Pressure of a gas [bar], e.g. N2=23.75; repeat for each gas.", metavar="GAS=BAR"),
]
RHE = Annotated[float | None, typer.Option("--U-RHE", help="Electrode potential [V vs RHE].", metavar="V")]
SHE = Annotated[float | None, typer.Option("--U-SHE", help="Electrode potential [V vs SHE]; needs --pH.", metavar="V")]
NoScale = Annotated[float | None, typer.Option("--U", hidden=True)]
PH = Annotated[float | None, typer.Option("--pH", help="pH of the electrolyte.", metavar="pH")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON instead of tables.")]


Engine = Annotated[
    str | None,
    typer.Option("--engine", help="Named settings, see 'nrrsim compute --engines'.", metavar="SETTINGS"),
]
Supercell = Annotated[
    tuple[int, int] | None, typer.Option("--supercell", help="Repeats of slabs in their plane.", metavar="N M")
]
Vacuum = Annotated[
    float | None,
    typer.Option("--vacuum", help="Over a slab, or on each side of a cluster [Angstrom].", metavar="LENGTH"),
]
Fmax = Annotated[
    float | None, typer.Option("--fmax", help="Force at which a relaxation ends [eV/Angstrom].", metavar="FORCE")
]
Steps = Annotated[int | None, typer.Option("--steps", help="Steps of a relaxation, at most.")]
Workers = Annotated[int, typer.Option("--workers", help="Processes.")]
StoreLocation = Annotated[
    str,
    typer.Option("--store", help="Where records are kept: an ase database, or a postgresql:// URL.", metavar="FILE"),
]
TaskFolder = Annotated[
    Path, typer.Option("--folder", help="Where tasks keep their files while they run.", metavar="FOLDER")
]
STORE, FOLDER = "nrrsim-dft.db", Path("nrrsim-dft")  # where nothing else is said


def pressures(items: list[str] | None) -> dict[str, float]:
    """Read 'N2=23.75' items as pressures [bar].

    Raises
    ------
    InputError
        If an item is not GAS=NUMBER, or a gas is named twice.
    """
    read: dict[str, float] = {}
    for item in items or []:
        name, equals, value = item.partition("=")
        gas = name.strip().removesuffix("(g)")
        try:
            number = None if "_" in value else float(value)
        except ValueError:
            number = None
        if not gas or not equals or number is None:
            raise InputError(
                f"the pressure '{item}' is not GAS=BAR.", where="--p", remedy="write for example --p N2=23.75 (in bar)."
            )
        if gas in read:
            raise InputError(f"the pressure of {gas} is given twice.", where="--p", remedy="give it once.")
        read[gas] = number
    return read
