"""After the first run everything is there that was foretold, and a page from every web server."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS

from tests.e2e.account import STACK
from tests.e2e.lab import Lab, until
from tests.e2e.run import Run

#: Kinds of which AWS makes some by itself, as parts of others.
MADE_BY_AWS = {name for name, kind in KINDS.items() if not kind.made_by}
#: What the first release leaves in the account: a plan of an empty one ends where there is no server to ask.
MADE_BY_SERVERS = {("parameters", f"/{STACK}/app/release")}


def test_first_run_builds_what_group_vars_describe(stack: Lab, first_run: Run) -> None:
    assert (first_run.total("failed"), first_run.total("unreachable")) == (0, 0), str(first_run)
    servers = stack.account().servers()
    assert sorted(servers) == ["jump01", "web01", "web02"]
    assert {server["State"]["Name"] for server in servers.values()} == {"running"}
    assert {server["MetadataOptions"]["HttpTokens"] for server in servers.values()} == {"required"}
    assert "PublicIpAddress" not in servers["web01"] and "PublicIpAddress" not in servers["web02"]
    assert servers["jump01"]["PublicIpAddress"].startswith("127."), "published on loopback"
    assert servers["web01"]["Placement"] != servers["web02"]["Placement"], "spread over the zones"
    profiles = {name for name, server in servers.items() if "IamInstanceProfile" in server}
    assert profiles == {"web01", "web02"}
    volumes = stack.account().ec2.describe_volumes()["Volumes"]
    assert len(volumes) == 3 and all(volume["Encrypted"] for volume in volumes)


def test_the_plan_foretold_exactly_what_was_made(stack: Lab) -> None:
    planned = json.loads(stack.plan_file.read_text())
    creations = {(one["kind"], one["name"]) for one in planned if one["action"] == "create" and one["kind"] in KINDS}
    made = {(kind, name) for kind, name in stack.resources() if kind not in MADE_BY_AWS}
    assert len(creations) > 80
    assert sorted(creations ^ (made - MADE_BY_SERVERS)) == []


def test_a_page_about_the_stack_is_written_and_shows_every_server(stack: Lab) -> None:
    page = Path(stack.environment["RAILYARD_STATE_DIR"]) / "railyard-ap-northeast-1.html"
    assert stat.S_IMODE(page.stat().st_mode) == 0o600
    text = page.read_text("utf-8")
    for name in ("<svg", "jump01", "web01", "web02", "railyard-private-2", "Internet gateway"):
        assert name in text, name
    # What the run proved it noted first.
    assert re.search(r"\d{4}-\d\d-\d\d \d\d:\d\d UTC</td>", text)


def test_what_the_stack_costs_is_said(stack: Lab) -> None:
    run = stack.playbook("cost", "playbooks/cost.yml")
    assert run.changed == 0, str(run)
    (monthly,) = re.findall(r"In all, USD a month +([\d.]+)['\n]", run.text)
    assert 100 < float(monthly) < 1000, str(run)
    # What the plan foretold it would add.
    planned = [one["monthly"] for one in json.loads(stack.plan_file.read_text()) if one["monthly"]]
    assert abs(sum(map(float, planned)) - float(monthly)) < 20, str(run)


def test_private_key_stays_private(stack: Lab) -> None:
    key = Path(stack.environment["RAILYARD_STATE_DIR"]) / "railyard-ap-northeast-1.pem"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600


def test_both_web_servers_answer_in_turn(stack: Lab) -> None:
    served = [stack.page()[1] for _request in range(8)]
    assert set(served) == {"web01", "web02"}
    assert all(one != following for one, following in zip(served, served[1:], strict=False)), served


def test_all_targets_are_healthy(stack: Lab) -> None:
    until("two healthy targets", lambda: list(stack.account().target_states().values()) == ["healthy"] * 2, 60)
