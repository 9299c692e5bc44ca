"""States of a whole site whose energy is the sum of what stands on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np

from nrrsim.thermo.protocol import FloatArray, Thermo


@dataclass(frozen=True, eq=False)
class AdditiveState:
    """H, S and G of one arrangement of adsorbates (or a transition state and adsorbates) that do not feel each other.

    G = sum_i n_i G_i. The number of arrangements is not in it: it belongs to the chain of states, not to one of them.

    Parameters
    ----------
    parts : Mapping[str, int]
        How often each part is there, by name.
    members : Mapping[str, Thermo]
        Their thermochemistry, by name.
    """

    parts: Mapping[str, int]
    members: Mapping[str, Thermo]

    def __post_init__(self) -> None:
        object.__setattr__(self, "parts", MappingProxyType(dict(self.parts)))
        object.__setattr__(self, "members", MappingProxyType({name: self.members[name] for name in self.parts}))

    def enthalpy(self, T: FloatArray) -> FloatArray:
        """Sum of the enthalpies [eV], shape (c,)."""
        return self._sum("enthalpy", T)

    def entropy(self, T: FloatArray) -> FloatArray:
        """Sum of the entropies [eV/K], shape (c,)."""
        return self._sum("entropy", T)

    def gibbs(self, T: FloatArray) -> FloatArray:
        """Sum of the Gibbs energies [eV], shape (c,)."""
        return self._sum("gibbs", T)

    @property
    def notes(self) -> tuple[str, ...]:
        """Those of the parts."""
        return tuple(dict.fromkeys(note for thermo in self.members.values() for note in thermo.notes))

    def _sum(self, function: str, T: FloatArray) -> FloatArray:
        total = np.zeros_like(np.asarray(T, dtype=np.float64))
        for name, n in self.parts.items():
            total = total + n * getattr(self.members[name], function)(T)
        return total
