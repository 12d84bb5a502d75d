"""Another user of the machine: neither the API, nor files, nor sockets, nor networks of the sandbox are theirs."""

from __future__ import annotations

import json
import re
import socket
import subprocess
import tempfile
from functools import partial
from pathlib import Path

from sandbox.network import netns
from tests.e2e import machine
from tests.e2e.lab import Lab
from tests.resilience.doors.as_somebody import tries
from tests.resilience.record import Record

SECONDS = 25.0
#: Numbers of users: nobody, those that the servers' users have in their containers, and one that is nobody's.
USERS = (65534, 1000, 1001, 33, 23456)


def places(lab: Lab) -> list[Path]:
    """Where the sandbox and who works with it keep files: what is in them is nobody else's."""
    return [
        lab.sandbox_home,
        lab.home,
        Path(lab.environment["RAILYARD_STATE_DIR"]),
        Path(lab.environment["RAILYARD_SANDBOX_CACHE"]) / "storage",
        Path("/run/railyard-sandbox"),
        *(Path(f"/proc/{pid}/environ") for pid in machine.processes(lab)),
    ]


def sockets(lab: Lab) -> list[str]:
    """Sockets with a name that the sandbox's processes listen on, in the controller's namespace of files."""
    own = set(machine.processes(lab))
    said = subprocess.run(
        ["ss", "--no-header", "--listening", "--unix", "--processes"], check=True, capture_output=True, text=True
    ).stdout
    found = []
    for line in said.splitlines():
        pids = {int(pid) for pid in re.findall(r"pid=(\d+)", line)}
        if pids & own:
            found.append(line.split()[4])
    return [*found, *(str(path) for path in lab.sandbox_home.rglob("*") if path.is_socket())]


def files(lab: Lab, uid: int) -> None:
    got = tries(uid, places=places(lab))
    assert not got["read"], f"user {uid} reads {len(got['read'])} files, {got['read'][:5]}"
    assert not got["written"], f"user {uid} may write {len(got['written'])}, {got['written'][:5]}"


def ways_in(lab: Lab, uid: int) -> None:
    names = [netns.path(name) for name in sorted(machine.namespaces(lab))]
    heard = sockets(lab)
    assert names and heard, (names, heard)
    got = tries(uid, sockets=heard, namespaces=names)
    assert not got["taken"], f"sockets take user {uid}: {got['taken']}"
    assert not got["entered"], f"user {uid} enters {got['entered']}"


def api(lab: Lab, uid: int) -> None:
    """Whoever has no secret gets nothing of the API, and changes nothing."""
    account, endpoint = lab.account(), lab.environment["AWS_ENDPOINT_URL"]

    def made() -> tuple[set[str], set[str]]:
        vpcs, buckets = account.ec2.describe_vpcs()["Vpcs"], account.s3.list_buckets()["Buckets"]
        return {one["VpcId"] for one in vpcs}, {one["Name"] for one in buckets}

    before = made()
    got = tries(
        uid,
        requests=[
            ("GET", f"{endpoint}/", None),
            ("GET", f"{endpoint}/railyard/status", None),
            ("GET", f"{endpoint}/railyard/mail", None),
            ("GET", f"{endpoint}/moto-api/data.json", None),
            ("POST", f"{endpoint}/moto-api/reset", ""),
            ("POST", f"{endpoint}/", "Action=CreateVpc&CidrBlock=10.9.0.0%2F16&Version=2016-11-15"),
            ("PUT", f"{endpoint}/doors-bucket", ""),
        ],
    )["status"]
    assert len(got) == 7 and all(status >= 400 for status in got), got
    assert made() == before


def only_this_machine(lab: Lab) -> None:
    """What the sandbox's processes listen on outside of its networks is loopback: no other machine gets there."""
    own = set(machine.processes(lab))
    said = subprocess.run(
        ["ss", "--no-header", "--listening", "--tcp", "--udp", "--numeric", "--processes"],
        check=True,
        capture_output=True,
        text=True,
    ).stdout
    heard = {line.split()[4] for line in said.splitlines() if {int(p) for p in re.findall(r"pid=(\d+)", line)} & own}
    assert heard, "the sandbox listens on nothing"
    assert not [one for one in heard if not one.startswith(("127.", "[::1]"))], sorted(heard)


def hostile_home(lab: Lab, uid: int) -> None:
    """A file and a socket that are everybody's are found: else the looks above prove nothing."""
    with tempfile.TemporaryDirectory(prefix="railyard-doors-") as made, socket.socket(socket.AF_UNIX) as one:
        place = Path(made)
        place.chmod(0o755)
        (place / "open").write_text(json.dumps({"secret": "x"}))
        (place / "open").chmod(0o666)
        one.bind(str(place / "way"))
        one.listen()
        (place / "way").chmod(0o777)
        got = tries(uid, places=[place], sockets=[str(place / "way")])
    assert got["read"] == [str(place / "open")] and got["taken"] == [str(place / "way")], got
    assert str(place / "open") in got["written"], got


def prove(record: Record, lab: Lab) -> None:
    users = USERS if record.everything else [record.random.choice(USERS)]
    record.attempt("local user: the sandbox listens on loopback alone", partial(only_this_machine, lab))
    for uid in users:
        record.attempt(f"local user {uid}: what is open is found", partial(hostile_home, lab, uid))
        record.attempt(f"local user {uid}: files", partial(files, lab, uid))
        record.attempt(f"local user {uid}: sockets and namespaces", partial(ways_in, lab, uid))
        record.attempt(f"local user {uid}: the API", partial(api, lab, uid))
