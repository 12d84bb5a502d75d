# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to run beside puma: whether a process of the stack does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import processes
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import rails


@dataclass(frozen=True)
class Queue:
    """A library of jobs: its name for Active Job, the command of its process, what shows that it runs in puma, and how to get that."""

    adapter: str
    command: str
    inside: str = ""
    mend: str = ""
    redis: bool = False


QUEUES = {
    "sidekiq": Queue("sidekiq", "bundle exec sidekiq", r"\bSidekiq\.configure_embed\b", "Sidekiq.configure_embed in config/puma.rb", True),
    "resque": Queue("resque", "bundle exec rake resque:work", redis=True),
    "solid_queue": Queue("solid_queue", "bin/jobs", r"^\s*plugin\s*\(?\s*:solid_queue\b", "plugin :solid_queue in config/puma.rb"),
    "good_job": Queue("good_job", "bundle exec good_job start", r"\bexecution_mode\s*=\s*:async(_server|_all)?\b"),
    "delayed_job": Queue("delayed_job", "bundle exec rake jobs:work"),
    "inst-jobs": Queue("inst_jobs", "bundle exec inst_jobs run"),
    "delayed": Queue("delayed", "bundle exec rake delayed:work"),
    "que": Queue("que", "bundle exec que"),
    "queue_classic": Queue("queue_classic", "bundle exec rake qc:work"),
    "sneakers": Queue("sneakers", "bundle exec rake sneakers:run"),
    "shoryuken": Queue("shoryuken", "bundle exec shoryuken -R"),
    "backburner": Queue("backburner", "bundle exec rake backburner:work"),
    "faktory_worker_ruby": Queue("faktory", "bundle exec faktory-worker"),
    "karafka": Queue("karafka", "bundle exec karafka server"),
    "racecar": Queue("racecar", "bundle exec racecar"),
}


def in_use(app: Application) -> list[str]:
    """Libraries of jobs that are in use: of two that Active Job could have, the one that it is told to take."""
    found = app.any_of(*QUEUES)
    adapters = [str(one.word) for one in rails(app, r"active_job\.queue_adapter") if one.holds and not one.variable and one.word]
    chosen = adapters[-1] if adapters else ""
    used = []
    for gem in found:
        own = app.lines_of("app/workers/**/*.rb", "app/sidekiq/**/*.rb", "app/jobs/**/*.rb", "app/models/**/*.rb", "lib/**/*.rb", "config/initializers/*.rb")
        direct = {"sidekiq": r"\bSidekiq::(Worker|Job|Client)\b", "delayed_job": r"\.delay\b|handle_asynchronously\b", "resque": r"\bResque\.enqueue\b"}
        speaks = gem in direct and any(re.search(direct[gem], line.text) for line in own)
        if chosen in ("async", "inline", "test") or (chosen and chosen != QUEUES[gem].adapter):
            if not speaks:
                continue
        elif not chosen and gem in ("solid_queue", "good_job") and not adapters:
            # Without a word of it Active Job runs jobs in threads of puma.
            continue
        used.append(gem)
    return used


def inside(app: Application, gem: str, stack: Stack) -> tuple[bool, str, list[Line]]:
    """Whether a queue runs in puma, and which variable switches that on where one does."""
    queue = QUEUES[gem]
    shown = [
        (line, certain)
        for line, certain in app.effective("config/puma.rb", "config/**/*.rb", switched=True)
        if queue.inside and re.search(queue.inside, line.text)
    ]
    for line, certain in shown:
        text = line.text
        around = " ".join(one.text for one in app.lines_of(line.file) if line.number - 2 <= one.number <= line.number)
        switch = re.search(r"\bif\s+ENV(?:\[|\.fetch\()\s*['\"](\w+)", text) or (
            re.search(r"\bif\s+ENV(?:\[|\.fetch\()\s*['\"](\w+)", around) if certain is None else None
        )
        if not switch:
            return True, "", [line]
        if switch[1] in stack["environment"]:
            return True, switch[1], [line]
        return False, switch[1], [line]
    if gem == "good_job":
        said = app.matching(r"\bexecution_mode\s*[=:]")
        return "GOOD_JOB_EXECUTION_MODE" in stack["environment"] and not said, "" if said else "GOOD_JOB_EXECUTION_MODE", said
    return False, "", []


def _procfile(app: Application) -> dict[str, Line]:
    """Lines of the Procfile by name of the process, of those that a server runs beside puma."""
    lines = app.lines_of("Procfile")
    return {name: line for line in lines for name in processes.procfile(line.text)}


def commands_of(app: Application) -> dict[str, str]:
    return {name: command for line in app.lines_of("Procfile") for name, command in processes.procfile(line.text).items()}


def declared(stack: Stack) -> dict[str, Any]:
    """What a person says of processes; what is wrong there, another check of the stack says."""
    given: dict[str, Any] = stack["processes"]
    return {} if processes.problems(given) else given


def running(app: Application, stack: Stack) -> dict[str, str]:
    """Commands of what the stack runs beside puma, by name."""
    commands, given = commands_of(app), declared(stack)
    known = {name: said for name, said in given.items() if name in commands or isinstance(said, str) or said.get("command")}
    if given and not known:
        return {}
    return {one.name: one.command for one in processes.wanted(known, commands)}


def serving(app: Application, stack: Stack, gem: str) -> list[str]:
    """Names of the processes that do the jobs of a library, by their commands, or by their names where a script hides them."""
    word = re.escape(QUEUES[gem].command.split()[-1])
    found = running(app, stack)
    named = [name for name, command in found.items() if re.search(rf"(?<![\w-])({gem}|{word})(?![\w-])", command)]
    return named or [name for name in found if re.search(r"work|job|queue|background", name)]


def with_process(app: Application, stack: Stack, name: str, command: str, **settings: str) -> dict[str, Any]:
    """The variables that ask for one more process. What is declared stands for the whole Procfile: what that has comes along."""
    procfile: dict[str, Any] = {} if declared(stack) else {one: {} for one in commands_of(app)}
    return {"railyard_app_processes": {**procfile, name: {"command": command, **settings}}}


def beside_puma(app: Application, stack: Stack) -> Iterator[Finding]:
    lines, commands = _procfile(app), commands_of(app)
    for name, said in declared(stack).items():
        if name not in commands and not isinstance(said, str) and not said.get("command"):
            what = f"railyard_app_processes has '{name}' without a command, and the Procfile has no such process"
            yield Finding("process", BREAKS, what, f"railyard_app_processes: {{{name}: {{command: ...}}}}, or a line of the Procfile")
    for gem in in_use(app):
        queue = QUEUES[gem]
        runs, switch, places = inside(app, gem, stack)
        if runs or serving(app, stack, gem):
            continue
        where = ", ".join(filter(None, (app.gem_at(gem), at(places), at([line for name, line in lines.items() if gem in commands[name]]))))
        what = f"jobs of {gem} run in a process beside puma ({queue.command}), which is not asked for: they would wait for ever"
        if switch:
            value = "async" if switch == "GOOD_JOB_EXECUTION_MODE" else "true"
            given: dict[str, Any] = {"app_environment": {switch: value}}
            yield Finding("process", BREAKS, what, f'app_environment with {switch}: "{value}", which runs them in puma', where, variables=given)
        else:
            mend = f"railyard_app_processes: {{{gem}: {{command: {queue.command}}}}}, or a line of the Procfile"
            yield Finding(
                "process", BREAKS, what, f"{mend}{f', or {queue.mend}' if queue.mend else ''}", where, variables=with_process(app, stack, gem, queue.command)
            )


def queue_in_cluster(app: Application, stack: Stack) -> Iterator[Finding]:
    """A queue in Redis wants one node that forgets nothing."""
    queues = [gem for gem in in_use(app) if QUEUES[gem].redis]
    if queues and stack["cluster_mode"]:
        what = f"{queues[0]} keeps its jobs in Redis and knows no cluster, and the stack's cache is one: half of its keys would fail with MOVED"
        shards: dict[str, Any] = {"railyard_cache_cluster_mode": False}
        yield Finding("queue-cluster", BREAKS, what, "railyard_cache_cluster_mode: false, before the cache is made", app.gem_at(queues[0]), variables=shards)
    if queues and stack["eviction"] != "noeviction":
        what = f"{queues[0]} keeps its jobs in Redis, which may throw them away when memory is short (maxmemory-policy {stack['eviction']})"
        given = {"elasticache_parameters": {"maxmemory-policy": "noeviction"}}
        yield Finding("queue-eviction", WARNS, what, "elasticache_parameters with maxmemory-policy: noeviction", app.gem_at(queues[0]), variables=given)


CHECKS: tuple[Check, ...] = (beside_puma, queue_in_cluster)
