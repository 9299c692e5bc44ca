"""Saddle points: a hop against a plain script of ase, laws of barriers, the dimer on the same saddle."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import add_adsorbate, fcc100
from ase.calculators.emt import EMT
from ase.constraints import FixAtoms
from ase.mep import NEB
from ase.optimize import BFGS

from nrrsim.dft.bench import Bench
from nrrsim.dft.engines import prepared
from nrrsim.dft.paths import Saddle, dimer, neb, verified
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
    return Task("neb", ends[0], settings("emt"), ends=(ends[1],), options={"images": 3, "fmax": 0.02, **options})


@pytest.fixture(scope="module")
def record(ends: tuple[Atoms, Atoms], tmp_path_factory: pytest.TempPathFactory) -> DftRecord:
    return run(hop(ends, verify=[ADATOM]), tmp_path_factory.mktemp("hop"))


def test_the_barrier_is_that_of_a_plain_script(ends: tuple[Atoms, Atoms], record: DftRecord) -> None:
    images = [ends[0].copy() for _ in range(4)] + [ends[1].copy()]
    for image in images:
        image.calc = EMT()
    band = NEB(images, climb=True, method="improvedtangent")
    band.interpolate()
    BFGS(band, logfile=None).run(fmax=0.02)
    barrier = max(image.get_potential_energy() for image in images) - images[0].get_potential_energy()
    assert record.usable
    assert record.details["barrier"] == pytest.approx(barrier, rel=0, abs=0.005)


def test_the_saddle_is_one(record: DftRecord) -> None:
    assert record.vibrations[0] < 0 < record.vibrations[1]
    assert record.energy == record.details["image_energies"][record.details["highest"]]
    # equivalent ends: the barrier is the same both ways
    assert record.details["barrier"] == pytest.approx(record.details["barrier_backward"], rel=0, abs=1e-3)


def test_the_dimer_finds_the_same_saddle(ends: tuple[Atoms, Atoms], record: DftRecord, tmp_path: Path) -> None:
    mode = ends[1].positions - ends[0].positions
    start = ends[0].copy()
    start.positions += 0.35 * mode
    options = {"mode": mode.tolist(), "fmax": 0.01, "verify": [ADATOM]}
    found = run(Task("dimer", start, settings("emt"), options=options), tmp_path)
    assert found.usable
    assert found.details["curvature"] < 0
    assert found.energy == pytest.approx(record.energy, rel=0, abs=0.003)


def test_a_stopped_band_goes_on_to_the_same_end(ends: tuple[Atoms, Atoms], record: DftRecord, tmp_path: Path) -> None:
    task = hop(ends, verify=[ADATOM])
    run(task, tmp_path)
    journal = tmp_path / "points.jsonl"
    lines = journal.read_bytes().splitlines(keepends=True)
    journal.write_bytes(b"".join(lines[: len(lines) // 2]) + lines[-1][:50])
    resumed = run(task, tmp_path)
    assert resumed.details["image_energies"] == record.details["image_energies"]
    assert resumed.vibrations == record.vibrations


def test_a_path_downhill_has_no_saddle(ends: tuple[Atoms, Atoms], tmp_path: Path) -> None:
    lifted = ends[0].copy()
    lifted.positions[ADATOM, 2] += 0.3
    found = run(Task("neb", ends[0], settings("emt"), ends=(lifted,), options={"images": 1}), tmp_path)
    assert (found.status, found.usable) == ("done", False)
    assert "the highest image lies no higher than one of them" in found.reason


def test_a_minimum_is_no_saddle(ends: tuple[Atoms, Atoms], tmp_path: Path) -> None:
    bench = Bench(Task("vibrations", ends[0], settings("emt")), tmp_path)
    claimed = Saddle(ends[0], bench.compute(ends[0]), True, 0.0, {})
    found, reason = verified(claimed, bench, [ADATOM], displacement=0.01)
    assert reason == "no saddle point: no mode is imaginary."
    assert found.energies.min() > 0


def test_an_unfinished_search_says_so(ends: tuple[Atoms, Atoms], tmp_path: Path) -> None:
    found = run(hop(ends, steps=2), tmp_path)
    assert (found.status, found.usable) == ("done", False)
    assert "not converged" in found.reason


@pytest.mark.parametrize(
    ("work", "options", "match"),
    [
        ("neb", {"images": 0}, "number of images is 0"),
        ("neb", {"image": 3}, "no option 'image'"),
        ("dimer", {}, "needs a mode"),
        ("dimer", {"mode": [[1, 0, 0]]}, "the mode has the shape"),
    ],
)
def test_wrong_options_are_refused(
    ends: tuple[Atoms, Atoms], tmp_path: Path, work: str, options: dict[str, object], match: str
) -> None:
    task = Task(work, ends[0], settings("emt"), ends=ends[1:], options=options)  # type: ignore[arg-type]
    with pytest.raises(InputError, match=match):
        run(task, tmp_path)


def test_ends_that_differ_are_refused(ends: tuple[Atoms, Atoms], tmp_path: Path) -> None:
    bench = Bench(hop(ends), tmp_path)
    with pytest.raises(InputError, match="differ in their atoms"):
        neb(ends[0], ends[1][:-1], bench, fmax=0.1, steps=1, maxstep=0.1)
    with pytest.raises(InputError, match="no free atom"):
        dimer(ends[0], np.eye(len(ends[0]), 3), bench, fmax=0.1, steps=1, maxstep=0.1)


def test_the_ends_of_a_clusters_path_share_one_box() -> None:
    """Its settings make a box for each extent; a path has that of its first end, and the atoms keep their distances."""
    boxed = replace(settings("emt"), parameters={"vacuum": 5.0, "box_multiple": 0.8})
    start = Atoms("Cu3H", positions=[[0, 0, 0], [2.5, 0, 0], [1.2, 2.2, 0], [1.2, 0.8, 1.1]])
    end = start.copy()
    end.positions[3] = [4.2, 0, 0]
    task = Task("neb", start, boxed, "cluster", ends=(end,))
    first = prepared(boxed, "cluster", start)
    assert not np.allclose(prepared(boxed, "cluster", end).cell[:], first.cell[:])
    last = _beside(task, first)
    np.testing.assert_array_equal(last.cell[:], first.cell[:])
    np.testing.assert_allclose((last.positions - first.positions)[:3], 0.0, atol=1e-12)
    np.testing.assert_allclose((last.positions - first.positions)[3], end.positions[3] - start.positions[3], atol=1e-12)
    raised = start.copy()
    raised.positions[3, 2] += 0.2  # its own box would be the same one, centred otherwise
    close = _beside(Task("neb", start, boxed, "cluster", ends=(raised,)), first)
    np.testing.assert_allclose((close.positions - first.positions)[:3], 0.0, atol=1e-12)
