"""Bucket policies are judged before a request reaches the emulator (``sandbox/api/access``), conditions included:
the emulator's own look, which overlooks conditions, would refuse everything that has one."""

from __future__ import annotations

from moto.iam.access_control import PermissionResult
from moto.s3.models import FakeBucket

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    FakeBucket.get_permission = lambda self, action, resource: PermissionResult.PERMITTED
