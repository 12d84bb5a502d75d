"""What `make prove` says: the same choice for a seed, a line for each harness, failure where nothing was tried."""

from __future__ import annotations

import json
import types

import pytest

from tests.resilience import __main__ as command
from tests.resilience.record import Record, table
from tests.unit.resilience.planted import record


def fail() -> None:
    raise AssertionError("it is broken")


def test_a_seed_brings_the_same_choice_for_each_harness() -> None:
    first, again, other, neighbour = record("a"), record("a"), record("a", seed=2), record("b")
    drawn = [[one.random.random() for _number in range(3)] for one in (first, again, other, neighbour)]
    assert drawn[0] == drawn[1]
    assert len({tuple(one) for one in drawn}) == 3


def test_what_raises_has_failed_with_its_words() -> None:
    found = record()
    assert found.attempt("good", lambda: 7) == 7
    assert found.attempt("bad", fail) is None
    assert found.attempt("odd", lambda: {}["lacking"]) is None
    assert [one.why for one in found.trials] == ["", "it is broken", "KeyError: 'lacking'"]
    assert (found.passed, found.well) == (1, False)


def test_nothing_tried_is_not_well() -> None:
    assert not record().well


def test_time_is_for_what_fits_and_has_no_end_without_a_budget(tmp_path) -> None:
    now = [0.0]
    limited = Record("a", 1, 60.0, 0, tmp_path, clock=lambda: now[0])
    assert limited.time_for(60) and not limited.everything
    now[0] = 30.0
    assert limited.time_for(30) and not limited.time_for(31)
    assert record(budget=None).time_for(10**9) and record(budget=None).everything


def test_the_table_has_a_line_for_each_harness() -> None:
    one = record("crash", seed=7)
    one.attempt("good", lambda: None)
    one.attempt("bad", fail)
    head, line = table([one.as_dict()]).splitlines()
    assert head.split() == ["harness", "tried", "passed", "seed", "seconds", "unanswered"]
    assert line.split()[:4] == ["crash", "2", "1", "7"]
    assert line.split()[-1] == "-", "it sent no requests"
    one.requests, one.unanswered = 300, 2
    assert table([one.as_dict()]).split()[-1] == "2/300"


@pytest.fixture
def harnesses(monkeypatch, tmp_path):
    """``harnesses(job)`` makes each harness one trial of the job, or none; answers the records that they got."""
    got: list[Record] = []

    def make(job):
        def prove(given: Record) -> None:
            got.append(given)
            if job:
                given.attempt("it", job)

        monkeypatch.setattr(command.importlib, "import_module", lambda name: types.SimpleNamespace(prove=prove))
        monkeypatch.setattr(command, "RESULT", tmp_path / "prove.json")
        return got

    return make


def test_all_within_an_hour_and_the_seed_is_said(harnesses, capsys, tmp_path) -> None:
    got = harnesses(lambda: None)
    assert command.main([]) == 0
    assert [one.harness for one in got] == list(command.HARNESSES)
    assert all(one.budget for one in got) and got[0].budget < 60 * 60
    written = json.loads((tmp_path / "prove.json").read_text())
    assert {one["seed"] for one in written["results"]} == {written["seed"]}
    said = capsys.readouterr().out
    assert f'make prove ARGS="--seed {written["seed"]}"' in said
    assert "harness" in said and "crash" in said


def test_chosen_ones_and_a_seed(harnesses) -> None:
    got = harnesses(lambda: None)
    assert command.main(["crash", "input", "--seed", "7"]) == 0
    assert [(one.harness, one.seed) for one in got] == [("input", 7), ("crash", 7)]
    assert sum(one.budget for one in got[:1]) < 60 * 60


def test_everything_knows_no_limit(harnesses) -> None:
    got = harnesses(lambda: None)
    assert command.main(["everything", "input"]) == 0
    assert [(one.harness, one.budget) for one in got] == [("input", None)]


def test_a_failure_fails_and_says_how_to_have_it_again(harnesses, capsys) -> None:
    harnesses(fail)
    assert command.main(["input", "--seed", "3"]) == 1
    assert 'Again what failed: make prove ARGS="input --seed 3"' in capsys.readouterr().out


def test_a_harness_that_tries_nothing_fails(harnesses) -> None:
    harnesses(None)
    assert command.main(["input"]) == 1


@pytest.mark.parametrize("words", [["crush"], ["--minutes", "0"], ["--seed", "x"]])
def test_wrong_words_name_the_right_ones(words, capsys) -> None:
    with pytest.raises(SystemExit):
        command.main(words)
    said = capsys.readouterr().err
    assert words[-1] in said and "make prove" in said
