"""The bench: its journal of points and of SCFs that did not converge, and failures as sentences."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import bulk
from ase.calculators.calculator import Calculator

from nrrsim.dft.bench import Bench, Point, entry_of, line_of, with_total
from nrrsim.dft.engines import EngineError, versions
from nrrsim.dft.settings import settings
from nrrsim.dft.task import Task
from nrrsim.errors import InputError


def test_moments_are_shifted_to_a_total_where_there_are_any() -> None:
    shifted = with_total(np.array([1.0, 0.0, 2.0]), 5)
    np.testing.assert_allclose(shifted, [2.0, 0.0, 3.0])
    np.testing.assert_allclose(with_total(np.zeros(2), 3), [1.5, 1.5])


class Broken(Calculator):
    """Answers as it was told."""

    implemented_properties = ["energy", "forces"]  # noqa: RUF012

    def __init__(self, answer: object) -> None:
        super().__init__()
        self.answer = answer

    def calculate(self, *args: object, **kwargs: object) -> None:
        super().calculate(*args, **kwargs)
        if isinstance(self.answer, BaseException):
            raise self.answer
        self.results = {"energy": self.answer, "forces": np.zeros((len(self.atoms), 3))}


class KohnShamConvergenceError(Exception):
    """Of the name that gpaw uses."""


@pytest.mark.parametrize(
    ("answer", "match"),
    [
        (KohnShamConvergenceError("Did not converge! See text output for help."), "SCF of emt did not converge"),
        (ValueError("no\nsuch   thing"), "emt stopped with ValueError: no such thing"),
        (KeyError(), "emt stopped with KeyError: no message"),
        (MemoryError("too large"), "MemoryError"),
        (ImportError("libxc.so.9"), "emt is not installed here"),
        (float("nan"), "no number"),
    ],
)
def test_whatever_an_engine_raises_is_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: object, match: str
) -> None:
    monkeypatch.setattr("nrrsim.dft.bench.calculator", lambda *_, **__: Broken(answer))
    bench = Bench(Task("single point", bulk("Cu"), settings("emt")), tmp_path)
    with pytest.raises(EngineError, match=match):
        bench.compute(bulk("Cu"))
    assert bench.computed == 0
    assert not bench.points


def test_an_scf_that_does_not_converge_is_tried_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And, unlike other failures, not again when the task is run again."""
    task = Task("single point", bulk("Cu"), settings("emt"))
    for kind, again in ((KohnShamConvergenceError, 1), (RuntimeError, 3)):
        asked: list[object] = []

        def broken(*_: object, error: type[Exception] = kind, asked: list[object] = asked, **__: object) -> Broken:
            asked.append(None)
            return Broken(error("no"))

        monkeypatch.setattr("nrrsim.dft.bench.calculator", broken)
        folder = tmp_path / kind.__name__
        for _ in range(3):
            with pytest.raises(EngineError, match="no"):
                Bench(task, folder).compute(bulk("Cu"))
        assert len(asked) == again


def test_a_full_disk_is_no_failure_of_the_structure(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    full = OSError(28, "No space left on device")
    monkeypatch.setattr("nrrsim.dft.bench.calculator", lambda *_, **__: Broken(full))
    bench = Bench(Task("single point", bulk("Cu"), settings("emt")), tmp_path)
    with pytest.raises(InputError, match=r"No space left on device.*make room"):
        bench.compute(bulk("Cu"))


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    with pytest.raises(InputError, match="cannot be written: Not a directory"):
        Bench(Task("single point", bulk("Cu"), settings("emt")), tmp_path / "file" / "below")


def test_a_folder_holds_one_task(tmp_path: Path) -> None:
    Bench(Task("single point", bulk("Cu"), settings("emt")), tmp_path)
    with pytest.raises(InputError, match="holds another task"):
        Bench(Task("single point", bulk("Au"), settings("emt")), tmp_path)


def test_points_keep_every_digit() -> None:
    point = Point(np.random.default_rng(3).normal(size=(4, 3)), 3, -1 / 3, -0.1, np.ones((4, 3)) / 7, np.ones(4), 0.5)
    back = entry_of(line_of(point))
    assert isinstance(back, Point)
    np.testing.assert_array_equal(back.positions, point.positions)
    np.testing.assert_array_equal(back.forces, point.forces)
    assert (back.energy, back.moment) == (point.energy, 3)


def test_energies_of_two_versions_are_not_mixed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task("single point", bulk("Cu"), settings("emt"))
    Bench(task, tmp_path).compute(bulk("Cu"))
    assert Bench(task, tmp_path).computed == 1
    monkeypatch.setattr("nrrsim.dft.bench.versions", lambda _: {"ase": "99"})
    later = Bench(task, tmp_path)
    assert later.computed == 0
    assert (tmp_path / "points.jsonl.1").exists()


def test_another_python_goes_on_with_what_was_computed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task("single point", bulk("Cu"), settings("emt"))
    Bench(task, tmp_path).compute(bulk("Cu"))
    other = {**versions("emt"), "python": "3.99", "numpy": "9.9"}
    monkeypatch.setattr("nrrsim.dft.bench.versions", lambda _: other)
    later = Bench(task, tmp_path)
    assert later.computed == 1
    assert later.about["versions"] == other
    assert not (tmp_path / "points.jsonl.1").exists()


def test_moments_and_fixed_totals_tell_points_apart(tmp_path: Path) -> None:
    atoms: Atoms = bulk("Cu")
    bench = Bench(Task("single point", atoms, settings("emt")), tmp_path)
    bench.compute(atoms)
    bench.compute(atoms, moment=1)
    bench.compute(atoms, moment=1)
    assert bench.computed == 2
