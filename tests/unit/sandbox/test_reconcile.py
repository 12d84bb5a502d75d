"""The loop: when it reads, what a failing layer means for the others, when it tries again."""

from __future__ import annotations

import logging
import threading
from typing import NoReturn

import pytest

from sandbox.core.reconcile import LONGEST_PAUSE, REREAD, Reconciler
from sandbox.services.picture import Picture
from sandbox.services.route53.picture import PrivateZone


def fail(error: Exception) -> NoReturn:
    raise error


class FakeLayer:
    def __init__(self, name: str) -> None:
        self.name = name
        self.seen: list[Picture] = []
        self.fault: Exception | None = None
        self.closed = False

    def converge(self, picture: Picture) -> None:
        self.seen.append(picture)
        if self.fault:
            fail(self.fault)

    def status(self) -> dict:
        return {"seen": len(self.seen)}

    def close(self) -> None:
        self.closed = True

    def destroy(self) -> None:
        raise AssertionError("the loop never destroys")


class World:
    """Two layers, an account that can change, and a clock that only moves when told."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.reads = 0
        self.picture = Picture()
        self.fault: Exception | None = None
        self.first, self.second = FakeLayer("first"), FakeLayer("second")
        self.loop = Reconciler(self.read, [self.first, self.second], clock=lambda: self.now)

    def read(self) -> Picture:
        self.reads += 1
        if self.fault:
            fail(self.fault)
        return self.picture


@pytest.fixture
def world():
    return World()


def test_layers_converge_in_order_every_round_but_the_account_is_read_on_change(world):
    world.loop.round()
    world.loop.round()
    assert (world.reads, len(world.first.seen), len(world.second.seen)) == (1, 2, 2)
    world.picture = Picture(private_zones=(PrivateZone("Z1", "home.", (), ()),))
    world.loop.wake()
    assert not world.loop.converged(), "the change is not yet seen"
    world.loop.round()
    assert world.reads == 2
    assert world.second.seen[-1] is world.picture
    assert world.loop.converged()


def test_account_is_read_again_now_and_then(world):
    world.loop.round()
    world.now += REREAD
    world.loop.round()
    assert world.reads == 2


def test_failing_layer_neither_stops_the_others_nor_hides_its_error(world, caplog):
    world.first.fault = RuntimeError("no such link")
    with caplog.at_level(logging.ERROR):
        world.loop.round()
    assert len(world.second.seen) == 1
    first, second = world.loop.status()
    assert (first["error"], second["error"]) == ("RuntimeError: no such link", None)
    assert "Traceback" in caplog.text
    assert not world.loop.converged()


def test_failing_layer_pauses_longer_each_time_and_recovers(world):
    world.first.fault = RuntimeError("busy")
    tries = []
    for _unused in range(200):
        before = len(world.first.seen)
        world.loop.round()
        if len(world.first.seen) > before:
            tries.append(world.now)
        world.now += 1
    gaps = [later - earlier for earlier, later in zip(tries, tries[1:], strict=False)]
    assert gaps[:4] == [2, 4, 8, 16]
    assert max(gaps) == LONGEST_PAUSE
    world.first.fault = None
    world.now += LONGEST_PAUSE
    world.loop.round()
    assert world.loop.status()[0]["error"] is None
    assert world.loop.converged()


def test_change_ends_the_pause(world):
    world.first.fault = RuntimeError("busy")
    world.loop.round()
    world.loop.round()
    assert len(world.first.seen) == 1
    world.loop.wake()
    world.loop.round()
    assert len(world.first.seen) == 2


def test_unreadable_account_leaves_the_world_as_it_is(world):
    world.fault = ConnectionError("refused")
    world.loop.round()
    assert (world.first.seen, world.loop.read_error) == ([], "ConnectionError: refused")
    assert not world.loop.converged()
    world.fault = None
    world.loop.round()
    assert (len(world.first.seen), world.loop.read_error) == (1, None)


def test_loop_runs_until_stopped_and_wakes_at_once(world):
    woken = threading.Event()
    world.second.converge = lambda picture: woken.set() if world.reads > 1 else None
    thread = threading.Thread(target=world.loop.run)
    thread.start()
    world.loop.wake()
    assert woken.wait(timeout=30)
    world.loop.stop()
    thread.join(timeout=30)
    assert not thread.is_alive()


def test_close_reaches_every_layer(world):
    def broken() -> None:
        raise OSError("already gone")

    world.second.close = broken
    world.loop.close()
    assert world.first.closed


def test_layer_whose_status_fails_does_not_break_the_page(world):
    def broken() -> object:
        raise OSError("podman is away")

    world.first.status = broken
    assert world.loop.status()[0]["details"] == {"error": "OSError: podman is away"}


def test_account_that_changed_by_the_clock_alone_is_read_again(world):
    ready = [False]
    world.loop = Reconciler(world.read, [world.first], clock=lambda: world.now, became_ready=lambda: ready[0])
    world.loop.round()
    world.loop.round()
    assert world.reads == 1
    ready[0], world.fault = True, ConnectionError("away")
    world.loop.round()
    ready[0], world.fault = False, None
    world.loop.round()
    assert world.reads == 3, "a failed read is made up for"
    world.loop.round()
    assert world.reads == 3
