"""Free clusters of three metal atoms: how N2 stands on each metal, and what its dissociation costs there.

The published classes say whether N2 dissociates by itself (I), over a barrier (II), or not (III). Energies of states
tell III from the others, with 2N above the N2 state; only a barrier tells I from II.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import resources
from types import MappingProxyType
from typing import Any

from nrrsim.campaign.computed import Computed, energy_of
from nrrsim.campaign.plan import Plan
from nrrsim.campaign.states import CLEAN
from nrrsim.dft.settings import Settings
from nrrsim.yaml import parse, plain

END_ON, SIDE_ON, ATOMS, GAS = "N2", "N2(side)", "2N", "N2(g)"

COARSE = 0.1  # force at which relaxations end: against 5 eV/Angstrom^2 it holds back a meV [eV/Angstrom]

_DATA = "m3_nitrogen_classes.yaml"


@dataclass(frozen=True)
class PublishedClass:
    """A class of metals.

    Parameters
    ----------
    name : str
        "I", "II" or "III".
    meaning : str
        What N2 does.
    """

    name: str
    meaning: str

    def agrees(self, cleavage: float) -> bool:
        """Whether the energy of 2N against the N2 state [eV] has the sign that the class asks for."""
        return (cleavage > 0) == (self.name == "III")


@dataclass(frozen=True)
class NitrogenOnCluster:
    """N2 on a cluster, as far as it is computed.

    Parameters
    ----------
    metal : str
    moment : float or None
        Total one of the bare cluster [Bohr magnetons], None without spin.
    adsorption : Mapping[str, float]
        Electronic energy of N2(g) + * -> state [eV], by state: "N2", "N2(side)", "2N".
    missing : Mapping[str, str]
        What has no energy, and why.
    """

    metal: str
    moment: float | None
    adsorption: Mapping[str, float]
    missing: Mapping[str, str] = field(default_factory=dict)

    @property
    def cleavage(self) -> float | None:
        """Electronic energy of the lower N2 state -> 2N [eV]; None where one of the two forms or 2N is missing."""
        if not {END_ON, SIDE_ON, ATOMS} <= set(self.adsorption):
            return None
        return self.adsorption[ATOMS] - min(self.adsorption[END_ON], self.adsorption[SIDE_ON])


def nitrogen_plan(metal: str, settings: Settings, *, starts: int = 2) -> Plan:
    """The cluster of three atoms of a metal, bare, with N2 in both forms and with two N; no vibrations."""
    return Plan(
        f"m3-{metal.lower()}",
        settings,
        model="isolated",
        donors=("H*",),
        states=(END_ON, SIDE_ON, ATOMS),
        starts=starts,
        vibrations=False,
        relax={"fmax": COARSE},
    )


def nitrogen_on(computed: Computed) -> NitrogenOnCluster:
    """What a plan of `nitrogen_plan` came to."""
    metal = computed.plan.clean.get_chemical_symbols()[0]
    relaxed, missing = computed.relaxed, {name: why for name, why in computed.missing.items() if name != "H2(g)"}
    moment = relaxed[CLEAN].moment if CLEAN in relaxed else None
    if not {CLEAN, GAS} <= set(relaxed):
        return NitrogenOnCluster(metal, moment, MappingProxyType({}), MappingProxyType(missing))
    zero = energy_of(relaxed[CLEAN]) + energy_of(relaxed[GAS])
    adsorption = {name: energy_of(relaxed[name]) - zero for name in (END_ON, SIDE_ON, ATOMS) if name in relaxed}
    return NitrogenOnCluster(metal, moment, MappingProxyType(adsorption), MappingProxyType(missing))


@functools.cache
def published_classes() -> Mapping[str, PublishedClass]:
    """The published class of each of twenty metals, by its symbol."""
    text = resources.files("nrrsim").joinpath("data", _DATA).read_text(encoding="utf-8")
    data: Any = plain(parse(text, _DATA))
    classes = data["classes"]
    found = {metal: PublishedClass(name, said["meaning"]) for name, said in classes.items() for metal in said["metals"]}
    return MappingProxyType(found)
