"""Where the electrons go."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nrrsim.core.species import parse_formula
from nrrsim.network.network import Network
from nrrsim.solvers.solution import Solution


def faradaic_efficiency(solution: Solution, network: Network) -> Mapping[str, float] | None:
    """Share of the cathodic current that each product takes: electrons per molecule times turnover over current.

    Electrons per molecule made from N2, H+ and e- equal the product's H atoms: 3 for NH3, 2 for H2, 4 for N2H4.

    Returns
    -------
    Mapping[str, float] or None
        By product formula; None for a network that is thermal or has no hydrogen evolution to compete, where the net
        current is not cathodic, or where H comes from a gas as well, so that products and electrons do not match.
    """
    if not any(step.n_electrons for step in network.steps) or not evolves_hydrogen(network):
        return None
    current = float(solution.topology.n_electrons_j @ solution.net_j)
    taken = {gas: parse_formula(gas).get("H", 0) * tof for gas, tof in solution.tof.items()}
    taken = {gas: value for gas, value in taken.items() if parse_formula(gas).get("H", 0)}
    if current <= 0 or min(taken.values(), default=-1.0) < 0 or not np.isclose(sum(taken.values()), current, rtol=1e-6):
        return None
    return {gas: value / current for gas, value in taken.items()}


def evolves_hydrogen(network: Network) -> bool:
    """Whether a step of the network makes or takes H2(g)."""
    return any("H2(g)" in step.stoichiometry for step in network.steps)
