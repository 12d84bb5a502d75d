"""The command ``python -m sandbox ci-token``: what GitHub gives a job of GitHub Actions that asks who it is."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import Any

from sandbox.core import show
from sandbox.core.authority import write_private
from sandbox.core.exits import WRONG_USAGE
from sandbox.core.issuer import AUDIENCE, GITHUB, LASTS, Issuer, github_claims, timed
from sandbox.core.settings import Settings

_REPOSITORY = re.compile(r"[\w.-]+/[\w.-]+")


def add_to(verbs: Any) -> None:
    """Add the command."""
    token = verbs.add_parser("ci-token", help="an identity token, as a job of GitHub Actions has one")
    token.add_argument("--repository", required=True, metavar="OWNER/NAME", help="whose job it is")
    token.add_argument("--ref", default="refs/heads/main", help="branch or tag that it runs on (%(default)s)")
    token.add_argument("--environment", default="", help="environment that it deploys to")
    token.add_argument("--event", default="push", help="what began it: push, pull_request, schedule (%(default)s)")
    token.add_argument("--issuer", default=GITHUB, help="who says so (%(default)s)")
    token.add_argument("--audience", default=AUDIENCE, help="for whom it is (%(default)s)")
    token.add_argument(
        "--subject",
        default="",
        help="who it is, where another issuer says so",
    )
    token.add_argument("--lasts", type=int, default=LASTS, metavar="SECONDS", help="until it ends (%(default)s)")
    token.add_argument("--file", type=Path, help="write it there, for AWS_WEB_IDENTITY_TOKEN_FILE")
    token.set_defaults(verb=_verb)


def _verb(settings: Settings, options: argparse.Namespace) -> int:
    if not _REPOSITORY.fullmatch(options.repository):
        show.complain(f"--repository is {options.repository!r}; write owner and name, such as octo/shop.")
        return WRONG_USAGE
    claims = github_claims(options.repository, options.ref, options.environment, options.event, options.subject)
    token = Issuer(settings).sign(timed(claims, options.issuer, options.audience, options.lasts))
    if options.file is None:
        sys.stdout.write(f"{token}\n")
    else:
        write_private(options.file, token.encode())
    return 0
