"""Total moments: parity of the electrons, scans that keep the lowest and record all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from ase.build import molecule

from nrrsim.dft import spin
from nrrsim.dft.bench import Bench, Point
from nrrsim.dft.engines import EngineError
from nrrsim.dft.relaxation import Relaxed
from nrrsim.dft.run import run
from nrrsim.dft.settings import Settings
from nrrsim.dft.spin import allowed_moment, electrons, moments_to_scan, scan, untried, with_moment
from nrrsim.dft.task import Task
from nrrsim.errors import InputError
from nrrsim.structures.clusters import m3

HOLDING = Settings("mine", 1, "emt", "", "", {"fixed_moment": True}, relax={"fmax": 0.1, "steps": 3, "maxstep": 0.1})


@pytest.mark.parametrize("metal", ["Nb", "Fe", "Mo", "Ru", "Y"])
@pytest.mark.parametrize("charge", [0, 1])
def test_moments_have_the_parity_of_the_electrons(metal: str, charge: int) -> None:
    cluster = m3(metal, moments="ferromagnetic")
    count = electrons(cluster, charge=charge)
    for moment in (allowed_moment(cluster, charge=charge), *moments_to_scan(cluster, charge=charge)):
        assert moment % 2 == count % 2
        assert moment >= 0
    assert abs(allowed_moment(cluster, charge=charge) - cluster.get_initial_magnetic_moments().sum()) <= 1
    assert len(moments_to_scan(cluster)) >= 3


@pytest.mark.parametrize("total", [1, 3, 11])
@pytest.mark.parametrize("start", [None, "ferromagnetic", [-1.0, -1.0, -2.0]])
def test_initial_moments_sum_to_the_total(start: object, total: int) -> None:
    cluster = m3("Nb", moments=start)  # type: ignore[arg-type]
    assert with_moment(cluster, total).get_initial_magnetic_moments().sum() == pytest.approx(total)


def test_hydrogen_carries_none_of_a_metal_s_moment() -> None:
    cluster = m3("Nb") + Atoms("H", positions=[[0.0, 0.0, 1.5]])
    moments = with_moment(cluster, 4).get_initial_magnetic_moments()
    assert moments[3] == 0
    assert moments[:3].sum() == pytest.approx(4)


@pytest.mark.parametrize("wrong", [[2], [-1], [1.5]])
def test_impossible_moments_are_refused(wrong: list[float]) -> None:
    with pytest.raises(InputError, match=r"has no total moment of .*give odd whole numbers, such as 1, 3"):
        moments_to_scan(Atoms("OH"), wrong)  # type: ignore[arg-type]


def computed(energies: dict[int, float]) -> object:
    """An engine whose energy depends on the moment alone; a moment without energy fails."""

    def answer(_: Bench, atoms: Atoms, moment: int | None, **_how: bool) -> Point:
        if moment not in energies:
            raise EngineError(f"the SCF did not converge ({moment}).")
        n, energy = len(atoms), energies[moment]
        moments = np.full(n, (moment or 0) / n)
        return Point(atoms.positions.copy(), moment, energy, energy, np.zeros((n, 3)), moments, 1.0)

    return answer


def test_the_lowest_is_kept_and_all_are_recorded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bench, "_computed", computed({1: -5.0, 3: -6.0}))
    task = Task("relax", molecule("OH"), HOLDING, kind="cluster", options={"moments": [1, 3, 5]})
    record = run(task, tmp_path)
    assert record.usable
    assert (record.energy, record.details["moment"], sum(record.moments)) == (-6.0, 3, pytest.approx(3.0))
    tried = record.details["moments_scanned"]
    assert [entry["moment"] for entry in tried] == [1, 3, 5]
    assert tried[2]["reason"] == "the SCF did not converge (5)."
    assert record.atoms.get_initial_magnetic_moments().sum() == pytest.approx(3.0)


@pytest.mark.parametrize("how", ["relaxed", "single point"])
def test_a_scan_may_relax_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    monkeypatch.setattr(Bench, "_computed", computed({1: -5.0, 3: -4.0, 5: -4.5}))
    options = {"moments": "neighbours", "scan": how}
    record = run(Task("relax", molecule("OH"), HOLDING, kind="cluster", options=options), tmp_path)
    assert record.energy == -5.0
    assert len(record.details["moments_scanned"]) == 3


def test_a_moment_whose_adsorbate_left_is_the_lowest_only_where_all_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def relaxed(atoms: Atoms, bench: Bench, *, moment: int, gone: tuple[int, ...]) -> Relaxed:
        n = len(atoms)
        point = Point(atoms.positions, moment, -moment, -moment, np.zeros((n, 3)), np.zeros(n), 1.0)
        return Relaxed(atoms, (point,), (0.01,), True, (), left=moment in gone)

    monkeypatch.setattr(spin, "relax", relaxed)
    bench = Bench(Task("relax", molecule("OH"), HOLDING, kind="cluster"), tmp_path)
    found = scan(molecule("OH"), bench, (1, 3, 5), relaxing={"gone": (5,)})
    assert found.moment == 3
    assert [entry.get("left", False) for entry in found.tried] == [False, False, True]
    assert scan(molecule("OH"), bench, (1, 3, 5), relaxing={"gone": (1, 3, 5)}).moment == 5


def test_where_no_moment_can_be_computed_all_reasons_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bench, "_computed", computed({}))
    bench = Bench(Task("single point", molecule("OH"), HOLDING, kind="cluster"), tmp_path)
    with pytest.raises(EngineError, match=r"none of the moments .* 1: .*converge \(1\).* 3: .*converge \(3\)"):
        scan(molecule("OH"), bench, (1, 3))


def test_a_reason_that_all_moments_share_is_told_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def answer(*_: object, **_how: object) -> Point:
        raise EngineError("no pseudopotential.")

    monkeypatch.setattr(Bench, "_computed", answer)
    bench = Bench(Task("single point", molecule("OH"), HOLDING, kind="cluster"), tmp_path)
    with pytest.raises(EngineError, match=r"could be computed\. 1, 3: no pseudopotential\.$"):
        scan(molecule("OH"), bench, (1, 3))


def test_initial_moments_become_a_fixed_integer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bench, "_computed", computed({3: -1.0}))
    hydroxyl = molecule("OH")
    hydroxyl.set_initial_magnetic_moments([2.6, 0.0])
    record = run(Task("single point", hydroxyl, HOLDING, kind="molecule"), tmp_path)
    assert record.details["moment"] == 3


def test_an_odd_number_of_electrons_without_spin_is_a_warning(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Bench, "_computed", computed({None: -1.0}))  # type: ignore[dict-item]
    hydroxyl = Atoms("OH", positions=[[0, 0, 0], [0, 0, 0.97]])
    record = run(Task("single point", hydroxyl, HOLDING, kind="cluster"), tmp_path)
    assert "odd number of electrons" in record.details["warnings"][0]


def test_a_scan_needs_settings_that_hold_the_moment(tmp_path: Path) -> None:
    task = Task("single point", molecule("OH"), HOLDING, kind="slab", options={"moments": [1, 3, 5]})
    with pytest.raises(InputError, match="holds no total moment fixed for a slab"):
        run(task, tmp_path)


@pytest.mark.parametrize(
    ("energies", "kept", "tried"),
    [
        ({1: -5.0, 3: -6.0, 5: -7.0, 7: -6.5}, 5, [1, 3, 5, 7]),
        ({1: -5.0, 3: -6.0, 5: -7.0}, 5, [1, 3, 5, 7]),
        ({1: -5.0, 3: -4.0, 5: -3.0}, 1, [1, 3, 5]),
        ({3: -4.0, 5: -4.5, 7: -4.2}, 5, [1, 3, 5, 7]),
    ],
)
def test_a_scan_goes_on_to_the_lowest(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, energies: dict[int, float], kept: int, tried: list[int]
) -> None:
    monkeypatch.setattr(Bench, "_computed", computed(energies))
    task = Task("single point", molecule("OH"), HOLDING, kind="cluster", options={"moments": "neighbours"})
    record = run(task, tmp_path)
    assert record.details["moment"] == kept
    assert [entry["moment"] for entry in record.details["moments_scanned"]] == tried
    asked = {entry["moment"] for entry in record.details["moments_scanned"]}
    assert set(untried(record.details, np.array(record.moments))) == asked - energies.keys()


def test_a_scan_goes_down_to_the_lowest_and_no_further_than_it_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    energies = {m: -10.0 + 0.1 * m for m in range(0, 16, 2)}
    monkeypatch.setattr(Bench, "_computed", computed(energies))
    cluster = m3("Fe", moments="ferromagnetic")
    for options, kept in (({"moments": "neighbours"}, 0), ({"moments": [6, 8]}, 6)):
        task = Task("single point", cluster, HOLDING, kind="cluster", options=options)
        record = run(task, tmp_path / str(kept))
        assert record.details["moment"] == kept
        assert sum(record.moments) == pytest.approx(kept)
    assert untried(record.details, np.array(record.moments)) == (4, 0, 2)


def test_one_atom_turned_is_tried_beyond_a_moment_that_lies_higher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on Fe3 with two H, N and NH2, where 6 lies above 8, and 4 with two moments up and one down below both."""
    energies = {12: -46.2, 10: -47.1, 8: -48.4, 6: -48.2, 4: -48.75, 2: -48.3, 0: -47.9}

    def answer(_: Bench, atoms: Atoms, moment: int, **_how: bool) -> Point:
        moments = moment * (np.array([1.0, -1.0, 1.0]) if moment < 6 else np.full(3, 1 / 3))
        return Point(atoms.positions.copy(), moment, energies[moment], energies[moment], np.zeros((3, 3)), moments, 1.0)

    monkeypatch.setattr(Bench, "_computed", answer)
    start = with_moment(m3("Fe", moments="ferromagnetic"), 10)
    record = run(Task("relax", start, HOLDING, kind="cluster", options={"moments": "neighbours"}), tmp_path)
    assert [entry["moment"] for entry in record.details["moments_scanned"]] == [8, 10, 12, 6, 0, 2, 4]
    assert record.details["moment"] == 4
    assert record.energy == -48.75
    assert untried(record.details, np.array(record.moments)) == ()
    old = {"moment": 8, "moments_scanned": [{"moment": m, "energy": energies[m]} for m in (8, 10, 12)]}
    assert untried(old, np.array([2.7, 1.9, 2.7])) == (6, 2, 4)
    assert untried(old, np.array([0.3, 0.3, 0.3])) == (6,)  # no moment to turn
    assert untried(old, np.array([3.0, -2.0, 3.0])) == (6,)  # one is turned


def test_a_relaxation_that_did_not_end_is_the_lowest_only_where_none_did(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def relaxed(atoms: Atoms, bench: Bench, *, moment: int, ended: tuple[int, ...]) -> Relaxed:
        n = len(atoms)
        point = Point(atoms.positions, moment, -moment, -moment, np.zeros((n, 3)), np.zeros(n), 1.0)
        return Relaxed(atoms, (point,), (0.01,), moment in ended, ())

    monkeypatch.setattr(spin, "relax", relaxed)
    bench = Bench(Task("relax", molecule("OH"), HOLDING, kind="cluster"), tmp_path)
    assert scan(molecule("OH"), bench, (1, 3, 5), relaxing={"ended": (1, 3)}).moment == 3
    assert scan(molecule("OH"), bench, (1, 3, 5), relaxing={"ended": ()}).moment == 5
