"""`nrrsim list`."""

from __future__ import annotations

from typing import Any

from nrrsim.cli import options, output


def list_catalysts(json: options.Json = False) -> None:
    """Print the shipped catalysts."""
    from nrrsim.api import load
    from nrrsim.io.catalog import shipped_ids

    rows = [_row(load(name)) for name in shipped_ids()]
    if json:
        output.print_json(rows)
        return
    cells = [
        (r["id"], r["name"], r["kind"], r["doi"], r["level"], r["closure"], "yes" if r["complete"] else "no")
        for r in rows
    ]
    columns = ("id", "name", "kind", "doi", "level", "closure", "complete")
    output.print_table("", columns, cells, least=(5, 6, 4, 1))


def _row(catalyst: Any) -> dict[str, Any]:
    return {
        "id": catalyst.id,
        "name": catalyst.name,
        "kind": catalyst.kind,
        "doi": catalyst.source.doi,
        "closure": catalyst.mechanism.closure.label,
        "required_inputs": [],
        "complete": catalyst.complete,
        "level": catalyst.source.level,
    }
