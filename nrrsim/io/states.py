"""From the entry of a state to its thermochemistry: the forms an energy may take in a catalyst file."""

from __future__ import annotations

import enum
from collections.abc import Callable

from nrrsim.core.species import Phase, Species
from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.io.schema import CatalystFile, StateEntry
from nrrsim.kinetics.gas import REFERENCE_GASES, GasPolicy
from nrrsim.thermo.corrections import Corrected
from nrrsim.thermo.harmonic import HarmonicAdsorbate
from nrrsim.thermo.modes import LowModePolicy, check_mode_count
from nrrsim.thermo.protocol import Thermo
from nrrsim.thermo.published import CorrectedEnergy, EnthalpyEntropy, GibbsAt
from nrrsim.thermo.shipped import DEFAULT_DATASET, datasets


class Form(enum.Enum):
    """The forms of an energy, each with the zero it counts from."""

    SHIPPED_GAS = ("shipped gas", "electronic")
    HARMONIC = ("energy and frequencies", "electronic")
    CORRECTED = ("energy and gibbs_correction", "electronic")
    ABSOLUTE = ("enthalpy and entropy", "absolute enthalpy")
    GIBBS = ("gibbs at a temperature", "published Gibbs energy")
    BEP = ("bep", "")
    NONE = ("no energy", "")

    @property
    def zero(self) -> str:
        """What the energy counts from; empty where there is none."""
        return str(self.value[1])


_KEYS: dict[Form, tuple[frozenset[str], frozenset[str]]] = {  # keys needed, keys allowed beside them
    Form.SHIPPED_GAS: (frozenset({"thermo"}), frozenset({"energy"})),
    Form.HARMONIC: (frozenset({"energy", "frequencies"}), frozenset({"degeneracy"})),
    Form.CORRECTED: (frozenset({"energy", "gibbs_correction", "at"}), frozenset()),
    Form.ABSOLUTE: (frozenset({"enthalpy", "entropy"}), frozenset()),
    Form.GIBBS: (frozenset({"gibbs", "at"}), frozenset()),
    Form.BEP: (frozenset({"bep"}), frozenset()),
    Form.NONE: (frozenset(), frozenset()),
}
_ALWAYS = frozenset({"composition", "correction"})


def form_of(name: str, entry: StateEntry) -> Form:
    """The form an entry has.

    Raises
    ------
    InputError
        If it mixes two forms or misses a part of one.
    """
    if entry.missing is not None:
        return Form.NONE  # whatever else a family gives to all its members
    found = frozenset(key for key, value in entry if value is not None) - _ALWAYS
    for form, (needed, allowed) in _KEYS.items():
        if needed <= found <= needed | allowed:
            return form
    if found == {"energy"}:
        remedy = (
            "add 'thermo: shipped' for a gas."
            if name.endswith("(g)")
            else "add 'frequencies: ... 1/cm', or 'gibbs_correction' and 'at'."
        )
        raise InputError(f"{name} has an electronic energy but nothing that makes a Gibbs energy of it.", remedy=remedy)
    forms = "; ".join(str(form.value[0]) for form in Form if form is not Form.NONE)
    raise InputError(
        f"the keys {', '.join(sorted(found))} of {name} do not make one form of energy.", remedy=f"use one of: {forms}."
    )


def state_thermo(
    name: str, entry: StateEntry, species: Species, low_modes: LowModePolicy, *, transition_state: bool
) -> Thermo | None:
    """Thermochemistry of one entry; None for shipped gases (the gas policy makes them) and for missing energies."""
    form = form_of(name, entry)
    if form is Form.SHIPPED_GAS and species.phase is not Phase.GAS:
        raise InputError(
            f"'thermo: shipped' is for gases, {name} is none.", remedy="give frequencies, or enthalpy and entropy."
        )
    builders: dict[Form, Callable[[], Thermo]] = {
        Form.HARMONIC: lambda: _harmonic(name, entry, species, low_modes, transition_state=transition_state),
        Form.CORRECTED: lambda: CorrectedEnergy(name, _(entry.energy), _(entry.gibbs_correction), _temperature(entry)),
        Form.ABSOLUTE: lambda: EnthalpyEntropy(name, _(entry.enthalpy), _(entry.entropy)),
        Form.GIBBS: lambda: GibbsAt(name, _(entry.gibbs), _temperature(entry)),
    }
    if form not in builders:
        if entry.correction is not None:
            raise InputError(
                f"{name} has a correction but no energy to correct here.",
                remedy="correct the states, not shipped gases.",
            )
        return None
    thermo = builders[form]()
    if entry.correction is None:
        return thermo
    return Corrected(thermo, entry.correction.value, entry.correction.reason, entry.correction.source)


def gas_policy(file: CatalystFile) -> GasPolicy:
    """The gas policy of a file, with the method's own energies of its shipped gases."""
    dataset = file.gas.dataset or DEFAULT_DATASET
    if dataset not in datasets():
        raise InputError(
            f"the data set '{dataset}' is not shipped.", remedy="use one of " + ", ".join(datasets()) + "."
        )
    shipped = {name: entry for name, entry in file.species.items() if entry.thermo == "shipped"}
    if file.gas.policy == "experiment" and any(
        form_of(name, entry) not in (Form.SHIPPED_GAS, Form.NONE)
        for name, entry in file.species.items()
        if name.endswith("(g)")
    ):
        raise InputError(
            "policy 'experiment' is for gases with 'thermo: shipped'.", remedy="write 'policy: own', or ship the gases."
        )
    own = {name: entry.energy if entry.energy is not None else _zero_energy(name) for name, entry in shipped.items()}
    error_on = (
        file.gas.error_on if file.gas.policy == "experiment" else None
    )  # beside 'own' it has no effect: the band runs over every choice
    return GasPolicy(file.gas.policy, error_on, own, dataset)


def _zero_energy(name: str) -> float | None:
    """N2, H2 and H2O are the zero of energy; every other gas needs its own number."""
    return 0.0 if name in REFERENCE_GASES else None


def _harmonic(
    name: str, entry: StateEntry, species: Species, low_modes: LowModePolicy, *, transition_state: bool
) -> HarmonicAdsorbate:
    if species.phase is Phase.GAS:
        raise InputError(f"the gas {name} has frequencies but no geometry.", remedy="write 'thermo: shipped'.")
    modes = entry.frequencies or ()
    check_mode_count(
        modes, entry.degeneracy, sum(species.composition.values()), transition_state=transition_state, name=name
    )
    return HarmonicAdsorbate(name, _(entry.energy), modes, entry.degeneracy, low_modes)


def _temperature(entry: StateEntry) -> float:
    if entry.at is None:
        raise MissingEnergyError(
            "the temperature of a published Gibbs energy is missing.", remedy="add 'at: {T: ... K}'."
        )
    return entry.at.T


def _(value: float | None) -> float:
    assert value is not None  # form_of saw it
    return value
