"""`nrrsim solve`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from nrrsim.cli import options, output
from nrrsim.errors import NotConvergedError

if TYPE_CHECKING:
    from nrrsim.analysis.sensitivity import Sensitivities
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
        "elementary_rate_control": dict(result.elementary_rate_control),
        "apparent_activation_energy_eV": result.apparent_activation_energy,
        "reaction_orders": dict(result.reaction_orders),
        "thermodynamic_rate_control": dict(result.thermodynamic_rate_control),
        "energy_gradient_per_eV": dict(result.energy_gradient),
        "potential_scale": output.potential_scale(result.conditions),
        "potential_gradient_per_V": result.potential_gradient,
        "tafel_slope_mV_per_decade": result.tafel_slope,
        "pH_gradient": result.pH_gradient,
        "capped_steps": list(result.capped_steps),
        "sensitivities_by_gas": {gas: _sensitivity(found) for gas, found in result.sensitivities_by_gas.items()},
        "share_sensitivities": {gas: _sensitivity(found) for gas, found in result.share_sensitivities.items()},
        "other_steady_states": [
            {"tof": dict(other.tof), "coverages": dict(other.coverages)} for other in result.other_solutions
        ],
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


def _sensitivity(found: Sensitivities) -> dict[str, Any]:
    """Of one turnover or share; the pH at constant U_RHE."""
    return {
        "rate_control": dict(found.rate_control),
        "thermodynamic_rate_control": dict(found.thermodynamic_rate_control),
        "energy_gradient_per_eV": dict(found.energy_gradient),
        "apparent_activation_energy_eV": found.apparent_activation_energy,
        "reaction_orders": dict(found.reaction_orders),
        "potential_gradient_per_V": found.potential_gradient,
        "tafel_slope_mV_per_decade": found.tafel_slope,
        "pH_gradient_at_U_RHE": found.pH_gradient,
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
    _print_rates(result)
    if result.elementary_rate_control:
        sums = [(step, f"{control:+.4f}") for step, control in result.elementary_rate_control.items()]
        output.print_table("By elementary step", ("step", "rate control"), sums, right=(1,))
    _print_energies(result)
    _print_apparent(result)
    c = result.certificate
    turnover = c.tof_relative_error.get("NH3")
    typer.echo(
        f"certificate: coverages to {c.coverage_error:.1e}, site sum to {c.site_sum_error:.1e}, "
        + (f"NH3 turnover to {turnover:.1e} (relative), " if turnover is not None else "")
        + f"{c.arithmetic} arithmetic"
    )
    output.print_sentences("warnings", result.warnings)


def _print_rates(result: SolveResult) -> None:
    control, share = result.rate_control, result.share_sensitivities.get("NH3")
    rows = [
        [sid, f"{r.net:+.4g}", f"{r.forward:.4g}", output.number(control.get(sid), "+.4f")]
        + ([] if share is None else [f"{share.rate_control[sid]:+.4f}"])
        for sid, r in result.rates.items()
    ]
    columns = ["step", "net", "forward", "rate control", *([] if share is None else ["of the share"])]
    output.print_table(
        "Rates [1/s] and degree of rate control of NH3", columns, rows, right=range(1, len(columns)), least=(2,)
    )


def _print_energies(result: SolveResult) -> None:
    gradient = result.energy_gradient
    rows = [
        (state, f"{control:+.4f}", output.number(gradient.get(state), "+.3f"))
        for state, control in result.thermodynamic_rate_control.items()
    ]
    if rows:
        columns = ("state", "thermodynamic rate control", "d ln TOF/dE [1/eV]")
        output.print_table("Energies and the NH3 turnover", columns, rows, right=(1, 2))


def _print_apparent(result: SolveResult) -> None:
    energy = result.apparent_activation_energy
    if energy is not None:
        typer.echo(f"apparent activation energy: {energy:.3f} eV")
    scale = output.potential_scale(result.conditions)
    if result.potential_gradient is not None:
        slope = "" if result.tafel_slope is None else f", Tafel slope {result.tafel_slope:+.1f} mV per decade"
        typer.echo(f"d ln TOF/d{scale} at constant pH: {result.potential_gradient:+.3f} 1/V{slope}")
    if result.pH_gradient is not None:
        typer.echo(f"d ln TOF/dpH at constant {scale}: {result.pH_gradient:+.3f}")
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
