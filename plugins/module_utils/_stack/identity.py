# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Identities of a stack: roles, instance profiles, groups and users, with what they are allowed, and managed policies.

All of a stack's lie below one path, which names stack and region: IAM knows no regions, its lists give no tags, and
groups have none at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.amazon.aws.plugins.module_utils.tagging import boto3_tag_list_to_ansible_dict
from ansible_collections.railyard.aws.plugins.module_utils._stack.vanishing import still_there

Raw = dict[str, Any]


def path_of(stack: str, region: str) -> str:
    """IAM path below which all identities of a stack in a region are made."""
    return f"/railyard/{stack}/{region}/"


@AWSRetry.jittered_backoff(retries=8)
def _pages(iam: Any, operation: str, key: str, **arguments: Any) -> list[Any]:
    return [item for page in iam.get_paginator(operation).paginate(**arguments) for item in page.get(key) or []]


@AWSRetry.jittered_backoff(retries=8)
def _one(iam: Any, operation: str, **arguments: Any) -> Raw:
    return getattr(iam, operation)(**arguments)


def _policies(iam: Any, kind: str, name: str) -> Raw:
    """Inline and attached policies of a role or a group; ``kind`` is ``role`` or ``group``."""
    who = {f"{kind.capitalize()}Name": name}
    inline = _pages(iam, f"list_{kind}_policies", "PolicyNames", **who)
    return {
        "InlinePolicies": {policy: _one(iam, f"get_{kind}_policy", PolicyName=policy, **who)["PolicyDocument"] for policy in sorted(inline)},
        "AttachedPolicies": [policy["PolicyArn"] for policy in _pages(iam, f"list_attached_{kind}_policies", "AttachedPolicies", **who)],
    }


def _role(iam: Any, listed: Raw) -> Raw:
    name = listed["RoleName"]
    return {**_one(iam, "get_role", RoleName=name)["Role"], **_policies(iam, "role", name)}


def _instance_profile(iam: Any, listed: Raw) -> Raw:
    return _one(iam, "get_instance_profile", InstanceProfileName=listed["InstanceProfileName"])["InstanceProfile"]


def _group(iam: Any, listed: Raw) -> Raw:
    name = listed["GroupName"]
    return {**listed, "Users": _pages(iam, "get_group", "Users", GroupName=name), **_policies(iam, "group", name)}


def _user(iam: Any, listed: Raw) -> Raw:
    return _one(iam, "get_user", UserName=listed["UserName"])["User"]


def _policy(iam: Any, listed: Raw) -> Raw:
    arn = listed["Arn"]
    version = _one(iam, "get_policy_version", PolicyArn=arn, VersionId=listed["DefaultVersionId"])["PolicyVersion"]
    # The list gives no tags.
    return {**_one(iam, "get_policy", PolicyArn=arn)["Policy"], "Document": version["Document"]}


#: kind: (operation, key of the list in the answer, what adds the parts that the list leaves out)
CALLS: dict[str, tuple[str, str, Callable[[Any, Raw], Raw]]] = {
    "iam_roles": ("list_roles", "Roles", _role),
    "instance_profiles": ("list_instance_profiles", "InstanceProfiles", _instance_profile),
    "iam_groups": ("list_groups", "Groups", _group),
    "iam_users": ("list_users", "Users", _user),
    "iam_policies": ("list_policies", "Policies", _policy),
}


def read_identities(iam: Any, kind: str, stack: str, region: str) -> list[Raw]:
    """Identities of one kind that lie below the stack's path."""
    operation, key, complete = CALLS[kind]
    # AWS's own policies are in the list too.
    more = {"Scope": "Local"} if kind == "iam_policies" else {}
    return still_there(lambda item: complete(iam, item), _pages(iam, operation, key, PathPrefix=path_of(stack, region), **more))


def _entry(raw: Raw, name: str, **attributes: Any) -> Raw:
    return {
        "id": raw["Arn"],
        "name": name,
        "exists": True,
        "tags": boto3_tag_list_to_ansible_dict(raw.get("Tags") or []),
        "arn": raw["Arn"],
        "path": raw["Path"],
        **attributes,
    }


def _boundary(raw: Raw) -> str:
    return (raw.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn") or ""


def role(raw: Raw) -> Raw:
    return _entry(
        raw,
        raw["RoleName"],
        permissions_boundary=_boundary(raw),
        description=raw.get("Description", ""),
        trust_policy=raw["AssumeRolePolicyDocument"],
        inline_policies=raw["InlinePolicies"],
        policy_names=sorted(raw["InlinePolicies"]),
        attached_policies=raw["AttachedPolicies"],
    )


def instance_profile(raw: Raw) -> Raw:
    return _entry(raw, raw["InstanceProfileName"], roles=[one["RoleName"] for one in raw.get("Roles") or []])


def group(raw: Raw) -> Raw:
    return _entry(
        raw,
        raw["GroupName"],
        users=sorted(one["UserName"] for one in raw["Users"]),
        inline_policies=raw["InlinePolicies"],
        policy_names=sorted(raw["InlinePolicies"]),
        attached_policies=raw["AttachedPolicies"],
    )


def user(raw: Raw) -> Raw:
    return _entry(raw, raw["UserName"], permissions_boundary=_boundary(raw))


def policy(raw: Raw) -> Raw:
    return _entry(raw, raw["PolicyName"], document=raw["Document"])


ENTRY_OF: dict[str, Callable[[Raw], Raw]] = {
    "iam_roles": role,
    "instance_profiles": instance_profile,
    "iam_groups": group,
    "iam_users": user,
    "iam_policies": policy,
}
