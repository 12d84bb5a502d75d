"""Processes beside puma: what a Procfile and a person say, and how a server comes to run just those."""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._deploy import processes
from ansible_collections.railyard.aws.plugins.module_utils._deploy.processes import Process
from ansible_collections.railyard.aws.plugins.module_utils._host import processes as host
from ansible_collections.railyard.aws.plugins.module_utils._host import units
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.modules import app_processes

PROJECT = Path(__file__).resolve().parents[3]
PROCFILE = """\
# How Heroku runs it.
web: bundle exec puma -C config/puma.rb
release: rake db:migrate
worker: bundle exec sidekiq -C config/sidekiq.yml
mail-in:   MODE=$MODE bin/mail  \r
no process
"""
COMMANDS = {"worker": "bundle exec sidekiq -C config/sidekiq.yml", "mail-in": "MODE=$MODE bin/mail"}


def test_a_procfile_is_read_as_foreman_does_without_what_puma_and_releases_do():
    assert processes.procfile(PROCFILE) == COMMANDS
    assert processes.procfile("") == {}


def test_the_playbooks_that_ask_for_processes_leave_out_the_same_names():
    """A shell on the server asks before the role is begun, so that a server without processes pays no task."""
    (names,) = re.findall(
        r"!~ /\^\(([a-z|]+)\)\$/", (PROJECT / "playbooks" / "files" / "processes_beside.sh").read_text("utf-8")
    )
    assert tuple(names.split("|")) == processes.NO_PROCESSES


def test_all_of_the_procfile_run_where_nothing_is_declared():
    worker, mail = processes.wanted({}, COMMANDS)
    assert worker == Process("worker", COMMANDS["worker"], quiet_signal="TSTP")
    assert mail == Process("mail-in", "MODE=$MODE bin/mail")


@pytest.mark.parametrize(
    ("declared", "expected"),
    [
        ({"worker": {}}, Process("worker", COMMANDS["worker"], quiet_signal="TSTP")),
        ({"worker": {"quiet_signal": ""}}, Process("worker", COMMANDS["worker"])),
        ({"other": "bin/jobs"}, Process("other", "bin/jobs")),
        ({"q": "rake resque:work"}, Process("q", "rake resque:work", quiet_signal="USR2", stop_signal="QUIT")),
        ({"clock": "clockwork clock.rb"}, Process("clock", "clockwork clock.rb", servers="one")),
        (
            {"w": {"command": "x", "count": "3", "memory_max": "1G", "stop_timeout": 90, "stop_signal": "INT"}},
            Process("w", "x", 3, "1G", "", "INT", 90),
        ),
    ],
)
def test_what_is_declared_wins_over_what_is_known_of_the_command(declared: dict[str, Any], expected: Process):
    assert not processes.problems(declared)
    assert processes.wanted(declared, COMMANDS) == [expected]


def test_a_process_of_one_server_runs_on_no_other_and_none_runs_no_times():
    declared = {"clock": {"command": "x", "servers": "one"}, "worker": {"count": 0}, "mail-in": {"count": 2}}
    assert [one.name for one in processes.wanted(declared, COMMANDS, single=True)] == ["clock", "mail-in"]
    (mail,) = processes.wanted(declared, COMMANDS, single=False)
    assert mail.instances == ["railyard-mail-in@1.service", "railyard-mail-in@2.service"]


@pytest.mark.parametrize(
    ("servers", "single", "expected"),
    [
        (["all", "web"], True, ["worker", "cable", "clock"]),
        (["all", "web"], False, ["worker", "cable"]),
        # Beside worker servers, and on those.
        (["web"], False, ["cable"]),
        (["all", "worker"], True, ["worker", "big", "clock"]),
        (["all", "worker"], False, ["worker", "big"]),
    ],
)
def test_a_server_runs_what_is_for_its_kind(servers: list[str], single: bool, expected: list[str]):
    declared = {
        "worker": {},
        "big": {"command": "bin/big", "servers": "worker"},
        "cable": {"command": "bin/cable", "servers": "web"},
        "clock": {"command": "clockwork clock.rb"},
    }
    assert processes.problems(declared) == []
    assert [one.name for one in processes.wanted(declared, COMMANDS, single, servers)] == expected


@pytest.mark.parametrize(
    ("declared", "homeless", "at_work"),
    [
        ({"worker": "bin/jobs"}, [], ["worker"]),
        ({"worker": {"servers": "worker"}, "cable": {"servers": "web"}}, ["worker"], ["worker"]),
        ({"worker": {"servers": "worker", "count": "0"}, "clock": {"servers": "one"}}, [], ["clock"]),
    ],
)
def test_who_needs_worker_servers_and_who_works_on_them(declared: dict[str, Any], homeless: Any, at_work: Any):
    assert (processes.homeless(declared), processes.at_work(declared)) == (homeless, at_work)


def test_a_command_that_is_nowhere_is_named_with_those_that_are():
    with pytest.raises(processes.ProcessError, match="'mailer' without a command.* but worker, mail-in; write"):
        processes.wanted({"mailer": {"count": 2}}, COMMANDS)


@pytest.mark.parametrize(
    "command",
    [
        "bundle exec sidekiq",
        'A="b c" x',
        r"printf '\n' \"",
        "echo $HOME ${A:-b} 100% %n",
        "a && b | c; d 'e'",
        "echo @NAME@",
    ],
)
def test_a_unit_hands_the_shell_the_command_as_it_was_written(command: str):
    text = processes.unit_text(
        "ExecStart=run bash -c @COMMAND@\nMemoryMax=@MEMORY_MAX@\nSystemCallFilter=@system-service\n",
        Process("x", command),
    )
    line, memory, calls = text.splitlines()
    assert (memory, calls) == ("MemoryMax=infinity", "SystemCallFilter=@system-service")
    word = line.removeprefix("ExecStart=run bash -c ")
    # As systemd reads it: specifiers and variables, and then one word in double quotes.
    assert not re.search(r"(?<![%])(?:%%)*%(?!%)", word) and not re.search(r"(?<![$])(?:[$][$])*[$](?![$])", word)
    assert shlex.split(word.replace("%%", "%").replace("$$", "$").replace("`", r"\`")) == [command]


def test_processes_are_fenced_in_as_puma_is():
    def fence(path: str, switch: str) -> list[str]:
        text = (PROJECT / path).read_text("utf-8")
        inside = re.search(rf"{{% if {switch} %}}\n(.*?){{% endif %}}", text, re.DOTALL)
        assert inside
        return [line for line in inside[1].splitlines() if line and not line.startswith("ReadWritePaths=")]

    puma = fence("roles/puma/templates/puma.service.j2", "puma_hardening")
    assert len(puma) > 15
    for unit in ("process", "schedule"):
        assert "{% include 'hardening.j2' %}" in (PROJECT / f"roles/processes/templates/{unit}.service.j2").read_text()
    assert fence("roles/processes/templates/hardening.j2", "processes_hardening") == puma


class Systemd:
    """Stands in for systemd: units are files, and what runs, starts at boot and is up to date are sets."""

    def __init__(self, root: Path) -> None:
        self.units, self.notes, self.tool = root / "system", root / "notes", root / "railyard-process"
        (self.units / "multi-user.target.wants").mkdir(parents=True)
        self.notes.mkdir()
        self.running: set[str] = set()
        self.crashing: set[str] = set()
        self.stale: set[str] = set()
        self.said: list[str] = []

    def here(self, check: bool = False) -> host.Processes:
        return host.Processes(self.run, check, places=(str(self.units), str(self.notes), str(self.tool)))

    def run(self, words: Sequence[str], strict: bool) -> str:
        if words[0] == str(self.tool):
            return "\n".join(unit for unit in words[2:] if unit not in self.running or unit in self.stale)
        verb, names = words[1], [word for word in words[2:] if not word.startswith("-")]
        if verb == "list-units":
            return "".join(f"{unit} loaded active running Process\n" for unit in sorted(self.running))
        if verb == "show":
            return "\n".join(self._shown(unit) for unit in names)
        self.said.append(" ".join(words[1:]))
        if verb == "restart":
            self.running |= set(names)
            self.stale -= set(names)
            for unit in names:
                (self.notes / unit).touch()
        elif verb == "stop":
            self.running -= set(names)
        elif verb == "enable":
            for unit in names:
                (self.units / "multi-user.target.wants" / unit).symlink_to("/nowhere")
        return ""

    def _shown(self, unit: str) -> str:
        enabled = (self.units / "multi-user.target.wants" / unit).is_symlink()
        at_boot = "enabled" if enabled else "disabled"
        active = "activating" if unit in self.crashing else "active" if unit in self.running else "inactive"
        return (
            f"Id={unit}\nLoadState=loaded\nActiveState={active}\nSubState=x\nUnitFileState={at_boot}\n"
            "NeedDaemonReload=no\nNRestarts=0\n"
        )


WORKER = Process("worker", "bundle exec sidekiq", count=2, quiet_signal="TSTP")
CLOCK = Process("clock", "bin/clock")
TEMPLATE = "[Service]\nExecStart=x bash -c @COMMAND@\nX-RailyardQuietSignal=@QUIET_SIGNAL@\n"


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    found = Systemd(tmp_path)
    monkeypatch.setattr(units, "BY_HAND", (str(found.units),))
    return found


def keep(systemd: Systemd, *wanted: Process, check: bool = False) -> host.Processes:
    here = systemd.here(check)
    here.keep(wanted, {one.unit: processes.unit_text(TEMPLATE, one) for one in wanted}, "#!/bin/sh\n")
    return here


def files(systemd: Systemd) -> list[str]:
    found = [path for path in systemd.units.rglob("*") if not path.is_dir()]
    return sorted(str(path.relative_to(systemd.units)) for path in found)


def test_processes_are_made_once(systemd: Systemd):
    plan = keep(systemd, WORKER, CLOCK, check=True)
    assert "railyard-worker@2.service: works with what there is\n" in plan.after
    assert not files(systemd) and not systemd.said and not systemd.tool.exists()
    keep(systemd, WORKER, CLOCK)
    assert systemd.running == {*WORKER.instances, *CLOCK.instances}
    assert systemd.tool.stat().st_mode & 0o777 == 0o755
    assert files(systemd)[-2:] == ["railyard-clock@.service", "railyard-worker@.service"]
    systemd.said.clear()
    again = keep(systemd, WORKER, CLOCK)
    assert not again.after and not systemd.said


def test_nothing_is_done_where_nothing_is_wanted_or_there(systemd: Systemd):
    assert not keep(systemd).after and not systemd.said and not files(systemd)


def test_what_is_no_longer_wanted_goes_and_the_rest_stays(systemd: Systemd):
    keep(systemd, WORKER, CLOCK)
    systemd.said.clear()
    plan = keep(systemd, Process("worker", WORKER.command, quiet_signal="TSTP"), check=True)
    assert {"railyard-worker@2.service: gone\n", "railyard-clock@1.service: gone\n"} <= set(plan.after)
    assert systemd.running == {*WORKER.instances, *CLOCK.instances}
    keep(systemd, Process("worker", WORKER.command, quiet_signal="TSTP"))
    assert systemd.running == {"railyard-worker@1.service"}
    assert systemd.said[0] == "stop railyard-clock@1.service railyard-worker@2.service"
    assert not any(said.startswith("restart") for said in systemd.said)
    assert files(systemd) == ["multi-user.target.wants/railyard-worker@1.service", "railyard-worker@.service"]
    keep(systemd)
    assert not systemd.running and not files(systemd) and not systemd.tool.exists()


@pytest.mark.parametrize(
    "drift",
    ["stopped", "stale", "masked", "template masked", "edited", "mode", "drop-in", "disabled", "one more", "tool"],
)
def test_what_was_changed_by_hand_is_planned_and_taken_back(systemd: Systemd, drift: str):
    keep(systemd, WORKER)
    one, template = WORKER.instances[0], systemd.units / WORKER.unit
    if drift == "stopped":
        systemd.running.remove(one)
    elif drift == "stale":
        systemd.stale.add(one)
    elif drift == "masked":
        (systemd.units / one).symlink_to("/dev/null")
    elif drift == "template masked":
        template.unlink()
        template.symlink_to("/dev/null")
    elif drift == "edited":
        template.write_text("[Service]\nUser=root\n")
    elif drift == "mode":
        template.chmod(0o666)
    elif drift == "drop-in":
        (systemd.units / f"{WORKER.unit}.d").mkdir()
        (systemd.units / f"{WORKER.unit}.d" / "a.conf").write_text("[Service]\nUser=root\n")
    elif drift == "disabled":
        (systemd.units / "multi-user.target.wants" / one).unlink()
    elif drift == "one more":
        systemd.running.add("railyard-worker@9.service")
    else:
        systemd.tool.write_text("#!/bin/false\n")
    before = files(systemd)
    assert keep(systemd, WORKER, check=True).after
    assert files(systemd) == before
    assert keep(systemd, WORKER).after
    assert not keep(systemd, WORKER, check=True).after
    assert systemd.running == {*WORKER.instances} and "ExecStart=x" in template.read_text()
    assert template.stat().st_mode & 0o777 == 0o644


def test_workers_are_asked_once_for_no_new_work_and_start_anew_afterwards(systemd: Systemd):
    keep(systemd, WORKER, CLOCK)
    systemd.said.clear()
    plan = systemd.here(check=True)
    assert len(plan.quiet()) == 3 and not systemd.said
    assert sorted(systemd.here().quiet()) == sorted([*WORKER.instances, *CLOCK.instances])
    # The clock has no such signal, and would start anew all the same.
    assert systemd.said == [f"kill --kill-who=main --signal=SIGTSTP {unit}" for unit in WORKER.instances]
    assert not list(systemd.notes.iterdir())
    assert systemd.here().quiet() == []


def test_one_that_does_not_stay_up_is_named(systemd: Systemd):
    keep(systemd, WORKER)
    systemd.here().watch(WORKER.instances, 0)
    systemd.crashing.add(WORKER.instances[1])
    with pytest.raises(ResourceError, match=r"railyard-worker@2.service does not stay up.*journalctl --unit"):
        systemd.here().watch(WORKER.instances, 5)


def test_a_wrong_declaration_and_a_missing_user_change_nothing(
    run_module, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(app_processes, "procfile", lambda module: {})
    given = {"app_path": str(tmp_path), "user": "root", "unit": TEMPLATE}
    failed = run_module(app_processes, **given, declared={"worker": {"count": "many"}})
    assert (
        failed["msg"]
        == "railyard_app_processes: worker.count is 'many'; write how many run on each server, from 0 to 99."
    )
    failed = run_module(app_processes, **{**given, "user": "nobody-such"}, declared={"worker": "x"})
    assert "no user 'nobody-such'" in failed["msg"]
    failed = run_module(app_processes, **given, state="checked", declared={"worker": {"count": 2}})
    assert "'worker' without a command" in failed["msg"]
    fine = run_module(app_processes, **given, state="checked", declared={"worker": "x"})
    assert not fine["changed"] and fine["processes"] == ["railyard-worker@1.service"]
