"""YAML that remembers where everything stood, read from the event stream and never executed.

The reader refuses what a catalyst file never needs and an attacker does: anchors, aliases, tags, deep nesting, huge or
binary files, duplicate keys. Scalars keep their line so that every later error can name file and line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)
from ruamel.yaml.reader import ReaderError

from nrrsim.errors import InputError, shortened

MAX_BYTES = 5_000_000
MAX_DEPTH = 20

MAX_DIGITS = 400  # of a whole number; every float is shorter

_INT = re.compile(r"[-+]?[0-9]+")
_FLOAT = re.compile(
    r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?|[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)",
)
_TEXT_FILE = "give a YAML text file."
_BARE_STAR = "quote keys and equations that begin with '*', for example \"*\": {density: ...}."

Plain: TypeAlias = "dict[str, Plain] | list[Plain] | str | int | float | bool | None"


@dataclass(frozen=True)
class Scalar:
    """One value with its line (from 1)."""

    value: str | int | float | bool | None
    line: int


@dataclass(frozen=True, eq=False)
class Sequence:
    """A list of nodes."""

    items: tuple[Node, ...]
    line: int


@dataclass(frozen=True, eq=False)
class Mapping:
    """Keys in file order, with the line of each key."""

    items: dict[str, Node]
    key_lines: dict[str, int]
    line: int


Node: TypeAlias = Scalar | Sequence | Mapping


def read(path: Path) -> Node:
    """Read a YAML file as nodes with line numbers.

    Raises
    ------
    InputError
        If the file cannot be read, is empty, binary or over 5 MB, or uses YAML that nrrsim refuses.
    """
    where = str(path)
    data = _bytes_of(path, where)
    if b"\0" in data:
        raise InputError("the file is binary.", where=where, remedy=_TEXT_FILE)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise InputError(
            "the file is not UTF-8 text.", where=f"{where}:{line}", remedy=f"{_TEXT_FILE} Save it as UTF-8."
        ) from error
    return parse(text, where)


def _bytes_of(path: Path, where: str) -> bytes:
    """The content of a file, never more than the limit of it."""
    try:
        if path.is_dir():
            raise InputError("this is a directory.", where=where, remedy=_TEXT_FILE)
        size = path.stat().st_size
        if size <= MAX_BYTES:
            with path.open("rb") as file:
                data = file.read(MAX_BYTES + 1)
            size = len(data)
    except OSError as error:
        raise InputError(
            f"the file cannot be read ({error.strerror}).", where=where, remedy="check the path and its permissions."
        ) from error
    if size > MAX_BYTES:
        raise InputError(
            f"the file is larger than {MAX_BYTES / 1e6:g} MB (found {size} bytes).",
            where=where,
            remedy="a catalyst file is text of some kB.",
        )
    return data


def parse(text: str, where: str) -> Node:
    """Parse YAML text; `where` names it in errors (see `read`)."""
    if "\0" in text:
        raise InputError("the file is binary.", where=where, remedy=_TEXT_FILE)
    try:
        return _document(YAML(typ="safe", pure=True).parse(text), where)
    except YAMLError as error:
        raise _syntax_error(error, text, where) from error


def _document(events: Iterator[Event], where: str) -> Node:
    """The single document of a stream."""
    node: Node | None = None
    for event in events:
        if isinstance(event, DocumentStartEvent):
            if node is not None:
                line = event.start_mark.line + 1
                raise InputError(
                    "a second YAML document begins.", where=f"{where}:{line}", remedy="one file, one document."
                )
            node = _Composer(events, where).compose(next(events), depth=0)
    if node is None or (isinstance(node, Scalar) and node.value is None):
        raise InputError("the file is empty.", where=where, remedy="begin with 'format: nrrsim-catalyst/1'.")
    return node


def plain(node: Node) -> Plain:
    """The values of a node without their lines."""
    if isinstance(node, Scalar):
        return node.value
    if isinstance(node, Sequence):
        return [plain(item) for item in node.items]
    return {key: plain(item) for key, item in node.items.items()}


def line_of(node: Node, path: tuple[str | int, ...]) -> int:
    """The line of the entry at `path`, or of the deepest part of the path that exists."""
    line = node.line
    for part in path:
        if isinstance(node, Mapping) and part in node.items:
            line, node = node.key_lines[str(part)], node.items[str(part)]
        elif isinstance(node, Sequence) and isinstance(part, int) and part < len(node.items):
            node = node.items[part]
            line = node.line
        else:
            break
    return line


def merge(base: Mapping, override: Mapping) -> Mapping:
    """`base` with the entries of `override` laid over it, mappings merged key by key."""
    items, lines = dict(base.items), dict(base.key_lines)
    for key, node in override.items.items():
        below = items.get(key)
        items[key] = merge(below, node) if isinstance(below, Mapping) and isinstance(node, Mapping) else node
        lines[key] = override.key_lines[key]
    return Mapping(items, lines, override.line)


class _Composer:
    """Builds nodes from events, refusing what nrrsim's files never use."""

    def __init__(self, events: Iterator[Event], where: str) -> None:
        self._events, self._where = events, where

    def compose(self, event: Event, *, depth: int) -> Node:
        line = event.start_mark.line + 1
        if depth > MAX_DEPTH:
            raise self._error(line, f"the nesting is deeper than {MAX_DEPTH} levels.", "flatten the file.")
        self._refuse_references(event, line)
        if isinstance(event, ScalarEvent):
            return Scalar(self._value(event, line), line)
        if isinstance(event, SequenceStartEvent):
            return self._sequence(line, depth)
        return self._mapping(line, depth)

    def _sequence(self, line: int, depth: int) -> Sequence:
        items = []
        while not isinstance(event := next(self._events), SequenceEndEvent):
            items.append(self.compose(event, depth=depth + 1))
        return Sequence(tuple(items), line)

    def _mapping(self, line: int, depth: int) -> Mapping:
        items: dict[str, Node] = {}
        lines: dict[str, int] = {}
        while not isinstance(event := next(self._events), MappingEndEvent):
            key_line = event.start_mark.line + 1
            self._refuse_references(event, key_line)
            if not isinstance(event, ScalarEvent):
                raise self._error(key_line, "a key is not a plain word.", "use text as key.")
            key = event.value
            if key in items:
                what = f"the key '{shortened(key)}' appears twice (first in line {lines[key]})."
                raise self._error(key_line, what, "keep one of them.")
            items[key] = self.compose(next(self._events), depth=depth + 1)
            lines[key] = key_line
        return Mapping(items, lines, line)

    def _refuse_references(self, event: Event, line: int) -> None:
        if isinstance(event, AliasEvent):
            what = f"'*{shortened(event.anchor)}' is read as a YAML alias."
            raise self._error(line, what, f"aliases are refused; {_BARE_STAR}")
        anchor = getattr(event, "anchor", None)
        if anchor is not None:
            what = f"the anchor '&{shortened(anchor)}' is refused."
            raise self._error(line, what, "write the value out where it is needed.")
        if isinstance(event, (ScalarEvent, SequenceStartEvent, MappingStartEvent)) and event.tag is not None:
            raise self._error(line, f"the tag '{shortened(event.tag)}' is refused.", "write plain values without tags.")

    def _value(self, event: ScalarEvent, line: int) -> str | int | float | bool | None:
        if event.style is None and len(event.value) > MAX_DIGITS and _INT.fullmatch(event.value):
            what = f"found a number of {len(event.value)} digits."
            raise self._error(line, what, "write it as a power of ten, as in 1e13.")
        return _resolve(event)

    def _error(self, line: int, what: str, remedy: str) -> InputError:
        return InputError(what, where=f"{self._where}:{line}", remedy=remedy)


def _resolve(event: ScalarEvent) -> str | int | float | bool | None:
    """A plain scalar by the YAML 1.2 core schema; a quoted one stays text."""
    text: str = event.value
    if event.style is not None:
        return text
    if text in ("", "~", "null"):
        return None
    if text in ("true", "false"):
        return text == "true"
    if _INT.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text):
        return float(text.lower().replace(".inf", "inf").replace(".nan", "nan"))
    return text


def _syntax_error(error: YAMLError, text: str, where: str) -> InputError:
    if isinstance(error, ReaderError):
        line = text.count("\n", 0, error.position) + 1
        return InputError(
            f"the character {chr(error.character)!a} is not allowed in YAML.",
            where=f"{where}:{line}",
            remedy=f"remove it; {_TEXT_FILE}",
        )
    if not isinstance(error, MarkedYAMLError) or error.problem_mark is None:
        return InputError("the file is not YAML text.", where=where, remedy=_TEXT_FILE)
    mark = error.problem_mark
    lines = text.splitlines()
    found = lines[mark.line].strip() if mark.line < len(lines) else ""
    bare_star = re.match(r"^(-\s*)?(\{?\s*)\*", found) or re.search(r"[{\[,:]\s*\*", found)
    remedy = _BARE_STAR if bare_star else "mend the YAML syntax."
    begun = error.context_mark
    since = f", in what began in line {begun.line + 1}" if begun is not None and begun.line != mark.line else ""
    return InputError(
        f"the YAML cannot be read at '{shortened(found)}' ({error.problem or 'syntax error'}{since}).",
        where=f"{where}:{mark.line + 1}",
        remedy=remedy,
    )
