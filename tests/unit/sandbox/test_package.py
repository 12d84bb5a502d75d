"""The sandbox as a Python package of its own, and as a part of the checkout."""

from __future__ import annotations

import importlib
import tomllib
from pathlib import Path

import pytest

from sandbox.core import client, settings
from sandbox.core.settings import PROJECT, Settings

ROOT = PROJECT / "sandbox"


@pytest.fixture(scope="module")
def package() -> dict:
    return tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))


def test_every_folder_of_code_is_packed(package):
    folders = {".".join(("sandbox", *file.parent.relative_to(ROOT).parts)) for file in ROOT.rglob("*.py")}
    # pip leaves `build` where somebody installed it from here.
    code = {name for name in folders if not name.startswith("sandbox.build")}
    assert set(package["tool"]["setuptools"]["packages"]) == code
    assert all((PROJECT / name.replace(".", "/") / "__init__.py").is_file() for name in code)


def test_its_command_is_there(package, capsys):
    module, _colon, function = package["project"]["scripts"]["railyard-sandbox"].partition(":")
    with pytest.raises(SystemExit) as end:
        getattr(importlib.import_module(module), function)(["--help"])
    assert end.value.code == 0
    assert "doctor" in capsys.readouterr().out


def test_an_installed_package_keeps_its_state_with_the_user_and_names_no_checkout(tmp_path, monkeypatch):
    in_checkout = Settings.from_environment({})
    assert in_checkout.home == PROJECT / ".sandbox"
    monkeypatch.setattr(settings, "PROJECT", tmp_path / "site-packages")
    alone = Settings.from_environment({"XDG_STATE_HOME": str(tmp_path), "RAILYARD_SANDBOX_NAME": "b"})
    assert alone.home == tmp_path / "railyard-sandbox-b"
    assert Settings.from_environment({}).home == Path.home() / ".local" / "state" / "railyard-sandbox"
    assert "RAILYARD_APP_SOURCE" not in client.environment_of(alone)
    assert client.environment_of(alone)["AWS_ENDPOINT_URL"] == "http://127.0.0.1:5080"
