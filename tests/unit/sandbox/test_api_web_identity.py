"""Who becomes a role by a token of an identity provider: judged by signature, time, audience and trust policy."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import replace

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from joserfc import jwt
from joserfc.jwk import KeySet, OctKey

from sandbox.core.issuer import AUDIENCE, DISCOVERY, GITHUB, Issuer, github_claims, timed
from sandbox.core.settings import PROJECT

ACCOUNT = "123456789012"
HOST = GITHUB.removeprefix("https://")
PROVIDER = f"arn:aws:iam::{ACCOUNT}:oidc-provider/{HOST}"
#: As the role iam writes them.
SUBJECTS = {
    "plan": {"StringEquals": {f"{HOST}:sub": ["repo:octo/shop:pull_request", "repo:octo/shop:ref:refs/heads/main"]}},
    "deploy": {"StringEquals": {f"{HOST}:sub": "repo:octo/shop:ref:refs/heads/main"}},
    "approved": {"StringEquals": {f"{HOST}:sub": "repo:octo/shop:environment:production"}},
    "releases": {"StringLike": {f"{HOST}:sub": "repo:octo/shop:ref:refs/heads/release/*"}},
}


def trust(conditions: dict) -> str:
    audience = {f"{HOST}:aud": AUDIENCE}
    merged = {**conditions, "StringEquals": {**conditions.get("StringEquals", {}), **audience}}
    statement = {
        "Effect": "Allow",
        "Principal": {"Federated": PROVIDER},
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": merged,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


@pytest.fixture(scope="module", autouse=True)
def account(api):
    iam = api.client("iam")
    iam.create_open_id_connect_provider(Url=GITHUB, ClientIDList=[AUDIENCE], ThumbprintList=[])
    for name, conditions in SUBJECTS.items():
        iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust(conditions))
    seeing = {"Effect": "Allow", "Action": "ec2:DescribeVpcs", "Resource": "*"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": seeing})
    iam.put_role_policy(RoleName="plan", PolicyName="plan", PolicyDocument=policy)
    iam.create_role(RoleName="servers", AssumeRolePolicyDocument=trust({}).replace(PROVIDER, PROVIDER[:-1]))


@pytest.fixture
def issuer(api):
    return Issuer(api.settings)


@pytest.fixture
def assume(api):
    sts = boto3.client(
        "sts",
        endpoint_url=api.settings.endpoint,
        region_name=api.settings.region,
        config=Config(signature_version=UNSIGNED, retries={"max_attempts": 1}),
    )

    def assume(role: str, token: str, **more) -> dict:
        arn = role if role.startswith("arn:") else f"arn:aws:iam::{ACCOUNT}:role/{role}"
        return sts.assume_role_with_web_identity(RoleArn=arn, RoleSessionName="ci", WebIdentityToken=token, **more)

    return assume


def code_of(call, *arguments, **named) -> str:
    with pytest.raises(ClientError) as raised:
        call(*arguments, **named)
    return raised.value.response["Error"]["Code"]


def token_of(issuer, *, issuing: str = GITHUB, audience: str = AUDIENCE, lasts: int = 300, **who) -> str:
    return issuer.sign(timed(github_claims(**{"repository": "octo/shop", **who}), issuing, audience, lasts))


@pytest.mark.parametrize(
    ("role", "who"),
    [
        ("deploy", {}),
        ("plan", {}),
        ("plan", {"event": "pull_request", "ref": "refs/pull/7/merge"}),
        ("approved", {"environment": "production"}),
        ("releases", {"ref": "refs/heads/release/8.1"}),
    ],
)
def test_who_the_trust_policy_means_becomes_the_role(assume, issuer, role, who):
    answer = assume(role, token_of(issuer, **who))
    assert f":assumed-role/{role}/ci" in answer["AssumedRoleUser"]["Arn"]


@pytest.mark.parametrize(
    ("role", "who"),
    [
        ("deploy", {"event": "pull_request", "ref": "refs/pull/7/merge"}),
        ("deploy", {"ref": "refs/heads/feature"}),
        ("deploy", {"ref": "refs/tags/main"}),
        ("deploy", {"repository": "octo/other"}),
        ("deploy", {"repository": "mallory/shop"}),
        ("deploy", {"repository": "OCTO/shop"}),
        # An environment, whoever may use it, is not the branch.
        ("deploy", {"environment": "staging"}),
        ("approved", {"environment": "staging"}),
        ("approved", {}),
        ("releases", {"ref": "refs/heads/main"}),
        ("plan", {"ref": "refs/heads/feature"}),
        # Of another provider, and none at all.
        ("servers", {}),
        ("nobody", {}),
        (f"arn:aws:iam::{ACCOUNT}:role/elsewhere/deploy", {}),
    ],
)
def test_who_it_does_not_mean_is_refused(assume, issuer, role, who):
    assert code_of(assume, role, token_of(issuer, **who)) == "AccessDenied"


def test_a_token_for_another_audience_is_refused(assume, issuer, api):
    assert code_of(assume, "deploy", token_of(issuer, audience="https://github.com/octo")) == "InvalidIdentityToken"
    iam = api.client("iam")
    known = {"OpenIDConnectProviderArn": PROVIDER, "ClientID": "others"}
    iam.add_client_id_to_open_id_connect_provider(**known)
    # The provider takes it by now, and the role does not.
    assert code_of(assume, "deploy", token_of(issuer, audience="others")) == "AccessDenied"
    iam.remove_client_id_from_open_id_connect_provider(**known)
    assert code_of(assume, "deploy", token_of(issuer, audience="others")) == "InvalidIdentityToken"


@pytest.mark.parametrize("lasts", [0, -1, -3600])
def test_a_token_that_is_over_is_refused(assume, issuer, lasts):
    assert code_of(assume, "deploy", token_of(issuer, lasts=lasts)) == "ExpiredTokenException"


def test_a_token_of_tomorrow_and_one_that_never_ends_are_refused(assume, issuer):
    claims = timed(github_claims("octo/shop"))
    tomorrow = {**claims, "iat": claims["iat"] + 86400, "nbf": claims["nbf"] + 86400, "exp": claims["exp"] + 86400}
    endless = {name: value for name, value in claims.items() if name != "exp"}
    for wrong in (tomorrow, endless, {**claims, "exp": "9999999999"}):
        assert code_of(assume, "deploy", issuer.sign(wrong)) == "InvalidIdentityToken"


def test_a_token_that_another_key_signed_is_refused(assume, issuer, api, tmp_path):
    stranger = Issuer(replace(api.settings, home=tmp_path / "other"))
    assert code_of(assume, "deploy", token_of(stranger)) == "InvalidIdentityToken"
    # What one says was changed after it was signed.
    head, _body, signature = token_of(issuer, repository="mallory/shop").split(".")
    body = base64.urlsafe_b64encode(json.dumps(timed(github_claims("octo/shop"))).encode()).decode().rstrip("=")
    assert code_of(assume, "deploy", f"{head}.{body}.{signature}") == "InvalidIdentityToken"


def test_a_token_without_a_signature_or_by_the_public_key_as_a_password_is_refused(assume, issuer):
    claims = timed(github_claims("octo/shop"))
    body = base64.urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
    for algorithm in ("none", "NONE", "RS256"):
        head = base64.urlsafe_b64encode(json.dumps({"alg": algorithm}).encode()).decode().rstrip("=")
        assert code_of(assume, "deploy", f"{head}.{body}.") == "InvalidIdentityToken"
    public = json.dumps(issuer.keys()["keys"][0])
    confused = jwt.encode({"alg": "HS256"}, claims, OctKey.import_key(public), algorithms=["HS256"])
    assert code_of(assume, "deploy", confused) == "InvalidIdentityToken"


@pytest.mark.parametrize("token", ["a.b.c", "eyJhbGciOiJSUzI1NiJ9.W10.AA", "not-a-token-at-all"])
def test_what_is_no_token_is_refused(assume, token):
    assert code_of(assume, "deploy", token) == "InvalidIdentityToken"


def test_an_issuer_that_the_account_does_not_know_is_refused(assume, issuer):
    assert code_of(assume, "deploy", token_of(issuer, issuing="https://gitlab.com")) == "InvalidIdentityToken"


def test_another_account_has_providers_of_its_own(assume, issuer):
    foreign = "arn:aws:iam::210987654321:role/deploy"
    assert code_of(assume, foreign, token_of(issuer)) == "InvalidIdentityToken"


def test_who_signs_the_request_besides_is_judged_by_the_token_all_the_same(api, issuer):
    administrator = api.client("sts")
    arguments = {"RoleArn": f"arn:aws:iam::{ACCOUNT}:role/deploy", "RoleSessionName": "ci"}
    wrong = token_of(issuer, repository="mallory/shop")
    assert code_of(administrator.assume_role_with_web_identity, WebIdentityToken=wrong, **arguments) == "AccessDenied"
    assert administrator.assume_role_with_web_identity(WebIdentityToken=token_of(issuer), **arguments)["Credentials"]


def test_an_assertion_of_saml_gives_no_session(api):
    arguments = {
        "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/deploy",
        "PrincipalArn": f"arn:aws:iam::{ACCOUNT}:saml-provider/any",
        "SAMLAssertion": base64.b64encode(b"<Response/>").decode(),
    }
    assert code_of(api.client("sts").assume_role_with_saml, **arguments) == "InvalidAction"


@pytest.mark.parametrize("seconds", [899, 3601])
def test_a_session_is_no_longer_than_the_role_says(assume, issuer, seconds, api):
    if seconds > 900:
        assert code_of(assume, "deploy", token_of(issuer), DurationSeconds=seconds) == "ValidationError"
        api.client("iam").update_role(RoleName="releases", MaxSessionDuration=7200)
        long = token_of(issuer, ref="refs/heads/release/8.1")
        assert assume("releases", long, DurationSeconds=seconds)["Credentials"]
    else:
        claims = {"WebIdentityToken": token_of(issuer), "RoleArn": f"arn:aws:iam::{ACCOUNT}:role/deploy"}
        # The client would refuse it by itself.
        form = {"Action": "AssumeRoleWithWebIdentity", "Version": "2011-06-15", "RoleSessionName": "ci", **claims}
        data = urllib.parse.urlencode({**form, "DurationSeconds": str(seconds)}).encode()
        with pytest.raises(urllib.error.HTTPError) as raised:
            urllib.request.urlopen(api.settings.endpoint, data)
        assert raised.value.code == 400 and b"ValidationError" in raised.value.read()


def command(api, *words: str) -> subprocess.CompletedProcess:
    environment = {
        **os.environ,
        "RAILYARD_SANDBOX_NAME": api.settings.name,
        "RAILYARD_SANDBOX_HOME": str(api.settings.home),
        "RAILYARD_SANDBOX_PORT": str(api.settings.api_port),
    }
    argv = [sys.executable, "-m", "sandbox", "ci-token", *words]
    return subprocess.run(argv, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)


def test_boto3_becomes_the_role_by_the_commands_token_and_may_do_what_it_may(api, tmp_path, monkeypatch):
    file = tmp_path / "token"
    words = ("--repository", "octo/shop", "--event", "pull_request", "--file", str(file))
    assert command(api, *words).stdout == ""
    assert file.stat().st_mode & 0o777 == 0o600
    for name in list(os.environ):
        if name.startswith("AWS_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_ENDPOINT_URL", api.settings.endpoint)
    monkeypatch.setenv("AWS_WEB_IDENTITY_TOKEN_FILE", str(file))
    monkeypatch.setenv("AWS_ROLE_ARN", f"arn:aws:iam::{ACCOUNT}:role/plan")
    session = boto3.session.Session(region_name=api.settings.region)
    assert ":assumed-role/plan/" in session.client("sts").get_caller_identity()["Arn"]
    ec2 = session.client("ec2")
    assert ec2.describe_vpcs()["Vpcs"]
    assert code_of(ec2.create_vpc, CidrBlock="10.0.0.0/16") == "UnauthorizedOperation"
    # The same token makes nobody the role that deploys.
    monkeypatch.setenv("AWS_ROLE_ARN", f"arn:aws:iam::{ACCOUNT}:role/deploy")
    deploying = boto3.session.Session(region_name=api.settings.region).client("sts")
    assert code_of(deploying.get_caller_identity) == "AccessDenied"


def test_command_prints_a_token_and_refuses_a_name_that_is_no_repository(api, issuer):
    said = command(api, "--repository", "octo/shop", "--environment", "production")
    claims = issuer.claims_of(said.stdout.strip())
    assert claims["sub"] == "repo:octo/shop:environment:production" and claims["exp"] - claims["iat"] == 300
    wrong = command(api, "--repository", "shop")
    assert wrong.returncode == 2 and "octo/shop" in wrong.stderr


def test_the_issuer_shows_its_public_key_and_no_more(api, issuer):
    with urllib.request.urlopen(f"{api.settings.endpoint}{DISCOVERY}") as answer:
        said = json.load(answer)
    assert said["issuer"] == GITHUB and said["jwks_uri"].startswith("http://127.0.0.1:")
    with urllib.request.urlopen(said["jwks_uri"]) as answer:
        keys = json.load(answer)
    assert set(keys["keys"][0]) == {"kty", "n", "e", "kid", "use", "alg"}
    shown = KeySet.import_key_set(keys)
    assert jwt.decode(token_of(issuer), shown, algorithms=["RS256"]).claims["repository"] == "octo/shop"
    key = api.settings.home / "issuer" / "key.pem"
    assert key.stat().st_mode & 0o777 == 0o600


def test_a_security_group_is_told_by_its_tags(api, issuer, assume):
    ec2, iam = api.client("ec2"), api.client("iam")
    vpc = ec2.create_vpc(CidrBlock="10.9.0.0/16")["Vpc"]["VpcId"]
    groups = {}
    for name in ("jump", "web"):
        made = ec2.create_security_group(GroupName=name, Description=name, VpcId=vpc)
        groups[name] = made["GroupId"]
        ec2.create_tags(Resources=[made["GroupId"]], Tags=[{"Key": "Name", "Value": name}])
    statement = {
        "Effect": "Allow",
        "Action": "ec2:AuthorizeSecurityGroupIngress",
        "Resource": f"arn:aws:ec2:{api.settings.region}:{ACCOUNT}:security-group/*",
        "Condition": {"StringEquals": {"aws:ResourceTag/Name": "jump"}},
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_role_policy(RoleName="deploy", PolicyName="deploy", PolicyDocument=policy)
    got = assume("deploy", token_of(issuer))["Credentials"]
    deploying = boto3.client(
        "ec2",
        endpoint_url=api.settings.endpoint,
        region_name=api.settings.region,
        aws_access_key_id=got["AccessKeyId"],
        aws_secret_access_key=got["SecretAccessKey"],
        aws_session_token=got["SessionToken"],
    )
    rule = {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "CidrIp": "203.0.113.7/32"}
    assert deploying.authorize_security_group_ingress(GroupId=groups["jump"], **rule)["Return"]
    assert code_of(deploying.authorize_security_group_ingress, GroupId=groups["web"], **rule) == "UnauthorizedOperation"
