"""Tables and help as people read them."""

import re
from pathlib import Path

import pytest

from nrrsim.io.catalog import shipped_ids

UNITS = {"solve": ("[K]", "[bar]", "[V vs RHE]", "[V vs SHE]", "[eV]"), "diagram": ("[K]", "[bar]", "[V vs RHE]")}


@pytest.mark.parametrize("columns", [80, 120, 160])
def test_the_list_has_one_line_for_each_catalyst(run, columns):
    lines = run("list", columns=columns).out.splitlines()
    rows = [line.split()[0] for line in lines if line.split() and line.split()[0] in shipped_ids()]
    assert rows == list(shipped_ids())
    assert max(len(line) for line in lines) <= columns
    assert any("doi" in line and "kind" in line for line in lines)


def test_the_list_says_what_a_narrow_terminal_leaves_out(run):
    assert "(not shown in 80 columns: name" in run("list", columns=80).out
    assert "not shown" not in run("list", columns=220).out


@pytest.mark.parametrize("columns", [80, 160])
@pytest.mark.parametrize(
    "arguments", [["diagram", "tio2-fe"], ["diagram", "ru-step", "--pathway", "dissociative"], ["solve", "ru-step"]]
)
def test_tables_fit_and_break_no_word(run, columns, arguments):
    out = run(*arguments, columns=columns).out
    rows = [line for line in out.splitlines() if re.search(r"\S {3,}\S", line) or set(line.strip()) == {"─"}]
    assert rows
    assert max(len(line) for line in rows) <= columns
    wide = run(*arguments, columns=400).out
    assert set(out.split()) - {"─" * n for n in range(400)} <= set(wide.split())


def test_units_stand_in_the_heads_of_tables(run):
    out = run("diagram", "ru-step", "--pathway", "dissociative").out
    assert "dG [eV]" in out
    assert "span [eV]" in out
    assert "G [eV]" in run("info", "ru-step").out


def test_a_catalyst_without_ammonia_has_no_certificate_of_it(run):
    example = Path(__file__).parents[1] / "io" / "data" / "isolated_example.yaml"
    assert "nan" not in run("solve", str(example)).out


@pytest.mark.parametrize("verb", UNITS)
def test_help_names_the_unit_of_every_number(run, verb):
    out = run(verb, "--help", columns=80).out
    for unit in UNITS[verb]:
        assert unit in " ".join(out.split())


def test_help_names_the_verbs(run):
    out = run("--help").out
    for verb in ("list", "info", "diagram", "solve"):
        assert re.search(rf"^\s+{verb}\s", out, re.MULTILINE)


def test_version(run):
    assert run("--version").out.startswith("nrrsim ")
