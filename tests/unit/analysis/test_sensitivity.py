"""Sensitivities as results: what is there, what is left out, what the words say."""

import pytest

import nrrsim
from nrrsim.analysis.operating_point import operate
from nrrsim.analysis.sensitivity import competing_products, derivatives, sensitivities
from nrrsim.errors import InputError


@pytest.fixture(scope="module")
def point():
    loaded = nrrsim.load("ru-step")
    return operate(loaded.mechanism, loaded.conditions)


def test_an_unknown_gas_is_answered_with_the_known_ones(point):
    with pytest.raises(InputError, match="no step makes or takes NH4"):
        sensitivities(point, "NH4")


def test_no_turnover_has_no_sensitivities():
    result = nrrsim.solve("ru-step", p={"N2": 0.0, "NH3": 0.0})
    assert result.sensitivities is None
    assert "NH3" not in result.sensitivities_by_gas
    assert result.rate_control == result.energy_gradient == result.thermodynamic_rate_control == {}
    assert result.tafel_slope is result.potential_gradient is result.pH_gradient is None


def test_every_gas_with_a_turnover_is_there(point):
    found = derivatives(point)
    assert found.gases == ("N2", "H2", "NH3")
    assert found.of_turnover("O2") is None
    for gas in found.gases:  # one reaction: its gases answer alike
        assert found.of_turnover(gas).energy_gradient == pytest.approx(
            found.of_turnover("NH3").energy_gradient, rel=1e-8, abs=1e-10
        )


def test_one_product_has_no_share(point):
    mechanism = nrrsim.load("ru-step").mechanism
    assert competing_products(point, mechanism.network) == ()
    assert derivatives(point).of_share("NH3", ("NH3",)) is None
    assert nrrsim.solve("ru-step").share_sensitivities == {}


def test_a_file_without_energies_has_no_gradients_but_of_what_it_has():
    found = nrrsim.solve("ru-dahl2000-as-published")
    assert set(found.energy_gradient) == {"N2(g)", "H2(g)", "NH3(g)", "*"}
    assert set(found.energy_gradient.values()) == {0.0}
    closed = nrrsim.solve("ru-dahl2000")  # one reverse constant is recomputed from the gases
    assert closed.energy_gradient["NH3(g)"] != 0.0


def test_a_result_says_what_its_sensitivities_say():
    result = nrrsim.solve("ru-step")
    found = result.sensitivities
    assert result.rate_control == found.rate_control == result.sensitivities_by_gas["NH3"].rate_control
    assert result.energy_gradient == found.energy_gradient
    assert result.thermodynamic_rate_control == found.thermodynamic_rate_control
    assert result.capped_steps == found.capped_steps == ()
    assert not any("caps" in warning for warning in result.warnings)
