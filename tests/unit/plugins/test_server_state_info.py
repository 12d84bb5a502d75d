"""server_state_info: what of files, directories and packages differs, without a word of what is in them."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.modules import server_state_info

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="what is root's takes root")

SECRET = "SECRET_KEY_BASE=4f1c\n"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    tmp_path.chmod(0o755)
    (tmp_path / "app.env").write_text(SECRET)
    (tmp_path / "app.env").chmod(0o640)
    (tmp_path / "log").mkdir(mode=0o755)
    return tmp_path


def entry(root: Path, **changed: str) -> dict[str, str]:
    digest = hashlib.sha256(SECRET.encode()).hexdigest()
    return {"path": str(root / "app.env"), "sha256": digest, "mode": "0640", **changed}


def differences(run_module, **arguments: Any) -> list[str]:
    result = run_module(server_state_info, **arguments)
    assert result["changed"] is False
    return result["differences"]


def test_what_is_as_it_should_be_has_no_difference(run_module, root: Path) -> None:
    well = {"directories": [{"path": str(root / "log")}], "root_files": [str(root / "app.env")]}
    assert differences(run_module, files=[entry(root)], **well) == []
    assert differences(run_module) == []


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"sha256": "0" * 64}, "has another content"),
        ({"mode": "0600"}, "is not root:root 0600"),
        ({"owner": "nobody"}, "is not nobody:root 0640"),
        ({"group": "nogroup"}, "is not root:nogroup 0640"),
        ({"group": "nobody-has-it"}, "there is no such user or group yet"),
        ({"path": "/nowhere/app.env"}, "/nowhere/app.env is missing"),
    ],
)
def test_each_difference_of_a_file_is_told_without_its_content(run_module, root: Path, changed, said) -> None:
    found = differences(run_module, files=[entry(root, **changed)])
    assert len(found) == 1 and said in found[0] and "4f1c" not in found[0]


def test_a_link_in_the_place_of_a_file_is_not_followed(run_module, root: Path) -> None:
    (root / "app.env").rename(root / "elsewhere")
    (root / "app.env").symlink_to(root / "elsewhere")
    assert "no regular file" in differences(run_module, files=[entry(root)])[0]


def test_directories_are_judged_as_their_module_keeps_them_and_left(run_module, root: Path) -> None:
    asked = [{"path": str(root / "log"), "owner": "nobody", "group": "nogroup"}, {"path": str(root / "new")}]
    found = differences(run_module, directories=asked)
    assert [line.split(": ")[0] for line in found] == [str(root / "log"), str(root / "new")]
    assert (root / "log").stat().st_uid == 0 and not (root / "new").exists()


def test_a_way_that_others_can_change_is_a_difference(run_module, root: Path) -> None:
    (root / "open").mkdir()
    (root / "open").chmod(0o777)
    found = differences(run_module, directories=[{"path": str(root / "open" / "x")}])
    assert "can be changed by others than root" in found[0]


def test_what_a_link_is(run_module, root: Path) -> None:
    assert run_module(server_state_info, link=str(root / "current"))["stat"] == {"exists": False, "islnk": False}
    assert run_module(server_state_info, link=str(root / "log"))["stat"] == {"exists": True, "islnk": False}
    (root / "current").symlink_to("log")
    found = run_module(server_state_info, link=str(root / "current"))["stat"]
    assert found == {"exists": True, "islnk": True, "lnk_source": str(root / "log")}


def test_users(run_module) -> None:
    assert run_module(server_state_info, user="root")["user_exists"] is True
    assert run_module(server_state_info, user="nobody-has-it")["user_exists"] is False


def test_a_missing_package_is_a_difference(run_module) -> None:
    assert differences(run_module, packages=["no-such-package"]) == ["the package no-such-package is missing"]
