"""What a run with profiles/study.yml makes and costs awake, asleep and mixed, by the code that prices a plan."""

from __future__ import annotations

import re
from decimal import Decimal
from functools import cache
from typing import Any

import inputs_lab as lab
import pytest
import yaml
from ansible_collections.railyard.aws.plugins.filter.stack_alarms import cache_nodes, stack_alarms
from ansible_collections.railyard.aws.plugins.module_utils._prices.sleep import put_to_sleep, total
from ansible_collections.railyard.aws.plugins.module_utils._prices.stack import Stack
from ansible_collections.railyard.aws.plugins.module_utils._settings.warnings import input_warnings

STUDY = yaml.safe_load((lab.PROJECT / "profiles/study.yml").read_text("utf-8"))
#: What the profile leaves as it is.
NETWORK = yaml.safe_load((lab.PROJECT / "roles/vpc/defaults/main.yml").read_text("utf-8"))
REGIONS = ("ap-northeast-1", "us-east-1", "eu-central-1")
#: Hours a day that somebody learns.
STUDIED = 4


@cache
def inputs() -> dict[str, Any]:
    """Every input of the roles as a run with the profile has it."""
    return lab.templated(**STUDY)


def number(name: str) -> int:
    return int(inputs()[name])


def made() -> Stack:
    """What a run with the profile makes of what AWS bills, in the words of stack_info."""
    of = inputs()
    zones = len(of["railyard_public_subnet_names"])
    mode = of["vpc_nat_gateway_mode"]
    gateways = {"none": 0, "instance": 0, "single": 1, "zone": zones}[mode]
    routers = (
        {"nat-instance": {"instance_id": "i-nat", "instance_type": NETWORK["vpc_nat_instance_type"]}}
        if mode == "instance"
        else {}
    )
    servers = {"jump01": of["railyard_jump_instance_type"]}
    servers |= {f"web{index + 1:02}": of["railyard_web_instance_type"] for index in range(number("railyard_web_count"))}
    sizes = {name: 8 if name == "jump01" else number("ec2_web_volume_size") for name in servers}
    nodes = cache_nodes(
        of["railyard_cache_name"],
        number("railyard_cache_shards"),
        number("railyard_cache_replicas"),
        of["railyard_cache_cluster_mode"],
    )
    watched = {
        "stack": "railyard",
        "namespace": "railyard",
        "servers": dict.fromkeys(servers, "i-1"),
        "agents": [name for name in servers if name != "jump01"],
        "balancer": "app/railyard/1",
        "target_group": "targetgroup/railyard/1",
        "database": "railyard",
        "database_class": of["railyard_database_instance_class"],
        "database_engine": of["railyard_database_engine"],
        "cache_nodes": nodes,
    }
    things: dict[str, dict[str, dict[str, Any]]] = {
        "nat_gateways": {f"nat{one}": {"allocation_ids": [f"address{one}"]} for one in range(gateways)},
        "nat_interfaces": {name: {"allocation_id": "address"} for name in routers},
        "auto_scaling_groups": {name: {"instances": [one]} for name, one in routers.items()},
        "elastic_ips": {f"nat{one}": {"id": f"address{one}"} for one in range(gateways)}
        | {name: {"id": "address"} for name in routers},
        "instances": {
            name: {"instance_type": kind, "public_ip_address": "203.0.113.9" if name == "jump01" else None}
            for name, kind in servers.items()
        },
        "volumes": {name: {"size": size, "type": "gp3"} for name, size in sizes.items()}
        | {
            name: {"size": NETWORK["vpc_nat_instance_volume_size"], "type": "gp3", "instance_id": one["instance_id"]}
            for name, one in routers.items()
        },
        "load_balancers": {"railyard": {"subnet_ids": of["railyard_public_subnet_names"]}},
        "databases": {
            "railyard": {
                "engine": of["railyard_database_engine"],
                "instance_class": of["railyard_database_instance_class"],
                "allocated_storage": number("railyard_database_storage"),
                "storage_type": "gp3",
                "multi_az": of["railyard_database_multi_az"] in (True, "True"),
            }
        },
        "replication_groups": {
            "railyard": {
                "engine": of["railyard_cache_engine"],
                "node_type": of["railyard_cache_node_type"],
                "num_node_groups": number("railyard_cache_shards"),
                "replicas_per_node_group": number("railyard_cache_replicas"),
            }
        },
        # The application's two, and the one that RDS makes for its master user.
        "secrets": {"password": {}, "key": {}, "master": {}},
        "hosted_zones": {of["railyard_private_zone"]: {}},
        "alarms": {alarm["name"]: {} for alarm in stack_alarms(watched, {}, ["topic"])},
        "dashboards": {name: {} for name in [of["railyard_dashboard_name"]] if name},
    }
    return {
        kind: {name: {"name": name, "exists": True, "tags": {}, **entry} for name, entry in entries.items()}
        for kind, entries in things.items()
    }


def daily(stack: Stack, region: str) -> Decimal:
    cost = total(stack, region)
    assert cost.unknown == ()
    return cost.monthly * 12 / 365


def awake_asleep(region: str) -> tuple[Decimal, Decimal]:
    """Dollars of a day awake, and of a day asleep."""
    stack = made()
    return daily(stack, region), daily(put_to_sleep(stack, STUDY["railyard_sleep_removes"]), region)


@pytest.mark.parametrize(
    ("region", "hours"),
    # With a NAT gateway four hours in Tokyo were above it.
    [("us-east-1", 6), ("eu-central-1", 5), ("ap-northeast-1", 5)],
)
def test_a_day_of_study_costs_less_than_a_dollar(region: str, hours: int) -> None:
    awake, asleep = awake_asleep(region)
    assert (awake * hours + asleep * (24 - hours)) / 24 < 1


@pytest.mark.parametrize("region", REGIONS)
def test_awake_all_day_it_costs_more_and_asleep_less_than_half_a_dollar(region: str) -> None:
    """The load balancer alone is 0.58 a day in Tokyo: below one dollar, awake all day, no stack with one can be."""
    awake, asleep = awake_asleep(region)
    assert asleep < Decimal("0.5") < 1 < awake < 5


def test_the_profile_is_smaller_than_any_other() -> None:
    """Whatever is billed by the hour and can be there once, is there once, and of the smallest class that is priced."""
    of = made()
    assert {kind: len(of[kind]) for kind in ("instances", "auto_scaling_groups", "load_balancers", "databases")} == {
        "instances": 2,
        "auto_scaling_groups": 1,
        "load_balancers": 1,
        "databases": 1,
    }
    assert (STUDY["railyard_cache_shards"], STUDY["railyard_cache_replicas"]) == (1, 0)
    assert str(inputs()["railyard_database_multi_az"]) == "False"
    for name in ("railyard_database_instance_class", "railyard_cache_node_type"):
        assert STUDY[name].endswith(".t4g.micro")


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_the_readmes_say_what_it_costs(readme: str) -> None:
    """One row a region: awake all day, awake four hours, asleep; dollars a day."""
    text = (lab.PROJECT / readme).read_text("utf-8")
    for region in REGIONS:
        awake, asleep = awake_asleep(region)
        mixed = (awake * STUDIED + asleep * (24 - STUDIED)) / 24
        (row,) = re.findall(rf"^\| `{region}`.*$", text, re.MULTILINE)
        said = [Decimal(amount) for amount in re.findall(r"\d+\.\d\d", row)]
        assert said == [round(amount, 2) for amount in (awake, mixed, asleep)], row


def test_the_profile_is_no_mistake_and_says_what_it_goes_without() -> None:
    assert lab.problems(**inputs()) == []
    (warning,) = input_warnings({**lab.good(), **STUDY})
    assert warning.startswith("railyard_profile is study, for practice") and "make sleep" in warning
