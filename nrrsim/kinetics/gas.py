"""Who carries the error of a method's gas-phase reaction energy, and what the gases' energies become.

A method's N2 + 3 H2 -> 2 NH3 differs from experiment by d = E_method - E_experiment. Under `experiment` one gas is
given all of it: NH3(g) (each NH3 moves by -d/2), N2(g) (+d) or H2(g) (+d/3), so that the reaction becomes the
experimental one; adsorbates stay where the method put them. Under `own` nothing moves.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nrrsim.errors import InputError, MissingEnergyError
from nrrsim.thermo.protocol import Thermo
from nrrsim.thermo.shipped import DEFAULT_DATASET, ShippedGas, gas_record

REFERENCE_GASES: Final = ("N2(g)", "H2(g)", "H2O(g)")  # zero by formats' definition of the energy zero
BLAMED: Final = ("NH3(g)", "N2(g)", "H2(g)")
_SHARE: Final = {"NH3(g)": -1 / 2, "N2(g)": 1.0, "H2(g)": 1 / 3}


@dataclass(frozen=True)
class GasPolicy:
    """The gases of a method whose thermal part is shipped.

    Parameters
    ----------
    kind : {"own", "experiment"}
    error_on : str or None
        NH3(g), N2(g) or H2(g) under "experiment".
    energies : Mapping[str, float or None]
        The method's own electronic formation energy of each gas with shipped thermochemistry [eV]; None where the
        source has none.
    dataset : str
        Shipped thermochemistry used.
    """

    kind: str
    error_on: str | None
    energies: Mapping[str, float | None]
    dataset: str = DEFAULT_DATASET

    def __post_init__(self) -> None:
        object.__setattr__(self, "energies", MappingProxyType(dict(self.energies)))
        if self.kind not in ("own", "experiment"):
            raise InputError(f"the gas policy '{self.kind}' is unknown.", remedy="write 'own' or 'experiment'.")
        if self.kind == "experiment" and self.error_on not in BLAMED:
            found = "missing" if self.error_on is None else f"'{self.error_on}'"
            raise InputError(f"error_on is {found}.", remedy="say who carries the gas error: NH3(g), N2(g) or H2(g).")
        if self.kind == "own" and self.error_on is not None:
            raise InputError("policy 'own' has no error_on.", remedy="remove error_on, or choose policy: experiment.")

        if self.error_on in ("N2(g)", "H2(g)") and self.error is None:
            raise InputError(
                f"the gas error cannot be put on {self.error_on}: the method's own NH3(g) is not given.",
                remedy="give its energy, or write 'error_on: NH3(g)'.",
            )

    @property
    def label(self) -> str:
        """How the policy is named in outputs."""
        return "own" if self.kind == "own" else f"experiment, error on {self.error_on}"

    @property
    def error(self) -> float | None:
        """Method minus experiment of N2 + 3 H2 -> 2 NH3, electronic [eV]; None without the method's own NH3."""
        own = {gas: self.energies.get(gas, 0.0) for gas in BLAMED}
        if any(energy is None for energy in own.values()) or "NH3(g)" not in self.energies:
            return None
        experiment = 2 * gas_record("NH3", self.dataset).electronic_formation_energy
        return 2 * (own["NH3(g)"] or 0.0) - (own["N2(g)"] or 0.0) - 3 * (own["H2(g)"] or 0.0) - experiment

    def thermo(self) -> dict[str, Thermo]:
        """Thermochemistry of every gas under this policy.

        Raises
        ------
        MissingEnergyError
            If policy "own" needs an energy that the source does not have.
        """
        return {gas: self.thermo_of(gas) for gas in self.energies}

    def thermo_of(self, gas: str) -> Thermo:
        """Thermochemistry of one gas under this policy."""
        return ShippedGas(gas_record(gas.removesuffix("(g)"), self.dataset), self._energy(gas))

    def _energy(self, gas: str) -> float | None:
        """Electronic energy under this policy; None where experiment's takes the place of a missing one."""
        own = self.energies[gas]
        if own is None and self.kind == "own":
            raise MissingEnergyError(
                f"{gas} has no energy of the method's own.",
                remedy="give its electronic formation energy ('energy: ... eV'), or choose 'policy: experiment'.",
            )
        if own is None or self.error is None or gas != self.error_on:
            return own
        return own + _SHARE[gas] * self.error

    def alternatives(self) -> tuple[GasPolicy, ...]:
        """The other ways to blame the gas error, the method's own gas among them; empty when its NH3 is not known."""
        if self.error is None:
            return ()
        own = [("own", None)] if all(energy is not None for energy in self.energies.values()) else []
        choices: list[tuple[str, str | None]] = [*own, *(("experiment", gas) for gas in BLAMED)]
        return tuple(
            GasPolicy(kind, gas, self.energies, self.dataset)
            for kind, gas in choices
            if (kind, gas) != (self.kind, self.error_on)
        )
