"""`nrrsim vacancies` on records put into a store: table, JSON, figure, what is missing, what is refused."""

import json
import re

import pytest

from nrrsim.campaign.vacancies import VacancyPlan
from nrrsim.dft.record import DftRecord
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store

HOST, SITE = "moo3-bilayer", "moo3-bilayer-vt"
ENERGIES = {HOST: -130.0, SITE: -121.0, "H2(g)": -6.77, "H2O(g)": -14.22}
COMMON = (HOST, SITE, "--engine", "emt", "--supercell", "2", "1", "--store", "store.db")


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    return tmp_path


def keep(*names):
    emt = settings("emt")
    store = Store("store.db")
    for name, chain in VacancyPlan(HOST, (SITE,), emt, supercell=(2, 1)).chains().items():
        if name in names:
            task = chain.next([])
            store.add(
                DftRecord(
                    key=task.key, label=task.label, work=task.work, status="done", reason="", start=task.atoms,
                    atoms=task.atoms, energy=ENERGIES[name], forces=None, moments=(), vibrations=(),
                    settings={"digest": emt.digest}, versions={}, timing={"seconds": 1.0},
                )
            )  # fmt: skip


def payload(outcome, code=0):
    assert outcome.code == code, outcome.err
    return json.loads(outcome.out)


def test_a_table_in_oxygen(run, place):
    keep(*ENERGIES)
    told = run("vacancies", *COMMON, "--collect", "--p-O2", "0.2", "--T", "300", "--T", "700", columns=160)
    assert told.code == 0, told.err
    assert "p(O2) = 0.2 bar" in told.out
    assert re.search(r"moo3-bilayer-vt +0\.250 +1 +\+1\.550 +\+4\.280 +\+4\.034 +\+3\.551", told.out), told.out
    assert "Vibrations of the solids are left out" in told.out
    assert "taken from water" in told.out
    assert "Stable in water" not in told.out
    assert "Measured in bulk, MoO3 -> MoO2 + O: dG = +1.378" in told.out


def test_water_and_hydrogen_as_json(run, place):
    keep(*ENERGIES)
    found = payload(run("vacancies", *COMMON, "--collect", "--p-H2O", "0.02", "--p-H2", "1", "--T", "700", "--json"))
    (one,) = found["vacancies"]
    assert one["site"] == SITE
    assert one["electronic_H2O_eV"] == pytest.approx(9.0 - 14.22 + 6.77)
    assert one["dG_eV"] == one["dG_per_vacancy_eV"]
    assert found["T_K"] == [700.0]
    assert found["complete"]
    assert found["stability"] is None
    assert found["bulk"]["reaction"] == "MoO3 -> MoO2 + O"
    # the pressure of O2 that does the same gives the same free energy
    oxygen = f"{10 ** one['log10_p_O2_bar'][0]:.17g}"
    other = payload(run("vacancies", *COMMON, "--collect", "--p-O2", oxygen, "--T", "700", "--json"))
    assert other["vacancies"][0]["dG_eV"] == pytest.approx(one["dG_eV"], abs=1e-10)


def test_an_electrode_with_its_stability(run, place):
    keep(*ENERGIES)
    she = payload(run("vacancies", *COMMON, "--collect", "--U-SHE", "-0.714115", "--pH", "7", "--json"))
    rhe = payload(run("vacancies", *COMMON, "--collect", "--U-RHE", "-0.3", "--pH", "7", "--json"))
    assert she["vacancies"][0]["dG_eV"] == pytest.approx(rhe["vacancies"][0]["dG_eV"], abs=1e-5)
    stable = rhe["stability"]
    assert stable["stable"] == "Mo"
    lost = stable["decomposition_eV_per_Mo"]
    assert lost[SITE] - lost["MoO3"] == pytest.approx(0.25 * rhe["vacancies"][0]["dG_eV"][0], abs=2e-4)
    assert any("hydrogen insertion" in sentence for sentence in stable["missing"])
    shown = run("vacancies", *COMMON, "--collect", "--U-RHE", "-0.3", "--pH", "7")
    assert "Stable in water at pH 7, -0.714 V vs SHE: Mo" in shown.out
    assert "Not among the phases: hydrogen insertion" in shown.out


def test_an_electrode_without_pH_says_what_stability_needs(run, place):
    keep(*ENERGIES)
    told = run("vacancies", *COMMON, "--collect", "--U-RHE", "-0.3")
    assert told.code == 0
    assert "Phase stability in water needs a pH" in told.out
    warm = run("vacancies", *COMMON, "--collect", "--U-RHE", "-0.3", "--pH", "7", "--T", "330")
    assert "known at 298.15 K only" in warm.out


def test_a_figure(run, place):
    keep(*ENERGIES)
    told = run("vacancies", *COMMON, "--collect", "--U-RHE", "-0.3", "-o", "fig.png", "--json")
    assert payload(told)["written"] == ["fig.png", "fig.pdf"]
    assert (place / "fig.png").stat().st_size > 10_000


def test_what_is_missing_ends_with_three(run, place):
    keep(HOST, SITE)
    told = run("vacancies", *COMMON, "--collect", "--p-O2", "0.2", "-o", "fig.png")
    assert told.code == 3
    assert "not computed yet" in told.out
    assert "H2O(g)" in told.out
    assert "fig.png is not drawn" in told.err
    assert not (place / "fig.png").exists()
    found = payload(run("vacancies", *COMMON, "--collect", "--p-O2", "0.2", "--json"), code=3)
    assert found["missing"] == {"H2(g)": "not computed yet.", "H2O(g)": "not computed yet."}
    assert found["vacancies"] == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ((), "the oxygen goes into one reservoir"),
        (("--p-O2", "1", "--U-RHE", "0"), "the oxygen goes into one reservoir"),
        (("--p-O2", "1", "--p-H2", "1"), "the oxygen goes into one reservoir"),
        (("--p-H2O", "1"), "water needs hydrogen"),
        (("--p-O2", "0"), r"p\(O2\) is 0 bar"),
        (("--p-O2", "1", "--pH", "7"), "a pH belongs to a potential"),
        (("--U-SHE", "0"), "U_SHE needs a pH"),
        (("--U", "0"), "a potential needs its scale"),
        (("--U-RHE", "0", "--T", "500"), "no liquid water at 500 K"),
        (("--p-O2", "1", "--T", "5000"), "does not reach 5000 K"),
        (("--U-RHE", "0", "--pH", "7", "--concentration", "1"), "heptamolybdates"),
        (("--p-O2", "1", "--engine", "gpaw"), "no settings are called 'gpaw'"),
        (("--p-O2", "1", "-o", "fig.gif"), "no suffix of a figure format"),
    ],
)
def test_bad_options_are_answered_with_a_sentence(run, place, options, sentence):
    keep(*ENERGIES)
    told = run("vacancies", *COMMON, "--collect", *options)
    assert told.code == 2, told.out
    assert re.search(sentence, told.err), told.err
    assert not list(place.glob("fig*"))


def test_sites_that_differ_by_more_than_oxygen_are_refused(run, place):
    told = run("vacancies", HOST, "moo3-bilayer-s", "--engine", "emt", "--collect", "--p-O2", "1")
    assert told.code == 2
    assert "less oxygen" in told.err
