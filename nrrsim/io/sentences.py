"""What pydantic finds wrong in a catalyst file, said with line, value and remedy."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from nrrsim import yaml
from nrrsim.errors import InputError, nearest, shortened
from nrrsim.io import schema

_NEEDED = {  # what to write where pydantic found another type
    "string_type": ("text", "quote it, or write text"),
    "model_type": ("a mapping", "write it as '{key: value}'"),
    "dict_type": ("a mapping", "write it as '{key: value}'"),
    "tuple_type": ("a list", "write it as '[first, second]' or as lines that begin with '- '"),
    "float_type": ("a number", "write a plain number, without quotes or unit"),
    "int_type": ("a whole number", "write a whole number, such as 2"),
    "finite_number": ("a finite number", "write a finite number"),
}
_LIMITS = {
    "greater_than": "greater than {gt:g}",
    "greater_than_equal": "at least {ge:g}",
    "less_than_equal": "at most {le:g}",
    "too_short": "of at least {min_length} items",
    "string_too_long": "of at most {max_length} characters",
}
_BRANCH_OF_TEXT = ("string_type", "literal_error")


@dataclass(frozen=True)
class _Finding:
    """One thing wrong: its kind in pydantic's words, and the path and line of the entry."""

    kind: str
    path: tuple[str | int, ...]
    line: int
    found: Any
    context: dict[str, Any]
    message: str


def explain(error: ValidationError, node: yaml.Mapping, where: str) -> InputError:
    """The finding a reader should see first, as a sentence with file and line."""
    findings = [_finding(entry, node) for entry in error.errors(include_url=False)]
    telling = [f for f in findings if not (_is_other_branch(f, findings) or _is_consequence(f, findings))] or findings
    first = min(telling, key=lambda f: (f.kind != "extra_forbidden", f.line))
    what, remedy = _sentence(first)
    return InputError(what, where=f"{where}:{first.line}", remedy=remedy)


def spelt(path: tuple[str | int, ...]) -> str:
    """A path as people read it, items counted from one: 'steps(2).rate.A'."""
    text = "".join(f"({part + 1})" if isinstance(part, int) else f".{part}" for part in path)
    return text.removeprefix(".")


def empty_values(node: yaml.Node, path: tuple[str | int, ...] = ()) -> tuple[tuple[str | int, ...], ...]:
    """Paths of the keys and items that have no value; the format has no use for one."""
    if isinstance(node, yaml.Scalar):
        return (path,) if node.value is None else ()
    entries = node.items.items() if isinstance(node, yaml.Mapping) else enumerate(node.items)
    return tuple(empty for key, item in entries for empty in empty_values(item, (*path, key)))


def _finding(entry: Any, node: yaml.Mapping) -> _Finding:
    path = _path_in(node, entry["loc"])
    found = _value_at(node, path, entry["input"])
    return _Finding(entry["type"], path, yaml.line_of(node, path), found, entry.get("ctx", {}), entry["msg"].lower())


def _value_at(node: yaml.Node, path: tuple[str | int, ...], otherwise: Any) -> Any:
    """What stands in the file, before units were read."""
    for part in path:
        if isinstance(node, yaml.Mapping) and part in node.items:
            node = node.items[str(part)]
        elif isinstance(node, yaml.Sequence) and isinstance(part, int):
            node = node.items[part]
        else:
            return otherwise
    return yaml.plain(node)


def _path_in(node: yaml.Node, location: tuple[str | int, ...]) -> tuple[str | int, ...]:
    """Pydantic's location without the names it gives to branches of a union, which stand nowhere in the file."""
    path: list[str | int] = []
    for index, part in enumerate(location):
        if isinstance(node, yaml.Mapping) and part in node.items:
            node = node.items[str(part)]
        elif isinstance(node, yaml.Sequence) and isinstance(part, int):
            node = node.items[part]
        elif not isinstance(node, yaml.Mapping) or index != len(location) - 1 or _is_branch(str(part)):
            continue
        path.append(part)
    return tuple(path)


def _is_branch(part: str) -> bool:
    return part in ("str", "float", "int") or part.startswith("literal[") or hasattr(schema, part)


def _is_other_branch(finding: _Finding, findings: list[_Finding]) -> bool:
    """Whether it says only that the entry is not of a form which the file did not try to write."""
    is_mapping = isinstance(finding.found, dict)
    if is_mapping and finding.kind in _BRANCH_OF_TEXT:
        return True
    beside = [f for f in findings if f.path == finding.path and f is not finding]
    return not is_mapping and finding.kind == "model_type" and any(f.kind == "literal_error" for f in beside)


def _is_consequence(finding: _Finding, findings: list[_Finding]) -> bool:
    """Whether a list is too short only because something is wrong with its items."""
    length = len(finding.path)
    return finding.kind == "too_short" and any(f.path[:length] == finding.path and f is not finding for f in findings)


def _sentence(finding: _Finding) -> tuple[str, str]:
    entry = spelt(finding.path)
    key = str(finding.path[-1]) if finding.path else ""
    stated = finding.context.get("error")
    if isinstance(stated, InputError):
        return f"{entry}: {stated.what}", stated.remedy
    if finding.kind == "extra_forbidden":
        return _unknown_key(key, _keys_at(finding.path[:-1]))
    if finding.kind == "missing":
        return f"the key '{entry}' is missing.", f"add '{key}: ...'."
    found = f"found '{shortened(finding.found)}'"
    if finding.kind == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(finding.context.get("expected", "")))
        return (
            f"{entry}: {found}; {nearest(str(finding.found), allowed)}",
            "write one of: " + ", ".join(f"'{a}'" for a in allowed) + ".",
        )
    if finding.kind in _NEEDED:
        needed, remedy = _NEEDED[finding.kind]
        return f"{entry}: {found} where {needed} is needed.", f"{remedy}."
    if finding.kind in _LIMITS:
        limit = _LIMITS[finding.kind].format(**finding.context)
        return f"{entry}: {found}, which is not {limit}.", f"give one {limit}."
    return f"{entry}: {found} ({finding.message}).", "mend the value."


def _unknown_key(key: str, known: list[str]) -> tuple[str, str]:
    if key == "U" and "U_RHE" in known:
        return "the potential 'U' names no scale.", "write 'U_RHE: ... V', or 'U_SHE: ... V' with pH."
    return f"the key '{shortened(key)}' is unknown here; {nearest(key, known)}", "mend or remove it."


def _keys_at(path: tuple[str | int, ...]) -> list[str]:
    """The keys the format knows at a path."""
    model: Any = schema.CatalystFile
    is_name = False  # a key of the file's own choice, such as that of a species
    for part in path:
        if is_name or isinstance(part, int) or part not in model.model_fields:
            is_name = False
            continue
        annotation = model.model_fields[part].annotation
        model, is_name = _model_in(annotation) or model, getattr(annotation, "__origin__", None) is dict
    return list(model.model_fields)


def _model_in(annotation: Any) -> Any:
    """The entry model that an annotation such as `dict[str, StateEntry]` carries."""
    if isinstance(annotation, type) and issubclass(annotation, schema.Entry):
        return annotation
    for argument in getattr(annotation, "__args__", ()):
        found = _model_in(argument)
        if found is not None:
            return found
    return None
