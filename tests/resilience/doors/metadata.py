"""Metadata, where a server's credentials are: told to who shows a token, asks from the server itself, and may."""

from __future__ import annotations

import re
import select
import socket
import subprocess
import sys
import threading
import time
from functools import partial

from sandbox.network import netns
from sandbox.network.command import CommandError
from tests.e2e import machine
from tests.e2e.lab import Lab
from tests.integration.sdk import Host
from tests.resilience.doors import stack
from tests.resilience.record import Record
from tests.templates.test_common import METADATA

SECONDS = 30.0
ADDRESS = "169.254.169.254"
BASE = f"http://{ADDRESS}/latest"
_STATUS = ("curl", "--silent", "--max-time", "5", "--output", "/dev/null", "--write-out", "%{http_code}")
_TTL = "X-aws-ec2-metadata-token-ttl-seconds"
_TOKEN = "X-aws-ec2-metadata-token"
#: Who has no business there, and is on every server.
STRANGERS = ("nobody", "daemon", "www-data", "games")
#: The right to have a packet filter of one's own, as a bit of /proc/self/status.
_NET_ADMIN = 12


def status(host: Host, *words: str, user: str = "") -> str:
    """The HTTP status that somebody on a server gets, 000 for none."""
    become = ("runuser", "-u", user, "--") if user else ()
    try:
        return host.run(*become, *_STATUS, *words)
    except CommandError as error:
        # curl's own words for a connection that nobody took, and for one that nothing came back for.
        assert re.search(r"ended with (7|28):", str(error)), error
        return "000"


def token(host: Host, *more: str) -> str:
    return host.run("curl", "-sSf", "-m", "5", "-X", "PUT", "-H", f"{_TTL}: 60", *more, f"{BASE}/api/token")


def options(lab: Lab, name: str) -> None:
    """What EC2 says of a server's metadata: tokens, and for the server alone."""
    found = lab.account().servers()[name]["MetadataOptions"]
    said = {key: found.get(key) for key in ("HttpTokens", "HttpEndpoint", "HttpPutResponseHopLimit")}
    assert said == {"HttpTokens": "required", "HttpEndpoint": "enabled", "HttpPutResponseHopLimit": 1}, said


def wants_a_token(host: Host, other: Host) -> None:
    """Nothing is told without a token, with a made-up one, or with another server's; and with one's own it is."""
    path = f"{BASE}/meta-data/iam/security-credentials/"
    assert status(host, f"{BASE}/meta-data/instance-id", "-H", f"{_TOKEN}: {token(host)}") == "200"
    for words in ((), ("--head",), ("-H", f"{_TOKEN}: "), ("-H", f"{_TOKEN}: {'A' * 56}")):
        assert (got := status(host, path, *words)) == "401", f"{words} got {got}"
    assert (got := status(host, path, "-H", f"{_TOKEN}: {token(other)}")) == "401", f"another server's token got {got}"


def tokens_are_not_for_all(host: Host) -> None:
    """No token goes to who asks through a proxy, by GET, or for a life that none has."""
    put = (f"{BASE}/api/token", "-X", "PUT")
    assert (got := status(host, *put, "-H", f"{_TTL}: 60", "-H", "X-Forwarded-For: 192.0.2.1")) == "403", got
    assert (got := status(host, f"{BASE}/api/token", "-H", f"{_TTL}: 60")) != "200", got
    for seconds in ("0", "21601", "-1", "x", ""):
        assert (got := status(host, *put, "-H", f"{_TTL}: {seconds}")) == "400", f"{seconds!r} got {got}"


def hops(settings: machine.Settings, instance: str, ask: partial[str]) -> set[int]:
    """How far packets with words of the metadata may go on, as they arrive at a server."""
    found: set[int] = set()
    with netns.socket_in(settings.netns(instance), socket.AF_PACKET, socket.SOCK_DGRAM) as seen:
        seen.bind(("eth0", 0x0800))
        asking = threading.Thread(target=ask)
        asking.start()
        end = time.monotonic() + 8
        while time.monotonic() < end and (asking.is_alive() or not found):
            if not select.select([seen], [], [], 0.2)[0]:
                continue
            packet = seen.recv(65535)
            header, whole = (packet[0] & 15) * 4, int.from_bytes(packet[2:4])
            said = whole - header - (packet[header + 12] >> 4) * 4 if packet[9] == 6 else 0
            if packet[12:16] == socket.inet_aton(ADDRESS) and said > 0:
                found.add(packet[8])
        asking.join(timeout=10)
    return found


def stays_on_the_server(lab: Lab, name: str, host: Host) -> None:
    """What it says can go no hop further: not to a container behind the server."""
    found = hops(machine.settings(lab), lab.account().servers()[name]["InstanceId"], partial(token, host))
    assert found == {1}, f"packets with its words may go on for {sorted(found)} hops"


def strangers(host: Host, user: str) -> str:
    """Users without business are refused; in a container, which has no packet filter, the journal says why not."""
    got = status(host, f"{BASE}/api/token", "-X", "PUT", "-H", f"{_TTL}: 60", user=user)
    if got == "000":
        return "refused"
    rights = int(host.run("sed", "-n", r"s/^CapEff:\s*//p", "/proc/1/status"), 16)
    assert not rights >> _NET_ADMIN & 1, f"{user} got {got}, and the server could refuse it"
    said = host.run("journalctl", "--no-pager", "--unit", "railyard-metadata.service", "--lines", "50")
    assert "everybody may ask the metadata" in said, f"{user} got {got}, and nothing says why: {said}"
    return "explained: a container without CAP_NET_ADMIN"


def rule_of_the_server(lab: Lab, name: str) -> None:
    """The script that a server has, run where there is a packet filter, refuses them."""
    script = machine.roots(lab)[name] / "usr/local/sbin/railyard-metadata"
    done = subprocess.run(
        ["unshare", "--net", "bash", "-c", METADATA, "try", str(script), sys.executable],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    lines = done.stdout.splitlines()
    # root is answered; games and nobody, who are not among its users, are not.
    assert lines[:2] == ["200 missing", "200 000 000 in force"], (lines, done.stderr)


def prove(record: Record, lab: Lab) -> None:
    found = stack.hosts(lab)
    webs = [name for name in found if name.startswith("web")]
    chosen = sorted(found) if record.everything else ["jump01", record.random.choice(webs)]
    for name in chosen:
        host, other = found[name], found[next(one for one in webs if one != name)]
        record.attempt(f"metadata: options of {name}", partial(options, lab, name))
        record.attempt(f"metadata: {name} wants a token", partial(wants_a_token, host, other))
        record.attempt(f"metadata: {name} gives tokens not to all", partial(tokens_are_not_for_all, host))
        record.attempt(f"metadata: it ends at {name}", partial(stays_on_the_server, lab, name, host))
        if name in webs:
            for user in STRANGERS if record.everything else [record.random.choice(STRANGERS)]:
                became = record.attempt(f"metadata: {user} on {name}", partial(strangers, host, user))
                record.show(f"    {became}")
            record.attempt(f"metadata: the rule of {name}", partial(rule_of_the_server, lab, name))
