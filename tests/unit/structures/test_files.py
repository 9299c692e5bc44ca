"""Structures in files: round trips, records, whole files or none, and sentences for what is wrong."""

from __future__ import annotations

import os
from pathlib import Path

import ase.db
import ase.io
import numpy as np
import pytest
from ase import Atoms
from ase.geometry import find_mic

from nrrsim.errors import InputError
from nrrsim.structures import files
from nrrsim.structures.catalog.lookup import build_site, with_adsorbate
from nrrsim.structures.files import read_structure, write_structure
from nrrsim.structures.record import record_of

SITES = [
    "moo3-bilayer-vt-s",
    "m3-nb",
    "fe111",
    "fe12nb-shell",
    "ru-step-a",
    "theta-al2o3-010",
    "mxene-moo3",
    "co-n4",
    "m6-ru@mgo-100",
    "ru-zsm5-t12",
    "mo-silica",
]
EXACT = ["a.xyz", "a.extxyz", "a.db", "a.json", "POSCAR", "a.vasp", "a.cif"]
KEEPING = ["a.xyz", "a.extxyz", "a.db", "a.json"]


def covered(name: str) -> Atoms:
    return with_adsorbate(build_site(name), "NNH")


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize("file", EXACT)
def test_geometry_survives(tmp_path: Path, name: str, file: str) -> None:
    """To 1e-6 Angstrom; images of the cell may be exchanged."""
    atoms = covered(name)
    back = read_structure(write_structure(atoms, tmp_path / file))
    assert list(back.symbols) == list(atoms.symbols)
    np.testing.assert_allclose(back.cell[:], atoms.cell[:], rtol=0, atol=1e-6)
    steps = find_mic(back.positions - atoms.positions, atoms.cell, pbc=True)[0]
    np.testing.assert_allclose(steps, 0.0, rtol=0, atol=1e-6)


@pytest.mark.parametrize("name", SITES)
@pytest.mark.parametrize("file", KEEPING)
def test_record_fixed_atoms_and_periodicity_survive(tmp_path: Path, name: str, file: str) -> None:
    atoms = covered(name)
    back = read_structure(write_structure(atoms, tmp_path / file, name=name))
    assert record_of(back) == record_of(atoms)
    assert back.pbc.tolist() == atoms.pbc.tolist()
    held = [sorted(c.get_indices().tolist()) for c in atoms.constraints]
    assert [sorted(c.get_indices().tolist()) for c in back.constraints] == held


def test_a_file_that_was_read_can_be_written_again(tmp_path: Path) -> None:
    atoms = covered("m3-nb")
    for first, second in (("a.xyz", "b.db"), ("a.db", "b.xyz"), ("a.json", "b.json")):
        write_structure(atoms, tmp_path / first)
        back = read_structure(write_structure(read_structure(tmp_path / first), tmp_path / second))
        assert record_of(back) == record_of(atoms)


def test_a_database_gets_one_row_more_each_time(tmp_path: Path) -> None:
    path = tmp_path / "sites.db"
    for name in ("m3-nb", "m3-fe"):
        write_structure(build_site(name), path, name=name)
    rows = list(ase.db.connect(path).select(sort="id"))
    assert [row.key_value_pairs for row in rows] == [{"name": "m3-nb"}, {"name": "m3-fe"}]
    assert record_of(rows[0].toatoms(add_additional_information=True)).parameters["site"] == "m3-nb"
    assert record_of(read_structure(path)).parameters["site"] == "m3-fe"


def test_other_files_are_written_over(tmp_path: Path) -> None:
    for name in ("m3-nb", "m3-fe"):
        for file in ("a.xyz", "a.json"):
            write_structure(build_site(name), tmp_path / file)
    assert str(read_structure(tmp_path / "a.xyz").symbols) == "Fe3"
    assert len(ase.io.read(tmp_path / "a.xyz", index=":")) == 1
    assert len(ase.io.read(tmp_path / "a.json", index=":")) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a.json", "a.xyz"]


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    target = tmp_path / "a.cif"
    target.write_text("old")

    def half(path: Path, *_: object, **__: object) -> None:
        Path(path).write_text("half")
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(files.ase.io, "write", half)
    with pytest.raises(InputError, match="cannot be written: No space left on device"):
        write_structure(build_site("m3-nb"), target)
    assert target.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.cif"]


@pytest.mark.parametrize("file", ["a.xyz", "a.db", "a.json", "POSCAR"])
def test_a_folder_that_is_not_there_is_a_sentence(tmp_path: Path, file: str) -> None:
    with pytest.raises(InputError, match=r"cannot be written: No such file or directory.*Remedy: name a file"):
        write_structure(build_site("m3-nb"), tmp_path / "nowhere" / file)


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
@pytest.mark.parametrize("file", ["a.xyz", "a.db"])
def test_a_folder_that_may_not_be_written_is_a_sentence(tmp_path: Path, file: str) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(InputError, match="cannot be written"):
        write_structure(build_site("m3-nb"), tmp_path / file)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        ("a.foo", r"no suffix of a structure format.*\.cif, \.xyz"),
        ("a", "no suffix of a structure format"),
        ("a.png", "the name of a picture"),
        (".", "cannot be written: Is a directory"),
    ],
)
def test_a_name_without_a_format_is_a_sentence(tmp_path: Path, file: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence):
        write_structure(build_site("m3-nb"), Path(file))
    assert list(tmp_path.iterdir()) == []


def test_a_format_that_cannot_hold_the_structure_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="cannot be written"):
        write_structure(Atoms("N2", positions=[[0, 0, 0], [0, 0, 1.1]]), tmp_path / "a.vasp")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("file", ["a.cif", "a.xyz", "a.db", "a.json", "POSCAR"])
def test_a_file_that_is_something_else_is_a_sentence(tmp_path: Path, file: str) -> None:
    (tmp_path / file).write_text("this is no structure\n")
    with pytest.raises(InputError, match="cannot be read"):
        read_structure(tmp_path / file)


def test_a_database_that_is_something_else_is_not_appended_to(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_text("this is no structure\n" * 50)
    with pytest.raises(InputError, match="cannot be written"):
        write_structure(build_site("m3-nb"), tmp_path / "a.db")


def test_no_file_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there is no file"):
        read_structure(tmp_path / "a.cif")
