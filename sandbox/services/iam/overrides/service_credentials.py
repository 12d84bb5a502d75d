"""Service-specific credentials of IAM users, which the emulator does not know, and what keeps a user from deletion."""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any

from moto.core.responses import ActionResult
from moto.core.utils import utcnow
from moto.iam import exceptions, models
from moto.iam.responses import IamResponse

from sandbox.core.settings import Settings

#: Services that have such credentials.
_SERVICES = frozenset(("bedrock.amazonaws.com", "cassandra.amazonaws.com", "codecommit.amazonaws.com",
                       "logs.amazonaws.com"))  # fmt: skip
_PER_SERVICE = 2
_SHOWN_ONCE = ("ServicePassword", "ServiceCredentialSecret")


def apply(settings: Settings) -> None:
    delete = models.IAMBackend.delete_user

    def create(self: Any) -> ActionResult:
        user, service = _user(self), self._get_param("ServiceName")
        if service not in _SERVICES:
            raise exceptions.NoSuchEntity(f"No such service {service} is supported for Service Specific Credentials")
        kept = _of(user)
        if sum(one["ServiceName"] == service for one in kept.values()) >= _PER_SERVICE:
            raise exceptions.LimitExceededException(
                f"Cannot exceed quota for ServiceSpecificCredentialsPerUser: {_PER_SERVICE}"
            )
        made = {
            "CreateDate": utcnow(),
            "ServiceName": service,
            "ServiceUserName": f"{user.name}-at-{user.account_id}",
            "ServicePassword": base64.b64encode(secrets.token_bytes(32)).decode(),
            "ServiceSpecificCredentialId": f"ACCA{secrets.token_hex(8).upper()}",
            "UserName": user.name,
            "Status": "Active",
        }
        kept[made["ServiceSpecificCredentialId"]] = made
        return ActionResult({"ServiceSpecificCredential": made})

    def list_(self: Any) -> ActionResult:
        # Without a user's name it is the one who asks, and the account's administrator is no user.
        named = self._get_param("UserName") or self._get_param("AllUsers")
        users = [_user(self)] if self._get_param("UserName") else list(self.backend.users.values()) if named else []
        service = self._get_param("ServiceName")
        found = [
            {name: value for name, value in one.items() if name not in _SHOWN_ONCE}
            for user in users
            for one in _of(user).values()
            if service in (None, one["ServiceName"])
        ]
        return ActionResult({"ServiceSpecificCredentials": found, "IsTruncated": False})

    def update(self: Any) -> ActionResult:
        _one(self)["Status"] = self._get_param("Status")
        return ActionResult({})

    def reset(self: Any) -> ActionResult:
        found = _one(self)
        found["ServicePassword"] = base64.b64encode(secrets.token_bytes(32)).decode()
        return ActionResult({"ServiceSpecificCredential": found})

    def delete_one(self: Any) -> ActionResult:
        del _of(_user(self))[_one(self)["ServiceSpecificCredentialId"]]
        return ActionResult({})

    def delete_user(self: models.IAMBackend, user_name: str) -> None:
        user = self.get_user(user_name)
        for held, what in (
            (_of(user), "delete service specific credentials"),
            (user.password, "delete login profile"),
            (user.access_keys, "delete access keys"),
            (user.ssh_public_keys, "delete SSH public keys"),
            (user.signing_certificates, "delete signing certificates"),
            (user.mfa_devices, "delete MFA device"),
            (self.get_groups_for_user(user_name), "remove users from group"),
        ):
            if held:
                raise exceptions.DeleteConflictException(f"Cannot delete entity, must {what} first.")
        delete(self, user_name)

    IamResponse.create_service_specific_credential = create
    IamResponse.list_service_specific_credentials = list_
    IamResponse.update_service_specific_credential = update
    IamResponse.reset_service_specific_credential = reset
    IamResponse.delete_service_specific_credential = delete_one
    models.IAMBackend.delete_user = delete_user


def _user(response: Any) -> Any:
    return response.backend.get_user(response._get_param("UserName"))


def _of(user: Any) -> dict[str, dict[str, Any]]:
    """Of one user by id. Users restored from an older state have none."""
    return vars(user).setdefault("service_specific_credentials", {})


def _one(response: Any) -> dict[str, Any]:
    key = response._get_param("ServiceSpecificCredentialId") or ""
    found = _of(_user(response)).get(key)
    if found is None or not re.fullmatch(r"[\w]+", key):
        raise exceptions.NoSuchEntity(f"No such credential {key} exists")
    return found
