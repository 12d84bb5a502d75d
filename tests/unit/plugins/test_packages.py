"""packages: the database of packages is asked, and a package manager starts only for what is missing."""

from __future__ import annotations

import os
import time
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.playbook.task import Task
from ansible_collections.railyard.aws.plugins.action import packages as plugin
from ansible_collections.railyard.aws.plugins.module_utils._host.packages import database, lists_age, missing
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError


def test_packages_of_debian() -> None:
    def run(words: list[str]) -> tuple[int, str, str]:
        assert words[0] == "dpkg-query"
        return 1, "git installed\nlogrotate config-files\nlibc6 installed\n", "no packages found matching nodejs"

    assert missing(["git", "logrotate", "nodejs", "libc6:amd64"], "dpkg", run) == ["logrotate", "nodejs"]


def test_packages_of_amazon_linux_by_what_they_provide() -> None:
    assert missing(["git", "nodejs"], "rpm", lambda words: (words[-1] != "git", "", "")) == ["nodejs"]


def test_the_database_is_the_distributions_own() -> None:
    assert database({"dpkg-query": "dpkg-query", "rpm": "rpm"}.get) == "dpkg"
    assert database({"rpm": "rpm"}.get) == "rpm"
    with pytest.raises(ResourceError, match="neither dpkg nor rpm"):
        database(lambda _name: None)


def test_the_age_of_lists_is_that_of_the_youngest(tmp_path: Path) -> None:
    assert lists_age(str(tmp_path / "missing")) is None
    # A new image has the directory, however young, and the lock in it.
    (tmp_path / "lock").touch()
    (tmp_path / "partial").mkdir()
    assert lists_age(str(tmp_path)) is None
    for name, age in (("mirror_main_binary-amd64_Packages", 7200), ("mirror_updates_Packages.lz4", 3600)):
        (tmp_path / name).touch()
        os.utime(tmp_path / name, (time.time() - age,) * 2)
    assert 3600 <= (lists_age(str(tmp_path)) or 0) < 3660


class Server(plugin.ActionModule):
    """The plugin, with a server that answers by what is missing and how old its lists are."""

    missing: list[str]
    age: int | None = 60

    def _execute_module(self, module_name: str = "", module_args: Any = None, **_rest: Any) -> dict[str, Any]:  # type: ignore[override]
        self.asked.append((module_name.rpartition(".")[2], module_args))
        if module_name.endswith("server_state_info"):
            return {"missing_packages": self.missing, "package_lists_age": self.age}
        return {"changed": True}


def server(
    names: list[str], missing_ones: list[str], manager: str | None = "apt", age: int | None = 60, check: bool = False
) -> tuple[Server, dict]:
    task = Task.load(
        {"action": "railyard.aws.packages", "name": "Install", "args": {"name": names}, "check_mode": check}
    )
    task.args = {"name": names}
    one = Server(task, MagicMock(), MagicMock(), MagicMock(), MagicMock())
    one.missing, one.age, one.asked = missing_ones, age, []
    return one, one.run(task_vars={"ansible_facts": {"pkg_mgr": manager}})


def test_where_nothing_is_missing_one_question_is_all() -> None:
    one, result = server(["nginx", "logrotate"], [])
    assert result == {"changed": False, "missing": []}
    assert one.asked == [("server_state_info", {"packages": ["nginx", "logrotate"], "packages_known_by": "dpkg"})]


@pytest.mark.parametrize(("age", "fetched"), [(None, True), (86401, True), (60, False)])
def test_what_is_missing_is_installed_from_lists_that_are_young_enough(age: int | None, fetched: bool) -> None:
    one, result = server(["nginx", "logrotate"], ["nginx"], age=age)
    assert result == {"changed": True, "missing": ["nginx"]}
    assert one.asked[1:] == [
        ("apt", {"name": ["nginx"], "lock_timeout": 300, "install_recommends": False, "update_cache": fetched})
    ]


@pytest.mark.parametrize("manager", ["dnf", "dnf5"])
def test_amazon_linux_asks_dnf(manager: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def dnf(name: str, task: Task, **_rest: Any) -> MagicMock:
        return MagicMock(run=lambda task_vars: asked.append((name, task.args)) or {"changed": True})

    asked: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(plugin.action_loader, "get", dnf)
    one, result = server(["nginx"], ["nginx"], manager=manager)
    assert result["changed"] and one.asked[0][1]["packages_known_by"] == "rpm"
    assert asked == [("ansible.builtin.dnf", {"name": ["nginx"], "lock_timeout": 300})] and len(one.asked) == 1


def test_a_plan_names_what_is_missing_and_asks_no_package_manager() -> None:
    one, result = server(["nginx"], ["nginx"], age=None, check=True)
    assert result == {"changed": True, "missing": ["nginx"], "msg": "Would install nginx."}
    assert len(one.asked) == 1


def test_a_list_of_none_asks_nothing() -> None:
    one, result = server([], [])
    assert not one.asked and not result["changed"]


def test_another_package_manager_is_named() -> None:
    one, result = server(["nginx"], ["nginx"], manager="pacman")
    assert result["failed"] and "'pacman'" in result["msg"] and not one.asked
