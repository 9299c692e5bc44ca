"""`nrrsim vacancies`."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nrrsim.cli import options, output
from nrrsim.cli.progress import NOT_ALL, shown
from nrrsim.errors import InputError

if TYPE_CHECKING:
    from nrrsim.campaign.pourbaix import BulkReduction, Stability
    from nrrsim.campaign.vacancies import ComputedVacancies, VacancyFormation, VacancyPlan
    from nrrsim.thermo.reservoirs import OxygenReservoir

_RESERVOIRS = "--p-O2, or --p-H2O with --p-H2, or --U-RHE, or --U-SHE with --pH"


def vacancies(
    host: Annotated[
        str, typer.Argument(metavar="HOST", help="The site without vacancies, a name of 'nrrsim build --list'.")
    ],
    reduced: Annotated[
        list[str], typer.Argument(metavar="REDUCED...", help="Sites that are the host less oxygen: moo3-bilayer-vt.")
    ],
    engine: options.Engine = None,
    temperatures: Annotated[
        list[float] | None,
        typer.Option("--T", help="Temperature [K], 298.15 without it; repeat for more.", metavar="K"),
    ] = None,
    p_O2: Annotated[float | None, typer.Option("--p-O2", help="Oxygen leaves as O2 at [bar].", metavar="BAR")] = None,
    p_H2O: Annotated[
        float | None,
        typer.Option("--p-H2O", help="Oxygen leaves as water vapour at [bar]; with --p-H2.", metavar="BAR"),
    ] = None,
    p_H2: Annotated[
        float | None, typer.Option("--p-H2", help="Pressure of the hydrogen that takes it [bar].", metavar="BAR")
    ] = None,
    U_RHE: options.RHE = None,
    U_SHE: options.SHE = None,
    no_scale: options.NoScale = None,
    pH: options.PH = None,
    concentration: Annotated[
        float, typer.Option("--concentration", help="Of each dissolved species, for stability [mol/l].", metavar="M")
    ] = 1e-6,
    supercell: options.Supercell = None,
    vacuum: options.Vacuum = None,
    fmax: options.Fmax = None,
    steps: options.Steps = None,
    workers: options.Workers = 1,
    store: options.StoreLocation = options.STORE,
    folder: options.TaskFolder = options.FOLDER,
    file: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Draw dG over the reservoir's variable: .png, .pdf, .svg.", metavar="FILE"),
    ] = None,
    collect: Annotated[bool, typer.Option("--collect", help="Compute nothing: take what the store holds.")] = False,
    json: options.Json = False,
) -> None:
    """Compute what it costs to take oxygen out of a site; what the store holds is not computed again."""
    if no_scale is not None:
        raise InputError("a potential needs its scale.", where="--U", remedy="write --U-RHE, or --U-SHE with --pH.")
    T = tuple(temperatures or (298.15,))
    reservoir = _reservoir(p_O2, p_H2O, p_H2, U_RHE, U_SHE, pH)
    _refuse(reservoir, T, concentration)
    output.require_picture(file)
    plan = _plan(host, reduced, engine, supercell, vacuum, {"fmax": fmax, "steps": steps})
    found = _found(plan, store, folder, workers, only_collect=collect, quiet=json)
    formations = _formations(found)
    from nrrsim.campaign.pourbaix import bulk_reduction

    stable, unsaid = _stability(plan, formations, reservoir, T, concentration)
    bulk = bulk_reduction(plan, reservoir)
    notes = [*found.notes, *reservoir.notes(T), *unsaid]
    written = _drawn(formations, reservoir, T, file)
    if json:
        output.print_json(_payload(found, formations, reservoir, T, stable, bulk, notes, written))
    else:
        _print_found(found, formations, reservoir, T, stable, bulk, notes)
    if not found.complete:
        raise typer.Exit(NOT_ALL)


def _reservoir(
    p_O2: float | None,
    p_H2O: float | None,
    p_H2: float | None,
    U_RHE: float | None,
    U_SHE: float | None,
    pH: float | None,
) -> OxygenReservoir:
    from nrrsim.thermo.reservoirs import Electrode, OxygenGas, WaterHydrogen

    steam, potential = (p_H2O, p_H2) != (None, None), (U_RHE, U_SHE) != (None, None)
    if (p_O2 is not None) + steam + potential != 1:
        raise InputError("the oxygen goes into one reservoir.", where="vacancies", remedy=f"give {_RESERVOIRS}.")
    if potential:
        return Electrode(U_RHE=U_RHE, U_SHE=U_SHE, pH=pH)
    if pH is not None:
        raise InputError("a pH belongs to a potential.", where="--pH", remedy="add --U-RHE or --U-SHE.")
    if p_O2 is not None:
        return OxygenGas(p_O2)
    if p_H2O is None or p_H2 is None:
        raise InputError("water needs hydrogen.", where="vacancies", remedy="give --p-H2O and --p-H2.")
    return WaterHydrogen(p_H2O, p_H2)


def _refuse(reservoir: OxygenReservoir, T: tuple[float, ...], concentration: float) -> None:
    """Refuse conditions before anything is computed."""
    from nrrsim.thermo.reservoirs import GasEnergies

    reservoir.mu_O(T, GasEnergies(0.0, 0.0))
    conditions = _in_water(reservoir, T)
    if not isinstance(conditions, str):
        from nrrsim.campaign.pourbaix import stability

        stability(*conditions, concentration=concentration)


def _plan(
    host: str,
    reduced: list[str],
    engine: str | None,
    supercell: tuple[int, int] | None,
    vacuum: float | None,
    relax: dict[str, Any],
) -> VacancyPlan:
    from nrrsim.campaign.vacancies import VacancyPlan
    from nrrsim.dft.settings import settings

    if engine is None:
        raise InputError("no settings are named.", where="--engine", remedy="'nrrsim compute --engines' lists them.")
    given = {name: value for name, value in relax.items() if value is not None}
    return VacancyPlan(host, tuple(reduced), settings(engine), supercell=supercell, vacuum=vacuum, relax=given)


def _found(
    plan: VacancyPlan, location: str, folder: Path, workers: int, *, only_collect: bool, quiet: bool
) -> ComputedVacancies:
    from nrrsim.campaign.vacancies import collected_vacancies, run_vacancies
    from nrrsim.dft.store import Store

    store = Store(location)
    if only_collect:
        return collected_vacancies(plan, store)
    with shown(quiet=quiet) as told:
        return run_vacancies(plan, store, folder=folder, workers=workers, progress=told)


def _formations(found: ComputedVacancies) -> tuple[VacancyFormation, ...]:
    from nrrsim.campaign.vacancies import vacancy_formations

    return vacancy_formations(found) if found.referenced else ()


def _in_water(reservoir: OxygenReservoir, T: tuple[float, ...]) -> tuple[float, float] | str:
    """The pH and U_SHE [V] at which stability is asked for, or why it is not; an empty word in gases."""
    import numpy as np

    from nrrsim.thermo.electrode import she_from_rhe
    from nrrsim.thermo.reservoirs import Electrode
    from nrrsim.thermo.shipped import ROOM_TEMPERATURE

    if not isinstance(reservoir, Electrode):
        return ""
    if reservoir.pH is None:
        return "Phase stability in water needs a pH: add --pH."
    if ROOM_TEMPERATURE not in T:
        return f"Phase stability in water is known at {ROOM_TEMPERATURE:g} K only."
    U_SHE = she_from_rhe(reservoir.potential_RHE(ROOM_TEMPERATURE), reservoir.pH, ROOM_TEMPERATURE)
    return float(np.asarray(reservoir.pH, dtype=float)), float(U_SHE)


def _stability(
    plan: VacancyPlan,
    formations: Sequence[VacancyFormation],
    reservoir: OxygenReservoir,
    T: tuple[float, ...],
    concentration: float,
) -> tuple[Stability | None, list[str]]:
    """The stability in water at 298.15 K with its notes, or why there is none."""
    conditions = _in_water(reservoir, T)
    if isinstance(conditions, str):
        return None, [conditions] if conditions else []
    from nrrsim.campaign.pourbaix import reduced_phase, stability

    try:
        phases = [reduced_phase(plan, one) for one in formations]
    except InputError as refusal:
        return None, [f"No phase stability: {refusal}"]
    found = stability(*conditions, reduced=phases, concentration=concentration)
    return found, [*found.notes, *(f"Not among the phases: {missing}." for missing in found.missing)]


def _drawn(
    formations: Sequence[VacancyFormation], reservoir: OxygenReservoir, T: tuple[float, ...], file: Path | None
) -> list[str]:
    if file is None:
        return []
    from nrrsim.campaign.vacancies import vacancy_sweep
    from nrrsim.plot.saving import save_figure
    from nrrsim.plot.vacancies import vacancy_formation

    if not formations:
        typer.echo(f"{file} is not drawn: no vacancy has an energy.", err=True)
        return []
    written = [str(path) for path in save_figure(vacancy_formation(vacancy_sweep(formations, reservoir, T)), file)]
    typer.echo(f"wrote {', '.join(written)}", err=True)
    return written


def _print_found(
    found: ComputedVacancies,
    formations: Sequence[VacancyFormation],
    reservoir: OxygenReservoir,
    T: tuple[float, ...],
    stable: Stability | None,
    bulk: BulkReduction | None,
    notes: list[str],
) -> None:
    plan = found.plan
    typer.echo(f"{plan.host}, {plan.settings.name} version {plan.settings.version}: {plan.settings.level}")
    typer.echo(f"{reservoir.text}; energies in eV per vacancy")
    rows = []
    for one in formations:
        gibbs = [f"{value:+.3f}" for value in one.gibbs(T, reservoir)]
        electronic = (f"{one.electronic:+.3f}", f"{one.electronic_oxygen:+.3f}")
        rows.append((one.site, f"{one.x:.3f}", str(one.vacancies), *electronic, *gibbs))
    columns = ("site", "x", "vacancies", "E(H2O - H2)", "E(1/2 O2)", *(f"dG {t:g} K" for t in T))
    if rows:
        output.print_table("Vacancies", columns, rows, right=range(1, len(columns)))
    if bulk is not None:
        typer.echo(f"Measured in bulk, {bulk.reaction}: dG = {bulk.dG:+.3f} eV at 298.15 K ({bulk.source})")
    if stable is not None:
        typer.echo(f"Stable in water at pH {float(stable.pH):g}, {float(stable.U_SHE):.3f} V vs SHE: {stable.stable}")
        lost = [(name, f"{float(energy):+.3f}") for name, energy in stable.decomposition.items()]
        output.print_table("Decomposition in water", ("solid", "eV per Mo"), lost, right=(1,))
    if found.missing:
        output.print_table("Missing", ("what", "reason"), list(found.missing.items()))
    output.print_sentences("to know", notes)


def _payload(
    found: ComputedVacancies,
    formations: Sequence[VacancyFormation],
    reservoir: OxygenReservoir,
    T: tuple[float, ...],
    stable: Stability | None,
    bulk: BulkReduction | None,
    notes: list[str],
    written: list[str],
) -> dict[str, Any]:
    plan = found.plan
    return {
        "host": plan.host,
        "settings": {"name": plan.settings.name, "version": plan.settings.version, "level": plan.settings.level},
        "reservoir": reservoir.text,
        "T_K": list(T),
        "vacancies": [_formation_payload(one, reservoir, T) for one in formations],
        "stability": None if stable is None else _stability_payload(stable),
        "bulk": None if bulk is None else {"reaction": bulk.reaction, "dG_eV_per_O": bulk.dG, "source": bulk.source},
        "missing": dict(found.missing),
        "notes": notes,
        "complete": found.complete,
        "written": written,
    }


def _formation_payload(one: VacancyFormation, reservoir: OxygenReservoir, T: tuple[float, ...]) -> dict[str, Any]:
    from nrrsim.thermo.reservoirs import log10_oxygen_pressure

    per_vacancy = [float(value) for value in one.gibbs(T, reservoir)]
    pressures = log10_oxygen_pressure(reservoir.mu_O(T, one.gases), T, one.gases)
    return {
        "site": one.site,
        "vacancies": one.vacancies,
        "x": one.x,
        "electronic_H2O_eV": one.electronic,
        "electronic_O2_eV": one.electronic_oxygen,
        "dG_per_vacancy_eV": per_vacancy,
        "dG_eV": [one.vacancies * value for value in per_vacancy],
        "log10_p_O2_bar": [float(value) for value in pressures],
    }


def _stability_payload(stable: Stability) -> dict[str, Any]:
    from nrrsim.thermo.shipped import ROOM_TEMPERATURE

    return {
        "pH": float(stable.pH),
        "U_SHE_V": float(stable.U_SHE),
        "T_K": ROOM_TEMPERATURE,
        "concentration_M": stable.concentration,
        "stable": str(stable.stable),
        "decomposition_eV_per_Mo": {name: float(energy) for name, energy in stable.decomposition.items()},
        "missing": list(stable.missing),
    }
