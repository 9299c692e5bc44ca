"""Conservation of elements, sites and charge in each step, and the conservation matrix of a whole network."""

from __future__ import annotations

from collections.abc import Mapping

from nrrsim.core.species import Species
from nrrsim.core.steps import ElementaryStep
from nrrsim.errors import BalanceError, InputError


def conserved_quantities(species: Species) -> dict[str, int]:
    """What a species carries: atoms, sites and charge, each under its own name."""
    atoms = {f"element {element}": n for element, n in species.composition.items()}
    sites = {f"site {site}": n for site, n in species.sites.items()}
    return {**atoms, **sites, **({"charge": species.charge} if species.charge else {})}


def check_balance(step: ElementaryStep, species: Mapping[str, Species]) -> None:
    """Refuse a step that creates or destroys an element, a site or charge.

    Raises
    ------
    BalanceError
        Naming the step and each imbalance, final minus initial.
    """
    imbalance: dict[str, int] = {}
    for name, nu in step.stoichiometry.items():
        for quantity, n in conserved_quantities(species[name]).items():
            imbalance[quantity] = imbalance.get(quantity, 0) + nu * n
    wrong = ", ".join(f"{quantity}: {n:+d}" for quantity, n in sorted(imbalance.items()) if n)
    if wrong:
        raise BalanceError(
            f"the step '{step.equation}' is not balanced (final minus initial: {wrong}).",
            remedy="add the missing atoms, free sites '*' or 'H+ + e-'.",
        )
    if not step.stoichiometry:
        raise InputError(f"the step '{step.equation}' changes nothing.", remedy="remove it.")


def check_transition_state(step: ElementaryStep, transition_state: Species, species: Mapping[str, Species]) -> None:
    """Refuse a transition state whose atoms are not those of the initial state.

    A transition state may stand on fewer or more site labels than its initial state: `N-N*` bridges two sites.

    Raises
    ------
    BalanceError
        If the composition differs.
    """
    initial: dict[str, int] = {}
    for name, n in step.reactants.items():
        for element, count in species[name].composition.items():
            initial[element] = initial.get(element, 0) + n * count
    if dict(transition_state.composition) != dict(sorted(initial.items())):
        found = "".join(f"{e}{n}" for e, n in transition_state.composition.items())
        wanted = "".join(f"{e}{n}" for e, n in sorted(initial.items()))
        raise BalanceError(
            f"the transition state '{transition_state.name}' of '{step.equation}' has the atoms {found}, "
            f"its initial state {wanted}.",
            remedy="name a transition state of the same atoms, or give it that composition.",
        )
