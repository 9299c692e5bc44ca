"""Rules of the file format that decide rates: closure, barriers, laws at a potential, sites, zero pressures."""

from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import nrrsim
from nrrsim.core.species import Phase, Species
from nrrsim.kinetics.energies import ConditionArrays, StateEnergies
from nrrsim.kinetics.mechanism import implied_law
from nrrsim.kinetics.rate_laws import Barrierless
from nrrsim.kinetics.step_constants import step_constants
from nrrsim.network.network import network_of
from nrrsim.network.parse import parse_equation

HEAD = """
format: nrrsim-catalyst/1
name: a test
source: {note: "a test, not a catalyst"}
site: {model: surface, types: {"*": {density: 1e-9 mol/cm2}}}
gas: {policy: experiment, error_on: NH3(g)}
zeros_agree: "a test"
"""
STATES = """
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -1.07 eV, thermo: shipped}
  N*: {enthalpy: -0.6 eV, entropy: 0.0003 eV/K}
  H*: {enthalpy: -0.4 eV, entropy: 0.0003 eV/K}
  NH*: {enthalpy: -0.7 eV, entropy: 0.0005 eV/K}
  NH2*: {enthalpy: -0.7 eV, entropy: 0.0007 eV/K}
  NH3*: {enthalpy: -1.0 eV, entropy: 0.0012 eV/K}
"""
REST = """
  - {equation: H2(g) + 2* <-> 2H*, rate: {sticking: 0.5}}
  - {equation: N* + H* <-> NH* + *, rate: {A: 1e13 1/s, Ea: 1.1 eV}}
  - {equation: NH* + H* <-> NH2* + *, rate: {A: 1e13 1/s, Ea: 1.1 eV}}
  - {equation: NH2* + H* <-> NH3* + *, rate: {A: 1e13 1/s, Ea: 1.1 eV}}
  - {equation: NH3* <-> NH3(g) + *, rate: {sticking: 0.5}}
conditions: {T: 673 K, p: {N2: 20 bar, H2: 60 bar, NH3: 1 bar}}
"""


@pytest.fixture
def read(tmp_path: Path):
    def read(text: str, name: str = "one.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return nrrsim.load(path)

    return read


def with_bep(of: str, slope: float, intercept: float, *, head: str = HEAD) -> str:
    bep = f'transition_states: {{N-N*: {{bep: {{slope: {slope}, intercept: {intercept} eV, of: "{of}"}}}}}}'
    return head + STATES + bep + "\nsteps:\n  - N2(g) + 2* <-> N-N* <-> 2N*" + REST


def test_a_bep_line_means_the_same_from_either_side(read):
    """E_TS = E_N2 + 0.9 dE + 1.8 = E_2N - 0.1 dE + 1.8: one transition state, one rate."""
    forward = nrrsim.solve(read(with_bep("N2(g) + 2* <-> 2N*", 0.9, 1.8))).tof["NH3"]
    backward = nrrsim.solve(read(with_bep("2N* <-> N2(g) + 2*", 0.1, 1.8))).tof["NH3"]
    assert forward == pytest.approx(backward, rel=1e-9)


def test_a_bep_transition_state_stays_where_the_method_put_it(read):
    own_nitrogen = HEAD.replace("error_on: NH3(g)", "error_on: N2(g)")
    as_policy = nrrsim.solve(read(with_bep("N2(g) + 2* <-> 2N*", 0.9, 1.8, head=own_nitrogen))).tof["NH3"]
    as_alternative = nrrsim.solve(read(with_bep("N2(g) + 2* <-> 2N*", 0.9, 1.8))).alternatives
    assert as_alternative["gas experiment, error on N2(g)"] == pytest.approx(as_policy, rel=1e-9)


def test_a_bep_of_other_atoms_is_refused(read):
    with pytest.raises(nrrsim.InputError, match="has the atoms"):
        read(with_bep("H2(g) + 2* <-> 2H*", 0.9, 1.8))


PARALLEL = (
    HEAD
    + """
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  N2*: {enthalpy: -0.3 eV, entropy: 0.0010 eV/K}
steps:
  - {id: one, equation: N2(g) + * <-> N2*, rate: {sticking: 0.5}}
  - {id: two, equation: N2(g) + * <-> N2*, rate: {A: 1e6 1/s/bar, Ea: 0.1 eV, reverse: {A: REVERSE 1/s, Ea: 0.9 eV}}}
conditions: {T: 600 K, p: {N2: 1 bar}}
"""
)


def test_a_cycle_that_closes_at_one_temperature_is_refused_at_another(read):
    from nrrsim.units import K_B

    thermo = read(PARALLEL.replace("REVERSE", "1e13") + "closure: as-published\n").mechanism.thermo
    T = np.array([600.0])
    dG = float((thermo["N2*"].gibbs(T) - thermo["N2(g)"].gibbs(T))[0])
    reverse = 1e6 * np.exp(dG / (K_B * 600)) * np.exp((0.9 - 0.1) / (K_B * 600))
    catalyst = read(PARALLEL.replace("REVERSE", f"{reverse:.14e}"))
    assert nrrsim.solve(catalyst).success
    with pytest.raises(nrrsim.InputError, match=r"miss the gas phase .* at 400 K"):
        nrrsim.solve(catalyst, T=400.0)


def test_a_closure_step_cannot_mend_two_cycles(read, tmp_path):
    text = (Path(nrrsim.io.__path__[0]).parent / "data" / "catalysts" / "ru_dahl2000.yaml").read_text()
    second = "  - {id: second, equation: NH3* <-> NH3(g) + *, equilibrium: {A: 2.8e3 bar, dH: 106 kJ/mol}}\nconditions:"
    path = tmp_path / "two.yaml"
    path.write_text(text.replace("conditions:", second, 1))
    with pytest.raises(nrrsim.InputError, match="miss the gas phase"):
        nrrsim.load(f"{path}#ru-dahl2000")


PCET = (
    HEAD
    + """
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  N2*: {enthalpy: -0.3 eV, entropy: 0.0010 eV/K}
  NNH*: {enthalpy: 0.3 eV, entropy: 0.0010 eV/K}
transition_states: {NN-H*: {enthalpy: 0.9 eV, entropy: 0.001 eV/K}}
steps:
  - N2(g) + * <-> N2*
  - STEP
conditions: {T: 300 K, p: {N2: 1 bar}, U_RHE: 0 V}
"""
)


@pytest.mark.parametrize(
    "step",
    [
        "{equation: N2* + H+ + e- <-> NNH*, rate: {kf: 1 1/s, kr: 2 1/s, at: {T: 300 K}}}",
        "{equation: N2* + H+ + e- <-> NNH*, equilibrium: {A: 2.0, dH: 0.1 eV}}",
        "{equation: N2* + H+ + e- <-> NNH*, rate: {A: 1e13 1/s, Ea: 0.5 eV}}",
        "N2* + H+ + e- <-> NN-H* <-> NNH*",
    ],
)
def test_a_law_that_ignores_the_potential_is_refused_for_electrons(read, step):
    with pytest.raises(nrrsim.InputError, match="depends on the potential"):
        read(PCET.replace("STEP", step))


def test_what_is_implied_barrierless_breaks_no_bond_but_h_h():
    def implied(equation):
        step = parse_equation(equation)
        return implied_law(step, network_of([step]))

    assert implied("N2(g) + * <-> N2*") == Barrierless()
    assert implied("NH3* <-> NH3(g) + *") == Barrierless()
    assert implied("2H* <-> H2(g) + 2*") == Barrierless()
    broken = ("N2(g) + 2* <-> 2N*", "NH3(g) + 2* <-> NH2* + H*", "N2* + H+ + e- <-> NNH*")
    joined = ("HNNH2* <-> N* + NH3(g)", "H2NNH2* <-> NH* + NH3(g)", "N2* + H2(g) <-> HNNH*", "N* + H2(g) <-> NH2*")
    for equation in (*broken, *joined):
        assert implied(equation) is None


def test_states_that_list_their_adsorbates_tell_what_came_whole():
    def implied(equation, **states):
        species = {name: Species(name, atoms, Phase.ADSORBATE, {"*": 1}) for name, atoms in states.items()}
        step = parse_equation(equation, declared=species)
        return implied_law(step, network_of([step], species=species))

    two = {"2H": {"H": 2}}
    assert implied("N2(g) + 2H <-> 2H_N2", **two, **{"2H_N2": {"H": 2, "N": 2}}) == Barrierless()
    assert implied("N2(g) + 2H <-> 2H_2N", **two, **{"2H_2N": {"H": 2, "N": 2}}) is None
    assert implied("H2(g) + N2 <-> 2H_N2", N2={"N": 2}, **{"2H_N2": {"H": 2, "N": 2}}) == Barrierless()
    assert implied("H2(g) + N2 <-> H_NNH", N2={"N": 2}, H_NNH={"H": 2, "N": 2}) is None
    assert implied("H_N_NH3 <-> H_N + NH3(g)", H_N_NH3={"H": 4, "N": 2}, H_N={"H": 1, "N": 1}) == Barrierless()
    assert implied("H_NNH2 <-> NH3(g) + N", H_NNH2={"H": 3, "N": 2}, N={"N": 1}) is None
    for gas, law in (("NH3", Barrierless()), ("N2", None)):  # names that say nothing
        atoms = {"NH3": {"H": 3, "N": 1}, "N2": {"N": 2}}[gas]
        assert implied(f"{gas}(g) + before <-> after", before={"H": 2}, after=Counter(atoms) + Counter({"H": 2})) == law


def test_zero_pressures_have_sentences_or_answers(read):
    with pytest.raises(nrrsim.InputError, match="held at equilibrium with NH3 at zero pressure"):
        nrrsim.solve("ru-dahl2000", p={"NH3": 0.0})
    with pytest.raises(nrrsim.InputError, match="are all zero"):
        nrrsim.solve("ru-step", p={"N2": 0.0, "H2": 0.0, "NH3": 0.0})
    idle = nrrsim.solve("ru-step", p={"N2": 0.0, "H2": 75.0, "NH3": 0.0})
    assert idle.success
    assert idle.coverages["N*"] == 0.0
    assert set(idle.tof.values()) == {0.0}


TWO_TYPES = """
format: nrrsim-catalyst/1
name: a test
source: {note: "a test, not a catalyst"}
site: {model: surface, types: {"*": {density: 1e-9 mol/cm2}, t: {density: 2.5e-10 mol/cm2}}}
gas: {policy: own}
zeros_agree: "a test"
species:
SPECIES
steps:
  - {equation: STICKING, rate: {sticking: 0.5}}
  - {equation: 2N* <-> N2(g) + 2*, rate: {A: 1e13 1/s, Ea: 1.5 eV}}
  - {equation: N*t + * <-> N* + *t, rate: {A: 1e13 1/s, Ea: 0.8 eV}}
conditions: {T: 700 K, p: {N2: 1 bar}}
"""
LINES = ["  N2(g): {energy: 0 eV, thermo: shipped}", "  N*: {enthalpy: -0.6 eV, entropy: 0.0003 eV/K}",
         "  N*t: {enthalpy: -0.5 eV, entropy: 0.0003 eV/K}"]  # fmt: skip


def test_turnovers_count_the_first_type_of_the_file_whatever_the_order_of_lines(read):
    results = [
        nrrsim.solve(read(TWO_TYPES.replace("SPECIES", "\n".join(lines)).replace("STICKING", step), f"{k}.yaml"))
        for k, (lines, step) in enumerate(
            [(LINES, "N2(g) + * + *t <-> N* + N*t"), (LINES[::-1], "N2(g) + *t + * <-> N*t + N*")]
        )
    ]
    assert {r.tof_unit for r in results} == {"1/s per site *"}
    assert results[0].rates.keys() != results[1].rates.keys()
    first = [next(iter(r.rates.values())).forward for r in results]
    assert first[0] == pytest.approx(first[1], rel=1e-12)
    for name, theta in results[0].coverages.items():
        assert results[1].coverages[name] == pytest.approx(theta, rel=1e-9)


def test_published_constants_hold_at_their_temperature_in_diagrams_too(tmp_path):
    path = tmp_path / "constants.yaml"
    at = "{T: 673 K, p: {N2: 1 bar, H2: 1 bar, NH3: 1 bar}}"
    steps = "\n".join(
        f"  - {{equation: {e}, rate: {{kf: {f} 1/s, kr: {r} 1/s, at: {at}}}}}"
        for e, f, r in (("N2(g) + * <-> N2*", 2, 1), ("N2* + 3H2(g) <-> 2NH3(g) + *", 3, 1))
    )
    path.write_text(
        HEAD + "species:\n  N2(g): {thermo: shipped}\n  H2(g): {thermo: shipped}\n  NH3(g): {thermo: shipped}\nsteps:\n"
        f"{steps}\nclosure: as-published\nconditions: {{T: 673 K, p: {{N2: 1 bar, H2: 1 bar, NH3: 1 bar}}}}\n"
    )
    assert nrrsim.solve(path).success
    with pytest.raises(nrrsim.InputError, match="published for T = 673 only"):
        nrrsim.diagram(path, T=400.0)


def test_an_uphill_reaction_is_said():
    assert any("runs backwards" in w for w in nrrsim.diagram("tio2-mo", U_RHE=0.3).warnings)


@pytest.mark.parametrize(
    ("metal", "U"), [("mo", 0.3), ("cu", 0.0), ("fe", 0.0), ("ag", -1.5), ("re", 0.1), ("ta", -0.2)]
)
def test_assumed_barriers_give_certified_bands_on_the_hardest_sites(metal, U):
    result = nrrsim.solve(f"tio2-{metal}", U_RHE=U, assume_Ga0=[0.4, 0.8])
    assert result.success
    assert result.tof_band is not None
    assert result.tof_band[0] <= result.tof["NH3"] <= result.tof_band[1]


HER = (
    HEAD
    + """
species:
  N2(g): {energy: 0 eV, thermo: shipped}
  H2(g): {energy: 0 eV, thermo: shipped}
  NH3(g): {energy: -1.07 eV, thermo: shipped}
  H*: {enthalpy: -0.3 eV, entropy: 0.0003 eV/K}
  N2*: {enthalpy: -0.9 eV, entropy: 0.0010 eV/K}
  NNH*: {enthalpy: -0.6 eV, entropy: 0.0010 eV/K}
  N*: {enthalpy: -1.2 eV, entropy: 0.0003 eV/K}
  NNH2*: {enthalpy: -0.9 eV, entropy: 0.0012 eV/K}
  NH*: {enthalpy: -1.3 eV, entropy: 0.0005 eV/K}
  NH2*: {enthalpy: -1.4 eV, entropy: 0.0006 eV/K}
  NH3*: {enthalpy: -1.5 eV, entropy: 0.0012 eV/K}
steps:
  - N2(g) + * <-> N2*
  - N2* + H+ + e- <-> NNH*
  - NNH* + H+ + e- <-> NNH2*
  - NNH2* + H+ + e- <-> N* + NH3(g)
  - N* + H+ + e- <-> NH*
  - NH* + H+ + e- <-> NH2*
  - NH2* + H+ + e- <-> NH3*
  - NH3* <-> NH3(g) + *
  - "* + H+ + e- <-> H*"
  - H* + H+ + e- <-> H2(g) + *
conditions: {T: 300 K, p: {N2: 1 bar, H2: 0 bar, NH3: 0 bar}, U_RHE: -0.8 V}
"""
)


def test_faradaic_efficiency_is_the_share_of_the_current_and_a_band(read):
    result = nrrsim.solve(read(HER), assume_Ga0=[0.5, 0.7])
    topology = result.solution.topology
    current = float(topology.n_electrons_j @ result.solution.net_j)
    assert result.faradaic_efficiency["NH3"] == pytest.approx(3 * result.tof["NH3"] / current, rel=1e-9)
    assert sum(result.faradaic_efficiency.values()) == pytest.approx(1.0, abs=1e-6)
    low, high = result.faradaic_efficiency_band["NH3"]
    assert low <= result.faradaic_efficiency["NH3"] <= high
    assert len(result.alternatives) == 8  # four gas policies times two barriers
    anodic = nrrsim.solve(read(HER), U_RHE=0.6, p={"H2": 1.0, "NH3": 1.0}, assume_Ga0=[0.5])
    assert anodic.faradaic_efficiency is None


@pytest.mark.parametrize("again", ["2N* <-> N2(g) + 2*", "2* + N2(g) <-> 2N*", "{equation: 2N* <-> N2(g) + 2*}"])
def test_a_step_that_stands_there_twice_is_refused(read, again):
    steps = "steps:\n  - {equation: N2(g) + 2* <-> 2N*, rate: {A: 1e6 1/s/bar, Ea: 0.9 eV}}\n"
    text = HEAD + "species:\n  N2(g): {energy: 0 eV, thermo: shipped}\n  N*: {enthalpy: -0.6 eV, entropy: 0 eV/K}\n"
    with pytest.raises(nrrsim.InputError, match=r"is the step .* of line .* once more: .* it would count twice"):
        read(f"{text}{steps}  - {again}\nconditions: {{T: 700 K, p: {{N2: 1 bar}}}}\n")
    other = "{id: other, equation: 2N* <-> N2(g) + 2*, rate: {A: 1e13 1/s, Ea: 1.5 eV}}"
    assert (
        len(read(f"{text}{steps}  - {other}\nconditions: {{T: 700 K, p: {{N2: 1 bar}}}}\n").mechanism.network.steps)
        == 2
    )


def test_a_gas_falls_once_on_a_surface_of_two_types(read):
    """Uptake on both types, all of them free, is the collision flux on the whole surface."""
    steps = "N2(g) + 2* <-> 2N*", "N2(g) + 2*t <-> 2N*t"
    head = TWO_TYPES.replace("SPECIES", "\n".join(LINES)).split("steps:\n")[0]
    text = f"{head}steps:\n" + "".join(f"  - {{equation: {s}, rate: {{sticking: 1.0}}}}\n" for s in steps)
    mechanism = read(f"{text}conditions: {{T: 700 K, p: {{N2: 1 bar}}}}\n").mechanism
    arrays = ConditionArrays(np.array([700.0]), {"N2": np.ones(1)}, None, None)
    energies = StateEnergies(mechanism, arrays)
    k = [float(np.exp(step_constants(s, mechanism, energies, arrays).ln_kf.value[0])) for s in mechanism.network.steps]
    areas = sum(k_t * density for k_t, density in zip(k, mechanism.site_densities.values(), strict=True))
    flux = 1e5 / np.sqrt(2 * np.pi * 28.0134 * 1.66053906892e-27 * 1.380649e-23 * 700) * 1e-20
    assert areas == pytest.approx(flux, rel=1e-4)


@pytest.mark.parametrize("density", ["4.4e10 mol/cm2", "4.4e-10 1/cm2", "0 1/nm2"])
def test_densities_that_are_none_of_a_surface_are_refused(read, density):
    text = TWO_TYPES.replace("SPECIES", "\n".join(LINES)).replace("STICKING", "N2(g) + * + *t <-> N* + N*t")
    with pytest.raises(
        nrrsim.InputError, match=r"sites per square Angstrom is none of a surface.*exponent and the unit"
    ):
        read(text.replace("1e-9 mol/cm2", density))


def test_constants_as_published_are_said_in_every_result():
    said = "constants are used as published: their equilibrium is their own, not that of the gas phase."
    assert said in nrrsim.solve("ru-dahl2000-as-published").warnings
    assert said in nrrsim.diagram("ru-dahl2000-as-published").warnings
    assert said in nrrsim.sweep("ru-dahl2000-as-published", T=[673.0], rate_control=False).attrs["caveats"]
    assert said not in nrrsim.diagram("ru-dahl2000").warnings


def test_one_assumed_barrier_needs_no_list_and_slips_of_the_caller_are_sentences():
    given = {"U_RHE": -0.5}
    assert (
        nrrsim.solve("tio2-mo", **given, assume_Ga0=0.5).tof == nrrsim.solve("tio2-mo", **given, assume_Ga0=[0.5]).tof
    )
    with pytest.raises(nrrsim.InputError, match=r"assumed barriers are \[\[0.4, 0.8\]\].* give one"):
        nrrsim.sweep("tio2-mo", U_RHE=[-0.5], assume_Ga0=[0.4, 0.8])
    with pytest.raises(nrrsim.InputError, match="assumed barriers are 'low'"):
        nrrsim.solve("tio2-mo", **given, assume_Ga0="low")
    with pytest.raises(nrrsim.InputError, match="name their gases"):
        nrrsim.solve("ru-step", p=[25.0, 75.0, 1.0])
    with pytest.raises(nrrsim.InputError, match="pressure of N2 is given twice"):
        nrrsim.solve("ru-step", p={"N2(g)": 25.0, "N2": 30.0})


def test_a_symmetry_factor_that_the_file_does_not_give_is_said(read):
    law = "{equation: N2* + H+ + e- <-> NNH*, rate: {barrier: 0.9 eV, U_RHE: 0 VBETA}}"
    said = "the barrier of 'N2* + H+ + e- <-> NNH*' moves with half of the potential: beta is 0.5 by default."
    given, default = (read(PCET.replace("STEP", law.replace("BETA", beta))).notes for beta in (", beta: 0.5", ""))
    assert said in default
    assert not any("beta is 0.5" in note for note in given)
