"""Bucket policies that refuse what comes without TLS: the emulator overlooks conditions and would refuse everything.

The sandbox speaks HTTP on loopback, so every request counts as one over TLS.
"""

from __future__ import annotations

import json
from typing import Any

from moto.iam.access_control import IAMPolicy, PermissionResult
from moto.s3.models import FakeBucket

from sandbox.settings import Settings


def apply(settings: Settings) -> None:
    def get_permission(self, action: str, resource: str) -> PermissionResult:
        if self.policy is None:
            return PermissionResult.NEUTRAL
        document = json.loads(self.policy)
        statements = document["Statement"] if isinstance(document["Statement"], list) else [document["Statement"]]
        document["Statement"] = [statement for statement in statements if not _without_tls(statement)]
        return IAMPolicy(json.dumps(document)).is_action_permitted(action, resource)

    FakeBucket.get_permission = get_permission


def _without_tls(statement: dict[str, Any]) -> bool:
    """Whether a statement is about requests without TLS only."""
    condition = statement.get("Condition", {}).get("Bool", {}).get("aws:SecureTransport")
    return str(condition).lower() == "false"
