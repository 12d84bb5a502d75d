"""A process that ends wakes who waits for it."""

from __future__ import annotations

import subprocess
import threading
import time

import pytest

from sandbox.core.deaths import Deaths
from sandbox.core.reconcile import Reconciler
from sandbox.services.picture import Picture


@pytest.fixture
def ended():
    return threading.Event()


@pytest.fixture
def deaths(ended):
    made = Deaths(ended.set)
    yield made
    made.close()


@pytest.fixture
def process():
    with subprocess.Popen(["sleep", "60"]) as made:
        yield made
        made.kill()


def test_tells_when_a_watched_process_ends_and_not_before(deaths, ended, process):
    deaths.watch([process.pid, 0])
    assert not ended.wait(0.2)
    process.kill()
    assert ended.wait(2)


def test_tells_once_of_a_process_that_is_gone_though_it_is_named_again(deaths, ended, process):
    process.kill()
    process.wait()
    deaths.watch([process.pid])
    assert ended.is_set()
    ended.clear()
    deaths.watch([process.pid])
    assert not ended.is_set()


def test_one_that_is_watched_no_more_ends_in_silence(deaths, ended, process):
    deaths.watch([process.pid])
    deaths.watch([])
    process.kill()
    assert not ended.wait(0.7)


def test_a_layer_that_failed_of_a_death_does_not_pause_for_it_and_one_that_goes_on_failing_does():
    class Layer:
        name = "one"
        tries = 0

        def converge(self, picture):
            self.tries += 1
            raise OSError("connection refused")

    told = []

    class Watch:
        def __init__(self, ended):
            told.append(ended)

        def watch(self, pids):
            pass

    layer = Layer()
    reconciler = Reconciler(Picture, [layer], clock=lambda: 0.0, watch=Watch)
    for _unused in range(2):
        reconciler.round()
    assert layer.tries == 1  # it pauses
    for _unused in range(3):
        told[0]()
        reconciler.round()
    assert layer.tries == 2


def test_layers_converge_at_once_when_a_process_of_one_ends_and_the_account_is_not_read_again(process):
    class Layer:
        name = "one"
        converged: list[float] = []

        def converge(self, picture):
            self.converged.append(time.monotonic())

        def processes(self):
            return [process.pid]

        def status(self):
            return []

        def close(self):
            pass

    layer, reads = Layer(), []

    def read() -> Picture:
        reads.append(1)
        return Picture()

    reconciler = Reconciler(read, [layer])
    thread = threading.Thread(target=reconciler.run)
    thread.start()
    try:
        while not layer.converged:
            time.sleep(0.01)
        time.sleep(0.2)
        begin = time.monotonic()
        process.kill()
        while layer.converged[-1] < begin:
            assert time.monotonic() < begin + 1.5
            time.sleep(0.01)
    finally:
        reconciler.stop()
        thread.join()
        reconciler.close()
    assert reads == [1]
