"""Tasks to records: what a record tells, failures as results, wrong tasks refused."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
from ase.build import bulk, molecule

from nrrsim.dft.run import OPTIONS, run
from nrrsim.dft.settings import Settings, settings
from nrrsim.dft.task import Task
from nrrsim.errors import InputError


def test_a_record_says_how_it_was_made(tmp_path: Path) -> None:
    task = Task("single point", bulk("Cu"), settings("emt"), label="copper")
    record = run(task, tmp_path / "made" / "anew")
    assert (record.key, record.label, record.work, record.status) == (task.key, "copper", "single point", "done")
    assert {"ase", "numpy", "python", "nrrsim"} <= set(record.versions)
    assert datetime.fromisoformat(record.timing["started"]) <= datetime.fromisoformat(record.timing["finished"])
    assert record.timing["steps"] == 1
    assert record.timing["host"]
    assert record.settings["digest"] == settings("emt").digest
    assert record.settings["caveats"]
    assert record.atoms.calc is None
    json.dumps([dict(record.settings), dict(record.details), dict(record.timing), dict(record.versions)])


@pytest.mark.parametrize("work", OPTIONS)
def test_unknown_options_are_refused(tmp_path: Path, work: str) -> None:
    task = Task(work, bulk("Cu"), settings("emt"), options={"fmaxx": 0.1})  # type: ignore[arg-type]
    with pytest.raises(InputError, match=f"'{work}' has no option 'fmaxx'"):
        run(task, tmp_path)


def test_an_unknown_work_or_engine_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no work is called 'relaxx'.*'relax'"):
        run(Task("relaxx", bulk("Cu"), settings("emt")), tmp_path)  # type: ignore[arg-type]
    unknown = Settings("mine", 1, "emtt", "", "")
    with pytest.raises(InputError, match="no engine is called 'emtt'"):
        run(Task("relax", bulk("Cu"), unknown), tmp_path / "b")


def test_what_an_engine_cannot_do_is_a_record(tmp_path: Path) -> None:
    record = run(Task("relax", bulk("Mo"), settings("emt")), tmp_path)
    assert (record.status, record.energy, record.usable) == ("failed", None, False)
    assert record.reason.startswith("emt stopped with NotImplementedError: No EMT-potential for Mo")


def test_any_calculator_of_ase_serves_by_its_name(tmp_path: Path) -> None:
    argon = Settings("lj", 1, "lj", "", "", {"sigma": 3.4, "epsilon": 0.0104, "rc": 12.0})
    task = Task("relax", molecule("N2"), argon, kind="molecule", options={"fmax": 1e-4, "steps": 500})
    record = run(task, tmp_path)
    assert record.energy == pytest.approx(-0.0104, abs=2e-4)  # the well's depth
    assert "flew away" in record.reason  # for argon's distance is no bond of nitrogen
