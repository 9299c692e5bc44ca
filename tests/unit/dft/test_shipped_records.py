"""The records that nrrsim carries: whole, repeatable, and of settings that still mean the same."""

from __future__ import annotations

import pytest

from nrrsim.dft.archive import SHIPPED, archived
from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import settings, settings_names

RECORDS = archived(SHIPPED)


def test_there_are_records() -> None:
    assert len(RECORDS) > 20


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.key)
def test_a_record_says_all_that_repeats_it(record: DftRecord) -> None:
    assert record.settings["name"] in settings_names()
    named = settings(record.settings["name"])
    assert record.settings["version"] <= named.version
    if record.settings["version"] == named.version:  # a changed parameter is a new version
        assert record.settings["digest"] == named.digest
    assert {"gpaw", "gpaw-data", "ase", "numpy", "python", "nrrsim"} <= set(record.versions)
    assert record.settings["level"]
    assert record.timing["seconds"] > 0
    if record.settings["kind"] == "cluster" and record.moments:  # a total that its electrons can have
        assert record.moment is not None
        assert (record.moment - record.atoms.numbers.sum()) % 2 == 0
    if record.status == "done":
        assert record.energy is not None
        assert len(record.forces or []) == len(record.atoms)
        assert record.details["fmax"]
    else:
        assert record.reason
