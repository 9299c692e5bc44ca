"""The catalysts that nrrsim ships, by id; and `load`, which takes an id or a file."""

from __future__ import annotations

import functools
from importlib.resources import files
from pathlib import Path

from nrrsim import yaml
from nrrsim.errors import InputError, nearest, shortened
from nrrsim.io.catalyst_yaml import catalyst_of, members_of, read_catalyst
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
        return catalyst_of(_document(path), path, member=member, catalyst_id=name)
    file, member_name = (name, "") if _exists(name) else (name.partition("#")[0], name.partition("#")[2])
    if file and _exists(file):
        return read_catalyst(Path(file), member=member_name or None)
    if Path(file).suffix in (".yaml", ".yml") or "/" in name:
        raise InputError(
            f"there is no file '{shortened(file)}'.",
            remedy="check the path, or name a shipped catalyst ('nrrsim list').",
        )
    raise InputError(
        f"there is no catalyst '{shortened(name)}'; {nearest(name, shipped_ids())}",
        remedy="name a shipped catalyst ('nrrsim list') or a file.",
    )


def _exists(name: str) -> bool:
    """Whether the name is that of something in the file system; reading it says what is wrong with it."""
    try:
        return bool(name) and Path(name).exists()
    except PermissionError:
        return True
    except OSError:  # no name that a file could have
        return False


@functools.cache
def _document(path: Path) -> yaml.Node:
    """A shipped file, which never changes: many catalysts stand in one."""
    return yaml.read(path)


@functools.cache
def _places() -> dict[str, tuple[Path, str | None]]:
    """File and member of each shipped catalyst."""
    places: dict[str, tuple[Path, str | None]] = {}
    data = Path(str(files("nrrsim") / "data"))
    published, computed = data / "catalysts", data / "computed" / "catalysts"
    for path in (*sorted(published.glob("*.yaml")), *sorted(computed.glob("*.yaml"))):
        node = _document(path)
        members = members_of(node) if isinstance(node, yaml.Mapping) else ()
        places.update({member: (path, member) for member in members} if members else {path.stem: (path, None)})
    return places
