"""Exact sensitivities: what the implicit derivatives are worth against many digits, and the identities they obey."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import mpmath as mp
import numpy as np
import pytest

import nrrsim
from nrrsim.analysis import response
from nrrsim.analysis.operating_point import OperatingPoint, operate
from nrrsim.analysis.response import _weights_in_many_digits, linear_response
from nrrsim.analysis.sensitivity import Derivatives, Sensitivities, derivatives, sensitivities
from nrrsim.core.conditions import Conditions, volts_per_pH
from nrrsim.kinetics.bep import own_energy
from nrrsim.kinetics.energies import ConditionArrays
from nrrsim.kinetics.mechanism import Mechanism
from nrrsim.kinetics.rate_constants import RateInputs, rate_inputs
from nrrsim.kinetics.rate_laws import Barrierless, Equilibrium, ProtonElectronTransfer, Sticking, TransitionState
from nrrsim.screening import sweep
from nrrsim.solvers import multiprecision
from nrrsim.solvers._kernels.network import workspace
from nrrsim.solvers._kernels.response import step_weights
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.units import K_B

DATA = Path(__file__).parents[1] / "unit" / "io" / "data"
DIGITS = 150  # constants of one mechanism differ by up to 1e90
AGREES = {"rel": 1e-6, "abs": 1e-9}  # central differences: steps of 1e-5 eV or 1e-4 leave 1e-8 of each derivative

ELECTROCHEMICAL = """
format: nrrsim-catalyst/1
name: transfers with barriers of their own, on caps and off, two donors, hydrogen beside
source: {note: "a test, not a catalyst"}
site: {model: surface, types: {"*": {ratio: 1}, t: {ratio: 0.4}}}
gas: {policy: own}
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -1.0 eV, thermo: shipped}
  N2*: {enthalpy: -0.60 eV, entropy: 0.0004 eV/K}
  NNH*: {enthalpy: 0.05 eV, entropy: 0.0004 eV/K}
  NNH2*: {enthalpy: -0.35 eV, entropy: 0.0005 eV/K}
  N*: {enthalpy: -0.40 eV, entropy: 0.0001 eV/K}
  NH*: {enthalpy: -0.90 eV, entropy: 0.0002 eV/K}
  NH2*: {enthalpy: -1.20 eV, entropy: 0.0003 eV/K}
  NH3*: {enthalpy: -1.05 eV, entropy: 0.0003 eV/K}
  H*: {enthalpy: -0.15 eV, entropy: 0.0001 eV/K}
  H*t: {enthalpy: -0.20 eV, entropy: 0.0001 eV/K}
  N2*t: {enthalpy: 0.9 eV, entropy: 0.0004 eV/K}
transition_states:
  H-H*: {enthalpy: 0.75 eV, entropy: 0.0001 eV/K}
  H-H*t: {bep: {slope: 0.6, intercept: 0.9 eV, of: "2H*t <-> H2(g) + 2*t"}}
steps:
  - N2(g) + * <-> N2*
  - {equation: N2* + H+ + e- <-> NNH*, rate: {barrier: 0.75 eV, U_RHE: 0 V, beta: 0.4, donor: H3O+}}
  - {equation: NNH* + H+ + e- <-> NNH2*, rate: {barrier: 0.50 eV, U_RHE: 0 V, beta: 0.6, donor: H2O}}
  - {equation: NNH2* + H+ + e- <-> N* + NH3(g), rate: {barrier: 0.60 eV, U_RHE: 0 V, beta: 0.5, donor: H3O+}}
  - {equation: N* + H+ + e- <-> NH*, rate: {barrier: 0.05 eV, U_RHE: 0 V, beta: 0.5}}
  - {equation: NH* + H+ + e- <-> NH2*, rate: {barrier: 0.65 eV, U_RHE: 0 V, beta: 0.5}}
  - {equation: NH2* + H+ + e- <-> NH3*, rate: {barrier: 0.90 eV, U_RHE: -0.2 V, beta: 0.5, donor: H2O}}
  - {equation: NH2* + H* <-> NH3* + *, rate: {A: 1e12 1/s, Ea: 0.70 eV}}
  - NH3* <-> NH3(g) + *
  - {equation: "* + H+ + e- <-> H*", rate: {barrier: 0.55 eV, U_RHE: 0 V, beta: 0.5, donor: H3O+}}
  - {equation: H* + H+ + e- <-> H2(g) + *, rate: {barrier: 0.70 eV, U_RHE: 0 V, beta: 0.5, donor: H3O+}}
  - 2H* <-> H-H* <-> H2(g) + 2*
  - {equation: H* + *t <-> H*t + *, rate: {A: 1e11 1/s, Ea: 0.55 eV}}
  - 2H*t <-> H-H*t <-> H2(g) + 2*t
conditions: {T: 320 K, p: {N2: 1 bar, H2: 0.1 bar, NH3: 0.01 bar}, U_RHE: -0.25 V, pH: 3}
zeros_agree: "a test"
"""

ISOLATED = """
format: nrrsim-catalyst/1
name: two ways round one isolated site, and a side arm
source: {note: "a test, not a catalyst"}
site: {model: isolated}
gas: {policy: own}
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -0.95 eV, thermo: shipped}
  M: {composition: {}, enthalpy: 0 eV, entropy: 0 eV/K}
  M_N2: {composition: {N: 2}, enthalpy: -0.7 eV, entropy: 0.0006 eV/K}
  M_2N: {composition: {N: 2}, enthalpy: -1.1 eV, entropy: 0.0002 eV/K}
  M_N2H2: {composition: {N: 2, H: 2}, enthalpy: -0.6 eV, entropy: 0.0006 eV/K}
  M_N2H4: {composition: {N: 2, H: 4}, enthalpy: -1.3 eV, entropy: 0.0007 eV/K}
  M_N2H6: {composition: {N: 2, H: 6}, enthalpy: -2.1 eV, entropy: 0.0009 eV/K}
  M_NH3: {composition: {N: 1, H: 3}, enthalpy: -1.6 eV, entropy: 0.0006 eV/K}
  M_H2: {composition: {H: 2}, enthalpy: -0.5 eV, entropy: 0.0002 eV/K}
  H2O(g): {energy: 0 eV, thermo: shipped}
  M_H2O: {composition: {H: 2, O: 1}, enthalpy: -0.9 eV, entropy: 0.0004 eV/K}
transition_states:
  TS_cleave: {composition: {N: 2}, enthalpy: 0.2 eV, entropy: 0.0005 eV/K}
  TS_2: {composition: {N: 2, H: 2}, enthalpy: 0.3 eV, entropy: 0.0004 eV/K}
  TS_2b: {composition: {N: 2, H: 2}, bep: {slope: 0.7, intercept: 1.1 eV, of: "M_N2 + H2(g) <-> M_N2H2"}}
  TS_4: {composition: {N: 2, H: 4}, enthalpy: -0.1 eV, entropy: 0.0004 eV/K}
  TS_6: {composition: {N: 2, H: 6}, enthalpy: -0.9 eV, entropy: 0.0006 eV/K}
steps:
  - {equation: M + N2(g) <-> M_N2, rate: {A: 1e7 1/s/bar, Ea: 0.05 eV}}
  - M_N2 <-> TS_cleave <-> M_2N
  - {equation: M_2N + H2(g) <-> M_N2H2, rate: {A: 1e5 1/s/bar, Ea: 0.5 eV}}
  - M_N2 + H2(g) <-> TS_2b <-> M_N2H2
  - M_N2H2 + H2(g) <-> TS_4 <-> M_N2H4
  - M_N2H4 + H2(g) <-> TS_6 <-> M_N2H6
  - M_N2H6 <-> M_NH3 + NH3(g)
  - M_NH3 <-> M + NH3(g)
  - {equation: M + H2(g) <-> M_H2, rate: {A: 1e6 1/s/bar, Ea: 0.1 eV}}
  - {equation: M + H2O(g) <-> M_H2O, rate: {A: 1e6 1/s/bar, Ea: 0 eV}}
conditions: {T: 600 K, p: {N2: 10 bar, H2: 30 bar, NH3: 0.5 bar, H2O: 0.01 bar}}
zeros_agree: "a test"
"""

EXPANDED = """
format: nrrsim-catalyst/1
name: states of a site of four positions, made from adsorbates
source: {note: "a test, not a catalyst"}
site: {model: isolated}
expand: {capacity: 4, energies: additive}
gas: {policy: own}
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -0.95 eV, thermo: shipped}
  N*: {enthalpy: -0.6 eV, entropy: 0.0003 eV/K}
  H*: {enthalpy: -0.4 eV, entropy: 0.0002 eV/K}
  NH*: {enthalpy: -0.8 eV, entropy: 0.0003 eV/K}
  NH2*: {enthalpy: -1.0 eV, entropy: 0.0004 eV/K}
  NH3*: {enthalpy: -1.3 eV, entropy: 0.0008 eV/K}
transition_states:
  N-N*: {enthalpy: 0.6 eV, entropy: 0.0004 eV/K}
  NH-H*: {bep: {slope: 0.7, intercept: 1.1 eV, of: "NH* + H* <-> NH2* + *"}}
steps:
  - N2(g) + 2* <-> N-N* <-> 2N*
  - {equation: H2(g) + 2* <-> 2H*, rate: {A: 1e6 1/s/bar, Ea: 0.1 eV}}
  - {equation: N* + H* <-> NH* + *, rate: {A: 1e13 1/s, Ea: 1.0 eV}}
  - NH* + H* <-> NH-H* <-> NH2* + *
  - {equation: NH2* + H* <-> NH3* + *, rate: {A: 1e13 1/s, Ea: 1.0 eV}}
  - NH3* <-> NH3(g) + *
conditions: {T: 650 K, p: {N2: 10 bar, H2: 30 bar, NH3: 0.5 bar}}
zeros_agree: "a test"
"""


@dataclass(frozen=True, eq=False)
class Case:
    """A mechanism at conditions whose steady state all laws below are asked of."""

    mechanism: Mechanism
    conditions: Conditions

    @functools.cached_property
    def point(self) -> OperatingPoint:
        return operate(self.mechanism, self.conditions)

    @functools.cached_property
    def derivatives(self) -> Derivatives:
        found = derivatives(self.point)
        assert found is not None
        return found

    def of(self, gas: str) -> Sensitivities:
        found = self.derivatives.of_turnover(gas)
        assert found is not None
        return found

    def share(self, gas: str) -> Sensitivities:
        found = self.derivatives.of_share(gas, PRODUCTS)
        assert found is not None
        return found


PRODUCTS = ("NH3", "H2")
SHIPPED = {
    "ru-step": {},
    "ru-dahl2000": {},
    "tio2-mo": {"U_RHE": -0.6},
    "tio2-w": {"U_RHE": -1.1},
}
CASES = ("ru-step", "ru-dahl2000", "tio2-mo", "surface", "electrochemical", "isolated")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Mapping[str, Path]:
    folder = tmp_path_factory.mktemp("catalysts")
    written = {"electrochemical": ELECTROCHEMICAL, "isolated": ISOLATED}
    for name, text in written.items():
        (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
    return {name: folder / f"{name}.yaml" for name in written} | {"surface": DATA / "surface_example.yaml"}


@pytest.fixture(scope="module")
def make(files: Mapping[str, Path]):
    """A case by name, with conditions changed."""

    @functools.cache
    def case(name: str) -> Case:
        loaded = nrrsim.load(files.get(name, name))
        mechanism = loaded.mechanism.with_assumed_barrier(0.6) if name.startswith("tio2") else loaded.mechanism
        return Case(mechanism, dataclasses.replace(loaded.conditions, **SHIPPED.get(name, {})))

    return case


# ---- the reference: central differences of turnovers that were solved with many digits


def problem_of(point: OperatingPoint, inputs: RateInputs) -> SteadyProblem:
    """The equations of a point with other constants."""
    coupling = point.problem.coupling_ik if inputs.interaction_cik is None else inputs.interaction_cik[0]
    return dataclasses.replace(
        point.problem,
        ln_kf_j=inputs.ln_kf_cj[0],
        ln_kr_j=inputs.ln_kr_cj[0],
        coupling_ik=np.ascontiguousarray(coupling),
    )


def ln_quantity(problem: SteadyProblem, point: OperatingPoint, what: str) -> mp.mpf:
    """Ln of the turnover 'NH3', or of the share 'NH3 of H', with many digits."""
    start = np.maximum(point.solution.theta_i, 1e-290)
    theta = multiprecision.precise_steady_state(problem, start, digits=DIGITS)
    assert theta is not None
    t = problem.topology
    ln_theta = [mp.log(x) for x in theta]
    shift = [mp.fsum(mp.mpf(float(w)) * x for w, x in zip(row, theta, strict=True)) for row in problem.coupling_ik]
    rates = [multiprecision._ln_rates(problem, j, ln_theta, shift) for j in range(len(t.steps))]
    net = [mp.e**f - mp.e**r for f, r in rates]
    counts_gj = point.solution.cut_gj if t.equilibrium_q.size else t.nu_gj  # steps held have no rate of their own
    tof = {
        gas: mp.fsum(mp.mpf(float(c)) * r for c, r in zip(row, net, strict=True) if c)
        for gas, row in zip(t.gases, counts_gj, strict=True)
    }
    if " of H" not in what:
        return mp.log(abs(tof[what]))
    hydrogen = {"NH3": 3, "H2": 2}
    gas = what.removesuffix(" of H")
    return mp.log(hydrogen[gas] * tof[gas] / mp.fsum(hydrogen[h] * tof[h] for h in PRODUCTS))


def difference(point: OperatingPoint, up: SteadyProblem, down: SteadyProblem, width: float, what: str) -> float:
    with mp.workdps(DIGITS):
        return float((ln_quantity(up, point, what) - ln_quantity(down, point, what)) / mp.mpf(width))


def by_conditions(case: Case, what: str, step: float, **change: float | Mapping[str, float]) -> float:
    """Central difference to conditions: T, U_RHE, pH, p of a gas (relative), or the energies of states."""
    base = ConditionArrays.of([case.conditions])

    def problem(s: float) -> SteadyProblem:
        moved = {
            name: (
                {gas: p * np.exp(s * value.get(gas, 0.0)) for gas, p in base.p.items()}
                if name == "p"
                else {state: np.array([s * x]) for state, x in value.items()}
                if name == "shifts"
                else getattr(base, name) + s * value
            )
            for name, value in change.items()
        }
        return problem_of(case.point, rate_inputs(case.mechanism, dataclasses.replace(base, **moved)))

    return difference(case.point, problem(step), problem(-step), 2 * step, what)


def by_constants(case: Case, what: str, forward_j: np.ndarray, reverse_j: np.ndarray, step: float = 1e-5) -> float:
    p = case.point.problem
    up, down = (
        dataclasses.replace(p, ln_kf_j=p.ln_kf_j + s * forward_j, ln_kr_j=p.ln_kr_j + s * reverse_j)
        for s in (step, -step)
    )
    return difference(case.point, up, down, 2 * step, what)


def unit(case: Case, j: int) -> np.ndarray:
    return np.eye(len(case.mechanism.network.steps))[j]


def with_sites(mechanism: Mechanism) -> Mechanism:
    """The same mechanism with free sites that have an energy, zero, so that it can be moved."""
    free = {name: Level() for name, s in mechanism.network.species.items() if name.startswith("*")}
    return dataclasses.replace(mechanism, thermo={**free, **mechanism.thermo})


class Level:
    """A state at zero, whatever the temperature."""

    notes = ()
    energy = 0.0

    def gibbs(self, T):
        return np.zeros_like(T)

    enthalpy = entropy = gibbs


# ---- each kind of derivative against the reference


@pytest.mark.parametrize("name", CASES)
def test_rate_control_of_every_step(make, name: str) -> None:
    case = make(name)
    found = case.of("NH3").rate_control
    held = set(case.point.problem.topology.equilibrium_q)
    for j, step in enumerate(case.mechanism.network.steps):
        if j in held:
            assert found[step.id] == 0.0
        else:
            wanted = by_constants(case, "NH3", unit(case, j), unit(case, j))
            assert found[step.id] == pytest.approx(wanted, **AGREES), step.id


@pytest.mark.parametrize("name", CASES)
def test_answer_to_every_equilibrium_constant(make, name: str) -> None:
    """A constant reverse to a given forward one: what thermodynamic rate control is made of."""
    case = make(name)
    found = linear_response(case.point.problem, case.point.solution)
    g = found.gases.index("NH3")
    for j, step in enumerate(case.mechanism.network.steps):
        wanted = by_constants(case, "NH3", 0 * unit(case, j), -unit(case, j))
        assert found.equilibrium_gj[g, j] / found.tof_g[g] == pytest.approx(wanted, **AGREES), step.id


@pytest.mark.parametrize("name", CASES)
def test_energy_gradient_of_every_state(make, name: str) -> None:
    """The total derivative: what follows an energy (BEP, caps, the electrode's H2) moves along."""
    case = make(name)
    moved = Case(with_sites(case.mechanism), case.conditions)
    for state, gradient in case.of("NH3").energy_gradient.items():
        wanted = by_conditions(moved, "NH3", 1e-5, shifts={state: 1.0})
        assert gradient == pytest.approx(wanted, rel=1e-6, abs=1e-7), state


def test_some_states_of_the_tests_follow_others(make) -> None:
    for name, state in (("surface", "NH-H*"), ("electrochemical", "H-H*t"), ("isolated", "TS_2b")):
        case = make(name)
        assert state in case.point.inputs.energies.following
        assert state not in case.of("NH3").energy_gradient
        assert state in case.of("NH3").thermodynamic_rate_control


@pytest.mark.parametrize("what", ["NH3", "H2", "NH3 of H", "H2 of H"])
def test_potential_pH_temperature_and_pressures(make, what: str) -> None:
    case = make("electrochemical")
    gas = what.removesuffix(" of H")
    found = case.share(gas) if "of H" in what else case.of(gas)
    kT = K_B * case.conditions.T
    assert found.potential_gradient == pytest.approx(by_conditions(case, what, 1e-5, U_RHE=1.0), **AGREES)
    assert found.pH_gradient == pytest.approx(by_conditions(case, what, 1e-4, pH=1.0), **AGREES)
    wanted = kT * case.conditions.T * by_conditions(case, what, 1e-3, T=1.0)
    assert found.apparent_activation_energy == pytest.approx(wanted, **AGREES)
    for name, order in found.reaction_orders.items():
        assert order == pytest.approx(by_conditions(case, what, 1e-5, p={name: 1.0}), **AGREES), name
    assert found.tafel_slope == pytest.approx(1e3 * np.log(10) / found.potential_gradient, rel=1e-12)


@pytest.mark.parametrize("what", ["H2", "NH3 of H", "H2 of H"])
def test_other_gases_and_shares_have_every_kind(make, what: str) -> None:
    case = make("electrochemical")
    gas = what.removesuffix(" of H")
    found = case.share(gas) if "of H" in what else case.of(gas)
    moved = Case(with_sites(case.mechanism), case.conditions)
    for j, step in enumerate(case.mechanism.network.steps):
        wanted = by_constants(case, what, unit(case, j), unit(case, j))
        assert found.rate_control[step.id] == pytest.approx(wanted, **AGREES), step.id
    for state in ("N2*", "H*", "*", "H2(g)", "NH3*", "H-H*"):
        wanted = by_conditions(moved, what, 1e-5, shifts={state: 1.0})
        assert found.energy_gradient[state] == pytest.approx(wanted, rel=1e-6, abs=1e-7), state


@pytest.mark.parametrize("name", ["ru-step", "surface", "isolated"])
def test_orders_and_apparent_energies_of_thermal_cases(make, name: str) -> None:
    case = make(name)
    found = case.of("NH3")
    for gas, order in found.reaction_orders.items():
        assert order == pytest.approx(by_conditions(case, "NH3", 1e-5, p={gas: 1.0}), **AGREES), gas
    if name == "surface":  # one of its states has a Gibbs energy and no enthalpy
        assert found.apparent_activation_energy is None
    else:
        wanted = K_B * case.conditions.T**2 * by_conditions(case, "NH3", 1e-3, T=1.0)
        assert found.apparent_activation_energy == pytest.approx(wanted, **AGREES)


def test_energies_of_adsorbates_move_the_states_made_from_them(tmp_path: Path) -> None:
    """Chains are solved to rounding in double precision, which leaves 1e-8 of a central difference."""
    path, step = tmp_path / "expanded.yaml", 2e-5
    path.write_text(EXPANDED, encoding="utf-8")
    catalyst = nrrsim.load(path)
    found = nrrsim.solve(catalyst)
    for state in ("N*", "H*", "NH*", "NH2*", "NH3*", "N-N*", "N2(g)", "H2(g)", "NH3(g)"):
        own = own_energy(catalyst.mechanism.thermo[state])
        down, up = nrrsim.sweep(catalyst, energies={state: [own - step, own + step]}).tof.sel(gas="NH3").values
        wanted = np.log(up / down) / (2 * step)
        assert found.energy_gradient[state] == pytest.approx(wanted, rel=1e-6, abs=1e-7), state
    assert not {"N*", "H*", "NH2*"} & set(found.thermodynamic_rate_control)  # their whole-site states stand there
    kT = K_B * catalyst.conditions.T
    assert found.energy_gradient["*"] == pytest.approx(-found.thermodynamic_rate_control["*"] / kT, rel=1e-9, abs=1e-12)
    assert sum(found.rate_control.values()) == pytest.approx(1.0, abs=1e-8)


# ---- identities


@pytest.mark.parametrize("name", [*CASES, "tio2-w"])
def test_rate_control_sums_to_one_for_every_gas(make, name: str) -> None:
    case = make(name)
    for gas in case.derivatives.gases:
        assert sum(case.of(gas).rate_control.values()) == pytest.approx(1.0, abs=1e-8), gas


def test_rate_control_of_shares_sums_to_zero_on_two_site_types(make) -> None:
    case = make("electrochemical")
    assert case.point.problem.topology.site_types == ("*", "t")
    shares = {gas: case.share(gas) for gas in PRODUCTS}
    weights = {"NH3": 3 * case.point.solution.tof["NH3"], "H2": 2 * case.point.solution.tof["H2"]}
    for found in shares.values():
        assert max(map(abs, found.rate_control.values())) > 0.1
        assert sum(found.rate_control.values()) == pytest.approx(0.0, abs=1e-8)
    for step in shares["NH3"].rate_control:  # shares sum to one, whatever happens
        total = sum(weights[gas] * shares[gas].rate_control[step] for gas in PRODUCTS)
        assert total == pytest.approx(0.0, abs=1e-10)


@pytest.mark.parametrize("name", CASES)
def test_shifting_all_energies_by_a_reference_changes_nothing(make, name: str) -> None:
    """Sum over states of the gradient times their atoms, and times their sites, is zero."""
    case = make(name)
    network, gradient = case.mechanism.network, case.of("NH3").energy_gradient
    size = max(map(abs, gradient.values()))
    content: dict[str, Mapping[str, float]] = {}
    for species in (*network.species.values(),):
        content[species.name] = {**species.composition, **{f"site {t}": n for t, n in species.sites.items()}}
    for step in network.steps:
        if step.transition_state is not None:
            counts: dict[str, float] = {}
            for reactant, n in step.reactants.items():
                for what, k in content[reactant].items():
                    counts[what] = counts.get(what, 0) + n * k
            content[step.transition_state] = counts
    assert size > 1 or not case.mechanism.thermo.keys() & {"N*"}
    for what in {key for counts in content.values() for key in counts}:
        total = sum(g * content[state].get(what, 0) for state, g in gradient.items() if state in content)
        assert total == pytest.approx(0.0, abs=1e-9 * max(size, 1.0)), what


def test_a_state_that_nothing_uses_counts_nothing(make) -> None:
    for name, state in (("electrochemical", "N2*t"), ("isolated", "TS_2")):
        found = make(name).of("NH3")
        assert found.energy_gradient[state] == 0.0
        assert found.thermodynamic_rate_control[state] == 0.0


def test_a_transition_state_has_the_rate_control_of_its_steps(make) -> None:
    for name in ("ru-step", "isolated", "surface"):
        case = make(name)
        found = case.of("NH3")
        for step in case.mechanism.network.steps:
            if step.transition_state is not None:
                control = found.thermodynamic_rate_control[step.transition_state]
                assert control == pytest.approx(found.rate_control[step.id], rel=1e-12)


def test_stabilising_a_spectator_of_one_slow_step_takes_its_sites(make) -> None:
    """All steps but cleavage at equilibrium with gases: R ~ theta_*^2 exp(2 G_*/kT), so that X_n = -2 theta_n."""
    mechanism = make("ru-step").mechanism
    slow = "N2* + * <-> N-N* <-> 2N*"
    rates = {sid: law if sid == slow else Equilibrium() for sid, law in mechanism.rates.items()}
    case = Case(dataclasses.replace(mechanism, rates=rates), make("ru-step").conditions)
    found, theta = case.of("NH3"), case.point.solution.coverages
    for state in ("N2*", "N*", "H*", "NH*", "NH2*", "NH3*", "*"):
        assert found.thermodynamic_rate_control[state] == pytest.approx(-2 * theta[state], rel=1e-9)
    assert found.thermodynamic_rate_control["N-N*"] == pytest.approx(1.0, rel=1e-12)


@pytest.mark.parametrize(("name", "gas"), [("ru-step", "NH3"), ("isolated", "N2"), ("electrochemical", "H2")])
def test_the_apparent_energy_is_made_of_enthalpies(make, name: str, gas: str) -> None:
    """E = sum_n X_n H_n + kT sum_j X_j d ln A_j/d ln T + what laws hold that are not of states."""
    case = make(name)
    found, T = case.of(gas), np.array([case.conditions.T])
    kT = float(K_B * T[0])
    thermo, control = case.mechanism.thermo, found.thermodynamic_rate_control
    total = sum(x * float(thermo[state].enthalpy(T)[0]) for state, x in control.items() if state in thermo)
    half_h2 = 0.5 * float(thermo["H2(g)"].enthalpy(T)[0])
    for step in case.mechanism.network.steps:
        law, x = case.mechanism.rates[step.id], found.rate_control[step.id]
        match law:
            case TransitionState() | Barrierless():
                total += kT * x
            case Sticking():
                total -= kT / 2 * x
            case ProtonElectronTransfer():
                capped = step.id in found.capped_steps
                total += x * (kT + (0.0 if capped else law.Ga0 + law.beta * (case.conditions.U_RHE - law.U0_RHE)))
            case _:
                total += x * law.Ea
    if found.potential_gradient is not None:
        total += control_of_protons(case, gas) * (half_h2 - case.conditions.U_RHE)
    assert total == pytest.approx(found.apparent_activation_energy, rel=1e-9)


def control_of_protons(case: Case, gas: str) -> float:
    """-kT d ln R/d mu(H+), which the electron of the same step shares."""
    found = linear_response(case.point.problem, case.point.solution)
    (by_G_g,) = found.to(*case.point.inputs.energies.to_gibbs(("H+",), 0))
    g = found.gases.index(gas)
    return float(-K_B * case.conditions.T * by_G_g[g] / found.tof_g[g])


def test_potentials_move_as_pH_does_on_the_other_scale(make) -> None:
    """At constant U_SHE a unit of pH is kT ln 10 of U_RHE besides what donors feel."""
    case = make("electrochemical")
    found, T = case.of("NH3"), case.conditions.T
    on_she = Conditions(T=T, p=case.conditions.p, U_SHE=case.conditions.U_RHE - volts_per_pH(T) * 3.0, pH=3.0)
    other = sensitivities(operate(case.mechanism, on_she), "NH3")
    assert other.potential_gradient == pytest.approx(found.potential_gradient, rel=1e-9)
    up, down = (
        operate(case.mechanism, dataclasses.replace(on_she, pH=3.0 + s)).solution.tof["NH3"] for s in (1e-4, -1e-4)
    )
    total = found.pH_gradient + volts_per_pH(T) * found.potential_gradient
    assert total == pytest.approx(np.log(up / down) / 2e-4, rel=1e-6)


def test_steps_on_caps_are_named(make) -> None:
    assert make("electrochemical").of("NH3").capped_steps == ("N* + H+ + e- <-> NH*",)
    assert make("ru-step").of("NH3").capped_steps == ()
    lifted = make("isolated").mechanism
    low = dataclasses.replace(lifted.thermo["TS_4"], enthalpy_value=-3.0)
    case = Case(dataclasses.replace(lifted, thermo={**lifted.thermo, "TS_4": low}), make("isolated").conditions)
    found = case.of("NH3")
    assert found.capped_steps == ("M_N2H2 + H2(g) <-> TS_4 <-> M_N2H4",)
    assert found.thermodynamic_rate_control["TS_4"] == found.energy_gradient["TS_4"] == 0.0
    for state in ("M_N2H2", "M_N2H4", "H2(g)"):  # the lifted barrier goes with its states
        wanted = by_conditions(case, "NH3", 1e-5, shifts={state: 1.0})
        assert found.energy_gradient[state] == pytest.approx(wanted, rel=1e-6, abs=1e-7), state


# ---- sweeps


def test_a_sweep_has_rate_control_where_states_are_empty(make) -> None:
    """Without water the state that holds it cannot return: such chains are solved one by one."""
    case = make("isolated")
    catalyst = dataclasses.replace(nrrsim.load("ru-step"), mechanism=case.mechanism, conditions=case.conditions)
    found = nrrsim.sweep(catalyst, p={"H2O": [0.01, 0.0]})
    for k, pressure in enumerate((0.01, 0.0)):
        one = nrrsim.solve(catalyst, p={"H2O": pressure})
        assert one.coverages["M_H2O"] == 0.0 or pressure > 0
        for step, control in one.rate_control.items():
            assert float(found.rate_control[k].sel(step=step)) == pytest.approx(control, rel=1e-9, abs=1e-12)
    assert float(abs(found.rate_control.sum("step", skipna=False) - 1).max()) < 1e-9


def test_a_sweep_has_rate_control_where_answers_came_one_by_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """What the kernels leave open is filled in, and equals what they would have said."""
    conditions = {"T": [600.0, 700.0], "p": {"N2": 25.0, "H2": 75.0, "NH3": [0.0, 1.0]}}
    wanted = nrrsim.sweep("ru-step", **conditions)
    solve_batch = sweep.solve_batch

    def one_by_one(*arguments, **options):
        answers = solve_batch(*arguments, **options)
        answers.control_cj[:] = np.nan
        return answers

    monkeypatch.setattr(sweep, "solve_batch", one_by_one)
    found = nrrsim.sweep("ru-step", **conditions)
    assert not np.isnan(found.rate_control).any()
    np.testing.assert_allclose(found.rate_control, wanted.rate_control, rtol=1e-8, atol=1e-12)


def test_a_sweep_without_turnover_has_no_rate_control() -> None:
    found = nrrsim.sweep("ru-step", p={"N2": [0.0, 25.0], "H2": 75.0, "NH3": 0.0})
    assert float(found.tof[0].sel(gas="NH3")) == 0.0
    assert bool(np.isnan(found.rate_control[0]).all())
    assert not bool(np.isnan(found.rate_control[1]).any())


# ---- the arithmetic


@pytest.mark.parametrize("name", CASES)
def test_many_digits_give_what_the_refinement_gives(make, name: str) -> None:
    case = make(name)
    t, theta, solution = case.point.problem.topology, case.point.solution.theta_i, case.point.solution
    tof_g = np.array([solution.tof[gas] for gas in t.gases])
    work = workspace(t.arrays)
    weight_gj, multiplier_gk = np.zeros(solution.cut_gj.shape), np.zeros((tof_g.size, theta.size))
    arguments = (t.arrays, case.point.problem.rates, theta, solution.cut_gj, tof_g, work, weight_gj, multiplier_gk)
    assert step_weights(*arguments) < 1e-10
    for g in np.flatnonzero(tof_g):
        weight_j, multiplier_k = _weights_in_many_digits(case.point.problem, theta, solution.cut_gj[g], work)
        traffic = (work.forward_j + work.reverse_j) / abs(tof_g[g])
        free = ~t.arrays.is_held_j
        np.testing.assert_allclose((weight_gj[g] * traffic)[free], (weight_j * traffic)[free], rtol=1e-9, atol=1e-12)
        np.testing.assert_allclose(multiplier_gk[g], multiplier_k, rtol=1e-9, atol=1e-12 * abs(multiplier_k).max())


@pytest.mark.parametrize("name", CASES)
def test_a_response_that_double_precision_cannot_refine_is_the_same(
    make, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = make(name)
    usual = linear_response(case.point.problem, case.point.solution)
    monkeypatch.setattr(response, "LARGEST_ERROR", -1.0)
    other = linear_response(case.point.problem, case.point.solution)
    scale = np.where(usual.tof_g == 0.0, 1.0, abs(usual.tof_g))[:, None]
    np.testing.assert_allclose(other.control_gj / scale, usual.control_gj / scale, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(other.equilibrium_gj / scale, usual.equilibrium_gj / scale, rtol=1e-9, atol=1e-12)


def test_the_compiled_refinement_is_its_plain_form(make) -> None:
    case = make("electrochemical")
    t, solution = case.point.problem.topology, case.point.solution
    tof_g = np.array([solution.tof[gas] for gas in t.gases])
    found = []
    for function in (step_weights, step_weights.py_func):
        weight_gj, multiplier_gk = np.zeros(solution.cut_gj.shape), np.zeros((tof_g.size, solution.theta_i.size))
        rates, work = case.point.problem.rates, workspace(t.arrays)
        function(t.arrays, rates, solution.theta_i, solution.cut_gj, tof_g, work, weight_gj, multiplier_gk)
        found.append((weight_gj, multiplier_gk))
    np.testing.assert_allclose(found[0][0], found[1][0], rtol=1e-12, atol=1e-25)
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-12, atol=1e-25)
