"""Records computed once more from what they hold."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from ase.build import fcc111, molecule
from ase.constraints import FixAtoms

from nrrsim.dft.archive import SHIPPED, archived
from nrrsim.dft.record import DftRecord
from nrrsim.dft.repeat import TOLERANCE, Repeated, named_by, repeated, task_again
from nrrsim.dft.run import run
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store
from nrrsim.dft.task import Task
from nrrsim.errors import InputError

EMT = settings("emt")


@pytest.fixture(scope="module")
def record(tmp_path_factory: pytest.TempPathFactory) -> DftRecord:
    slab = fcc111("Cu", size=(2, 2, 2), vacuum=6.0)
    slab.set_constraint(FixAtoms([0, 1, 2, 3]))
    slab.rattle(0.05, seed=1)
    return run(Task("relax", slab, EMT, label="Cu"), tmp_path_factory.mktemp("relaxed"))


def test_the_energy_is_that_of_the_final_structure(record: DftRecord, tmp_path: Path) -> None:
    found = repeated(record, tmp_path)
    assert found.same
    assert found.difference == pytest.approx(0.0, abs=1e-9)
    assert found.again.key != record.key


def test_another_energy_is_not_the_same(record: DftRecord) -> None:
    assert record.energy is not None
    assert not Repeated(replace(record, energy=record.energy + 2 * TOLERANCE), record).same
    assert not Repeated(record, replace(record, energy=None)).same


def test_what_was_repeated_is_computed_anew_and_what_was_interrupted_goes_on(record: DftRecord, tmp_path: Path) -> None:
    first = repeated(record, tmp_path)
    (journal,) = tmp_path.rglob("points.jsonl")
    line = json.loads(journal.read_text())
    journal.write_text(json.dumps({**line, "energy": line["energy"] + 1.0}) + "\n")
    assert repeated(record, tmp_path).difference == pytest.approx(0.0, abs=1e-9)
    about = journal.parent / "task.json"
    about.write_text(json.dumps({k: v for k, v in json.loads(about.read_text()).items() if k != "finished"}))
    assert repeated(record, tmp_path).difference == pytest.approx(1.0)  # as the journal of the interrupted one says
    assert first.same


def test_what_would_be_computed_otherwise_is_refused(record: DftRecord) -> None:
    other = {**record.settings, "parameters": {"asap_cutoff": True}}
    with pytest.raises(InputError, match=r"with other parameters \(asap_cutoff\)"):
        task_again(replace(record, settings=other))
    (fe3,) = (one for one in archived(SHIPPED) if one.key.startswith("7af138c2"))
    assert task_again(fe3).options == {}
    with pytest.raises(InputError, match="a total moment of 10 in place of 12"):
        task_again(replace(fe3, details={**fe3.details, "moment": 12}))
    boxed = fe3.atoms.copy()
    boxed.pbc = False
    boxed.set_cell([30.0, 30.0, 30.0])
    with pytest.raises(InputError, match="with another box"):
        task_again(replace(fe3, atoms=boxed))


def test_what_cannot_be_repeated_is_refused(record: DftRecord) -> None:
    with pytest.raises(InputError, match=r"it has no energy: the SCF"):
        task_again(replace(record, energy=None, reason="the SCF did not converge."))
    for changed in ({"version": 0}, {"digest": "0"}):
        with pytest.raises(InputError, match="its settings 'emt' had other parameters"):
            task_again(replace(record, settings={**record.settings, **changed}))
    with pytest.raises(InputError, match="0 records have a key that begins with 'z'"):
        named_by([record], "z")
    with pytest.raises(InputError, match="2 records"):
        named_by([record, record], record.key[:4])


def test_the_verb_tells_the_difference(record: DftRecord, tmp_path: Path) -> None:
    store = Store(tmp_path / "nrrsim-dft.db")
    store.add(record)
    off = run(Task("single point", molecule("N2"), EMT, kind="molecule", label="N2"), tmp_path / "n2")
    store.add(replace(off, energy=(off.energy or 0.0) + 0.01))

    def said(*keys: str) -> subprocess.CompletedProcess[str]:
        told = [argument for key in keys for argument in ("--repeat", key)]
        command = [sys.executable, "-m", "nrrsim", "compute", *told]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)

    good = said(record.key[:8])
    assert (good.returncode, good.stderr) == (0, "")
    assert "1 of 1 agree within 2 meV." in good.stdout
    bad = said(record.key, off.key)
    assert bad.returncode == 3
    assert "-10.00" in bad.stdout
    unknown = said("zz")
    assert (unknown.returncode, unknown.stdout) == (2, "")


def test_records_of_settings_that_have_another_name_by_now_are_repeated_with_these() -> None:
    found = [one for one in archived(SHIPPED) if one.settings["name"] == "gpaw-pw500-pbe-u" and one.energy is not None]
    early = [one for one in found if one.settings["version"] == 1 and one.work == "relax"]
    assert len(early) > 10
    assert {task_again(one).settings.name for one in early} == {"gpaw-pw500-pbe-u-gamma"}
