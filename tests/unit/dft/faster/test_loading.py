"""nrrsim's parts go into the releases of GPAW that they are for, and into no other."""

from types import SimpleNamespace

from nrrsim.dft.faster import loading


def test_another_gpaw_is_left_as_it_is(monkeypatch, caplog):
    def found(name):
        assert name == "gpaw", f"{name} was touched"
        return SimpleNamespace(__version__="27.1.0")

    monkeypatch.setattr(loading.importlib, "import_module", found)
    with caplog.at_level("INFO"):
        assert not loading.install()
    assert "GPAW 27.1.0 computes as it is: nrrsim's parts are for 26.7.0." in caplog.text
