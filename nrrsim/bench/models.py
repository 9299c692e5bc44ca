"""The benchmark models: their maps of conditions, and the arrays that the kernels take."""

from __future__ import annotations

from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nrrsim.core.conditions import Conditions
from nrrsim.errors import InputError, nearest
from nrrsim.io.catalog import load
from nrrsim.kinetics.mechanism import Catalyst
from nrrsim.kinetics.rate_constants import rate_inputs
from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.topology import Topology, compile_topology

Floats = NDArray[np.float64]

MODELS = ("dissociative", "full", "electrochemical")
SIDE = 50  # points along each axis of a map
PRODUCT = "NH3"


@dataclass(frozen=True, eq=False)
class Points:
    """One network at c conditions.

    Parameters
    ----------
    name : str
    topology : Topology
    ln_kf_cj, ln_kr_cj : array (c, j)
        ln of constants with pressures in them [1/s].
    density_s : array (s,)
        Sites of each type per site of the first.
    share_j : array (j,)
        Share of the final state's interaction energy felt by the transition state.
    """

    name: str
    topology: Topology
    ln_kf_cj: Floats
    ln_kr_cj: Floats
    density_s: Floats
    share_j: Floats

    def __len__(self) -> int:
        return int(self.ln_kf_cj.shape[0])

    @property
    def gas(self) -> int:
        """Index of the product gas."""
        return self.topology.gases.index(PRODUCT)

    def some(self, rows: slice | list[int]) -> Points:
        """The same network at some of the conditions."""
        forward, reverse = (np.ascontiguousarray(a[rows]) for a in (self.ln_kf_cj, self.ln_kr_cj))
        return Points(self.name, self.topology, forward, reverse, self.density_s, self.share_j)

    def problem(self, c: int) -> SteadyProblem:
        """The rate equations at one of the conditions."""
        n = len(self.topology.species)
        return SteadyProblem(
            self.topology, self.ln_kf_cj[c], self.ln_kr_cj[c], self.density_s, np.zeros((n, n)), self.share_j
        )


def model_path(name: str) -> Path:
    """File of a benchmark model.

    Raises
    ------
    InputError
        If there is none of that name.
    """
    if name not in MODELS:
        raise InputError(f"there is no benchmark model '{name}'; {nearest(name, MODELS)}", remedy="name one of them.")
    return Path(str(files("nrrsim") / "bench" / "models" / f"{name}.yaml"))


def map_conditions(name: str, side: int = SIDE) -> list[Conditions]:
    """The map of a model, side x side conditions, in an order in which neighbours follow each other.

    Thermal models: 573 to 873 K and 1 to 200 bar (N2 : H2 : NH3 = 23.75 : 71.25 : 5). The electrochemical one: 0 to
    -1.5 V vs RHE and 1e-4 to 10 bar of N2 at 298.15 K, 0.1 bar of H2 and 1e-6 bar of NH3.
    """
    conditions = []
    for row, first in enumerate(np.linspace(0.0, 1.0, side)):
        along = np.linspace(0.0, 1.0, side)
        conditions += [_condition(name, float(first), float(x)) for x in (along if row % 2 == 0 else along[::-1])]
    return conditions


def _condition(name: str, x: float, y: float) -> Conditions:
    if name == "electrochemical":
        p = {"N2": 1e-4 * 1e5**y, "H2": 0.1, "NH3": 1e-6}
        return Conditions(298.15, p, U_RHE=-1.5 * x)
    total = 200.0**y
    return Conditions(573.0 + 300.0 * x, {"N2": 0.2375 * total, "H2": 0.7125 * total, "NH3": 0.05 * total})


def points_of(name: str, conditions: list[Conditions]) -> Points:
    """A benchmark model at conditions."""
    return catalyst_points(load(model_path(name)), name, conditions)


def catalyst_points(catalyst: Catalyst, name: str, conditions: list[Conditions]) -> Points:
    """A catalyst at conditions, ready for the kernels."""
    mechanism = catalyst.mechanism
    inputs = rate_inputs(mechanism, conditions)
    topology = compile_topology(mechanism.network, inputs.equilibrium_j, site_types=mechanism.site_types)
    return Points(
        name,
        topology,
        np.ascontiguousarray(inputs.ln_kf_cj),
        np.ascontiguousarray(inputs.ln_kr_cj),
        inputs.density_s,
        inputs.share_j,
    )
