"""The command line in this process, as a user calls it."""

import sys
from typing import NamedTuple

import pytest

from nrrsim.cli import main


class Outcome(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(monkeypatch, capsys):
    """Run `nrrsim` with the arguments in this process: exit code, standard output and error."""

    def call(*arguments, columns=None):
        monkeypatch.setattr(sys, "argv", ["nrrsim", *arguments])
        if columns is not None:
            monkeypatch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        return Outcome(stopped.value.code or 0, captured.out, captured.err)

    return call
