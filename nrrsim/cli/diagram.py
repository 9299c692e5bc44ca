"""`nrrsim diagram`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from nrrsim.cli import options, output
from nrrsim.errors import InputError, nearest

if TYPE_CHECKING:
    from nrrsim.analysis.diagram import Diagram, PathwayDiagram


def diagram(
    catalyst: options.Name,
    T: options.Temperature = None,
    p: options.Pressures = None,
    U_RHE: options.RHE = None,
    U_SHE: options.SHE = None,
    pH: options.PH = None,
    U: options.NoScale = None,
    pathway: Annotated[
        str | None, typer.Option("--pathway", help="Only pathways of this family or name, e.g. distal.", metavar="NAME")
    ] = None,
    figure: Annotated[
        Path | None,
        typer.Option(
            "-o", "--output", help="Write the figure: .png (with a .pdf beside it), .pdf or .svg.", metavar="FILE"
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Print every pathway's limiting potential or energetic span, and draw them."""
    import nrrsim.api

    drawn = nrrsim.api.diagram(catalyst, T=T, p=options.pressures(p), U_RHE=U_RHE, U_SHE=U_SHE, pH=pH, U=U)
    chosen = _chosen(drawn, pathway)
    if figure is not None:
        from nrrsim.plot import energy_diagram, save_figure

        written = save_figure(energy_diagram(drawn, pathways=[c.name for c in chosen] if pathway else None), figure)
        typer.echo("wrote " + ", ".join(str(w) for w in written), err=True)
    if json:
        output.print_json(_payload(drawn, chosen))
        return
    _print(drawn, chosen, detailed=pathway is not None)


def _chosen(drawn: Diagram, pathway: str | None) -> tuple[PathwayDiagram, ...]:
    if pathway is None:
        return drawn.pathways
    chosen = tuple(p for p in drawn.pathways if pathway in (p.name, p.family))
    if not chosen:
        known = {name for p in drawn.pathways for name in (p.family, p.name)}
        raise InputError(
            f"there is no pathway '{pathway}'; {nearest(pathway, known)}",
            where="--pathway",
            remedy="name a family or a pathway.",
        )
    return chosen


def _payload(drawn: Diagram, chosen: tuple[PathwayDiagram, ...]) -> dict[str, Any]:
    return {
        "catalyst": drawn.catalyst,
        "conditions": output.conditions_payload(drawn.conditions),
        "pathways": [_pathway_payload(p) for p in chosen],
        "best": drawn.best,
        "her": {
            "dG_H_eV": drawn.her.dG_H,
            "adsorbates": dict(drawn.her.adsorption),
            "pathways": [_pathway_payload(p) for p in drawn.her.pathways],
        },
        "warnings": list(drawn.warnings),
        "notes": list(drawn.notes),
    }


def _pathway_payload(pathway: PathwayDiagram) -> dict[str, Any]:
    return {
        "name": pathway.name,
        "family": pathway.family,
        "product": pathway.product,
        "steps": [
            {
                "equation": s.equation,
                "dG_eV": s.dG,
                "n_electrons": s.n_electrons,
                "count": s.count,
                "barrier_eV": s.barrier,
            }
            for s in pathway.steps
        ],
        "states": [{"label": s.label, "G_eV": s.G} for s in pathway.states],
        "limiting_potential_V": pathway.limiting_potential,
        "source_limiting_potential_V": pathway.source_limiting_potential,
        "potential_determining_step": pathway.potential_determining_step,
        "largest_chemical_step_eV": pathway.largest_chemical_step,
        "largest_chemical_step": pathway.largest_chemical_equation,
        "energetic_span_eV": pathway.span.energy,
        "energetic_span_is_lower_bound": pathway.span.lower_bound,
        "tof_determining_transition_state": list(pathway.span.transition_state),
        "tof_determining_intermediate": pathway.span.intermediate,
    }


def _print(drawn: Diagram, chosen: tuple[PathwayDiagram, ...], *, detailed: bool) -> None:
    typer.echo(f"{drawn.catalyst}: {drawn.name}; {output.conditions_text(drawn.conditions)}")
    if drawn.kind == "electrochemical":
        _print_electrochemical(drawn, chosen)
    else:
        _print_thermal(drawn, chosen)
    for pathway in chosen if detailed else ():
        rows = [(s.equation, str(s.count), f"{s.dG:+.3f}", output.number(s.barrier), f"{state.G:+.3f}", state.label)
                for s, state in zip(pathway.steps, pathway.states[1:], strict=True)]  # fmt: skip
        output.print_table(
            pathway.name,
            ("step", "times", "dG [eV]", "barrier [eV]", "G [eV]", "state reached"),
            rows,
            right=(1, 2, 3, 4),
        )
    typer.echo(f"best pathway: {drawn.best or 'none'}")
    if drawn.her.adsorption:
        said = (f"{G:+.3f} eV ({name})" for name, G in drawn.her.adsorption.items())
        typer.echo(f"hydrogen adsorption: dG_H = {', '.join(said)}")
    output.print_sentences("warnings", drawn.warnings)


def _print_electrochemical(drawn: Diagram, chosen: tuple[PathwayDiagram, ...]) -> None:
    rows = [
        (
            p.name + (" (best)" if p.name == drawn.best else ""),
            output.number(p.limiting_potential),
            output.number(p.source_limiting_potential),
            p.potential_determining_step or "-",
            output.number(p.largest_chemical_step),
            f"{'>= ' if p.span.lower_bound else ''}{p.span.energy:.2f}",
        )
        for p in chosen
    ]
    columns = ("pathway", "U_L [V]", "source's U_L [V]", "limiting step", "chemical step [eV]", "span [eV]")
    title = "Pathways: U_L vs RHE by elementary steps at 1 bar, largest chemical step, energetic span"
    output.print_table(title, columns, rows, right=(1, 2, 4, 5))


def _print_thermal(drawn: Diagram, chosen: tuple[PathwayDiagram, ...]) -> None:
    rows = [
        (
            p.name + (" (best)" if p.name == drawn.best else ""),
            f"{'>= ' if p.span.lower_bound else ''}{p.span.energy:.3f}",
            " -> ".join(p.span.transition_state),
            p.span.intermediate,
            output.number(p.largest_chemical_step),
        )
        for p in chosen
    ]
    columns = ("pathway", "span [eV]", "transition state", "intermediate", "largest step [eV]")
    title = "Pathways: energetic spans at these pressures, and the two states that set each"
    output.print_table(title, columns, rows, right=(1, 4))
