"""The sandbox's command: ``python -m sandbox up|status|logs|mail|env|doctor|down``.

Exit codes: 0 done, 1 it failed or something needed is missing, 2 wrong usage, 3 the sandbox is not up.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

from sandbox.core import client, command, daemon, doctor, show, teardown
from sandbox.core.authority import write_private
from sandbox.core.exits import FAILED, NOT_UP, WRONG_USAGE
from sandbox.core.layers import Assembly
from sandbox.core.settings import PROJECT, Settings

#: Seconds until the API answers, and until an account's world stands again after a restart.
_API_PATIENCE, _WORLD_PATIENCE = 60, 300


def main(argv: Sequence[str] | None, assembly: Assembly) -> int:
    """Run one verb; returns the exit code.

    :param assembly: what the sandbox has beside its core
    """
    options = _parser(assembly).parse_args(argv, argparse.Namespace(assembly=assembly))
    try:
        settings = Settings.from_environment()
    except ValueError as error:
        show.complain(str(error))
        return WRONG_USAGE
    try:
        return options.verb(settings, options)
    except PermissionError as error:
        show.complain(str(error))
        return FAILED
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        # The reader of our output (head, less) is gone; that is no fault.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser(assembly: Assembly) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=command.name(), description="A local stand-in for an AWS account.")
    verbs = parser.add_subparsers(required=True, metavar="VERB")

    up = verbs.add_parser("up", help="start it, or adopt what an earlier one left running")
    kind = up.add_mutually_exclusive_group()
    kind.add_argument("--api-only", action="store_true", help="the API without hosts and network")
    kind.add_argument("--require-hosts", action="store_true", help="fail where hosts cannot run")
    up.set_defaults(verb=_up)

    status = verbs.add_parser("status", help="what runs, and what fails")
    status.add_argument("--json", action="store_true")
    status.set_defaults(verb=_status)

    logs = verbs.add_parser("logs", help="the daemon's log, or the journal of a host")
    logs.add_argument("host", nargs="?", help="instance id, Name or Hostname tag")
    logs.add_argument("-f", "--follow", action="store_true", help="go on as lines come (daemon only)")
    logs.add_argument("-n", "--lines", type=int, default=100)
    logs.set_defaults(verb=_logs)

    for add_to in assembly.COMMANDS:
        add_to(verbs)

    env = verbs.add_parser("env", help=f'shell lines for a client: eval "$({command.name()} env)"')
    env.set_defaults(verb=_env)

    look = verbs.add_parser("doctor", help="what this machine lacks")
    look.add_argument("--json", action="store_true")
    look.set_defaults(verb=_doctor)

    down = verbs.add_parser("down", help="stop it and remove everything it made")
    down.add_argument("--purge", action="store_true", help="the image and the cache too")
    down.set_defaults(verb=_down)
    return parser


# up -------------------------------------------------------------------------------------------------------


def _up(settings: Settings, options: argparse.Namespace) -> int:
    running = daemon.running_pid(settings)
    if running:
        return _already_up(settings, options, running)
    checks = doctor.run(settings)
    lacking = doctor.missing(checks, "api")
    if lacking:
        show.complain("The sandbox cannot start here:")
        show.say(show.doctor(lacking))
        return FAILED
    lacking = [] if options.api_only else doctor.missing(checks, "hosts")
    if lacking:
        if options.require_hosts:
            show.complain("Hosts cannot run here:")
            show.say(show.doctor(lacking))
            return FAILED
        show.complain("ONLY THE API WILL RUN: no hosts, no network, no load balancer. This machine lacks:")
        show.say(show.doctor(lacking))
    api_only = options.api_only or bool(lacking)
    if not api_only and (tight := doctor.missing(checks, "comfort")):
        show.complain("Hosts will run, but not well:")
        show.say(show.doctor(tight))
    if not api_only:
        from sandbox.hosts import image
        from sandbox.hosts.engine import Engine

        try:
            image.ensure(settings, show.say, release=settings.release)
            settings.make_home()
            Engine(settings).remember()
        except Exception as error:
            show.complain(f"The hosts' image could not be built: {error}")
            return FAILED
    return _start(settings, api_only)


def _already_up(settings: Settings, options: argparse.Namespace, pid: int) -> int:
    answer = client.page(settings, "status")
    if answer is None:
        show.complain(f"Process {pid} holds sandbox {settings.name}, but {settings.endpoint} does not answer.")
        show.say(f"See `{command.name()} logs`; `{command.name()} down` ends it.")
        return FAILED
    if options.require_hosts and answer["mode"] != "hosts":
        show.complain(f"The sandbox is up with its API only; `{command.name()} down` and `up` again for hosts.")
        return FAILED
    _write_environment(settings)
    show.say(f"Already up: {settings.endpoint} (process {pid}).")
    return 0


def _start(settings: Settings, api_only: bool) -> int:
    settings.make_home()
    argv = [sys.executable, "-m", "sandbox.daemon", *(["--api-only"] if api_only else [])]
    variables = {
        **os.environ,
        "RAILYARD_SANDBOX_NAME": settings.name,
        "RAILYARD_SANDBOX_HOME": str(settings.home.resolve()),
        "RAILYARD_SANDBOX_PORT": str(settings.api_port),
        "AWS_REGION": settings.region,
        # For what its errors advise.
        command.VARIABLE: command.name(),
        # A thread per request would each keep memory of its own.
        "MALLOC_ARENA_MAX": "2",
    }
    with daemon.log_file(settings).open("ab") as log:
        # A session of its own: the terminal's end is not the sandbox's.
        process = subprocess.Popen(
            argv, cwd=PROJECT, env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    begin = time.monotonic()
    answer = None
    while time.monotonic() - begin < (_WORLD_PATIENCE if answer else _API_PATIENCE):
        code = process.poll()
        if code is not None:
            show.complain(f"The daemon ended with {code}. Its last lines:")
            show.say(_tail(settings, 15))
            return FAILED
        answer = client.page(settings, "status", timeout=30)
        if answer and answer["pid"] == process.pid and (answer["converged"] or _failing(answer)):
            break
        time.sleep(0.2)
    if answer is None:
        show.complain(f"{settings.endpoint} does not answer after {_API_PATIENCE} s. The last lines of the log:")
        show.say(_tail(settings, 15))
        return FAILED
    _write_environment(settings)
    failing = _failing(answer)
    if failing:
        show.complain("Up, but not well; it is tried again and again:")
        for layer in failing:
            show.say(f"  {layer['name']}: {layer['error']}")
        return FAILED
    if not answer["converged"]:
        show.complain(f"Up, but not converged after {_WORLD_PATIENCE} s; see `{command.name()} status`.")
        return FAILED
    show.say(f"The sandbox is up: {settings.endpoint} ({'API only' if api_only else 'API and hosts'}).")
    show.say(f'  Use it in this shell:  eval "$({command.name()} env)"')
    show.say(f"  Look at it:            {command.name()} status")
    show.say(f"  End it:                {command.name()} down")
    return 0


def _failing(answer: dict[str, Any]) -> list[dict[str, Any]]:
    return [layer for layer in answer["layers"] if layer["error"]] if answer["rounds"] else []


def _write_environment(settings: Settings) -> None:
    settings.make_home()
    (settings.home / "client").mkdir(exist_ok=True)
    write_private(settings.home / "env", client.shell_lines(settings).encode())


# the other verbs ------------------------------------------------------------------------------------------


def _status(settings: Settings, options: argparse.Namespace) -> int:
    answer = client.page(settings, "status", timeout=30)
    if answer is None:
        if options.json:
            show.say(json.dumps({"name": settings.name, "endpoint": settings.endpoint, "up": False}))
        else:
            show.complain(f"Sandbox {settings.name} is not up; start it with `{command.name()} up`.")
        return NOT_UP
    if options.json:
        show.say(json.dumps({"up": True, **answer}, indent=2))
    else:
        show.say(show.status(answer, options.assembly.tables))
    healthy = not (answer["read_error"] or answer["state_error"] or _failing(answer))
    return 0 if healthy else FAILED


def _logs(settings: Settings, options: argparse.Namespace) -> int:
    if options.host:
        return _host_logs(settings, options)
    path = daemon.log_file(settings)
    if not path.exists():
        show.complain(f"There is no log at {path}; start the sandbox with `{command.name()} up`.")
        return NOT_UP
    if not options.follow:
        show.say(_tail(settings, options.lines))
        return 0
    return subprocess.call(["tail", f"--lines={options.lines}", "--follow=name", "--retry", str(path)])


def _host_logs(settings: Settings, options: argparse.Namespace) -> int:
    from sandbox.hosts.engine import INSTANCE_LABEL, Engine
    from sandbox.network.command import CommandError

    answer = client.page(settings, "status", timeout=30)
    hosts = answer["picture"]["hosts"] if answer else []
    wanted = {h["id"] for h in hosts if options.host in (h["id"], h["name"], h["hostname"])} or {options.host}
    engine = Engine(settings)
    try:
        found = [c for c in engine.containers() if c.labels.get(INSTANCE_LABEL) in wanted or c.name in wanted]
        if not found:
            names = ", ".join(sorted(h["hostname"] or h["name"] or h["id"] for h in hosts)) or "none"
            show.complain(f"There is no host {options.host!r} in sandbox {settings.name}. Hosts: {names}.")
            return FAILED
        show.say(engine.logs(found[0].name, options.lines).rstrip())
    except CommandError as error:
        show.complain(str(error))
        return FAILED
    return 0


def _tail(settings: Settings, lines: int) -> str:
    path = daemon.log_file(settings)
    text = path.read_text(errors="replace") if path.exists() else ""
    return "\n".join(text.splitlines()[-lines:])


def _env(settings: Settings, options: argparse.Namespace) -> int:
    print(client.shell_lines(settings), end="")
    if daemon.running_pid(settings) is None:
        print(f"Sandbox {settings.name} is not up; start it with `{command.name()} up`.", file=sys.stderr)
        return NOT_UP
    return 0


def _doctor(settings: Settings, options: argparse.Namespace) -> int:
    checks = doctor.run(settings, running=daemon.running_pid(settings) is not None)
    answer = doctor.as_dict(checks)
    show.say(json.dumps(answer, indent=2) if options.json else show.doctor(checks))
    return 0 if answer["ok"] else FAILED


def _down(settings: Settings, options: argparse.Namespace) -> int:
    from sandbox.hosts.engine import Engine

    try:
        stopped = teardown.stop_daemon(settings)
        layers = []
        # Where these are missing there never was a world to remove.
        if os.geteuid() == 0 and all(shutil.which(program) for program in ("ip", "nft", "podman")):
            layers = options.assembly.load_layers(settings)
        # Where the cache is, the sandbox's home knows, which goes.
        engine = Engine(settings)
        teardown.destroy(settings, layers, show.say, options.assembly.HOME_NAMES)
        if options.purge:
            show.say(f"Removed the cache {teardown.purge(engine)}")
    except teardown.Leftover as error:
        show.complain(str(error))
        return FAILED
    outcome = "is down." if stopped else "was not up; nothing is left."
    show.say(f"Sandbox {settings.name} {outcome}")
    return 0
