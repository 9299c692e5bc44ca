"""The two files of the format's description load and solve, and nothing near them ends in anything but a sentence."""

import random
import re
import time
from pathlib import Path

import pytest

from nrrsim import api
from nrrsim.errors import InputError
from nrrsim.io.catalog import load
from nrrsim.kinetics.mechanism import SiteModel

DATA = Path(__file__).parent / "data"
SURFACE, ISOLATED = DATA / "surface_example.yaml", DATA / "isolated_example.yaml"


def test_the_surface_example_loads():
    catalyst = load(SURFACE)
    assert catalyst.mechanism.site_model is SiteModel.SURFACE
    assert [step.id for step in catalyst.mechanism.network.steps][-1] == "desorption"
    assert set(catalyst.mechanism.network.transition_states) == {"N-N*", "NH-H*"}
    assert catalyst.mechanism.interactions[0].energy == 0.3
    assert not catalyst.mechanism.steps_without_law


def test_the_surface_example_is_solved_at_its_own_conditions():
    result = api.solve(SURFACE)
    assert result.success
    # one cycle, N2 + 3 H2 -> 2 NH3: the turnovers stand in these ratios to the certified digits
    assert result.tof["NH3"] == pytest.approx(-2 * result.tof["N2"], rel=1e-9)
    assert result.tof["NH3"] == pytest.approx(-2 / 3 * result.tof["H2"], rel=1e-9)
    assert sum(result.coverages.values()) == pytest.approx(1, rel=1e-12)
    low, high = result.tof_band
    assert low <= result.tof["NH3"] <= high
    said = " ".join(result.warnings)
    assert "desorption" in said or "NH3* <-> NH3(g) + *" in said
    assert "energy zeros agree by the file's word" in said


def test_a_published_gibbs_energy_is_used_near_its_temperature_with_a_warning():
    assert "published at 673 K are used unchanged at 675 K: NH2*" in " ".join(api.solve(SURFACE, T=675).warnings)
    with pytest.raises(InputError, match="only G at 673 K is published"):
        api.solve(SURFACE, T=690)


def test_the_isolated_example_is_solved_where_it_is_published():
    result = api.solve(ISOLATED)
    assert result.success
    assert result.tof == {}  # two states and one step: no cycle turns
    assert "nothing turns over" in result.status
    kf, kr = 8.69e6, 4.10e7  # constants of the file; the rest is arithmetic of two states
    assert result.coverages["2N_N2"] == pytest.approx(kf / (kf + kr), rel=1e-12)
    assert any("as published" in warning for warning in result.warnings)


def test_the_isolated_example_is_refused_elsewhere():
    with pytest.raises(InputError, match="published for T = 673 only"):
        api.solve(ISOLATED, T=700)


def test_a_prefactor_of_an_equilibrium_may_be_a_bare_number_or_text(tmp_path):
    for written in ("0.053", '"0.053"', "5.3e-2"):
        path = tmp_path / "catalyst.yaml"
        text = SURFACE.read_text().replace(
            "N* + H* <-> NH* + *, rate: {A: 1e13 1/s, Ea: 1.1 eV}",
            f"N* + H* <-> NH* + *, equilibrium: {{A: {written}, dH: -18 kJ/mol}}",
        )
        path.write_text(text.replace("conditions:", "closure: as-published\nconditions:"))
        assert load(path).mechanism.rates["N* + H* <-> NH* + *"].A == 0.053


def test_sites_are_counted_from_the_first_type(tmp_path):
    path = tmp_path / "catalyst.yaml"
    two = SURFACE.read_text().replace(
        '{"*": {density: 4.4385e-10 mol/cm2}}', '{"*": {density: 20 1/nm2}, s: {ratio: 0.5}}'
    )
    two = two.replace("  H*:  ", "  N*s: {enthalpy: -1 eV, entropy: 0 eV/K}\n  H*:  ")
    path.write_text(two.replace("  - {id: desorption", '  - "N* + *s <-> N*s + *"\n  - {id: desorption'))
    assert load(path).mechanism.site_densities == pytest.approx({"*": 0.2, "s": 0.1}, rel=1e-9)


TOKEN = re.compile(r"[\w*][\w./+*()-]*|<->|\n *| +|.")
SIGNS = """* &a !!x { } [ ] : , - ' " # | ~ ? @ % << <-> --- ... [] {} é null true members energy (g)"""
WORDS = ".nan .inf 1e999 -1 0 K N2(g) 2N* N*s H+ e- 1/s bar"
STRANGE = [*SIGNS.split(" "), *WORDS.split(" "), "9" * 400, "1 eV", "-0.3 V", "*: 1", "\n", "\t", "\x00"]


def test_the_tokens_are_the_whole_text():
    assert "".join(TOKEN.findall(SURFACE.read_text())) == SURFACE.read_text()


def mutated(text, seed):
    """The text with one to three tokens left out, doubled, exchanged or replaced."""
    dice = random.Random(seed)
    tokens = TOKEN.findall(text)
    for _ in range(dice.randint(1, 3)):
        at = dice.randrange(len(tokens))
        match dice.randrange(4):
            case 0:
                del tokens[at]
            case 1:
                tokens.insert(at, tokens[at])
            case 2:
                tokens[at] = dice.choice(STRANGE)
            case 3:
                tokens[at] = dice.choice(tokens)
    return "".join(tokens)


def refusal(path):
    """The sentence that answers a file, None where it loads; anything else goes through."""
    try:
        load(path)
    except InputError as error:
        return error
    return None


@pytest.mark.parametrize("example", [SURFACE, ISOLATED], ids=["surface", "isolated"])
@pytest.mark.parametrize("first", range(0, 80, 10))
def test_a_mutilated_file_loads_or_is_answered_with_a_sentence(tmp_path, example, first):
    path = tmp_path / "catalyst.yaml"
    # comments are left out, so that each change meets something that is read
    text = re.sub(r" +#.*", "", example.read_text())
    for seed in range(first, first + 10):
        path.write_text(mutated(text, seed))
        begun = time.perf_counter()
        error = refusal(path)
        assert error is None or (error.where.startswith(str(path)) and error.remedy), error
        assert time.perf_counter() - begun < 5
