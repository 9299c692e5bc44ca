"""Species that exist at given pressures: a gas at zero pressure takes its chain of species with it."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.solvers.problem import SteadyProblem
from nrrsim.solvers.solution import Solution
from nrrsim.solvers.topology import Topology, restrict_topology

Floats = NDArray[np.float64]


def reachable_species(topology: Topology, ln_kf_j: Floats, ln_kr_j: Floats) -> NDArray[np.bool_]:
    """Species that free sites can turn into with steps whose constants are not zero, shape (i,)."""
    reached = np.array([name.startswith("*") for name in topology.species])
    if not reached.any():
        return np.ones(len(topology.species), dtype=np.bool_)
    changed = True
    while changed:
        before = int(reached.sum())
        for ln_k, side, other in (
            (ln_kf_j, topology.initial_jm, topology.final_jm),
            (ln_kr_j, topology.final_jm, topology.initial_jm),
        ):
            for j in np.flatnonzero(ln_k > -np.inf):
                if all(reached[i] for i in side[j] if i >= 0):
                    reached[[i for i in other[j] if i >= 0]] = True
        changed = int(reached.sum()) > before
    return reached


@dataclass(frozen=True, eq=False)
class Restricted:
    """A problem without some species, and the way back."""

    problem: SteadyProblem
    full: SteadyProblem
    species_i: NDArray[np.int64]
    steps_j: NDArray[np.int64]

    def widen(self, inner: Solution) -> Solution:
        """The solution in the full problem's indices, zero where species are absent."""
        theta = np.zeros(len(self.full.topology.species))
        theta[self.species_i] = inner.theta_i
        shape = len(self.full.topology.steps)
        cuts = np.zeros((len(self.full.topology.gases), shape))
        cuts[:, self.steps_j] = inner.cut_gj
        return dataclasses.replace(
            inner,
            topology=self.full.topology,
            theta_i=theta,
            cut_gj=cuts,
            forward_j=self._widened(inner.forward_j),
            reverse_j=self._widened(inner.reverse_j),
            net_j=self._widened(inner.net_j),
        )

    def _widened(self, values_j: Floats) -> Floats:
        full = np.zeros(len(self.full.topology.steps))
        full[self.steps_j] = values_j
        return full


def restricted(problem: SteadyProblem, keep_i: NDArray[np.bool_]) -> Restricted:
    """The problem on the species in `keep_i` and the steps among them."""
    t = problem.topology
    species = np.flatnonzero(keep_i)
    steps = np.array(
        [j for j in range(len(t.steps)) if not np.any(t.nu_ij[~keep_i, j]) and not _touches(t, j, ~keep_i)],
        dtype=np.int64,
    )
    topology = restrict_topology(t, species, steps)
    part = SteadyProblem(
        topology, problem.ln_kf_j[steps], problem.ln_kr_j[steps], problem.density_s,
        np.ascontiguousarray(problem.coupling_ik[np.ix_(species, species)]), problem.share_j[steps],
    )  # fmt: skip
    return Restricted(part, problem, species, steps)


def _touches(topology: Topology, j: int, absent: NDArray[np.bool_]) -> bool:
    return any(i >= 0 and absent[i] for i in (*topology.initial_jm[j], *topology.final_jm[j]))
