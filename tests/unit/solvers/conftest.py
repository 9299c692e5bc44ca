import numpy as np
import pytest

from nrrsim.network import nrr
from nrrsim.network.network import Network, network_of
from nrrsim.network.parse import parse_equation
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.topology import compile_topology

DISSOCIATIVE = (
    "N2(g) + * <-> N2*",
    "N2* + * <-> 2N*",
    "H2(g) + 2* <-> 2H*",
    "N* + H* <-> NH* + *",
    "NH* + H* <-> NH2* + *",
    "NH2* + H* <-> NH3* + *",
    "NH3* <-> NH3(g) + *",
)
NETWORKS = {
    "dissociative": network_of(parse_equation(e) for e in DISSOCIATIVE),
    "two site types": nrr.generate(donors=("H*",), second_site="t", her=False),
    "electrochemical": nrr.generate(donors=("PCET",)),
}


def random_problem(
    network: Network, seed: int, *, noise: float = 0.3, coupling: float = 0.0, equilibrium=None
) -> SteadyProblem:
    """Random state energies and barriers, so that detailed balance holds: 400-800 K, noise in eV."""
    rng = np.random.default_rng(seed)
    T = rng.uniform(400, 800)
    kT = 8.617333262e-5 * T
    G = {name: 0.0 if name.startswith("*") else rng.normal(0, noise) for name in network.species}
    G |= {"N2(g)": 0.0, "H2(g)": 0.0, "NH3(g)": -0.5 + 0.00115 * T, "H+": 0.0, "e-": rng.uniform(0, 1)}
    pressure = {gas: 10 ** rng.uniform(-1, 2) for gas in network.gases}
    ln_kf, ln_kr = [], []
    for step in network.steps:
        dG = sum(n * G[name] for name, n in step.stoichiometry.items())
        forward = np.log(kT / 4.135667696e-15) - max(rng.uniform(0.2, 1.2), dG, 0.0) / kT
        ln_kf.append(forward + sum(n * np.log(pressure.get(name, 1.0)) for name, n in step.reactants.items()))
        ln_kr.append(forward + dG / kT + sum(n * np.log(pressure.get(name, 1.0)) for name, n in step.products.items()))
    topology = compile_topology(network, equilibrium)
    n = len(topology.species)
    matrix = rng.normal(0, coupling / kT, size=(n, n)) if coupling else np.zeros((n, n))
    densities = np.array([1.0, 0.4][: len(topology.site_types)])
    return SteadyProblem(
        topology, np.array(ln_kf), np.array(ln_kr), densities, (matrix + matrix.T) / 2, np.full(len(network.steps), 0.5)
    )


@pytest.fixture(params=list(NETWORKS))
def network(request) -> Network:
    return NETWORKS[request.param]


@pytest.fixture
def make_problem():
    return random_problem


@pytest.fixture
def networks():
    return NETWORKS
