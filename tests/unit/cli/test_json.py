"""JSON as the contract says: keys, types, no NaN, nothing else on standard output."""

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest

from nrrsim.core.conditions import volts_per_pH

DATA = Path(__file__).parents[1] / "io" / "data"
SURFACE, ISOLATED = str(DATA / "surface_example.yaml"), str(DATA / "isolated_example.yaml")

NUMBER = (int, float)
OPTIONAL_NUMBER = (int, float, type(None))
OPTIONAL_TEXT = (str, type(None))

LIST = {"id": str, "name": str, "kind": str, "doi": str, "closure": str, "required_inputs": list, "complete": bool,
        "level": str}  # fmt: skip
CONDITIONS = {"T_K": NUMBER, "U_RHE_V": OPTIONAL_NUMBER, "pH": OPTIONAL_NUMBER}
DIAGRAM = {"catalyst": str, "conditions": dict, "pathways": list, "best": OPTIONAL_TEXT, "her": dict, "warnings": list}
PATHWAY = {"name": str, "steps": list, "limiting_potential_V": OPTIONAL_NUMBER,
           "source_limiting_potential_V": OPTIONAL_NUMBER, "potential_determining_step": OPTIONAL_TEXT,
           "largest_chemical_step_eV": OPTIONAL_NUMBER, "energetic_span_eV": NUMBER}  # fmt: skip
STEP = {"equation": str, "dG_eV": NUMBER, "n_electrons": int}
SOLVE = {"catalyst": str, "conditions": dict, "success": bool, "status": str, "tof": dict, "tof_unit": str,
         "tof_band": (dict, type(None)), "coverages": dict, "rates": dict, "rate_control": dict,
         "apparent_activation_energy_eV": OPTIONAL_NUMBER, "reaction_orders": dict,
         "faradaic_efficiency": (dict, type(None)), "certificate": dict, "warnings": list,
         "thermodynamic_rate_control": dict, "energy_gradient_per_eV": dict, "potential_scale": OPTIONAL_TEXT,
         "potential_gradient_per_V": OPTIONAL_NUMBER, "tafel_slope_mV_per_decade": OPTIONAL_NUMBER,
         "pH_gradient": OPTIONAL_NUMBER, "capped_steps": list, "sensitivities_by_gas": dict,
         "share_sensitivities": dict, "other_steady_states": list,
         "elementary_rate_control": dict}  # fmt: skip
SENSITIVITY = {"rate_control": dict, "thermodynamic_rate_control": dict, "energy_gradient_per_eV": dict,
               "apparent_activation_energy_eV": OPTIONAL_NUMBER, "reaction_orders": dict,
               "potential_gradient_per_V": OPTIONAL_NUMBER, "tafel_slope_mV_per_decade": OPTIONAL_NUMBER,
               "pH_gradient_at_U_RHE": OPTIONAL_NUMBER}  # fmt: skip
CERTIFICATE = {"coverage_error": NUMBER, "site_sum_error": NUMBER, "tof_relative_error": OPTIONAL_NUMBER,
               "arithmetic": str}  # fmt: skip
INFO = {"id": str, "name": str, "kind": str, "source": dict, "site": dict, "conditions": dict, "states": list,
        "steps": list, "gas": dict, "closure": dict, "missing": list, "warnings": list, "notes": list}  # fmt: skip


def refuse(constant):
    raise AssertionError(f"{constant} is no JSON")


def read(outcome, code=0):
    """The payload, which is all of standard output."""
    assert outcome.code == code, outcome.err
    return json.loads(outcome.out, parse_constant=refuse)


def check(payload, shape):
    assert set(shape) <= set(payload), set(shape) - set(payload)
    for key, kind in shape.items():
        assert isinstance(payload[key], kind), (key, payload[key])
        if kind in (NUMBER, OPTIONAL_NUMBER, int):
            assert not isinstance(payload[key], bool)


def test_list(run):
    rows = read(run("list", "--json"))
    assert {row["id"] for row in rows} >= {"ru-step", "ru-dahl2000", "tio2-fe"}
    for row in rows:
        check(row, LIST)
        assert row["kind"] in ("thermal", "electrochemical")


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-dahl2000", "tio2-y", SURFACE, ISOLATED])
def test_info(run, catalyst):
    check(read(run("info", catalyst, "--json")), INFO)


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-dahl2000", "tio2-fe", "tio2-y", SURFACE, ISOLATED])
def test_diagram(run, catalyst):
    payload = read(run("diagram", catalyst, "--json"))
    check(payload, DIAGRAM)
    check(payload["conditions"], CONDITIONS)
    of_each = list(payload["her"]["adsorbates"].values())
    assert of_each == sorted(of_each, key=abs)
    assert payload["her"]["dG_H_eV"] == (of_each[0] if of_each else None)
    for pathway in payload["pathways"]:
        check(pathway, PATHWAY)
        for step in pathway["steps"]:
            check(step, STEP)
    assert payload["best"] is None or payload["best"] in [p["name"] for p in payload["pathways"]]
    if not catalyst.startswith("tio2"):
        assert all(p["limiting_potential_V"] is p["source_limiting_potential_V"] is None for p in payload["pathways"])


@pytest.mark.parametrize(
    "arguments",
    [
        ["ru-step"],
        ["ru-dahl2000-as-published"],
        ["tio2-ru", "--U-RHE", "-0.3", "--assume-Ga0", "0.4", "--assume-Ga0", "0.8"],
        [SURFACE],
        [ISOLATED],
    ],
    ids=["thermal", "as published", "electrochemical", "surface", "isolated"],
)
def test_solve(run, arguments):
    payload = read(run("solve", *arguments, "--json"))
    check(payload, SOLVE)
    check(payload["conditions"], CONDITIONS)
    check(payload["certificate"], CERTIFICATE)
    assert payload["success"] is True
    assert payload["certificate"]["arithmetic"] in ("double", "double-double", "mpmath")
    assert payload["tof_unit"].startswith("1/s per ")
    band = payload["tof_band"]
    assert band is None or band["NH3"][0] <= payload["tof"]["NH3"] <= band["NH3"][1]
    for rates in payload["rates"].values():
        assert set(rates) == {"net", "forward", "reverse"}
    for shares in payload["coverages"].values():
        assert 0 <= shares <= 1
    for found in (*payload["sensitivities_by_gas"].values(), *payload["share_sensitivities"].values()):
        check(found, SENSITIVITY)
    if "NH3" in payload["sensitivities_by_gas"]:
        assert payload["sensitivities_by_gas"]["NH3"]["rate_control"] == payload["rate_control"]


def test_solve_says_what_a_potential_and_energies_do(run):
    arguments = ["solve", "tio2-ru", "--U-SHE", "-0.7", "--pH", "3", "--assume-Ga0", "0.6"]
    payload = read(run(*arguments, "--json"))
    assert payload["potential_scale"] == "U_SHE"
    slope = payload["tafel_slope_mV_per_decade"]
    assert slope == pytest.approx(math.log(10) * 1e3 / payload["potential_gradient_per_V"], rel=1e-12)
    on_rhe = payload["sensitivities_by_gas"]["NH3"]["pH_gradient_at_U_RHE"]
    shift = volts_per_pH(payload["conditions"]["T_K"]) * payload["potential_gradient_per_V"]
    assert payload["pH_gradient"] == pytest.approx(on_rhe + shift, rel=1e-12)
    assert set(payload["capped_steps"]) <= set(payload["rates"])
    assert any(all(step in warning for step in payload["capped_steps"]) for warning in payload["warnings"])
    out = run(*arguments, columns=160).out
    assert f"d ln TOF/dU_SHE at constant pH: {payload['potential_gradient_per_V']:+.3f} 1/V" in out
    assert f"Tafel slope {slope:+.1f} mV per decade" in out
    assert f"d ln TOF/dpH at constant U_SHE: {payload['pH_gradient']:+.3f}" in out
    assert "d ln TOF/dE [1/eV]" in out


def test_a_thermal_catalyst_has_no_potential(run):
    payload = read(run("solve", "ru-step", "--json"))
    for name in ("potential_scale", "potential_gradient_per_V", "tafel_slope_mV_per_decade", "pH_gradient"):
        assert payload[name] is None
    assert payload["share_sensitivities"] == {}
    assert set(payload["energy_gradient_per_eV"]) >= {"N2(g)", "N*", "N-N*", "*"}
    assert "dU_" not in run("solve", "ru-step").out


def test_bad_input_prints_no_json(run):
    assert run("solve", "ru-step", "--T", "nan", "--json")[:2] == (2, "")


def test_a_steady_state_that_is_not_found_is_exit_3_with_json(run, monkeypatch):
    import nrrsim.api

    class NotFound(nrrsim.api.SolveResult):
        success = False
        status = "no steady state was found: this one is not looked for."

    found = nrrsim.api.solve(SURFACE)
    unfound = NotFound(**{name: getattr(found, name) for name in found.__dataclass_fields__})
    monkeypatch.setattr(nrrsim.api, "solve", lambda *_, **__: unfound)
    outcome = run("solve", SURFACE, "--json")
    assert read(outcome, code=3)["success"] is False
    assert outcome.err == "nrrsim: no steady state was found: this one is not looked for.\n"


def test_the_package_runs_as_a_module():
    command = [sys.executable, "-m", "nrrsim", "info", ISOLATED, "--json"]
    result = subprocess.run(command, capture_output=True, text=True, check=True)
    assert json.loads(result.stdout)["id"] == "isolated_example"
    assert result.stderr == ""
