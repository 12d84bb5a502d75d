"""A whole stack as a template of CloudFormation, judged by cfn-lint."""

from __future__ import annotations

import dataclasses
import json
import re
import stat
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from cfnlint import api
from cfnlint.schema.manager import PROVIDER_SCHEMA_MANAGER
from export_lab import REGION, SECRET, STACK

from tools.export import __main__ as command
from tools.export import account, template
from tools.export.resource import Left, Resource
from tools.verbs.trouble import Trouble

REGIONS = ["ap-northeast-1", "us-east-1", "eu-central-1"]


@pytest.fixture(scope="module")
def found(clients) -> account.Found:
    return account.look(clients, STACK, REGION)


@pytest.fixture(scope="module")
def body(found) -> dict[str, Any]:
    return command.made(found, STACK, REGION, False)[0]


def properties(body: dict[str, Any], type_: str) -> list[dict[str, Any]]:
    return [one["Properties"] for one in body["Resources"].values() if one["Type"] == f"AWS::{type_}"]


def test_cfn_lint_finds_nothing_in_three_regions(body):
    assert len(body["Resources"]) > 70
    assert [f"{match.rule.id} {match.message}" for match in api.lint(command.text_of(body), regions=REGIONS)] == []


def test_cfn_lint_would_find_something(body):
    wrong = json.loads(json.dumps(body))
    next(iter(wrong["Resources"].values()))["Properties"]["CidrBlock"] = "10.0.0.0/99"
    assert api.lint(command.text_of({**wrong, "Resources": dict([next(iter(wrong["Resources"].items()))])}))


def test_every_kind_of_the_stack_is_there(body):
    types = {one["Type"].removeprefix("AWS::") for one in body["Resources"].values()}
    assert types >= {
        *("EC2::VPC", "EC2::Subnet", "EC2::NatGateway", "EC2::EIP", "EC2::Route", "EC2::NetworkAclEntry"),
        *("EC2::SecurityGroup", "EC2::SecurityGroupIngress", "EC2::Instance"),
        *("EC2::NetworkInterface", "EC2::EIPAssociation", "EC2::LaunchTemplate", "AutoScaling::AutoScalingGroup"),
        *("EC2::VPCEndpoint", "EC2::FlowLog", "EC2::KeyPair", "S3::Bucket", "S3::BucketPolicy", "SES::ReceiptRule"),
        *("ElasticLoadBalancingV2::LoadBalancer", "ElasticLoadBalancingV2::Listener"),
        *("ElasticLoadBalancingV2::TargetGroup", "ElasticLoadBalancingV2::ListenerRule"),
        *("RDS::DBInstance", "RDS::DBParameterGroup", "RDS::OptionGroup", "ElastiCache::ReplicationGroup"),
        *("Route53::HostedZone", "Route53::RecordSet", "CertificateManager::Certificate", "SES::EmailIdentity"),
        *("IAM::Role", "IAM::InstanceProfile", "IAM::Group", "IAM::User", "IAM::ManagedPolicy"),
        *("CloudWatch::Alarm", "CloudWatch::Dashboard", "SNS::Topic", "SNS::Subscription", "Logs::LogGroup"),
        *("SSM::Parameter", "SecretsManager::Secret", "Budgets::Budget"),
    }


def test_a_budget_counts_and_tells_as_it_does(body):
    (found,) = properties(body, "Budgets::Budget")
    assert found["Budget"]["BudgetLimit"] == {"Amount": 99.5, "Unit": "USD"}
    assert found["Budget"]["CostFilters"] == {"TagKeyValue": [f"user:Stack${STACK}"]}
    (told,) = found["NotificationsWithSubscribers"]
    assert (told["Notification"]["Threshold"], told["Subscribers"][0]["Address"]) == (80.0, "kim@example.com")


def test_nothing_is_removed_with_the_template(body):
    policies = {(one["DeletionPolicy"], one["UpdateReplacePolicy"]) for one in body["Resources"].values()}
    assert policies == {("Retain", "Retain")}


def test_it_holds_no_secret(found):
    template_body, to_import = command.made(found, STACK, REGION, False)
    assert SECRET not in command.text_of(template_body) + json.dumps(to_import)
    (database,) = properties(template_body, "RDS::DBInstance")
    assert database["MasterUserPassword"] == "{{resolve:secretsmanager:railyard/master:SecretString:password}}"


def test_what_stands_on_something_refers_to_it(body):
    text = yaml.safe_dump(body["Resources"])
    ids = r"\b(?:vpc|subnet|igw|nat|eni|lt|rtb|sg|acl|i|eipalloc)-[0-9a-f]{8,17}\b"
    assert re.findall(ids, text) == []
    assert re.findall(r"arn:aws:(?:sns|elasticloadbalancing|acm|s3):\S+", text) == []
    (balancer, *_others) = [one for one in properties(body, "EC2::SecurityGroup") if one["GroupName"].endswith("-alb")]
    (outward,) = balancer["SecurityGroupEgress"]
    assert outward["DestinationSecurityGroupId"] == {"Fn::GetAtt": ["SecurityGroupRailyardWeb", "GroupId"]}
    (instance,) = properties(body, "EC2::Instance")
    assert instance["IamInstanceProfile"] == {"Ref": "InstanceProfileRailyardApNortheast1Web"}
    (parts,) = [one for one in properties(body, "Route53::RecordSet") if one["Type"] == "AAAA"]
    behind = {"Fn::GetAtt": ["LoadBalancerRailyard", "DNSName"]}
    assert parts["AliasTarget"]["DNSName"] == {"Fn::Join": [".", ["dualstack", behind]]}


def test_a_nat_instance_is_what_the_next_one_is_launched_from(body):
    (interface,), (template_of,) = properties(body, "EC2::NetworkInterface"), properties(body, "EC2::LaunchTemplate")
    (group,) = properties(body, "AutoScaling::AutoScalingGroup")
    refers = {"Ref": "NetworkInterfaceRailyardNatInstance"}
    data = template_of["LaunchTemplateData"]
    assert (interface["SourceDestCheck"], data["NetworkInterfaces"][0]["NetworkInterfaceId"]) == (False, refers)
    assert data["MetadataOptions"]["HttpTokens"] == "required" and "UserData" not in data
    assert group["LaunchTemplate"] == {"LaunchTemplateId": {"Ref": "LaunchTemplateRailyardNatInstance"}, "Version": "1"}
    assert [one["NetworkInterfaceId"] for one in properties(body, "EC2::EIPAssociation")] == [refers]
    assert refers in [one.get("NetworkInterfaceId") for one in properties(body, "EC2::Route")]


def test_a_word_that_is_also_a_name_stays_a_word(body):
    (database,) = properties(body, "RDS::DBInstance")
    assert database["DBName"] == STACK
    assert database["DBSubnetGroupName"] == {"Ref": "DBSubnetGroupRailyard"}
    assert {"Key": "Stack", "Value": STACK} in database["Tags"]


def test_variables_of_a_policy_are_left_to_iam(body):
    (group,) = properties(body, "IAM::Group")
    (statement,) = group["Policies"][0]["PolicyDocument"]["Statement"]
    assert statement["Resource"].endswith("/${aws:username}")


def test_what_is_gone_is_not_there(body):
    assert [one for one in body["Resources"] if "Web09" in one] == []


def test_an_import_finds_each_by_what_cloudformation_takes(found):
    whole, to_import = command.made(found, STACK, REGION, False)
    assert {one["LogicalResourceId"] for one in to_import} < set(whole["Resources"])
    for one in to_import:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", one["ResourceType"]).schema
        identifier = [path.removeprefix("/properties/") for path in schema["primaryIdentifier"]]
        assert sorted(one["ResourceIdentifier"]) == sorted(identifier), one["ResourceType"]
        assert all(one["ResourceIdentifier"].values()), one
    for type_ in {one.type for one in found.resources}:
        schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", f"AWS::{type_}").schema
        assert ("read" not in schema["handlers"]) == (type_ in template.NOT_IMPORTABLE), type_


def test_what_cannot_be_imported_is_named_and_can_be_left_out(found):
    part, to_import = command.made(found, STACK, REGION, True)
    assert {one["LogicalResourceId"] for one in to_import} == set(part["Resources"])
    notes = part["Metadata"]["Export"]["NotImportable"]
    assert "EC2::NetworkAclEntry railyard-public in 100" in notes
    assert [one for one in notes if one.startswith("Route53::RecordSet")] != []


def test_what_is_not_exported_is_listed_with_the_reason(body):
    text = "\n".join(body["Metadata"]["Export"]["NotExported"])
    for part in ("/railyard/hidden", "master password", "railyard-old", "by https", "/railyard/app/release"):
        assert part in text, part
    assert "otherwise than expected" not in text


def test_a_kind_that_nobody_knows_and_a_thing_that_is_odd_are_listed(clients, monkeypatch):
    def odd(raw, _clients):
        return [Resource("SNS::Topic", raw["Colour"], {}, {})]

    monkeypatch.setitem(account.EXPORTS, "topics", odd)
    monkeypatch.delitem(account.EXPORTS, "key_pairs")
    monkeypatch.setattr(account, "KINDS", {kind: account.KINDS[kind] for kind in ("vpc", "topics", "key_pairs")})
    some = account.look(clients, STACK, REGION)
    assert [one.type for one in some.resources] == ["EC2::VPC"]
    assert some.left == [
        Left("Topic railyard-alarms", "AWS describes it otherwise than expected (KeyError: 'Colour')"),
        Left("Key pair railyard", "is of a kind that tools/export/services does not know yet"),
    ]


def test_a_circle_is_broken_and_equal_names_are_told_apart():
    one = Resource("IAM::Role", "a", {"Description": "arn:b"}, {"RoleName": "a"}, {"arn:a": "Arn"})
    two = dataclasses.replace(one, properties={"Description": "arn:a"}, known_by={"arn:b": "Arn"})
    made, _to_import = template.build([one, two], "", {})
    assert [body["Properties"]["Description"] for body in made["Resources"].values()] == [
        {"Fn::GetAtt": ["RoleAN2", "Arn"]},
        "arn:a",
    ]


class Settings:
    """Says which stack and region, in the place of Ansible's inventory."""

    stack = STACK

    def __init__(self, _extra: list[str], _sources: list[str]) -> None:
        pass

    def ask(self, _expression: str) -> dict[str, str]:
        return {"stack": self.stack, "region": REGION}


@pytest.fixture
def settings(clients, monkeypatch) -> type[Settings]:
    """The command finds the stack and the account here."""
    monkeypatch.setattr(command, "Stack", Settings)
    monkeypatch.setattr("boto3.session.Session", lambda region_name: SimpleNamespace(client=clients))
    return Settings


def test_the_command_writes_both_files_for_their_owner_only(settings, monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(account, "KINDS", {kind: account.KINDS[kind] for kind in ("vpc", "parameters")})
    monkeypatch.setenv("ARGS", f"{tmp_path}/new/mine.yml")
    for _again in range(2):
        assert command.main(["--make"]) == 0
    path = tmp_path / "new" / "mine.yml"
    assert list(yaml.safe_load(path.read_text())["Resources"]) == ["VPCRailyard", "ParameterRailyardAgent"]
    (vpc, _parameter) = json.loads((tmp_path / "new" / "mine.import.json").read_text())
    assert vpc["ResourceType"] == "AWS::EC2::VPC" and vpc["ResourceIdentifier"]["VpcId"].startswith("vpc-")
    assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}
    said = capsys.readouterr().out
    assert "--change-set-type IMPORT" in said and f"file://{path}" in said and "Not exported:" in said


def test_the_command_says_what_is_wrong(settings, monkeypatch, tmp_path, capsys):
    with pytest.raises(Trouble, match=r"'mine.txt' is no name of a template; write one that ends with .yml"):
        command.export(["mine.txt"])
    monkeypatch.setattr(settings, "stack", "shop")
    monkeypatch.setattr(account, "KINDS", {"vpc": account.KINDS["vpc"]})
    assert command.main([str(tmp_path / "shop.yml")]) == 2
    assert "Nothing of stack 'shop' was found in ap-northeast-1. `make site` makes it" in capsys.readouterr().err
    assert list(Path(tmp_path).iterdir()) == []
