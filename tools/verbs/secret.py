"""``secret``: what the application is to know and nobody else, in its environment under names that people choose.

A value goes from standard input into Secrets Manager, in this process, and nowhere else: no command line, no variable
of an environment, no file. The playbook that puts it into effect is told which version to take.
"""

from __future__ import annotations

import argparse
import getpass
import json
import secrets
import string
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Any

from tools.verbs.stack import Stack
from tools.verbs.trouble import Trouble

USAGE = 'make secret ARGS="set NAME | rotate NAME | unset NAME | list [--later] [OPTIONS OF ansible-playbook]"'
#: Letters and digits of a value that ``rotate`` makes, as many as no one guesses.
LENGTH = 64
#: What a secret holds at most.
LIMIT = 65536


def given_value(name: str) -> str:
    """The value, from standard input without the line end that ``echo`` adds; at a terminal it is asked for, unseen."""
    if sys.stdin.isatty():
        return getpass.getpass(f"Value of {name}: ")
    try:
        text = sys.stdin.buffer.read(LIMIT + 1).decode()
    except UnicodeDecodeError:
        raise Trouble(f"The value of {name} is no text in UTF-8; encode it, for example as base64.") from None
    if len(text) > LIMIT:
        raise Trouble(f"The value of {name} is longer than the {LIMIT} bytes that a secret holds.")
    return text.removesuffix("\n").removesuffix("\r")


def problem(name: str, value: str) -> str:
    """What is wrong with a name and its value; empty when it can be a variable. It shows no value."""
    from ansible_collections.railyard.aws.plugins.module_utils._deploy import environment, people_secrets

    found = environment.problems({name: value}) or [why for why in (environment.taken(name),) if why]
    if name == people_secrets.MARK:
        found = [f"{name} is the name by which servers know what is secret; choose another."]
    if not found and not value:
        found = [f'The value of {name} is empty. `make secret ARGS="unset {name}"` takes a secret away.']
    return " ".join(found)


def new_value() -> str:
    """A value that nobody has to know."""
    return "".join(secrets.choice(string.ascii_letters + string.digits) for _each in range(LENGTH))


def _client(region: str) -> Any:
    import boto3
    from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry, RetryingBotoClientWrapper

    client = boto3.session.Session(region_name=region).client("secretsmanager")
    return RetryingBotoClientWrapper(client, AWSRetry.jittered_backoff())


def change(verb: str, name: str, here: dict[str, str], read: Callable[[str], str]) -> tuple[dict[str, str], list[str]]:
    """What is to be set and what to be taken away. Raises Trouble, and shows no value."""
    if "=" in name:
        shown = name.partition("=")[0]
        raise Trouble(
            "A value on a command line is no secret any more: others see it, and shells keep it. Choose another for"
            f' {shown} and give it on standard input: make secret ARGS="set {shown}"'
        )
    if verb in ("rotate", "unset") and name not in here:
        raise Trouble(f"There is no secret {name}; those that there are: {', '.join(sorted(here)) or 'none'}.")
    if verb == "unset":
        return {}, [name]
    # Before it is asked for: a name that cannot be one is told at once.
    wrong = problem(name, "x")
    value = "" if wrong else read(name)
    wrong = wrong or problem(name, value)
    if wrong:
        raise Trouble(wrong)
    return {name: value}, []


def secret(words: Sequence[str]) -> int:
    """``make secret``."""
    parser = argparse.ArgumentParser(prog="make secret", usage=USAGE)
    parser.add_argument("verb", choices=["set", "rotate", "unset", "list"])
    parser.add_argument("name", nargs="?", metavar="NAME")
    parser.add_argument("--later", action="store_true", help="take effect with the next run of app, not now")
    parser.add_argument(
        "-e", "--extra-vars", action="append", default=[], metavar="VARIABLE", help="as for ansible-playbook"
    )
    options, more = parser.parse_known_args(words)
    if (options.name is None) != (options.verb == "list"):
        raise Trouble(f"{options.verb} takes {'no name' if options.name else 'a name'}: {USAGE}")

    stack = Stack(options.extra_vars)
    from ansible_collections.railyard.aws.plugins.module_utils._deploy import people_secrets

    said = stack.ask("{'secret': railyard_app_environment_secret, 'region': railyard_region}")
    client, where = _client(str(said["region"])), str(said["secret"])
    try:
        here = people_secrets.current(client, where)
    except people_secrets.SecretError as error:
        raise Trouble(str(error)) from None
    if options.verb == "list":
        print("\n".join(sorted(here)) or 'There is no secret yet: make secret ARGS="set NAME"')
        return 0
    if not options.later:
        # Before the value is asked for: without servers there is nowhere to put it into effect.
        try:
            stack.web()
        except Trouble as trouble:
            raise Trouble(f"{trouble} To keep the secret until then, add --later.") from None
    read = given_value if options.verb == "set" else lambda _name: new_value()
    put, take = change(options.verb, options.name, here, read)
    proposal = people_secrets.propose(client, where, put, take, stack.tags(where))
    wanted = {
        "secret_proposal": proposal,
        "secret_later": options.later,
        "secret_what": f"secret {options.verb} {options.name}",
    }
    extra = [word for variables in options.extra_vars for word in ("-e", variables)]
    command = ["ansible-playbook", "playbooks/secret.yml", *extra, *more, "-e", json.dumps(wanted)]
    try:
        return subprocess.run(command, stdin=subprocess.DEVNULL, check=False).returncode
    finally:
        # A run that was refused leaves nothing that a later one could take for its own.
        people_secrets.withdraw(client, where, proposal)
