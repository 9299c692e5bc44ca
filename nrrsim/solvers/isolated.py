"""Isolated sites: a Markov chain of whole-site states, solved exactly by elimination without subtraction."""

from __future__ import annotations

import networkx as nx
import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers._kernels.chain import stationary_vector
from nrrsim.solvers.flux import with_rates
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.solution import Solution

Floats = NDArray[np.float64]


def isolated_state(problem: SteadyProblem) -> Solution:
    """The stationary populations of an isolated site, to full relative accuracy.

    A chain with states that cannot return has them empty in the long run; a chain with several closed classes has no
    single answer and says so.
    """
    rates = chain_rates(problem)
    graph: nx.DiGraph[int] = nx.DiGraph()
    graph.add_nodes_from(range(rates.shape[0]))
    graph.add_edges_from(zip(*np.nonzero(rates), strict=True))
    closed = [sorted(c) for c in nx.attracting_components(graph)]
    theta = np.zeros(rates.shape[0])
    members = np.array(closed[0])
    theta[members] = stationary_vector(rates[np.ix_(members, members)])
    if len(closed) > 1:
        named = "; ".join("{" + ", ".join(problem.topology.species[i] for i in c) + "}" for c in closed)
        status = (
            f"the site has {len(closed)} closed classes of states ({named}): where it ends depends on where it starts."
        )
        return with_rates(problem, theta, float("inf"), success=False, status=status, iterations=0, arithmetic="double")
    error = 4 * rates.shape[0] * float(np.finfo(np.float64).eps)
    status = "certified steady state."
    if len(members) < theta.size:
        empty = ", ".join(problem.topology.species[i] for i in np.flatnonzero(theta == 0))
        status = f"certified steady state; {empty} cannot return and are empty."
    return with_rates(problem, theta, error, success=True, status=status, iterations=0, arithmetic="double")


def chain_rates(problem: SteadyProblem) -> Floats:
    """Rates from state to state [1/s], shape (i, i)."""
    n = len(problem.topology.species)
    rates = np.zeros((n, n))
    for j, a, b, _ in problem.topology.moves:
        rates[a, b] += np.exp(problem.ln_kf_j[j])
        rates[b, a] += np.exp(problem.ln_kr_j[j])
    return rates
