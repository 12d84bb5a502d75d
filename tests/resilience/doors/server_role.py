"""The servers' role: with a server's own credentials the documented actions pass, and nothing else of AWS does.

What a server has the SDK's descriptions for is asked from there; the rest with the same credentials from outside, as by
somebody who stole them.
"""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

import botocore.session
import yaml
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from tests.e2e.account import STACK
from tests.e2e.lab import Lab
from tests.integration.sdk import SERVICES, Call, Host
from tests.resilience.doors import stack
from tests.resilience.doors.metadata import BASE, token
from tests.resilience.record import Record

SECONDS = 60.0
TABLE = Path(__file__).with_name("actions.yml")
#: Words of AWS for what somebody may not do.
REFUSALS = {
    "AccessDenied",
    "AccessDeniedException",
    "UnauthorizedOperation",
    "AuthorizationError",
    "AuthorizationErrorException",
}
#: Words for what nobody can ask of the sandbox: that is no proof.
NOT_EMULATED = {"InvalidAction", "UnknownOperationException", "NotImplemented", "501", "404"}
#: How many refused actions of the table are tried, and how many that chance takes of the SDK's models.
CHOICE, BY_CHANCE = 40, 120
#: Services whose questions are tried, of which a stack is made.
ASKED = (
    *("acm", "cloudwatch", "ec2", "elasticache", "elbv2", "iam", "kms", "logs", "rds", "route53"),
    *("secretsmanager", "ses", "sns", "sqs", "ssm", "sts"),
)
_READING = ("Describe", "List", "Get")
#: What everybody may ask who is anybody.
EVERYBODYS = {"sts:GetCallerIdentity"}

#: Action, service, operation, arguments.
Row = tuple[str, str, str, dict[str, Any]]


def table(kind: str, **names: str) -> list[Row]:
    """``allowed`` or ``refused`` actions, with the stack's names in them."""
    rows = yaml.safe_load(TABLE.read_text())[kind]
    return [(action, service, operation, _filled(arguments, names)) for action, service, operation, arguments in rows]


def _filled(value: Any, names: dict[str, str]) -> Any:
    if isinstance(value, dict):
        return {key: _filled(one, names) for key, one in value.items()}
    if isinstance(value, list):
        return [_filled(one, names) for one in value]
    return value.format_map(names) if isinstance(value, str) else value


def names(lab: Lab) -> dict[str, str]:
    """Names of the stack that actions are about."""
    account = lab.account()
    groups = account.client("logs").describe_log_groups(logGroupNamePrefix=f"/{STACK}/")["logGroups"]
    secrets = account.client("secretsmanager").list_secrets()["SecretList"]
    role = account.iam.get_role(RoleName=account.web_role())["Role"]
    other = "somebody-elses-doors"
    if other not in {one["Name"] for one in account.s3.list_buckets()["Buckets"]}:
        place = {"LocationConstraint": lab.environment["AWS_REGION"]}
        account.s3.create_bucket(Bucket=other, CreateBucketConfiguration=place)
    return {
        "uploads": account.bucket("uploads"),
        "artifacts": account.bucket("artifacts"),
        "other_bucket": other,
        "stack": STACK,
        "schedules": schedules(account.iam, role["RoleName"]),
        "logs": groups[0]["logGroupName"],
        "secret": next(one["Name"] for one in secrets if one["Name"].startswith(f"/{STACK}/")),
        "role": role["RoleName"],
        "path": role["Path"],
        "account": role["Arn"].split(":")[4],
        "region": lab.environment["AWS_REGION"],
    }


def schedules(iam: Any, role: str) -> str:
    """Where in the bucket of artifacts a server may write, as its policy says."""
    (policy,) = iam.list_role_policies(RoleName=role)["PolicyNames"]
    statements = iam.get_role_policy(RoleName=role, PolicyName=policy)["PolicyDocument"]["Statement"]
    (resource,) = [one["Resource"] for one in statements if one["Sid"] == "ClaimScheduledRuns"]
    return resource.partition("/")[2].rstrip("*")


def credentials(host: Host) -> dict[str, str]:
    """A server's own, as it finds them."""

    def ask(path: str) -> str:
        header = f"X-aws-ec2-metadata-token: {token(host)}"
        return host.run("curl", "-sSf", "-m", "5", "-H", header, f"{BASE}/meta-data/iam/security-credentials/{path}")

    document = json.loads(ask(ask("")))
    return {
        "aws_access_key_id": document["AccessKeyId"],
        "aws_secret_access_key": document["SecretAccessKey"],
        "aws_session_token": document["Token"],
    }


class Outside:
    """Asks with the credentials from the controller. It answers the code of an error, empty for none."""

    def __init__(self, lab: Lab, keys: dict[str, str]) -> None:
        self.lab, self.keys = lab, keys
        self.session = botocore.session.get_session()
        self.clients: dict[str, Any] = {}

    def client(self, service: str) -> Any:
        if service not in self.clients:
            self.clients[service] = self.session.create_client(
                service,
                region_name=self.lab.environment["AWS_REGION"],
                endpoint_url=self.lab.environment["AWS_ENDPOINT_URL"],
                config=Config(retries={"total_max_attempts": 1}, parameter_validation=False),
                **self.keys,
            )
        return self.clients[service]

    def ask(self, service: str, operation: str, arguments: dict[str, Any]) -> str:
        try:
            getattr(self.client(service), operation)(**arguments)
        except ClientError as error:
            return error.response["Error"]["Code"] or "an error without a code"
        except BotoCoreError as error:
            return type(error).__name__
        return ""

    def questions(self) -> list[Row]:
        """What can be asked without a word of one's own, as the SDK's models have it."""
        found: list[Row] = []
        for service in ASKED:
            client = self.client(service)
            model = client.meta.service_model
            prefix = model.metadata.get("signingName") or model.endpoint_prefix
            prefix = {"monitoring": "cloudwatch", "email": "ses"}.get(prefix, prefix)
            for operation, name in client.meta.method_to_api_mapping.items():
                shape = model.operation_model(name).input_shape
                if name.startswith(_READING) and not (shape and shape.required_members):
                    found.append((f"{prefix}:{name}", service, operation, {}))
        return [row for row in found if row[0] not in EVERYBODYS]


def passes(action: str, code: str) -> None:
    """A documented action is not refused, whatever else the answer says of what is not there."""
    assert code not in REFUSALS, f"{action} is documented and was refused: {code}"
    # The SDK's own words, for what never reached AWS.
    assert not code.endswith("Error"), f"{action} could not be asked: {code}"


def refused(action: str, code: str) -> None:
    assert code in REFUSALS, f"{action} is not documented and was not refused: {code or 'it passed'}"


def codes(host: Host, rows: list[Row]) -> list[str]:
    """What a server itself is told."""
    answers = host.ask(*(Call(service, operation, arguments, {}) for _action, service, operation, arguments in rows))
    return [one if isinstance(one, str) else "" for one in answers]


def grown(lab: Lab, outside: Outside, row: Row) -> None:
    """An action that somebody gives the role is found."""
    account = lab.account()
    role = account.web_role()
    action, *asked = row
    more = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]}
    account.iam.put_role_policy(RoleName=role, PolicyName="doors", PolicyDocument=json.dumps(more))
    try:
        code = outside.ask(*asked)
    finally:
        account.iam.delete_role_policy(RoleName=role, PolicyName="doors")
    try:
        refused(action, code)
    except AssertionError:
        return
    raise AssertionError(f"{action} was given, and the harness takes it for refused: {code}")


def clean(lab: Lab, known: dict[str, str]) -> None:
    """What the allowed actions left."""
    account = lab.account()
    account.s3.delete_object(Bucket=known["artifacts"], Key=f"{known['schedules']}railyard-doors")
    account.client("logs").delete_log_stream(logGroupName=known["logs"], logStreamName="railyard-doors")
    account.s3.delete_bucket(Bucket=known["other_bucket"])


def prove(record: Record, lab: Lab) -> None:
    found = stack.hosts(lab)
    host = found[record.random.choice([name for name in found if name.startswith("web")])]
    host.install()
    known = names(lab)
    allowed, forbidden = table("allowed", **known), table("refused", **known)
    if not record.everything:
        forbidden = record.random.sample(forbidden, CHOICE)
    inside = [row for row in forbidden if row[1] in SERVICES]
    outside = Outside(lab, credentials(host))
    told = codes(host, [*allowed, *inside])
    for row, code in zip(allowed, told, strict=False):
        record.attempt(f"role: {row[0]}, {row[2]}, passes", partial(passes, row[0], code), shown=False)
    for row, code in zip(inside, told[len(allowed) :], strict=True):
        record.attempt(f"role: {row[0]}, {row[2]}, from the server", partial(refused, row[0], code), shown=False)
    questions = outside.questions()
    record.random.shuffle(questions)
    for row in [
        *(row for row in forbidden if row[1] not in SERVICES),
        *questions[: None if record.everything else BY_CHANCE],
    ]:
        code = outside.ask(*row[1:])
        if code not in NOT_EMULATED:
            record.attempt(f"role: {row[0]}, {row[2]}, from outside", partial(refused, row[0], code), shown=False)
    given: Row = ("ec2:DescribeInstances", "ec2", "describe_instances", {})
    record.attempt("role: a planted right is found", partial(grown, lab, outside, given))
    clean(lab, known)
