"""Plugins are imported by their full names from this checkout; AWS is emulated in this process."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

# ansible_collections is a namespace package: this adds ours to those that the `ansible` package brings.
sys.path.insert(0, str(Path(__file__).resolve().parents[3] / "collections"))


@pytest.fixture
def aws(monkeypatch):
    """An empty account."""
    from moto import mock_aws

    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_URL", "AWS_CA_BUNDLE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "ap-northeast-1")
    # Two thousand images for each test that touches EC2, a third of a second each time.
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield


@pytest.fixture
def run_module(monkeypatch):
    """``run_module(module, check=False, **arguments)`` runs a module's main() and returns its result."""
    from ansible.module_utils.testing import patch_module_args

    def run(module, check: bool = False, **arguments) -> dict:
        out = io.StringIO()
        with patch_module_args({**arguments, "_ansible_check_mode": check}), monkeypatch.context() as patch:
            patch.setattr(sys, "stdout", out)
            # Other tests import Ansible's controller, which would show warnings instead of returning them.
            patch.setattr("ansible.module_utils._internal.is_controller", False)
            with pytest.raises(SystemExit):
                module.main()
        return json.loads(out.getvalue())

    return run
