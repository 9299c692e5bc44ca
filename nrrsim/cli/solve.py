"""`nrrsim solve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nrrsim.cli import options, output
from nrrsim.errors import NotConvergedError

if TYPE_CHECKING:
    from nrrsim.api import SolveResult


def solve(
    catalyst: options.Name,
    T: options.Temperature = None,
    p: options.Pressures = None,
    U_RHE: options.RHE = None,
    U_SHE: options.SHE = None,
    pH: options.PH = None,
    U: options.NoScale = None,
    assume_Ga0: Annotated[
        list[float] | None,
        typer.Option(
            "--assume-Ga0",
            help="Barrier at dG = 0 to assume where none is published [eV]; repeat for a range.",
            metavar="EV",
        ),
    ] = None,
    json: options.Json = False,
) -> None:
    """Print the certified steady state at the given conditions."""
    import nrrsim.api

    result = nrrsim.api.solve(
        catalyst, T=T, p=options.pressures(p), U_RHE=U_RHE, U_SHE=U_SHE, pH=pH, U=U, assume_Ga0=assume_Ga0 or None
    )
    if json:
        output.print_json(_payload(result))
    else:
        _print(result)
    if not result.success:
        raise NotConvergedError(result.status)


def _payload(result: SolveResult) -> dict[str, Any]:
    certificate = result.certificate
    return {
        "catalyst": result.catalyst,
        "conditions": output.conditions_payload(result.conditions),
        "success": result.success,
        "status": result.status,
        "tof": dict(result.tof),
        "tof_unit": result.tof_unit,
        "tof_band": None if result.tof_band is None else {"NH3": list(result.tof_band)},
        "tof_alternatives": dict(result.alternatives),
        "coverages": dict(result.coverages),
        "rates": {sid: {"net": r.net, "forward": r.forward, "reverse": r.reverse} for sid, r in result.rates.items()},
        "rate_control": dict(result.rate_control),
        "apparent_activation_energy_eV": result.apparent_activation_energy,
        "reaction_orders": dict(result.reaction_orders),
        "faradaic_efficiency": None if result.faradaic_efficiency is None else dict(result.faradaic_efficiency),
        "faradaic_efficiency_band": (
            None
            if result.faradaic_efficiency_band is None
            else {gas: list(band) for gas, band in result.faradaic_efficiency_band.items()}
        ),
        "certificate": {
            "coverage_error": certificate.coverage_error,
            "site_sum_error": certificate.site_sum_error,
            "tof_relative_error": certificate.tof_relative_error.get("NH3"),
            "arithmetic": certificate.arithmetic,
        },
        "warnings": list(result.warnings),
        "notes": list(result.notes),
    }


def _print(result: SolveResult) -> None:
    typer.echo(f"{result.catalyst}: {result.name}; {output.conditions_text(result.conditions)}")
    typer.echo(f"status: {result.status}")
    if result.tof:
        listed = ", ".join(f"{gas} {value:+.4g}" for gas, value in result.tof.items())
        typer.echo(f"turnover [{result.tof_unit}]: {listed}")
    if result.tof_band is not None:
        low, high = result.tof_band
        typer.echo(f"band of the NH3 turnover: {low:.4g} to {high:.4g}")
        for label, value in result.alternatives.items():
            typer.echo(f"  {label}: {value:.4g}")
    output.print_table(
        "Coverages", ("species", "theta"), [(n, f"{t:.4g}") for n, t in result.coverages.items()], right=(1,)
    )
    control = result.rate_control
    rows = [
        (sid, f"{r.net:+.4g}", f"{r.forward:.4g}", f"{control[sid]:+.4f}" if sid in control else "-")
        for sid, r in result.rates.items()
    ]
    output.print_table(
        "Rates [1/s] and degree of rate control of NH3",
        ("step", "net", "forward", "rate control"),
        rows,
        right=(1, 2, 3),
    )
    _print_apparent(result)
    c = result.certificate
    turnover = c.tof_relative_error.get("NH3")
    typer.echo(
        f"certificate: coverages to {c.coverage_error:.1e}, site sum to {c.site_sum_error:.1e}, "
        + (f"NH3 turnover to {turnover:.1e} (relative), " if turnover is not None else "")
        + f"{c.arithmetic} arithmetic"
    )
    output.print_sentences("warnings", result.warnings)


def _print_apparent(result: SolveResult) -> None:
    energy = result.apparent_activation_energy
    if energy is not None:
        typer.echo(f"apparent activation energy: {energy:.3f} eV")
    if result.reaction_orders:
        typer.echo(
            "reaction orders: " + ", ".join(f"{gas} {order:+.2f}" for gas, order in result.reaction_orders.items())
        )
    if result.faradaic_efficiency is not None:
        bands = result.faradaic_efficiency_band or {}
        shares = [
            f"{gas} {share:.1%}" + (f" ({bands[gas][0]:.1%} to {bands[gas][1]:.1%})" if gas in bands else "")
            for gas, share in result.faradaic_efficiency.items()
        ]
        typer.echo("Faradaic efficiency: " + ", ".join(shares))
