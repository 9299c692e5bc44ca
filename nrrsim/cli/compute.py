"""`nrrsim compute`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nrrsim.cli import options, output
from nrrsim.cli.progress import NOT_ALL, shown
from nrrsim.errors import InputError

if TYPE_CHECKING:
    from nrrsim.campaign.computed import Computed
    from nrrsim.campaign.plan import Plan
    from nrrsim.campaign.sets import ComputedSet
    from nrrsim.dft.store import Store


_OF_A_SET = (
    "site", "engine", "states", "donor", "model", "barrier", "starts", "supercell", "vacuum", "fmax", "steps",
    "no_vibrations", "vibrations_of", "starts_from",
)  # fmt: skip
"""What a set settles."""


def compute(
    context: typer.Context,
    site: Annotated[
        str | None, typer.Argument(metavar="SITE", help="A name of 'nrrsim build --list', such as m3-ru.")
    ] = None,
    engine: options.Engine = None,
    states: Annotated[
        str, typer.Option("--states", help="'all', or adsorbates with commas between: N2*,NNH*,H*.", metavar="LIST")
    ] = "all",
    donor: Annotated[
        list[str] | None,
        typer.Option("--donor", help="Source of hydrogen: PCET, H* or H2(g); repeat for more.", metavar="NAME"),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option("--model", help="surface or isolated; isolated for clusters without it.", metavar="NAME"),
    ] = None,
    barrier: Annotated[
        list[str] | None,
        typer.Option("--barrier", help="A step whose barrier is searched: 'N2 <-> 2N'; repeat it.", metavar="STEP"),
    ] = None,
    starts: Annotated[
        list[str] | None,
        typer.Option(
            "--starts",
            help="Structures each state is relaxed from, at most (3), or one state: 'H*=4'; repeat it.",
            metavar="N",
        ),
    ] = None,
    supercell: options.Supercell = None,
    vacuum: options.Vacuum = None,
    fmax: options.Fmax = None,
    steps: options.Steps = None,
    no_vibrations: Annotated[bool, typer.Option("--no-vibrations", help="Energies only.")] = False,
    vibrations_of: Annotated[
        str,
        typer.Option("--vibrations-of", help="Take those of the same states on another site.", metavar="SITE"),
    ] = "",
    starts_from: Annotated[
        str,
        typer.Option("--starts-from", help="Begin from the same states on another slab like it.", metavar="SITE"),
    ] = "",
    workers: options.Workers = 1,
    store: options.StoreLocation = options.STORE,
    folder: options.TaskFolder = options.FOLDER,
    file: Annotated[
        Path | None,
        typer.Option("-o", "--output", help="Write the catalyst file of what is there.", metavar="FILE"),
    ] = None,
    untrusted: Annotated[
        bool, typer.Option("--untrusted", help="Write it even if the settings are not meant for rates.")
    ] = False,
    of_set: Annotated[
        str | None, typer.Option("--set", help="In place of a site and settings, a set that nrrsim ships: moo3-vt.")
    ] = None,
    retry: Annotated[bool, typer.Option("--retry", help="Compute what failed once more.")] = False,
    collect: Annotated[bool, typer.Option("--collect", help="Compute nothing: show what the store holds.")] = False,
    archive: Annotated[
        Path | None, typer.Option("--archive", help="Write the store's records as files, and stop.", metavar="FOLDER")
    ] = None,
    restore: Annotated[
        Path | None,
        typer.Option("--restore", help="Add such files to the store; 'shipped' are nrrsim's own.", metavar="FOLDER"),
    ] = None,
    repeat: Annotated[
        list[str] | None,
        typer.Option(
            "--repeat", help="Compute the energy of a record of the store once more; repeat it.", metavar="KEY"
        ),
    ] = None,
    status: Annotated[bool, typer.Option("--status", help="Show the whole store and who works on it.")] = False,
    engines: Annotated[bool, typer.Option("--engines", help="List the named settings.")] = False,
    json: options.Json = False,
) -> None:
    """Compute the energies of a site's states; what the store holds is not computed again."""
    if engines:
        _print_engines(json=json)
        return
    if restore is not None:
        _restore(restore, folder, store)
    if archive is not None:
        _archive(store, folder, archive)
        return
    if status:
        _print_status(store, json=json)
        return
    if repeat:
        if site is not None or of_set is not None or file is not None:
            what = "--repeat computes records of the store and nothing else."
            raise InputError(what, where="--repeat", remedy="leave out the site, --set and --output.")
        _repeat(store, repeat, folder, json=json)
        return
    chosen = None if of_set is None else _set(of_set, context)
    plan = chosen.plan if chosen is not None else _plan(
        site, engine, states, donor, model, starts,
        supercell=supercell, vacuum=vacuum, vibrations=not no_vibrations, vibrations_of=vibrations_of,
        starts_from=starts_from, relax={"fmax": fmax, "steps": steps}, barriers=tuple(barrier or ()),
    )  # fmt: skip
    _require_writable(plan, file, untrusted=untrusted)
    found = _found(plan, store, folder, workers, retry=retry, only_collect=collect, quiet=json)
    if not json:
        _print_found(found)
    written = _written(found, file, chosen, untrusted=untrusted)
    if json:
        output.print_json(_payload(found, written))
    if not found.complete:
        raise typer.Exit(NOT_ALL)


def _archive(location: str, tasks: Path, folder: Path) -> None:
    from nrrsim.dft.archive import archive, archive_unfinished
    from nrrsim.dft.store import Store

    store = Store(location)
    written, begun = archive(store, folder), archive_unfinished(tasks, folder, store)
    journals = f" and the journals of {len(begun)} unfinished tasks" if begun else ""
    typer.echo(f"wrote {len(written)} records{journals} to {folder}", err=True)


def _restore(folder: Path, tasks: Path, location: str) -> None:
    from nrrsim.dft.archive import SHIPPED, restore, restore_unfinished
    from nrrsim.dft.store import Store

    if str(folder) == "shipped" and not folder.exists():
        folder = SHIPPED
    if not folder.is_dir():
        raise InputError(f"there is no folder '{folder}'.", where="--restore", remedy="name one that --archive wrote.")
    store = Store(location)
    typer.echo(f"{folder}: {restore(folder, store)} records are in the store", err=True)
    if put := restore_unfinished(folder, tasks, store):
        typer.echo(f"{folder}: {put} unfinished tasks go on from their journals in {tasks}", err=True)


def _repeat(location: str, keys: list[str], folder: Path, *, json: bool) -> None:
    from nrrsim.dft.repeat import TOLERANCE, named_by, repeated, task_again
    from nrrsim.dft.store import Store

    every = list(Store(location).records())
    chosen = [named_by(every, key) for key in keys]
    for record in chosen:
        task_again(record)  # refused before anything is computed
    found = [repeated(record, folder) for record in chosen]
    if json:
        said = [
            {"key": one.record.key, "label": one.record.label, "energy_eV": one.record.energy,
             "again_eV": one.again.energy, "same": one.same, "reason": one.again.reason}
            for one in found
        ]  # fmt: skip
        output.print_json({"tolerance_eV": TOLERANCE, "records": said})
    else:
        rows = [
            (one.record.key[:8], one.record.label, one.record.settings["name"], f"{one.record.energy:.5f}",
             "-" if one.difference is None else f"{1e3 * one.difference:+.2f}", one.again.reason)
            for one in found
        ]  # fmt: skip
        header = ("record", "what", "settings", "E [eV]", "again - E [meV]", "reason")
        output.print_table("Repeated: the same structure, settings and moment", header, rows, right=(3, 4))
        typer.echo(f"{sum(one.same for one in found)} of {len(found)} agree within {1e3 * TOLERANCE:g} meV.")
    if not all(one.same for one in found):
        raise typer.Exit(NOT_ALL)


def _plan(
    site: str | None,
    engine: str | None,
    states: str,
    donor: list[str] | None,
    model: str | None,
    starts: list[str] | None,
    *,
    supercell: tuple[int, int] | None,
    vacuum: float | None,
    vibrations: bool,
    vibrations_of: str,
    starts_from: str,
    relax: dict[str, Any],
    barriers: tuple[str, ...],
) -> Plan:
    from nrrsim.campaign.plan import Plan
    from nrrsim.dft.settings import settings
    from nrrsim.structures.catalog.lookup import site as named

    if site is None:
        raise InputError("no site is named.", remedy="name one, such as 'm3-ru'; 'nrrsim build --list' shows them.")
    if engine is None:
        raise InputError("no settings are named.", where="--engine", remedy="'nrrsim compute --engines' lists them.")
    if model not in (None, "surface", "isolated"):
        raise InputError(f"the model '{model}' is not known.", where="--model", remedy="write surface or isolated.")
    entry = named(site)
    usual, single = _starts(starts or [])
    chosen = model or ("surface" if entry.repeats else "isolated")
    return Plan(
        entry.name,
        settings(engine),
        model="surface" if chosen == "surface" else "isolated",
        donors=tuple(donor or ("PCET",)),
        states=None if states == "all" else tuple(name.strip() for name in states.split(",")),
        starts=usual,
        starts_of=single,
        vibrations=vibrations,
        vibrations_of=vibrations_of,
        starts_from=starts_from,
        supercell=supercell,
        vacuum=vacuum,
        relax={name: value for name, value in relax.items() if value is not None},
        barriers=barriers,
    )


def _starts(said: list[str]) -> tuple[int, dict[str, int]]:
    """The number for all states, and those of single ones, from 'N' and 'STATE=N'."""
    counts: dict[str, int] = {}
    for text in said:
        state, mark, count = text.rpartition("=")
        if not count.isdecimal() or bool(mark) != bool(state.strip()):
            raise InputError(f"'{text}' is no number.", where="--starts", remedy="write 2, or 'H*=4' of one state.")
        if state.strip() in counts:
            raise InputError(f"'{text}' says again what was said.", where="--starts", remedy="give each number once.")
        counts[state.strip()] = int(count)
    return counts.pop("", 3), counts


def _found(
    plan: Plan, location: str, folder: Path, workers: int, *, retry: bool, only_collect: bool, quiet: bool
) -> Computed:
    from nrrsim.campaign.computed import collected
    from nrrsim.campaign.run import run_campaign
    from nrrsim.dft.store import Store

    store = Store(location)
    if only_collect:
        return collected(plan, store)
    with shown(quiet=quiet) as told:
        return run_campaign(plan, store, folder=folder, workers=workers, retry=retry, progress=told)


def _set(name: str, context: typer.Context) -> ComputedSet:
    from nrrsim.campaign.sets import computed_set

    sources = {option: context.get_parameter_source(option) for option in _OF_A_SET}
    given = [option for option, source in sources.items() if source is not None and source.name == "COMMANDLINE"]
    if given:
        words = ", ".join("SITE" if option == "site" else f"--{option.replace('_', '-')}" for option in given)
        raise InputError(f"a set settles {words}.", where="--set", remedy=f"leave out {words}, or the set.")
    return computed_set(name)


def _require_writable(plan: Plan, file: Path | None, *, untrusted: bool) -> None:
    """Refuse a catalyst file that could not be written, before anything is computed for it."""
    if file is None:
        return
    from nrrsim.campaign.export import require_meant

    output.require_place(file)
    require_meant(plan, untrusted=untrusted)


def _written(found: Computed, file: Path | None, of_set: ComputedSet | None, *, untrusted: bool) -> Path | None:
    if file is None:
        return None
    from nrrsim.campaign.export import write_catalyst

    title, weaknesses = ("", ()) if of_set is None else (of_set.title, of_set.weaknesses)
    written = write_catalyst(found, file, untrusted=untrusted, title=title, weaknesses=weaknesses)
    typer.echo(f"wrote {written}", err=True)
    return written


def _formed(found: Computed) -> dict[str, float]:
    """Formation energies [eV] as far as the references are there."""
    from nrrsim.campaign.export import formation_energies

    return formation_energies(found) if {"*", *found.plan.gases} <= set(found.relaxed) else {}


def _gas_errors(found: Computed) -> dict[str, float]:
    from nrrsim.campaign.export import gas_errors

    return gas_errors(_formed(found))


def _print_found(found: Computed) -> None:
    plan, energies = found.plan, _formed(found)
    typer.echo(f"{plan.site}, {plan.settings.name} version {plan.settings.version}: {plan.settings.level}")
    rows = []
    for name, record in found.relaxed.items():
        modes = len(found.vibrations[name].vibrations) if name in found.vibrations else 0
        formed = f"{energies[name]:+.3f}" if name in energies else ""
        moment = "" if record.moment is None else f"{record.moment:.1f}"
        known = found.structures[name].reason
        rows.append((name, f"{record.energy:.4f}", formed, moment, str(modes or ""), known))
    columns = ("state", "E [eV]", "formation [eV]", "moment", "modes", "to know")
    output.print_table("Computed", columns, rows, right=(1, 2, 3, 4))
    if found.saddles:
        over = [
            (step, f"{there:.3f}", f"{back:.3f}", f"{mode:.0f}i 1/cm")
            for step, (there, back, mode) in _barriers(found).items()
        ]
        columns_over = ("step", "forward [eV]", "backward [eV]", "imaginary mode")
        output.print_table("Barriers", columns_over, over, right=(1, 2, 3))
    if found.missing:
        output.print_table("Missing", ("state", "reason"), list(found.missing.items()))
    typer.echo("Formation energies: electronic, against N2(g), H2(g) and the clean site of the same settings.")
    for gas, error in _gas_errors(found).items():
        typer.echo(f"Gas error of {gas}, method minus experiment of its electronic formation energy: {error:+.3f} eV.")
    output.print_sentences("caveats", list(plan.settings.caveats))


def _barriers(found: Computed) -> dict[str, tuple[float, float, float]]:
    """Forward and backward barrier [eV] and the wavenumber of the mode that leads over them [1/cm], by step."""
    from nrrsim.campaign.computed import energy_of
    from nrrsim.units import INVERSE_CM

    over = {}
    for step in found.plan.paths:
        if step.equation in found.saddles:
            saddle = found.saddles[step.equation]
            ends = [found.relaxed[name] for side in (step.reactants, step.products) for name in side]
            forward, backward = (energy_of(saddle.energy) - energy_of(end) for end in ends)
            over[step.equation] = forward, backward, -min(saddle.modes.vibrations) / INVERSE_CM
    return over


def _payload(found: Computed, written: Path | None) -> dict[str, Any]:
    plan, energies = found.plan, _formed(found)
    return {
        "site": plan.site,
        "settings": {"name": plan.settings.name, "version": plan.settings.version, "level": plan.settings.level},
        "states": [
            {
                "name": name,
                "key": record.key,
                "energy_eV": record.energy,
                "formation_energy_eV": energies.get(name),
                "moment": record.moment,
                "vibrations_eV": list(found.vibrations[name].vibrations) if name in found.vibrations else None,
                "to_know": found.structures[name].reason,
            }
            for name, record in found.relaxed.items()
        ],
        "barriers": [
            {"step": step, "key": found.saddles[step].energy.key, "forward_eV": there, "backward_eV": back}
            for step, (there, back, _) in _barriers(found).items()
        ],
        "gas_errors_eV": _gas_errors(found),
        "missing": dict(found.missing),
        "left": sorted(found.left),
        "complete": found.complete,
        "written": None if written is None else str(written),
    }


def _print_status(location: str, *, json: bool) -> None:
    from nrrsim.dft.claims import Claims
    from nrrsim.dft.store import Store

    store: Store = Store(location)
    held, summary = Claims(store).all(), store.summary()
    if json:
        output.print_json(
            {
                "store": store.shown,
                "done": summary.done,
                "failed": summary.failed,
                "doubtful": summary.doubtful,
                "works": dict(summary.works),
                "seconds": summary.seconds,
                "running": [
                    {"label": claim.label, "host": claim.owner.host, "pid": claim.owner.pid, "seconds": claim.seconds}
                    for claim in held
                ],
                "reasons": [{"label": label, "work": work, "reason": why} for label, work, why in summary.reasons],
            }
        )
        return
    works = ", ".join(f"{count} {work}" for work, count in summary.works.items())
    typer.echo(f"{store.shown}: {summary.done} done ({works or 'nothing yet'}), {summary.failed} failed")
    typer.echo(f"{summary.doubtful} became something else; {summary.seconds / 3600:.2f} h of computing in all")
    rows = [(c.label, c.owner.host, str(c.owner.pid), f"{c.seconds:.0f}") for c in held]
    if rows:
        output.print_table("Running", ("task", "host", "process", "s"), rows, right=(3,))
    if summary.reasons:
        output.print_table("Failed, or became something else", ("task", "work", "reason"), list(summary.reasons))


def _print_engines(*, json: bool) -> None:
    from nrrsim.dft.settings import settings, settings_names

    every = [settings(name) for name in settings_names()]
    if json:
        output.print_json(
            [
                {"name": s.name, "version": s.version, "engine": s.engine, "functional": s.functional, "level": s.level,
                 "prerelax": s.prerelax, "geometry": s.geometry, "modes": s.modes,
                 "trusted_for_rates": s.trusted_for_rates, "caveats": list(s.caveats)}
                for s in every
            ]
        )  # fmt: skip
        return
    rows = [(s.name, s.engine, s.functional or "-", s.level, "yes" if s.trusted_for_rates else "no") for s in every]
    output.print_table("Settings", ("name", "engine", "functional", "level", "for rates"), rows)
