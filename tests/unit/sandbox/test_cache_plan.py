"""Steps from one cluster to another: single ones as tables, whole courses on a cluster made of plain data."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sandbox.services.elasticache.plan import Command, Member, Move, Remove, View, Wait, next_steps
from sandbox.services.elasticache.slots import SLOTS, ranges_of, slots_of

ALL = frozenset(range(SLOTS))


@pytest.mark.parametrize(
    ("text", "count", "ranges"),
    [
        ("", 0, []),
        ("0-16383", 16384, [(0, 16383)]),
        ("7", 1, [(7, 7)]),
        ("0-99,200,300-400", 202, [(0, 99), (200, 200), (300, 400)]),
        ("5-9 0-4", 10, [(0, 9)]),
    ],
)
def test_slots_and_ranges(text, count, ranges):
    assert len(slots_of(text)) == count
    assert ranges_of(slots_of(text)) == ranges


@pytest.mark.parametrize("text", ["0-16384", "9-3", "a-b", "-1"])
def test_text_that_is_no_range_of_slots_is_refused(text):
    with pytest.raises(ValueError):
        slots_of(text)


def member(key: str, shard: str = "1", primary: bool = True, **more: object) -> Member:
    return Member(key, shard, primary, f"10.0.0.{ord(key[0])}", 6379, **more)


def shares(*shards: str) -> dict[str, frozenset[int]]:
    size = SLOTS / len(shards)
    return {shard: frozenset(range(round(size * n), round(size * (n + 1)))) for n, shard in enumerate(shards)}


class Nodes:
    """Redis nodes as far as a plan can tell; each does what it is told, and hears of it at once."""

    def __init__(self) -> None:
        self.views: dict[str, View] = {}
        self.said: list[str] = []

    def add(self, *keys: str) -> None:
        for key in keys:
            self.views[key] = View(f"id-{key}", frozenset({f"id-{key}"}), None, settled=False)

    def change(self, key: str, **values: object) -> None:
        self.views[key] = replace(self.views[key], **values)

    def take(self, step: object) -> None:
        self.said.append(type(step).__name__ if not isinstance(step, Command) else step.words[1])
        if isinstance(step, Remove):
            del self.views[step.key]
        elif isinstance(step, Move):
            source, target = self.views[step.source], self.views[step.target]
            assert step.slots <= source.slots
            assert source.settled and target.settled
            self.change(step.source, slots=source.slots - step.slots)
            self.change(step.target, slots=target.slots | step.slots)
        elif isinstance(step, Command):
            self.tell(step.key, *step.words[1:])
        owned = sum(len(view.slots) for view in self.views.values())
        for key in self.views:
            self.change(key, settled=owned == SLOTS)

    def tell(self, key: str, verb: str, *words: str) -> None:
        view = self.views[key]
        if verb == "MEET":
            other = chr(int(words[0].rsplit(".", 1)[1]))
            peer = next(name for name in self.views if name.startswith(other))
            both = view.known | self.views[peer].known
            self.change(key, known=both)
            self.change(peer, known=both)
        elif verb == "ADDSLOTSRANGE":
            bounds = list(map(int, words))
            added = {s for a, b in zip(bounds[::2], bounds[1::2], strict=True) for s in range(a, b + 1)}
            assert view.master is None
            self.change(key, slots=view.slots | added)
        elif verb == "REPLICATE":
            assert not view.slots and words[0] in view.known
            self.change(key, master=words[0])
        elif verb == "FORGET":
            assert words[0] not in (view.id, view.master)
            self.change(key, known=view.known - {words[0]})
        elif verb == "FAILOVER":
            self.change(key, master=None, slots=ALL - {s for v in self.views.values() for s in v.slots})
        elif verb == "SETSLOT":
            self.change(key, moving=view.moving - {int(words[0])})
        else:
            raise AssertionError(f"{verb} is not known here")

    def follow(self, members: list[Member], shards: dict[str, frozenset[int]]) -> None:
        """Ask and obey until nothing is left."""
        for _unused in range(50):
            steps = next_steps([m for m in members if m.key in self.views], self.views, shards)
            if not steps:
                return
            assert not any(isinstance(step, Wait) for step in steps), steps
            for step in steps:
                self.take(step)
        raise AssertionError(f"no end: {self.said}")


TWO = [member("a"), member("b", primary=False), member("c", "2"), member("d", "2", primary=False)]


@pytest.fixture
def formed() -> Nodes:
    nodes = Nodes()
    nodes.add("a", "b", "c", "d")
    nodes.follow(TWO, shares("1", "2"))
    nodes.said.clear()
    return nodes


def test_new_nodes_form_the_shards_that_the_api_names(formed):
    wanted = shares("1", "2")
    assert {key: (view.master, view.slots) for key, view in formed.views.items()} == {
        "a": (None, wanted["1"]),
        "b": ("id-a", frozenset()),
        "c": (None, wanted["2"]),
        "d": ("id-c", frozenset()),
    }


def test_formed_cluster_needs_nothing(formed):
    assert next_steps(TWO, formed.views, shares("1", "2")) == []


def test_new_shard_gets_its_slots_from_those_that_have_them(formed):
    formed.add("e", "f")
    more = [*TWO, member("e", "3"), member("f", "3", primary=False)]
    formed.follow(more, shares("1", "2", "3"))
    assert {key: formed.views[key].slots for key in "ace"} == dict(
        zip("ace", shares("1", "2", "3").values(), strict=True)
    )
    assert formed.said.count("Move") == 2
    assert formed.views["f"].master == "id-e"


def test_slots_go_only_to_a_node_that_sees_the_whole_cluster(formed):
    formed.add("e")
    everyone = frozenset(view.id for view in formed.views.values())
    for key in formed.views:
        formed.change(key, known=everyone)
    steps = next_steps([*TWO, member("e", "3")], formed.views, shares("1", "2", "3"))
    assert [type(step) for step in steps] == [Wait]


def test_leaving_shard_is_emptied_before_it_is_removed_and_forgotten(formed):
    leaving = [replace(m, leaving=m.shard == "1") for m in TWO]
    formed.follow(leaving, {"2": ALL})
    assert set(formed.views) == {"c", "d"}
    assert formed.views["c"].slots == ALL
    assert formed.views["c"].known == formed.views["d"].known == {"id-c", "id-d"}
    assert formed.said == ["Move", "Remove", "Remove", *["FORGET"] * 4]


def test_replica_is_added_and_taken_away(formed):
    formed.add("e")
    more = [*TWO, member("e", "2", primary=False)]
    formed.follow(more, shares("1", "2"))
    assert formed.views["e"].master == "id-c"
    formed.follow([*TWO, replace(more[-1], leaving=True)], shares("1", "2"))
    assert "id-e" not in formed.views["a"].known


def test_promoted_replica_stays_the_head_of_its_shard(formed):
    formed.change("b", master=None, slots=formed.views["a"].slots)
    formed.change("a", master="id-b", slots=frozenset())
    assert next_steps(TWO, formed.views, shares("1", "2")) == []


def test_replica_of_a_node_that_is_gone_takes_over_and_the_new_one_follows_it(formed):
    slots = formed.views["a"].slots
    formed.views["a"] = View("id-new", frozenset({"id-new"}), None, settled=False)
    formed.follow(TWO, shares("1", "2"))
    assert (formed.views["b"].master, formed.views["b"].slots) == (None, slots)
    assert formed.views["a"].master == "id-b"
    assert "id-a" not in formed.views["c"].known


def test_slots_of_a_lost_node_without_replica_are_given_out_again():
    nodes, alone = Nodes(), [member("a"), member("c", "2")]
    nodes.add("a", "c")
    nodes.follow(alone, shares("1", "2"))
    nodes.views["a"] = View("id-new", frozenset({"id-new"}), None, settled=False)
    nodes.follow(alone, shares("1", "2"))
    assert nodes.views["a"].slots == shares("1", "2")["1"]


def test_move_that_was_cut_short_is_ended(formed):
    formed.change("a", moving=frozenset({3}))
    assert next_steps(TWO, formed.views, shares("1", "2")) == [Command("a", ("CLUSTER", "SETSLOT", "3", "STABLE"))]


def test_two_owners_of_a_slot_have_to_agree_first(formed):
    formed.change("c", slots=formed.views["c"].slots | {0})
    assert next_steps(TWO, formed.views, shares("1", "2")) == [Wait("two nodes claim the same slots")]


def test_unsettled_node_is_waited_for(formed):
    formed.change("d", settled=False)
    assert [type(step) for step in next_steps(TWO, formed.views, shares("1", "2"))] == [Wait]
