# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The accounts of a server, as its files have them, and what to do so that people's are those of a list.

People's accounts are told by a group of theirs: who is in it and not on the list has left. Their accounts are closed, not
deleted: a number that is free again would make files of theirs the next person's.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.railyard.aws.plugins.module_utils._host.files import read
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError

#: No password fits; the key is what counts.
NO_PASSWORD = "*"
#: Refused whatever comes, and over since 2 January 1970: neither sshd nor cron nor sudo takes such an account.
LOCKED, OVER = "!*", "1"
SHELL, NO_SHELL = "/bin/bash", "/usr/sbin/nologin"
#: Below are users of the system.
FIRST_UID = 1000


@dataclass(frozen=True)
class Account:
    """What of an account decides whether, and as what, somebody comes in."""

    uid: int
    group: str
    shell: str
    password: str
    expires: str
    groups: frozenset[str]


@dataclass
class Step:
    """A command, and what it changes in words; ``before`` and ``after`` are of one account."""

    name: str
    before: str
    after: str
    command: list[str] = field(default_factory=list)


def _rows(path: Path) -> list[list[str]]:
    return [line.split(":") for line in read(str(path)).splitlines() if ":" in line]


@dataclass(frozen=True)
class Accounts:
    """Accounts by name, and members of groups by the group's name."""

    users: dict[str, Account]
    members: dict[str, list[str]]

    @classmethod
    def read(cls, etc: str = "/etc") -> Accounts:
        """Those of a directory like /etc. May raise OSError."""
        groups = _rows(Path(etc, "group"))
        names = {row[2]: row[0] for row in groups}
        members = {row[0]: [one for one in row[3].split(",") if one] for row in groups}
        shadow = {row[0]: row for row in _rows(Path(etc, "shadow"))}
        users = {}
        for name, _password, uid, gid, _comment, _home, shell, *_more in _rows(Path(etc, "passwd")):
            own = shadow.get(name, [])
            users[name] = Account(
                uid=int(uid),
                group=names.get(gid, gid),
                shell=shell,
                password=own[1] if len(own) > 1 else "",
                expires=own[7] if len(own) > 7 else "",
                groups=frozenset(group for group, listed in members.items() if name in listed),
            )
        return cls(users, members)


def gone(accounts: Accounts, people: Iterable[str], group: str) -> list[str]:
    """Names of those whose account is a person's, and who are on the list no more."""
    listed = set(people)
    return [name for name in accounts.members.get(group, []) if name in accounts.users and name not in listed]


def account_steps(accounts: Accounts, people: Iterable[str], group: str) -> list[Step]:
    """What is to be done so that accounts are those of ``people``. Raises ResourceError for a name that is another's."""
    people = list(people)
    steps = []
    if people and group not in accounts.members:
        steps.append(Step(group, "no group", "a group", ["groupadd", "--system", group]))
    steps += [step for name in people for step in _opened(accounts, name, group)]
    return steps + [step for name in gone(accounts, people, group) for step in _closed(accounts.users[name], name, group)]


def _opened(accounts: Accounts, name: str, group: str) -> list[Step]:
    account = accounts.users.get(name)
    if account is None:
        if name in accounts.members:
            raise ResourceError(
                f"'{name}' is a group of this server, and a person's account has a group of its own name; write another name for the person, "
                f"or, if nothing needs it, remove the group: groupdel {name}"
            )
        make = ["useradd", "--create-home", "--home-dir", f"/home/{name}", "-K", "HOME_MODE=0700", "--shell", SHELL]
        return [Step(name, "no account", "an account", [*make, "--password", NO_PASSWORD, "--user-group", "--groups", group, name])]
    if account.uid < FIRST_UID or group not in account.groups:
        raise ResourceError(
            f"'{name}' (uid {account.uid}) is a user of this server's own, and no person's; write another name for the person"
            + (f", or, if it is theirs, hand it over: usermod --append --groups {group} {name}" if account.uid >= FIRST_UID else ".")
        )
    wanted = Account(account.uid, name if name in accounts.members else account.group, SHELL, NO_PASSWORD, "", frozenset([group]))
    return _changed(name, account, wanted)


def _closed(account: Account, name: str, group: str) -> list[Step]:
    return _changed(name, account, Account(account.uid, account.group, NO_SHELL, LOCKED, OVER, frozenset([group])))


def _changed(name: str, account: Account, wanted: Account) -> list[Step]:
    if account == wanted:
        return []
    command = ["usermod", "--shell", wanted.shell, "--password", wanted.password, "--expiredate", wanted.expires, "--groups", ",".join(sorted(wanted.groups))]
    return [Step(name, _words(account), _words(wanted), [*command, "--gid", wanted.group, name])]


def _words(account: Account) -> str:
    """An account as a plan shows it; a password is named, not shown."""
    password = {NO_PASSWORD: "no password", LOCKED: "locked"}.get(account.password, "a password")
    return f"{password}, {'closed' if account.expires else 'open'}, {account.shell}, groups {', '.join([account.group, *sorted(account.groups)])}"


def processes(uid: int, proc: str = "/proc") -> list[int]:
    """Processes of a user, and those that the user's sessions started as others, by sudo; never this one."""
    found = []
    for entry in Path(proc).iterdir():
        if not entry.name.isdigit() or int(entry.name) == os.getpid():
            continue
        try:
            status = read(str(entry / "status"))
            session = read(str(entry / "loginuid")).strip() if (entry / "loginuid").exists() else ""
        except OSError:
            continue  # It ended meanwhile.
        ids = next((line.split()[1:] for line in status.splitlines() if line.startswith("Uid:")), [])
        # One that has ended, and whose parent has not asked how, cannot be ended.
        ended = "\nState:\tZ" in status
        if not ended and (str(uid) in ids or session == str(uid)):
            found.append(int(entry.name))
    return found
