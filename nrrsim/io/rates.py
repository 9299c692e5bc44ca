"""From the entry of a step to its rate law, prefactors read with the units that the step's gases give them."""

from __future__ import annotations

from collections.abc import Collection

from nrrsim.core.species import ELECTRON, Phase, gas_formula
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import InputError, MissingEnergyError, nearest
from nrrsim.io.schema import EquilibriumEntry, RateEntry, StepEntry
from nrrsim.kinetics.rate_laws import (
    Arrhenius,
    Equilibrium,
    ProtonElectronTransfer,
    PublishedConstants,
    RateLaw,
    Sticking,
    TransitionState,
)
from nrrsim.network.network import Network
from nrrsim.units import parse_quantity

LARGEST_PREFACTOR = 1e40  # kT/h is some 1e13 1/s; beyond it stands a slip

_FORMS = {
    frozenset({"sticking"}): frozenset[str](),
    frozenset({"A", "Ea"}): frozenset({"reverse"}),
    frozenset({"kf", "kr", "at"}): frozenset[str](),
    frozenset({"barrier", "U_RHE"}): frozenset({"beta", "donor"}),
}


def rate_law(entry: str | StepEntry, step: ElementaryStep, network: Network) -> RateLaw | None:
    """The law a step's entry states; None where it states none.

    Raises
    ------
    InputError
        If it states two, or a law that does not fit the step.
    """
    rate = None if isinstance(entry, str) else entry.rate
    equilibrium = None if isinstance(entry, str) else entry.equilibrium
    stated = [x for x in (rate, equilibrium, step.transition_state) if x is not None]
    if len(stated) > 1:
        raise InputError(
            f"the step '{step.equation}' has more than one rate law.",
            remedy="keep one of transition state, rate and equilibrium.",
        )
    law: RateLaw | None = TransitionState() if step.transition_state is not None else None
    if rate is not None:
        law = _stated_rate(rate, step, network)
    if equilibrium is not None:
        law = _equilibrium(equilibrium, step, network)
    _check_potential(law, step)
    return law


def _check_potential(law: RateLaw | None, step: ElementaryStep) -> None:
    """A step that transfers an electron needs a law that knows the potential."""
    knows = law is None or isinstance(law, ProtonElectronTransfer) or law == Equilibrium()
    if ELECTRON.name in step.stoichiometry and not knows:
        raise InputError(
            f"the rate law of '{step.equation}' does not say how it depends on the potential.",
            remedy="give 'rate: {barrier: ... eV, U_RHE: ... V}', or 'equilibrium: {}'.",
        )


def _stated_rate(rate: RateEntry, step: ElementaryStep, network: Network) -> RateLaw:
    found = frozenset(key for key, value in rate if value is not None)
    if not any(needed <= found <= needed | allowed for needed, allowed in _FORMS.items()):
        raise InputError(
            f"the rate of '{step.equation}' has the keys {', '.join(sorted(found)) or 'none'}.",
            remedy="give 'sticking', 'A' and 'Ea', 'kf', 'kr' and 'at', or 'barrier' and 'U_RHE'.",
        )
    if rate.sticking is not None:
        return Sticking(rate.sticking, _gas_mass(step, network))
    if rate.kf is not None and rate.kr is not None and rate.at is not None:
        return _published(rate, step, network)
    if rate.barrier is not None and rate.U_RHE is not None:
        if step.n_electrons != 1:
            raise InputError(
                f"the barrier at a potential of '{step.equation}' needs one electron on its left side.",
                remedy="write it as a reduction by H+ + e-.",
            )
        return ProtonElectronTransfer(rate.barrier, rate.U_RHE, 0.5 if rate.beta is None else rate.beta, rate.donor)
    return _arrhenius(rate, step, network)


def _arrhenius(rate: RateEntry, step: ElementaryStep, network: Network) -> Arrhenius:
    assert rate.Ea is not None
    A = _prefactor(rate.A, _molecules(step.reactants, network))
    if rate.reverse is None:
        return Arrhenius(A, rate.Ea)
    return Arrhenius(A, rate.Ea, _prefactor(rate.reverse.A, _molecules(step.products, network)), rate.reverse.Ea)


def _prefactor(value: object, gases: int) -> float:
    return _positive(value, "1/s" if gases == 0 else f"1/s/bar**{gases}")


def _positive(value: object, unit: str) -> float:
    try:
        A = parse_quantity(value, unit)
    except InputError as error:
        raise InputError(f"the prefactor A: {error.what}", remedy=error.remedy) from error
    if not 0 < A < LARGEST_PREFACTOR:
        raise InputError(
            f"the prefactor {value} is not between 0 and {LARGEST_PREFACTOR:g}.", remedy="give the published A > 0."
        )
    return A


def _published(rate: RateEntry, step: ElementaryStep, network: Network) -> PublishedConstants:
    assert rate.kf is not None
    assert rate.kr is not None
    assert rate.at is not None
    for name in (*step.reactants, *step.products):
        gas = gas_formula(name)
        if network.species[name].phase is Phase.GAS and not rate.at.p.get(gas):
            raise InputError(
                f"the constants of '{step.equation}' do not say the pressure of {gas} they hold at.",
                remedy=f"add it to 'at: {{p: {{{gas}: ... bar}}}}', above zero.",
            )
    known = {gas_formula(name) for name in network.gases if any(name in s.stoichiometry for s in network.steps)}
    for gas in rate.at.p:
        if gas not in known:
            raise InputError(
                f"the constants of '{step.equation}' hold at a pressure of '{gas}', a gas that no step has; "
                f"{nearest(gas, known)}",
                remedy="name gases of the steps only.",
            )
    if rate.kf <= 0 or rate.kr <= 0:
        raise InputError(f"a constant of '{step.equation}' is not positive.", remedy="give kf > 0 and kr > 0.")
    return PublishedConstants(rate.kf, rate.kr, rate.at.T, tuple(rate.at.p.items()))


def _equilibrium(entry: EquilibriumEntry, step: ElementaryStep, network: Network) -> Equilibrium:
    if (entry.A is None) != (entry.dH is None):
        raise InputError(
            f"the equilibrium of '{step.equation}' has only one of A and dH.",
            remedy="give both, or neither ('equilibrium: {}').",
        )
    if entry.A is None or entry.dH is None:
        return Equilibrium()
    exponent = _molecules(step.products, network) - _molecules(step.reactants, network)
    return Equilibrium(_positive(entry.A, f"bar**{exponent}" if exponent else ""), entry.dH)


def _molecules(side: object, network: Network) -> int:
    return sum(n for name, n in dict(side).items() if network.species[name].phase is Phase.GAS)  # type: ignore[call-overload]


def check_sticking(step: ElementaryStep, law: RateLaw | None, relative: Collection[str], network: Network) -> None:
    """Refuse collision theory on site types whose number is known, but not their area.

    Raises
    ------
    MissingEnergyError
        Naming the site type.
    """
    if not isinstance(law, Sticking):
        return
    for name in (*step.reactants, *step.products):
        for site in network.species[name].sites:
            if site in relative:
                raise MissingEnergyError(
                    f"sticking in '{step.equation}' needs the area of a site of type '{site}'.",
                    remedy="give 'density: ... mol/cm2' (or 1/nm2) of the first site type in place of 'ratio'.",
                )


def _gas_mass(step: ElementaryStep, network: Network) -> float:
    """Mass of the one gas of an adsorption step [u]."""
    from ase.data import atomic_masses, atomic_numbers

    gases = [name for name in step.stoichiometry if network.species[name].phase is Phase.GAS]
    if len(gases) != 1:
        raise InputError(
            f"sticking in '{step.equation}' needs one gas.", remedy="give 'A' and 'Ea', or a transition state."
        )
    return float(
        sum(n * atomic_masses[atomic_numbers[element]] for element, n in network.species[gases[0]].composition.items())
    )
