"""What has to hold before a mechanism has rates and turnovers: laws, pressures, a cycle, constants that are numbers."""

from __future__ import annotations

import numpy as np

from nrrsim.core.species import Phase, gas_formula
from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.kinetics.energies import Array, ConditionArrays
from nrrsim.kinetics.mechanism import Mechanism
from nrrsim.kinetics.rate_laws import Equilibrium
from nrrsim.network.network import Network

LARGEST_LN_K = 575.0  # ln of 1e250 per second: a double would soon overflow, and no rate is near
NO_CYCLE = "no sequence of steps closes to a cycle that makes a gas of another: nothing turns over."


def turns_over(network: Network) -> bool:
    """Whether some cycle of steps, which leaves the surface as it was, makes gases of others."""
    return bool(np.any(network.stoichiometric_matrix(network.gases) @ network.cycles().T))


def check_laws(mechanism: Mechanism) -> None:
    """Refuse a mechanism without laws for all its steps.

    Raises
    ------
    MissingEnergyError
    """
    without = [step.equation for step in mechanism.steps_without_law]
    if without:
        raise MissingEnergyError(
            f"a TOF needs barriers, and none is published for {len(without)} steps: {'; '.join(without[:3])}"
            f"{' ...' if len(without) > 3 else ''}.",
            remedy="compute transition states and add them, or assume a range to get a band: "
            "'assume: {Ga0: [0.4 eV, 0.8 eV]}' in the file, or --assume-Ga0 0.4 --assume-Ga0 0.8.",
        )


def check_pressures(mechanism: Mechanism, arrays: ConditionArrays) -> None:
    """Refuse conditions that name no pressure of a gas, leave no gas at all, or none for a step at equilibrium.

    Raises
    ------
    InputError
    """
    _named_pressures(mechanism, arrays)
    gases = [gas_formula(gas) for gas in mechanism.network.gases]
    given = [arrays.p[gas] for gas in gases if gas in arrays.p]
    if given and np.any(np.max(given, axis=0) == 0):
        remedy = "give at least one of them a pressure above zero."
        raise InputError(f"the pressures of {', '.join(gases)} are all zero.", where="conditions", remedy=remedy)
    _held_pressures(mechanism, arrays)


def check_constants(mechanism: Mechanism, ln_kf_cj: Array, ln_kr_cj: Array) -> None:
    """Refuse constants that are no numbers, or beyond what one can compute with.

    Raises
    ------
    InputError
        Naming the step.
    """
    for ln_k, which in ((ln_kf_cj, "forward"), (ln_kr_cj, "reverse")):
        bad = np.isnan(ln_k) | (ln_k > LARGEST_LN_K)
        if bad.any():
            c, j = (int(k) for k in np.argwhere(bad)[0])
            size = "no number" if np.isnan(ln_k[c, j]) else f"1e{ln_k[c, j] / np.log(10):.0f} per second"
            raise InputError(
                f"the {which} constant is {size}.",
                where=f"step '{mechanism.network.steps[j].equation}'",
                remedy="look at the energies of its states, and at its barrier or prefactor.",
            )


def _named_pressures(mechanism: Mechanism, arrays: ConditionArrays) -> None:
    used = [
        gas_formula(gas)
        for gas in mechanism.network.gases
        if any(gas in s.stoichiometry for s in mechanism.network.steps)
    ]
    for gas in used:
        if gas not in arrays.p:
            raise InputError(
                f"no pressure of {gas} is given.",
                where="conditions",
                remedy=f"give 'p: {{{gas}: ... bar}}' (--p {gas}=...); 0 is allowed.",
            )


def _held_pressures(mechanism: Mechanism, arrays: ConditionArrays) -> None:
    for step in mechanism.network.steps:
        if not isinstance(mechanism.rates[step.id], Equilibrium):
            continue
        for name in step.stoichiometry:
            if mechanism.network.species[name].phase is Phase.GAS and np.any(arrays.p[gas_formula(name)] == 0):
                raise InputError(
                    f"'{step.equation}' is held at equilibrium with {gas_formula(name)} at zero pressure.",
                    where="conditions",
                    remedy=f"give {gas_formula(name)} a small positive pressure, or the step a rate.",
                )
