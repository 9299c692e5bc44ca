"""Laws every mechanism obeys: equilibrium, detailed balance, conservation, invariance, limits."""

import dataclasses
import itertools
import random

import numpy as np
import pytest

import nrrsim
from nrrsim.analysis.diagram import free_energy_diagram
from nrrsim.analysis.operating_point import operate
from nrrsim.analysis.sensitivity import sensitivities
from nrrsim.core.conditions import Conditions
from nrrsim.core.species import Phase
from nrrsim.kinetics.closure import cycle_mismatches
from nrrsim.kinetics.energies import ConditionArrays
from nrrsim.kinetics.mechanism import Mechanism
from nrrsim.kinetics.rate_constants import rate_inputs
from nrrsim.kinetics.rate_laws import Equilibrium
from nrrsim.network.network import Network
from nrrsim.solvers.steady import certified_error
from nrrsim.thermo.corrections import Corrected
from nrrsim.thermo.shipped import reaction_gibbs
from nrrsim.units import K_B

THERMAL = [i for i in nrrsim.shipped_ids() if nrrsim.load(i).kind == "thermal"]
CLOSED = [i for i in THERMAL if not nrrsim.load(i).mechanism.closure.as_published]
BAND = {"assume_Ga0": [0.4, 0.6, 0.8]}


def at_equilibrium(mechanism: Mechanism, T: float) -> Conditions:
    """N2 and H2 at 10 and 30 bar with the NH3 that the mechanism's own gases are at equilibrium with."""
    gases = {gas: mechanism.thermo[f"{gas}(g)"] for gas in ("N2", "H2", "NH3")}
    G = {gas: float(thermo.gibbs(np.array([T]))[0]) for gas, thermo in gases.items()}
    ln_K = -(2 * G["NH3"] - G["N2"] - 3 * G["H2"]) / (K_B * T)
    return Conditions(T=T, p={"N2": 10.0, "H2": 30.0, "NH3": float(np.sqrt(10.0 * 30.0**3) * np.exp(ln_K / 2))})


@pytest.mark.parametrize("T", [550.0, 673.0, 800.0])
@pytest.mark.parametrize("catalyst", CLOSED)
def test_no_net_rate_at_equilibrium(catalyst, T):
    mechanism = nrrsim.load(catalyst).mechanism
    point = operate(mechanism, at_equilibrium(mechanism, T))
    one_way = np.minimum(point.solution.forward_j, 1e300)
    for net, forward in zip(point.solution.net_j, one_way, strict=True):
        assert abs(net) < 1e-9 * forward


@pytest.mark.parametrize("catalyst", [i for i in THERMAL if i not in CLOSED])
def test_as_published_files_are_named_with_their_mismatch(catalyst, record_property):
    loaded = nrrsim.load(catalyst)
    (mismatch,) = cycle_mismatches(loaded.mechanism, ConditionArrays.of([loaded.conditions]))
    c = float(mismatch.c[0])
    record_property(
        "shown at the end",
        f"not in the equilibrium test: {catalyst}, as published, c = {c:+.6f} eV at {loaded.conditions.T:g} K",
    )
    assert abs(c) > 1e-6
    assert any("as published" in w for w in nrrsim.solve(loaded).warnings)


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-terrace"])
def test_detailed_balance_step_by_step(catalyst):
    """ln kf/kr of each step is -dG/kT of its own states at these pressures, in the state energies as read."""
    loaded = nrrsim.load(catalyst)
    T, p = loaded.conditions.T, loaded.conditions.p
    inputs = rate_inputs(loaded.mechanism, [loaded.conditions])
    for j, step in enumerate(loaded.mechanism.network.steps):
        dG = 0.0
        for name, nu in step.stoichiometry.items():
            if name in loaded.mechanism.thermo:
                dG += nu * float(loaded.mechanism.thermo[name].gibbs(np.array([T]))[0])
            if name.endswith("(g)"):
                dG += nu * K_B * T * np.log(p[name.removesuffix("(g)")])
        assert inputs.ln_kf_cj[0, j] - inputs.ln_kr_cj[0, j] == pytest.approx(-dG / (K_B * T), abs=1e-10)


@pytest.mark.parametrize("catalyst", CLOSED)
def test_detailed_balance_of_each_step(catalyst):
    """ln kf - ln kr of all steps round a cycle is that of the gas phase, whatever the rate laws."""
    loaded = nrrsim.load(catalyst)
    conditions = loaded.conditions
    inputs = rate_inputs(loaded.mechanism, [conditions])
    (sigma_j,) = loaded.mechanism.network.cycles()
    ln_ratio = float(sigma_j @ (inputs.ln_kf_cj[0] - inputs.ln_kr_cj[0]))
    dG = float(reaction_gibbs({"N2": -1, "H2": -3, "NH3": 2}, np.array([conditions.T]))[0])
    p = conditions.p
    Q = p["NH3"] ** 2 / (p["N2"] * p["H2"] ** 3)
    assert ln_ratio == pytest.approx(-dG / (K_B * conditions.T) - np.log(Q), abs=1e-9)


@pytest.mark.parametrize("catalyst", [*THERMAL, "tio2-mo", "tio2-ru"])
def test_coverages_sum_to_one_on_each_type(catalyst):
    result = nrrsim.solve(catalyst, **(BAND if catalyst.startswith("tio2") else {}))
    assert result.success
    assert result.certificate.site_sum_error < 1e-13


@pytest.mark.parametrize(
    ("catalyst", "conditions"),
    [
        *((i, {"T": T}) for i in THERMAL for T in (573.0, 673.0, 773.0)),
        ("tio2-mo", {"U_RHE": -0.6}),
        ("tio2-w", {"U_RHE": -1.1}),
    ],
)
def test_rate_control_sums_to_one(catalyst, conditions):
    result = nrrsim.solve(catalyst, **conditions, **(BAND if catalyst.startswith("tio2") else {}))
    assert abs(result.tof["NH3"]) > 0
    assert sum(result.rate_control.values()) == pytest.approx(1.0, abs=1e-8)


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-terrace"])
def test_elements_are_conserved_by_the_turnovers(catalyst):
    tof = nrrsim.solve(catalyst).tof
    assert 2 * tof["N2"] + tof["NH3"] == pytest.approx(0.0, abs=1e-12 * abs(tof["NH3"]))
    assert 2 * tof["H2"] + 3 * tof["NH3"] == pytest.approx(0.0, abs=1e-12 * abs(tof["NH3"]))


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


def shifted(mechanism: Mechanism, elements: dict[str, float], sites: dict[str, float]) -> Mechanism:
    """E_i + sum_e n_ie c_e + sigma_i c_site for species, gases, free sites and transition states."""
    network = mechanism.network
    thermo = dict(mechanism.thermo)
    for name, species in network.species.items():
        shift = sum(n * elements[e] for e, n in species.composition.items()) + sum(
            n * sites[t] for t, n in species.sites.items()
        )
        if species.phase is Phase.SITE:
            thermo[name] = Level(shift)
        elif name in thermo:
            thermo[name] = Corrected(thermo[name], shift, "reference shift", "test")
    for step in network.steps:  # a transition state has the atoms and sites of its initial state
        if step.transition_state is not None:
            atoms_and_sites = [(network.species[name], n) for name, n in step.reactants.items()]
            shift = sum(n * k * elements[e] for s, n in atoms_and_sites for e, k in s.composition.items())
            shift += sum(n * k * sites[t] for s, n in atoms_and_sites for t, k in s.sites.items())
            thermo[step.transition_state] = Corrected(thermo[step.transition_state], shift, "reference shift", "test")
    return dataclasses.replace(mechanism, thermo=thermo)


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-terrace", "ru-dahl2000", "tio2-mo"])
def test_reference_shifts_change_no_turnover_and_no_limiting_potential(catalyst):
    rng = np.random.default_rng(7)
    loaded = nrrsim.load(catalyst)
    mechanism = loaded.mechanism.with_assumed_barrier(0.6) if catalyst == "tio2-mo" else loaded.mechanism
    conditions = dataclasses.replace(loaded.conditions, U_RHE=-0.5) if catalyst == "tio2-mo" else loaded.conditions
    reference = operate(mechanism, conditions)
    potentials = {p.name: p.limiting_potential for p in free_energy_diagram(loaded, conditions).pathways}
    for _ in range(3):
        elements = {e: float(rng.uniform(-100, 100)) for e in ("N", "H")}
        sites = {t: float(rng.uniform(-100, 100)) for t in mechanism.network.site_types}
        moved = shifted(mechanism, elements, sites)
        assert operate(moved, conditions).solution.tof["NH3"] == pytest.approx(reference.solution.tof["NH3"], rel=1e-9)
        diagram = free_energy_diagram(dataclasses.replace(loaded, mechanism=moved), conditions)
        assert_same_potentials(diagram, potentials)


def assert_same_potentials(diagram, potentials):
    assert {p.name for p in diagram.pathways} == set(potentials)
    for pathway in diagram.pathways:
        if potentials[pathway.name] is None:
            assert pathway.limiting_potential is None
        else:
            assert pathway.limiting_potential == pytest.approx(potentials[pathway.name], rel=1e-9)


def permuted(mechanism: Mechanism, seed: int) -> Mechanism:
    order = random.Random(seed)
    species, steps = list(mechanism.network.species.items()), list(mechanism.network.steps)
    order.shuffle(species)
    order.shuffle(steps)
    # the first site type is the basis of turnovers: keep which one it is
    species.sort(key=lambda item: 0 if item[1].phase is Phase.SITE and item[0] == "*" else 1)
    return dataclasses.replace(
        mechanism, network=Network(dict(species), tuple(steps), mechanism.network.transition_states)
    )


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-dahl2000", "tio2-mo"])
def test_order_of_species_and_steps_changes_nothing(catalyst):
    loaded = nrrsim.load(catalyst)
    mechanism = loaded.mechanism.with_assumed_barrier(0.6) if catalyst == "tio2-mo" else loaded.mechanism
    reference = operate(mechanism, loaded.conditions)
    control = sensitivities(reference, "NH3").rate_control
    potentials = {p.name: p.limiting_potential for p in free_energy_diagram(loaded, loaded.conditions).pathways}
    for seed in range(4):
        point = operate(permuted(mechanism, seed), loaded.conditions)
        assert point.solution.tof["NH3"] == pytest.approx(reference.solution.tof["NH3"], rel=1e-9)
        for name, theta in point.solution.coverages.items():
            assert theta == pytest.approx(reference.solution.coverages[name], rel=1e-8)
        for step, x in sensitivities(point, "NH3").rate_control.items():
            assert x == pytest.approx(control[step], abs=1e-8)
        reordered = dataclasses.replace(loaded, mechanism=permuted(loaded.mechanism, seed))
        assert_same_potentials(free_energy_diagram(reordered, loaded.conditions), potentials)


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-dahl2000"])
def test_orders_and_apparent_energy_are_the_derivatives_of_the_turnover(catalyst):
    """Central differences of ln TOF, which double precision resolves here because N2 dissociation limits."""
    loaded = nrrsim.load(catalyst)
    result = nrrsim.solve(loaded)
    step = 1e-4
    for gas, order in result.reaction_orders.items():
        up, down = (
            nrrsim.solve(loaded, p={gas: loaded.conditions.p[gas] * np.exp(s)}).tof["NH3"] for s in (step, -step)
        )
        assert order == pytest.approx(np.log(up / down) / (2 * step), abs=1e-6)
    T = loaded.conditions.T
    up, down = (nrrsim.solve(loaded, T=T + s).tof["NH3"] for s in (0.05, -0.05))
    assert result.apparent_activation_energy == pytest.approx(K_B * T**2 * np.log(up / down) / 0.1, abs=1e-6)


def test_rate_control_is_the_derivative_to_each_constant():
    loaded = nrrsim.load("ru-step")
    result = nrrsim.solve(loaded)
    inputs = rate_inputs(loaded.mechanism, [loaded.conditions])
    from nrrsim.analysis.operating_point import _problem
    from nrrsim.solvers.steady import steady_state
    from nrrsim.solvers.topology import compile_topology

    problem = _problem(compile_topology(loaded.mechanism.network, inputs.equilibrium_j), inputs)
    h = 1e-4
    for j, step in enumerate(loaded.mechanism.network.steps):
        e = np.zeros(len(loaded.mechanism.network.steps))
        e[j] = h
        up, down = (
            steady_state(
                dataclasses.replace(problem, ln_kf_j=problem.ln_kf_j + s * e, ln_kr_j=problem.ln_kr_j + s * e)
            ).tof["NH3"]
            for s in (1, -1)
        )
        assert result.rate_control[step.id] == pytest.approx(np.log(up / down) / (2 * h), abs=1e-6)


def test_zero_pressure_leaves_its_species_away():
    loaded = nrrsim.load("ru-step")
    without_ammonia = nrrsim.solve(loaded, p={"NH3": 0.0})
    trace = nrrsim.solve(loaded, p={"NH3": 1e-12})
    assert without_ammonia.success
    assert without_ammonia.tof["NH3"] == pytest.approx(trace.tof["NH3"], rel=1e-6)
    without_nitrogen = nrrsim.solve(loaded, p={"NH3": 0.0, "N2": 0.0})
    assert without_nitrogen.success
    assert without_nitrogen.tof["NH3"] == 0.0
    assert without_nitrogen.coverages["NH2*"] == 0.0


@pytest.mark.parametrize("catalyst", ["ru-step", "ru-terrace"])
def test_any_set_of_steps_may_be_held_at_equilibrium(catalyst):
    """All 63 sets without N-N cleavage: certified, and close to the answer of the fast steps that they replace."""
    loaded = nrrsim.load(catalyst)
    mechanism = loaded.mechanism
    others = [s.id for s in mechanism.network.steps if not s.id.startswith("N2* + *")]
    reference = operate(mechanism, loaded.conditions).solution.tof["NH3"]
    for size in range(1, len(others) + 1):
        for held in itertools.combinations(others, size):
            rates = {**mechanism.rates, **{step: Equilibrium() for step in held}}
            solution = operate(dataclasses.replace(mechanism, rates=rates), loaded.conditions).solution
            assert solution.success, (held, solution.status)
            assert solution.tof["NH3"] == pytest.approx(reference, rel=0.02)  # cleavage controls the rate to 0.995


def test_a_fixed_point_of_the_frozen_chain_is_no_steady_state_where_steps_at_equilibrium_move_two_sites():
    """The chain takes the flows of both sites for independent, and once certified 70,000 times the TOF."""
    loaded = nrrsim.load("ru-step")
    mechanism = loaded.mechanism
    held = [s.id for s in mechanism.network.steps if s.id.startswith(("NH* + H*", "NH2* + H*"))]
    assert len(held) == 2
    rates = {**mechanism.rates, **{step: Equilibrium() for step in held}}
    point = operate(dataclasses.replace(mechanism, rates=rates), loaded.conditions)
    species = point.problem.topology.species
    false = {"N2*": 1.143e-4, "N*": 0.13255, "H*": 0.86218, "NH*": 9.583e-6, "NH2*": 4.617e-4, "NH3*": 9.582e-6}
    theta = np.array([false.get(name, 1.0 - sum(false.values())) for name in species])
    assert certified_error(point.problem, theta) == np.inf
    assert certified_error(point.problem, point.solution.theta_i) < 1e-7
