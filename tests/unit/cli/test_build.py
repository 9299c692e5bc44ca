"""`nrrsim build`: summaries, JSON, files and pictures, and exit status 2 with a sentence for what cannot be."""

import json
import re

import ase.db
import pytest

from nrrsim.structures.catalog import checklist
from nrrsim.structures.catalog.lookup import site_names
from nrrsim.structures.catalog.systems import missing_sites
from nrrsim.structures.files import read_structure
from nrrsim.structures.record import record_of


def test_the_summary_says_what_was_built(run):
    code, out, err = run("build", "moo3-bilayer-vt")
    assert (code, err) == (0, "")
    for line in (
        "moo3-bilayer-vt: MoO3 bilayer with oxygen vacancies",
        "formula: Mo8O23, 31 atoms, 16 of them fixed",
        "cell: 7.393 x 7.926 x 21.",
        "active atoms: Mo 1",
        "smallest distance: 1.67",
        "distinct adsorption sites: 1",
        "source: AFLOW",
        "notes:",
    ):
        assert line in out


def test_an_adsorbate_is_placed_where_it_is_asked_for(run):
    _, out, _ = run("build", "m3-nb", "--adsorbate", "N2", "--form", "side-on", "--site", "face", "--json")
    found = json.loads(out)
    (placed,) = found["adsorbates"]
    assert (placed["name"], placed["form"], placed["site"]) == ("N2", "side-on", "face")
    assert found["formula"] == "N2Nb3"
    assert [entry["element"] for entry in found["active_atoms"]] == ["Nb"] * 3


def test_json_agrees_with_the_file(run, tmp_path):
    path = tmp_path / "x.xyz"
    code, out, err = run("build", "ru0001", "--supercell", "3", "3", "--vacuum", "12", "-o", str(path), "--json")
    assert code == 0
    found, atoms = json.loads(out), read_structure(path)
    assert found["atoms"] == len(atoms) == 36
    assert found["site"] == record_of(atoms).parameters["site"] == "ru0001"
    assert record_of(atoms).parameters["vacuum"] == 12.0
    counts = {site["name"]: site["multiplicity"] for site in found["adsorption_sites"]}
    assert counts == {"top": 9, "bridge": 27, "hcp hollow": 9, "fcc hollow": 9}
    assert found["fixed_atoms"] == sorted(atoms.constraints[0].get_indices().tolist())
    assert found["written"] == [str(tmp_path / name) for name in ("x.xyz", "x.png", "x.pdf")]
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.pdf", "x.png", "x.xyz"]
    assert "wrote" in err


@pytest.mark.parametrize("file", ["x.cif", "POSCAR", "x.json"])
def test_a_structure_comes_with_a_picture(run, tmp_path, file):
    assert run("build", "m3-nb", "-o", str(tmp_path / file)).code == 0
    assert len(read_structure(tmp_path / file)) == 3
    assert (tmp_path / file).with_suffix(".png").read_bytes().startswith(b"\x89PNG")


def test_a_database_takes_one_row_and_picture_for_each(run, tmp_path):
    path = tmp_path / "x.db"
    for arguments in ([], ["--adsorbate", "NNH"]):
        assert run("build", "m3-nb", *arguments, "-o", str(path)).code == 0
    assert [row.name for row in ase.db.connect(path).select(sort="id")] == ["m3-nb", "m3-nb-NNH"]
    assert {p.name for p in tmp_path.glob("*.png")} == {"x-m3-nb.png", "x-m3-nb-NNH.png"}


def test_a_picture_may_come_alone_or_elsewhere(run, tmp_path):
    assert run("build", "m3-nb", "--picture", str(tmp_path / "p.svg")).code == 0
    assert run("build", "m3-nb", "-o", str(tmp_path / "x.cif"), "--picture", str(tmp_path / "q.svg")).code == 0
    assert sorted(p.name for p in tmp_path.iterdir()) == ["p.svg", "q.svg", "x.cif"]


def test_the_list_names_all_sites(run):
    code, out, _ = run("build", "--list", "--json")
    assert code == 0
    found = json.loads(out)
    assert [entry["name"] for entry in found["sites"]] == list(site_names())
    assert found["missing"] == dict(missing_sites())
    _, out, _ = run("build", "--list", columns=100)
    for name in (*site_names(), *missing_sites()):
        assert name in out


@pytest.fixture
def two_lines(monkeypatch):
    """A checklist of one site that is built and one that is missing."""
    lines = (
        checklist.CheckedSite("A1", "dots", "moo3-bilayer", "moo3_bilayer()", 32, "Mo8O24", 0.76, "Mo-O 1.671", 1, 0.1),
        checklist.CheckedSite("B4", "zeolite", "ru-silicalite", reason="no crystal"),
    )
    monkeypatch.setattr(checklist, "checklist_table", lambda: lines)
    return lines


def test_the_checklist_is_counted(run, two_lines):
    code, out, _ = run("build", "--checklist")
    assert code == 0
    assert "Mo8O24" in out
    assert "no crystal" in out
    assert "1 sites built for 1 of 2 rows; 1 rows have a reason only." in out


def test_the_checklist_is_json(run, two_lines):
    code, out, _ = run("build", "--checklist", "--json")
    assert code == 0
    assert [(line["row"], line["atoms"], line["reason"]) for line in json.loads(out)] == [
        ("A1", 32, ""),
        ("B4", 0, "no crystal"),
    ]


BAD = {
    "no site": ([], "no site is named.*nrrsim build --list"),
    "unknown site": (["ruby"], "no site is called 'ruby'.*did you mean"),
    "site of digits": (["123"], "no site is called '123'"),
    "unknown element": (["m3-xx"], "'Xx' is not an element"),
    "no d-block metal": (["m3-al"], "'Al' is not a d-block metal"),
    "missing site": (["ru-baceo3"], "cannot be built: the crystal BaCeO3 is not shipped"),
    "supercell of zero": (["ru0001", "--supercell", "0", "2"], r"supercell of \(0, 2\).*two whole numbers"),
    "supercell below zero": (["ru0001", "--supercell", "-1", "2"], r"supercell of \(-1, 2\)"),
    "huge supercell": (["ru0001", "--supercell", "9999", "9999"], "400 times at most"),
    "supercell of a cluster": (["m3-nb", "--supercell", "2", "2"], "does not repeat"),
    "negative vacuum": (["ru0001", "--vacuum", "-3"], "give a positive height"),
    "negative vacuum of a cluster": (["m3-nb", "--vacuum", "-3"], "the vacuum is -3 Angstrom"),
    "vacuum is NaN": (["ru0001", "--vacuum", "nan"], "a vacuum of nan Angstrom"),
    "vacuum is infinite": (["ru0001", "--vacuum", "inf"], "a vacuum of inf Angstrom"),
    "unknown adsorbate": (["ru0001", "--adsorbate", "NNX"], "'NNX' is not known.*did you mean 'NNH'"),
    "unknown form": (["ru0001", "--adsorbate", "N2", "--form", "sideon"], "no form 'sideon'.*'side-on'"),
    "unknown adsorption site": (
        ["ru0001", "--adsorbate", "N2", "--site", "hollow"],
        "no adsorption site 'hollow'.*'top', 'bridge', 'hcp hollow', 'fcc hollow'",
    ),
    "form of nothing": (["ru0001", "--form", "side-on"], "--form: there is no adsorbate"),
    "site of nothing": (["ru0001", "--site", "top"], "--site: there is no adsorbate"),
    "no room": (["moo3-bilayer-va", "--adsorbate", "N2", "--site", "top 1"], "no place free of clashes"),
    "no folder": (["ru0001", "-o", "nowhere/x.cif"], "cannot be written: No such file or directory"),
    "no folder for a database": (["ru0001", "-o", "nowhere/x.db"], "cannot be written: No such file or directory"),
    "no folder for the picture": (["ru0001", "--picture", "nowhere/x.png"], "cannot be written"),
    "file is a folder": (["ru0001", "-o", "folder.cif"], "cannot be written: Is a directory"),
    "unknown format": (["ru0001", "-o", "x.foo"], "no suffix of a structure format"),
    "picture for a structure": (["ru0001", "-o", "x.png"], "the name of a picture"),
    "unknown picture format": (["ru0001", "--picture", "x.gif"], "no suffix of a figure format"),
    "a file and a picture that cannot be": (["m3-nb", "-o", "x.xyz", "--picture", "x.foo"], "no suffix of a figure"),
    "a file and a picture in no folder": (["m3-nb", "-o", "x.xyz", "--picture", "no/x.png"], "folder does not exist"),
    "a list of one": (["ru0001", "--list"], "stand alone"),
    "list and checklist": (["--list", "--checklist"], "stand alone"),
}


@pytest.mark.parametrize(("arguments", "sentence"), BAD.values(), ids=BAD)
def test_what_cannot_be_is_answered_with_a_sentence(run, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "folder.cif").mkdir()
    for extra in ([], ["--json"]):
        code, out, err = run("build", *arguments, *extra)
        assert code == 2
        assert out == ""
        assert re.search(sentence, err, re.DOTALL), err
        assert err.startswith("nrrsim: ")
        assert "Traceback" not in err
    assert [p.name for p in tmp_path.iterdir()] == ["folder.cif"]


@pytest.mark.parametrize("values", [("a", "2"), ("1.5", "2"), ("2", "")])
def test_a_supercell_that_is_no_number_is_refused(run, values):
    code, _, err = run("build", "ru0001", "--supercell", *values)
    assert code == 2
    assert "--supercell" in err
