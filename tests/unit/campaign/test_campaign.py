"""Campaigns with effective-medium theory: states, starts, what is missing, the catalyst file and the verb."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from ase import Atoms
from records import EMT, record

from nrrsim.campaign.barriers import BarrierFound
from nrrsim.campaign.chains import is_state
from nrrsim.campaign.computed import Computed, SaddleFound, _too_low, collected, lender, replayed
from nrrsim.campaign.export import catalyst_entry, formation_energies, gas_errors, write_catalyst
from nrrsim.campaign.plan import Plan
from nrrsim.campaign.run import run_campaign
from nrrsim.campaign.states import (
    CLEAN,
    WITH_HYDROGEN,
    State,
    gas_start,
    network_for,
    starts,
    states_of,
)
from nrrsim.dft.outcome import partner
from nrrsim.dft.relaxation import free_atoms
from nrrsim.dft.settings import settings
from nrrsim.dft.store import Store
from nrrsim.dft.task import Task
from nrrsim.errors import InputError
from nrrsim.structures.bonding import bonded_metals
from nrrsim.structures.catalog.lookup import build_site
from nrrsim.structures.record import record_of
from nrrsim.structures.sites import adsorbate_atoms
from nrrsim.structures.vacancies import has_vacancies


def test_an_isolated_site_has_states_of_all_that_it_holds() -> None:
    network = network_for("isolated", ("PCET",))
    for step in network.steps:
        for side in (step.reactants, step.products):
            assert sum(n for name, n in side.items() if network.species[name].on_surface) == 1
    assert [state.name for state in states_of(network)][:2] == [CLEAN, "N2"]
    assert [state.name for state in states_of(network_for("isolated", ("PCET",), states=("N2*", "NNH")))] == [
        CLEAN, "N2", "NNH"
    ]  # fmt: skip
    with pytest.raises(InputError, match="no step leads from one of the states"):
        network_for("isolated", ("H*",), states=("N", "NH2"))
    with pytest.raises(InputError, match=r"no state is called 'NX\*'"):
        network_for("isolated", ("H*",), states=("2NX",))
    with pytest.raises(InputError, match="no step leads to H_NH2, NH2 from the other states"):
        network_for("isolated", ("H*",), states=("2N", "N2", "H_NH2", "NH2"))
    both = network_for("isolated", ("PCET", "H*"))
    assert {"H+ + e- + N2 <-> NNH", "N2 <-> 2N"} <= {step.equation for step in both.steps}


def test_hydrogen_from_the_gas_closes_the_cycle_of_an_isolated_site() -> None:
    network = network_for("isolated", ("H*",))
    assert set(WITH_HYDROGEN) <= set(network.species)
    assert {"N2 <-> 2N", "2H_2N <-> H_N_NH", "H_N_NH3 <-> NH3(g) + H_N", "NH3 <-> NH3(g) + *"} <= {
        step.equation for step in network.steps
    }
    holds = {state.name: [part.formula for part in state.parts] for state in states_of(network)}
    assert holds["2H_N_NH2"] == ["H", "H", "N", "NH2"]
    assert holds["NH"] == []


@pytest.mark.parametrize("name", ["m3-cu", "ru0001"])
def test_states_of_several_adsorbates_have_each_on_a_site_of_its_own(name: str) -> None:
    clean = build_site(name)
    for state in states_of(network_for("isolated", ("H*",)))[1:]:
        if not state.parts:
            continue
        found = starts(clean, state, count=2)
        assert 1 <= len(found) <= 2
        for atoms in found:
            groups = adsorbate_atoms(atoms)
            assert len(groups) == len(state.parts)
            gaps = atoms.get_all_distances(mic=bool(atoms.pbc.any()))
            for k, group in enumerate(groups):
                others = [i for other in groups[k + 1 :] for i in other]
                assert gaps[np.ix_(group, others)].min(initial=9.0) > 0.9


def test_what_fills_a_vacancy_starts_where_it_is_open() -> None:
    """Relaxed, the oxygens beside a vacancy close over it; hydrogen on oxygen stands on the site as it is relaxed."""
    plan = Plan("moo3-bilayer-vt", EMT, states=("N2*", "NNH*", "H*o"), supercell=(2, 2), vacuum=11.0)
    relaxed = plan.clean.copy()
    free = free_atoms(relaxed)
    relaxed.positions[free] += [0.0, 0.0, 0.1]
    relaxed.set_initial_magnetic_moments([0.5] * len(relaxed))
    found = plan.chains(replace(record(plan.references()[0].next([]), energy=0.0), atoms=relaxed))[0]  # type: ignore[arg-type]
    for name, host in (("N2*", plan.clean), ("NNH*", plan.clean), ("H*o", relaxed)):
        for start in found[name].starts:
            np.testing.assert_allclose(start.positions[: len(host)], host.positions)
            np.testing.assert_array_equal(start.get_initial_magnetic_moments()[: len(host)], [0.5] * len(host))
            assert free_atoms(start)[: len(free)] == free
    assert not has_vacancies(build_site("moo3-bilayer"))
    assert has_vacancies(build_site("moo3-bilayer-vt-s"))


def test_a_subset_of_states_is_a_subset_of_steps() -> None:
    network = network_for("surface", ("H*",), states=("N*", "NH*", "H*"))
    assert {name for name in network.species if name.endswith("*") and name != "*"} == {"N*", "NH*", "H*"}
    with pytest.raises(InputError, match=r"no state is called 'NHx\*'.*did you mean"):
        network_for("surface", ("H*",), states=("NHx*",))


def test_starts_take_each_site_first_and_keep_the_free_space() -> None:
    clean = build_site("m3-cu")
    found = starts(clean, State("NNH*", "NNH"), count=5)
    assert 3 <= len(found) <= 5
    sites = [json.loads(atoms.info["nrrsim"])["parameters"]["adsorbates"][0]["site"] for atoms in found]
    assert sites[:3] == ["top", "bridge", "face"]
    for atoms in found:
        assert atoms.positions.min() == pytest.approx(clean.positions.min(), abs=1e-9)
        assert len(adsorbate_atoms(atoms)) == 1
    assert len(starts(clean, State("NNH*", "NNH"), count=2)) == 2


def test_on_an_oxide_what_has_hydrogen_leans_over_last() -> None:
    clean = build_site("moo3-bilayer-vt")
    oxygens = [i for i, symbol in enumerate(clean.symbols) if symbol == "O"]

    def tilt_and_gap(atoms: Atoms) -> tuple[float, float]:
        bound, other, *hydrogens = range(len(clean), len(atoms))
        axis = atoms.get_distance(bound, other, vector=True)
        gap = min(atoms.get_distances(h, oxygens, mic=True).min() for h in hydrogens)
        return float(np.degrees(np.arccos(axis[2] / np.linalg.norm(axis)))), float(gap)

    tilts, gaps = zip(*map(tilt_and_gap, starts(clean, State("NNH2*", "NNH2"), count=6)), strict=True)
    assert tilts[0] == pytest.approx(0.0, abs=0.1)
    assert tilts[1:] == pytest.approx([25.0] * len(tilts[1:]), abs=0.1)
    assert len(tilts) > 2
    assert gaps[1] < gaps[0]
    assert list(gaps[1:]) == sorted(gaps[1:])
    assert gaps[-1] < 3.0


@pytest.mark.parametrize(
    ("name", "upright", "leaning"),
    [("mos2-vs", 5, 1), ("m3-cu", 3, 0), ("ru1@ceo2-111", 2, 0), ("moo3-bilayer-vt", 2, 1)],
)
def test_only_where_a_hydrogen_bond_may_form(name: str, upright: int, leaning: int) -> None:
    """On any site it stands upright before it leans on one; without an acceptor in reach it never leans."""
    leant = ["leant" in record_of(atoms).source for atoms in starts(build_site(name), State("NNH*", "NNH"), count=40)]
    assert leant.index(True) == leant.count(False) if leaning else not any(leant)
    assert leant.count(False) >= upright
    assert leant.count(True) >= leaning


def test_gases_are_the_references_only() -> None:
    assert str(gas_start("NH3(g)").symbols) == "NH3"
    with pytest.raises(InputError, match="'CO\\(g\\)' is no reference gas"):
        gas_start("CO(g)")


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory):
    """Nitrogen and hydrogen on Cu(111), computed once; effective-medium theory has parameters for all of them."""
    folder = tmp_path_factory.mktemp("campaign")
    store = Store(folder / "store.db")
    plan = Plan("cu111", EMT, model="surface", donors=("H*",), states=("N*", "H*"), starts=4, supercell=(1, 1),
                relax={"fmax": 0.005})  # fmt: skip
    return plan, store, run_campaign(plan, store, folder=folder / "work", workers=2), folder


def test_a_campaign_ends_with_all_states(campaign) -> None:
    plan, store, found, _ = campaign
    assert found.complete, dict(found.missing)
    assert set(found.relaxed) == {CLEAN, "N2(g)", "H2(g)", "N*", "H*"}
    again = run_campaign(plan, store, folder=campaign[3] / "work")
    assert {name: r.key for name, r in again.relaxed.items()} == {name: r.key for name, r in found.relaxed.items()}
    assert collected(plan, store).complete


def test_formation_energies_balance_atoms(campaign) -> None:
    _, _, found, _ = campaign
    energies = formation_energies(found)
    assert energies["N2(g)"] == pytest.approx(0.0, abs=1e-12)
    assert energies["H2(g)"] == pytest.approx(0.0, abs=1e-12)
    total = {name: r.energy for name, r in found.relaxed.items()}
    assert energies["N*"] == pytest.approx(total["N*"] - total["*"] - total["N2(g)"] / 2, abs=1e-12)


def test_vibrations_may_be_lent_by_another_site(campaign, tmp_path: Path) -> None:
    plan, store, found, folder = campaign
    own = replace(plan, site="cu100", vibrations_of="cu111")
    lent = run_campaign(own, store, folder=folder / "work")
    assert lent.complete, dict(lent.missing)
    assert {name: r.key for name, r in lent.vibrations.items()} == {n: r.key for n, r in found.vibrations.items()}
    assert lent.relaxed["N*"].energy != found.relaxed["N*"].energy
    entry = catalyst_entry(lent, untrusted=True)
    assert "Vibrations are those of the same adsorbates on cu111." in entry["notes"]
    assert (
        entry["species"]["N*"]["frequencies"] == catalyst_entry(found, untrusted=True)["species"]["N*"]["frequencies"]
    )
    nowhere = collected(replace(own, vibrations_of="ag111"), store)
    assert nowhere.missing["N*"] == "its vibrations on ag111: the clean site has no structure yet."
    with pytest.raises(InputError, match="cu111 lends itself vibrations"):
        replace(plan, vibrations_of="cu111")


def test_what_was_computed_before_begins_the_states_and_lends_its_vibrations(campaign) -> None:
    plan, store, found, folder = campaign
    finer = replace(EMT, name="emt-finer", parameters={**EMT.parameters, "asap_cutoff": True})
    after = replace(plan, settings=finer, before=plan.settings, states=("N*", "H*", "NH*"))
    assert after.earlier == replace(plan, states=after.states)
    assert replace(after, vibrations=False).earlier == after.earlier
    chains, refused = after.chains(found.relaxed[CLEAN], lender(after, store))
    assert set(chains) == {"N*", "H*"}
    assert refused["NH*"].startswith("its structure on cu111 with emt: not computed yet.")
    assert len(chains["N*"].starts) == 1
    np.testing.assert_array_equal(chains["N*"].starts[0].positions, found.structures["N*"].atoms.positions)
    again = run_campaign(replace(after, states=plan.states), store, folder=folder / "work")
    assert again.complete, dict(again.missing)
    assert {n: r.key for n, r in again.vibrations.items()} == {n: r.key for n, r in found.vibrations.items()}
    assert {r.settings["digest"] for r in again.relaxed.values()} == {finer.digest}
    notes = catalyst_entry(again, untrusted=True)["notes"]
    assert "Each adsorbate begins as emt left it, and has the vibrations that stood for it there." in notes
    with pytest.raises(InputError, match="emt and emt, those of before, are one"):
        replace(after, settings=plan.settings)


def test_the_lowest_start_is_the_state(campaign) -> None:
    plan, store, found, _ = campaign
    chains, refused = plan.chains(found.relaxed[CLEAN])
    assert not refused
    for name, chain_ in chains.items():
        records = replayed(chain_, store)
        fit = [r.energy for r in records if is_state(r) and r.work == "relax"]
        assert found.relaxed[name].energy == min(fit)
        assert [r.work for r in records] == ["relax"] * 4 + ["vibrations"]


def test_settings_not_meant_for_rates_are_refused_unless_told(campaign, tmp_path: Path) -> None:
    _, _, found, _ = campaign
    with pytest.raises(InputError, match="not meant for rates"):
        write_catalyst(found, tmp_path / "cu3.yaml")
    assert not list(tmp_path.iterdir())


def test_the_catalyst_file_is_read_back_and_says_its_level(campaign, tmp_path: Path) -> None:
    import nrrsim

    _, _, found, _ = campaign
    file = write_catalyst(found, tmp_path / "cu3.yaml", untrusted=True)
    assert [path.name for path in tmp_path.iterdir()] == ["cu3.yaml"]
    text = file.read_text(encoding="utf-8")
    assert EMT.level in text
    assert EMT.caveats[0] in " ".join(text.split())
    entry = catalyst_entry(found, untrusted=True)
    assert entry["species"]["N*"]["energy"] == f"{formation_energies(found)['N*']:.6f} eV"
    drawn = nrrsim.load(str(file))
    assert "N*" in drawn.mechanism.network.species


def isolated(**changes: object) -> Plan:
    given = {"model": "isolated", "donors": ("H*",), "states": ("N2", "2N"), "starts": 1, "barriers": ("N2 <-> 2N",)}
    return Plan("m3-cu", EMT, **{**given, **changes})  # type: ignore[arg-type]


def test_a_saddle_is_part_of_the_catalyst_file(tmp_path: Path) -> None:
    """Energies that no engine computed, to follow them into the file and out of it."""
    import nrrsim

    plan = isolated()
    clean = replace(record(plan.references()[0].next([]), energy=-10.0), moments=())  # type: ignore[arg-type]
    at = {CLEAN: -10.0, "N2(g)": -16.0, "N2": -27.0, "2N": -28.5}
    chains, _ = plan.chains(clean)
    relaxed = {CLEAN: clean, "N2(g)": replace(clean, energy=at["N2(g)"])}
    modes = {}
    for name, chain_ in chains.items():
        done = record(chain_.next([]), energy=at[name])  # type: ignore[arg-type]
        relaxed[name] = done
        modes[name] = replace(done, vibrations=(0.01, 0.02, 0.03, 0.04, 0.05, 0.2))
    searches, refused = plan.barrier_chains(relaxed)
    assert not refused
    assert searches["N2 <-> 2N"].next([]).work == "path"  # type: ignore[union-attr]
    at_saddle = Task("vibrations", relaxed["N2"].atoms, EMT, "cluster")
    saddle = replace(record(at_saddle, energy=-26.2), vibrations=(-0.06, 0.02, 0.03, 0.04, 0.05, 0.1))
    assert _too_low(plan.paths[0], BarrierFound(saddle, saddle), relaxed) == ""
    low = replace(saddle, energy=-27.5)
    why = _too_low(plan.paths[0], BarrierFound(low, low), relaxed)
    assert why.startswith("the saddle lies 0.500 eV below a state")
    computed = Computed(plan, relaxed, relaxed, modes, {}, {"N2 <-> 2N": SaddleFound(saddle, saddle)})
    entry = catalyst_entry(computed, untrusted=True)
    assert entry["steps"] == ["N2(g) + * <-> N2", "N2 <-> N2--2N <-> 2N"]
    assert entry["transition_states"]["N2--2N"]["energy"] == "-0.200000 eV"
    assert len(entry["transition_states"]["N2--2N"]["frequencies"].split()) == 5 + 1  # and the unit
    read = nrrsim.load(str(write_catalyst(computed, tmp_path / "cu3.yaml", untrusted=True))).mechanism.network
    assert read.steps[1].transition_state == "N2--2N"
    assert dict(read.species["2N"].composition) == {"N": 2}


def test_what_left_is_passed_by(tmp_path: Path) -> None:
    """N2 that does not stay is taken from the gas; one that is not computed yet is waited for."""
    import nrrsim

    plan = Plan("m3-cu", EMT, states=("N2*", "NNH*"), donors=("PCET",), starts=1)
    chains, _ = plan.chains(record(plan.references()[0].next([]), energy=0.0))  # type: ignore[arg-type]
    at = {CLEAN: -10.0, "N2(g)": -16.0, "H2(g)": -7.0, "NNH*": -28.5}
    relaxed = {name: record(chains["NNH*"].next([]), energy=energy) for name, energy in at.items()}  # type: ignore[arg-type]
    modes = {"NNH*": replace(relaxed["NNH*"], vibrations=(0.05,) * 9)}
    waiting = Computed(plan, relaxed, relaxed, modes, {"N2*": "not computed yet."})
    with pytest.raises(InputError, match="no step has all its states"):
        catalyst_entry(waiting, untrusted=True)
    why = "no start gave it: the adsorbate N2 left the cluster."
    gone = replace(waiting, missing={"N2*": why}, left=frozenset({"N2*"}))
    entry = catalyst_entry(gone, untrusted=True)
    assert entry["steps"] == ["N2(g) + * + H+ + e- <-> NNH*"]
    assert formation_energies(gone)["NNH*"] == pytest.approx(-28.5 + 10.0 + 16.0 + 3.5)
    assert f"left out, N2*: {why}" in entry["notes"]
    assert gone.complete
    assert not waiting.complete
    assert replace(gone, missing={**gone.missing, "NNH*": why}, left=frozenset({"N2*", "NNH*"})).network is plan.network
    assert (
        "N2*"
        not in nrrsim.load(str(write_catalyst(gone, tmp_path / "cu3.yaml", untrusted=True))).mechanism.network.species
    )


def test_starts_of_single_states_are_checked() -> None:
    with pytest.raises(InputError, match=r"no state of the plan is called 'H\*o'"):
        Plan("m3-cu", EMT, starts_of={"H*o": 2})
    with pytest.raises(InputError, match="0 starts were asked for"):
        Plan("m3-cu", EMT, starts_of={"N2": 0})


def test_barriers_lead_from_state_to_state() -> None:
    with pytest.raises(InputError, match=r"'N2 <-> N' is no path from state to state.*did you mean 'N2 <-> 2N'"):
        isolated(barriers=("N2 <-> N",))
    with pytest.raises(InputError, match="is no path from state to state"):
        isolated(barriers=("N2(g) + * <-> N2",))
    assert isolated().barrier_chains({}) == ({}, {"N2 <-> 2N": "N2, 2N has no energy."})


def test_barriers_are_searched_after_the_states(tmp_path: Path) -> None:
    """With effective-medium theory nothing holds N2 and Cu3 together: no barrier, a reason, and nothing twice."""
    store = Store(tmp_path / "store.db")
    found = run_campaign(isolated(), store, folder=tmp_path / "work")
    assert not found.saddles
    assert found.missing["N2 <-> 2N"].startswith("no saddle point after 60 steps: the largest force is")
    assert "N2 <-> 2N" not in found.waiting
    records = {record.key: record.timing for record in store.records()}
    works = {record.work for record in store.records() if "<->" in record.label}
    assert {"path", "saddle"} <= works
    run_campaign(isolated(), store, folder=tmp_path / "work")
    assert {record.key: record.timing for record in store.records()} == records


def test_a_cluster_in_a_periodic_box_stays_a_cluster() -> None:
    """Plane waves put it into a periodic cell, and the record keeps that: its states are a cluster's all the same."""
    plan = isolated()
    boxed = build_site("m3-cu")
    boxed.pbc = True
    clean = replace(record(plan.references()[0].next([]), energy=0.0), atoms=boxed)  # type: ignore[arg-type]
    chains, _ = plan.chains(clean)
    for one in chains.values():
        assert one.kind == "cluster"
        assert not one.starts[0].pbc.any()
    relaxed = {name: replace(clean, atoms=one.starts[0].copy()) for name, one in chains.items()}
    for one in relaxed.values():
        one.atoms.pbc = True
    search = plan.barrier_chains(relaxed)[0]["N2 <-> 2N"]
    assert search.kind == "cluster"
    assert not search.start.pbc.any()


def test_rough_settings_without_moments_are_asked_for_none() -> None:
    plan = Plan("m3-mo", settings("gpaw-pw500-pbe-u"), model="surface", donors=("H*",), states=("N*",))
    clean = plan.references()[0]
    rough = clean.next([])
    assert rough is not None
    assert (rough.settings.name, "moments" in rough.options) == ("gpaw-pw400-pbe-rough", False)
    fine = clean.next([record(rough, energy=0.0, settings_=rough.settings)])
    assert fine is not None
    assert fine.options["moments"] == "neighbours"


def test_a_site_that_fails_is_named_with_its_reason(tmp_path: Path) -> None:
    """Effective-medium theory has no ruthenium: nothing can be placed, and the gases are there."""
    plan = Plan("m3-ru", EMT, model="surface", donors=("H*",), states=("N*",), starts=1, vibrations=False)
    found = run_campaign(plan, Store(tmp_path / "store.db"), folder=tmp_path / "work")
    assert "N2(g)" in found.relaxed
    assert "Ru" in found.missing[CLEAN]
    assert found.missing["N*"] == "the clean site has no structure yet."
    with pytest.raises(InputError, match=r"\* has no energy: no start gave it: .*Ru"):
        formation_energies(found)


def test_what_failed_is_computed_again_only_when_that_is_asked_for(tmp_path: Path) -> None:
    plan = Plan("m3-ru", EMT, model="surface", donors=("H*",), states=("N*",), starts=1, vibrations=False)
    store = Store(tmp_path / "store.db")
    key = plan.references()[0].next([]).key  # type: ignore[union-attr]

    def begun(*, retry: bool) -> tuple[str, int]:
        run_campaign(plan, store, folder=tmp_path / "work", retry=retry)
        failed = store.record(key)
        assert failed is not None
        assert failed.status == "failed"
        return str(failed.timing["started"]), len(store.records())

    first = begun(retry=False)
    time.sleep(1.1)  # records tell whole seconds
    assert begun(retry=False) == first
    again = begun(retry=True)
    assert again[0] > first[0]
    assert again[1] == first[1]


def test_gas_errors_are_method_minus_experiment() -> None:
    by_experiment = -0.847  # half of -1.694 eV, the electronic energy of N2 + 3 H2 -> 2 NH3
    found = gas_errors({"N2(g)": 0.0, "H2(g)": 0.0, "NH3(g)": -0.761, "N*": 1.0})
    assert set(found) == {"NH3(g)"}
    assert found["NH3(g)"] == pytest.approx(-0.761 - by_experiment, abs=1e-3)


def test_impossible_plans_are_refused() -> None:
    with pytest.raises(InputError, match="0 starts were asked for"):
        Plan("m3-cu", EMT, starts=0)
    with pytest.raises(InputError, match="no site is called"):
        Plan("m3cu", EMT)


def nrrsim_says(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "nrrsim", "compute", *arguments], cwd=cwd, capture_output=True, text=True, check=False
    )


def test_the_verb_shows_what_the_store_holds(campaign) -> None:
    *_, folder = campaign
    options = ["cu111", "--engine", "emt", "--states", "N*,H*", "--donor", "H*", "--supercell", "1", "1", "--starts",
               "4", "--fmax", "0.005", "--store", "store.db", "--collect"]  # fmt: skip
    told = nrrsim_says(*options, "--json", cwd=folder)
    assert told.returncode == 0, told.stderr
    payload = json.loads(told.stdout)
    assert payload["complete"]
    assert {state["name"] for state in payload["states"]} == {CLEAN, "N2(g)", "H2(g)", "N*", "H*"}
    shown = nrrsim_says(*options, cwd=folder)
    assert "formation [eV]" in shown.stdout
    status = nrrsim_says("--status", "--store", "store.db", cwd=folder)
    assert "0 failed" in status.stdout


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "no site is named"),
        (["m3-cu"], "no settings are named"),
        (["m3-cu", "--engine", "gpaw"], "no settings are called 'gpaw'.*did you mean"),
        (["m3-cu", "--engine", "emt", "--starts", "H*=many"], "'H\\*=many' is no number.*write 2, or 'H\\*=4'"),
        (["m3-cu", "--engine", "emt", "--starts", "2", "--starts", "5"], "'5' says again what was said"),
        (["m3-cu", "--engine", "emt", "--starts", "=2"], "'=2' is no number"),
        (["m3-cu", "--engine", "emt", "--no-vibrations", "--vibrations-of", "m3-ru"], "lent and left out at once"),
        (["m3-cu", "--engine", "emt", "--starts", "H*o=2"], "no state of the plan is called 'H\\*o'"),
        (["m3-cu", "--set", "m3-fe", "--workers", "2"], "a set settles SITE. Remedy: leave out SITE, or the set"),
        (["--set", "m3-xx"], "no set is called 'm3-xx'.*did you mean 'm3-fe'"),
        (["m3-xx", "--engine", "emt"], "'Xx' is not an element"),
        (["m3-cu", "--engine", "emt", "--model", "both"], "the model 'both' is not known"),
        (["m3-cu", "--engine", "emt", "--states", "N5*"], "no state is called 'N5"),
        (
            ["m3-cu", "--engine", "emt", "--states", "N2,NNH", "--barrier", "N2 <-> 2N"],
            "'N2 <-> 2N' is no path",
        ),
        (["m3-cu", "--engine", "emt", "--workers", "0"], "0 workers"),
        (["--status", "--store", "no/where.db"], "there is no such folder"),
    ],
)
def test_bad_options_are_answered_with_a_sentence(arguments: list[str], sentence: str, tmp_path: Path) -> None:
    told = nrrsim_says(*arguments, cwd=tmp_path)
    assert told.returncode == 2, told.stdout
    assert re.search(sentence, told.stderr), told.stderr
    assert "Traceback" not in told.stderr
    assert not list(tmp_path.glob("*.db"))


def test_a_cluster_without_periodicity_is_a_cluster() -> None:
    from nrrsim.campaign.states import kind_of

    assert kind_of(Atoms("Cu3")) == "cluster"
    assert kind_of(build_site("ru0001")) == "slab"


def test_hydrogen_on_oxygen_is_a_site_type_of_its_own(tmp_path: Path) -> None:
    plan = Plan("moo3-bilayer-vt", EMT, states=("N2*", "NNH*", "H*", "H*o"), supercell=(1, 1), starts=1,
                starts_of={"H*o": 3})  # fmt: skip
    assert {"*o + H+ + e- <-> H*o", "H*o + H+ + e- <-> H2(g) + *o", "2H*o <-> H2(g) + 2*o"} <= {
        step.equation for step in plan.network.steps
    }
    clean = record(plan.references()[0].next([]), energy=-10.0)  # type: ignore[arg-type]
    chains, refused = plan.chains(clean)
    assert not refused
    nearest: dict[str, set[str]] = {}
    for name, one in chains.items():
        for atoms in one.starts:
            nearest.setdefault(name, set()).add(partner(atoms, adsorbate_atoms(atoms)[0]))
    assert nearest["H*o"] == {"O"}
    assert nearest["H*"] == {"Mo"}
    assert (chains["H*o"].beside, chains["H*"].beside) == ({"O"}, {"Mo"})
    assert not chains["N2*"].beside
    assert {name: len(one.starts) for name, one in chains.items()} == {"N2*": 1, "NNH*": 1, "H*": 1, "H*o": 3}
    metals = [record_of(atoms).parameters["adsorbates"][0]["neighbours"] for atoms in chains["H*o"].starts]
    assert sorted(len(bonded_metals(plan.clean, where)[where[0]][0]) for where in metals) == [2, 2, 3]

    strayed = replace(record(chains["H*"].next([]), energy=-13.0), atoms=chains["H*o"].starts[0])  # type: ignore[arg-type]
    one = replace(chains["H*"], starts=chains["H*"].starts[:1])
    assert one.next([strayed]) is None
    assert one.found([strayed]).why == "no start gave it: H came to stand on O."

    relaxed = {name: record(one.next([]), energy=-12.0) for name, one in chains.items()}  # type: ignore[arg-type]
    modes = {
        name: replace(made, vibrations=(0.05,) * 3 * len(adsorbate_atoms(made.atoms)[0]))
        for name, made in relaxed.items()
    }
    for name, atoms in (("N2(g)", 2), ("H2(g)", 2)):
        relaxed[name] = replace(clean, energy=-float(atoms))
    relaxed[CLEAN] = clean
    entry = catalyst_entry(Computed(plan, relaxed, relaxed, modes, {}), untrusted=True)
    assert entry["site"]["types"] == {"*": {"ratio": 1}, "o": {"ratio": 3}}
    assert entry["species"]["H*o"]["energy"] == "-1.000000 eV"
    written = write_catalyst(Computed(plan, relaxed, relaxed, modes, {}), tmp_path / "o.yaml", untrusted=True)
    import nrrsim

    read = nrrsim.load(str(written))
    assert "H*o" in read.mechanism.network.species
