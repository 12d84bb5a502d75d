"""What another user of this machine can do: a program that asks as that user, and its answers."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

#: What it can read, write or enter of places; which sockets take it; what a port says. Python's own parts only.
_PROGRAM = r"""
import ctypes, json, os, socket, sys, urllib.error, urllib.request

said, found = json.load(sys.stdin), {"read": [], "written": [], "taken": [], "entered": [], "status": []}
for place in said["places"]:
    if os.access(place, os.W_OK):
        found["written"].append(place)
    paths = [place] if os.path.isfile(place) else []
    for directory, names, files in os.walk(place):
        paths += [os.path.join(directory, name) for name in files]
        below = [os.path.join(directory, name) for name in names]
        found["written"] += [path for path in below if os.access(path, os.W_OK)]
    for path in paths:
        if os.access(path, os.W_OK):
            found["written"].append(path)
        try:
            with open(path, "rb") as file:
                file.read(1)
            found["read"].append(path)
        except OSError:
            pass
for path in said["sockets"]:
    one = socket.socket(socket.AF_UNIX)
    try:
        one.connect("\0" + path[1:] if path.startswith("@") else path)
        found["taken"].append(path)
    except OSError:
        pass
for path in said["namespaces"]:
    try:
        with open(path, "rb") as file:
            if ctypes.CDLL(None).setns(file.fileno(), 0x40000000) == 0:
                found["entered"].append(path)
    except OSError:
        pass
for method, url, body in said["requests"]:
    try:
        asked = urllib.request.Request(url, body.encode() if body is not None else None, method=method)
        with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(asked, timeout=20) as answer:
            found["status"].append(answer.status)
    except urllib.error.HTTPError as error:
        found["status"].append(error.code)
json.dump(found, sys.stdout)
"""


def tries(
    uid: int,
    places: Sequence[Path] = (),
    sockets: Sequence[str] = (),
    namespaces: Sequence[Path] = (),
    requests: Sequence[tuple[str, str, str | None]] = (),
) -> dict[str, list[Any]]:
    """What a user with no group but its own number gets: files ``read`` and ``written``, sockets ``taken``, network
    namespaces ``entered``, and the ``status`` of each request (method, URL, body).

    Raises ``subprocess.CalledProcessError``.
    """
    said = {
        "places": [str(place) for place in places],
        "sockets": list(sockets),
        "namespaces": [str(one) for one in namespaces],
        "requests": [list(one) for one in requests],
    }
    done = subprocess.run(
        ["/usr/bin/python3", "-I", "-c", _PROGRAM],
        input=json.dumps(said),
        user=uid,
        group=uid,
        extra_groups=[],
        cwd="/",
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    return json.loads(done.stdout)
