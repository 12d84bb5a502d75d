"""Ways through servers: they stand before anybody takes them, and end with the block, whatever happens in it."""

from __future__ import annotations

import socket
import sys
from pathlib import Path

import pytest

from tools.verbs import way
from tools.verbs.stack import Server
from tools.verbs.trouble import Trouble

#: In the place of ssh: makes what the options ask for after a moment, and stays.
STAND_IN = """
import re, socket, sys, time, pathlib
words = " ".join(sys.argv)
time.sleep(0.3)
if socket_file := re.search(r"ControlPath=(\\S+)", words):
    pathlib.Path(socket_file[1]).touch()
if forward := re.search(r"-L 127\\.0\\.0\\.1:(\\d+):", words):
    listening = socket.create_server(("127.0.0.1", int(forward[1])))
pathlib.Path(sys.argv[1]).write_text(words)
time.sleep(60)
"""


def server(said: Path, script: str = STAND_IN) -> Server:
    return Server("web01", "i-1", (sys.executable, "-c", script, str(said), "kim@10.0.64.7"))


def test_sessions_share_a_connection_that_stands(tmp_path: Path) -> None:
    with way.shared(server(tmp_path / "said"), "not there") as options:
        place = Path(options[1].partition("=")[2])
        assert place.exists()
    assert not place.exists() and not place.parent.exists()
    assert (tmp_path / "said").read_text().endswith(f"-N -o ControlMaster=yes {' '.join(options)} kim@10.0.64.7")


def test_a_forwarded_port_answers_until_the_end_of_the_block(tmp_path: Path) -> None:
    with way.forwarded(server(tmp_path / "said"), "10.0.64.7", 22, "not there") as port:
        socket.create_connection(("127.0.0.1", port), 5).close()
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", port), 5)


def test_one_that_does_not_come_to_stand_is_told(tmp_path: Path) -> None:
    with (
        pytest.raises(Trouble, match="not there"),
        way.shared(server(tmp_path / "said", "raise SystemExit(255)"), "not there"),
    ):
        pass
