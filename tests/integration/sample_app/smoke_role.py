"""The smoke test of the sample application, which Ansible finds in a role and Python does not."""

from __future__ import annotations

import sys

import ansible.module_utils

from sandbox.core.settings import PROJECT

ROLE = PROJECT / "examples" / "sample_app_smoke_test"

ansible.module_utils.__path__.append(str(ROLE / "module_utils"))
sys.path += [str(ROLE / "library"), str(PROJECT / "collections")]

import sample_app_smoke_test as module  # noqa: E402
from ansible.module_utils.sample_app import smoke_test, tiers  # noqa: E402

__all__ = ["module", "smoke_test", "tiers"]
