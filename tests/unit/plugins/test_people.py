"""Accounts of people on a server: opened, mended, closed when they leave, and never those of others."""

from __future__ import annotations

from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._host.accounts import (
    Accounts,
    account_steps,
    gone,
    processes,
)
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

GROUP = "railyard-people"
PASSWD = """root:x:0:0:root:/root:/bin/bash
backup:x:34:34::/var/backups:/usr/sbin/nologin
ec2-user:x:1000:1000::/home/ec2-user:/bin/bash
kim:x:1001:1001::/home/kim:/bin/bash
lee:x:1002:1002::/home/lee:/usr/sbin/nologin
"""
SHADOW = "root:*::::::\nec2-user:!:1:0:9:7:::\nkim:*:1:0:9:7:::\nlee:!*:1:0:9:7::1:\n"
GROUPS = "root:x:0:\nadm:x:4:ec2-user\nec2-user:x:1000:\nkim:x:1001:\nlee:x:1002:\nshop:x:1003:\n"


def accounts(folder: Path, members: str | None = "kim,lee", **files: str) -> Accounts:
    people = "" if members is None else f"{GROUP}:x:990:{members}\n"
    for name, text in {"passwd": PASSWD, "shadow": SHADOW, "group": GROUPS + people, **files}.items():
        (folder / name).write_text(text)
    return Accounts.read(str(folder))


def commands(found: Accounts, *people: str) -> list[str]:
    return [" ".join(step.command) for step in account_steps(found, people, GROUP)]


def test_nothing_is_done_where_all_is_as_listed_and_closed(tmp_path):
    assert commands(accounts(tmp_path), "kim") == []


def test_without_people_nothing_is_made(tmp_path):
    assert commands(accounts(tmp_path, None)) == []


def test_the_first_person_brings_the_group(tmp_path):
    made = commands(accounts(tmp_path, None), "ada")
    assert made[0] == f"groupadd --system {GROUP}"
    assert made[1].startswith("useradd --create-home --home-dir /home/ada -K HOME_MODE=0700")
    assert made[1].endswith(f"--password * --user-group --groups {GROUP} ada")


def test_who_is_in_the_group_and_not_on_the_list_is_closed(tmp_path):
    found = accounts(tmp_path)
    assert gone(found, [], GROUP) == ["kim", "lee"]
    (step,) = account_steps(found, [], GROUP)
    assert step.command[:5] == ["usermod", "--shell", "/usr/sbin/nologin", "--password", "!*"]
    assert step.command[5:] == ["--expiredate", "1", "--groups", GROUP, "--gid", "kim", "kim"]
    assert step.before.startswith("no password, open") and step.after.startswith("locked, closed")


def test_who_comes_back_is_opened_again(tmp_path):
    (command,) = commands(accounts(tmp_path), "kim", "lee")
    assert command.startswith("usermod --shell /bin/bash --password * --expiredate  --groups") and command.endswith(
        "lee"
    )


@pytest.mark.parametrize(
    "files",
    [
        pytest.param({"group": GROUPS.replace("ec2-user\n", "ec2-user,kim\n", 1) + f"{GROUP}:x:990:kim\n"}, id="group"),
        pytest.param({"shadow": SHADOW.replace("kim:*", "kim:$6$salt$hash")}, id="password"),
        pytest.param({"passwd": PASSWD.replace("kim:x:1001:1001", "kim:x:1001:0")}, id="primary group"),
    ],
)
def test_what_was_added_by_hand_is_taken_back(tmp_path, files):
    found = accounts(tmp_path, **files)
    (step,) = account_steps(found, ["kim", "lee"] if "group" not in files else ["kim"], GROUP)[:1]
    assert step.command[-1] == "kim" and "hash" not in step.before
    assert step.command[step.command.index("--groups") + 1 :] == [GROUP, "--gid", "kim", "kim"]


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("backup", r"'backup' \(uid 34\) is a user of this server's own"),
        ("ec2-user", "hand it over: usermod --append"),
        ("shop", "'shop' is a group of this server"),
    ],
)
def test_no_other_user_is_taken_for_a_person(tmp_path, name, says):
    with pytest.raises(ResourceError, match=says):
        account_steps(accounts(tmp_path), [name], GROUP)


def test_a_member_without_an_account_is_nobody(tmp_path):
    assert gone(accounts(tmp_path, "ghost"), [], GROUP) == []


def test_processes_are_the_users_and_those_that_sudo_started_for_it(tmp_path):
    def process(number: int, uid: int, login: int, state: str = "S") -> None:
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "status").write_text(f"Name:\tx\nState:\t{state} (x)\nUid:\t{uid}\t{uid}\t{uid}\t{uid}\n")
        (folder / "loginuid").write_text(str(login))

    process(10, 1001, 1001)
    process(11, 0, 1001)
    process(12, 1001, 1001, "Z")
    process(13, 0, 4294967295)
    process(14, 1002, 1002)
    (tmp_path / "self").mkdir()
    assert sorted(processes(1001, str(tmp_path))) == [10, 11]
