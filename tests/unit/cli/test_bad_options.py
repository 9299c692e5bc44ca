"""Options that are not right, and conditions that a catalyst cannot be used at: exit status 2, one sentence."""

import re
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "io" / "data"
SURFACE, ISOLATED = DATA / "surface_example.yaml", DATA / "isolated_example.yaml"

OPTIONS = {
    "unknown catalyst": (["solve", "ru-stp"], "no catalyst 'ru-stp'; did you mean 'ru-step' or 'ru-terrace'"),
    "catalyst like none": (["solve", "qqqq"], "known are .*'ru-dahl2000'.*nrrsim list"),
    "no catalyst": (["solve", ""], "there is no catalyst ''"),
    "no file": (["info", "nowhere.yaml"], "there is no file 'nowhere.yaml'"),
    "T of zero": (["solve", "ru-step", "--T", "0"], "T = 0 K is not a temperature"),
    "T below zero": (["diagram", "ru-step", "--T", "-300"], "give T > 0 K"),
    "T is NaN": (["solve", "ru-step", "--T", "nan"], "T = nan is not finite"),
    "T is infinite": (["solve", "ru-step", "--T", "inf"], "T = inf is not finite"),
    "T beyond the data": (["solve", "ru-step", "--T", "5000"], "does not reach 5000 K.*stay between 200 and 1500"),
    "T far from the published": (["diagram", "tio2-fe", "--T", "400"], "only G at 300 K is published"),
    "negative pressure": (["solve", "ru-step", "--p", "N2=-1"], "the pressure of N2 is negative"),
    "pressure is NaN": (["solve", "ru-step", "--p", "N2=nan"], "p of N2 = nan is not finite"),
    "pressure in Pa": (["solve", "ru-step", "--p", "N2=101325"], "in bar, not Pa"),
    "unknown gas": (["solve", "ru-step", "--p", "Ar=1"], "no such gas; known are 'H2', 'N2', 'NH3'"),
    "gas given twice": (["solve", "ru-step", "--p", "N2=1", "--p", "N2=2"], "N2 is given twice"),
    "gas given twice, two spellings": (["solve", "ru-step", "--p", "N2=1", "--p", "N2(g)=2"], "N2 is given twice"),
    "pressure without number": (["solve", "ru-step", "--p", "N2"], "'N2' is not GAS=BAR.*--p N2=23.75"),
    "pressure without gas": (["solve", "ru-step", "--p", "=3"], "'=3' is not GAS=BAR"),
    "pressure with unit": (["solve", "ru-step", "--p", "N2=3bar"], "'N2=3bar' is not GAS=BAR"),
    "pressure of digits in groups": (["solve", "ru-step", "--p", "N2=1_0"], "'N2=1_0' is not GAS=BAR"),
    "potential without scale": (["diagram", "tio2-fe", "--U", "-0.3"], "names no scale.*--U-RHE"),
    "two potentials": (["diagram", "tio2-fe", "--U-RHE", "0", "--U-SHE", "0"], "both U_RHE and U_SHE"),
    "potential is NaN": (["diagram", "tio2-fe", "--U-RHE", "nan"], "U_RHE = nan is not finite"),
    "potential in mV": (["diagram", "tio2-fe", "--U-RHE", "-300"], "in V, not mV"),
    "pH is NaN": (["diagram", "tio2-fe", "--U-SHE", "0", "--pH", "nan"], "pH = nan is not finite"),
    "unknown pathway": (["diagram", "tio2-fe", "--pathway", "distl"], "did you mean 'distal'"),
    "unknown figure format": (["diagram", "ru-step", "-o", "figure.gif"], "no suffix of a figure format"),
    "no folder for the figure": (["diagram", "ru-step", "-o", "nowhere/figure.png"], "cannot be written"),
    "no folder for what would be computed": (
        ["compute", "m3-cu", "--engine", "emt", "-o", "nowhere/x.yaml"],
        "its folder does not exist",
    ),
    "a catalyst of energies that are not meant for one": (
        ["compute", "m3-cu", "--engine", "emt", "-o", "x.yaml"],
        "not meant for rates.*--untrusted",
    ),
    "no suffix of what would be timed": (["bench", "-o", "x.foo"], "no suffix of a figure format"),
    "a reservoir in Pa": (["vacancies", "moo3-bilayer", "moo3-bilayer-vt", "--p-O2", "1e9"], "in bar, not Pa"),
    "an electrode in mV": (["vacancies", "moo3-bilayer", "moo3-bilayer-vt", "--U-RHE", "-300"], "not mV"),
    "no barriers": (["solve", "tio2-fe"], "a TOF needs barriers.*--assume-Ga0"),
    "assumed barrier below zero": (["solve", "tio2-fe", "--assume-Ga0", "-1"], "give barriers between 0 and 5 eV"),
    "constants at other conditions": (["solve", str(ISOLATED), "--T", "600"], "published for T = 673 only"),
    "constants at other pressures": (["solve", str(ISOLATED), "--p", "N2=6"], "published for p of N2 = 5 only"),
}


@pytest.mark.parametrize(("arguments", "sentence"), OPTIONS.values(), ids=OPTIONS)
def test_bad_options_are_answered_with_a_sentence(run, tmp_path, monkeypatch, arguments, sentence):
    monkeypatch.chdir(tmp_path)
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert err.startswith("nrrsim: ")
    assert re.search(sentence, err, re.DOTALL), err
    assert "Remedy: " in err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "arguments", [["slove"], ["solve"], ["solve", "ru-step", "--q", "1"], ["solve", "ru-step", "--T", "hot"]]
)
def test_what_is_no_verb_argument_or_number_is_refused_with_the_way_to_help(run, arguments):
    code, out, err = run(*arguments)
    assert (code, out) == (2, "")
    assert "--help" in err
    assert "Traceback" not in err


ELECTROCHEMICAL = """
format: nrrsim-catalyst/1
name: hydrogen adsorption
source: {note: example}
site: {model: surface}
gas: {policy: own}
species:
  H2(g): {energy: 0 eV, thermo: shipped}
  H*: {enthalpy: -0.2 eV, entropy: 0 eV/K}
zeros_agree: example
steps:
  - {equation: "* + H+ + e- <-> H*", rate: {barrier: 0.6 eV, U_RHE: 0 V, donor: H3O+}}
  - {equation: "H* + H+ + e- <-> H2(g) + *", rate: {barrier: 0.7 eV, U_RHE: 0 V}}
conditions: {T: 300 K, p: {H2: 1 bar}}
"""


@pytest.mark.parametrize(
    ("text", "arguments", "sentence"),
    [
        (ELECTROCHEMICAL, ["solve"], "needs an electrode potential.*U_RHE"),
        (ELECTROCHEMICAL, ["solve", "--U-RHE", "-0.3"], "the donor H3O. .* needs a pH"),
        (ELECTROCHEMICAL, ["solve", "--U-SHE", "-0.3"], "U_SHE = -0.3 V needs a pH"),
        (SURFACE.read_text().replace(", NH3: 5 bar}}", "}}"), ["solve"], "no pressure of NH3.*--p NH3="),
        (
            SURFACE.read_text().replace('types: {"*": {density: 4.4385e-10 mol/cm2}}', ""),
            ["solve"],
            "sticking in .* needs the area of a site",
        ),
    ],
    ids=["no potential", "donor without pH", "U_SHE without pH", "no pressure", "sticking without density"],
)
def test_what_only_a_solution_needs_is_asked_for_when_solving(run, tmp_path, text, arguments, sentence):
    path = tmp_path / "catalyst.yaml"
    path.write_text(text)
    assert run("info", str(path)).code == 0
    code, out, err = run(arguments[0], str(path), *arguments[1:])
    assert (code, out) == (2, "")
    assert re.search(sentence, err), err
    assert "Remedy: " in err


def test_hydrogen_is_asked_for_where_protons_react(run, tmp_path):
    path = tmp_path / "catalyst.yaml"
    text = ELECTROCHEMICAL.replace("  H2(g): {energy: 0 eV, thermo: shipped}\n", "").replace(", p: {H2: 1 bar}", "")
    path.write_text("\n".join(line for line in text.splitlines() if "<-> H2(g)" not in line))
    code, _, err = run("info", str(path))
    assert code == 2
    assert f"{path}:11: the step '* + H+ + e- <-> H*' needs the energy of H2(g)" in err
