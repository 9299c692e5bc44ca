"""Sweeps: the steady states of a grid of conditions and energies, in chunks that threads share.

A chunk is a stretch of the grid's path; its chain of warm starts begins cold. Chunks depend on the grid alone, so that
the numbers are the same on any number of threads. Rate constants are made chunk by chunk: besides the results a sweep
needs the memory of a few chunks.
"""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from os import cpu_count

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from nrrsim.analysis.response import linear_response
from nrrsim.errors import InputError, nearest
from nrrsim.kinetics.mechanism import Mechanism, SiteModel
from nrrsim.kinetics.rate_constants import rate_inputs
from nrrsim.screening.grid import TOGETHER, Grid
from nrrsim.solvers.batch import ARITHMETIC, FAILED, Equations, SteadyStates, empty_states, solve_batch
from nrrsim.solvers.flux import with_rates
from nrrsim.solvers.topology import Topology, compile_topology

CHUNK = 1024  # conditions


@dataclass(frozen=True, eq=False)
class Swept:
    """What a sweep found, in the flattened order of its grid."""

    grid: Grid
    topology: Topology
    states: SteadyStates
    notes: tuple[str, ...]


def sweep_grid(
    mechanism: Mechanism, grid: Grid, *, gas: str | None = "NH3", threads: int | None = None, chunk: int = CHUNK
) -> Swept:
    """Solve all conditions of a grid.

    Parameters
    ----------
    mechanism : Mechanism
    grid : Grid
    gas : str or None
        Whose turnover the rate control is on; None leaves rate control out.
    threads : int or None
        All cores without it.
    chunk : int
        Conditions in a chain.

    Raises
    ------
    InputError
        If pressures, a potential, energies or barriers are missing, or no step makes the gas.
    """
    order = grid.order()
    chunks = [order[start : start + chunk] for start in range(0, order.size, chunk)]
    first = rate_inputs(mechanism, grid.conditions(chunks[0][:1], mechanism))
    topology = compile_topology(mechanism.network, first.equilibrium_j, site_types=mechanism.site_types)
    if gas is not None and gas not in topology.gases:
        raise InputError(
            f"no step makes or takes {gas}; {nearest(gas, topology.gases)}", remedy="name one of the gases."
        )
    results = empty_states(topology, grid.size, gas=gas)

    def solve(places: NDArray[np.int64]) -> tuple[str, ...]:
        inputs = rate_inputs(mechanism, grid.conditions(places, mechanism))
        equations = Equations(
            topology, inputs.ln_kf_cj, inputs.ln_kr_cj, inputs.density_s, inputs.interaction_cik, inputs.share_j,
            isolated=mechanism.site_model is SiteModel.ISOLATED,
        )  # fmt: skip
        found = solve_batch(equations, gas=gas)
        if gas is not None:
            complete_rate_control(equations, found, topology.gases.index(gas))
        _put(results, places, found)
        return inputs.notes

    with ThreadPoolExecutor(max_workers=threads or cpu_count() or 1) as pool:
        notes = tuple(dict.fromkeys(note for some in pool.map(solve, chunks) for note in some))
    return Swept(grid, topology, results, notes)


def complete_rate_control(equations: Equations, found: SteadyStates, gas: int) -> None:
    """Fill in the rate control of certified answers that were found one by one; NaN where the gas has no turnover.

    Parameters
    ----------
    equations : Equations
    found : SteadyStates
        Of these equations; its `control_cj` is NaN at such answers.
    gas : int
        Place of the gas among the topology's.
    """
    found.control_cj[found.tof_cg[:, gas] == 0] = np.nan
    without_c = np.isnan(found.control_cj).any(axis=1) & (found.arithmetic_c != FAILED) & (found.tof_cg[:, gas] != 0)
    for c in np.flatnonzero(without_c):
        problem, theta = equations.problem(int(c)), found.theta_ci[c].copy()
        solution = with_rates(
            problem, theta, float(found.error_c[c]), success=True, status="", iterations=0, arithmetic="double"
        )
        response = linear_response(problem, solution)
        if response is not None:
            found.control_cj[c] = response.control_gj[gas] / response.tof_g[gas]


def _put(results: SteadyStates, places: NDArray[np.int64], found: SteadyStates) -> None:
    for name, array in vars(found).items():
        target = getattr(results, name)
        if target.shape[0]:
            target[places] = array


def dataset(swept: Swept, *, attributes: Mapping[str, str]) -> xr.Dataset:
    """A sweep as an xarray.Dataset: the varied quantities are its dimensions, units and meanings stand in attrs."""
    grid, t, states = swept.grid, swept.topology, swept.states
    dims = (TOGETHER,) if grid.together else tuple(axis.name for axis in grid.varied)
    per = "1/s per site of the first type"

    def variable(array: NDArray[np.generic], along: str | None, **attrs: str) -> xr.Variable:
        names = (*dims, along) if along else dims
        return xr.Variable(names, array.reshape((*grid.shape, *array.shape[1:])), attrs)

    variables = {
        "tof": variable(states.tof_cg, "gas", units=per, long_name="net production"),
        "tof_relative_error": variable(states.tof_error_cg, "gas", units="1"),
        "coverages": variable(states.theta_ci, "species", units="1", long_name="fraction of the species' site type"),
        "rates": variable(states.net_cj, "step", units=per, long_name="net rate"),
        "success": variable(states.arithmetic_c != FAILED, None, long_name="whether the steady state is certified"),
        "status": variable(
            states.arithmetic_c, None, long_name="arithmetic of the certified answer",
            flag_values=str(list(range(len(ARITHMETIC)))), flag_meanings=", ".join(ARITHMETIC),
        ),
        "certificate": variable(states.error_c, None, units="1", long_name="bound on the relative error of coverages"),
        "iterations": variable(states.iterations_c, None),
    }  # fmt: skip
    if states.control_cj.shape[0]:
        variables["rate_control"] = variable(states.control_cj, "step", units="1", long_name="degree of rate control")
    coordinates = {"gas": list(t.gases), "species": list(t.species), "step": list(t.steps)}
    axes = {
        axis.name: xr.Variable(
            () if not axis.varied else dims if grid.together else (axis.name,),
            axis.values if axis.varied else axis.values[0],
            {"units": axis.unit},
        )
        for axis in grid.axes
    }
    return xr.Dataset(variables, {**coordinates, **axes}, {**attributes, "notes": "\n".join(swept.notes)})
