"""Printing: JSON without infinities, tables with rich."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import typer

if TYPE_CHECKING:
    from nrrsim.core.conditions import Conditions


_PIPED_WIDTH = 160  # columns of a table that goes into a file or a pipe


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
    title: str, columns: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()
) -> None:
    """Print a table; `right` are the columns aligned to the right."""
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(title=title or None, title_justify="left", title_style="bold", box=SIMPLE_HEAD, pad_edge=False)
    for index, column in enumerate(columns):
        table.add_column(column, justify="right" if index in right else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text(cell) for cell in row))
    terminal = Console()
    console = terminal if terminal.is_terminal else Console(width=_PIPED_WIDTH)
    console.print(table)


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
