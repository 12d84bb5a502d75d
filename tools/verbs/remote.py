"""``run`` and ``console``: a command in the application's environment on one server, and a line in its journal."""

from __future__ import annotations

import argparse
import shlex
import subprocess
import sys
from collections.abc import Sequence

from tools.verbs.recorded import Recorded
from tools.verbs.stack import Server, Stack
from tools.verbs.trouble import Trouble

#: Brought by the role app; knows the application's user, directory and environment.
RUNNER = "/usr/local/bin/railyard-run"
#: ssh's own exit status. A command may end with it as well.
SSH_FAILED = 255
#: On the server: writes a line into the journal, and becomes the command. $1 is the line.
_SCRIPT = f"""
if ! [ -x {RUNNER} ]; then
    echo "There is no application on this server yet; run \\`make site\\` first." >&2
    exit 69
fi
logger --tag railyard --priority auth.notice -- "$1"
shift
exec sudo -n {RUNNER} "$@"
"""


def script(by: str, verb: str, command: Sequence[str]) -> list[str]:
    """The words of what is run on the server. None of the command's can become a word of the script's."""
    from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import redacted

    line = " ".join(redacted(f"{by} {verb}: {shlex.join(command)}").split())
    return ["sh", "-c", _SCRIPT, "railyard", line, *command]


def unreachable(server: Server) -> str:
    """Words for a server that ssh does not come to."""
    return (
        f"{server.name} ({server.instance}) cannot be reached over ssh through the jump host; ssh's words are above."
        " `make verify` says which part of the way is broken. Which servers there are is kept for five minutes; since"
        " then it may have been replaced."
    )


def reached(server: Server) -> bool:
    """Whether ssh comes to a server at all. Its complaints go to stderr."""
    return subprocess.run(server.command("true"), stdin=subprocess.DEVNULL, check=False).returncode == 0


def execute(stack: Stack, verb: str, server: Server, command: Sequence[str]) -> int:
    """Run a command of the application on a server with this process's own input and output; its exit status."""
    terminal = sys.stdin.isatty() and sys.stdout.isatty()
    by = stack.ask("railyard_operator")
    print(f"On {server.name} ({server.instance}): {shlex.join(command)}", file=sys.stderr, flush=True)
    with Recorded(stack, f"{verb}: {shlex.join(command)}", server.name):
        code = subprocess.run(server.command(*script(by, verb, command), terminal=terminal), check=False).returncode
    if code == SSH_FAILED and not reached(server):
        raise Trouble(unreachable(server), SSH_FAILED)
    return code if code >= 0 else 128 - code


def _parser(verb: str, command: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog=f"make {verb}", usage=f'make {verb} ARGS="[--on SERVER] [-e VARIABLE] {command}"'
    )
    parser.add_argument("--on", metavar="SERVER", help="the server, such as web02; the first one otherwise")
    parser.add_argument(
        "-e", "--extra-vars", action="append", default=[], metavar="VARIABLE", help="as for ansible-playbook"
    )
    parser.add_argument("command", nargs=argparse.REMAINDER)
    return parser


def run(words: Sequence[str]) -> int:
    """``make run ARGS="bundle exec rake db:version"``."""
    options = _parser("run", "COMMAND...").parse_args(words)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        raise Trouble('run needs a command: make run ARGS="bundle exec rake db:version"')
    stack = Stack(options.extra_vars)
    return execute(stack, "run", stack.servers(options.on)[0], command)


def console(words: Sequence[str]) -> int:
    """``make console``; further words go to ``rails console``."""
    options, more = _parser("console", "[--sandbox]").parse_known_args(words)
    stack = Stack(options.extra_vars)
    return execute(
        stack, "console", stack.servers(options.on)[0], ["bundle", "exec", "rails", "console", *more, *options.command]
    )
