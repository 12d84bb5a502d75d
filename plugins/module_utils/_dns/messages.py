# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The little of DNS's messages that a question for name servers needs (RFC 1035, section 4). Pure.

By hand, because no library for it comes with Ansible or boto3, and a stack should not need one more for a single question.
"""

from __future__ import annotations

import struct
from typing import NamedTuple

NS, IN = 2, 1
NOERROR, SERVFAIL, NXDOMAIN = 0, 2, 3
_RECURSION_DESIRED = 0x0100
_RESPONSE = 0x8000
#: A name has at most 255 octets, so at most so many labels.
_MOST_LABELS = 127


class MessageError(ValueError):
    """What came is no answer to the question."""


class Answer(NamedTuple):
    """What a resolver says: a response code, and the name servers in small letters without the final dot."""

    code: int
    name_servers: tuple[str, ...]


def question(name: str, number: int) -> bytes:
    """A question for the name servers of ``name``, to be answered by a resolver under ``number``."""
    labels = [label.encode("ascii") for label in name.rstrip(".").split(".")]
    asked = b"".join(bytes([len(label)]) + label for label in labels) + b"\0"
    return struct.pack("!6H", number, _RECURSION_DESIRED, 1, 0, 0, 0) + asked + struct.pack("!2H", NS, IN)


def _name(message: bytes, at: int) -> tuple[str, int]:
    """A name that begins at an octet of the message, and the octet behind it. Pointers lead back, to ends seen before."""
    labels: list[str] = []
    behind = 0
    for _unused in range(_MOST_LABELS):
        length = message[at]
        if length >= 0xC0:
            behind = behind or at + 2
            at = struct.unpack_from("!H", message, at)[0] & 0x3FFF
        elif length:
            labels.append(message[at + 1 : at + 1 + length].decode("ascii"))
            at += 1 + length
        else:
            return ".".join(labels).lower(), behind or at + 1
    raise MessageError("a name in the answer has no end")


def answer(message: bytes, number: int) -> Answer:
    """Read what a resolver sent. Raises MessageError when it is no answer to question ``number``."""
    try:
        got, flags, questions, answers, _unused, _unused = struct.unpack_from("!6H", message)
        if got != number or not flags & _RESPONSE:
            raise MessageError("an answer to another question")
        at = 12
        for _unused in range(questions):
            at = _name(message, at)[1] + 4
        servers = []
        for _unused in range(answers):
            at = _name(message, at)[1]
            kind, group, _ttl, length = struct.unpack_from("!HHIH", message, at)
            if (kind, group) == (NS, IN):
                servers.append(_name(message, at + 10)[0])
            at += 10 + length
    except (IndexError, struct.error, UnicodeDecodeError) as error:
        raise MessageError(f"the answer breaks off or is none: {error}") from error
    return Answer(flags & 0xF, tuple(sorted(servers)))
