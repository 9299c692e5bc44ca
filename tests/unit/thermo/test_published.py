import numpy as np
import pytest

from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.thermo.corrections import Corrected
from nrrsim.thermo.published import CorrectedEnergy, EnthalpyEntropy, GibbsAt

AT_673 = {
    "G": (GibbsAt("NH2*", -0.20, 673.0), -0.20),
    "E and correction": (CorrectedEnergy("NH2*", -0.50, 0.30, 673.0), -0.20),
}
published = pytest.mark.parametrize(("thermo", "value"), AT_673.values(), ids=AT_673)


@published
def test_gibbs_within_five_kelvin(thermo, value):
    found = thermo.gibbs(np.array([668.0, 673.0, 678.0]))
    np.testing.assert_allclose(found, value, rtol=1e-15)
    assert "673 K, used unchanged within 5 K" in thermo.notes[0]


@published
@pytest.mark.parametrize("T", [667.9, 678.1, 298.15, float("nan")])
def test_gibbs_elsewhere_is_refused(thermo, value, T):
    with pytest.raises(InputError, match=r"NH2\*: only G at 673 K is published, and .* K was asked for.*within 5 K"):
        thermo.gibbs(np.array([673.0, T]))


@published
@pytest.mark.parametrize("what", ["enthalpy", "entropy"])
def test_enthalpy_and_entropy_are_missing(thermo, value, what):
    with pytest.raises(MissingEnergyError, match=f"only G at 673 K is published, no {what}"):
        getattr(thermo, what)(np.array([673.0]))


def test_enthalpy_and_entropy_are_absolute():
    found = EnthalpyEntropy("NH*", -0.74, 0.0005).gibbs(np.array([300.0, 673.0]))
    np.testing.assert_allclose(found, [-0.89, -1.0765], rtol=1e-14)


def test_wrong_values_are_refused():
    with pytest.raises(InputError, match="gibbs is nan"):
        GibbsAt("N*", float("nan"), 300.0)
    with pytest.raises(InputError, match=r"temperature is 0.0 K"):
        CorrectedEnergy("N*", 0.0, 0.1, 0.0)
    with pytest.raises(InputError, match="entropy is inf"):
        EnthalpyEntropy("N*", 0.0, float("inf"))


def test_correction_adds_to_gibbs_and_says_why():
    inner = EnthalpyEntropy("NH3*", -1.10, 0.0013)
    corrected = Corrected(Corrected(inner, 0.05, "solvation", "a paper"), -0.02, "functional", "another")
    T = np.array([300.0, 700.0])
    np.testing.assert_allclose(corrected.gibbs(T) - inner.gibbs(T), 0.03, rtol=1e-12)
    np.testing.assert_array_equal(corrected.entropy(T), inner.entropy(T))
    assert corrected.notes == (
        *inner.notes,
        "corrected by +0.05 eV: solvation (a paper).",
        "corrected by -0.02 eV: functional (another).",
    )


def test_correction_of_a_published_gibbs_energy():
    corrected = Corrected(GibbsAt("NH2*", -0.20, 673.0), 0.05, "solvation", "a paper")
    assert corrected.gibbs(np.array([673.0]))[0] == pytest.approx(-0.15)
    with pytest.raises(InputError, match="only G at 673 K"):
        corrected.gibbs(np.array([300.0]))


@pytest.mark.parametrize(("value", "reason", "source"), [(0.1, "", "x"), (0.1, "x", " ")])
def test_corrections_without_reason_or_source_are_refused(value, reason, source):
    with pytest.raises(InputError, match="has no reason or no source"):
        Corrected(GibbsAt("N*", 0.0, 300.0), value, reason, source)


def test_infinite_corrections_are_refused():
    with pytest.raises(InputError, match="a correction is inf eV"):
        Corrected(GibbsAt("N*", 0.0, 300.0), float("inf"), "x", "y")
