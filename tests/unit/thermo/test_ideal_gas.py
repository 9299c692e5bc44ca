import numpy as np
import pytest

from nrrsim.errors import InputError
from nrrsim.thermo.ideal_gas import IdealGas, ideal_gas_from_structure, principal_moments

BENT = [[0, 0, 0.119262], [0, 0.763239, -0.477047], [0, -0.763239, -0.477047]]
WATER = (15.999, 1.008, 1.008)


def test_moments_do_not_depend_on_the_frame():
    rng = np.random.default_rng(3)
    rotation, _ = np.linalg.qr(rng.normal(size=(3, 3)))
    moved = np.array(BENT) @ rotation + rng.normal(size=3)
    np.testing.assert_allclose(principal_moments(WATER, moved), principal_moments(WATER, BENT), rtol=1e-12)


def test_shape_follows_from_the_atoms():
    atom = ideal_gas_from_structure("N", 0.0, (), masses=(14.007,), positions=[[1, 2, 3]], symmetry_number=1, spin=1.5)
    assert atom.geometry == "monatomic"
    tilted = [[0, 0, 0], [0.7, 0.5, 0.6]]
    linear = ideal_gas_from_structure("N2", 0.0, (0.29,), masses=(14, 14), positions=tilted, symmetry_number=2)
    assert linear.geometry == "linear"
    assert linear.moments[0] == pytest.approx(7 * (0.49 + 0.25 + 0.36), rel=1e-12)
    water = ideal_gas_from_structure("H2O", 0.0, (0.2, 0.4, 0.4), masses=WATER, positions=BENT, symmetry_number=2)
    assert water.geometry == "nonlinear"
    assert water.moments[0] + water.moments[1] == pytest.approx(water.moments[2], rel=1e-12)  # planar
    assert "H2O: ideal gas with rigid rotation (nonlinear)" in water.notes[0]


def test_number_of_modes_is_checked():
    with pytest.raises(InputError, match=r"H2O: found 9 modes for 3 atoms.*has 3 internal modes"):
        ideal_gas_from_structure("H2O", 0.0, [0.1] * 9, masses=WATER, positions=BENT, symmetry_number=2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"moments": (1.0, 2.0)}, "found 2 moments of inertia"),
        ({"moments": (-1.0,)}, "mass or moment of inertia is not positive"),
        ({"mass": 0.0}, "mass or moment of inertia is not positive"),
        ({"symmetry_number": 0}, "symmetry number is 0"),
        ({"spin": 0.3}, "spin is 0.3"),
        ({"moments": ()}, "an atom has vibrational modes"),
        ({"mode_energies": (-0.1,)}, "must be real and positive"),
    ],
)
def test_wrong_molecules_are_refused(change, message):
    fields = {
        "name": "N2",
        "energy": 0.0,
        "mode_energies": (0.29,),
        "mass": 28.0,
        "moments": (8.4,),
        "symmetry_number": 2,
    }
    with pytest.raises(InputError, match=message):
        IdealGas(**(fields | change))
