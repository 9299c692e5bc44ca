"""The catalysts that nrrsim ships, by id; and `load`, which takes an id or a file."""

from __future__ import annotations

import functools
from importlib.resources import files
from pathlib import Path

from nrrsim import yaml
from nrrsim.errors import InputError, nearest
from nrrsim.io.catalyst_yaml import members_of, read_catalyst
from nrrsim.kinetics.mechanism import Catalyst


def shipped_ids() -> tuple[str, ...]:
    """Ids of the shipped catalysts."""
    return tuple(_places())


def load(catalyst: str | Path) -> Catalyst:
    """A shipped catalyst by id, or one from a file (`file.yaml`, or `file.yaml#member`).

    Raises
    ------
    InputError
        If there is no such catalyst (the nearest names are offered), or its file is not right.

    Examples
    --------
    >>> load("ru-step").name
    'Ru(0001) step'
    """
    name = str(catalyst)
    if name in _places():
        path, member = _places()[name]
        return read_catalyst(path, member=member, catalyst_id=name)
    file, _, member_name = name.partition("#")
    if Path(file).is_file():
        return read_catalyst(Path(file), member=member_name or None)
    if Path(file).suffix in (".yaml", ".yml") or "/" in name:
        raise InputError(
            f"there is no file '{file}'.", remedy="check the path, or name a shipped catalyst ('nrrsim list')."
        )
    raise InputError(
        f"there is no catalyst '{name}'; {nearest(name, shipped_ids())}",
        remedy="name a shipped catalyst ('nrrsim list') or a file.",
    )


@functools.cache
def _places() -> dict[str, tuple[Path, str | None]]:
    """File and member of each shipped catalyst."""
    places: dict[str, tuple[Path, str | None]] = {}
    for path in sorted(Path(str(files("nrrsim") / "data" / "catalysts")).glob("*.yaml")):
        node = yaml.read(path)
        members = members_of(node) if isinstance(node, yaml.Mapping) else ()
        places.update({member: (path, member) for member in members} if members else {path.stem: (path, None)})
    return places
