"""The course of a game: what is refused, what is kept, what is said, and when it ends."""

from __future__ import annotations

import json
import stat
from collections.abc import Callable
from typing import Any

import boto3
import pytest
from game_lab import MENDED, default_names

from tools.game import __main__ as command
from tools.game import play, proof
from tools.game.game import LANGUAGES
from tools.game.games import GAMES
from tools.game.place import Place, is_here
from tools.game.play import Player
from tools.game.proof import Proof
from tools.verbs.trouble import Trouble


class Judge:
    """In the place of `verify` and `plan`, which need a stack with servers."""

    def __init__(self) -> None:
        self.well = True
        self.asked: list[str] = []

    def __call__(self, game: Any, _extra: Any) -> Proof:
        self.asked.append(game.name)
        return Proof(self.well, "fatal: Cache is broken", "make verify")


@pytest.fixture
def judge(monkeypatch: pytest.MonkeyPatch) -> Judge:
    one = Judge()
    monkeypatch.setattr(proof, "of", one)
    return one


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[float], None]:
    now = [1000.0]
    monkeypatch.setattr(play.time, "time", lambda: now[0])

    def pass_(seconds: float) -> None:
        now[0] += seconds

    return pass_


@pytest.fixture
def player(place: Place, judge: Judge) -> Player:
    return Player(place, "en")


def test_a_game_is_broken_found_mended_and_told(
    player: Player, judge: Judge, clock: Callable[[float], None], capsys: pytest.CaptureFixture[str]
) -> None:
    assert player.begin("chapter-12") == 0
    assert "Something is broken now" in capsys.readouterr().out
    clock(61)
    assert player.done() == 1
    said = capsys.readouterr().out
    assert "Not yet (1 min 1 s)" in said and "6380" not in said
    assert player.hint() == 0
    assert "Hint 1 of 3" in capsys.readouterr().out
    MENDED["chapter-12"](player.place)
    clock(60)
    assert player.done() == 0
    said = capsys.readouterr().out
    assert "Mended after 2 min 1 s, with 1 of 3 hints." in said
    assert "6380" in said and "ansible-playbook site.yml --tags security" in said
    assert "group-name,Values=railyard-cache" in said and "<" not in said
    assert judge.asked == ["chapter-12", "chapter-12"]
    assert not player.place.state_file.exists()


def test_the_clock_begins_when_it_is_broken_and_not_while_the_stack_is_proved(
    player: Player, clock: Callable[[float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    def slow(_game: Any, _extra: Any) -> Proof:
        clock(30)
        return Proof(True, "", "")

    monkeypatch.setattr(proof, "of", slow)
    player.begin("chapter-7")
    assert json.loads(player.place.state_file.read_text())["began"] == 1030


def test_a_stack_that_is_not_well_is_not_broken(
    player: Player, judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    judge.well = False
    before = GAMES["chapter-12"].look(player.place)
    with pytest.raises(Trouble, match="`make verify` says so above"):
        player.begin("chapter-12")
    assert "Cache is broken" in capsys.readouterr().err
    assert GAMES["chapter-12"].look(player.place) == before and not player.place.state_file.exists()


def test_what_is_mended_on_a_stack_that_is_otherwise_ill_is_not_accepted(
    player: Player, judge: Judge, capsys: pytest.CaptureFixture[str]
) -> None:
    player.begin("chapter-12")
    MENDED["chapter-12"](player.place)
    judge.well = False
    assert player.done() == 1
    said = capsys.readouterr()
    assert "`make verify` is not content" in said.out and "Cache is broken" in said.err
    judge.well = True
    assert player.done() == 0


def test_a_second_game_is_refused_while_one_runs(player: Player) -> None:
    player.begin("chapter-12")
    before = GAMES["chapter-7"].look(player.place)
    with pytest.raises(Trouble, match="runs already.*`make game ARGS=done`.*`make game ARGS=give-up`"):
        player.begin("chapter-7")
    assert GAMES["chapter-7"].look(player.place) == before
    assert json.loads(player.place.state_file.read_text())["game"] == "chapter-12"


def test_what_is_kept_is_its_owners_and_of_the_stack(player: Player) -> None:
    player.begin("chapter-12")
    path = player.place.state_file
    assert path.name == "railyard-ap-northeast-1.game.json" and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    player.hint()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and [one.name for one in path.parent.iterdir()] == [path.name]


def test_hints_come_one_after_another_and_end(player: Player, capsys: pytest.CaptureFixture[str]) -> None:
    player.begin("chapter-7")
    capsys.readouterr()
    said = []
    for number in (1, 2, 3):
        assert player.hint() == 0
        said.append(capsys.readouterr().out)
        assert f"Hint {number} of 3" in said[-1]
    assert len(set(said)) == 3
    assert player.hint() == 1
    assert "no further hint" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["hint", "done", "give_up"])
def test_where_no_game_runs_it_says_how_one_begins(player: Player, what: str) -> None:
    with pytest.raises(Trouble, match="No game runs.*ARGS=list"):
        getattr(player, what)()


def test_who_gives_up_gets_it_mended_by_the_run_and_told(
    player: Player, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    player.begin("chapter-9")
    ran = []

    def run(game: Any, _extra: Any) -> int:
        ran.append(game.mending)
        MENDED[game.name](player.place)
        return 0

    monkeypatch.setattr(proof, "mend", run)
    assert player.give_up() == 0
    assert ran == ["ansible-playbook site.yml --tags iam"] and not player.place.state_file.exists()
    assert "What was broken" in capsys.readouterr().out


@pytest.mark.parametrize("status", [0, 2])
def test_a_run_that_has_not_mended_it_leaves_the_game(
    player: Player, monkeypatch: pytest.MonkeyPatch, status: int, capsys: pytest.CaptureFixture[str]
) -> None:
    player.begin("chapter-9")
    monkeypatch.setattr(proof, "mend", lambda _game, _extra: status)
    assert player.give_up() == 1
    assert player.place.state_file.exists() and "What was broken" not in capsys.readouterr().out


def test_a_game_ends_with_its_stack(player: Player) -> None:
    player.begin("chapter-12")
    path = player.place.state_file
    kept = json.loads(path.read_text())
    path.write_text(json.dumps({**kept, "identity": "vpc-of-yesterday"}))
    with pytest.raises(Trouble, match="The stack in which chapter-12 was begun is gone"):
        player.done()
    assert not path.exists()
    path.write_text(json.dumps({**kept, "identity": "vpc-of-yesterday"}))
    assert player.begin("chapter-7") == 0
    assert json.loads(path.read_text())["game"] == "chapter-7"


def test_a_game_that_broke_off_half_way_can_still_be_ended(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    ec2 = player.place.client("ec2")
    revoke = ec2.revoke_security_group_ingress

    def and_then_the_cable_was_pulled(**named: Any) -> None:
        revoke(**named)
        raise KeyboardInterrupt

    monkeypatch.setattr(ec2, "revoke_security_group_ingress", and_then_the_cable_was_pulled)
    monkeypatch.setattr(player.place, "client", lambda _service: ec2)
    with pytest.raises(KeyboardInterrupt):
        player.begin("chapter-12")
    assert player.place.state_file.exists()
    assert player.done() == 1


def test_what_could_not_be_broken_is_no_game(player: Player, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(player.place, "on", lambda _name, _script: "the-same-as-ever  file")
    with pytest.raises(Trouble, match="could not break anything"):
        player.begin("chapter-6")
    assert not player.place.state_file.exists()


def test_a_part_that_is_missing_is_named_with_the_command_that_makes_it(player: Player) -> None:
    player.place.client("cloudwatch").delete_alarms(AlarmNames=["railyard/balancer/unhealthy"])
    with pytest.raises(
        Trouble, match=r"No alarm 'railyard/balancer/unhealthy' found .*`ansible-playbook site.yml --tags"
    ):
        player.begin("chapter-14")
    assert not player.place.state_file.exists()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_list_names_every_game(player: Player, language: str, capsys: pytest.CaptureFixture[str]) -> None:
    player.language = language
    assert player.list() == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines] == list(GAMES)


# -- where it may be played


@pytest.mark.parametrize("real", [None, "another"])
def test_a_real_account_is_refused_before_anything_is_asked(
    place: Place, judge: Judge, real: str | None, tmp_path: Any
) -> None:
    refusing = Place(place.names, boto3.session.Session(region_name="ap-northeast-1").client, lambda: [], real)
    before = GAMES["chapter-12"].look(place)
    for game in GAMES:
        with pytest.raises(Trouble, match="real account.*--real-account railyard"):
            Player(refusing, "en").begin(game)
    assert judge.asked == [] and GAMES["chapter-12"].look(place) == before


def test_a_server_of_a_real_account_is_not_touched(place: Place) -> None:
    def servers() -> list[Any]:
        raise AssertionError("asked for servers")

    session = boto3.session.Session(region_name="ap-northeast-1")
    with pytest.raises(Trouble, match="real account"):
        Place(default_names("/nowhere"), session.client, servers).on("web02", "true")


@pytest.mark.parametrize(
    ("endpoint", "here"),
    [
        ("http://127.0.0.1:5080", True),
        ("http://127.97.2.3:5080", True),
        ("http://localhost:5080", True),
        ("http://[::1]:5080", True),
        ("https://ec2.ap-northeast-1.amazonaws.com", False),
        ("https://vpce-1.ec2.ap-northeast-1.vpce.amazonaws.com", False),
        ("http://localhost.example.com", False),
        ("http://10.0.0.5:5080", False),
        ("", False),
    ],
)
def test_only_an_endpoint_of_this_machine_is_the_sandboxs(endpoint: str, here: bool) -> None:
    assert is_here(endpoint) is here


# -- words


def test_a_name_that_is_none_is_told_before_a_stack_is_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    assert command.main(["chapter-3"]) == 2
    assert "'chapter-3' is no game" in capsys.readouterr().err


def test_a_chapter_may_be_written_as_its_page_is(monkeypatch: pytest.MonkeyPatch, player: Player) -> None:
    assert player.begin("chapter-07") == 0


@pytest.mark.parametrize(
    ("variables", "language"),
    [({}, "en"), ({"LANG": "ko_KR.UTF-8"}, "ko"), ({"LANG": "ko_KR.UTF-8", "LC_ALL": "C"}, "en")],
)
def test_the_language_is_the_shells(monkeypatch: pytest.MonkeyPatch, variables: dict[str, str], language: str) -> None:
    for name in ("LANG", "LC_ALL", "LC_MESSAGES"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    assert command._language() == language
