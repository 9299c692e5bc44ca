"""Proton-electron transfers: potential and pH at fixed U_RHE."""

import math
from pathlib import Path

import pytest

import nrrsim
from nrrsim.core.conditions import Conditions
from nrrsim.kinetics.rate_constants import rate_inputs

FILE = """
format: nrrsim-catalyst/1
name: one proton-electron transfer
source: {{note: "a test, not a catalyst"}}
site: {{model: surface}}
gas: {{policy: own}}
species:
  N2(g): {{thermo: shipped}}
  H2(g): {{thermo: shipped}}
  N2*: {{enthalpy: -0.5 eV, entropy: 0.0005 eV/K}}
  NNH*: {{enthalpy: 0.2 eV, entropy: 0.0005 eV/K}}
steps:
  - N2(g) + * <-> N2*
  - {{equation: N2* + H+ + e- <-> NNH*, rate: {{barrier: 0.9 eV, U_RHE: 0 V, beta: 0.4{donor}}}}}
conditions: {{T: 298.15 K, p: {{N2: 1 bar}}, U_RHE: -0.2 V, pH: 7}}
zeros_agree: "a test"
"""


def constants(tmp_path: Path, donor: str, **changes: float) -> tuple[float, float]:
    path = tmp_path / "one.yaml"
    path.write_text(FILE.format(donor=donor))
    catalyst = nrrsim.load(path)
    given = {"T": 298.15, "p": {"N2": 1.0}, "U_RHE": -0.2, "pH": 7.0, **changes}
    inputs = rate_inputs(catalyst.mechanism, [Conditions(**given)])
    return float(inputs.ln_kf_cj[0, 1]), float(inputs.ln_kr_cj[0, 1])


@pytest.mark.parametrize(("donor", "slope"), [(", donor: H3O+", -0.6), (", donor: H2O", 0.4), ("", 0.0)])
def test_donors_follow_their_law_in_pH_at_fixed_potential(tmp_path, donor, slope):
    for pH in (0.0, 3.0, 13.0):
        at, at_zero = constants(tmp_path, donor, pH=pH), constants(tmp_path, donor, pH=0.0)
        assert at[0] - at_zero[0] == pytest.approx(slope * pH * math.log(10), abs=1e-10)
        assert at[0] - at[1] == pytest.approx(at_zero[0] - at_zero[1], abs=1e-10)  # equilibrium knows no donor


def test_potential_enters_with_beta_and_the_rest_backwards(tmp_path):
    kT = 8.617333262e-5 * 298.15
    a, b = constants(tmp_path, ", donor: H2O", U_RHE=-0.2), constants(tmp_path, ", donor: H2O", U_RHE=-0.3)
    assert b[0] - a[0] == pytest.approx(0.4 * 0.1 / kT, rel=1e-6)
    assert b[1] - a[1] == pytest.approx(-0.6 * 0.1 / kT, rel=1e-6)


def test_a_barrier_never_falls_below_the_reaction_energy_or_zero(tmp_path):
    kT = 8.617333262e-5 * 298.15
    steep = constants(tmp_path, "", U_RHE=1.5)  # dG = 0.7 + 1.5 + ... exceeds Ga0 + beta U
    assert steep[1] == pytest.approx(math.log(kT / 4.135667696e-15), abs=1e-6)  # the reverse step has no barrier left
    free = constants(tmp_path, "", U_RHE=-3.0)
    assert free[0] == pytest.approx(math.log(kT / 4.135667696e-15), abs=1e-6)
