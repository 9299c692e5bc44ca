"""Exact sensitivities of turnovers and of the shares of products, to steps, energies, conditions.

Rate control asks what one step's constants do (at constant K), thermodynamic rate control what one state's Gibbs energy
does with those of all other states and of all transition states held, the energy gradient what one energy of the
catalyst's file does with all that follows from it. All of them are the linear response of the steady state
(`response`) times derivatives of the constants (`RateInputs`). No solution is repeated.

References
----------
C. T. Campbell, ACS Catal. 7 (2017) 2770, doi:10.1021/acscatal.7b00115.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from nrrsim.analysis.operating_point import OperatingPoint
from nrrsim.analysis.response import Response, linear_response
from nrrsim.analysis.selectivity import faradaic_efficiency
from nrrsim.core.species import ELECTRON, parse_formula
from nrrsim.errors import InputError, nearest
from nrrsim.kinetics.rate_constants import EnergyDerivatives
from nrrsim.network.network import Network
from nrrsim.units import K_B

Floats = NDArray[np.float64]

_MILLI = 1e-3


@dataclass(frozen=True)
class Sensitivities:
    """How one turnover, or the share of one product, answers to steps, energies and conditions.

    R is the turnover or the share. Derivatives are those of the branch that each law is on: where a cap holds a barrier
    up (`capped_steps`) they follow the cap, and at the very point where it takes over they are one-sided.

    Parameters
    ----------
    gas : str
        Gas whose turnover or share it is.
    rate_control : Mapping[str, float]
        Degree of rate control of each step, d ln R/d ln k at constant K, by step id. Its sum is 1 for a turnover, 0 for
        a share.
    apparent_activation_energy : float or None
        kT^2 d ln R/dT at constant pressures and U_RHE [eV]; None where an enthalpy is not published.
    reaction_orders : Mapping[str, float]
        d ln R/d ln p by gas formula; gases at zero pressure are left out.
    thermodynamic_rate_control : Mapping[str, float]
        d ln R/d(-G_n/kT) of every gas, adsorbate, free site and transition state with an energy, those of all others
        held. A transition state of its own, published or from a BEP relation, stays where it is. A step without one
        follows its law: barrierless, capped and assumed barriers go with the reaction energy as the law says, constants
        and barriers given forward stay and the reverse one moves.
    energy_gradient : Mapping[str, float]
        d ln R/dE_n [1/eV] of every state whose energy is given and follows no other: the total derivative to the energy
        as `sweep(energies=...)` sets it, the gases' after the gas policy. BEP transition states, sums of adsorbates and
        mu(H+ + e-) move along.
    potential_gradient : float or None
        d ln R/dU at constant pH [1/V], the same on either scale; None where no step transfers electrons.
    pH_gradient : float or None
        d ln R/d pH at constant U_RHE; None where no step transfers electrons.
    capped_steps : tuple[str, ...]
        Ids of the steps whose barrier a cap holds up.
    """

    gas: str
    rate_control: Mapping[str, float]
    apparent_activation_energy: float | None
    reaction_orders: Mapping[str, float]
    thermodynamic_rate_control: Mapping[str, float]
    energy_gradient: Mapping[str, float]
    potential_gradient: float | None
    pH_gradient: float | None
    capped_steps: tuple[str, ...]

    @property
    def tafel_slope(self) -> float | None:
        """dU/d log10 R at constant pH [mV per decade], negative where R grows as U falls; None where R knows no U."""
        if not self.potential_gradient:
            return None
        return math.log(10) / self.potential_gradient / _MILLI


def sensitivities(point: OperatingPoint, gas: str) -> Sensitivities | None:
    """Sensitivities of the turnover of `gas`, or None where that turnover is zero or the response singular.

    Raises
    ------
    InputError
        If the mechanism has no such gas.
    """
    gases = point.solution.topology.gases
    if gas not in gases:
        raise InputError(f"no step makes or takes {gas}; {nearest(gas, gases)}", remedy="name one of the gases.")
    found = derivatives(point)
    return None if found is None else found.of_turnover(gas)


def competing_products(point: OperatingPoint, network: Network) -> tuple[str, ...]:
    """Gases that share what is made: those with a Faradaic efficiency, of a thermal network those made that have H.

    Empty where there is no such efficiency, or one product alone.
    """
    if any(step.n_electrons for step in network.steps):
        efficiency = faradaic_efficiency(point.solution, network)
        made = [] if efficiency is None else [gas for gas, share in efficiency.items() if share > 0]
    else:
        made = [gas for gas, tof in point.solution.tof.items() if tof > 0 and parse_formula(gas).get("H", 0)]
    return tuple(made) if len(made) > 1 else ()


def derivatives(point: OperatingPoint) -> Derivatives | None:
    """Derivatives of all turnovers of a certified steady state, or None where its response is singular."""
    response = linear_response(point.problem, point.solution)
    return None if response is None else Derivatives(point, response)


class Derivatives:
    """Derivatives of all turnovers of one steady state, to be combined into those of a turnover or a share."""

    def __init__(self, point: OperatingPoint, response: Response) -> None:
        energies = point.inputs.energies
        self._point, self._response = point, response
        self._states = _named_by_steps(energies)
        self._given = tuple(name for name in energies.states if name not in energies.following)
        self._kT = K_B * float(point.inputs.T_c[0])
        self._by_T_g = self._by_temperature()
        self._by_p = self._by_pressures()
        self._by_G_ng = response.to(*energies.to_gibbs(self._states, 0))
        self._by_E_ng = response.to(*energies.to_energies(self._given, 0))
        (self._by_U_g,) = -response.to(*energies.to_gibbs((ELECTRON.name,), 0))
        (self._by_pH_g,) = response.to(energies.dpH_j[None, :], energies.dpH_j[None, :])

    @property
    def gases(self) -> tuple[str, ...]:
        """Gases with a turnover."""
        return tuple(gas for gas, tof in zip(self._response.gases, self._response.tof_g, strict=True) if tof)

    def of_turnover(self, gas: str) -> Sensitivities | None:
        """Of the turnover of a gas; None where it is zero."""
        if gas not in self.gases:
            return None
        g = self._response.gases.index(gas)
        weight_g = np.zeros(self._response.tof_g.size)
        weight_g[g] = 1 / self._response.tof_g[g]
        return self._combined(gas, weight_g)

    def of_share(self, gas: str, products: Sequence[str]) -> Sensitivities | None:
        """Of the share of a gas in the hydrogen that products take, which is that in the current where H comes with e-.

        d ln s_g = sum_h s_h (d ln R_h' - d ln R_h) over the other products h: without a difference of nearly equal
        shares. None where the product is not made, or has none beside it.
        """
        gases, tof_g = self._response.gases, self._response.tof_g
        hydrogen_g = np.array([parse_formula(name).get("H", 0) if name in products else 0 for name in gases])
        share_g = hydrogen_g * tof_g / (hydrogen_g @ tof_g)
        g = gases.index(gas)
        others = [h for h in range(len(gases)) if h != g and share_g[h]]
        if not share_g[g] or not others:
            return None
        weight_g = np.zeros(tof_g.size)
        weight_g[others] = -share_g[others] / tof_g[others]
        weight_g[g] = share_g[others].sum() / tof_g[g]
        return self._combined(gas, weight_g)

    def _combined(self, gas: str, weight_g: Floats) -> Sensitivities:
        """Sensitivities of R with d ln R = sum_g weight_g dR_g."""
        topology, energies = self._point.solution.topology, self._point.inputs.energies
        charged = bool(np.any(topology.n_electrons_j))
        return Sensitivities(
            gas=gas,
            rate_control=_named(topology.steps, weight_g @ self._response.control_gj),
            apparent_activation_energy=(
                None if self._by_T_g is None else self._kT**2 / K_B * float(self._by_T_g @ weight_g)
            ),
            reaction_orders={name: float(by_p_g @ weight_g) for name, by_p_g in self._by_p.items()},
            thermodynamic_rate_control=_named(self._states, -self._kT * self._by_G_ng @ weight_g),
            energy_gradient=_named(self._given, self._by_E_ng @ weight_g),
            potential_gradient=float(self._by_U_g @ weight_g) if charged else None,
            pH_gradient=float(self._by_pH_g @ weight_g) if charged else None,
            capped_steps=tuple(
                step for step, capped in zip(topology.steps, energies.capped_cj[0], strict=True) if capped
            ),
        )

    def _by_temperature(self) -> Floats | None:
        """dR_g/dT [1/s/K], shape (g,)."""
        inputs, problem = self._point.inputs, self._point.problem
        if inputs.dT_ln_kf_cj is None or inputs.dT_ln_kr_cj is None:
            return None
        share_j, T = problem.share_j, float(inputs.T_c[0])
        push_j = problem.topology.nu_ij.T @ (problem.coupling_ik @ self._point.solution.theta_i) / T  # energies over kT
        forward_j = inputs.dT_ln_kf_cj[0] + share_j * push_j
        reverse_j = inputs.dT_ln_kr_cj[0] - (1 - share_j) * push_j
        (by_T_g,) = self._response.to(forward_j[None, :], reverse_j[None, :])
        return np.asarray(by_T_g)

    def _by_pressures(self) -> dict[str, Floats]:
        """dR_g/d ln p [1/s] by gas, shape (g,); gases at zero pressure are left out."""
        problem, t = self._point.problem, self._point.problem.topology
        finite_j = np.isfinite(problem.ln_kf_j) & np.isfinite(problem.ln_kr_j)
        orders_gj = t.initial_gj + t.final_gj
        present = [g for g in range(len(t.gases)) if orders_gj[g].any() and finite_j[orders_gj[g] > 0].all()]
        by_p_xg = self._response.to(t.initial_gj[present], t.final_gj[present])
        return {t.gases[g]: by_p_g for g, by_p_g in zip(present, by_p_xg, strict=True)}


def _named_by_steps(energies: EnergyDerivatives) -> tuple[str, ...]:
    """States but those that act only through others that follow them, as adsorbates of a whole site's states do."""
    slopes = (slope for constants_j in (energies.forward_j, energies.reverse_j) for k in constants_j for slope in k)
    named = {name for _, counts in slopes for name in counts}
    led = {name for leading in energies.following.values() for name in leading}
    return tuple(name for name in energies.states if name in named or name not in led)


def _named(names: Sequence[str], values: Floats) -> dict[str, float]:
    return dict(zip(names, map(float, values), strict=True))
