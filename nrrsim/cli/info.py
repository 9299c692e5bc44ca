"""`nrrsim info`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import typer

from nrrsim.cli import options, output

if TYPE_CHECKING:
    from nrrsim.analysis.inventory import Inventory


def info(catalyst: options.Name, json: options.Json = False) -> None:
    """Print what a catalyst is made of, where its numbers come from and what is missing."""
    from nrrsim.api import inventory

    found = inventory(catalyst)
    if json:
        output.print_json(_payload(found))
        return
    _print(found)


def _payload(found: Inventory) -> dict[str, Any]:
    source = found.catalyst.source
    return {
        "id": found.catalyst.id,
        "name": found.catalyst.name,
        "kind": found.catalyst.kind,
        "source": {
            "doi": source.doi,
            "citation": source.citation,
            "method": source.method,
            "level": source.level,
            "note": source.note,
        },
        "site": {
            "model": found.catalyst.mechanism.site_model.value,
            "types": list(found.catalyst.mechanism.network.site_types),
        },
        "conditions": output.conditions_payload(found.catalyst.conditions),
        "states": [{"name": s.name, "G_eV": s.G, "H_eV": s.H, "form": s.form} for s in found.states],
        "steps": [{"id": s.id, "equation": s.equation, "law": s.law, "dG_eV": s.dG} for s in found.steps],
        "gas": {"policy": found.gas_policy, "dataset": found.dataset, "method_minus_experiment_eV": found.gas_error},
        "closure": {
            "declared": found.catalyst.mechanism.closure.label,
            "cycles": [
                {"gas_reaction": c.gas_reaction, "steps": c.steps, "c_eV": c.c, "K_over_K_gas": c.ratio}
                for c in found.cycles
            ],
            "tof_NH3": found.closure_tofs,
        },
        "missing": list(found.missing),
        "warnings": list(found.warnings),
        "notes": list(found.notes),
    }


def _print(found: Inventory) -> None:
    catalyst, source = found.catalyst, found.catalyst.source
    typer.echo(f"{catalyst.id}: {catalyst.name} ({catalyst.kind})")
    typer.echo(f"source: {source.citation or source.note}" + (f", doi:{source.doi}" if source.doi else ""))
    typer.echo(f"method: {source.method or '-'}" + (f" (level: {source.level})" if source.level else ""))
    if source.note and source.citation:
        typer.echo(f"note: {source.note}")
    model = catalyst.mechanism.site_model.value
    typer.echo(f"site: {model}, types {', '.join(catalyst.mechanism.network.site_types)}")
    typer.echo(f"default conditions: {output.conditions_text(catalyst.conditions)}")
    rows = [(s.name, s.form, output.number(s.G), output.number(s.H)) for s in found.states]
    output.print_table(
        f"States at {catalyst.conditions.T:g} K and 1 bar", ("state", "form", "G [eV]", "H [eV]"), rows, right=(2, 3)
    )
    steps = [(s.id, s.law, output.number(s.dG)) for s in found.steps]
    output.print_table(
        f"Steps at {catalyst.conditions.T:g} K, 1 bar, U = 0 V vs RHE",
        ("step", "rate law", "dG [eV]"),
        steps,
        right=(2,),
    )
    typer.echo(f"gas: policy {found.gas_policy}, shipped data set {found.dataset}")
    if found.gas_error is not None:
        error = f"{found.gas_error:+.3f} eV ({found.gas_error_kind})"
        typer.echo(f"gas error: method minus experiment of N2 + 3 H2 -> 2 NH3 is {error}")
    typer.echo(f"closure: {catalyst.mechanism.closure.label}")
    for index, cycle in enumerate(found.cycles, start=1):
        c = 0.0 if abs(cycle.c) < 1e-12 else cycle.c
        ratio = f"K of the steps is {cycle.ratio:.3f} of the gas value"
        typer.echo(f"  cycle {index}, {cycle.gas_reaction}: c = {c:+.6f} eV ({ratio})")
    if found.closure_tofs:
        listed = ", ".join(f"{name} {value:.4g} 1/s" for name, value in found.closure_tofs.items())
        typer.echo(f"  TOF of NH3: {listed}")
    output.print_sentences("missing", found.missing)
    output.print_sentences("warnings", found.warnings)
    output.print_sentences("provenance", found.notes)
