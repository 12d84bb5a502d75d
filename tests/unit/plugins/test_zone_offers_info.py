"""Which zones offer what a stack is to have, and where subnets go."""

from __future__ import annotations

import pytest
from ansible.errors import AnsibleFilterError
from ansible_collections.railyard.aws.plugins.filter.subnet_zones import subnet_zones
from ansible_collections.railyard.aws.plugins.module_utils._vpc import zone_offers as offers
from ansible_collections.railyard.aws.plugins.modules import zone_offers_info
from botocore.client import BaseClient
from botocore.exceptions import ClientError

A, B, C, D = (f"us-east-1{letter}" for letter in "abcd")
TYPES = ["t3.micro", "t3.small"]


@pytest.fixture
def region(aws, monkeypatch):
    """``region(servers, database)``: zones by type, and those of the database; an error's code in place of either."""
    call = BaseClient._make_api_call

    def describe(servers, database=()):
        def answer(self, operation, arguments):
            said = {"DescribeInstanceTypeOfferings": servers, "DescribeOrderableDBInstanceOptions": database}.get(
                operation
            )
            if operation == "DescribeAvailabilityZones":
                return {"AvailabilityZones": [{"ZoneName": zone} for zone in (A, B, C, D)]}
            if said is None:
                return call(self, operation, arguments)
            if isinstance(said, str):
                raise ClientError({"Error": {"Code": said, "Message": "not you"}}, operation)
            if operation == "DescribeInstanceTypeOfferings":
                places = [(kind, zone) for kind, zones in servers.items() for zone in zones]
                return {"InstanceTypeOfferings": [{"InstanceType": kind, "Location": zone} for kind, zone in places]}
            return {"OrderableDBInstanceOptions": [{"AvailabilityZones": [{"Name": zone} for zone in database]}]}

        monkeypatch.setattr(BaseClient, "_make_api_call", answer)

    return describe


def look(run_module, **options):
    return run_module(zone_offers_info, instance_types=TYPES, **options)


def test_first_zone_that_lacks_a_type_is_none_to_choose(region, run_module):
    region({"t3.micro": [A, B, C, D], "t3.small": [B, C, D]})
    result = look(run_module)
    assert (result["zones"], result["lacking"], result["changed"]) == ([B, C, D], {A: ["t3.small"]}, False)


def test_zones_with_the_databases_class_come_first(region, run_module):
    region({kind: [A, B, C, D] for kind in TYPES}, [C, D])
    result = look(run_module, db_instance_class="db.t4g.micro")
    assert (result["zones"], result["database_zones"]) == ([C, D, A, B], [C, D])


def test_class_of_which_rds_says_nothing_prefers_none(region, run_module):
    region({kind: [A, B] for kind in TYPES}, [])
    assert look(run_module, db_instance_class="db.unknown")["zones"] == [A, B]


def test_type_that_no_zone_has_leaves_none(region, run_module):
    region({"t3.micro": [A, B]})
    result = look(run_module)
    assert result["zones"] == [] and result["lacking"][C] == TYPES


def test_what_may_not_be_asked_counts_as_offered_everywhere(region, run_module):
    region("UnauthorizedOperation", "AccessDenied")
    result = look(run_module, db_instance_class="db.t4g.micro")
    assert (result["zones"], result["lacking"]) == ([A, B, C, D], {})
    assert "not you" in str(result["warnings"][-1])


def plan(*zones):
    return [
        {"name": f"s-{tier}-{index + 1}", "tier": tier, "index": index, "zone": zone}
        for tier in ("public", "private")
        for index, zone in enumerate(zones)
    ]


def standing(**zones):
    """Entries of stack_info, by names such as public_1."""
    entries = {name: {"exists": zone is not None, "availability_zone": zone} for name, zone in zones.items()}
    return {f"s-{name.replace('_', '-')}": entry for name, entry in entries.items()}


@pytest.mark.parametrize(
    ("wanted", "there", "offered", "zones"),
    [
        ((None, None), {}, [B, C, D], [B, C]),
        # Nothing moves: not when offers change, not when another zone comes to be the first.
        ((None, None), standing(public_1=A, public_2=D, private_1=A, private_2=D), [B, C], [A, D]),
        ((None, None), standing(public_1=C), [B, C, D], [C, B]),
        ((None, None), standing(private_2=B), [B, C, D], [C, B]),
        ((D, A), {}, [B, C], [D, A]),
        # A plan's placeholders stand nowhere.
        ((None, None), standing(public_1=None, public_2=None), [B, C], [B, C]),
    ],
)
def test_subnets_of_a_number_share_a_zone_and_stay_in_it(wanted, there, offered, zones):
    found = subnet_zones(plan(*wanted), there, offered)
    assert [found["s-public-1"], found["s-public-2"]] == [found["s-private-1"], found["s-private-2"]] == zones


def test_too_few_zones_are_named_with_what_helps():
    with pytest.raises(AnsibleFilterError, match=f"need 3 zones.*{B}, {C}.*railyard_web_instance_type"):
        subnet_zones(plan(None, None, None), {}, [B, C])
    with pytest.raises(offers.OfferError, match="are none"):
        offers.zone_of_each(plan(None), {}, [])
