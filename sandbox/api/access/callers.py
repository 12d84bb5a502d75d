"""Who signs a request: found by the access key among the emulator's users and sessions."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from moto.iam.models import IAMBackend, iam_backends
from moto.sts.models import sts_backends

from sandbox.api.access.policy import Document, Principal, document_of
from sandbox.api.environment import ACCOUNT_ID
from sandbox.core.credentials import Credentials

_PARTITION = "aws"


@dataclass(frozen=True)
class Caller:
    """One signer. An administrator may do everything."""

    kind: str  # administrator | user | role | anonymous
    principal: Principal = field(default_factory=Principal)
    secret: str = ""
    token: str | None = None
    expires: datetime.datetime | None = None  # naive, UTC
    keys: dict[str, tuple[str, ...]] = field(default_factory=dict)  # condition keys
    owner: Any = None  # user or role of the emulator; None when it is gone
    session_policy: Document | None = None

    def identity(self) -> list[Document]:
        """The caller's own policies, of its groups too."""
        return list(_identity(self.owner, self.principal.account)) if self.owner is not None else []

    def limits(self) -> list[Document]:
        """Permissions boundary and session policy, where there are any."""
        found = [self.session_policy] if self.session_policy is not None else []
        boundary = getattr(self.owner, "permissions_boundary_arn", None)  # the emulator keeps those of roles only
        if boundary:
            found.append(_managed(self.principal.account, boundary))
        return found


ANONYMOUS = Caller("anonymous", keys={"aws:principaltype": ("Anonymous",)})


def administrator(account: str = ACCOUNT_ID, secret: str = "") -> Caller:
    arn = f"arn:aws:iam::{account}:root"
    keys: dict[str, tuple[str, ...]] = {
        "aws:principaltype": ("Account",),
        "aws:principalarn": (arn,),
        "aws:principalaccount": (account,),
    }
    return Caller("administrator", Principal(arn, account), secret, keys=keys)


def find(access_key: str, keys: Credentials) -> Caller | None:
    """The holder of an access key; None when nobody has it.

    :param keys: the administrator's
    """
    if access_key == keys.access_key_id:
        return administrator(secret=keys.secret_access_key)
    for account, regions in list(sts_backends.items()):
        for session in reversed(regions[_PARTITION].assumed_roles if _PARTITION in regions else []):
            if session.access_key_id == access_key:
                return _session(account, session)
    for account, regions in list(iam_backends.items()):
        for user in list(regions[_PARTITION].users.values()) if _PARTITION in regions else []:
            for key in user.access_keys:
                if key.access_key_id == access_key and key.status == "Active":
                    return _user(account, user, key)
    return None


def _session(account: str, session: Any) -> Caller:
    name = session.role_arn.rsplit("/", 1)[-1]
    role = _role(account, name)
    if role is None and account != ACCOUNT_ID:
        # The emulator's way into another account: what its identities may do is that account's affair.
        return _known_by(administrator(account), session)
    arn = role.arn if role is not None else session.role_arn
    keys = {
        "aws:principaltype": ("AssumedRole",),
        "aws:principalarn": (arn,),
        "aws:principalaccount": (account,),
        "aws:userid": (session.user_id,),
        "aws:multifactorauthpresent": ("false",),
        **_tags(getattr(role, "tags", None)),
    }
    policy = document_of(session.policy) if session.policy else None
    caller = Caller("role", Principal(session.arn, account, arn), keys=keys, owner=role, session_policy=policy)
    return _known_by(caller, session)


def _known_by(caller: Caller, session: Any) -> Caller:
    return replace(
        caller,
        secret=session.secret_access_key,
        token=session.session_token,
        expires=session.expiration,
    )


def _user(account: str, user: Any, key: Any) -> Caller:
    keys = {
        "aws:principaltype": ("User",),
        "aws:principalarn": (user.arn,),
        "aws:principalaccount": (account,),
        "aws:userid": (user.id,),
        "aws:username": (user.name,),
        **_tags(getattr(user, "tags", None)),
    }
    return Caller("user", Principal(user.arn, account), key.secret_access_key, keys=keys, owner=user)


def _tags(tags: Any) -> dict[str, tuple[str, ...]]:
    pairs = tags.values() if isinstance(tags, dict) else tags or ()
    return {f"aws:principaltag/{tag['Key'].lower()}": (tag["Value"],) for tag in pairs if isinstance(tag, dict)}


# Policies -------------------------------------------------------------------------------------------------


def _backend(account: str) -> IAMBackend:
    return iam_backends[account][_PARTITION]


def _role(account: str, name: str) -> Any:
    return next((role for role in list(_backend(account).roles.values()) if role.name == name), None)


def policies_of_user(name: str) -> list[Document]:
    """Policies of a user of the account: inline, attached, and those of the user's groups."""
    return list(_identity(_backend(ACCOUNT_ID).get_user(name), ACCOUNT_ID))


def _identity(owner: Any, account: str) -> Iterator[Document]:
    yield from _of_one(owner)
    for group in list(_backend(account).groups.values()):
        if owner in getattr(group, "users", ()):
            yield from _of_one(group)


def _of_one(holder: Any) -> Iterator[Document]:
    for policy in list(holder.policies.values()):
        yield document_of(policy)
    for policy in list(holder.managed_policies.values()):
        yield _default_version(policy)


def _managed(account: str, arn: str) -> Document:
    policy = _backend(account).managed_policies.get(arn)
    return _default_version(policy) if policy is not None else document_of(None)


def _default_version(policy: Any) -> Document:
    return document_of(next(version.document for version in policy.versions if version.is_default))


def trust_policy(role_arn: str) -> Document | None:
    """Of a role; None when there is no such role."""
    parts = role_arn.split(":")
    role = _role(parts[4], role_arn.rsplit("/", 1)[-1]) if len(parts) > 5 else None
    return document_of(role.assume_role_policy_document) if role is not None and role.arn == role_arn else None


def longest_session(role_arn: str) -> int | None:
    """Seconds that a session of a role may last; None when there is no such role, or when it does not say."""
    parts = role_arn.split(":")
    role = _role(parts[4], role_arn.rsplit("/", 1)[-1]) if len(parts) > 5 else None
    said = getattr(role, "max_session_duration", None)
    return int(said) if said else None
