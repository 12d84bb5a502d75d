# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Identities of a stack: roles, instance profiles, groups and users, with what they are allowed, and managed policies.

All of a stack's lie below one path, which names stack and region: IAM knows no regions, its lists give no tags, and
groups have none at all.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.calls import ask, still_there
from ansible_collections.railyard.aws.plugins.module_utils._inventory.entries import entry_of, tags_of
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import Entry, Kind, ModuleSpec, Raw, Scope
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all


def path_of(stack: str, region: str) -> str:
    """IAM path below which all identities of a stack in a region are made."""
    return f"/railyard/{stack}/{region}/"


def _policies(iam: Any, kind: str, name: str) -> Raw:
    """Inline and attached policies of a role or a group; ``kind`` is ``role`` or ``group``."""
    who = {f"{kind.capitalize()}Name": name}
    inline = read_all(iam, f"list_{kind}_policies", "PolicyNames", **who)
    return {
        "InlinePolicies": {policy: ask(iam, f"get_{kind}_policy", PolicyName=policy, **who)["PolicyDocument"] for policy in sorted(inline)},
        "AttachedPolicies": [policy["PolicyArn"] for policy in read_all(iam, f"list_attached_{kind}_policies", "AttachedPolicies", **who)],
    }


def _role(iam: Any, listed: Raw) -> Raw:
    name = listed["RoleName"]
    return {**ask(iam, "get_role", RoleName=name)["Role"], **_policies(iam, "role", name)}


def _instance_profile(iam: Any, listed: Raw) -> Raw:
    return ask(iam, "get_instance_profile", InstanceProfileName=listed["InstanceProfileName"])["InstanceProfile"]


def _group(iam: Any, listed: Raw) -> Raw:
    name = listed["GroupName"]
    return {**listed, "Users": read_all(iam, "get_group", "Users", GroupName=name), **_policies(iam, "group", name)}


def _user(iam: Any, listed: Raw) -> Raw:
    return ask(iam, "get_user", UserName=listed["UserName"])["User"]


def _policy(iam: Any, listed: Raw) -> Raw:
    arn = listed["Arn"]
    version = ask(iam, "get_policy_version", PolicyArn=arn, VersionId=listed["DefaultVersionId"])["PolicyVersion"]
    # The list gives no tags.
    return {**ask(iam, "get_policy", PolicyArn=arn)["Policy"], "Document": version["Document"]}


def _below_path(operation: str, key: str, complete: Callable[[Any, Raw], Raw], **more: Any) -> Callable[[Any, Scope], list[Raw]]:
    """Reads the identities below the stack's path; ``complete`` adds the parts that their list leaves out."""

    def read(iam: Any, scope: Scope) -> list[Raw]:
        listed = read_all(iam, operation, key, PathPrefix=path_of(scope.stack, scope.region), **more)
        return still_there(lambda item: complete(iam, item), listed)

    return read


def _entry(raw: Raw, name: str, **attributes: Any) -> Entry:
    return entry_of(raw["Arn"], name, tags_of(raw), arn=raw["Arn"], path=raw["Path"], **attributes)


def _boundary(raw: Raw) -> str:
    return (raw.get("PermissionsBoundary") or {}).get("PermissionsBoundaryArn") or ""


def _role_entry(raw: Raw) -> Entry:
    return _entry(
        raw,
        raw["RoleName"],
        permissions_boundary=_boundary(raw),
        description=raw.get("Description", ""),
        trust_policy=raw["AssumeRolePolicyDocument"],
        inline_policies=raw["InlinePolicies"],
        policy_names=sorted(raw["InlinePolicies"]),
        attached_policies=raw["AttachedPolicies"],
        max_session_duration=raw.get("MaxSessionDuration") or 3600,
    )


def _instance_profile_entry(raw: Raw) -> Entry:
    return _entry(raw, raw["InstanceProfileName"], roles=[one["RoleName"] for one in raw.get("Roles") or []])


def _group_entry(raw: Raw) -> Entry:
    return _entry(
        raw,
        raw["GroupName"],
        users=sorted(one["UserName"] for one in raw["Users"]),
        inline_policies=raw["InlinePolicies"],
        policy_names=sorted(raw["InlinePolicies"]),
        attached_policies=raw["AttachedPolicies"],
    )


def _user_entry(raw: Raw) -> Entry:
    return _entry(raw, raw["UserName"], permissions_boundary=_boundary(raw))


def _policy_entry(raw: Raw) -> Entry:
    return _entry(raw, raw["PolicyName"], document=raw["Document"])


KINDS: dict[str, Kind] = {
    "iam_roles": Kind(
        label="IAM role",
        role="iam",
        made_by={"amazon.aws.iam_role": ModuleSpec()},
        client="iam",
        read=_below_path("list_roles", "Roles", _role),
        entry=_role_entry,
        fields={
            "arn": None,
            "path": None,
            "description": "",
            "trust_policy": {},
            "inline_policies": {},
            "policy_names": [],
            "attached_policies": [],
            "permissions_boundary": "",
            "max_session_duration": 3600,
        },
        planned_id="arn:aws:iam::{account}:role/{name}",
    ),
    "instance_profiles": Kind(
        label="Instance profile",
        role="iam",
        made_by={"amazon.aws.iam_instance_profile": ModuleSpec()},
        client="iam",
        read=_below_path("list_instance_profiles", "InstanceProfiles", _instance_profile),
        entry=_instance_profile_entry,
        fields={"arn": None, "path": None, "roles": []},
        planned_id="arn:aws:iam::{account}:instance-profile/{name}",
    ),
    "iam_groups": Kind(
        label="IAM group",
        role="iam",
        made_by={"amazon.aws.iam_group": ModuleSpec()},
        client="iam",
        read=_below_path("list_groups", "Groups", _group),
        entry=_group_entry,
        fields={"arn": None, "path": None, "users": [], "inline_policies": {}, "policy_names": [], "attached_policies": []},
        planned_id="arn:aws:iam::{account}:group/{name}",
    ),
    "iam_users": Kind(
        label="IAM user",
        role="iam",
        made_by={"amazon.aws.iam_user": ModuleSpec(), "railyard.aws.ses_smtp_credentials": ModuleSpec()},
        client="iam",
        read=_below_path("list_users", "Users", _user),
        entry=_user_entry,
        fields={"arn": None, "path": None, "permissions_boundary": ""},
        planned_id="arn:aws:iam::{account}:user/{name}",
    ),
    "iam_policies": Kind(
        label="IAM policy",
        role="iam",
        made_by={"amazon.aws.iam_managed_policy": ModuleSpec()},
        client="iam",
        # AWS's own policies are in the list too.
        read=_below_path("list_policies", "Policies", _policy, Scope="Local"),
        entry=_policy_entry,
        fields={"arn": None, "path": None, "document": {}},
        planned_id="arn:aws:iam::{account}:policy/{name}",
    ),
}
