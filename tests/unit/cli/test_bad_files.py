"""Catalyst files that are not right: exit status 2, a sentence with file, line and remedy, and nothing changed."""

import os
import re
from pathlib import Path

import pytest

DATA = Path(__file__).parents[1] / "io" / "data"
SURFACE = (DATA / "surface_example.yaml").read_text()
ISOLATED = (DATA / "isolated_example.yaml").read_text()

CONDITIONS = "conditions: {T: 673 K, p: {N2: 23.75 bar, H2: 71.25 bar, NH3: 5 bar}}"
H = "  H*:     {enthalpy"
RATE = "{A: 1e13 1/s, Ea: 1.1 eV}"
NH = "- NH* + H* <-> NH-H* <-> NH2* + *"
GAS = SURFACE[SURFACE.index("  policy: own") : SURFACE.index("zeros_agree")]
INTERACTION = "interactions: [{species: N*, by: N*, energy: 0.3 eV}]"


def changed(old, new, text=SURFACE):
    assert text.count(old) >= 1, old
    return text.replace(old, new, 1)


# what is wrong; how the example is changed; a text on the line that must be named; the sentence
BAD = {
    "unknown key": ("zeros_agree", "zeros_agre", "zeros_agre:", "'zeros_agre' is unknown.*'zeros_agree'"),
    "unknown key of a species": ("entropy: 0.00025", "entropie: 0.00025", "entropie", "did you mean 'entropy'"),
    "unknown key of a rate": ("sticking", "stickin", "stickin:", "did you mean 'sticking'"),
    "missing unit": ("-0.65 eV", "-0.65", "N*:  ", "the bare number -0.65 has no unit.*'-0.65 eV'"),
    "wrong unit": ("-0.65 eV", "-0.65 V", "N*:  ", "'V' does not convert to eV"),
    "macroscopic energy": ("-0.65 eV", "-46 kJ", "N*:  ", "which no state has.*kJ/mol"),
    "total energy": ("-0.65 eV", "-25000 eV", "N*:  ", "no formation energy.*a total energy is none"),
    "entropy in other units": ("0.00025 eV/K", "50 eV/K", "H*:  ", "no entropy of one particle"),
    "mode beyond any bond": ("434 465 508 1/cm", "434 465 50800 1/cm", "N*:  ", "50800 1/cm is no vibration"),
    "mode that is next to none": ("434 465 508 1/cm", "434 465 1e-9 1/cm", "N*:  ", "is no vibration"),
    "unit that is none": ("-0.65 eV", "-0.65 ev", "N*:  ", "'ev' is not a unit"),
    "unbalanced element": ("N* + H* <-> NH* + *,", "N* + H* <-> NH2* + *,", "NH2* + *, rate", r"element H: \+1"),
    "unbalanced site": ("N* + H* <-> NH* + *,", "N* + H* <-> NH*,", "<-> NH*,", r"site \*: -1"),
    "unbalanced charge": ("NH2* + H* <-> NH3* + *,", "NH2* + H+ <-> NH3*,", "H+", "charge: -1"),
    "missing energy": (
        "  NH3*:   {enthalpy: -1.10 eV, entropy: 0.0013 eV/K, correction: "
        '{value: 0.05 eV, reason: solvation, source: "..."}}\n',
        "",
        "NH2* + H* <->",
        "needs the energy of NH3[*]",
    ),
    "no Gibbs energy": ("energy: -0.65 eV, frequencies: 434 465 508 1/cm", "energy: -0.65 eV", "N*:  ", "add 'freq"),
    "wrong number of modes": ("434 465 508", "434 465", "434 465 1/cm", "found 2 modes.*3N = 3"),
    "wrong number of modes of a transition state": ("400 420 300", "400 300", "N-N*:", "3N - 1 = 5"),
    "imaginary mode, negative": ("434 465 508", "-434 465 508", "-434", "found the mode -434 1/cm"),
    "imaginary mode, spelled": ("434 465 508", "434 465 500i", "500i", "imaginary number.*a minimum has no"),
    "energy forms mixed in an entry": ("{energy: -0.65", "{enthalpy: 0 eV, energy: -0.65", "-0.65", "one form"),
    "energy forms mixed in the file": ("zeros_agree:", "# zeros_agree:", "species:", "zeros_agree: ..."),
    "open cycle": (RATE, RATE.replace("}", ", reverse: {A: 1e13 1/s, Ea: 1 eV}}"), "steps:", "closure: {step: ...}"),
    "unknown closure step": ("conditions:", "closure: {step: desorbtion}\nconditions:", "closure:", "'desorption'"),
    "closure of no cycle": (
        "conditions:",
        "closure: {step: N* <-> N(b)*}\nconditions:",
        "closure:",
        "is in no cycle",
    ),
    "unknown closure": ("conditions:", "closure: published\nconditions:", "closure:", "'as-published'"),
    "unknown caveat": ("conditions:", "caveats:\n  NH4*: odd\nconditions:", "NH4*", "did you mean 'NH"),
    "unknown lump": ("conditions:", "lump: {first: [x], last: [y]}\nconditions:", "lump:", "no step 'x'"),
    "T of zero": ("conditions: {T: 673 K", "conditions: {T: 0 K", "conditions:", "T = 0 K is not a temperature"),
    "T below zero": (CONDITIONS, "conditions:\n  p: {N2: 1 bar}\n  T: -3 K", "T: -3 K", "T = -3 K is not"),
    "T in no reach of the data": ("conditions: {T: 673 K", "conditions: {T: 9000 K", "conditions:", "9000 K"),
    "negative pressure": ("NH3: 5 bar}}", "NH3: -5 bar}}", "conditions:", "pressure is negative"),
    "pressure in Pa": ("NH3: 5 bar}}", "NH3: 5e5 bar}}", "conditions:", "not Pa"),
    "pressure of an unknown gas": ("p: {N2:", "p: {Ar: 1 bar, N2:", "conditions:", "no such gas"),
    "pressure given twice": ("p: {N2:", "p: {N2(g): 1 bar, N2:", "conditions:", "given twice"),
    "NaN": ("slope: 0.85", "slope: .nan", "NH-H*:", "'nan' where a finite number"),
    "infinity": ("slope: 0.85", "slope: 1e999", "NH-H*:", "'inf' where a finite number"),
    "NaN with unit": ("-0.65 eV", "nan eV", "N*:  ", "'nan eV' is not a finite number"),
    "NaN without unit": ("-0.65 eV", ".nan", "N*:  ", "'nan' is not finite"),
    "potential without scale": ("conditions: {", "conditions: {U: 0 V, ", "conditions:", "no scale.*U_RHE"),
    "two potentials": ("conditions: {", "conditions: {U_RHE: 0 V, U_SHE: 0 V, pH: 7, ", "conditions:", "both U_RHE"),
    "U_SHE without pH": ("conditions: {", "conditions: {U_SHE: 0 V, ", "conditions:", "needs a pH"),
    "potential in mV": ("conditions: {", "conditions: {U_RHE: -300 V, ", "conditions:", "not mV"),
    "duplicate key": ("  H2(g):", "  N2(g):", "  N2(g):  {energy: 0 eV, thermo: shipped}\n  NH3", "twice"),
    "equal equations": (
        "{id: desorption, equation: NH3* <-> NH3(g) + *}",
        "NH3* <-> NH3(g) + *\n  - NH3* <-> NH3(g) + * ",
        "NH3(g) + * \n",
        "two steps are called.*id",
    ),
    "bare star": ('{"*": {density', "{*: {density", "density", r'quote keys.*"\*"'),
    "bare star in a block": (
        '  types: {"*": {density: 4.4385e-10 mol/cm2}}',
        "  types:\n    *: {density: 4.4385e-10 mol/cm2}",
        "density",
        r'quote keys.*"\*"',
    ),
    "bare star in an equation": (NH, "- * + NH2* <-> NH-H* <-> NH* + H*", "- *", "quote keys"),
    "anchor": ("name: Ru", "name: &a Ru", "&a", "anchor '&a' is refused"),
    "alias": ("name: Ru(0001) step", "name: *a", "name:", "alias"),
    "tag": ("name: Ru", "name: !!python/name:os.system Ru", "name:", "tag .* is refused"),
    "nesting": ('note: "..."', "note: " + "[" * 40 + "]" * 40, "[[[", "deeper than 20"),
    "second document": (CONDITIONS, CONDITIONS + "\n---\na: 1", "---", "one file, one document"),
    "tabulator": ("  H2(g):", "\tH2(g):", "H2(g):", "cannot be read"),
    "control character": ("name: Ru", "name: \x07Ru", "name", "not allowed in YAML"),
    "digits without end": ("name: Ru(0001) step", "name: " + "1" * 5000, "name", "5000 digits"),
    "empty value": ("name: Ru(0001) step", "name:", "name:", "'name' has no value"),
    "number for text": ("name: Ru(0001) step", "name: 42", "name:", "quote it"),
    "text for a number": ("sticking: 0.1", "sticking: '0.1'", "sticking", "where a number is needed"),
    "truth value for a number": ("sticking: 0.1", "sticking: true", "sticking", "where a number is needed"),
    "text for a list": ("conditions:", "notes: odd\nconditions:", "notes:", "a list is needed"),
    "list for a step": (NH, "- [1]", "- [1]", "where text is needed"),
    "no steps": (SURFACE[SURFACE.index("steps:") : SURFACE.index("conditions:")], "steps: []\n", "steps", "at least 1"),
    "other format": ("catalyst/1", "catalyst/9", "format", "did you mean 'nrrsim-catalyst/1'"),
    "other policy": ("policy: own", "policy: none", "policy", "write one of: 'own', 'experiment'"),
    "no one to blame": (GAS, "  policy: experiment\n", "gas:", "who carries the gas error"),
    "unknown data set": ("  policy: own", "  dataset: mine\n  policy: own", "gas:", "not shipped"),
    "asymmetric interactions": (
        INTERACTION,
        "interactions:\n  - {species: N*, by: H*, energy: 0.3 eV}\n  - {species: H*, by: N*, energy: 0.2 eV}",
        "by: H*, energy: 0.3",
        "give both, equal",
    ),
    "interaction of one side": (
        INTERACTION,
        "interactions:\n  - {species: N*, by: N*, energy: 0.3 eV}\n  - {species: N*, by: H*, energy: 0.2 eV}",
        "by: H*",
        "not given.*give both, equal",
    ),
    "interaction given twice": ("0.3 eV}]", "0.3 eV}, {species: N*, by: N*, energy: 1 eV}]", "interactions", "twice"),
    "interaction of nothing": ("by: N*, energy", "by: X*, energy", "interactions:", "no surface species 'X"),
    "two rate laws": ("rate: {sticking: 0.1}", "rate: {sticking: 0.1}, equilibrium: {}", "sticking", "more than one"),
    "transition state and rate": (
        "- N2(g) + 2* <-> N-N* <-> 2N*",
        "- {equation: N2(g) + 2* <-> N-N* <-> 2N*, rate: {sticking: 0.1}}",
        "N-N* <-> 2N*, rate",
        "more than one rate law",
    ),
    "rate of no form": (RATE, "{A: 1e13 1/s}", "{A: 1e13 1/s}", "has the keys A"),
    "rate of two forms": (RATE, "{A: 1e13 1/s, Ea: 1 eV, sticking: 1}", "sticking: 1}", "has the keys A, Ea, stick"),
    "empty rate": (RATE, "{}", "rate: {}", "has the keys none"),
    "prefactor without unit": (RATE, "{A: 1e13, Ea: 1.1 eV}", "Ea: 1.1 eV", "bare number.*1/s"),
    "prefactor of other unit": (RATE, "{A: 1e13 1/s/bar, Ea: 1.1 eV}", "Ea: 1.1 eV", "does not convert to 1/s"),
    "prefactor per mol": (RATE, "{A: 1e13 1/s/mol, Ea: 1.1 eV}", "Ea: 1.1 eV", "does not convert to 1/s"),
    "negative prefactor": (RATE, "{A: -1 1/s, Ea: 1.1 eV}", "Ea: 1.1 eV", "not between 0 and"),
    "sticking beyond one": ("sticking: 0.1", "sticking: 2", "sticking: 2", "at most 1"),
    "sticking on sites of no area": ("{density: 4.4385e-10 mol/cm2}", "{ratio: 1}", "sticking", "density: ..."),
    "density of a volume": ("mol/cm2", "mol/cm3", "mol/cm3", "does not convert"),
    "negative density": ("4.4385e-10 mol", "-1 mol", "-1 mol", "none of a surface"),
    "density and ratio": ("4.4385e-10 mol/cm2", "1e-9 mol/cm2, ratio: 1", "ratio", "both density and ratio"),
    "site type without species": ('types: {"*"', "types: {s", "types", "no species stands on the site type 's'"),
    "barrier without electron": (RATE, "{barrier: 1 eV, U_RHE: 0 V}", "barrier", "needs one electron"),
    "no conditions": (CONDITIONS, "", "format", "the key 'conditions' is missing"),
    "own gas without energy": ("{energy: -1.07 eV, thermo: shipped}", "{thermo: shipped}", "NH3(g):", "policy: exp"),
    "gas that is not shipped": (
        "  H2(g):",
        "  Ar(g): {thermo: shipped}\n  H2(g):",
        "Ar(g)",
        "no thermochemistry of 'Ar'",
    ),
    "undeclared gas": ("  H2(g):  {energy: 0 eV, thermo: shipped}\n", "", "- {equation: H2(g)", "not declared"),
    "shipped adsorbate": (
        "{enthalpy: -0.45 eV, entropy: 0.00025 eV/K} ",
        "{thermo: shipped}",
        "H*:     {thermo",
        "no thermochemistry|is for gases",
    ),
    "unknown species": ("- NH* + H*", "- NHX* + H*", "- NHX*", "Did you mean 'NH"),
    "species without star": (NH, "- NH + H* <-> NH2*", "- NH + H*", "not a species label.*'NH"),
    "unknown transition state": ("<-> NH-H* <->", "<-> NH--H* <->", "<-> NH--H*", "unknown transition state"),
    "transition state of other atoms": ("{bep", "{composition: {N: 1}, bep", NH, "has the atoms"),
    "transition state named as a species": ("  NH-H*:  {bep", "  NH2*:  {bep", "{bep", "as well as a transition state"),
    "BEP of an unknown species": ('of: "NH* + H*', 'of: "NX* + H*', "{bep", "unknown species 'NX"),
    "BEP out of balance": ('<-> NH2* + *"', '<-> NH3* + *"', "{bep", "not balanced"),
    "composition of no element": (H, H.replace("{", "{composition: {Q: 1}, "), "Q: 1", "'Q' .* is no element"),
    "composition against the name": (H, H.replace("{", "{composition: {H: 2}, "), "{H: 2}", "not that of its name"),
    "composition below one": (H, H.replace("{", "{composition: {H: 0}, "), "{H: 0}", "at least 1"),
    "energy of a free site": (H, '  "*": {enthalpy: 1 eV, entropy: 0 eV/K}\n' + H, '"*": {enth', "zero of energy"),
    "energy of the proton": (H, "  H+: {enthalpy: 1 eV, entropy: 0 eV/K}\n" + H, "  H+:", "follow from H2"),
    "correction without reason": ("reason: solvation", "reason: ''", "NH3*:", "no reason"),
    "low modes without cut-off": ("conditions:", "low_modes: {policy: raise}\nconditions:", "low_modes", "cut-off"),
    "assumed barrier below zero": ("conditions:", "assume: {Ga0: [-1 eV]}\nconditions:", "assume", "greater than 0"),
    "equation with one arrow": (NH, "- NH* + H* -> NH2* + *", "- NH* + H* ->", "has not two sides"),
    "step that changes nothing": (NH, "- NH* + H* <-> H* + NH*", "<-> H* + NH*", "changes nothing"),
    "coefficient beyond reason": ("- N2(g) + 2*", "- N2(g) + 99999999999999999999*", "99999", "from 1 to 1000"),
    "coefficient of zero": ("H2(g) + 2* <-> 2H*", "0 H2(g) + 2* <-> 2H*", "0 H2(g)", "not positive"),
}
BAD_ISOLATED = {
    "two adsorbates": ("2N + N2(g) <-> 2N_N2", "2N + 2N <-> 2N_N2 + N2(g)", "equation", "state|balanced"),
    "two free sites": ("2N + N2(g) <-> 2N_N2", "2* + N2(g) <-> 2N*", "equation", "not one state of the site"),
    "ambiguous token": (
        ISOLATED[ISOLATED.index("  2N_N2:") : ISOLATED.index(" + N2(g)")],
        "  22N: {composition: {N: 2}}\n  N: {composition: {N: 2}}\n  2N_N2: {composition: {N: 4}}\nsteps:\n"
        '  - {equation: "222N',
        "equation",
        "ambiguous.*separate the coefficient by a space",
    ),
    "state without composition": ("{composition: {N: 4}}", "{}", "2N_N2:", "needs a composition"),
    "constants without pressure": ("at: {T: 673 K, p: {N2: 5 bar}}", "at: {T: 673 K}", "equation", "pressure of N2"),
    "constants at no pressure": ("p: {N2: 5 bar}}}", "p: {N2: 0 bar}}}", "equation", "above zero"),
    "constants at another gas": (
        "p: {N2: 5 bar}}}",
        "p: {N2: 5 bar, Ar: 1 bar}}}",
        "equation",
        "'Ar', a gas that no step",
    ),
    "constant of other unit": ("8.69e6 1/s", "8.69e6 1/s/bar", "equation", "does not convert to 1/s"),
    "constant of zero": ("8.69e6 1/s", "0 1/s", "equation", "not positive"),
}
CASES = [pytest.param(SURFACE, *case, id=name) for name, case in BAD.items()]
CASES += [pytest.param(ISOLATED, *case, id=f"isolated: {name}") for name, case in BAD_ISOLATED.items()]


def line_with(text, marker):
    position = text.index(marker)
    return text.count("\n", 0, position) + 1


@pytest.mark.parametrize(("example", "old", "new", "marker", "sentence"), CASES)
def test_a_bad_file_is_answered_with_file_line_and_remedy(run, tmp_path, example, old, new, marker, sentence):
    path = tmp_path / "catalyst.yaml"
    text = changed(old, new, example)
    if "N(b)*" in new:
        text = changed("- {id: desorption", "- N* <-> N(b)*\n  - {id: desorption", text)
        text = changed(H, "  N(b)*: {enthalpy: 0 eV, entropy: 0 eV/K}\n" + H, text)
    path.write_text(text)
    code, out, err = run("info", str(path))
    assert (code, out) == (2, "")
    assert "Traceback" not in err
    assert re.search(sentence, err, re.DOTALL), err
    assert "Remedy: " in err
    assert f"{path}:{line_with(text, marker)}" in err, err
    assert list(tmp_path.iterdir()) == [path]
    assert path.read_text() == text


@pytest.mark.parametrize(
    ("content", "line", "sentence"),
    [
        (b"", "", "the file is empty.*begin with 'format"),
        (b"# only a comment\n", "", "the file is empty"),
        (b"\x7fELF\x00\x01\x02", "", "the file is binary"),
        (b"name: caf\xe9\n", ":1", "not UTF-8"),
        ("name: x\n".encode("utf-16"), "", "binary|not UTF-8"),
        (b"- a\n- b\n", ":1", "not a mapping.*begin with 'format"),
        (b"hello", ":1", "not a mapping"),
        (b"a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\nd: [*c, *c]\n", ":1", "the anchor '&a' is refused"),
        (b"a: " + b"[" * 100_000, ":1", "deeper than 20 levels"),
        (b"a: 'unclosed\n\n\n", ":4", "began in line 1|cannot be read"),
    ],
    ids=["empty", "comment", "binary", "latin-1", "utf-16", "list", "text", "bomb", "nesting", "unclosed"],
)
def test_what_is_no_catalyst_file_is_refused(run, tmp_path, content, line, sentence):
    path = tmp_path / "catalyst.yaml"
    path.write_bytes(content)
    code, out, err = run("info", str(path))
    assert (code, out) == (2, "")
    assert err.startswith(f"nrrsim: {path}{line}: "), err
    assert re.search(sentence, err), err
    assert path.read_bytes() == content


def test_a_file_of_100_MB_is_refused_before_it_is_read(run, tmp_path, monkeypatch):
    path = tmp_path / "catalyst.yaml"
    with path.open("wb") as file:
        file.truncate(100_000_000)
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("the file was opened"))
    code, _, err = run("info", str(path))
    assert code == 2
    assert "larger than 5 MB (found 100000000 bytes)" in err


def test_a_directory_is_no_file(run, tmp_path):
    code, _, err = run("info", str(tmp_path))
    assert code == 2
    assert "this is a directory" in err


def test_a_name_that_no_file_can_have_is_refused(run):
    code, _, err = run("info", "x" * 5000)
    assert code == 2
    assert "there is no catalyst" in err
    assert len(err) < 1000


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_a_file_without_permission_is_refused(run, tmp_path):
    path = tmp_path / "catalyst.yaml"
    path.write_text(SURFACE)
    path.chmod(0)
    code, _, err = run("info", str(path))
    assert code == 2
    assert "cannot be read (Permission denied)" in err


def test_a_byte_order_mark_is_no_fault(run, tmp_path):
    path = tmp_path / "catalyst.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + SURFACE.encode())
    assert run("info", str(path)).code == 0


def test_a_file_name_with_a_hash_is_read(run, tmp_path):
    path = tmp_path / "a#b.yaml"
    path.write_text(SURFACE)
    assert run("info", str(path)).code == 0


def test_a_member_that_is_not_there_is_answered_with_those_that_are(run, tmp_path):
    path = tmp_path / "family.yaml"
    path.write_text(SURFACE + "members:\n  first: {name: one}\n  second: {name: two}\n")
    assert f"name one, for example '{path}#first'" in run("info", str(path)).err
    code, _, err = run("info", f"{path}#secnd")
    assert code == 2
    assert "did you mean 'second'" in err
    assert run("info", f"{path}#second").code == 0
