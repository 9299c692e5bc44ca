"""Paths between minima: what they begin and end with, and the saddle above them against a plain script of ase."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ase import Atoms
from ase.build import add_adsorbate, fcc100
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.mep import NEB
from ase.optimize import BFGS

from nrrsim.dft.bench import Bench, Point
from nrrsim.dft.engines import UnconvergedError, prepared
from nrrsim.dft.paths import path
from nrrsim.dft.record import DftRecord
from nrrsim.dft.run import _beside, run
from nrrsim.dft.settings import settings
from nrrsim.dft.task import Task
from nrrsim.errors import InputError

ADATOM = 12


def hollow(*, far: bool = False) -> Atoms:
    """A gold atom in a fourfold hollow of Pt(100), or in the next one."""
    slab: Atoms = fcc100("Pt", (2, 2, 3), vacuum=6.0)
    add_adsorbate(slab, "Au", 2.2, "hollow")
    if far:
        slab.positions[ADATOM] += slab.cell[0] / 2
    slab.set_constraint(FixAtoms([atom.index for atom in slab if atom.tag > 1]))
    return slab


@pytest.fixture(scope="module")
def ends(tmp_path_factory: pytest.TempPathFactory) -> tuple[Atoms, Atoms]:
    folder = tmp_path_factory.mktemp("ends")
    tasks = [Task("relax", hollow(far=far), settings("emt"), options={"fmax": 0.005}) for far in (False, True)]
    start, end = (run(task, folder / task.key).atoms for task in tasks)
    return start, end


def hop(ends: tuple[Atoms, Atoms], **options: object) -> Task:
    return Task("path", ends[0], settings("emt"), ends=(ends[1],), options={"images": 3, **options})


def climb_from(record: DftRecord) -> Task:
    options = {"direction": record.details["direction"], "fmax": 0.01}
    return Task("saddle", record.atoms, settings("emt"), options=options)


@pytest.fixture(scope="module")
def guess(ends: tuple[Atoms, Atoms], tmp_path_factory: pytest.TempPathFactory) -> DftRecord:
    return run(hop(ends), tmp_path_factory.mktemp("hop"))


@pytest.fixture(scope="module")
def saddle(guess: DftRecord, tmp_path_factory: pytest.TempPathFactory) -> DftRecord:
    return run(climb_from(guess), tmp_path_factory.mktemp("saddle"))


def test_the_barrier_is_that_of_a_plain_script(ends: tuple[Atoms, Atoms], guess: DftRecord, saddle: DftRecord) -> None:
    images = [ends[0].copy() for _ in range(4)] + [ends[1].copy()]
    for image in images:
        image.calc = EMT()
    band = NEB(images, climb=True, method="improvedtangent")
    band.interpolate()
    BFGS(band, logfile=None).run(fmax=0.02)
    barrier = max(image.get_potential_energy() for image in images) - images[0].get_potential_energy()
    assert guess.usable
    assert saddle.usable
    assert saddle.energy is not None
    assert saddle.energy - guess.details["image_energies"][0] == pytest.approx(barrier, rel=0, abs=0.002)


def test_the_saddle_is_one(saddle: DftRecord, tmp_path: Path) -> None:
    options = {"indices": [ADATOM], "imaginary": 1}
    modes = run(Task("vibrations", saddle.atoms, settings("emt"), options=options), tmp_path)
    assert modes.usable
    assert modes.vibrations[0] < 0 < modes.vibrations[1]


def test_a_path_is_the_same_from_either_end(ends: tuple[Atoms, Atoms], guess: DftRecord, tmp_path: Path) -> None:
    back = run(hop(ends[::-1]), tmp_path)
    assert back.energy == pytest.approx(guess.energy, rel=0, abs=1e-3)
    assert back.details["image_energies"] == pytest.approx(guess.details["image_energies"][::-1], rel=0, abs=1e-3)
    along, against = (np.array(record.details["direction"]).ravel() for record in (guess, back))
    assert along @ against == pytest.approx(-1.0, abs=0.01)


def test_a_stopped_path_goes_on_to_the_same_end(ends: tuple[Atoms, Atoms], guess: DftRecord, tmp_path: Path) -> None:
    task = hop(ends)
    run(task, tmp_path)
    journal = tmp_path / "points.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: len(lines) // 2]) + lines[-1][:50])
    resumed = run(task, tmp_path)
    assert resumed.details["image_energies"] == guess.details["image_energies"]
    assert resumed.energy == guess.energy


def test_an_image_that_does_not_converge_is_gone_round(
    ends: tuple[Atoms, Atoms], saddle: DftRecord, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the middle no SCF converges: a band of two images has none there, a closer look would have."""
    middle = (ends[0].positions[ADATOM, 0] + ends[1].positions[ADATOM, 0]) / 2
    converged = Bench._converged

    def sometimes(self: Bench, atoms: Atoms, *how: Any) -> Point:
        if abs(atoms.positions[ADATOM, 0] - middle) < 0.05:
            raise UnconvergedError("the SCF did not converge.")
        return converged(self, atoms, *how)

    with monkeypatch.context() as patched:
        patched.setattr(Bench, "_converged", sometimes)
        found = run(hop(ends), tmp_path / "hop")
    assert found.usable
    assert len(found.details["image_energies"]) == 4
    assert found.details["warnings"] == [
        "a band of 3 images was given up: the SCF did not converge.",
        "no closer look at the highest part of the path: the SCF did not converge.",
    ]
    again = run(climb_from(found), tmp_path / "saddle")
    assert again.energy == pytest.approx(saddle.energy, rel=0, abs=0.002)


def test_an_end_that_does_not_converge_ends_the_search(
    ends: tuple[Atoms, Atoms], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[float] = []

    def never(self: Bench, atoms: Atoms, *how: Any) -> Point:
        asked.append(float(atoms.positions[ADATOM, 0]))
        raise UnconvergedError("the SCF did not converge.")

    monkeypatch.setattr(Bench, "_converged", never)
    record = run(hop(ends), tmp_path)
    assert (record.status, record.reason) == ("failed", "the SCF did not converge.")
    assert len(asked) == 1


@pytest.mark.parametrize(
    ("work", "options", "match"),
    [
        ("path", {"images": 0}, "number of images is 0"),
        ("path", {"image": 3}, "no option 'image'"),
        ("saddle", {}, "needs a direction"),
        ("saddle", {"direction": [[1, 0, 0]]}, "the direction has the shape"),
    ],
)
def test_wrong_options_are_refused(
    ends: tuple[Atoms, Atoms], tmp_path: Path, work: str, options: dict[str, object], match: str
) -> None:
    task = Task(work, ends[0], settings("emt"), ends=ends[1:], options=options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=match):
        run(task, tmp_path)


def test_ends_that_differ_are_refused(ends: tuple[Atoms, Atoms], tmp_path: Path) -> None:
    with pytest.raises(InputError, match="differ in their atoms"):
        path(ends[0], ends[1][:-1], Bench(hop(ends), tmp_path))
    with pytest.raises(InputError, match="one other end, not 0"):
        run(Task("path", ends[0], settings("emt")), tmp_path / "alone")


def test_one_place_given_twice_is_refused(ends: tuple[Atoms, Atoms], tmp_path: Path) -> None:
    beside = ends[0].copy()
    beside.positions[-1] += [0.0, 0.004, 0.0]
    with pytest.raises(InputError, match="are one and the same structure"):
        run(hop((ends[0], beside)), tmp_path)


def test_the_ends_of_a_clusters_path_share_one_box() -> None:
    """Its settings make a box for each extent; a path has that of its first end, and the atoms keep their distances."""
    boxed = replace(settings("emt"), parameters={"vacuum": 5.0, "box_multiple": 0.8})
    start = Atoms("Cu3H", positions=[[0, 0, 0], [2.5, 0, 0], [1.2, 2.2, 0], [1.2, 0.8, 1.1]])
    end = start.copy()
    end.positions[3] = [4.2, 0, 0]
    task = Task("path", start, boxed, "cluster", ends=(end,))
    first = prepared(boxed, "cluster", start)
    assert not np.allclose(prepared(boxed, "cluster", end).cell[:], first.cell[:])
    last = _beside(task, first)
    np.testing.assert_array_equal(last.cell[:], first.cell[:])
    np.testing.assert_allclose((last.positions - first.positions)[:3], 0.0, atol=1e-12)
    np.testing.assert_allclose((last.positions - first.positions)[3], end.positions[3] - start.positions[3], atol=1e-12)
    raised = start.copy()
    raised.positions[3, 2] += 0.2  # its own box would be the same one, centred otherwise
    close = _beside(Task("path", start, boxed, "cluster", ends=(raised,)), first)
    np.testing.assert_allclose((close.positions - first.positions)[:3], 0.0, atol=1e-12)
