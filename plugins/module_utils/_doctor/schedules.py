# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What has to run at certain times: whether a schedule or a process of the stack does it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy import processes as declared_processes
from ansible_collections.railyard.aws.plugins.module_utils._deploy import schedules as declarations
from ansible_collections.railyard.aws.plugins.module_utils._doctor import processes, whenever
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.outline import outline


@dataclass(frozen=True)
class Clock:
    """A process that starts others at their times: the word by which a command is known to be it, and where it is told what."""

    word: str
    command: str
    #: Files that say what it does; the first that is there stands for ``@`` in the command.
    files: tuple[str, ...] = ()
    #: Whether it has nothing to do without one of them.
    needs_file: bool = False


_CLOCKS = {
    "clockwork": Clock("clockwork", "bundle exec clockwork @", ("clock.rb", "lib/clock.rb", "config/clock.rb", "app/clock.rb")),
    "crono": Clock("crono", "bundle exec crono", ("config/cronotab.rb",), True),
    "resque-scheduler": Clock("resque:scheduler", "bundle exec rake resque:scheduler", ("config/resque_schedule.yml", "config/schedule.yml")),
    "ruby-clock": Clock("clock", "bundle exec clock", ("Clockfile",), True),
    "zhong": Clock("zhong", "bundle exec zhong @", ("zhong.rb", "config/zhong.rb", "lib/zhong.rb")),
}
#: Those that run where a library of jobs does, and where they are told what.
_WITHIN = {
    "sidekiq-cron": ("sidekiq", "config/schedule.yml"),
    "sidekiq-scheduler": ("sidekiq", "config/sidekiq.yml"),
    "que-scheduler": ("que", "config/que_schedule.yml"),
    "delayed_cron_job": ("delayed_job", ""),
}
#: Those that run in each puma.
_IN_PUMA = {"rufus-scheduler": r"\bRufus::Scheduler\b", "arask": r"\bArask\b"}


def _first(app: Application, *names: str) -> str:
    lines = app.lines_of(*names)
    return str(lines[0]) if lines else ""


def _places(*found: str) -> str:
    return ", ".join(filter(None, found))


def clocks(app: Application, stack: Stack) -> Iterator[Finding]:
    """Processes of their own, of which one is to run."""
    for gem in app.any_of(*_CLOCKS):
        clock = _CLOCKS[gem]
        there = app.there(*clock.files)
        if (gem not in app.gemfile.groups and app.gemfile.groups) or (clock.needs_file and not app.lines_of(*clock.files)):
            continue
        command = clock.command.replace("@", there[0] if there else clock.files[0])
        beside = processes.running(app, stack)
        if any(re.search(rf"(?<![\w-]){clock.word}(?![\w.-])", one) for one in beside.values()) or any(re.search(r"clock|sched|cron", name) for name in beside):
            continue
        # Of some it is known by their commands that one is to run.
        known = declared_processes.wanted({"clock": {"command": command}}, {})[0].servers == "one"
        more = {} if known else {"servers": "one"}
        given = ", ".join(f"{key}: {value}" for key, value in {"command": command, **more}.items())
        what = f"the schedule of {gem} needs a process ({command}), which is not asked for: nothing of it would run"
        mend = f"railyard_app_processes: {{clock: {{{given}}}}}, which runs on one server, or a line of the Procfile"
        where = _places(app.gem_at(gem), _first(app, *clock.files))
        yield Finding("schedule", BREAKS, what, mend, where, variables=processes.with_process(app, stack, "clock", command, **more))


def within_queues(app: Application, stack: Stack) -> Iterator[Finding]:
    """What runs where the jobs of a library do."""
    used = processes.in_use(app)
    for gem in app.any_of(*_WITHIN):
        queue, file = _WITHIN[gem]
        if gem not in app.gemfile.groups and app.gemfile.groups:
            continue
        if processes.inside(app, queue, stack)[0] or processes.serving(app, stack, queue):
            continue
        what = f"the schedule of {gem} runs where the jobs of {queue} do, in a process that is not asked for: nothing of it would run"
        where = _places(app.gem_at(gem), _first(app, file) if file else "")
        # What mends the queue mends this as well.
        mend, given = f"as for the jobs of {queue}", dict[str, Any]()
        if queue not in used:
            command = processes.QUEUES[queue].command
            mend = f"railyard_app_processes: {{{queue}: {{command: {command}}}}}, or a line of the Procfile"
            given = processes.with_process(app, stack, queue, command)
        yield Finding("schedule", BREAKS, what, mend, where, variables=given)


def of_solid_queue(app: Application, stack: Stack) -> Iterator[Finding]:
    if "solid_queue" not in processes.in_use(app):
        return
    told = outline(app.read("config/recurring.yml"))
    # Without a section of an environment the whole file is of each.
    sections = {"production", "development", "test", app.environment} & set(told)
    recurring = told.get(app.environment) if sections else told
    if not isinstance(recurring, dict) or not recurring:
        return
    line = next((str(one) for one in app.yaml_lines("config/recurring.yml")), "config/recurring.yml:1")
    serving = processes.serving(app, stack, "solid_queue")
    inside = processes.inside(app, "solid_queue", stack)[0]
    if not serving and not inside:
        yield Finding("schedule", BREAKS, "the schedule of Solid Queue runs where its jobs do, which is not asked for", "as for the jobs of solid_queue", line)
    elif "SOLID_QUEUE_SKIP_RECURRING" in stack["environment"] or (
        serving and not inside and all("--skip-recurring" in processes.running(app, stack)[name] for name in serving)
    ):
        what = "the schedule of Solid Queue is left out by the process that does its jobs (--skip-recurring or SOLID_QUEUE_SKIP_RECURRING)"
        yield Finding("schedule", BREAKS, what, "a process without it", line)


def of_good_job(app: Application, stack: Stack) -> Iterator[Finding]:
    """GoodJob runs its schedule where it does jobs, once however many do, if it is told to."""
    if not app.has("good_job"):
        return
    said = app.matching(r"\bgood_job\b.*\bcron\s*(=|:(?!:))|^\s*(config\.)?cron(:|\s*=)\s*\{")
    if not said:
        return
    where = _places(app.gem_at("good_job"), at(said[:1]))
    switch = _switch(app.matching(r"\benable_cron\s*[=:]"), stack)
    if switch:
        what = f"GoodJob has a schedule that is not switched on ({switch}): nothing of it would run"
        given: dict[str, Any] = {"app_environment": {switch: "true"}} if switch.isupper() else {}
        mend = f'app_environment with {switch}: "true"' if switch.isupper() else "config.good_job.enable_cron = true"
        yield Finding("schedule", BREAKS, what, mend, where, variables=given)
    elif "good_job" not in processes.in_use(app) and not processes.serving(app, stack, "good_job"):
        command = processes.QUEUES["good_job"].command
        what = "the schedule of GoodJob runs where its jobs do, in a process that is not asked for: nothing of it would run"
        mend = f"railyard_app_processes: {{good_job: {{command: {command}}}}}, or a line of the Procfile"
        yield Finding("schedule", BREAKS, what, mend, where, variables=processes.with_process(app, stack, "good_job", command))


def _switch(lines: list[Line], stack: Stack) -> str:
    """What keeps GoodJob's schedule switched off: a variable of the environment that is not given, or a word of Ruby; nothing where it is on."""
    if not lines:
        return "" if "GOOD_JOB_ENABLE_CRON" in stack["environment"] else "GOOD_JOB_ENABLE_CRON"
    text = lines[-1].text
    variable = re.search(r"ENV(?:\[|\.fetch\(|\.key\?\()\s*['\"](\w+)['\"]", text)
    if variable:
        default = re.search(r"fetch\([^)]*(,|\{)\s*['\"]?(true|1)\b", text)
        return "" if variable[1] in stack["environment"] or default else variable[1]
    return "enable_cron = false" if re.search(r"enable_cron\s*[=:]\s*(false|nil)\b", text) else ""


def in_puma(app: Application, stack: Stack) -> Iterator[Finding]:
    for gem in app.any_of(*_IN_PUMA):
        started = app.matching(_IN_PUMA[gem])
        if started and stack["servers"] > 1 and (gem in app.gemfile.groups or not app.gemfile.groups):
            where = f"{app.gem_at(gem)}, {at(started[:1])}"
            what = f"{gem} runs its schedule in every process of puma, on each of the {stack['servers']} servers: everything more than once"
            yield Finding("schedule", WARNS, what, "a lock around what may run once only, or railyard_app_schedule in its place", where)


def _has(command: str, task: str) -> bool:
    """Whether a command runs a task, however either is quoted."""
    command, task = (re.sub(r"['\"\\]", "", one) for one in (command, task))
    return bool(re.search(rf"(?<![\w:.-]){re.escape(task)}(?![\w:.-])", command))


def of_whenever(app: Application, stack: Stack) -> Iterator[Finding]:
    """What whenever would write into a crontab; people often have its gem where they deploy from only."""
    text = app.read("config/schedule.rb")
    if "whenever" not in {*app.gemfile.groups, *app.lock.gems} or not text:
        return
    found = list(whenever.jobs(text))
    given = {} if declarations.problems(stack["schedules"]) else stack["schedules"]
    commands = [str(one["command"]) for one in given.values()]
    left = [job for job in found if not any(_has(command, job.task) for command in commands)]
    sure, unsure = [job for job in left if job.calendar], sorted({job.line for job in left if not job.calendar})
    if not left:
        return
    first = f"config/schedule.rb:{left[0].line}"
    where = _places(app.gem_at("whenever") if app.has("whenever") else "", first)
    lines = f"line{'s' if len(unsure) > 1 else ''} {', '.join(map(str, unsure))}"
    if not sure and commands:
        # Its author may have said it in other words.
        what = f"whether railyard_app_schedule has what config/schedule.rb says in {lines} cannot be told by reading"
        yield Finding("schedule", WARNS, what, "a look at what `bundle exec whenever` shows of it", where)
        return
    proposed = whenever.schedules(sure, whenever.timezone(text), given)
    words = [f"railyard_app_schedule with {', '.join(proposed)}; its times are of UTC unless timezone is given"] if proposed else []
    if unsure:
        shown = "railyard_app_schedule: {NAME: {command: COMMAND, calendar: daily}} for what only its author can tell"
        words.append(f"{shown} ({lines}; `bundle exec whenever` shows it as cron has it)")
    what = "the schedule of whenever is written for cron, where nobody puts it: nothing of it would run"
    yield Finding("schedule", BREAKS, what, ", and ".join(words), where, variables={"railyard_app_schedule": {**given, **proposed}} if proposed else {})


CHECKS: tuple[Check, ...] = (of_whenever, clocks, within_queues, of_solid_queue, of_good_job, in_puma)
