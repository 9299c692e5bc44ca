"""What a solver answers: coverages and rates with a status and a certificate."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers.topology import Topology

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Certificate:
    """How well a steady state is known.

    Parameters
    ----------
    coverage_error : float
        Bound on the largest relative error of a coverage (`_kernels.certificate` says of what kind).
    site_sum_error : float
        Largest |sum of coverages - 1| over the site types.
    tof_relative_error : dict[str, float]
        By gas: rounding and coverage error over the traffic of the cut, relative to its rate.
    arithmetic : str
        "double", "double-double" or "mpmath".
    """

    coverage_error: float
    site_sum_error: float
    tof_relative_error: dict[str, float]
    arithmetic: str


@dataclass(frozen=True, eq=False)
class Solution:
    """A steady state.

    Parameters
    ----------
    topology : Topology
    success : bool
        Whether the steady state is certified.
    status : str
        A sentence.
    theta_i : array (i,)
        Coverages, fraction of the species' own site type.
    forward_j, reverse_j, net_j : array (j,)
        Rates per site of the first type [1/s]; one-way rates of a step at equilibrium are infinite, its net is finite.
    cut_gj : array (g, j)
        Coefficients of the cut through which each gas's turnover is taken.
    tof : dict[str, float]
        Net production of each gas per site of the first type [1/s].
    certificate : Certificate
    iterations : int
    """

    topology: Topology
    success: bool
    status: str
    theta_i: Floats
    forward_j: Floats
    reverse_j: Floats
    net_j: Floats
    cut_gj: Floats
    tof: dict[str, float]
    certificate: Certificate
    iterations: int

    @property
    def coverages(self) -> dict[str, float]:
        """Coverages by species name."""
        return dict(zip(self.topology.species, map(float, self.theta_i), strict=True))
