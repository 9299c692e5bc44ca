"""Bad input is a sentence, never a number: no cycle, no gas, constants that are none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import nrrsim
from nrrsim.errors import InputError
from nrrsim.kinetics.checks import check_constants

HEAD = """
format: nrrsim-catalyst/1
name: test
source: {note: test}
site: {model: surface, types: {"*": {ratio: 1}}}
gas: {policy: own}
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -0.8 eV, thermo: shipped}
  N*: {energy: -0.5 eV, frequencies: 400 450 500 1/cm}
  H*: {energy: -0.3 eV, frequencies: 600 700 900 1/cm}
conditions: {T: 673 K, p: {N2: 25 bar, H2: 75 bar, NH3: 1 bar}}
"""
ADSORPTION = """
steps:
  - {equation: 2N* <-> N2(g) + 2*, rate: {A: 1e13 1/s, Ea: 1.5 eV}}
  - {equation: 2H* <-> H2(g) + 2*, rate: {A: 1e13 1/s, Ea: 1.0 eV}}
"""


def written(tmp_path: Path, steps: str, head: str = HEAD) -> Path:
    file = tmp_path / "catalyst.yaml"
    file.write_text(head + steps, encoding="utf-8")
    return file


def test_a_network_without_a_cycle_has_no_turnover(tmp_path: Path) -> None:
    file = written(tmp_path, ADSORPTION)
    found = nrrsim.solve(file)
    assert "nothing turns over" in found.status
    assert found.tof == {}
    assert found.rate_control == {}
    assert sum(found.coverages.values()) == pytest.approx(1.0, rel=1e-12)
    with pytest.raises(InputError, match=r"nothing turns over.*lead back to the free site"):
        nrrsim.sweep(file, T=[600.0, 700.0])


def test_a_surface_without_any_gas_is_refused() -> None:
    with pytest.raises(InputError, match="the pressures of N2, H2, NH3 are all zero"):
        nrrsim.solve("ru-step", p={"N2": 0, "H2": 0, "NH3": 0})
    with pytest.raises(InputError, match="all zero"):
        nrrsim.sweep("ru-step", p={"N2": [0.0, 1.0], "H2": 0, "NH3": 0})


@pytest.mark.parametrize(("bad", "said"), [(np.nan, "no number"), (600.0, "1e261 per second"), (np.inf, "1einf")])
def test_constants_that_are_no_rates_are_named(bad: float, said: str) -> None:
    mechanism = nrrsim.load("ru-step").mechanism
    fine = np.zeros((2, len(mechanism.network.steps)))
    check_constants(mechanism, fine, fine - np.inf)  # a gas at zero pressure
    wrong = fine.copy()
    wrong[1, 2] = bad
    equation = mechanism.network.steps[2].equation
    with pytest.raises(InputError) as refusal:
        check_constants(mechanism, fine, wrong)
    assert said in str(refusal.value)
    assert equation in str(refusal.value)
    assert "reverse" in str(refusal.value)
