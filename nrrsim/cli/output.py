"""Printing: JSON without infinities, tables with rich."""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from nrrsim.errors import InputError

if TYPE_CHECKING:
    from rich.console import Console

    from nrrsim.core.conditions import Conditions


_PIPED_WIDTH = 160  # columns of a table that goes into a file or a pipe


def require_picture(file: Path | None) -> None:
    """Refuse a picture that could not be written once the work is done; None is none, and fine."""
    if file is None:
        return
    from nrrsim.plot.saving import figure_format

    figure_format(file)
    require_place(file)


def require_place(file: Path | None) -> None:
    """Refuse a file that could not be written once the work is done; None is none, and fine."""
    if file is None:
        return
    if not file.absolute().parent.is_dir():
        remedy = "make the folder, or name another."
        raise InputError(f"'{file}' cannot be written: its folder does not exist.", remedy=remedy)
    if file.is_dir():
        raise InputError(f"'{file}' cannot be written: it is a folder.", remedy="name a file.")


def print_json(payload: Any) -> None:
    """Print as JSON; numbers that are infinite (one-way rates of steps at equilibrium) become null."""
    typer.echo(json.dumps(_finite(payload), indent=2, allow_nan=False))


def _finite(value: Any) -> Any:
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_finite(item) for item in value]
    return value


def print_table(
    title: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Sequence[int] = (),
    least: Sequence[int] = (),
) -> None:
    """Print a table that breaks lines at spaces only.

    Parameters
    ----------
    title : str
    columns : sequence of str
    rows : iterable of sequence of str
    right : sequence of int
        Columns aligned to the right.
    least : sequence of int
        Columns that may be left out where the terminal is too narrow, the least needed first; a line names them.
    """
    from rich.box import SIMPLE_HEAD
    from rich.table import Table
    from rich.text import Text

    console = _console()
    cells = [list(row) for row in rows]
    shown = _columns_that_fit(columns, cells, least, console.width)
    table = Table(
        title=Text(title) if title else None, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False
    )
    for index in shown:
        column = [row[index] for row in cells]
        whole = max((len(cell) for cell in column), default=0) if index in right else _longest_word(column)
        table.add_column(
            Text(columns[index]),  # '[eV]' in plain text would be read as markup
            justify="right" if index in right else "left",
            overflow="fold",
            min_width=max(whole, _longest_word([columns[index]])),
        )
    for row in cells:
        table.add_row(*(Text(row[index]) for index in shown))
    with console.capture() as capture:
        console.print(table)
    typer.echo("\n".join(line.rstrip() for line in capture.get().rstrip().splitlines()) + "\n")
    left_out = [name for index, name in enumerate(columns) if index not in shown]
    if left_out:
        typer.echo(f"(not shown in {console.width} columns: {', '.join(left_out)})")


def _console() -> Console:
    """A terminal of its own width, or of COLUMNS; a file or pipe of 160 columns."""
    from rich.console import Console

    terminal = Console()
    return terminal if terminal.is_terminal or "COLUMNS" in os.environ else Console(width=_PIPED_WIDTH)


def _columns_that_fit(columns: Sequence[str], rows: list[list[str]], least: Sequence[int], width: int) -> list[int]:
    shown = list(range(len(columns)))
    for index in least:
        widths = [max(_longest_word([columns[i]]), *(len(row[i]) for row in rows)) for i in shown]
        if sum(widths) + 3 * len(shown) <= width:  # three signs between columns
            break
        shown.remove(index)
    return shown


def _longest_word(cells: Iterable[str]) -> int:
    return max((len(word) for cell in cells for word in cell.split()), default=1)


def print_sentences(title: str, sentences: Iterable[str]) -> None:
    """Print sentences as a list under a title, nothing when there are none."""
    listed = list(sentences)
    if listed:
        typer.echo(f"{title}:")
        for sentence in listed:
            typer.echo(f"  - {sentence}")


def conditions_payload(conditions: Conditions) -> dict[str, Any]:
    """Conditions as JSON, with units in the keys."""
    return {
        "T_K": conditions.T,
        "p_bar": dict(conditions.p),
        "U_RHE_V": conditions.U,
        "U_SHE_V": conditions.U_SHE,
        "pH": conditions.pH,
    }


def potential_scale(conditions: Conditions) -> str | None:
    """The scale that the conditions give the potential on; None without one."""
    if conditions.U is None:
        return None
    return "U_RHE" if conditions.U_SHE is None else "U_SHE"


def conditions_text(conditions: Conditions) -> str:
    """Conditions on one line."""
    parts = [f"T = {conditions.T:g} K"]
    if conditions.U is not None:
        parts.append(f"U = {conditions.U:g} V vs RHE")
    if conditions.pH is not None:
        parts.append(f"pH {conditions.pH:g}")
    if conditions.p:
        parts.append("p = " + ", ".join(f"{gas} {p:g}" for gas, p in conditions.p.items()) + " bar")
    return ", ".join(parts)


def number(value: float | None, form: str = ".3f") -> str:
    """A number for a table, or a dash where there is none."""
    return "-" if value is None else format(value, form)
