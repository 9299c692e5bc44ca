import numpy as np
import pytest

from nrrsim.core.species import Phase, Species, parse_species
from nrrsim.errors import BalanceError, InputError
from nrrsim.network import nrr
from nrrsim.network.network import Network, integer_null_space, network_of
from nrrsim.network.parse import parse_equation

HABER = (
    "N2(g) + 2* <-> N-N* <-> 2N*",
    "H2(g) + 2* <-> 2H*",
    "N* + H* <-> NH* + *",
    "NH* + H* <-> NH2* + *",
    "NH2* + H* <-> NH3(g) + 2*",
)


@pytest.fixture
def haber():
    return network_of(parse_equation(e) for e in HABER)


def everything():
    return nrr.generate(donors=("PCET", "H*", "H2(g)"), forms=("end-on", "side-on"), second_site="t")


def test_species_follow_from_the_labels(haber):
    assert haber.gases == ("N2(g)", "H2(g)", "NH3(g)")
    assert haber.surface_species == ("*", "N*", "H*", "NH*", "NH2*")
    assert haber.site_types == ("*",)
    assert set(haber.transition_states) == {"N-N*"}


def test_stoichiometric_matrix_by_hand(haber):
    # rows *, N*, H*, NH*, NH2*
    by_hand = [[-2, -2, 1, 1, 2], [2, 0, -1, 0, 0], [0, 2, -1, -1, -1], [0, 0, 1, -1, 0], [0, 0, 0, 1, -1]]
    np.testing.assert_array_equal(haber.nu_ij, by_hand)


@pytest.mark.parametrize("make", [nrr.generate, everything, lambda: network_of(parse_equation(e) for e in HABER)])
def test_conservation_matrix_annihilates_nu(make):
    network = make()
    names, carried = network.conservation
    assert "element N" in names
    assert "site *" in names
    nu = network.stoichiometric_matrix(network.species)
    assert not (carried @ nu).any()


def test_the_only_cycle_of_a_serial_mechanism(haber):
    # N2 once, H2 three times, each fragment step twice
    np.testing.assert_array_equal(haber.cycles(), [[0.5 * 2, 3, 2, 2, 2]])


def test_cycles_leave_the_surface_unchanged_and_span_the_null_space():
    network = everything()
    cycles = network.cycles()
    assert not (network.nu_ij @ cycles.T).any()
    assert len(cycles) == len(network.steps) - np.linalg.matrix_rank(network.nu_ij)
    assert np.linalg.matrix_rank(cycles) == len(cycles)


def test_null_space_of_random_integer_matrices():
    rng = np.random.default_rng(20)
    for _ in range(20):
        matrix = rng.integers(-2, 3, size=(4, 7))
        basis = integer_null_space(matrix)
        assert not (matrix @ basis.T).any()
        assert len(basis) == 7 - np.linalg.matrix_rank(matrix)


def test_protons_and_electrons_need_no_declaration():
    species = {name: parse_species(name) for name in ("N2*", "NNH*")}
    network = Network(species, (parse_equation("N2* + H+ + e- <-> NNH*"),), {})
    assert set(network.species) == {"N2*", "NNH*", "H+", "e-"}


def test_states_with_free_names_keep_their_composition():
    states = {"2N": Species("2N", {"N": 2}, Phase.ADSORBATE, {"*": 1})}
    states["2N_N2"] = Species("2N_N2", {"N": 4}, Phase.ADSORBATE, {"*": 1})
    network = network_of([parse_equation("2N + N2(g) <-> 2N_N2", declared=states)], species=states)
    assert network.surface_species == ("2N", "2N_N2")


def test_unbalanced_network_is_refused():
    with pytest.raises(BalanceError, match=r"N2\* <-> NNH\*.*element H: \+1"):
        network_of([parse_equation("N2* <-> NNH*")])


def test_unknown_species_answers_with_the_nearest():
    species = {name: parse_species(name) for name in ("NNH*", "N2(g)", "*")}
    with pytest.raises(InputError, match=r"unknown species 'N2\*'; did you mean"):
        Network(species, (parse_equation("N2(g) + * <-> N2*"),), {})


def test_unknown_transition_state_is_refused():
    species = {name: parse_species(name) for name in ("N*", "N2(g)", "*")}
    with pytest.raises(InputError, match=r"unknown transition state 'N-N\*'"):
        Network(species, (parse_equation(HABER[0]),), {})


def test_two_steps_of_one_id_are_refused():
    with pytest.raises(InputError, match="two steps are called 'a'"):
        network_of([parse_equation("N2(g) + * <-> N2*", id="a"), parse_equation("N2* + * <-> 2N*", id="a")])


def test_step_by_id(haber):
    assert haber.step("N* + H* <-> NH* + *").products["NH*"] == 1
    with pytest.raises(InputError, match=r"there is no step 'N\* \+ H\*'; did you mean"):
        haber.step("N* + H*")


def test_graph_joins_reactants_step_and_products(haber):
    graph = haber.graph()
    assert graph.edges["*", "step: H2(g) + 2* <-> 2H*"]["n"] == 2
    assert graph.nodes["N2(g)"]["phase"] == "gas"
    assert set(graph.successors("step: N* + H* <-> NH* + *")) == {"NH*", "*"}
