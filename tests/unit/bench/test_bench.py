"""The benchmark's models, references and report: results, iteration counts and equality, never seconds."""

import dataclasses
import json
import math

import mpmath as mp
import numpy as np
import pytest
from typer.testing import CliRunner

from nrrsim.bench import suite
from nrrsim.bench._kernels import compiled_equations, eliminate
from nrrsim.bench.checks import answers_equal, check_isolated, check_model, rows_right
from nrrsim.bench.generated import SIZES, isolated_chain, ladder
from nrrsim.bench.models import MODELS, map_conditions, model_path, points_of
from nrrsim.bench.peers import PEERS, direct_turnovers
from nrrsim.bench.picture import times_per_point
from nrrsim.bench.reference import (
    coverage_errors,
    reference_path,
    reference_points,
    reference_rows,
    tof_errors,
)
from nrrsim.bench.solving import solved, solved_in_chunks
from nrrsim.bench.timing import Case, dominant_matrix, interleaved
from nrrsim.cli.app import app
from nrrsim.errors import InputError, NotConvergedError
from nrrsim.solvers._kernels.network import NONE
from nrrsim.solvers.steady import nearly_clean

SMALL = 50  # points along each axis of the maps solved here


@pytest.fixture(scope="module")
def maps():
    return {model: points_of(model, map_conditions(model, SMALL)) for model in MODELS}


def test_models_are_what_they_are_said_to_be(maps):
    steps = {model: len(points.topology.steps) for model, points in maps.items()}
    assert steps["dissociative"] == 7
    assert steps["full"] >= 24
    assert steps["electrochemical"] >= 17
    ln_k = np.stack([maps["electrochemical"].ln_kf_cj, maps["electrochemical"].ln_kr_cj])
    assert (ln_k.max() - ln_k.min()) / math.log(10) > 60
    for model in ("full", "electrochemical"):
        assert "chosen to be stiff, no catalyst" in model_path(model).read_text(encoding="utf-8")
    with pytest.raises(InputError, match="did you mean 'full'"):
        model_path("ful")


@pytest.mark.parametrize("model", MODELS)
def test_references_belong_to_the_map_and_have_their_digits(model):
    found = json.loads(reference_path(model).read_text(encoding="utf-8"))
    assert len(found["points"]) == 25
    assert found["arithmetic"] == "mpmath, 80 digits"
    whole = map_conditions(model)
    for row, place in zip(found["points"], reference_rows(), strict=True):
        assert row["conditions"]["T_K"] == pytest.approx(whole[place].T)
        assert row["conditions"]["p_bar"] == pytest.approx(dict(whole[place].p))
        with mp.workdps(40):
            total = mp.fsum(mp.mpf(x) for x in row["coverages"].values())
            assert abs(total - 1) < mp.mpf(10) ** -27
        mantissas = [x.lower().partition("e")[0].lstrip("-0.").replace(".", "") for x in row["tof_per_s"].values()]
        assert all(len(m) == 30 for m in mantissas)


@pytest.mark.parametrize("model", MODELS)
def test_every_reference_point_is_met(model):
    """The tolerances of the issue, for the core cold and warm; what is met is far closer."""
    points, references = reference_points(model)
    for warm in (False, True):
        answers = solved(points, warm=warm, control=True)
        assert (answers.rung_c != NONE).all()
        assert coverage_errors(answers.theta_ci, references).max() < 1e-6
        assert tof_errors(answers.tof_cg, references).max() < 1e-6
        np.testing.assert_allclose(answers.control_cj.sum(axis=1), 1.0, rtol=0, atol=1e-8)


def test_turnovers_of_1e_25_are_among_the_references():
    _, references = reference_points("electrochemical")
    assert np.abs(references.tof_cg).min() < 1e-25


@pytest.mark.parametrize("model", MODELS)
def test_maps_are_certified_everywhere_with_few_iterations(maps, model):
    cold, warm = solved(maps[model]), solved(maps[model], warm=True)
    assert (cold.rung_c != NONE).all()
    assert (warm.rung_c != NONE).all()
    assert warm.iterations_c.mean() <= 6.0
    np.testing.assert_allclose(warm.theta_ci, cold.theta_ci, rtol=1e-6, atol=1e-300)


@pytest.mark.parametrize("model", MODELS)
def test_threads_do_not_change_a_bit(maps, model):
    one, two = (solved_in_chunks(maps[model], threads=n, chunk=64) for n in (1, 2))
    assert answers_equal(one, two)
    again = one._replace(theta_ci=one.theta_ci * (1 + 1e-15))
    assert not answers_equal(again, two)


def test_a_wrong_answer_is_not_timed():
    points, references = reference_points("dissociative")
    wrong = dataclasses.replace(references, tof_cg=references.tof_cg * (1 + 1e-5))
    with pytest.raises(NotConvergedError, match="nothing is timed"):
        check_model(points, points, wrong)


def test_isolated_chain_is_right_down_to_its_smallest_population():
    error, smallest = check_isolated()
    assert error < 1e-12
    assert 1e-200 < smallest < 1e-150
    assert len(isolated_chain().topology.species) == 15


@pytest.mark.parametrize("size", SIZES[:4])
def test_ladders_are_certified(size):
    answers = solved(ladder(size, conditions=3), warm=True, control=True)
    assert (answers.rung_c != NONE).all()
    np.testing.assert_allclose(answers.control_cj.sum(axis=1), 1.0, rtol=0, atol=1e-8)


def test_equations_handed_to_integrators_are_those_of_the_core(maps):
    """The compiled derivative vanishes at a steady state, and its Jacobian is that of differences."""
    points = maps["full"]
    derivative, jacobian = compiled_equations(points.topology.arrays)
    k_2j = np.exp(np.stack([points.ln_kf_cj[0], points.ln_kr_cj[0]]))
    theta = solved(points.some(slice(0, 1))).theta_ci[0]
    n = theta.size
    out, matrix = np.empty(n), np.empty((n, n))
    derivative(theta, k_2j, out)
    gross = np.abs(points.topology.nu_ij) @ (k_2j.sum(axis=0))
    assert np.max(np.abs(out) / gross) < 1e-12
    theta = nearly_clean(points.topology) + 0.05
    jacobian(theta, k_2j, matrix)
    for i in range(n):
        moved = [np.empty(n), np.empty(n)]
        for sign, target in zip((1, -1), moved, strict=True):
            derivative(theta + sign * 1e-6 * (np.arange(n) == i), k_2j, target)
        np.testing.assert_allclose(
            (moved[0] - moved[1]) / 2e-6, matrix[:, i], rtol=1e-6, atol=1e-6 * np.abs(matrix).max()
        )


def test_odeint_finds_the_same_steady_state():
    points, references = reference_points("dissociative")
    peer = PEERS[0]
    assert peer.installed
    assert peer.version
    assert rows_right(points, references, [12], peer.prepare(points.topology)) == [12]
    k_2j = np.exp(np.stack([points.ln_kf_cj[12], points.ln_kr_cj[12]]))
    tof = direct_turnovers(points.topology, references.theta_ci[12], k_2j)
    np.testing.assert_allclose(tof, references.tof_cg[12], rtol=1e-6)


def test_a_program_that_is_right_at_some_points_is_timed_on_these_too_and_the_core_beside_it():
    points, references = reference_points("dissociative")
    wrong = np.exp([points.ln_kf_cj[0], points.ln_kr_cj[0]])

    def prepare(topology):
        solve = PEERS[0].prepare(topology)
        return lambda k_2j: np.full(len(topology.species), np.nan) if np.array_equal(k_2j, wrong) else solve(k_2j)

    cases, check = suite._peer(dataclasses.replace(PEERS[0], prepare=prepare), points, references, [0, 12])
    assert check.right == 0.5
    assert [(case.code == PEERS[0].name, case.rows) for case in cases] == [
        (True, (0, 12)),
        (True, (12,)),
        (False, (12,)),
    ]
    assert cases[1].name == cases[2].name != cases[0].name


def test_calibration_and_rounds():
    a = dominant_matrix()
    pivot = np.linalg.det(a) / np.linalg.det(a[:-1, :-1])
    assert eliminate(a, 3) == pytest.approx(3 * pivot, rel=1e-10)
    seen = []
    cases = [Case(name, "", "", 1, lambda name=name: seen.append(name), rounds=n) for name, n in (("a", 5), ("b", 2))]
    timings = interleaved(cases, 3)
    assert "".join(seen) == "ab" + "ab" + "ba" + "a"
    assert [len(t.us) for t in timings] == [3, 2]


def test_the_verb_answers_in_json_and_draws(tmp_path, monkeypatch):
    monkeypatch.setattr(suite, "QUICK", suite.Plan(models=("dissociative",), side=4, rounds=1, peer_points=1))
    monkeypatch.setattr(
        suite, "PEERS", tuple(p for p in PEERS if p.name in ("LSODA (SciPy odeint)", "LSODA (numbalsoda)"))
    )
    picture = tmp_path / "times.png"
    result = CliRunner().invoke(app, ["bench", "--quick", "--json", "-o", str(picture)])
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert {"machine", "rounds", "checks", "peers", "not_installed", "calibration_us", "timings"} <= set(found)
    assert found["checks"][0]["certified"] == 1.0
    cases = {(row["case"], row["code"]) for row in found["timings"]}
    assert {("cold, certified", "nrrsim"), ("map, warm chain", "nrrsim"), ("isolated site", "nrrsim")} <= cases
    compared = [row for row in found["timings"] if row["code"].startswith("LSODA")]
    assert compared
    assert all(row["times_nrrsim"] > 0 for row in compared)
    assert len(found["peers"]) + len(found["not_installed"]) == 2
    assert picture.stat().st_size > 0


def test_the_verb_without_peers_prints_a_table(monkeypatch):
    monkeypatch.setattr(suite, "QUICK", suite.Plan(models=("full",), side=4, rounds=1, peer_points=1, sizes=(7,)))
    result = CliRunner().invoke(app, ["bench", "--quick", "--no-peers"])
    assert result.exit_code == 0, result.output
    assert "bit for bit" in result.stdout
    assert "LSODA" not in result.stdout


def test_the_picture_has_a_line_for_each_program():
    report = suite.run(suite.Plan(models=("dissociative",), side=3, rounds=1, peers=False, threads=False))
    labels = [t.get_text() for t in times_per_point(report).get_yticklabels()]
    assert labels == ["nrrsim, cold", "nrrsim, warm"]


def test_plans_are_checked():
    with pytest.raises(ValueError, match="two by two"):
        suite.Plan(side=1)
