"""A campaign's results as a catalyst file: formation energies against the gases of the same settings."""

from __future__ import annotations

import io
import os
from collections.abc import Collection, Iterable, Mapping, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

from nrrsim.campaign.computed import Computed, energy_of
from nrrsim.campaign.plan import Plan
from nrrsim.campaign.states import CLEAN, ON_OXYGEN, OXYGEN_SITE, ZEROS, oxygen_sites
from nrrsim.core.steps import ElementaryStep
from nrrsim.dft.record import DftRecord
from nrrsim.dft.vibrations import SOFT
from nrrsim.errors import InputError
from nrrsim.io.catalyst_yaml import read_catalyst
from nrrsim.thermo.shipped import gas_record
from nrrsim.units import INVERSE_CM

NAUGHT = (CLEAN, f"*{OXYGEN_SITE}", "H+", "e-")  # of no formation energy: free sites, and what half an H2 stands for
CUTOFF = SOFT / INVERSE_CM  # modes softer than the noise of finite differences are raised to it [1/cm]


def formation_energies(computed: Computed) -> dict[str, float]:
    """Electronic formation energies against N2(g), H2(g) and the clean site of the same settings [eV].

    Raises
    ------
    InputError
        If the clean site, N2(g) or H2(g) has no energy.
    """
    energies = {name: record.energy for name, record in computed.relaxed.items() if record.energy is not None}
    elements = {e for species in computed.plan.network.species.values() for e in species.composition}
    lacking = [name for name in (CLEAN, *(ZEROS[e] for e in sorted(elements & set(ZEROS)))) if name not in energies]
    if lacking:
        raise InputError(
            f"{', '.join(lacking)} has no energy: {computed.missing.get(lacking[0], 'not asked for.')}",
            where=f"campaign of {computed.plan.site}",
            remedy="compute it first, or see the reason in the record.",
        )
    per_atom = {element: energies[gas] / 2 for element, gas in ZEROS.items() if gas in energies}
    found = {gas: 0.0 for gas in ZEROS.values() if gas in energies}
    for name, species in computed.plan.network.species.items():
        if name not in energies or name == CLEAN:
            continue
        bare = energies[CLEAN] if species.on_surface else 0.0
        atoms = sum(n * per_atom[element] for element, n in species.composition.items())
        found[name] = energies[name] - bare - atoms
    return found


def whole_steps(computed: Computed) -> tuple[ElementaryStep, ...]:
    """The steps whose states lack nothing: neither an energy nor, where these were asked for, vibrations."""
    there = {*computed.relaxed, *NAUGHT} - set(computed.missing)
    return tuple(step for step in computed.network.steps if there >= step.stoichiometry.keys())


def gas_errors(energies: dict[str, float]) -> dict[str, float]:
    """Method minus experiment of each gas's electronic formation energy [eV]; N2, H2 and H2O are the zero."""
    shipped = {name: name.removesuffix("(g)") for name in energies if name.endswith("(g)")}
    return {
        name: energies[name] - gas_record(formula).electronic_formation_energy
        for name, formula in shipped.items()
        if name not in ("N2(g)", "H2(g)", "H2O(g)")
    }


def catalyst_entry(
    computed: Computed, *, untrusted: bool = False, title: str = "", weaknesses: Sequence[str] = ()
) -> dict[str, Any]:
    """The content of a catalyst file.

    States without an energy, or without vibrations where these were asked for, are left out and named.

    Parameters
    ----------
    computed : Computed
    untrusted : bool
        Whether to write energies of settings that are not meant for rates.
    title : str
        Name for readers; made of the site and the settings where it is empty.
    weaknesses : sequence of str
        Sentences after the caveats of the settings.

    Raises
    ------
    InputError
        If the settings are not meant for rates, a reference is missing, or no step is left.
    """
    require_meant(computed.plan, untrusted=untrusted)
    plan, settings, energies = computed.plan, computed.plan.settings, formation_energies(computed)
    steps = whole_steps(computed)
    if not steps:
        raise InputError("no step has all its states.", where=f"campaign of {plan.site}", remedy="compute more states.")
    used = {name for step in steps for name in (*step.reactants, *step.products)}
    used |= {ZEROS["H"]} if "H+" in used else set()
    saddles = computed.saddles
    versions = next(iter(computed.relaxed.values())).versions
    entry: dict[str, Any] = {
        "format": "nrrsim-catalyst/1",
        "name": title or f"{plan.site}, {settings.name}",
        "source": {
            "method": f"{settings.functional or settings.engine}, {settings.name} version {settings.version}, "
            + ", ".join(f"{name} {version}" for name, version in versions.items()),
            "level": settings.level,
            "note": f"nrrsim {version('nrrsim')}, campaign of {plan.site}",
        },
        "site": {"model": plan.model} | ({"types": _types(computed, used)} if plan.model == "surface" else {}),
        "gas": {"policy": "own"},
        "species": {name: _species(name, energies[name], computed) for name in energies if name in used},
        "transition_states": {_saddle_name(s): _saddle(s, energies, computed) for s in steps if s.equation in saddles},
        "low_modes": {"policy": "raise", "cutoff": f"{CUTOFF:g} 1/cm"},
        "steps": [_with_saddle(step) if step.equation in saddles else step.equation for step in steps],
        "conditions": {"T": "298.15 K", "p": {gas.removesuffix("(g)"): "1 bar" for gas in plan.gases if gas in used}},
    }
    if "PCET" in plan.donors:
        entry["conditions"]["U_RHE"] = "0 V"
    entry["caveats"] = _caveats(computed, used)
    left_out = [f"left out, {name}: {why}" for name, why in computed.missing.items()]
    lent = [f"Vibrations are those of the same adsorbates on {plan.vibrations_of}."] if plan.vibrations_of else []
    if plan.before is not None and not plan.starts_from:
        lent.append(
            f"Each adsorbate begins as {plan.before.name} left it, and has the vibrations that stood for it there."
        )
    if plan.starts_from:
        lent.append(f"Each adsorbate begins as it stands on {plan.starts_from}.")
    entry["notes"] = [*settings.caveats, *weaknesses, *lent, *left_out]
    return {key: value for key, value in entry.items() if value}


def _caveats(computed: Computed, used: Collection[str]) -> dict[str, str]:
    """Sentences about states, by name."""
    plan = computed.plan
    said: dict[str, list[str]] = {}
    for name, record in computed.vibrations.items():
        if min(record.vibrations) <= 0:
            softened = "an imaginary mode within the noise of finite differences, raised like all below the cutoff."
            said.setdefault(name, []).append(softened)
        if plan.settings.modes and not plan.vibrations_of and record.settings["name"] != plan.settings.modes:
            said.setdefault(name, []).append(_whose(record, plan))
    for name, why in computed.untried.items():
        said.setdefault(name, []).append(why)
    return {name: " ".join(sentences) for name, sentences in said.items() if name in used}


def _whose(modes: DftRecord, plan: Plan) -> str:
    """A caveat of vibrations that are not those of the settings meant for them."""
    if modes.settings["digest"] == plan.settings.digest:
        return "its modes are computed with the settings of its energy: the cheaper ones have another structure."
    named = f"{modes.settings['name']} version {modes.settings['version']}"
    return f"its modes are computed with {named}: the cheaper settings have another structure."


def require_meant(plan: Plan, *, untrusted: bool) -> None:
    """Refuse a plan whose energies are not meant for a catalyst file, before or after they are computed."""
    settings = plan.settings
    if not (settings.trusted_for_rates or untrusted):
        raise InputError(
            f"energies of '{settings.name}' are not meant for rates: {settings.level}.",
            where=f"campaign of {plan.site}",
            remedy="take other settings, or ask for them all the same (untrusted, --untrusted).",
        )
    if not plan.vibrations:
        raise InputError(
            "a catalyst file needs the vibrations of its states.",
            where=f"campaign of {plan.site}",
            remedy="compute them: what is there is not computed again.",
        )


def write_catalyst(
    computed: Computed,
    path: str | os.PathLike[str],
    *,
    untrusted: bool = False,
    title: str = "",
    weaknesses: Sequence[str] = (),
) -> Path:
    """Write the catalyst file of a campaign, read it back as a check, and put it in its place.

    Parameters are those of `catalyst_entry`.

    Raises
    ------
    InputError
        As `catalyst_entry`, or if the place cannot be written.
    """
    target = Path(path)
    text = io.StringIO()
    writer = YAML()
    writer.width = 120
    writer.dump(catalyst_entry(computed, untrusted=untrusted, title=title, weaknesses=weaknesses), text)
    beside = target.with_name(f".{target.name}.{os.getpid()}.yaml")
    try:
        beside.write_text(text.getvalue(), encoding="utf-8")
        read_catalyst(beside)
        beside.replace(target)
    except OSError as error:
        what = f"'{target}' cannot be written: {error.strerror or error}."
        raise InputError(what, remedy="name a file in a folder that exists and is writable.") from error
    finally:
        beside.unlink(missing_ok=True)
    return target


def _types(computed: Computed, used: Collection[str]) -> dict[str, Any]:
    """One site, and the exposed oxygens beside it where hydrogen stands on them."""
    types = {"*": {"ratio": 1}}
    if ON_OXYGEN in used:
        types[OXYGEN_SITE] = {"ratio": sum(site.multiplicity for site in oxygen_sites(computed.plan.clean))}
    return types


def _saddle_name(step: ElementaryStep) -> str:
    (first,), (last,) = step.reactants, step.products
    return f"{first}--{last}"


def _with_saddle(step: ElementaryStep) -> str:
    first, last = step.equation.split(" <-> ")
    return f"{first} <-> {_saddle_name(step)} <-> {last}"


def _saddle(step: ElementaryStep, energies: Mapping[str, float], computed: Computed) -> dict[str, Any]:
    """A saddle against the zeros of its initial state: the same atoms on the same site."""
    (first,) = step.reactants
    found = computed.saddles[step.equation]
    height = energy_of(found.energy) - energy_of(computed.relaxed[first])
    modes = found.modes.vibrations
    real = [mode for mode in modes if mode > min(modes)]
    return {
        "energy": f"{energies[first] + height:.6f} eV",
        "frequencies": f"{_modes(real)} 1/cm",
        "composition": dict(computed.plan.network.species[first].composition),
    }


def _modes(energies: Iterable[float]) -> str:
    return " ".join(f"{max(abs(mode) / INVERSE_CM, 0.1):.1f}" for mode in energies)


def _species(name: str, energy: float, computed: Computed) -> dict[str, Any]:
    said: dict[str, Any] = {"energy": f"{energy:.6f} eV"}
    if name.endswith("(g)"):
        return said | {"thermo": "shipped"}
    if not name.endswith("*"):  # a state of a whole site, whose name is no label
        said["composition"] = dict(computed.plan.network.species[name].composition)
    record = computed.vibrations.get(name)
    if record is not None:
        said["frequencies"] = f"{_modes(record.vibrations)} 1/cm"
    return said
