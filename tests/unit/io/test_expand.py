"""Catalyst files with `expand:`: what they become, and what is answered where they are wrong."""

import json
import re
import sys

import pytest

import nrrsim
from nrrsim.api import inventory
from nrrsim.cli import main
from nrrsim.kinetics.mechanism import SiteModel

GOOD = """format: nrrsim-catalyst/1
name: three positions
source: {note: "a test, not a catalyst"}
site: {model: isolated}
gas: {policy: own}
zeros_agree: "a test"
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -0.8 eV, thermo: shipped}
  N2*: {enthalpy: -0.6 eV, entropy: 0.0006 eV/K}
  N*: {enthalpy: -0.6 eV, entropy: 0.0003 eV/K}
  H*: {enthalpy: -0.4 eV, entropy: 0.0003 eV/K}
  NH*: {gibbs: -0.9 eV, at: {T: 700 K}}
  2N: {enthalpy: -1.0 eV, entropy: 0.0006 eV/K}
transition_states:
  N-N*: {enthalpy: 0.4 eV, entropy: 0.0004 eV/K}
steps:
  - N2(g) + * <-> N2*
  - {id: cleavage, equation: N2* + * <-> N-N* <-> 2N*}
  - {id: hydrogen, equation: H2(g) + 2* <-> 2H*}
  - {id: first, equation: N* + H* <-> NH* + *, rate: {A: 1e13 1/s, Ea: 0.9 eV}}
  - {id: transfer, equation: N* + * + H2(g) <-> NH* + H*, rate: {A: 1e9 1/s/bar, Ea: 0.9 eV}}
  - {id: last, equation: NH* + H2(g) <-> NH3(g) + *, rate: {A: 1e9 1/s/bar, Ea: 1.0 eV}}
expand: {capacity: 3, energies: additive}
caveats:
  N*: "a guess"
  cleavage: "a bold one"
conditions: {T: 700 K, p: {N2: 20 bar, H2: 60 bar, NH3: 1 bar}}
"""


@pytest.fixture
def run(monkeypatch, capsys):
    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["nrrsim", *arguments])
        with pytest.raises(SystemExit) as stopped:
            main()
        captured = capsys.readouterr()
        return stopped.value.code or 0, captured.out, captured.err

    return call


@pytest.fixture
def written(tmp_path):
    def write(text: str):
        path = tmp_path / "catalyst.yaml"
        path.write_text(text)
        return path

    return write


def test_rate_control_is_summed_by_the_steps_of_the_file(written):
    result = nrrsim.solve(written(GOOD))
    assert set(result.elementary_rate_control) == {step.partition(" @ ")[0] for step in result.rate_control}
    assert sum(result.elementary_rate_control.values()) == pytest.approx(1.0, abs=1e-8)
    assert nrrsim.solve("ru-step").elementary_rate_control == {}


def test_the_states_and_steps_of_the_whole_site(written):
    mechanism = nrrsim.load(written(GOOD)).mechanism
    assert mechanism.site_model is SiteModel.ISOLATED
    states = mechanism.network.surface_species
    assert {"*", "N2", "2N", "H_N", "2N_N2", "2N_NH"} <= set(states)
    assert all(len(name.split("_")) <= 3 for name in states)
    by_id = {step.id: step for step in mechanism.network.steps}
    assert by_id["cleavage @ *"].equation == "N2 <-> N-N* <-> 2N"
    assert by_id["cleavage @ NH"].equation == "N2_NH <-> N-N* @ NH <-> 2N_NH"
    assert by_id["hydrogen @ N2"].equation == "H2(g) + N2 <-> 2H_N2"
    assert mechanism.expansion.by_elementary_step({"last @ *": 1.0, "last @ H_N": 2.0, "first @ *": 4.0}) == {
        "last": 3.0,
        "first": 4.0,
    }


def test_additive_energies_are_named_in_all_output(written):
    path = written(GOOD)
    catalyst = nrrsim.load(path)
    result = nrrsim.solve(catalyst)
    assert result.success
    assert result.tof["NH3"] > 0
    additive = catalyst.mechanism.expansion.additive
    assert "2N" not in additive
    assert "N" not in additive
    assert {"H_N", "2N_NH", "2H"} <= set(additive)
    for said in (
        " ".join(result.warnings),
        " ".join(inventory(catalyst).warnings),
        nrrsim.sweep(catalyst, T=[695.0, 700.0]).attrs["caveats"],
    ):
        assert f"energies of {len(additive)} states of the whole site are additive" in said
        assert ", ".join(additive) in said
        assert "energies of transition states beside other adsorbates are additive" in said
    info = {row.name: row for row in inventory(catalyst).states}
    assert info["H_N"].form == "AdditiveState"
    assert info["2N"].form == "EnthalpyEntropy"


def test_caveats_and_temperatures_of_adsorbates_travel_with_their_states(written):
    result = nrrsim.solve(written(GOOD), T=702.0)
    assert "N*: a guess" in result.warnings
    assert "cleavage: a bold one" in result.warnings
    assert "Gibbs energies published at 700 K are used unchanged at 702 K: NH*." in result.warnings
    assert "NH*: G published at 700 K, used unchanged within 5 K." in result.notes
    assert "'H2(g) + 2* <-> 2H*' is taken barrierless beyond dG." in result.warnings


def test_solve_and_info_print_json(run, written):
    path = str(written(GOOD))
    for verb in ("solve", "info"):
        code, out, _ = run(verb, path, "--json")
        assert code == 0
        assert "additive" in " ".join(json.loads(out)["warnings"])


def test_a_lump_and_an_assumed_barrier_are_of_the_steps_as_written(written):
    text = GOOD.replace(", rate: {A: 1e13 1/s, Ea: 0.9 eV}", "").replace(
        "caveats:", 'lump: {first: [cleavage], last: [last], note: "a test"}\nassume: {Ga0: [0.6 eV, 0.8 eV]}\ncaveats:'
    )
    catalyst = nrrsim.load(written(text))
    assert catalyst.lump.first == ("cleavage",)
    result = nrrsim.solve(catalyst)
    low, high = result.tof_band
    assert low <= result.tof["NH3"] <= high
    assert low < high


RATE = "rate: {A: 1e13 1/s, Ea: 0.9 eV}"
EXPAND = "expand: {capacity: 3, energies: additive}"
BAD = {
    "no capacity": (EXPAND, "expand: {energies: additive}", "expand:", "the key 'expand.capacity' is missing"),
    "no policy": (EXPAND, "expand: {capacity: 3}", "expand:", "the key 'expand.energies' is missing"),
    "capacity of zero": ("capacity: 3", "capacity: 0", "expand:", "found '0', which is not at least 1"),
    "negative capacity": ("capacity: 3", "capacity: -2", "expand:", "found '-2', which is not at least 1"),
    "half a position": ("capacity: 3", "capacity: 2.5", "expand:", "found '2.5'.*whole number"),
    "capacity in words": ("capacity: 3", "capacity: three", "expand:", "'three' where a whole number is needed"),
    "too many states": ("capacity: 3", "capacity: 40", "expand:", "4 adsorbates on 40 positions make 135751 states"),
    "beyond reason": ("capacity: 3", "capacity: 99999999999", "expand:", "not at most 1000"),
    "other policy": ("energies: additive", "energies: guess", "expand:", "found 'guess'.*write one of: 'additive'"),
    "unknown key": (
        "capacity: 3",
        "capacty: 3",
        "expand:",
        "the key 'capacty' is unknown here; did you mean 'capacity'",
    ),
    "on a surface": ("model: isolated", "model: surface", "expand:", "'expand' stands in a file with 'model: surface'"),
    "unknown state": ("  2N: {", "  2NX: {", "  2NX:", "'NX' in the state '2NX' is no adsorbate of the steps"),
    "state in another order": ("  2N: {", "  NH_N: {", "  NH_N:", "the state 'NH_N' is called 'N_NH' here"),
    "state too full": ("  2N: {", "  4N: {", "  4N:", "needs 4 positions, the site has 3"),
    "state of one": ("  2N: {", "  N: {", "  N: {", r"the state 'N' is one N\* on the site.*give its energy to 'N\*'"),
    "state out of reach": ("  2N: {", "  H_2N: {", "  H_2N:", "no sequence of steps leads from the empty site to"),
    "state of no energy": (
        "  2N: {enthalpy: -1.0 eV, entropy: 0.0006 eV/K}",
        "  2N: {composition: {N: 2}}",
        "  2N:",
        "named but has no energy of its own",
    ),
    "state of other atoms": (
        "  2N: {enthalpy",
        "  2N: {composition: {N: 3}, enthalpy",
        "  2N:",
        "the composition of '2N' is not that of its name",
    ),
    "modes of other number": (
        "  2N: {enthalpy: -1.0 eV, entropy: 0.0006 eV/K}",
        "  2N: {energy: -1.0 eV, frequencies: 400 500 600 1/cm}",
        "  2N:",
        "modes",
    ),
    "shipped state": (
        "  2N: {enthalpy: -1.0 eV, entropy: 0.0006 eV/K}",
        "  2N: {thermo: shipped}",
        "  2N:",
        "no thermochemistry of '2N'",
    ),
    "state in a step": ("  - N2(g) + * <-> N2*", "  - N2(g) + * <-> 2N", "  - N2(g)", "species label"),
    "two site types": (
        "  - N2(g) + * <-> N2*",
        "  - N2(g) + *t <-> N2*t\n  - N2*t + * <-> N2* + *t",
        "expand:",
        r"sites of the types \*, t",
    ),
    "held step": (RATE, "equilibrium: {}", "{id: first", "held at equilibrium, which isolated sites do not know"),
    "sticking on a pair": (
        "H2(g) + 2* <-> 2H*}",
        "H2(g) + 2* <-> 2H*, rate: {sticking: 0.5}}",
        "{id: hydrogen",
        "needs several free positions",
    ),
    "interactions": (
        "caveats:",
        "interactions: [{species: N*, by: N*, energy: 0.1 eV}]\ncaveats:",
        "interactions:",
        "interactions belong to coverages.*energies of their own",
    ),
    "published equilibrium beside an own state": (
        RATE,
        "rate: {A: 1e13 1/s, Ea: 0.9 eV, reverse: {A: 1e13 1/s, Ea: 1 eV}}",
        "  2N:",
        "published equilibria that do not know it",
    ),
    "unknown caveat": ('  N*: "a guess"', '  NX: "a guess"', "  NX:", "'NX' is no species"),
}


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, old
    text = GOOD.replace(old, new)
    if "*t" in new:
        text = text.replace("  N*: {enth", "  N2*t: {enthalpy: -0.5 eV, entropy: 0.0006 eV/K}\n  N*: {enth")
    return text


@pytest.mark.parametrize(("old", "new", "marker", "sentence"), BAD.values(), ids=BAD)
@pytest.mark.parametrize("verb", ["info", "solve"])
def test_a_bad_file_is_answered_with_file_line_and_remedy(run, written, verb, old, new, marker, sentence):
    text = changed(old, new)
    path = written(text)
    code, out, err = run(verb, str(path))
    assert (code, out) == (2, "")
    assert re.search(sentence, err, re.DOTALL), err
    assert "Remedy: " in err
    line = text.count("\n", 0, text.index(marker)) + 1
    assert f"{path}:{line}: " in err, err


def test_a_closure_step_is_refused_and_published_constants_may_stay(run, written):
    rates = RATE, "rate: {A: 1e13 1/s, Ea: 0.9 eV, reverse: {A: 1e13 1/s, Ea: 1 eV}}"
    text = changed(*rates).replace("  2N: {enthalpy: -1.0 eV, entropy: 0.0006 eV/K}\n", "")
    code, _, err = run("info", str(written(text)))
    assert code == 2
    assert "miss the gas phase" in err
    path = written(text + "closure: {step: first}\n")
    code, _, err = run("info", str(path))
    assert code == 2
    assert "the closure recomputes the step 'first' alone" in err
    assert f"{path}:{text.count(chr(10)) + 1}: " in err
    result = nrrsim.solve(written(text + "closure: as-published\n"))
    assert result.success
    assert any("as published" in w for w in result.warnings)


def test_steps_that_need_more_positions_are_named(written):
    text = changed("capacity: 3", "capacity: 1").replace("  2N: {enthalpy: -1.0 eV, entropy: 0.0006 eV/K}\n", "")
    result = nrrsim.solve(written(text))
    assert result.tof == {}
    assert "nothing turns over" in result.status
    assert "steps that cannot happen on a site of capacity 1 are left out: cleavage; hydrogen; first; transfer." in (
        result.warnings
    )


def test_a_plain_isolated_file_refuses_what_a_chain_does_not_have(run, written):
    plain = """format: nrrsim-catalyst/1
name: plain
source: {note: "a test"}
site: {model: isolated}
gas: {policy: own}
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  N2*: {enthalpy: -0.6 eV, entropy: 0.0006 eV/K}
steps:
  - N2(g) + * <-> N2*
conditions: {T: 700 K, p: {N2: 20 bar}}
zeros_agree: "a test"
"""
    assert run("info", str(written(plain)))[0] == 0
    held = plain.replace("  - N2(g) + * <-> N2*", "  - {equation: N2(g) + * <-> N2*, equilibrium: {}}")
    code, _, err = run("solve", str(written(held)))
    assert code == 2
    assert "catalyst.yaml:10: 'N2(g) + * <-> N2*' is held at equilibrium" in err
    code, _, err = run("solve", str(written(plain + "interactions: [{species: N2*, by: N2*, energy: 0.1 eV}]\n")))
    assert code == 2
    assert "catalyst.yaml:13: interactions belong to coverages" in err


def test_a_diagram_says_which_energies_it_leaves_out(written):
    said = "adsorbates are put one by one, each with its energy alone: those given for 2N count in rates, not here."
    assert said in nrrsim.diagram(written(GOOD)).warnings
    without = GOOD.replace("  2N: {enthalpy: -1.0 eV, entropy: 0.0006 eV/K}\n", "")
    assert not any("one by one" in warning for warning in nrrsim.diagram(written(without)).warnings)
