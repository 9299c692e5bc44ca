"""References by mpmath: written once, read back, and held against answers in double precision."""

from __future__ import annotations

import json
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from nrrsim.bench.models import SIDE, Points, map_conditions, points_of
from nrrsim.core.conditions import Conditions

Floats = NDArray[np.float64]

DIGITS = 80  # of the arithmetic
WRITTEN = 30  # of the numbers in the file
TRACE = 1e-12  # coverages below it are not compared
DEFINED = 1e-12  # turnovers below this share of the gross exchange are not compared
ALLOWED = 1e-6  # largest relative difference of a right answer


@dataclass(frozen=True, eq=False)
class References:
    """Exact answers of a model at some conditions.

    Parameters
    ----------
    conditions : tuple[Conditions, ...]
    theta_ci : array (c, i)
    tof_cg : array (c, g)
        Net production of each gas [1/s per site].
    gross_cg : array (c, g)
        Sum of the one-way rates that make or use each gas [1/s per site].
    """

    conditions: tuple[Conditions, ...]
    theta_ci: Floats
    tof_cg: Floats
    gross_cg: Floats


def reference_path(model: str) -> Path:
    """File of a model's references."""
    return Path(str(files("nrrsim") / "bench" / "references" / f"{model}.json"))


def reference_rows(side: int = SIDE) -> list[int]:
    """Places in the map: five by five, borders included."""
    places = np.linspace(0, side - 1, 5).astype(int)
    return [int(row * side + column) for row in places for column in places]


def read_references(model: str, points: Points) -> References:
    """The references of a model, in the order of the topology of `points`."""
    found = json.loads(reference_path(model).read_text(encoding="utf-8"))
    rows = found["points"]

    def table(key: str, names: tuple[str, ...]) -> Floats:
        return np.array([[float(row[key][name]) for name in names] for row in rows])

    return References(
        tuple(_conditions(row["conditions"]) for row in rows),
        table("coverages", points.topology.species),
        table("tof_per_s", points.topology.gases),
        table("gross_per_s", points.topology.gases),
    )


def reference_points(model: str) -> tuple[Points, References]:
    """A model at the conditions of its references, and these."""
    found = json.loads(reference_path(model).read_text(encoding="utf-8"))
    points = points_of(model, [_conditions(row["conditions"]) for row in found["points"]])
    return points, read_references(model, points)


def coverage_errors(theta_ci: Floats, references: References) -> Floats:
    """Largest relative error of a coverage above 1e-12 at each condition, shape (c,); infinite for no number."""
    return _worst(theta_ci, references.theta_ci, references.theta_ci > TRACE)


def tof_errors(tof_cg: Floats, references: References) -> Floats:
    """Largest relative error of a turnover above 1e-12 of its gross exchange at each condition, shape (c,)."""
    return _worst(tof_cg, references.tof_cg, np.abs(references.tof_cg) > DEFINED * references.gross_cg)


def _worst(found: Floats, wanted: Floats, counted: NDArray[np.bool_]) -> Floats:
    with np.errstate(all="ignore"):
        errors = np.where(counted, np.abs(found / wanted - 1.0), 0.0)
    return np.asarray(np.max(np.where(np.isfinite(errors), errors, np.inf), axis=1))


def make_references(model: str, *, digits: int = DIGITS) -> dict[str, Any]:
    """Solve the reference points of a model in mpmath.

    Raises
    ------
    ArithmeticError
        If a point does not converge.
    """
    whole = map_conditions(model)
    conditions = [whole[row] for row in reference_rows()]
    points = points_of(model, conditions)
    rows = [_exact_row(points, c, condition, digits) for c, condition in enumerate(conditions)]
    return {"model": model, "arithmetic": f"mpmath, {digits} digits", "points": rows}


def _exact_row(points: Points, c: int, condition: Conditions, digits: int) -> dict[str, Any]:
    import mpmath as mp

    from nrrsim.solvers.multiprecision import precise_steady_state
    from nrrsim.solvers.steady import nearly_clean, steady_state

    problem, t = points.problem(c), points.topology
    near = steady_state(problem)
    start = near.theta_i if near.success else nearly_clean(t)
    theta = precise_steady_state(problem, start, digits=digits)
    if theta is None:
        raise ArithmeticError(f"{points.name}, {condition}: no steady state in {digits} digits")
    with mp.workdps(digits):
        forward, reverse = (
            [
                mp.exp(mp.mpf(float(ln_k[j]))) * mp.fprod(theta[i] for i in slots[j] if i >= 0)
                for j in range(len(t.steps))
            ]
            for ln_k, slots in ((problem.ln_kf_j, t.initial_jm), (problem.ln_kr_j, t.final_jm))
        )
        tof, gross = {}, {}
        for g, gas in enumerate(t.gases):
            nu = [mp.mpf(float(x)) for x in t.nu_gj[g]]
            tof[gas] = mp.fsum(n * (f - r) for n, f, r in zip(nu, forward, reverse, strict=True))
            gross[gas] = mp.fsum(abs(n) * (f + r) for n, f, r in zip(nu, forward, reverse, strict=True))

        def written(value: Any) -> str:
            return str(mp.nstr(value, WRITTEN, strip_zeros=False))

        return {
            "conditions": {"T_K": condition.T, "p_bar": dict(condition.p), "U_RHE_V": condition.U_RHE},
            "coverages": {name: written(x) for name, x in zip(t.species, theta, strict=True)},
            "tof_per_s": {gas: written(x) for gas, x in tof.items()},
            "gross_per_s": {gas: written(x) for gas, x in gross.items()},
        }


def _conditions(row: dict[str, Any]) -> Conditions:
    return Conditions(row["T_K"], row["p_bar"], U_RHE=row["U_RHE_V"])
