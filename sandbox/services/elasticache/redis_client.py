"""Talking to a Redis through its unix socket."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

_TIMEOUT = 15.0


class ReplyError(RuntimeError):
    """Redis refused a command; the message names both."""


class Redis:
    """One connection. Every method raises ``OSError`` when the other side is gone or silent for 15 s."""

    def __init__(self, path: Path, user: str, password: str) -> None:
        """:raises ReplyError: when the password is wrong"""
        # a unix address has room for 108 bytes; the way over an open directory is short wherever the home is
        directory = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(_TIMEOUT)
            self._socket.connect(f"/proc/self/fd/{directory}/{path.name}")
            self._file = self._socket.makefile("rb")
            self._send([("AUTH", user, password)])
            if isinstance(answer := self._answer(), ReplyError):
                # the command itself holds the password
                raise ReplyError(f"AUTH: {answer}")
        except BaseException:
            self._socket.close()
            raise
        finally:
            os.close(directory)

    def __enter__(self) -> Redis:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()
        self._socket.close()

    def call(self, *command: object) -> Any:
        """One command's answer: str, int, list or None.

        :raises ReplyError: when Redis refuses it
        """
        return self.pipeline([command])[0]

    def pipeline(self, commands: Iterable[Sequence[object]]) -> list[Any]:
        """Send all, then read all answers.

        :raises ReplyError: for the first that Redis refused, after all were answered
        """
        commands = list(commands)
        self._send(commands)
        answers = [self._answer() for _unused in commands]
        for command, answer in zip(commands, answers, strict=True):
            if isinstance(answer, ReplyError):
                raise ReplyError(f"{' '.join(map(str, command[:4]))}: {answer}")
        return answers

    def _send(self, commands: Iterable[Sequence[object]]) -> None:
        data = bytearray()
        for command in commands:
            data += b"*%d\r\n" % len(command)
            for part in command:
                raw = part.raw if isinstance(part, _Text) else str(part).encode()
                data += b"$%d\r\n%s\r\n" % (len(raw), raw)
        self._socket.sendall(data)

    def _line(self) -> bytes:
        line = self._file.readline()
        if not line.endswith(b"\r\n"):
            raise ConnectionError("Redis closed the connection")
        return line[:-2]

    def _answer(self) -> Any:
        line = self._line()
        kind, rest = line[:1], line[1:]
        if kind == b"+":
            return rest.decode()
        if kind == b"-":
            return ReplyError(rest.decode(errors="replace"))
        if kind == b":":
            return int(rest)
        if kind == b"$":
            return None if rest == b"-1" else self._bulk(int(rest))
        if kind == b"*":
            return None if rest == b"-1" else [self._answer() for _unused in range(int(rest))]
        raise ConnectionError(f"Redis answered {line!r}")

    def _bulk(self, length: int) -> str:
        data = self._file.read(length + 2)
        if len(data) != length + 2:
            raise ConnectionError("Redis closed the connection")
        # keys may hold any bytes; they go back as they came
        return _Text(data[:-2])


class _Text(str):
    """A bulk string; ``raw`` holds the bytes that Redis sent."""

    raw: bytes

    def __new__(cls, raw: bytes) -> _Text:
        made = super().__new__(cls, raw.decode(errors="replace"))
        made.raw = raw
        return made
