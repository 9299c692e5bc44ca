import pytest

from nrrsim.errors import InputError
from nrrsim.network import nrr
from nrrsim.network.generate import DONORS, adsorbate, hydrogenation, site_mark, steps_among, unique_steps
from nrrsim.network.parse import parse_equation
from nrrsim.network.pathways import enumerate_pathways


def equations(**options):
    return {step.equation for step in nrr.generate(**options).steps}


def test_default_network_counted_by_hand():
    # adsorption 1, direct dissociation 1, N2Hx hydrogenations 6, thermal cleavages 6, reductive 3,
    # NHx hydrogenations 3, NH3 and N2H4 desorption 2, HER 3
    assert len(equations()) == 1 + 1 + 6 + 6 + 3 + 3 + 2 + 3


@pytest.mark.parametrize(
    "equation",
    [
        "N2(g) + * <-> N2*",
        "N2(g) + 2* <-> 2N*",
        "NNH* + H+ + e- <-> HNNH*",
        "NNH2* + H+ + e- <-> HNNH2*",
        "NNH2* + * <-> N* + NH2*",
        "HNNH* + * <-> 2NH*",
        "NNH2* + H+ + e- <-> N* + NH3(g)",
        "HNNH2* + H+ + e- <-> NH* + NH3(g)",
        "H2NNH2* + H+ + e- <-> NH2* + NH3(g)",
        "H2NNH2* <-> N2H4(g) + *",
        "NH3* <-> NH3(g) + *",
        "* + H+ + e- <-> H*",
        "H* + H+ + e- <-> H2(g) + *",
        "2H* <-> H2(g) + 2*",
    ],
)
def test_default_network_holds(equation):
    assert equation in equations()


def test_without_her_no_step_makes_hydrogen():
    assert not [e for e in equations(her=False) if "H2(g)" in e or " H*" in e]


def test_hydrogen_donors():
    assert {"N2* + H* <-> NNH* + *", "H2(g) + 2* <-> 2H*"} <= equations(donors=("H*",))
    heterolytic = equations(donors=("H2(g)",))
    assert {"N2* + H2(g) + * <-> NNH* + H*", "N2* + H* <-> NNH* + *"} <= heterolytic
    assert "H2(g) + 2* <-> 2H*" not in heterolytic
    assert not [e for e in equations(donors=("H*",)) if "e-" in e]


def test_tafel_and_hydrogen_dissociation_are_one_step():
    both = equations(donors=("PCET", "H*"))
    assert ("H2(g) + 2* <-> 2H*" in both) + ("2H* <-> H2(g) + 2*" in both) == 1


def test_second_site_takes_the_far_fragment():
    two = equations(donors=("PCET",), second_site="t")
    assert {"NNH2* + *t <-> N* + NH2*t", "N2(g) + * + *t <-> N* + N*t"} <= two
    assert {"NH2*t + H+ + e- <-> NH3*t", "NH3*t <-> NH3(g) + *t", "*t + H+ + e- <-> H*t"} <= two
    assert "NNH2* + * <-> N* + NH2*" not in two
    thermal = equations(donors=("H*",), second_site="t")
    assert {"N*t + H*t <-> NH*t + *t", "H* + *t <-> H*t + *"} <= thermal


def test_named_first_site():
    assert "NNH2*s + *t <-> N*s + NH2*t" in equations(site="s", second_site="t")


def test_side_on_forms_and_their_interconversion():
    both = equations(forms=("end-on", "side-on"))
    assert {"N2(g) + * <-> N2(side)*", "N2* <-> N2(side)*", "HNNH(side)* + H+ + e- <-> HNNH2(side)*"} <= both
    assert "NNH* <-> NNH(side)*" not in both
    assert "NNH* <-> NNH(side)*" in equations(forms=("end-on", "side-on"), interconverting=("N2", "NNH"))
    side = nrr.generate(forms=("side-on",)).species
    assert not {"N2*", "NNH*", "NNH2(side)*"} & side.keys()


def test_optional_isomers():
    assert not [e for e in equations() if "NNH3" in e or "N2H2(g)" in e]
    more = equations(optional=nrr.OPTIONAL, forms=("end-on", "side-on"))
    assert {"NNH3* <-> N* + NH3(g)", "HNNH* <-> N2H2(g) + *", "NNH(side)* + H+ + e- <-> NNH2(side)*"} <= more


def test_energy_set_decides_what_exists():
    distal = {"N2(g)", "NH3(g)", "N2*", "NNH*", "NNH2*", "NNH3*", "N*", "NH*", "NH2*", "NH3*"}
    found = equations(species=distal)
    assert "NNH2* + H+ + e- <-> NNH3*" in found  # an optional isomer that has an energy
    assert not [e for e in found if "HNNH" in e or "H*" in e.split()]


def test_without_adsorbed_ammonia_the_last_hydrogen_releases_it():
    species = {"N2(g)", "NH3(g)", "N2*", "NNH*", "NNH2*", "N*", "NH*", "NH2*"}
    assert "NH2* + H+ + e- <-> NH3(g) + *" in equations(species=species)
    assert "NH2* + H+ + e- <-> NH3(g) + *" not in equations(species=species | {"NH3*"})
    assert "NH2* + H+ + e- <-> NH3(g) + *" not in equations()


def test_without_adsorbed_n2_the_first_hydrogen_takes_it_from_the_gas():
    species = {"N2(g)", "H2(g)", "NH3(g)", "H*", "NNH*", "NNH2*", "N*", "NH*", "NH2*", "NH3*"}
    from_the_gas = {
        "PCET": "N2(g) + * + H+ + e- <-> NNH*",
        "H*": "N2(g) + H* <-> NNH*",
        "H2(g)": "N2(g) + 2* + H2(g) <-> NNH* + H*",
    }
    for donor, step in from_the_gas.items():
        assert step in equations(donors=(donor,), species=species)
        assert step not in equations(donors=(donor,), species=species | {"N2*"})
        assert step not in equations(donors=(donor,))
        assert step not in equations(donors=(donor,), species=species - {"NNH*"})
    side = equations(forms=("end-on", "side-on"), species={"N2(side)*", "NNH(side)*", *species})
    assert from_the_gas["PCET"] in side  # each form by itself
    assert "N2(g) + * + H+ + e- <-> NNH(side)*" not in side
    assert "distal" in {pathway.name for pathway in enumerate_pathways(nrr.generate(species=species))}


@pytest.mark.parametrize("second_site", [None, "t"])
@pytest.mark.parametrize("donors", [("PCET",), ("H*",), ("H2(g)",), tuple(DONORS)])
def test_no_step_stands_twice_nor_as_its_reverse(donors, second_site):
    steps = nrr.generate(donors=donors, forms=("end-on", "side-on"), second_site=second_site).steps
    sides = [frozenset({frozenset(s.reactants.items()), frozenset(s.products.items())}) for s in steps]
    assert len(set(sides)) == len(steps)


def test_words_in_any_order_give_the_same_network():
    one = nrr.generate(donors=("H*", "PCET"), forms=("side-on", "end-on"))
    two = nrr.generate(donors=("PCET", "H*"), forms=("end-on", "side-on"))
    assert [s.id for s in one.steps] == [s.id for s in two.steps]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"donors": ("PCTE",)}, "'PCTE' is not a known donor; did you mean 'PCET'"),
        ({"forms": ("side",)}, "is not a known form; did you mean 'side-on'"),
        ({"optional": ("NNH4",)}, "not a known optional isomer"),
        ({"interconverting": ("N2H7",)}, "not a known N2Hx isomer"),
        ({"site": "Ru"}, "'Ru' is not a site type"),
        ({"site": "t", "second_site": "*t"}, "is the first"),
        ({"species": {"N2*"}}, "no step of N2 reduction"),
    ],
)
def test_wrong_words_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        nrr.generate(**options)


def test_labels_and_donors():
    assert [site_mark(site) for site in ("*", "*s", "s")] == ["", "s", "s"]
    assert adsorbate("HNNH", site="t", form="side-on") == "HNNH(side)*t"
    assert hydrogenation("N*t", "NH*t", donor="H*", site="t").equation == "N*t + H*t <-> NH*t + *t"


def test_unique_steps_keeps_the_first_spelling_and_other_transition_states():
    steps = [parse_equation(e) for e in ("2H* <-> H2(g) + 2*", "H2(g) + 2* <-> 2H*", "H2(g) + 2* <-> H-H* <-> 2H*")]
    assert [s.equation for s in unique_steps(steps)] == ["2H* <-> H2(g) + 2*", "H2(g) + 2* <-> H-H* <-> 2H*"]


def test_steps_among_needs_no_free_sites_nor_protons():
    steps = [parse_equation("N2* + H+ + e- <-> NNH*"), parse_equation("N2(g) + * <-> N2*")]
    assert steps_among(steps, {"N2*", "NNH*"}) == (steps[0],)
