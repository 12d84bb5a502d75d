"""The module of the account's identity providers: shared by stacks, and by whoever else uses one."""

from __future__ import annotations

import json

import boto3
import pytest
from ansible_collections.railyard.aws.plugins.modules import iam_oidc_provider
from botocore.client import BaseClient
from botocore.exceptions import ClientError

from sandbox.core.settings import Settings
from sandbox.services.iam.overrides import oidc_providers

URL = "https://token.actions.githubusercontent.com"
ARN = "arn:aws:iam::123456789012:oidc-provider/token.actions.githubusercontent.com"
TAGS = {"ManagedBy": "railyard.aws", "Name": "token.actions.githubusercontent.com"}
OURS, PATH = {"url": URL, "client_ids": ["sts.amazonaws.com"], "tags": TAGS}, "/railyard/shop/ap-northeast-1/"


@pytest.fixture
def iam(aws, monkeypatch):
    from moto.iam.responses import IamResponse

    for name in ("add_client_id_to", "remove_client_id_from"):
        monkeypatch.setattr(IamResponse, f"{name}_open_id_connect_provider", None, raising=False)
    oidc_providers.apply(Settings.from_environment({}))
    return boto3.client("iam")


@pytest.fixture
def ensure(run_module, iam):
    return lambda check=False, **more: run_module(iam_oidc_provider, check=check, **{**OURS, **more})


def described(iam, arn: str = ARN) -> dict:
    found = iam.get_open_id_connect_provider(OpenIDConnectProviderArn=arn)
    tags = {tag["Key"]: tag["Value"] for tag in found.get("Tags", [])}
    return {"client_ids": sorted(found["ClientIDList"]), "thumbprints": found["ThumbprintList"], "tags": tags}


def arns(iam) -> list[str]:
    return [one["Arn"] for one in iam.list_open_id_connect_providers()["OpenIDConnectProviderList"]]


def trusting(iam, name: str, principal: object, path: str = "/") -> None:
    statement = {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRoleWithWebIdentity"}
    document = json.dumps({"Version": "2012-10-17", "Statement": statement})
    iam.create_role(RoleName=name, Path=path, AssumeRolePolicyDocument=document)


def test_created_with_its_audience_and_tags_and_no_thumbprint(ensure, iam):
    result = ensure()
    assert result["changed"]
    assert result["provider"] == {"arn": ARN, "url": URL, "client_ids": ["sts.amazonaws.com"], "own": True}
    assert described(iam) == {"client_ids": ["sts.amazonaws.com"], "thumbprints": [], "tags": TAGS}


def test_second_run_changes_nothing_with_a_slash_at_the_end_neither(ensure, iam):
    first = ensure()
    again = ensure(url=f"{URL}/")
    assert not again["changed"] and again["provider"] == first["provider"]
    assert arns(iam) == [ARN]


def test_check_mode_on_an_empty_account_makes_nothing(ensure, iam):
    result = ensure(check=True)
    assert result["changed"] and result["provider"]["arn"] == "" and result["diff"]["after"]["url"] == URL
    assert arns(iam) == []


def test_provider_of_somebody_else_gets_the_audience_and_keeps_its_tags_and_others_audiences(ensure, iam):
    iam.create_open_id_connect_provider(
        Url=URL, ThumbprintList=["a" * 40], ClientIDList=["theirs"], Tags=[{"Key": "ManagedBy", "Value": "terraform"}]
    )
    planned = ensure(check=True)
    assert described(iam)["client_ids"] == ["theirs"], "check mode"
    result = ensure()
    assert result["diff"] == planned["diff"] and not result["provider"]["own"]
    assert result["diff"]["after"] == {"client_ids": ["sts.amazonaws.com", "theirs"]}
    assert described(iam) == {
        "client_ids": ["sts.amazonaws.com", "theirs"],
        "thumbprints": ["a" * 40],
        "tags": {"ManagedBy": "terraform"},
    }
    assert not ensure()["changed"]


def test_audiences_go_only_where_it_is_said_and_thumbprints_are_mended(ensure, iam):
    ensure(client_ids=["sts.amazonaws.com", "old"])
    assert not ensure()["changed"]
    result = ensure(purge_client_ids=True, thumbprints=["b" * 40])
    assert result["diff"]["before"] == {"client_ids": ["old", "sts.amazonaws.com"], "thumbprints": []}
    assert described(iam) == {"client_ids": ["sts.amazonaws.com"], "thumbprints": ["b" * 40], "tags": TAGS}
    assert not ensure(purge_client_ids=True, thumbprints=["B" * 40])["changed"]


def test_tags_of_ones_own_are_mended(ensure, iam):
    ensure(tags={**TAGS, "Old": "x"})
    result = ensure()
    assert result["diff"]["before"] == {"tags": {"Old": "x"}}
    assert described(iam)["tags"] == TAGS


@pytest.mark.parametrize("principal", [{"Federated": ARN}, {"Federated": ["cognito-identity.amazonaws.com", ARN]}])
def test_not_removed_while_a_role_of_another_stack_trusts_it(ensure, iam, principal):
    ensure()
    trusting(iam, "shop-ci-deploy", {"Federated": ARN}, PATH)
    trusting(iam, "other-ci-deploy", principal, "/railyard/other/ap-northeast-1/")
    result = ensure(state="absent", except_path=PATH)
    assert (result["changed"], result["used_by"]) == (False, ["other-ci-deploy"])
    assert "1 role trusts it" in result["kept"] and arns(iam) == [ARN]
    iam.delete_role(RoleName="other-ci-deploy")
    planned = ensure(check=True, state="absent", except_path=PATH)
    assert planned["changed"] and arns(iam) == [ARN]
    result = ensure(state="absent", except_path=PATH)
    assert (result["changed"], result["used_by"], result["kept"]) == (True, [], "") and arns(iam) == []
    assert not ensure(state="absent", except_path=PATH)["changed"]


def test_roles_that_trust_others_do_not_keep_it(ensure, iam):
    ensure()
    trusting(iam, "servers", {"Service": "ec2.amazonaws.com"})
    trusting(iam, "anybody", "*")
    trusting(iam, "gitlab", {"Federated": "arn:aws:iam::123456789012:oidc-provider/gitlab.com"})
    assert ensure(state="absent")["changed"]


def test_own_role_keeps_it_without_a_path(ensure, iam):
    ensure()
    trusting(iam, "shop-ci-deploy", {"Federated": ARN}, PATH)
    assert ensure(state="absent")["used_by"] == ["shop-ci-deploy"]


@pytest.mark.parametrize("tags", [[], [{"Key": "ManagedBy", "Value": "terraform"}]])
def test_provider_of_somebody_else_is_not_removed_though_nobody_uses_it(ensure, iam, tags):
    iam.create_open_id_connect_provider(Url=URL, ClientIDList=["sts.amazonaws.com"], ThumbprintList=[], Tags=tags)
    result = ensure(state="absent")
    assert not result["changed"] and "somebody else made it" in result["kept"] and arns(iam) == [ARN]
    assert ensure(state="absent", owner_tag="")["changed"]


def test_issuer_with_a_path_is_another_provider_than_its_host(ensure, iam):
    ensure()
    result = ensure(url="https://ghe.example.com/_services/token")
    assert result["provider"]["arn"].endswith(":oidc-provider/ghe.example.com/_services/token")
    assert len(arns(iam)) == 2


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"url": "http://token.actions.githubusercontent.com"}, "url is 'http://"),
        ({"url": "https://ghe.example.com:8443"}, "url is 'https://ghe.example.com:8443'"),
        ({"client_ids": []}, "give client_ids, for example"),
        ({"thumbprints": ["69:38"]}, "thumbprints has '69:38'; write 40 hexadecimal digits"),
    ],
)
def test_wrong_options_are_named_with_what_to_write(ensure, iam, arguments, said):
    result = ensure(**arguments)
    assert result["failed"] and said in result["msg"] and arns(iam) == []


def test_error_of_aws_names_the_provider(ensure, monkeypatch):
    def refuse(self, operation, arguments):
        raise ClientError({"Error": {"Code": "AccessDenied", "Message": "not for you"}}, operation)

    monkeypatch.setattr(BaseClient, "_make_api_call", refuse)
    result = ensure()
    assert result["failed"] and f"OpenID Connect provider '{URL}' could not be kept" in result["msg"]
