"""Lists of groups and instance profiles below a path: the emulator gives all of the account's."""

from __future__ import annotations

from typing import Any

from moto.core.responses import ActionResult
from moto.iam.responses import IamResponse

from sandbox.core.settings import Settings


def apply(settings: Settings) -> None:
    def below(self, items) -> list[Any]:
        prefix = self._get_param("PathPrefix", "/")
        return [item for item in items if item.path.startswith(prefix)]

    def list_groups(self):
        return ActionResult({"Groups": below(self, self.backend.list_groups())})

    def list_instance_profiles(self):
        return ActionResult({"InstanceProfiles": below(self, self.backend.get_instance_profiles())})

    IamResponse.list_groups = list_groups
    IamResponse.list_instance_profiles = list_instance_profiles
