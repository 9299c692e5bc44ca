"""What README and docs say is true: the example prints what stands there, commands work, links lead on."""

from __future__ import annotations

import contextlib
import io
import re
import shlex
import sys
from pathlib import Path

import pytest

import nrrsim
import nrrsim.cli
from nrrsim.io.catalyst_yaml import read_catalyst

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").glob("*.md"))]


def blocks(page: Path, language: str) -> list[str]:
    """The fenced blocks of one language."""
    return re.findall(rf"^```{language}\n(.*?)^```", page.read_text(encoding="utf-8"), flags=re.DOTALL | re.MULTILINE)


def printed_by(example: str) -> list[str]:
    """The lines that a Python block prints."""
    printed = io.StringIO()
    with contextlib.redirect_stdout(printed):
        exec(compile(example, "example", "exec"), {})
    return printed.getvalue().splitlines()


def test_the_first_example_is_short_and_draws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    example, stated = blocks(ROOT / "README.md", "python")[0], blocks(ROOT / "README.md", "text")[0]
    assert len(example.strip().splitlines()) <= 15
    assert printed_by(example) == stated.splitlines()
    assert (tmp_path / "tio2-mo.png").stat().st_size > 10_000


EXAMPLES = [
    pytest.param(example, stated, id=page.name)
    for page in PAGES
    if page.name != "README.md"
    for example, stated in zip(blocks(page, "python"), blocks(page, "text"), strict=True)
]


@pytest.mark.parametrize(("example", "stated"), EXAMPLES)
def test_examples_of_the_docs_print_what_they_say(
    example: str, stated: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert printed_by(example) == stated.splitlines()


COMMANDS = [
    line
    for page in PAGES
    for block in blocks(page, "sh")
    for line in re.sub(r"\\\n *", "", block).splitlines()
    if line.startswith("nrrsim ") and not any(made in line for made in ("my-catalyst", " ru3.yaml "))
]


@pytest.mark.parametrize("command", dict.fromkeys(COMMANDS))
def test_commands_work(
    command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    words = shlex.split(command, comments=True)
    computes = "--engine" in words  # minutes to days: here only what an empty store holds, which is nothing
    if computes:
        words = [*(words[: words.index("-o")] if "-o" in words else words), "--collect"]
    monkeypatch.setattr(sys, "argv", words)
    with pytest.raises(SystemExit) as stop:
        nrrsim.cli.main()
    assert stop.value.code in ((3,) if computes else (0, None))
    assert capsys.readouterr().out


CATALYST_FILES = [block for block in blocks(ROOT / "docs" / "formats.md", "yaml") if block.startswith("format:")]


@pytest.mark.parametrize("text", CATALYST_FILES, ids=lambda text: text.splitlines()[1])
def test_catalyst_files_in_the_docs_load_and_turn_over(text: str, tmp_path: Path) -> None:
    path = tmp_path / "example.yaml"
    path.write_text(text, encoding="utf-8")
    member = re.search(r"^members:\n  (\S+):", text, flags=re.MULTILINE)
    catalyst = read_catalyst(path, member=member[1] if member else None)
    assert catalyst.complete
    assert nrrsim.solve(catalyst).success


def test_there_are_commands_and_files_to_check() -> None:
    assert len(COMMANDS) >= 4
    assert len(CATALYST_FILES) >= 2
    assert EXAMPLES


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_to_files(page: Path) -> None:
    targets = re.findall(r"\]\((?!https?:)([^)#]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert missing == []
