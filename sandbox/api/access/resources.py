"""The resources that an action is about, as ARNs, and the condition keys that its parameters give values to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from moto.ec2.models import ec2_backends
from moto.iam.models import iam_backends
from moto.secretsmanager.models import secretsmanager_backends

from sandbox.api.access.policy import RequestContext
from sandbox.api.request import ApiRequest

#: Actions without a resource, by the beginning of their names.
_ON_EVERYTHING = {
    "autoscaling": ("Describe",),
    "cloudwatch": ("Get", "List", "PutMetricData", "DescribeAlarmHistory"),
    "ec2": ("Describe",),
    "elasticloadbalancing": ("Describe",),
    "iam": ("List", "GetAccount", "GenerateCredentialReport", "GetCredentialReport"),
    "kms": ("List", "CreateKey"),
    "secretsmanager": ("List", "GetRandomPassword"),
    "ssm": ("DescribeParameters",),
    "sts": ("GetSessionToken", "GetCallerIdentity"),
    "tag": ("Get",),
}


def asked_of(call: ApiRequest, region: str, account: str, user: str | None = None) -> list[RequestContext]:
    """All of these must be allowed.

    :param user: name of the user who asks, of whom some actions are by default
    """
    if call.action.startswith(_ON_EVERYTHING.get(call.service, ("\0",))):
        return [RequestContext(call.name)]
    finder = _FINDERS.get(call.service)
    found = finder(call, region, account, user) if finder else _named(call)
    if not found:
        return [RequestContext(call.name, None)]
    return [one if isinstance(one, RequestContext) else RequestContext(call.name, one) for one in found]


def context(call: ApiRequest) -> dict[str, tuple[str, ...]]:
    """Condition keys that the parameters give values to."""
    found: dict[str, tuple[str, ...]] = {}
    if call.service == "cloudwatch" and call.one("Namespace"):
        found["cloudwatch:namespace"] = (str(call.one("Namespace")),)
    if call.service == "sts" and call.one("ExternalId"):
        found["sts:externalid"] = (str(call.one("ExternalId")),)
    if call.service == "ses" and (sender := call.one("Source")):
        found["ses:fromaddress"] = (sender.rsplit("<", 1)[-1].rstrip(">"),)
    return found


#: Receives call, region, account and the asking user's name.
_Finder = Callable[[ApiRequest, str, str, str | None], list[Any]]


def _named(call: ApiRequest, *_unused: Any) -> list[str]:
    """ARNs among the parameters."""
    return [
        value
        for key, value in call.parameters.items()
        if isinstance(value, str) and value.startswith("arn:") and key.split(".")[0].rstrip("s").endswith("Arn")
    ]


def _secrets(call: ApiRequest, region: str, account: str, user: str | None) -> list[str]:
    name = call.one("SecretId") or call.one("Name")
    if not name:
        return []
    secret = secretsmanager_backends[account][region].secrets.get(name)
    if secret is not None:
        return [secret.arn]
    return [name if name.startswith("arn:") else f"arn:aws:secretsmanager:{region}:{account}:secret:{name}"]


def _parameters(call: ApiRequest, region: str, account: str, user: str | None) -> list[str]:
    names = [call.one("Name") or call.one("Path") or "", *call.all("Names")]
    return [_parameter(name, region, account) for name in names if name]


def _parameter(name: str, region: str, account: str) -> str:
    if name.startswith("arn:"):
        return name
    # AWS's own parameters are nobody's.
    owner = "" if name.startswith("/aws/") else account
    return f"arn:aws:ssm:{region}:{owner}:parameter/{name.strip('/')}"


def _logs(call: ApiRequest, region: str, account: str, user: str | None) -> list[str]:
    group = call.one("logGroupName") or call.one("logGroupIdentifier") or ""
    if group.startswith("arn:"):
        group = group.split(":log-group:", 1)[-1].removesuffix(":*")
    if not group and call.action != "DescribeLogGroups":
        return _named(call)
    stream = call.one("logStreamName") or ""
    return [f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}"]


def _cloudwatch(call: ApiRequest, region: str, account: str, user: str | None) -> list[str]:
    alarms = [call.one("AlarmName") or "", *call.all("AlarmNames")]
    found = [f"arn:aws:cloudwatch:{region}:{account}:alarm:{name}" for name in alarms if name]
    return found or (["*"] if call.action == "DescribeAlarms" else [])


def _iam(call: ApiRequest, region: str, account: str, user: str | None) -> list[str]:
    backend = iam_backends[account]["aws"]
    places: tuple[tuple[str, str, Mapping[str, Any]], ...] = (
        ("RoleName", "role", backend.roles),
        ("GroupName", "group", backend.groups),
        ("InstanceProfileName", "instance-profile", backend.instance_profiles),
        ("UserName", "user", backend.users),
        ("VirtualMFADeviceName", "mfa", {}),
    )
    for parameter, kind, kept in places:
        if name := call.one(parameter):
            return [_arn_among(kept, name) or f"arn:aws:iam::{account}:{kind}/{name}"]
    if arn := call.one("PolicyArn") or call.one("SerialNumber"):
        return [arn]
    if user and call.action in ("GetUser", "ChangePassword", "ListMFADevices"):
        return [_arn_among(backend.users, user) or f"arn:aws:iam::{account}:user/{user}"]
    return []


def _arn_among(kept: Mapping[str, Any], name: str) -> str | None:
    return next((one.arn for one in list(kept.values()) if getattr(one, "name", None) == name), None)


#: Policies know fewer actions than the API of budgets has: one for all that looks, one for all that changes.
_OF_TAGS = ("ListTagsForResource", "TagResource", "UntagResource")


def _budgets(call: ApiRequest, region: str, account: str, user: str | None) -> list[RequestContext]:
    looks = call.action.startswith("Describe")
    action = call.action if call.action in _OF_TAGS else "ViewBudget" if looks else "ModifyBudget"
    new = call.parameters.get("Budget") or call.parameters.get("NewBudget")
    name = call.one("BudgetName") or (new.get("BudgetName") if isinstance(new, dict) else None) or "*"
    arn = call.one("ResourceARN") or f"arn:aws:budgets::{account}:budget/{name}"
    found = [RequestContext(f"budgets:{action}", arn)]
    if call.action == "CreateBudget" and call.parameters.get("ResourceTags"):
        found.append(RequestContext("budgets:TagResource", arn))
    return found


def _ec2(call: ApiRequest, region: str, account: str, user: str | None) -> list[RequestContext]:
    backend = ec2_backends[account][region]
    instances = [call.one("InstanceId") or "", *call.all("InstanceId")]
    named = [("instance", one) for one in instances] + [("security-group", call.one("GroupId") or "")]
    return [
        RequestContext(
            call.name,
            f"arn:aws:ec2:{region}:{account}:{kind}/{one}",
            {tag["key"]: tag["value"] for tag in backend.describe_tags({"resource-id": [one]})},
        )
        for kind, one in named
        if one
    ]


def _roles(call: ApiRequest, region: str, account: str, user: str | None) -> list[str]:
    arn = call.one("RoleArn")
    return [arn] if arn else []


_FINDERS: dict[str, _Finder] = {
    "budgets": _budgets,
    "cloudwatch": _cloudwatch,
    "ec2": _ec2,
    "iam": _iam,
    "logs": _logs,
    "secretsmanager": _secrets,
    "ssm": _parameters,
    "sts": _roles,
}
