"""The account that exports are tried on is built once: making it takes most of the time."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "collections"))


@pytest.fixture(scope="module")
def clients() -> Iterator[Callable[[str], Any]]:
    """Clients of an account with a whole stack in it."""
    from ansible_collections.railyard.aws.plugins.module_utils._inventory import calls, reading, tags
    from export_lab import REGION, AccountOf
    from moto import mock_aws

    from sandbox.core.settings import Settings
    from sandbox.services.budgets.overrides import notifications
    from sandbox.services.budgets.overrides import tags as budget_tags
    from sandbox.services.elasticache.overrides import parameter_groups
    from sandbox.services.rds.overrides import groups

    # The emulator as it is does not know all that is looked for.
    for patch in (groups, parameter_groups, notifications, budget_tags):
        patch.apply(Settings.from_environment({}))
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_URL", "AWS_CA_BUNDLE", "AWS_SESSION_TOKEN"):
            patch.delenv(name, raising=False)
        patch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
        patch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
        # The emulator in this process is not made for many threads.
        for module in (reading, calls, tags):
            patch.setattr(module, "WORKERS", 1)
        with mock_aws():
            yield AccountOf(REGION).client
