"""A run on servers whose deploy user has planted links, with an environment of hostile values; and the run's own doors.

What root alone has stays as it is, each program finds the values as they were given, and nobody else gets at the run's
sockets and at what it keeps. A second run takes the environment back.
"""

from __future__ import annotations

import contextlib
import os
import re
import stat
import time
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from tests.e2e.lab import Lab, until
from tests.integration.sdk import Host
from tests.resilience.doors import hostile, stack
from tests.resilience.doors.as_somebody import tries
from tests.resilience.doors.local_user import USERS
from tests.resilience.doors.settings import not_executed
from tests.resilience.record import Record

#: Seconds of both runs.
SECONDS = 230.0
PLAYBOOKS = (("playbooks/servers.yml", "--tags", "common"), ("playbooks/app.yml",))
APPLICATION = "/var/www/aws-intro-sample"
HOME = "/home/deploy"
#: What is root's alone, to which links lead. As in molecule/shared/tasks/by_hand.yml; the last number changes with
#: content, owner, mode and lists of rights alike.
CANARIES = """
set -eu
mkdir -p /root/canary/directory
for file in /root/canary/file /root/canary/directory/file; do echo "root's" > $file; chmod 600 $file; done
chmod 700 /root/canary /root/canary/directory
"""
LOOK = ("find", "/root/canary", "-printf", r"%p %u:%g %m %C@\n")
FILE, DIRECTORY = "/root/canary/file", "/root/canary/directory"
#: Links within the deploy user's rights, and where they lead. None that only takes the application itself away.
PLANTS = {
    f"{HOME}/.bash_profile": FILE,
    f"{HOME}/.bashrc": FILE,
    f"{HOME}/.ssh": DIRECTORY,
    f"{HOME}/.ansible": DIRECTORY,
    f"{HOME}/.cache": DIRECTORY,
    f"{APPLICATION}/REVISION": FILE,
    f"{APPLICATION}/.built.new": FILE,
    f"{APPLICATION}.d/shared/log/production.log-1": FILE,
    f"{APPLICATION}.d/shared/log/other.log": FILE,
    f"{APPLICATION}.d/shared/log/railyard": DIRECTORY,
    f"{APPLICATION}.d/shared/tmp/pids/puma.pid": FILE,
    "/tmp/railyard": DIRECTORY,
    "/var/tmp/railyard": DIRECTORY,
}
CHOICE = 8
ROTATE = f"cat {FILE}; logrotate --force /etc/logrotate.d/railyard-app; cat {FILE}"
#: How a program on a server gets the application's environment: by systemd, by the command for people, at a login.
READERS = {
    "systemd": (
        *("systemd-run", "--quiet", "--wait", "--pipe", "--collect", "--property", "User=deploy"),
        *("--property", "EnvironmentFile=/etc/railyard/app.env", "/usr/bin/env", "-0"),
    ),
    "railyard-run": ("railyard-run", "env", "-0"),
    "a login": ("runuser", "--login", "deploy", "--command", "env -0"),
}
_WAY = re.compile(rb"(/[^\0]*/railyard-(exchange|nursery)-[^/\0]+)/way")


def plant(host: Host, where: str, to: str) -> None:
    """Plant a link as the deploy user; what was there is put aside where it may be."""
    host.run("runuser", "-u", "deploy", "--", "sh", "-c", 'rm -rf "$1" && ln -sfn "$2" "$1"', "sh", where, to)


def untouched(host: Host, before: str) -> None:
    after = host.run(*LOOK)
    assert after == before, f"a link was followed: before\n{before}after\n{after}"


def rotated(host: Host) -> None:
    said = host.run("sh", "-c", ROTATE).splitlines()
    assert said == ["root's", "root's"], said


def noticed(host: Host) -> None:
    """Whoever follows a link is found."""
    before = host.run(*LOOK)
    host.run("runuser", "-u", "root", "--", "sh", "-c", f"chown deploy {FILE} && chown root {FILE}")
    try:
        untouched(host, before)
    except AssertionError:
        return
    raise AssertionError("a canary was touched, and it was not noticed")


def reads(host: Host, reader: str, given: dict[str, str]) -> None:
    """A program has the values as they were given."""
    found = hostile.harmed(given, host.run(*READERS[reader]))
    assert not found, "; ".join(found)


def without(host: Host, names: list[str]) -> None:
    entries = host.run(*READERS["railyard-run"])
    there = [name for name in names if f"{name}=" in entries]
    assert not there, f"still in the environment: {there}"


def nothing_made(host: Host, canary: str) -> None:
    host.run("test", "!", "-e", canary)


def ways_of_the_run(lab: Lab) -> dict[str, Path]:
    """Directories with the sockets of a run that lasts, by kind: those of processes in the lab's environment."""
    own, found = f"RAILYARD_SANDBOX_NAME={lab.name}".encode(), {}
    for entry in os.scandir("/proc"):
        if entry.name.isdigit():
            with contextlib.suppress(OSError):
                match = _WAY.search(Path(entry.path, "cmdline").read_bytes())
                if match and own in Path(entry.path, "environ").read_bytes().split(b"\0"):
                    found[match[2].decode()] = Path(match[1].decode())
    return found


class Watch:
    """Another user who tries to get at a run while it lasts."""

    def __init__(self, lab: Lab, uid: int) -> None:
        self.lab, self.uid = lab, uid
        self.seen: dict[Path, str] = {}
        self.got: list[str] = []

    def look(self) -> None:
        """Try what has come since the last look."""
        for kind, place in ways_of_the_run(self.lab).items():
            way = place / "way"
            if place in self.seen or not way.exists():
                continue
            mode = stat.S_IMODE(place.stat().st_mode)
            got = tries(self.uid, places=[place], sockets=[str(way)])
            if mode != 0o700 or any(got.values()):
                self.got.append(f"{place} has mode {mode:04o}, and user {self.uid} gets {got}")
            self.seen[place] = kind

    def judged(self) -> None:
        assert not self.got, "; ".join(self.got)
        assert set(self.seen.values()) == {"exchange", "nursery"}, f"seen was only {self.seen}"
        left = [place for place in self.seen if place.exists()]
        assert not left, f"the run has left {left}"


def kept_alone(lab: Lab) -> None:
    """What a run keeps for the next is its user's alone, and so are the sockets to servers."""
    payloads = lab.home / ".cache" / "railyard" / "payloads"
    assert [one for one in payloads.iterdir() if one.is_dir()], f"nothing is kept in {payloads}"
    ways = lab.home / ".ansible" / "cp"
    open_ = [
        f"{path} {stat.S_IMODE(path.stat().st_mode):04o}"
        for path in (payloads, *payloads.iterdir(), *([ways] if ways.exists() else []))
        if path.stat().st_mode & 0o077
    ]
    assert not open_, f"open to others: {open_}"


def go(lab: Lab, name: str, watch: Watch | None, *arguments: str) -> None:
    """Run the playbooks, with somebody watching."""
    for number, playbook in enumerate(PLAYBOOKS):
        with ThreadPoolExecutor(1) as side:
            run = side.submit(lab.playbook, f"{name}-{number}", *playbook, *arguments, timeout=1500)
            while not run.done():
                if watch:
                    watch.look()
                time.sleep(0.2)
            run.result()


def prove(record: Record, lab: Lab) -> None:
    webs = {name: host for name, host in stack.hosts(lab).items() if name.startswith("web")}
    canary = f"/var/tmp/railyard-doors-{record.seed}"
    given = hostile.variables(canary)
    file = lab.root / "environment.yml"
    file.write_text(hostile.as_yaml({"app_environment": given}))
    before: dict[str, str] = {}
    for name, host in webs.items():
        host.run("sh", "-c", CANARIES)
        before[name] = host.run(*LOOK)
        links = sorted(PLANTS) if record.everything else record.random.sample(sorted(PLANTS), CHOICE)
        for where in links:
            plant(host, where, PLANTS[where])
        record.show(f"    {name} has links at {', '.join(links)}")
    watch = Watch(lab, record.random.choice(USERS))
    record.attempt(
        "run: it ends well with links and hostile values", partial(go, lab, "hostile", watch, "-e", f"@{file}")
    )
    record.attempt(f"run: user {watch.uid} does not get at its sockets", watch.judged)
    record.attempt("run: what it keeps is its user's alone", partial(kept_alone, lab))
    record.attempt("run: no value is executed on the controller", partial(not_executed, canary))
    for name, host in webs.items():
        record.attempt(f"run: links of {name} are not followed", partial(untouched, host, before[name]))
        record.attempt(f"run: nor by its log rotation on {name}", partial(rotated, host))
        record.attempt(f"run: no value is executed on {name}", partial(nothing_made, host, canary))
        for reader in READERS:
            record.attempt(f"run: {reader} on {name} has the values", partial(reads, host, reader, given))
    record.attempt("run: the site answers", partial(until, "the page", lambda: lab.page(timeout=10), 90))
    record.attempt("run: the next one takes the values back", partial(go, lab, "tame", None))
    for name, host in webs.items():
        record.attempt(f"run: {name} has them no more", partial(without, host, list(given)))
        record.attempt(f"run: links of {name} are not followed by that one", partial(untouched, host, before[name]))
    record.attempt("run: a touched canary is noticed", partial(noticed, next(iter(webs.values()))))
