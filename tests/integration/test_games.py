"""Every game of the book's tour on one stack: broken, noticed, mended by the run that is advised, and accepted."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.e2e.lab import Lab, temporary
from tools.game.games import GAMES

#: Games that are mended by hand, as a learner does; all others by the one run.
BY_HAND = {
    "chapter-6": "sudo sed -i s/8080/3000/ /etc/nginx/conf.d/rails.conf && sudo systemctl restart nginx",
}


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    with temporary("games", int(os.environ.get("RAILYARD_GAMES_PORT", "5204"))) as lab:
        lab.up()
        lab.playbook("site", "site.yml", timeout=2400)
        yield lab


def said(text: str) -> str:
    """A message, however its lines were broken."""
    return " ".join(text.split())


def noticed(lab: Lab, name: str) -> None:
    """The product itself says that something is not as it should be."""
    game = GAMES[name]
    if game.proof == "verify":
        # A load balancer takes some health checks to see that a server is ill, and verify believes it until then.
        for _attempt in range(4):
            if lab.playbook(f"{name}-verify", "playbooks/verify.yml", "-e", "verify_retries=3", fails=None).code:
                return
        raise AssertionError(f"verify is content although {name} is broken")
    plan = lab.playbook(f"{name}-plan", "playbooks/plan.yml", "--check", "--diff", "--tags", game.tags)
    assert "Nothing would change." not in plan.text, str(plan)


@pytest.mark.parametrize("name", GAMES)
def test_a_game_is_broken_noticed_mended_and_accepted(lab: Lab, name: str) -> None:
    game = GAMES[name]
    begun = lab.make("game", name, timeout=600)
    assert "Something is broken now" in begun.text, str(begun)
    noticed(lab, name)
    assert "Not yet" in lab.make("game", "done", fails=True).text
    assert "Hint 1 of 3" in lab.make("game", "hint").text

    if name in BY_HAND:
        lab.on("web02", BY_HAND[name])
    else:
        lab.playbook(f"{name}-mend", "site.yml", "--tags", game.tags, timeout=900)
    accepted = lab.make("game", "done", timeout=600)
    assert "Mended after" in accepted.text and "with 1 of 3 hints" in said(accepted.text), str(accepted)
    assert game.mending in accepted.text


def test_who_gives_up_has_a_stack_that_is_well(lab: Lab) -> None:
    lab.make("game", "chapter-12 --language ko", timeout=600)
    refused = lab.make("game", "chapter-4", fails=True)
    assert "A game runs already" in said(refused.text)
    given_up = lab.make("game", "give-up --language ko", timeout=900)
    assert "전문가라면" in given_up.text, str(given_up)
    lab.playbook("after-all-games", "playbooks/verify.yml")
    assert "No game runs" in lab.make("game", "done", fails=True).text


def test_a_real_account_is_refused(lab: Lab) -> None:
    real = {"AWS_ENDPOINT_URL": "http://192.0.2.1:9", "SANDBOX": ""}
    refused = lab.make("game", "chapter-12", fails=True, environment=real)
    assert "is in a real account" in said(refused.text) and "--real-account railyard" in said(refused.text)
    assert "No game runs" in lab.make("game", "hint", fails=True).text
