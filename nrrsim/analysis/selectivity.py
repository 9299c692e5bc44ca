"""Where the electrons go."""

from __future__ import annotations

from collections.abc import Mapping

from nrrsim.core.species import parse_formula
from nrrsim.network.network import Network
from nrrsim.solvers.solution import Solution


def faradaic_efficiency(solution: Solution, network: Network) -> Mapping[str, float] | None:
    """Share of the current that each product takes: electrons per molecule times its turnover, over their sum.

    Electrons per molecule made from N2, H+ and e- equal the product's H atoms: 3 for NH3, 2 for H2, 4 for N2H4.

    Returns
    -------
    Mapping[str, float] or None
        By product formula; None for a network that is thermal or has no hydrogen evolution to compete, or where no net
        current flows.
    """
    if not any(step.n_electrons for step in network.steps) or not evolves_hydrogen(network):
        return None
    current = {
        gas: parse_formula(gas).get("H", 0) * tof for gas, tof in solution.tof.items() if parse_formula(gas).get("H", 0)
    }
    made = {gas: max(value, 0.0) for gas, value in current.items()}
    total = sum(made.values())
    return {gas: value / total for gas, value in made.items()} if total > 0 else None


def evolves_hydrogen(network: Network) -> bool:
    """Whether a step of the network makes or takes H2(g)."""
    return any("H2(g)" in step.stoichiometry for step in network.steps)
