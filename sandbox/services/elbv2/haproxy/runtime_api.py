"""Talking to a running HAProxy through its unix sockets, and understanding what it says."""

from __future__ import annotations

import csv
import os
import re
import socket
from dataclasses import dataclass
from pathlib import Path

from sandbox.core.lines import one_line
from sandbox.services.elbv2.target_health import HEALTHY, INITIAL, Health

_TIMEOUT = 5.0
_LIMIT = 4 * 1024 * 1024


def command(path: Path, text: str) -> str:
    """Send one command and return the answer. Raises ``OSError`` when nobody answers within 5 s."""
    # a unix address has room for 108 bytes; the way over an open directory is short wherever the home is
    directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection:
            connection.settimeout(_TIMEOUT)
            connection.connect(f"/proc/self/fd/{directory}/{path.name}")
            connection.sendall(text.encode() + b"\n")
            answer = bytearray()
            while len(answer) < _LIMIT and (part := connection.recv(65536)):
                answer += part
            return answer.decode(errors="replace")
    finally:
        os.close(directory)


@dataclass(frozen=True)
class ServerStatus:
    """One server's row of ``show stat``."""

    backend: str
    server: str
    status: str  # UP | DOWN | "UP 1/2" | "DOWN 1/2" | DRAIN | "no check"
    check: str  # INI | L4CON | L4TOUT | L7OK | L7STS | L7TOUT | L7RSP ...
    code: str  # HTTP status the check got, or nothing

    @property
    def rising(self) -> bool:
        """Down, though its last check passed: waiting for more of them."""
        return self.status.startswith("DOWN") and self.check in ("L4OK", "L6OK", "L7OK", "L7OKC")


def parse_stat(text: str) -> list[ServerStatus]:
    """Rows of servers from the answer to ``show stat``."""
    rows = csv.DictReader(text.lstrip("# \n").splitlines())
    return [
        ServerStatus(
            backend=row["pxname"],
            server=row["svname"],
            status=row["status"],
            # a star marks a check under way: what follows is the last result
            check=(row["check_status"] or "").removeprefix("* "),
            code=row["check_code"] or "",
        )
        for row in rows
        if row.get("svname") not in ("FRONTEND", "BACKEND", None)
    ]


def health_of(status: ServerStatus) -> Health:
    """A server's row in the words of ``describe_target_health``."""
    if status.check in ("", "INI", "UNK"):
        return INITIAL
    if status.status.startswith(("UP", "DRAIN", "no check")):
        return HEALTHY
    if status.check in ("L4TOUT", "L6TOUT", "L7TOUT"):
        return Health("unhealthy", "Target.Timeout", "Request timed out")
    if status.check == "L7STS":
        return Health(
            "unhealthy",
            "Target.ResponseCodeMismatch",
            f"Health checks failed with these codes: [{status.code}]",
        )
    return Health("unhealthy", "Target.FailedHealthChecks", "Health checks failed")


_STATE_LINE = re.compile(r"^\d+ (\S+) \d+ (\S+) ")


def merge_state(dump: str, servers: list[tuple[str, str, str, int]]) -> str:
    """State file for the next worker: what the present one knows, and every new server as not yet healthy.

    ``dump`` answers ``show servers state`` and may be empty; ``servers`` are (backend, server, address, port) of the
    configuration to come. A new target gets no request before its first check has passed.
    """
    known = {m.groups(): line for line in dump.splitlines() if (m := _STATE_LINE.match(line))}
    lines = ["1", _STATE_HEADER]
    for number, (backend, server, address, port) in enumerate(servers, 1):
        fresh = one_line(f"0 {backend} {number} {server} {address} 0 0 1 1 0 1 0 0 6 0 0 0 - {port} - 0 0 - - 0")
        lines.append(known.get((backend, server), fresh))
    return "\n".join(lines) + "\n"


_STATE_HEADER = (
    "# be_id be_name srv_id srv_name srv_addr srv_op_state srv_admin_state srv_uweight srv_iweight "
    "srv_time_since_last_change srv_check_status srv_check_result srv_check_health srv_check_state "
    "srv_agent_state bk_f_forced_id srv_f_forced_id srv_fqdn srv_port srvrecord srv_use_ssl srv_check_port "
    "srv_check_addr srv_agent_addr srv_agent_port"
)
