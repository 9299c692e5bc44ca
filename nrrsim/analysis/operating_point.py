"""A mechanism at one set of conditions: its rate equations and their certified steady state."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np

from nrrsim.core.conditions import Conditions
from nrrsim.errors import InputError
from nrrsim.kinetics.checks import NO_CYCLE, turns_over
from nrrsim.kinetics.mechanism import Mechanism, SiteModel
from nrrsim.kinetics.rate_constants import RateInputs, rate_inputs
from nrrsim.solvers.isolated import isolated_state
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.solution import Solution
from nrrsim.solvers.steady import other_steady_states, steady_state
from nrrsim.solvers.topology import Topology, compile_topology


@dataclass(frozen=True, eq=False)
class OperatingPoint:
    """Rate equations, their inputs and their solution at one condition.

    Parameters
    ----------
    inputs : RateInputs
        Of one condition, c = 1.
    problem : SteadyProblem
    solution : Solution
    """

    inputs: RateInputs
    problem: SteadyProblem
    solution: Solution


def operate(mechanism: Mechanism, conditions: Conditions) -> OperatingPoint:
    """Solve a mechanism at conditions.

    Raises
    ------
    InputError
        If energies, barriers, pressures or a potential are missing.
    """
    inputs = rate_inputs(mechanism, [conditions])
    topology = compile_topology(mechanism.network, inputs.equilibrium_j, site_types=mechanism.site_types)
    problem = _problem(topology, inputs)
    solve = isolated_state if mechanism.site_model is SiteModel.ISOLATED else steady_state
    solution = solve(problem)
    if not turns_over(mechanism.network):
        solution = dataclasses.replace(solution, tof={}, status=f"{solution.status} {NO_CYCLE}")
    return OperatingPoint(inputs, problem, solution)


def other_solutions(mechanism: Mechanism, point: OperatingPoint) -> tuple[Solution, ...]:
    """Further steady states of the same equations, found from other coverages; an isolated site has none."""
    if mechanism.site_model is SiteModel.ISOLATED or not point.solution.success or not turns_over(mechanism.network):
        return ()
    return other_steady_states(point.problem, point.solution)


def _problem(topology: Topology, inputs: RateInputs) -> SteadyProblem:
    n = len(topology.species)
    coupling = np.zeros((n, n)) if inputs.interaction_cik is None else np.ascontiguousarray(inputs.interaction_cik[0])
    if coupling.shape != (n, n):
        raise InputError("an interaction names a species that no step has.", remedy="remove it, or add its steps.")
    return SteadyProblem(topology, inputs.ln_kf_cj[0], inputs.ln_kr_cj[0], inputs.density_s, coupling, inputs.share_j)
