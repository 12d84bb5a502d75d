"""Permissions boundaries: the emulator keeps those of roles only, and takes any ARN for one."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult, EmptyResult
from moto.iam.exceptions import NoSuchEntity
from moto.iam.models import IAMBackend, User
from moto.iam.responses import IamResponse

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    create_user, create_role, put_role = (
        IamResponse.create_user,
        IAMBackend.create_role,
        IAMBackend.put_role_permissions_boundary,
    )

    # The class has a value, as users of a saved state have none of their own.
    User.permissions_boundary_arn = None
    User.permissions_boundary = property(_attached)

    def create_user_with(self: IamResponse) -> ActionResult:
        boundary = self._get_param("PermissionsBoundary")
        _must_exist(self.backend, boundary)
        result = create_user(self)
        self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = boundary
        return result

    def put_user_permissions_boundary(self: IamResponse) -> EmptyResult:
        user = self.backend.get_user(self._get_param("UserName"))
        boundary = self._get_param("PermissionsBoundary")
        _must_exist(self.backend, boundary)
        user.permissions_boundary_arn = boundary
        return EmptyResult()

    def delete_user_permissions_boundary(self: IamResponse) -> EmptyResult:
        self.backend.get_user(self._get_param("UserName")).permissions_boundary_arn = None
        return EmptyResult()

    def create_role_within(self: IAMBackend, *arguments: Any, **named: Any) -> Any:
        _must_exist(self, named["permissions_boundary"] if "permissions_boundary" in named else arguments[3])
        return create_role(self, *arguments, **named)

    def put_role_within(self: IAMBackend, role_name: str, permissions_boundary: str) -> None:
        _must_exist(self, permissions_boundary)
        put_role(self, role_name, permissions_boundary)

    IamResponse.create_user = create_user_with
    IamResponse.put_user_permissions_boundary = put_user_permissions_boundary
    IamResponse.delete_user_permissions_boundary = delete_user_permissions_boundary
    IAMBackend.create_role = create_role_within
    IAMBackend.put_role_permissions_boundary = put_role_within


def _attached(user: User) -> dict[str, str] | None:
    if not user.permissions_boundary_arn:
        return None
    return {
        "PermissionsBoundaryType": "PermissionsBoundaryPolicy",
        "PermissionsBoundaryArn": user.permissions_boundary_arn,
    }


def _must_exist(backend: IAMBackend, arn: str | None) -> None:
    if arn and arn not in backend.managed_policies:
        raise NoSuchEntity(f"Scope ARN: {arn} does not exist or is not attachable.")
