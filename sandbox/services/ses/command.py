"""The command ``python -m sandbox mail``: reads what was sent, and plays the world that sends mail to the account."""

from __future__ import annotations

import argparse
import json
import sys
import urllib.error
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from sandbox.core import client, command, show
from sandbox.core.exits import FAILED, NOT_UP
from sandbox.core.settings import Settings


class MailError(Exception):
    """The command cannot be done; the text says why."""


class NotUp(MailError):
    """Nothing answers."""


def add_to(verbs: Any) -> None:
    """Add the command and its three words."""
    mail = verbs.add_parser("mail", help="mail that was sent, and mail from outside")
    words = mail.add_subparsers(required=True, metavar="WORD", dest="word")
    listed = words.add_parser("list", help="what was sent, the oldest first")
    listed.add_argument("--json", action="store_true")
    shown = words.add_parser("show", help="one message as it was sent")
    shown.add_argument("number", type=int)
    taken = words.add_parser("receive", help="hand over a message as a server of the internet would")
    taken.add_argument("file", help="the message, `-` for standard input")
    taken.add_argument("--from", dest="sender", default="somebody@example.net")
    taken.add_argument("--to", dest="recipients", action="append", required=True)
    mail.set_defaults(verb=_verb)


def _verb(settings: Settings, options: argparse.Namespace) -> int:
    try:
        show.say(run(settings, options))
    except NotUp as error:
        show.complain(str(error))
        return NOT_UP
    except (MailError, OSError) as error:
        show.complain(str(error))
        return FAILED
    return 0


def run(settings: Settings, options: argparse.Namespace) -> str:
    """What to print. Raises MailError."""
    if options.word == "show":
        return _ask(settings, f"/{options.number}").decode("utf-8", "replace")
    if options.word == "receive":
        raw = sys.stdin.buffer.read() if options.file == "-" else Path(options.file).read_bytes()
        query = urlencode([("from", options.sender), *(("to", one) for one in options.recipients)])
        outcomes = json.loads(_ask(settings, f"?{query}", raw))
        return "\n".join(f"{address}: {outcome}" for address, outcome in outcomes.items())
    entries = json.loads(_ask(settings, ""))
    if options.json:
        return json.dumps(entries, indent=2)
    rows = [(e["number"], e["time"], e["sender"], ", ".join(e["recipients"]), e["subject"]) for e in entries]
    return "\n".join(show.table("Mail", ("NUMBER", "TIME", "FROM", "TO", "SUBJECT"), rows)[1:]) or "No mail was sent."


def _ask(settings: Settings, what: str, body: bytes | None = None) -> bytes:
    try:
        return client.ask(settings, f"mail{what}", body, timeout=30)
    except urllib.error.HTTPError as error:
        raise MailError(error.read().decode("utf-8", "replace").strip()) from None
    except (urllib.error.URLError, OSError):
        raise NotUp(f"Sandbox {settings.name} is not up; start it with `{command.name()} up`.") from None
