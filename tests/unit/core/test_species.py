import dataclasses

import pytest

from nrrsim.core.species import ELECTRON, PROTON, Phase, gas_formula, parse_formula, parse_species
from nrrsim.errors import InputError


@pytest.mark.parametrize(
    ("label", "phase", "composition", "sites"),
    [
        ("N2(g)", Phase.GAS, {"N": 2}, {}),
        ("N2H4(g)", Phase.GAS, {"H": 4, "N": 2}, {}),
        ("NNH*", Phase.ADSORBATE, {"H": 1, "N": 2}, {"*": 1}),
        ("H2NNH2*s", Phase.ADSORBATE, {"H": 4, "N": 2}, {"s": 1}),
        ("N2(side)*", Phase.ADSORBATE, {"N": 2}, {"*": 1}),
        ("HNNH(side)*t", Phase.ADSORBATE, {"H": 2, "N": 2}, {"t": 1}),
        ("N-N*", Phase.ADSORBATE, {"N": 2}, {"*": 1}),
        ("*", Phase.SITE, {}, {"*": 1}),
        ("*s", Phase.SITE, {}, {"s": 1}),
    ],
)
def test_label_gives_phase_atoms_and_sites(label, phase, composition, sites):
    species = parse_species(label)
    assert (species.name, species.phase, species.charge) == (label, phase, 0)
    assert dict(species.composition) == composition
    assert dict(species.sites) == sites


def test_proton_and_electron_carry_charge():
    assert parse_species("H+") is PROTON
    assert parse_species("e-") is ELECTRON
    assert (PROTON.charge, ELECTRON.charge) == (1, -1)
    assert not PROTON.on_surface


@pytest.mark.parametrize("label", ["", "N2", "n2(g)", "(g)", "N2 *", "N2*S", "2N*", "NN**"])
def test_what_is_no_label_is_refused(label):
    with pytest.raises(InputError, match="Remedy: write a gas as"):
        parse_species(label)


@pytest.mark.parametrize("formula", ["", "Xx", "nnh", "N2H!", "2N", "Nh"])
def test_what_is_no_formula_is_refused(formula):
    with pytest.raises(InputError, match="is not a chemical formula"):
        parse_formula(formula)


def test_formula_counts_repeated_elements_and_long_symbols():
    assert parse_formula("HNNH2") == {"H": 3, "N": 2}
    assert parse_formula("Ru12N") == {"Ru": 12, "N": 1}


def test_species_is_frozen():
    species = parse_species("NNH*")
    with pytest.raises(dataclasses.FrozenInstanceError):
        species.name = "N2*"
    with pytest.raises(TypeError):
        species.composition["N"] = 3


def test_gas_formula_drops_the_phase():
    assert gas_formula("NH3(g)") == "NH3"
