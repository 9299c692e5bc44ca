"""Claims: one worker per task, and none lost with a worker that is gone."""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import threading
import time
from dataclasses import replace

import pytest

from nrrsim.dft import claims as claims_module
from nrrsim.dft.claims import Claims, Process, started_at, this_process
from nrrsim.dft.store import Store, StoreError

pytestmark = pytest.mark.filterwarnings("ignore:.*use of fork:DeprecationWarning")
FORK = multiprocessing.get_context("fork")
KEY = "5e3"  # a number to ase, a word to the claims


def take_and_wait(location: str, said) -> None:
    said.send(Claims(Store(location)).take(KEY, label="N2*"))
    time.sleep(60)


def take_all(location: str, said) -> None:
    claims = Claims(Store(location))
    said.send([key for key in map(str, range(12)) if claims.take(key)])
    said.recv()


def begin(target, location):
    near, far = FORK.Pipe()
    process = FORK.Process(target=target, args=(str(location), far), daemon=True)
    process.start()
    far.close()
    return process, near


def test_a_claim_of_a_living_process_holds_and_of_a_dead_one_is_free_at_once(location):
    process, said = begin(take_and_wait, location)
    assert said.recv()
    claims = Claims(Store(location), limit=0.0)  # silence does not count where the process can be seen
    (claim,) = claims.all()
    assert (claim.key, claim.label, claim.owner.pid) == (KEY, "N2*", process.pid)
    assert claims.take(KEY) is None
    claims.sweep()
    assert len(claims.all()) == 1
    os.kill(process.pid, signal.SIGKILL)
    wait_for(lambda: claim.owner.ended)  # also as long as nobody has asked how it ended
    assert claims.take(KEY) is not None
    assert claims.all()[0].owner == this_process()
    process.join()


def wait_for(condition, seconds: float = 120.0) -> None:
    until = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < until
        time.sleep(0.01)


def test_claiming_is_atomic_between_processes(location):
    begun = [begin(take_all, location) for _ in range(3)]
    got = [said.recv() for _, said in begun]
    assert sorted(key for keys in got for key in keys) == sorted(map(str, range(12)))
    for process, said in begun:
        said.send("end")
        process.join()


@pytest.fixture
def elsewhere(location, monkeypatch):
    """A claim from a machine of which nothing is known here."""
    far = Process("another machine", os.getpid(), "1")
    with monkeypatch.context() as there:
        there.setattr(claims_module, "this_process", lambda: far)
        token = Claims(Store(location)).take(KEY)
    return location, token


def test_a_claim_from_another_machine_is_free_once_it_is_silent(elsewhere):
    location, token = elsewhere
    patient, hasty = (Claims(Store(location), limit=limit) for limit in (600.0, 0.5))
    patient.sweep()
    assert patient.take(KEY) is None
    time.sleep(0.3)
    assert hasty.renew(KEY, token)
    time.sleep(0.3)
    assert hasty.take(KEY) is None
    time.sleep(0.3)
    mine = hasty.take(KEY)
    assert mine is not None
    assert not patient.renew(KEY, token)
    patient.release(KEY, token)  # of the one that lost it: nothing happens
    assert patient.renew(KEY, mine)


def test_the_clock_is_that_of_the_database(elsewhere, monkeypatch):
    location, _ = elsewhere
    monkeypatch.setattr(time, "time", lambda: 4e9)  # of a machine that is wrong by decades
    assert Claims(Store(location), limit=100.0).take(KEY) is None
    assert 0.0 <= Claims(Store(location)).all()[0].silent < 60.0


def test_a_process_number_that_was_given_again_is_another_process():
    me = this_process()
    assert not me.ended
    assert replace(me, started=me.started + "0").ended
    assert not replace(me, host="another machine", started="0").ended
    process = FORK.Process(target=time.sleep, args=(0,))
    process.start()
    process.join()
    assert started_at(process.pid) == ""


def test_a_held_claim_is_renewed_while_the_work_runs_and_given_back(location):
    claims = Claims(Store(location), limit=0.5)
    with claims.held(KEY) as mine:
        assert mine
        time.sleep(0.8)
        (claim,) = claims.all()
        assert claim.silent < 0.4 < claim.seconds
    assert claims.all() == ()
    with pytest.raises(ZeroDivisionError), claims.held(KEY):
        1 / 0  # noqa: B018
    assert claims.all() == ()
    assert not [thread for thread in threading.enumerate() if "_beat" in thread.name]


def test_held_says_no_where_another_works(location):
    process, said = begin(take_and_wait, location)
    said.recv()
    claims = Claims(Store(location))
    with claims.held(KEY) as mine:
        assert not mine
    assert claims.all()[0].owner.pid == process.pid
    process.kill()
    process.join()
    claims.sweep()
    assert claims.all() == ()


def test_a_renewal_that_fails_is_told_and_tried_again(tmp_path, monkeypatch, caplog):
    claims = Claims(Store(tmp_path / "store.db"), limit=0.3)
    renew, failures = Claims.renew, []

    def fails_once(self, key, token):
        if not failures:
            failures.append(key)
            raise StoreError("the server is away.")
        return renew(self, key, token)

    monkeypatch.setattr(Claims, "renew", fails_once)
    with caplog.at_level(logging.WARNING), claims.held(KEY):
        time.sleep(0.4)
        assert claims.all()[0].silent < 0.25
    assert "was not renewed: the server is away." in caplog.text


def test_no_claims_where_there_is_no_store(tmp_path):
    claims = Claims(Store(tmp_path / "store.db"))
    claims.sweep()
    assert claims.all() == ()
    assert not (tmp_path / "store.db").exists()
