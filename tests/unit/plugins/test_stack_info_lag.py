"""stack_info where AWS's lists lag: what they lack is asked for by name, what they still have is gone all the same."""

from __future__ import annotations

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._inventory import calls
from ansible_collections.railyard.aws.plugins.modules import stack_info
from botocore.client import BaseClient
from botocore.exceptions import ClientError

TAGS = [{"Key": "Stack", "Value": "railyard"}]


@pytest.fixture
def secrets(aws):
    return boto3.client("secretsmanager")


@pytest.fixture
def lagging(monkeypatch):
    """``lagging(operation, answer)``: that one operation answers what it is given, whatever there is."""
    call = BaseClient._make_api_call

    def freeze(operation, answer):
        def stale(self, asked, arguments):
            return answer if asked == operation else call(self, asked, arguments)

        monkeypatch.setattr(BaseClient, "_make_api_call", stale)

    return freeze


def look(run_module, **arguments):
    return run_module(stack_info, stack="railyard", kinds=["secrets"], **arguments)


@pytest.mark.parametrize("option", ["named", "require"])
def test_secret_that_was_just_made_is_found_by_its_name(secrets, lagging, run_module, option):
    secrets.create_secret(Name="/railyard/smtp", SecretString="{}", Tags=TAGS)
    lagging("ListSecrets", {"SecretList": []})
    assert look(run_module)["stack"]["secrets"] == {}
    found = look(run_module, **{option: {"secrets": ["/railyard/smtp"]}})
    assert list(found["stack"]["secrets"]) == ["/railyard/smtp"]


def test_secret_is_found_once_however_often_it_is_named(secrets, run_module):
    secrets.create_secret(Name="/railyard/smtp", SecretString="{}", Tags=TAGS)
    found = look(run_module, named={"secrets": ["/railyard/smtp", "/railyard/smtp", ""]})
    assert [one["name"] for one in found["resources"]] == ["/railyard/smtp"]


def test_secret_that_was_just_deleted_is_gone_though_it_is_listed(secrets, lagging, run_module):
    secrets.create_secret(Name="/railyard/smtp", SecretString="{}", Tags=TAGS)
    listed = secrets.list_secrets()
    secrets.delete_secret(SecretId="/railyard/smtp", ForceDeleteWithoutRecovery=True)
    lagging("ListSecrets", listed)
    assert look(run_module)["resources"] == []


def test_secret_on_its_way_out_is_not_used(secrets, run_module):
    secrets.create_secret(Name="/railyard/smtp", SecretString="{}", Tags=TAGS)
    secrets.delete_secret(SecretId="/railyard/smtp", RecoveryWindowInDays=7)
    assert look(run_module, named={"secrets": ["/railyard/smtp"]})["stack"]["secrets"] == {}


def test_secret_of_another_stack_is_not_ours_though_it_is_named(secrets, run_module):
    secrets.create_secret(Name="/railyard/smtp", SecretString="{}", Tags=[{"Key": "Stack", "Value": "other"}])
    assert look(run_module, named={"secrets": ["/railyard/smtp"]})["stack"]["secrets"] == {}


@pytest.mark.parametrize(
    ("named", "word"),
    [({"secret": ["a"]}, "named: 'secret' is no kind"), ({"secrets": "a"}, "named.secrets is 'a'")],
)
def test_what_cannot_be_named_is_refused(aws, run_module, named, word):
    assert word in look(run_module, named=named)["msg"]


#: How the services say it, each in its own words.
NOT_FOUND = (
    "CacheParameterGroupNotFound",
    "DBParameterGroupNotFound",
    "InvalidResourceId",
    "LoadBalancerNotFound",
    "NoSuchBucket",
    "NoSuchEntity",
    "NoSuchHostedZone",
    "NotFound",
    "NotFoundException",
    "ParameterNotFound",
    "ResourceNotFound",
    "ResourceNotFoundException",
    "TargetGroupNotFound",
)


def refusing(code, *gone):
    """Looks at an item, of which ``gone`` ones are refused."""

    def ask(items):
        if set(gone) & set(items):
            raise ClientError({"Error": {"Code": code, "Message": "gone"}}, "Describe")
        return list(items)

    return ask


@pytest.mark.parametrize("code", NOT_FOUND)
def test_what_went_meanwhile_is_left_out(code):
    ask = refusing(code, "b")
    assert calls.still_there(lambda item: ask([item])[0], ["a", "b", "c"]) == ["a", "c"]
    assert calls.in_chunks(ask, ["a", "b", "c", "d"], 3) == ["a", "c", "d"]


def test_other_refusals_are_errors():
    ask = refusing("AccessDenied", "b")
    with pytest.raises(ClientError):
        calls.in_chunks(ask, ["a", "b"], 3)


def arn(service, rest):
    return f"arn:aws:{service}:ap-northeast-1:123456789012:{rest}"


@pytest.mark.parametrize(
    ("kind", "operation", "answer"),
    [
        ("buckets", "ListBuckets", {"Buckets": [{"Name": "railyard-gone-ap-northeast-1"}]}),
        ("parameters", "GetParametersByPath", {"Parameters": [{"Name": "/railyard/gone"}]}),
        ("iam_roles", "ListRoles", {"Roles": [{"RoleName": "gone"}]}),
        ("iam_groups", "ListGroups", {"Groups": [{"GroupName": "gone"}]}),
        ("topics", "ListTopics", {"Topics": [{"TopicArn": arn("sns", "railyard-gone")}]}),
        ("hosted_zones", "ListHostedZones", {"HostedZones": [{"Id": "/hostedzone/Z0GONE", "Name": "gone."}]}),
        (
            "target_groups",
            "DescribeTargetGroups",
            {"TargetGroups": [{"TargetGroupArn": arn("elasticloadbalancing", "targetgroup/gone/1")}]},
        ),
        ("mail_identities", "ListEmailIdentities", {"EmailIdentities": [{"IdentityName": "gone.example"}]}),
        (
            "certificates",
            "ListCertificates",
            {"CertificateSummaryList": [{"CertificateArn": arn("acm", "certificate/1")}]},
        ),
    ],
)
def test_list_of_a_kind_may_name_what_is_gone(aws, run_module, lagging, kind, operation, answer):
    lagging(operation, answer)
    result = run_module(stack_info, stack="railyard", kinds=[kind])
    assert result.get("resources") == [], result.get("msg")
