import random
from collections import Counter

import numpy as np
import pytest

from nrrsim.core.species import Phase, Species
from nrrsim.errors import InputError
from nrrsim.network import nrr, pathways
from nrrsim.network.network import Network, network_of
from nrrsim.network.parse import parse_equation
from nrrsim.network.pathways import FAMILIES, enumerate_pathways, her_pathways

FRAGMENT = ("N* + H+ + e- <-> NH*", "NH* + H+ + e- <-> NH2*", "NH2* + H+ + e- <-> NH3*", "NH3* <-> NH3(g) + *")


def network(*equations):
    return network_of(parse_equation(e) for e in equations)


def names(net):
    return [p.name for p in enumerate_pathways(net)]


def drawn(pathway):
    return [(s.count, s.equation) for s in pathway.steps]


def by_name(net, name):
    return next(p for p in enumerate_pathways(net) if p.name == name)


NETWORKS = {
    "default": {},
    "both forms": {"forms": ("end-on", "side-on"), "optional": nrr.OPTIONAL},
    "H*": {"donors": ("H*",)},
    "H2": {"donors": ("H2(g)",)},
    "PCET and H*": {"donors": ("PCET", "H*")},
    "two sites": {"second_site": "t", "site": "s"},
    "two sites, H*": {"donors": ("H*",), "second_site": "t"},
}


@pytest.mark.parametrize("options", NETWORKS.values(), ids=NETWORKS)
def test_every_pathway_closes_the_cycle_and_is_there_once(options):
    net = nrr.generate(**options)
    found = enumerate_pathways(net)
    names_e, carried = net.conservation
    index = {name: i for i, name in enumerate(net.species)}
    for pathway in found:
        turns = np.zeros(len(net.steps), dtype=int)
        for s in pathway.steps:
            turns[net.steps.index(s.step)] += s.direction * s.count
        assert not (net.nu_ij @ turns).any(), pathway.name
        net_i = net.stoichiometric_matrix(net.species) @ turns
        assert not (carried @ net_i).any(), names_e
        assert pathway.net == {name: int(net_i[i]) for name, i in index.items() if net_i[i]}
        made, hydrogens = {"NH3(g)": (2, 6), "N2H4(g)": (1, 4)}[pathway.product]
        assert pathway.net[pathway.product] == made
        assert pathway.net["N2(g)"] == -1
        assert -2 * pathway.net.get("H2(g)", 0) - pathway.net.get("H+", 0) == hydrogens
        assert set(pathway.net) <= {"N2(g)", "H2(g)", "H+", "e-", pathway.product}
        assert sum(s.count * s.n_electrons for s in pathway.steps) == -pathway.net.get("e-", 0)
        assert pathway.family in FAMILIES
    assert len({p.name for p in found}) == len({frozenset(p.turns.items()) for p in found}) == len(found) > 0


def test_default_network_counted_by_hand():
    # Chains to N2, NNH, NNH2, HNNH: one each; to HNNH2 and H2NNH2: two (by NNH2 or by HNNH).
    # Cleavages: N2(g) 1, N2 1, NNH 1, NNH2 2 (thermal, reductive), HNNH 1, HNNH2 2, H2NNH2 2.
    # Pathways: 1 + 1 + 1 + 2 + 1 + 2*2 + 2*2 = 14 to ammonia, and 2 to hydrazine.
    found = enumerate_pathways(nrr.generate())
    assert Counter(p.family for p in found) == {
        "distal": 1,
        "alternating": 2,
        "dissociative": 2,
        "mixed": 9,
        "hydrazine": 2,
    }
    assert [p.name for p in found if not p.name.startswith("mixed")] == [
        "distal",
        "alternating",
        "alternating: NNH, HNNH, HNNH2, H2NNH2; H2NNH2* -> 2NH2*",
        "dissociative",
        "dissociative: N2* -> 2N*",
        "hydrazine",
        "hydrazine: NNH, NNH2, HNNH2, H2NNH2",
    ]


@pytest.mark.parametrize(
    "name",
    [
        "mixed: NNH; NNH* -> N* + NH*",
        "mixed: NNH, NNH2; NNH2* -> N* + NH2*",
        "mixed: NNH, HNNH; HNNH* -> 2NH*",
        "mixed: NNH, HNNH, HNNH2; HNNH2* -> NH* + NH3(g)",
        "mixed: NNH, NNH2, HNNH2; HNNH2* -> NH* + NH3(g)",
        "mixed: NNH, NNH2, HNNH2, H2NNH2; H2NNH2* -> NH2* + NH3(g)",
    ],
)
def test_mixed_pathways_cleave_at_every_isomer(name):
    assert name in names(nrr.generate())


def test_single_site_reductive_network_counted_by_hand():
    # distal 1; cleaved at HNNH2 2 (mixed), at H2NNH2 2 (alternating, and by NNH2: mixed); hydrazine 2
    net = network_of(s for s in nrr.generate().steps if _surface(s.reactants) == _surface(s.products) == 1)
    found = Counter(p.family for p in enumerate_pathways(net))
    assert found == {"distal": 1, "alternating": 1, "mixed": 3, "hydrazine": 2}


def test_distal_is_drawn_as_a_chemist_would():
    assert drawn(by_name(nrr.generate(), "distal")) == [
        (1, "N2(g) + * <-> N2*"),
        (1, "N2* + H+ + e- <-> NNH*"),
        (1, "NNH* + H+ + e- <-> NNH2*"),
        (1, "NNH2* + H+ + e- <-> N* + NH3(g)"),
        (1, "N* + H+ + e- <-> NH*"),
        (1, "NH* + H+ + e- <-> NH2*"),
        (1, "NH2* + H+ + e- <-> NH3*"),
        (1, "NH3* <-> NH3(g) + *"),
    ]


def test_two_equal_fragments_give_two_runs():
    found = drawn(by_name(nrr.generate(), "dissociative"))
    assert found == [(1, "N2(g) + 2* <-> 2N*"), *((1, e) for e in (*FRAGMENT, *FRAGMENT))]


def test_the_fragment_richer_in_hydrogen_comes_first():
    found = drawn(by_name(nrr.generate(), "mixed: NNH, NNH2; NNH2* -> N* + NH2*"))
    assert [e for _, e in found[4:]] == [*FRAGMENT[2:], *FRAGMENT]


def test_steps_are_used_in_either_direction():
    net = network(
        "N2* <-> N2(g) + *",
        "2N* <-> N2* + *",
        "H2(g) + 2* <-> 2H*",
        "NH* + * <-> N* + H*",
        "NH2* + * <-> NH* + H*",
        "NH3* + * <-> NH2* + H*",
        "NH3(g) + * <-> NH3*",
    )
    (found,) = enumerate_pathways(net)
    assert (found.name, found.family) == ("dissociative", "dissociative")
    assert drawn(found)[:4] == [
        (1, "N2(g) + * <-> N2*"),
        (1, "N2* + * <-> 2N*"),
        (1, "H2(g) + 2* <-> 2H*"),
        (1, "N* + H* <-> NH* + *"),
    ]
    assert [s.direction for s in found.steps[:4]] == [-1, -1, 1, -1]
    assert found.net == {"H2(g)": -3, "N2(g)": -1, "NH3(g)": 2}


def test_electrons_take_the_sign_of_the_direction():
    step = pathways.PathStep(parse_equation("NNH* <-> N2* + H+ + e-"), -1)
    assert step.step.n_electrons == -1
    assert step.n_electrons == 1
    assert step.equation == "N2* + H+ + e- <-> NNH*"


def test_enzymatic_is_the_alternating_sequence_side_on():
    net = nrr.generate(forms=("end-on", "side-on"))
    enzymatic = by_name(net, "enzymatic")
    assert [s.equation.split(" <-> ")[1] for s in enzymatic.steps[:5]] == [
        "N2(side)*",
        "NNH(side)*",
        "HNNH(side)*",
        "HNNH2(side)*",
        "H2NNH2(side)*",
    ]
    crossing = "mixed: N2, N2(side), NNH(side), HNNH(side), HNNH2(side), H2NNH2(side); H2NNH2(side)* -> NH2* + NH3(g)"
    assert by_name(net, crossing).family == "mixed"


def test_distal_by_nnh3_is_distal():
    net = nrr.generate(optional=("NNH3",))
    distal = [p.name for p in enumerate_pathways(net) if p.family == "distal"]
    assert distal == [
        "distal",
        "distal: NNH, NNH2, NNH3; NNH3* -> N* + NH3(g)",
        "distal: NNH, NNH2, NNH3; NNH3* -> N* + NH3*",
    ]


def test_isomers_go_by_label():
    def relabelled(old, new):
        distal = ("N2(g) + * <-> N2*", "N2* + H+ + e- <-> NNH*", "NNH* + H+ + e- <-> NNH2*")
        steps = (*distal, "NNH2* + H+ + e- <-> N* + NH3(g)", *FRAGMENT)
        return names(network(*(e.replace(old, new) for e in steps)))

    assert relabelled("NNH*", "N2H*") == ["distal"]
    assert relabelled("NNH2*", "N2H2*") == ["mixed"]  # the only mixed pathway needs no distinction
    assert relabelled("NNH2*", "HNNH*") == ["mixed"]


def test_supplies_of_adsorbed_hydrogen_make_different_pathways():
    thermal = ("N2(g) + 2* <-> 2N*", "N* + H* <-> NH* + *", "NH* + H* <-> NH2* + *", "NH2* + H* <-> NH3(g) + 2*")
    net = network(*thermal, "H2(g) + 2* <-> 2H*", "* + H+ + e- <-> H*", "H2(g) + * <-> H2*", "H2* + * <-> 2H*")
    supplies = [Counter(s.equation for s in p.steps if "N" not in s.equation) for p in enumerate_pathways(net)]
    assert len(supplies) == 3
    assert {"* + H+ + e- <-> H*": 6} in supplies
    assert {"H2(g) + 2* <-> 2H*": 3} in supplies
    assert {"H2(g) + * <-> H2*": 3, "H2* + * <-> 2H*": 3} in supplies
    assert enumerate_pathways(network(*thermal)) == ()


def test_a_supply_that_does_not_close_in_whole_turns_drops_the_path():
    odd = ("N2(g) + * <-> N2*", "N2* + H* <-> NNH* + *", "NNH* + H+ + e- <-> NNH2*", "NNH2* + H+ + e- <-> N* + NH3(g)")
    assert enumerate_pathways(network(*odd, *FRAGMENT, "H2(g) + 2* <-> 2H*")) == ()
    (mixed_donors,) = enumerate_pathways(network(*odd, *FRAGMENT, "* + H+ + e- <-> H*"))
    assert mixed_donors.net["H+"] == -6


def test_hydrogen_of_two_site_types_is_supplied_by_spillover():
    # 3 H* and 3 H*t: neither in whole H2, but 6 on one type of which 3 pass to the other, from either side
    net = nrr.generate(donors=("H*",), second_site="t")
    found = [p for p in enumerate_pathways(net) if p.steps[0].equation == "N2(g) + * + *t <-> N* + N*t"]
    supplies = [Counter(s.equation for s in p.steps if "N" not in s.equation) for p in found]
    assert len(supplies) == 2
    assert {"H2(g) + 2* <-> 2H*": 3, "H* + *t <-> H*t + *": 3} in supplies
    assert {"H2(g) + 2*t <-> 2H*t": 3, "H*t + * <-> H* + *t": 3} in supplies


def test_adsorbed_hydrogen_is_supplied_when_the_next_step_needs_it():
    for pathway in enumerate_pathways(nrr.generate(donors=("H*",))):
        stock = 0
        for path_step in pathway.steps:
            stock += path_step.count * path_step.stoichiometry.get("H*", 0)
            assert 0 <= stock <= 2  # one H2 at a time
        assert stock == 0


def test_hydrogen_left_by_the_heterolytic_donor_is_taken_up():
    # without another source three steps leave H* and three take it: 6!/(3! 3!) = 20 ways along the distal chain
    found = [p for p in enumerate_pathways(nrr.generate(donors=("H2(g)",))) if p.family == "distal"]
    assert len(found) == 20
    assert all(p.net == {"N2(g)": -1, "H2(g)": -3, "NH3(g)": 2} for p in found)


def test_lumped_release_on_a_second_site():
    net = network(
        "N2(g) + *s + *t <-> N*s + N*t",
        "N*s + *t <-> N*t + *s",
        "N*t + H+ + e- <-> NH*t",
        "NH*t + 2H+ + 2e- <-> NH3(g) + *t",
    )
    (found,) = enumerate_pathways(net)
    assert found.name == "dissociative"
    assert len(found.steps) == 6


def test_steps_that_share_an_equation_are_told_apart_by_id():
    steps = [parse_equation(e) for e in ("N2(g) + 2* <-> 2N*", *FRAGMENT)]
    net = network_of([parse_equation("N2(g) + 2* <-> 2N*", id="terrace"), *steps])
    assert names(net) == ["dissociative", "dissociative: N2(g) -> 2N*; via terrace"]


def test_energy_set_without_a_species_drops_its_paths():
    full = set(nrr.generate().species)
    without = names(nrr.generate(species=full - {"HNNH*", "N2H4(g)"}))
    assert "distal" in without
    assert not [name for name in without if "HNNH," in name or name.startswith(("alternating", "hydrazine"))]
    # 14 - HNNH 1 - the chains by HNNH to HNNH2 and H2NNH2, 2 + 2
    assert len(without) == 14 - 1 - 4


@pytest.mark.parametrize("options", [NETWORKS["PCET and H*"], NETWORKS["both forms"], NETWORKS["two sites, H*"]])
def test_order_of_species_and_steps_changes_nothing(options):
    net = nrr.generate(**options)
    rng = random.Random(7)
    species, steps = list(net.species.items()), list(net.steps)
    rng.shuffle(species)
    rng.shuffle(steps)
    shuffled = Network(dict(species), tuple(steps), {})

    def essence(network_):
        return [(p.name, p.family, drawn(p)) for p in (*enumerate_pathways(network_), *her_pathways(network_))]

    assert essence(net) == essence(shuffled)


def test_too_many_pathways_are_an_error():
    assert len(enumerate_pathways(nrr.generate(), limit=16)) == 16
    with pytest.raises(InputError, match="more than 15 pathways"):
        enumerate_pathways(nrr.generate(), limit=15)


def test_a_network_without_nitrogen_has_no_pathway():
    assert enumerate_pathways(network("* + H+ + e- <-> H*")) == ()


# Isolated sites: whole-site states


def test_both_searches_agree_where_both_apply():
    steps = nrr.generate(forms=("end-on", "side-on"), optional=nrr.OPTIONAL).steps
    one = network_of(s for s in steps if _surface(s.reactants) == _surface(s.products) == 1)
    assert pathways._is_single_entity(one)
    routes = [r for r in pathways._walks_of_nitrogen(one) if pathways._closes(r.steps, r.product)]
    walks = {pathways._identity(r.steps) for r in routes}
    found = enumerate_pathways(one)
    assert {frozenset(p.turns.items()) for p in found} == walks
    assert {p.family for p in found} == {"distal", "alternating", "enzymatic", "mixed", "hydrazine"}


def _surface(side):
    return sum(n for name, n in side.items() if "*" in name)


def test_cycle_of_states_that_are_never_bare():
    def state(name, nitrogen, hydrogen):
        return Species(name, {"N": nitrogen, "H": hydrogen}, Phase.ADSORBATE, {"*": 1})

    states = {s.name: s for s in (state("2N", 2, 0), state("2N_N2", 4, 0), state("2N_NNH2", 4, 2), state("3N", 3, 0))}
    equations = (
        "2N_N2 + H2(g) <-> 2N_NNH2",
        "2N + N2(g) <-> 2N_N2",
        "2N_NNH2 + H+ + e- <-> 3N + NH3(g)",
        "3N + 3H+ + 3e- <-> 2N + NH3(g)",
    )
    net = network_of([parse_equation(e, declared=states) for e in equations], species=states)
    (found,) = enumerate_pathways(net)
    assert found.family == "mixed"
    assert [s.equation for s in found.steps] == [equations[1], equations[0], *equations[2:]]
    assert found.net == {"N2(g)": -1, "H2(g)": -1, "H+": -4, "e-": -4, "NH3(g)": 2}


# HER


def test_both_her_pathways():
    heyrovsky, tafel = her_pathways(nrr.generate())
    assert (heyrovsky.name, tafel.name) == ("Volmer-Heyrovsky", "Volmer-Tafel")
    assert drawn(heyrovsky) == [(1, "* + H+ + e- <-> H*"), (1, "H* + H+ + e- <-> H2(g) + *")]
    assert drawn(tafel) == [(2, "* + H+ + e- <-> H*"), (1, "2H* <-> H2(g) + 2*")]
    assert heyrovsky.net == tafel.net == {"H+": -2, "e-": -2, "H2(g)": 1}
    assert {heyrovsky.family, tafel.family} == {"HER"}


def test_her_with_steps_written_backwards_and_on_two_sites():
    net = network("H* <-> * + H+ + e-", "H2(g) + 2* <-> 2H*", "*t + H+ + e- <-> H*t", "2H*t <-> H2(g) + 2*t")
    found = her_pathways(net)
    assert len({p.name for p in found}) == len(found) == 2
    assert all(p.name.startswith("Volmer-Tafel; via ") for p in found)
    assert her_pathways(nrr.generate(donors=("H*",))) == ()
