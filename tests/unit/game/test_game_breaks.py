"""Each game breaks what its look sees, and the look is content once that is put right, by whomever."""

from __future__ import annotations

import json

import pytest
from game_lab import MENDED, ROLE, SECRET, Host

from tools.game.breaks import servers
from tools.game.games import GAMES
from tools.game.place import Place

OF_SERVERS = {"chapter-6", "chapter-13"}


def test_chapters_4_to_14_have_a_game_each_that_is_broken_here() -> None:
    assert list(GAMES) == [f"chapter-{number}" for number in range(4, 15)]
    assert set(MENDED) | OF_SERVERS == set(GAMES)


@pytest.mark.parametrize("name", MENDED)
def test_what_is_broken_through_the_api_is_seen_until_it_is_put_right(place: Place, name: str) -> None:
    game = GAMES[name]
    before = game.look(place)
    assert before == game.look(place) == json.loads(json.dumps(before))
    game.spoil(place)
    assert game.look(place) != before
    MENDED[name](place)
    assert game.look(place) == before


@pytest.mark.parametrize("name", sorted(OF_SERVERS))
def test_what_is_broken_on_a_server_is_seen_until_it_is_put_right(place: Place, host: Host, name: str) -> None:
    game = GAMES[name]
    before = game.look(place)
    game.spoil(place)
    assert game.look(place) != before
    host.restore()
    assert game.look(place) == before


@pytest.mark.parametrize("name", MENDED)
def test_only_one_thing_is_broken(place: Place, name: str) -> None:
    others = {
        other: GAMES[other].look(place)
        for other in MENDED
        if GAMES[other].look is not GAMES[name].look and other != name
    }
    GAMES[name].spoil(place)
    assert {other: GAMES[other].look(place) for other in others} == others


def test_the_site_of_nginx_is_valid_and_runs_at_another_port(place: Place, host: Host) -> None:
    servers.nginx_at_another_port(place)
    text = host.text(servers.SITE)
    assert "listen 8080 default_server;" in text and "listen [::]:8080 default_server;" in text and "3000" not in text
    assert host.asked() == ["nginx -t -q", "systemctl restart nginx"]


def test_the_application_is_started_anew_with_a_database_that_is_not_there(place: Place, host: Host) -> None:
    servers.database_of_another_name(place)
    assert f"DATABASE_URL=mysql2://app:{SECRET}@old-db.home:3306/app?sslmode=verify" in host.text(servers.ENVIRONMENT)
    assert host.asked() == ["systemctl restart puma.service"]


def test_no_secret_of_a_server_is_in_what_is_kept(place: Place) -> None:
    kept = json.dumps(GAMES["chapter-13"].look(place))
    assert SECRET not in kept and len(kept) == 66


def test_rights_on_one_folder_are_left_as_they_are(place: Place) -> None:
    GAMES["chapter-9"].spoil(place)
    policy = place.client("iam").get_role_policy(RoleName=ROLE, PolicyName="web")["PolicyDocument"]
    resources = [statement["Resource"] for statement in policy["Statement"]]
    assert resources[1].endswith("-ap-northeast-1") and resources[2].endswith("/schedules/*")
