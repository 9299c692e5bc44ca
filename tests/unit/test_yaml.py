"""YAML that remembers its lines and refuses what no catalyst file needs."""

import pytest

from nrrsim import yaml
from nrrsim.errors import InputError


def test_values_follow_the_core_schema_and_quoted_text_stays_text():
    text = "{a: 1, b: -2.5e3, c: true, d: '1', e: yes, f: 0x1F, g: 1_000, h: .5, i: '.nan', j: 12:30}"
    assert yaml.plain(yaml.parse(text, "x")) == {
        "a": 1, "b": -2500.0, "c": True, "d": "1", "e": "yes", "f": "0x1F", "g": "1_000", "h": 0.5, "i": ".nan",
        "j": "12:30",
    }  # fmt: skip


def test_every_entry_knows_its_line():
    node = yaml.parse("a:\n  b: 1\n  c:\n    - x\n    - {d: 2}\n", "x")
    assert yaml.line_of(node, ("a", "b")) == 2
    assert yaml.line_of(node, ("a", "c", 1)) == 5
    assert yaml.line_of(node, ("a", "c", 1, "d")) == 5
    assert yaml.line_of(node, ("a", "nowhere", "b")) == 1


def test_members_lie_over_what_they_share():
    shared, own = yaml.parse("{a: {b: 1, c: 2}, d: [1]}", "x"), yaml.parse("{a: {c: 3}, d: [2]}", "x")
    assert yaml.plain(yaml.merge(shared, own)) == {"a": {"b": 1, "c": 3}, "d": [2]}


@pytest.mark.parametrize(
    ("text", "line", "sentence"),
    [
        ("a: &b 1", 1, "the anchor '&b' is refused"),
        ("a: 1\nb: *c", 2, "read as a YAML alias.*quote keys"),
        ("a:\n  *: 1", 2, "quote keys"),
        ("a: {*: 1}", 1, "quote keys"),
        ("a: [*, b]", 1, "quote keys"),
        ("- *N <-> N2*", 1, "quote keys"),
        ("<<: *a", 1, "alias"),
        ("a: !!python/object:os.system x", 1, "the tag .* is refused"),
        ("a: !own x", 1, "the tag '!own' is refused"),
        ("a: 1\nb: 2\na: 3", 3, r"'a' appears twice \(first in line 1\)"),
        ("? [a]\n: 1", 1, "a key is not a plain word"),
        ("a: 1\n---\nb: 2", 2, "one file, one document"),
        ("a: 1\n...\nb: 2", 3, "one file, one document"),
        ("- " * 50, 1, "deeper than 20 levels"),
        ("{a: " * 50, 1, "deeper than 20 levels"),
        ("a: 1\nb: \x07", 2, "not allowed in YAML"),
        ("a: " + "7" * 5000, 1, "5000 digits"),
        ("a: '\n\n", 3, "began in line 1|cannot be read"),
        ("a: b: c", 1, "cannot be read at 'a: b: c'"),
        ("a: 1\n\tb: 2", 2, "cannot be read"),
        ("%YAML 3.0\n---\na: 1", 1, "cannot be read"),
    ],
)
def test_what_is_refused_is_named_with_its_line(text, line, sentence):
    with pytest.raises(InputError, match=sentence) as error:
        yaml.parse(text, "file")
    assert error.value.where == f"file:{line}"
    assert error.value.remedy


@pytest.mark.parametrize("text", ["", "# comment", "---", "~", "null"])
def test_an_empty_document_is_refused(text):
    with pytest.raises(InputError, match="the file is empty"):
        yaml.parse(text, "file")


def test_long_findings_are_shown_short():
    with pytest.raises(InputError) as error:
        yaml.parse("a: &" + "x" * 5000 + " 1", "file")
    assert len(str(error.value)) < 200
