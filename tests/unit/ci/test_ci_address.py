"""The run's own address is let in while it lasts, and rules of others are as they were."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import boto3
import pytest
from botocore.exceptions import ClientError
from moto import mock_aws

from tools.ci import address
from tools.verbs.trouble import Trouble

HERE = "198.51.100.7"
#: Of somebody of railyard_people, and the address of whoever ran site.yml.
OTHERS = {"203.0.113.7/32": "ssh of kim", "192.0.2.0/24": "ssh of administrators"}


@pytest.fixture
def ec2(monkeypatch):
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "testing0testing0")
    with mock_aws():
        yield boto3.client("ec2", region_name="ap-northeast-1")


@pytest.fixture
def group(ec2):
    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    made = ec2.create_security_group(GroupName="shop-jump", Description="jump", VpcId=vpc)["GroupId"]
    ec2.create_tags(Resources=[made], Tags=[{"Key": "Stack", "Value": "shop"}])
    for network, description in OTHERS.items():
        allow(ec2, made, network, description)
    return made


def allow(ec2, group: str, network: str, description: str) -> None:
    rule = {
        "IpProtocol": "tcp",
        "FromPort": 22,
        "ToPort": 22,
        "IpRanges": [{"CidrIp": network, "Description": description}],
    }
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[rule])


def rules(ec2, group: str) -> dict[str, str]:
    (found,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"]
    return {one["CidrIp"]: one.get("Description", "") for rule in found["IpPermissions"] for one in rule["IpRanges"]}


def opened(ec2, here: str = HERE):
    return address.opened(ec2, "shop", "shop-jump", here, "42", 3600)


def test_the_address_is_let_in_for_the_run_and_no_longer(ec2, group):
    with opened(ec2) as said:
        found = rules(ec2, group)
        assert found.keys() == {f"{HERE}/32", *OTHERS} and f"{HERE}/32" in said
        until = datetime.strptime(found[f"{HERE}/32"].split()[3], "%Y-%m-%dT%H:%MZ").replace(tzinfo=UTC)
        assert timedelta(minutes=58) < until - datetime.now(UTC) < timedelta(minutes=61)
        assert found[f"{HERE}/32"].endswith("run 42")
    assert rules(ec2, group) == OTHERS


@pytest.mark.parametrize("end", [RuntimeError, SystemExit, KeyboardInterrupt])
def test_it_is_taken_back_however_the_run_ends(ec2, group, end):
    with suppress(end), opened(ec2):
        raise end
    assert rules(ec2, group) == OTHERS


def test_an_address_that_a_standing_rule_lets_in_needs_none_and_loses_none(ec2, group):
    for here in ("203.0.113.7", "192.0.2.99"):
        with opened(ec2, here) as said:
            assert "that stands" in said and rules(ec2, group) == OTHERS
        assert rules(ec2, group) == OTHERS


def test_a_rule_that_became_somebody_elses_meanwhile_stays(ec2, group):
    with opened(ec2):
        # site.yml of somebody at the same address writes it as theirs.
        own = {"CidrIp": f"{HERE}/32", "Description": "ssh of lee"}
        rule = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [own]}]
        ec2.update_security_group_rule_descriptions_ingress(GroupId=group, IpPermissions=rule)
    assert rules(ec2, group) == {**OTHERS, f"{HERE}/32": "ssh of lee"}


def test_a_rule_that_site_yml_took_away_meanwhile_is_no_error(ec2, group):
    with opened(ec2):
        rule = [{"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": f"{HERE}/32"}]}]
        ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=rule)
    assert rules(ec2, group) == OTHERS


def test_what_a_killed_run_left_goes_when_its_time_is_over_and_no_sooner(ec2, group):
    now = datetime.now(UTC)
    past, future = ((now + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%MZ") for hours in (-1, 1))
    allow(ec2, group, "198.51.100.8/32", f"railyard ci until {past} run 40")
    allow(ec2, group, "198.51.100.9/32", f"railyard ci until {future} run 41")
    allow(ec2, group, f"{HERE}/32", f"railyard ci until {past} run 39")
    with opened(ec2):
        assert rules(ec2, group).keys() == {f"{HERE}/32", "198.51.100.9/32", *OTHERS}
        assert future[:10] in rules(ec2, group)[f"{HERE}/32"]
    assert rules(ec2, group).keys() == {"198.51.100.9/32", *OTHERS}


def refusing(ec2, monkeypatch, code: str) -> None:
    def refuse(**_arguments: object) -> None:
        raise ClientError({"Error": {"Code": code, "Message": "no"}}, "AuthorizeSecurityGroupIngress")

    monkeypatch.setattr(ec2, "authorize_security_group_ingress", refuse)


def test_a_rule_that_somebody_wrote_just_now_is_as_good_and_stays(ec2, group, monkeypatch):
    refusing(ec2, monkeypatch, "InvalidPermission.Duplicate")
    with opened(ec2):
        pass
    assert rules(ec2, group) == OTHERS


def test_a_refusal_names_the_group_and_the_address(ec2, group, monkeypatch):
    refusing(ec2, monkeypatch, "RulesPerSecurityGroupLimitExceeded")
    with pytest.raises(Trouble, match=f"{HERE}/32 cannot be let in by security group 'shop-jump'.*Limit"), opened(ec2):
        raise AssertionError("nothing was opened")


def test_a_group_of_another_stack_is_none(ec2, group):
    ec2.create_tags(Resources=[group], Tags=[{"Key": "Stack", "Value": "other"}])
    with pytest.raises(Trouble, match=r"'shop-jump' of stack 'shop' was not found.*site\.yml"), opened(ec2):
        raise AssertionError("nothing was opened")
    assert rules(ec2, group) == OTHERS


@pytest.mark.parametrize(
    ("said", "right"), [("198.51.100.7\n", True), ("<html>", False), ("2001:db8::1", False), ("", False)]
)
def test_what_is_no_address_is_not_let_in(tmp_path, said, right):
    file = tmp_path / "ip"
    file.write_text(said)
    if right:
        assert address.own(file.as_uri()) == "198.51.100.7"
    else:
        with pytest.raises(Trouble, match="did not answer with an IPv4 address"):
            address.own(file.as_uri())
