"""Laws of whole-site states made from steps between single adsorbates: the chain is that of c well-mixed positions."""

import dataclasses
import itertools
import math
import random
from pathlib import Path

import numpy as np
import pytest

import nrrsim
from nrrsim.analysis.diagram import free_energy_diagram
from nrrsim.analysis.operating_point import operate
from nrrsim.analysis.sensitivity import sensitivities
from nrrsim.core.species import Phase
from nrrsim.kinetics.energies import ConditionArrays, StateEnergies
from nrrsim.kinetics.expansion import expanded
from nrrsim.kinetics.mechanism import Mechanism
from nrrsim.kinetics.rate_constants import rate_inputs
from nrrsim.network.network import Network
from nrrsim.thermo.corrections import Corrected
from nrrsim.units import K_B

HEAD = """
format: nrrsim-catalyst/1
name: a test
source: {note: "a test, not a catalyst"}
gas: {policy: own}
zeros_agree: "a test"
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -0.8 eV, thermo: shipped}
"""
CONDITIONS = "\nconditions: {T: 700 K, p: {N2: 20 bar, H2: 60 bar, NH3: 1 bar}}\n"
SURFACE = 'site: {model: surface, types: {"*": {density: 1e-9 mol/cm2}}}\n'
EXPAND = "expand: {{capacity: {}, energies: additive}}\n"
ISOLATED = SURFACE.replace("surface", "isolated")

# N and H compete for positions, N2* breaks beside a free one: steps of one and of two positions, alike and unlike
COMPETING = """
  N2*: {enthalpy: -0.65 eV, entropy: 0.0006 eV/K}
  N*: {enthalpy: -0.30 eV, entropy: 0.0003 eV/K}
  H*: {enthalpy: -0.02 eV, entropy: 0.0004 eV/K}
  NH*: {enthalpy: -0.60 eV, entropy: 0.0004 eV/K}
steps:
  - {id: uptake, equation: N2(g) + * <-> N2*, rate: {A: 3e2 1/s/bar, Ea: 0.0 eV}}
  - {id: cleavage, equation: N2* + * <-> 2N*, rate: {A: 5e3 1/s, Ea: 0.0 eV}}
  - {id: hydrogen, equation: H2(g) + 2* <-> 2H*, rate: {A: 5e1 1/s/bar, Ea: 0.0 eV}}
  - {id: ammonia, equation: N* + H* + H2(g) <-> NH3(g) + 2*, rate: {A: 2e2 1/s/bar, Ea: 0.0 eV}}
  - {id: transfer, equation: N* + * + H2(g) <-> NH* + H*, rate: {A: 7e1 1/s/bar, Ea: 0.0 eV}}
  - {id: release, equation: NH* + H2(g) <-> NH3(g) + *, rate: {A: 4e1 1/s/bar, Ea: 0.0 eV}}
"""

# every reaction takes one adsorbate: positions are independent of one another
LINEAR = """
  N2*: {enthalpy: -0.9 eV, entropy: 0.0006 eV/K}
  HNNH*: {enthalpy: -0.6 eV, entropy: 0.0008 eV/K}
  NH3*: {enthalpy: -1.0 eV, entropy: 0.0009 eV/K}
transition_states: {NN-HH*: {enthalpy: 0.6 eV, entropy: 0.0007 eV/K}}
steps:
  - {id: uptake, equation: N2(g) + * <-> N2*, rate: {sticking: 0.3}}
  - {id: first, equation: N2* + H2(g) <-> NN-HH* <-> HNNH*}
  - {id: second, equation: HNNH* + 2H2(g) <-> NH3* + NH3(g), rate: {A: 1e3 1/s/bar**2, Ea: 0.4 eV}}
  - {id: release, equation: NH3* <-> NH3(g) + *}
"""

# six adsorbates, two transition states, one barrier from a BEP line
DISSOCIATIVE = """
  N2*: {energy: -0.5 eV, frequencies: 2100 500 480 350 70 60 1/cm}
  N*: {energy: -0.6 eV, frequencies: 530 507 471 1/cm}
  H*: {energy: -0.4 eV, frequencies: 1004 626 616 1/cm}
  NH*: {energy: -0.9 eV, frequencies: 3384 726 669 506 410 388 1/cm}
  NH2*: {energy: -1.2 eV, frequencies: 3529 3375 1477 720 616 582 469 286 106 1/cm}
  OWN
transition_states:
  N-N*: {energy: 0.6 eV, frequencies: 549 497 436 418 392 1/cm}
  NH-H*: {bep: {slope: 0.8, intercept: 1.1 eV, of: "NH* + H* <-> NH2* + *"}}
steps:
  - N2(g) + * <-> N2*
  - {id: cleavage, equation: N2* + * <-> N-N* <-> 2N*}
  - H2(g) + 2* <-> 2H*
  - {id: first, equation: N* + H* <-> NH* + *, rate: {A: 1e13 1/s, Ea: 1.0 eV}}
  - {id: second, equation: NH* + H* <-> NH-H* <-> NH2* + *}
  - {id: last, equation: NH2* + H* <-> NH3(g) + 2*, rate: {A: 1e13 1/s, Ea: 1.2 eV}}
"""
OWN = """2N: {energy: -1.0 eV, frequencies: 530 507 471 530 507 471 1/cm}
  H_N: {energy: -0.8 eV, frequencies: 530 507 471 1004 626 616 1/cm}"""


@pytest.fixture
def read(tmp_path: Path):
    def read(body: str, capacity: int | None):
        path = tmp_path / f"catalyst{capacity}.yaml"
        site = SURFACE if capacity is None else ISOLATED + EXPAND.format(capacity)
        path.write_text(HEAD + body.replace("  OWN\n", "") + CONDITIONS + site)
        return nrrsim.load(path)

    return read


def pressure_terms(catalyst, stoichiometry: dict[str, float]) -> float:
    """Sum of nu ln(p/p0) over the gases."""
    p = catalyst.conditions.p
    return sum(nu * math.log(p[n.removesuffix("(g)")]) for n, nu in stoichiometry.items() if n.endswith("(g)"))


# Detailed balance -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("capacity", [3, 4])
@pytest.mark.parametrize("body", [DISSOCIATIVE, DISSOCIATIVE.replace("OWN", OWN), COMPETING], ids=["sum", "own", "arr"])
def test_detailed_balance_of_each_step_with_the_degeneracies_of_its_states(read, body, capacity):
    catalyst = read(body, capacity)
    mechanism, T = catalyst.mechanism, catalyst.conditions.T
    inputs = rate_inputs(mechanism, [catalyst.conditions])
    energies = StateEnergies(mechanism, ConditionArrays.of([catalyst.conditions]))
    assert len(mechanism.network.steps) > 5 * capacity - 6
    for j, step in enumerate(mechanism.network.steps):
        dG = sum(nu * float(energies.gibbs(name)[0]) for name, nu in step.stoichiometry.items())
        wanted = -dG / (K_B * T) - pressure_terms(catalyst, step.stoichiometry)
        assert inputs.ln_kf_cj[0, j] - inputs.ln_kr_cj[0, j] == pytest.approx(wanted, abs=1e-10)


def test_the_free_energy_of_a_state_carries_its_arrangements(read):
    catalyst = read(DISSOCIATIVE, 4)
    kT = K_B * catalyst.conditions.T
    energies = StateEnergies(catalyst.mechanism, ConditionArrays.of([catalyst.conditions]))
    alone = {name: catalyst.mechanism.thermo[f"{name}*"].gibbs(np.array([700.0]))[0] for name in ("N", "H", "NH")}
    for name, parts, W in (("2N", "NN", 6), ("H_N", "HN", 12), ("2H_2N", "HHNN", 6), ("3H_N", "HHHN", 4)):
        wanted = sum(alone[part] for part in parts) - kT * math.log(W)
        assert energies.gibbs(name)[0] == pytest.approx(wanted, abs=1e-12)
    assert energies.gibbs("*")[0] == 0.0


@pytest.mark.parametrize("capacity", [3, 4])
@pytest.mark.parametrize("body", [DISSOCIATIVE.replace("OWN", OWN), COMPETING], ids=["own", "arrhenius"])
def test_every_cycle_of_the_chain_closes_with_the_gas_phase(read, body, capacity):
    catalyst = read(body, capacity)
    mechanism, T = catalyst.mechanism, catalyst.conditions.T
    inputs = rate_inputs(mechanism, [catalyst.conditions])
    cycles, gases = mechanism.network.cycles(), mechanism.network.gases
    made = cycles @ mechanism.network.stoichiometric_matrix(gases).T
    assert cycles.shape[0] > 3
    G = np.array([float(mechanism.thermo[gas].gibbs(np.array([T]))[0]) for gas in gases]) / (K_B * T)
    ln_p = np.array([pressure_terms(catalyst, {gas: 1}) for gas in gases])
    np.testing.assert_allclose(cycles @ (inputs.ln_kf_cj[0] - inputs.ln_kr_cj[0]), -made @ (G + ln_p), atol=1e-9)


@pytest.mark.parametrize("capacity", [3, 4])
def test_no_net_rate_at_equilibrium_and_populations_of_boltzmann(read, capacity):
    catalyst = read(DISSOCIATIVE.replace("OWN", OWN), capacity)
    T = catalyst.conditions.T
    G = {g: float(catalyst.mechanism.thermo[f"{g}(g)"].gibbs(np.array([T]))[0]) for g in ("N2", "H2", "NH3")}
    ln_K = -(2 * G["NH3"] - G["N2"] - 3 * G["H2"]) / (K_B * T)
    p = {"N2": 20.0, "H2": 60.0, "NH3": math.sqrt(20.0 * 60.0**3) * math.exp(ln_K / 2)}
    conditions = dataclasses.replace(catalyst.conditions, p=p)
    found = operate(catalyst.mechanism, conditions).solution
    assert np.all(np.abs(found.net_j) < 1e-9 * found.forward_j)
    energies = StateEnergies(catalyst.mechanism, ConditionArrays.of([conditions]))
    mu = {g: G[g] + K_B * T * math.log(p[g]) for g in p}
    nitrogen, hydrogen = mu["N2"] / 2, mu["H2"] / 2
    weight = {}
    for name in found.coverages:
        atoms = catalyst.mechanism.network.species[name].composition
        grand = energies.gibbs(name)[0] - atoms.get("N", 0) * nitrogen - atoms.get("H", 0) * hydrogen
        weight[name] = math.exp(-grand / (K_B * T))
    for name, theta in found.coverages.items():
        assert theta == pytest.approx(weight[name] / sum(weight.values()), rel=1e-8)


# Limits with known answers --------------------------------------------------------------------------------------------


def test_one_position_is_the_plain_isolated_site(read, tmp_path):
    made = nrrsim.solve(read(LINEAR, 1))
    path = tmp_path / "plain.yaml"
    path.write_text(HEAD + LINEAR + CONDITIONS + ISOLATED)
    written = nrrsim.solve(path)
    assert made.tof_unit == written.tof_unit == "1/s per isolated site"
    for gas, tof in written.tof.items():
        assert made.tof[gas] == pytest.approx(tof, rel=1e-12)
    assert {n if n == "*" else f"{n}*": t for n, t in made.coverages.items()} == pytest.approx(
        written.coverages, rel=1e-12
    )
    for step, control in written.rate_control.items():
        assert made.rate_control[f"{step} @ *"] == pytest.approx(control, abs=1e-12)


def mean_coverages(catalyst, coverages) -> dict[str, float]:
    """Adsorbates per position."""
    expansion = catalyst.mechanism.expansion
    mean: dict[str, float] = {}
    for state, theta in coverages.items():
        for name, n in expansion.occupation[state].items():
            mean[name] = mean.get(name, 0.0) + n * theta / expansion.capacity
    return mean


@pytest.mark.parametrize("capacity", [1, 2, 3, 6])
def test_independent_positions_are_the_mean_field_whatever_the_capacity(read, capacity):
    surface = nrrsim.solve(read(LINEAR, None))
    catalyst = read(LINEAR, capacity)
    chain = nrrsim.solve(catalyst)
    assert chain.success
    assert abs(surface.tof["NH3"]) > 1e-6
    for gas, tof in surface.tof.items():
        assert chain.tof[gas] / capacity == pytest.approx(tof, rel=1e-9)
    mean = mean_coverages(catalyst, chain.coverages)
    assert mean == pytest.approx({n: t for n, t in surface.coverages.items() if n != "*"}, rel=1e-9)
    # positions are independent: the states are distributed as c draws with the surface's coverages
    for state, parts in catalyst.mechanism.expansion.occupation.items():
        free = capacity - sum(parts.values())
        drawn = math.factorial(capacity) / math.factorial(free) * surface.coverages["*"] ** free
        for name, n in parts.items():
            drawn *= surface.coverages[name] ** n / math.factorial(n)
        assert chain.coverages[state] == pytest.approx(drawn, rel=1e-8)
    control = catalyst.mechanism.expansion.by_elementary_step(chain.rate_control)
    assert control == pytest.approx(surface.rate_control, abs=1e-8)
    assert chain.apparent_activation_energy == pytest.approx(surface.apparent_activation_energy, rel=1e-8)


@pytest.mark.parametrize("capacity", [1, 2, 5, 9])
def test_langmuir_adsorption_is_binomial(read, capacity):
    body = """
  N2*: {enthalpy: -0.6 eV, entropy: 0.0006 eV/K}
steps:
  - {equation: N2(g) + * <-> N2*, rate: {A: 1e3 1/s/bar, Ea: 0 eV}}
"""
    catalyst = read(body, capacity)
    T, p = catalyst.conditions.T, catalyst.conditions.p["N2"]
    dG = float(
        (
            catalyst.mechanism.thermo["N2*"].gibbs(np.array([T]))
            - catalyst.mechanism.thermo["N2(g)"].gibbs(np.array([T]))
        )[0]
    )
    Kp = p * math.exp(-dG / (K_B * T))
    theta = Kp / (1 + Kp)
    found = nrrsim.solve(catalyst).coverages
    assert 0.05 < theta < 0.95
    assert len(found) == capacity + 1
    for n in range(capacity + 1):
        name = "*" if n == 0 else f"{n if n > 1 else ''}N2"
        wanted = math.comb(capacity, n) * theta**n * (1 - theta) ** (capacity - n)
        assert found[name] == pytest.approx(wanted, rel=1e-11)


@pytest.mark.parametrize("capacity", [4, 5])
def test_pairs_of_atoms_are_binomial_among_what_can_be_reached(read, capacity):
    """H arrives and leaves in pairs: states with an odd number of them are none."""
    body = """
  H*: {enthalpy: -0.4 eV, entropy: 0.0002 eV/K}
steps:
  - {equation: H2(g) + 2* <-> 2H*, rate: {A: 1e3 1/s/bar, Ea: 0 eV}}
"""
    catalyst = read(body, capacity)
    T, p = catalyst.conditions.T, catalyst.conditions.p["H2"]
    thermo = catalyst.mechanism.thermo
    dG = float((2 * thermo["H*"].gibbs(np.array([T])) - thermo["H2(g)"].gibbs(np.array([T])))[0])
    z = math.sqrt(p) * math.exp(-dG / (2 * K_B * T))
    weight = {n: math.comb(capacity, n) * z**n for n in range(0, capacity + 1, 2)}
    found = nrrsim.solve(catalyst).coverages
    assert found == pytest.approx(
        {("*" if n == 0 else f"{n}H"): w / sum(weight.values()) for n, w in weight.items()}, rel=1e-11
    )


# Against the master equation of labelled positions --------------------------------------------------------------------


def lattice_events(state: tuple[str, ...], k: dict[str, tuple[float, float]]):
    """What can happen to labelled positions: the state after it, its rate, and what it does to NH3."""

    def put(x: int, at_x: str, y: int | None = None, at_y: str = "") -> tuple[str, ...]:
        after = list(state)
        after[x] = at_x
        if y is not None:
            after[y] = at_y
        return tuple(after)

    for x in range(len(state)):
        if state[x] == "*":
            yield put(x, "N2"), k["uptake"][0], 0
        if state[x] == "N2":
            yield put(x, "*"), k["uptake"][1], 0
        if state[x] == "NH":
            yield put(x, "*"), k["release"][0], 1
        if state[x] == "*":
            yield put(x, "NH"), k["release"][1], -1
    for x, y in itertools.permutations(range(len(state)), 2):
        here = (state[x], state[y])
        if here == ("N2", "*"):
            yield put(x, "N", y, "N"), k["cleavage"][0], 0
        if here == ("N", "N"):  # the molecule is left on x; the other order leaves it on y
            yield put(x, "N2", y, "*"), k["cleavage"][1], 0
        if here == ("*", "*") and x < y:
            yield put(x, "H", y, "H"), k["hydrogen"][0], 0
        if here == ("H", "H") and x < y:
            yield put(x, "*", y, "*"), k["hydrogen"][1], 0
        if here == ("N", "H"):
            yield put(x, "*", y, "*"), k["ammonia"][0], 1
        if here == ("*", "*"):
            yield put(x, "N", y, "H"), k["ammonia"][1], -1
        if here == ("N", "*"):  # NH stays where N was
            yield put(x, "NH", y, "H"), k["transfer"][0], 0
        if here == ("NH", "H"):
            yield put(x, "N", y, "*"), k["transfer"][1], 0


def lattice(capacity: int, k: dict[str, tuple[float, float]]) -> tuple[dict[str, float], float]:
    """Populations by what is on the site, and NH3 per second, from the dense master equation of all arrangements."""
    states = [("*",) * capacity]
    for state in states:  # grows while it is read: all that can be reached from the empty site
        states += sorted({after for after, *_ in lattice_events(state, k)} - set(states))
    place = {state: a for a, state in enumerate(states)}
    generator = np.zeros((len(states), len(states)))
    made = np.zeros(len(states))
    for state, a in place.items():
        for after, rate, ammonia in lattice_events(state, k):
            generator[place[after], a] += rate
            generator[a, a] -= rate
            made[a] += ammonia * rate
    generator[0] = 1.0
    right = np.zeros(len(states))
    right[0] = 1.0
    pi = np.linalg.solve(generator, right)
    lumped: dict[str, float] = {}
    for state, a in place.items():
        counts = {n: state.count(n) for n in ("H", "N", "N2", "NH") if n in state}
        name = "_".join(f"{c if c > 1 else ''}{n}" for n, c in counts.items()) or "*"
        lumped[name] = lumped.get(name, 0.0) + float(pi[a])
    return lumped, float(made @ pi)


def elementary_constants(read) -> dict[str, tuple[float, float]]:
    """Constants of single events, pressures in them, from the same steps as a surface."""
    surface = read(COMPETING, None)
    inputs = rate_inputs(surface.mechanism, [surface.conditions])
    steps = surface.mechanism.network.steps
    return {s.id: (math.exp(inputs.ln_kf_cj[0, j]), math.exp(inputs.ln_kr_cj[0, j])) for j, s in enumerate(steps)}


@pytest.mark.parametrize("capacity", [3, 4])
def test_the_chain_is_the_master_equation_of_labelled_positions(read, capacity):
    coverages, ammonia = lattice(capacity, elementary_constants(read))
    found = nrrsim.solve(read(COMPETING, capacity))
    assert found.success
    assert abs(ammonia) > 1
    assert set(found.coverages) == set(coverages)
    for name, theta in coverages.items():
        assert found.coverages[name] == pytest.approx(theta, rel=1e-9)
    assert found.tof["NH3"] == pytest.approx(ammonia, rel=1e-9)


PAIRS = """
  N*: {enthalpy: -0.35 eV, entropy: 0.0003 eV/K}
  H*: {enthalpy: -0.10 eV, entropy: 0.0003 eV/K}
steps:
  - {id: nitrogen, equation: N2(g) + 2* <-> 2N*, rate: {A: 5e3 1/s/bar, Ea: 0.0 eV}}
  - {id: hydrogen, equation: H2(g) + 2* <-> 2H*, rate: {A: 5e1 1/s/bar, Ea: 0.0 eV}}
  - {id: ammonia, equation: N* + H* + H2(g) <-> NH3(g) + 2*, rate: {A: 2e2 1/s/bar, Ea: 0.0 eV}}
"""


def test_many_positions_approach_the_mean_field(read):
    """A position has c - 1 neighbours, so that the pair constants of a surface are shared out among them."""
    surface = nrrsim.solve(read(PAIRS, None)).tof["NH3"]
    assert surface > 1
    off = {}
    for capacity in (4, 12, 16, 20, 24, 29):
        scaled = PAIRS
        for written, alike in (("5e3 1/s/bar", 2), ("5e1 1/s/bar", 2), ("2e2 1/s/bar", 1)):
            value, unit = float(written.split()[0]) * alike / (capacity - 1), written.split()[1]
            assert scaled.count(written) == 1
            scaled = scaled.replace(written, f"{value!r} {unit}")
        off[capacity] = nrrsim.solve(read(scaled, capacity)).tof["NH3"] / capacity / surface - 1
    assert abs(off[4]) > 0.1
    for few, more in itertools.pairwise((12, 16, 20, 24, 29)):
        assert abs(off[more]) < abs(off[few])
    assert abs(off[29]) < 0.005
    # correlations between well-mixed positions are of order 1/c
    assert off[29] * 29 == pytest.approx(off[20] * 20, rel=0.1)


def test_one_position_has_no_cycle_of_steps_that_need_two(read):
    found = nrrsim.solve(read(COMPETING, 1))
    assert found.tof == {}
    assert "nothing turns over" in found.status
    assert any("left out: cleavage; hydrogen; ammonia; transfer." in w for w in found.warnings)


# Invariance -----------------------------------------------------------------------------------------------------------


class Level:
    """A state with one energy at every temperature."""

    notes = ()

    def __init__(self, energy: float) -> None:
        self.energy = energy

    def gibbs(self, T):
        return np.full_like(T, self.energy)

    enthalpy = gibbs

    def entropy(self, T):
        return np.zeros_like(T)


def own_states(catalyst) -> dict[str, object]:
    """The energies that a file gives to states of several adsorbates."""
    expansion = catalyst.mechanism.expansion
    several = {name for name, parts in expansion.occupation.items() if sum(parts.values()) > 1}
    return {name: catalyst.mechanism.thermo[name] for name in several - set(expansion.additive)}


@pytest.mark.parametrize("capacity", [4, 5])
def test_reference_shifts_of_elements_and_positions_change_no_turnover(read, capacity):
    rng = np.random.default_rng(3)
    catalyst = read(DISSOCIATIVE.replace("OWN", OWN), capacity)
    elementary, conditions = catalyst.mechanism.expansion.elementary, catalyst.conditions
    reference = operate(catalyst.mechanism, conditions).solution
    assert abs(reference.tof["NH3"]) > 0
    own = own_states(catalyst)
    assert set(own) == {"2N", "H_N"}
    for _ in range(3):
        element = {e: float(rng.uniform(-100, 100)) for e in ("N", "H")}
        site = float(rng.uniform(-100, 100))

        def shift(composition, positions, element=element, site=site):
            return sum(n * element[e] for e, n in composition.items()) + positions * site

        thermo = dict(elementary.thermo)
        for name, s in elementary.network.species.items():
            by = shift(s.composition, sum(s.sites.values()))
            thermo[name] = Level(by) if s.phase is Phase.SITE else Corrected(thermo[name], by, "shift", "test")
        for name, s in elementary.network.transition_states.items():
            thermo[name] = Corrected(thermo[name], shift(s.composition, 2), "shift", "test")
        species = catalyst.mechanism.network.species
        moved_own = {n: Corrected(t, shift(species[n].composition, capacity), "shift", "test") for n, t in own.items()}
        moved = expanded(dataclasses.replace(elementary, thermo=thermo), capacity, moved_own)
        assert operate(moved, conditions).solution.tof["NH3"] == pytest.approx(reference.tof["NH3"], rel=1e-8)


def permuted(mechanism: Mechanism, seed: int) -> Mechanism:
    order = random.Random(seed)
    species, steps = list(mechanism.network.species.items()), list(mechanism.network.steps)
    order.shuffle(species)
    order.shuffle(steps)
    network = Network(dict(species), tuple(steps), mechanism.network.transition_states)
    return dataclasses.replace(mechanism, network=network)


@pytest.mark.parametrize("seed", range(3))
def test_order_of_species_and_steps_changes_nothing(read, seed):
    catalyst = read(DISSOCIATIVE.replace("OWN", OWN), 4)
    reference = operate(catalyst.mechanism, catalyst.conditions)
    control = sensitivities(reference, "NH3").rate_control
    again = expanded(permuted(catalyst.mechanism.expansion.elementary, seed), 4, own_states(catalyst))
    point = operate(again, catalyst.conditions)
    assert point.solution.tof["NH3"] == pytest.approx(reference.solution.tof["NH3"], rel=1e-9)
    assert point.solution.coverages == pytest.approx(reference.solution.coverages, rel=1e-9)
    assert sensitivities(point, "NH3").rate_control == pytest.approx(control, abs=1e-8)


@pytest.mark.parametrize("body", [DISSOCIATIVE, DISSOCIATIVE.replace("OWN", OWN)], ids=["additive", "own"])
def test_a_step_means_the_same_from_either_side(read, body):
    """Transition states and barrierless steps know no direction, and neither do the ways in which they happen."""
    turned = body.replace("N2* + * <-> N-N* <-> 2N*", "2N* <-> N-N* <-> N2* + *")
    turned = turned.replace("H2(g) + 2* <-> 2H*", "2H* <-> H2(g) + 2*")
    assert turned != body
    one, other = (nrrsim.solve(read(text, 4)) for text in (body, turned))
    assert other.tof == pytest.approx(one.tof, rel=1e-9)
    assert other.coverages == pytest.approx(one.coverages, rel=1e-9)


# Energies of states ---------------------------------------------------------------------------------------------------


def test_an_energy_of_its_own_moves_its_state_and_no_other(read):
    plain = read(DISSOCIATIVE, 4)
    own = read(DISSOCIATIVE.replace("OWN", OWN.split("\n")[0]), 4)
    arrays = ConditionArrays.of([plain.conditions])
    before, after = (StateEnergies(c.mechanism, arrays) for c in (plain, own))
    moved = float(after.gibbs("2N")[0] - before.gibbs("2N")[0])
    assert moved == pytest.approx(0.2, abs=1e-9)  # -1.0 eV in place of 2 x (-0.6 eV), the modes being those of two N*
    for name in set(plain.mechanism.thermo) - {"2N"}:
        assert after.gibbs(name)[0] == before.gibbs(name)[0]
    inputs = [rate_inputs(c.mechanism, [c.conditions]) for c in (plain, own)]
    ratio = [(i.ln_kf_cj - i.ln_kr_cj)[0] for i in inputs]
    touched = 0
    for j, step in enumerate(plain.mechanism.network.steps):
        nu = step.stoichiometry.get("2N", 0)
        touched += abs(nu)
        assert ratio[1][j] - ratio[0][j] == pytest.approx(-nu * moved / (K_B * 700), abs=1e-9)
        if not nu:
            assert inputs[1].ln_kf_cj[0, j] == inputs[0].ln_kf_cj[0, j]
    assert touched >= 4
    assert "2N" in plain.mechanism.expansion.additive
    assert "2N" not in own.mechanism.expansion.additive


def test_rate_control_of_a_step_is_that_of_all_its_copies(read):
    catalyst = read(COMPETING, 3)
    found = nrrsim.solve(catalyst)
    control = catalyst.mechanism.expansion.by_elementary_step(found.rate_control)
    assert sum(control.values()) == pytest.approx(1.0, abs=1e-9)
    h = 1e-4
    for step, written in (("uptake", "3e2 1/s/bar"), ("cleavage", "5e3 1/s"), ("hydrogen", "5e1 1/s/bar")):
        value, unit = float(written.split()[0]), written.split()[1]
        up, down = (
            nrrsim.solve(read(COMPETING.replace(written, f"{value * math.exp(s)!r} {unit}"), 3)).tof["NH3"]
            for s in (h, -h)
        )
        assert control[step] == pytest.approx(math.log(up / down) / (2 * h), abs=1e-6)


def test_additive_states_follow_their_adsorbates_in_sweeps_and_gradients(read):
    catalyst = read(DISSOCIATIVE.replace("OWN", OWN), 4)
    point = operate(catalyst.mechanism, catalyst.conditions)
    gradient = sensitivities(point, "NH3").energy_gradient
    h = 1e-4
    for name, energy in (("N*", -0.6), ("NH*", -0.9), ("2N", -1.0), ("N-N*", 0.6)):
        swept = nrrsim.sweep(catalyst, energies={name: [energy + h, energy - h]}, rate_control=False)
        up, down = (float(v) for v in swept.tof.sel(gas="NH3"))
        assert gradient[name] == pytest.approx(math.log(up / down) / (2 * h), abs=1e-5)
    text = DISSOCIATIVE.replace("OWN", OWN).replace("N*: {energy: -0.6 eV", "N*: {energy: -0.55 eV", 1)
    swept = nrrsim.sweep(catalyst, energies={"N*": -0.55}, rate_control=False)
    assert float(swept.tof.sel(gas="NH3")) == pytest.approx(nrrsim.solve(read(text, 4)).tof["NH3"], rel=1e-9)
    with pytest.raises(nrrsim.InputError, match=r"2 H\* \+ 2 N\* has no energy of its own.*set their energies"):
        nrrsim.sweep(catalyst, energies={"2H_2N": -1.0})


def test_diagrams_are_those_of_the_steps_as_written(read):
    surface, catalyst = read(DISSOCIATIVE, None), read(DISSOCIATIVE, 4)
    wanted, found = (free_energy_diagram(c.as_written, c.conditions) for c in (surface, catalyst))
    assert found.pathways == wanted.pathways
    assert found.best == wanted.best
    assert not any("additive" in w for w in found.warnings)
