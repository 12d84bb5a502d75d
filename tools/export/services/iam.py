"""Identities: roles, instance profiles, groups, users and managed policies; no key and no password of any."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all

from tools.export.resource import Clients, Export, Named, Raw, Resource, picked, present, tags


def _allowed(raw: Raw) -> dict[str, Any]:
    """What a role, a group or a user may do."""
    return present(
        ManagedPolicyArns=raw["AttachedPolicies"],
        Policies=[{"PolicyName": name, "PolicyDocument": document} for name, document in raw["InlinePolicies"].items()],
    )


def _boundary(raw: Raw) -> str | None:
    return (raw.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn")


def _role(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "IAM::Role",
        raw["RoleName"],
        present(
            **picked(raw, "RoleName", "Path", "Description", "AssumeRolePolicyDocument", "MaxSessionDuration"),
            **_allowed(raw),
            PermissionsBoundary=_boundary(raw),
            Tags=tags(raw.get("Tags")),
        ),
        {"RoleName": raw["RoleName"]},
        {raw["Arn"]: "Arn"},
    )


def _instance_profile(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "IAM::InstanceProfile",
        raw["InstanceProfileName"],
        present(
            **picked(raw, "InstanceProfileName", "Path"),
            Roles=[Named("IAM::Role", one["RoleName"]) for one in raw.get("Roles") or []],
        ),
        {"InstanceProfileName": raw["InstanceProfileName"]},
        {raw["Arn"]: "Arn"},
    )


def _group(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "IAM::Group",
        raw["GroupName"],
        present(**picked(raw, "GroupName", "Path"), **_allowed(raw)),
        {"GroupName": raw["GroupName"]},
        {raw["Arn"]: "Arn"},
    )


def _user(raw: Raw, clients: Clients) -> Iterator[Resource]:
    iam, who = clients("iam"), {"UserName": raw["UserName"]}
    groups = read_all(iam, "list_groups_for_user", "Groups", **who)
    inline = read_all(iam, "list_user_policies", "PolicyNames", **who)
    allowed = {
        "InlinePolicies": {name: iam.get_user_policy(PolicyName=name, **who)["PolicyDocument"] for name in inline},
        "AttachedPolicies": [
            policy["PolicyArn"] for policy in read_all(iam, "list_attached_user_policies", "AttachedPolicies", **who)
        ],
    }
    yield Resource(
        "IAM::User",
        raw["UserName"],
        present(
            **picked(raw, "UserName", "Path"),
            Groups=[Named("IAM::Group", one["GroupName"]) for one in groups],
            **_allowed(allowed),
            PermissionsBoundary=_boundary(raw),
            Tags=tags(raw.get("Tags")),
        ),
        {"UserName": raw["UserName"]},
        {raw["Arn"]: "Arn"},
    )


def _policy(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    yield Resource(
        "IAM::ManagedPolicy",
        raw["PolicyName"],
        present(
            ManagedPolicyName=raw["PolicyName"],
            **picked(raw, "Path", "Description"),
            PolicyDocument=raw["Document"],
        ),
        {"PolicyArn": raw["Arn"]},
        {raw["Arn"]: ""},
    )


EXPORTS: dict[str, Export] = {
    "iam_policies": _policy,
    "iam_roles": _role,
    "instance_profiles": _instance_profile,
    "iam_groups": _group,
    "iam_users": _user,
}
