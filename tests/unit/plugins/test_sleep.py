"""Sleep: when a stack sleeps, what that saves, and what is left to do."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.filter.stack_sleep import stack_sleep
from ansible_collections.railyard.aws.plugins.module_utils._plan.plan import Plan
from ansible_collections.railyard.aws.plugins.module_utils._prices.sleep import REMOVED, put_to_sleep
from ansible_collections.railyard.aws.plugins.module_utils._settings.declared import OTHERS
from report_lab import sample

TOKYO = "ap-northeast-1"
ALL = list(REMOVED)


def seen(stack: dict[str, Any], removes: list[str] | None = None) -> dict[str, Any]:
    return stack_sleep({"stack": stack, "region": TOKYO}, removes=ALL if removes is None else removes)


def with_states(servers: str, database: str = "available") -> dict[str, Any]:
    stack = sample()
    for one in stack["instances"].values():
        one["state"] = servers
    stack["databases"]["railyard"]["state"] = database
    return stack


@pytest.mark.parametrize(
    ("state", "asleep"), [("running", False), ("stopping", True), ("stopped", True), ("pending", False)]
)
def test_a_stack_sleeps_when_none_of_its_servers_runs(state: str, asleep: bool) -> None:
    assert seen(with_states(state))["asleep"] is asleep


def test_one_server_that_was_stopped_by_hand_is_no_sleep() -> None:
    stack = with_states("running")
    stack["instances"]["railyard-web01"]["state"] = "stopped"
    assert seen(stack)["asleep"] is False


def test_a_stack_without_servers_does_not_sleep_and_needs_no_kind_but_these() -> None:
    assert seen({})["asleep"] is False
    assert seen({"instances": with_states("stopped")["instances"], "databases": {}})["asleep"] is True


def test_a_server_that_is_only_planned_counts_for_nothing() -> None:
    stack = with_states("stopped")
    stack["instances"]["railyard-web01"] |= {"exists": False, "state": None}
    assert seen(stack)["asleep"] is True


def test_a_database_that_aws_has_started_itself_is_named() -> None:
    assert seen(with_states("stopped"))["databases_awake"] == ["railyard"]
    assert seen(with_states("stopped", "stopped"))["databases_awake"] == []


def test_sleep_has_nothing_left_to_do_only_when_all_of_it_is_done() -> None:
    done = put_to_sleep(sample(), ALL)
    for one in done["alarms"].values():
        one["definition"] = {"actions_enabled": False}
    assert seen(done)["complete"] is True
    loud = next(iter(done["alarms"].values()))
    loud["definition"] = {"actions_enabled": True}
    assert seen(done)["complete"] is False
    loud["definition"] = {"actions_enabled": False}
    stack = {"auto_scaling_groups": {"nat": {"name": "nat", "exists": True}}, **sample()}
    for kind in (kind for kinds in REMOVED.values() for kind in kinds):
        assert seen({**done, kind: stack[kind]})["complete"] is False
        # What the setting does not name may stay.
        assert seen({**done, kind: stack[kind]}, [one for one in ALL if kind not in REMOVED[one]])["complete"] is True
    assert seen({**done, "databases": sample()["databases"]})["complete"] is False
    assert seen({**done, "instances": sample()["instances"]})["complete"] is False


def test_what_sleep_saves_is_what_it_stops_and_removes() -> None:
    found = {one: seen(sample(), removes) for one, removes in {"none": [], "nat": ["nat_gateways"], "all": ALL}.items()}
    assert {one["monthly"] for one in found.values()} == {"280.07"}
    # Three servers, one with an address, and a database.
    assert Decimal(found["none"]["saves"]) == Decimal("53.29") + Decimal("18.25")
    assert Decimal(found["nat"]["saves"]) - Decimal(found["none"]["saves"]) == 2 * (Decimal("45.26") + Decimal("3.65"))
    # A cache of four nodes, and a load balancer with two addresses.
    assert Decimal(found["all"]["saves"]) - Decimal(found["nat"]["saves"]) == Decimal("70.08") + Decimal("25.04")


def test_an_address_that_is_no_gateway_s_stays_billed() -> None:
    stack = sample()
    stack["elastic_ips"]["mine"] = stack["elastic_ips"]["railyard-nat-1"] | {"id": "eipalloc-mine", "name": "mine"}
    assert list(put_to_sleep(stack, ALL)["elastic_ips"]) == ["mine"]
    assert len(put_to_sleep(stack, [])["elastic_ips"]) == 3


def test_nothing_of_the_look_is_changed() -> None:
    stack = sample()
    put_to_sleep(stack, ALL)
    assert stack == sample()


def test_the_lines_say_the_sum_the_rest_and_that_rds_starts_by_itself() -> None:
    text = "\n".join(seen(sample(), ["nat_gateways"])["lines"])
    for said in ("280.07 USD a month", "asleep 110.71", "saves 169.36 USD", "Cache 70.08", "7 days", "starts it"):
        assert said in text, said
    assert "cache stays and costs 70.08 USD a month; railyard_sleep_removes: [nat_gateways, cache] removes it" in text
    assert "load_balancer stays and costs 25.04 USD" in text
    assert "stays" not in "\n".join(seen(sample())["lines"])


def test_without_a_database_nothing_is_said_of_one() -> None:
    stack = sample()
    stack["databases"] = {}
    assert "database" not in "\n".join(seen(stack)["lines"])


def test_what_has_no_price_is_not_taken_for_nothing() -> None:
    stack = sample()
    stack["databases"]["railyard"]["instance_class"] = "db.x2g.large"
    assert seen(stack)["monthly"].endswith("+ ?")


def test_the_setting_takes_what_sleep_can_remove() -> None:
    assert OTHERS["railyard_sleep_removes"]["choices"] == ALL


@pytest.mark.parametrize(
    ("module", "arguments", "stack", "amount"),
    [
        (
            "amazon.aws.ec2_instance",
            {"instance_ids": ["{web01}"], "state": "stopped"},
            with_states("running"),
            "-19.86",
        ),
        (
            "amazon.aws.ec2_instance",
            {"name": "railyard-web01", "state": "running"},
            with_states("stopped"),
            "+19.86",
        ),
        (
            "amazon.aws.rds_instance",
            {"db_instance_identifier": "railyard", "state": "stopped"},
            with_states("running"),
            "-18.25",
        ),
        (
            "amazon.aws.rds_instance",
            {"db_instance_identifier": "railyard", "state": "started"},
            with_states("stopped", "stopped"),
            "+18.25",
        ),
    ],
)
def test_a_plan_says_what_stopping_and_starting_are_worth(
    module: str, arguments: dict[str, Any], stack: dict[str, Any], amount: str
) -> None:
    ids = {one["hostname"]: one["id"] for one in stack["instances"].values()}
    if "instance_ids" in arguments:
        arguments = arguments | {"instance_ids": [one.format(**ids) for one in arguments["instance_ids"]]}
    plan = Plan()
    plan.look(stack, TOKYO)
    plan.add("a", module, "Do it", arguments, {"changed": True})
    assert next(iter(plan.lines())).rstrip().endswith(amount), list(plan.lines())
