"""The security groups of a stack, with worker servers and without, as the role security computes them."""

from __future__ import annotations

from typing import Any

import pytest
from role_variables import computed

NAMES = ("jump", "alb", "web", "database", "cache", "worker")
IDS = {f"shop-{name}": {"id": f"sg-{name}"} for name in NAMES}


def groups(there: tuple[str, ...] = NAMES, **given: Any) -> dict[str, tuple[set[str], set[str]]]:
    """Group → whom it lets in and whom it reaches by name, as group:port."""
    case = {
        "security_stack": "shop",
        "security_region": "ap-northeast-1",
        "security_admin_cidrs": ["203.0.113.7/32"],
        "__security_gathered": {"stack": {"security_groups": {name: IDS[name] for name in IDS if name[5:] in there}}},
        **given,
    }
    (found,) = computed("security", ["__security_groups", "__security_rules"], [case])

    def named(rules: list[dict[str, Any]]) -> set[str]:
        return {f"{rule['group_id'][3:]}:{rule['ports'][0]}" for rule in rules if "group_id" in rule}

    return {
        group["name"][5:]: (named(rules["ingress"]), named(rules["egress"]))
        for group, rules in zip(found["__security_groups"], found["__security_rules"], strict=False)
    }


@pytest.fixture(scope="module")
def with_workers() -> dict[str, tuple[set[str], set[str]]]:
    return groups(security_workers=True)


def test_a_stack_without_worker_servers_knows_nothing_of_them() -> None:
    found = groups(NAMES[:-1])
    assert sorted(found) == sorted(NAMES[:-1])
    assert "worker" not in str(found)
    assert found["database"] == ({"web:3306"}, set()) and found["cache"] == ({"web:6379"}, set())


def test_worker_servers_are_let_into_database_and_cache_and_let_in_ssh_alone(with_workers: Any) -> None:
    assert with_workers["worker"] == ({"jump:22"}, {"database:3306", "cache:6379"})
    assert with_workers["database"][0] == {"web:3306", "worker:3306"}
    assert with_workers["cache"][0] == {"web:6379", "worker:6379"}
    assert with_workers["jump"][1] == {"web:22", "worker:22"}
    # Neither load balancer nor web servers reach them.
    assert with_workers["alb"][1] == {"web:3000"} and with_workers["web"][1] == {"database:3306", "cache:6379"}


def test_the_group_stays_until_the_step_that_removes_it(with_workers: Any) -> None:
    assert groups(security_workers=False) == with_workers
    assert groups(security_workers=False, __security_surplus=True) == groups(NAMES[:-1])
