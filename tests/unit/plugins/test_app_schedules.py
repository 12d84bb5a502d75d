"""Schedules: what a person says, how a server comes to have just those timers, and who of several servers runs what."""

from __future__ import annotations

import datetime
import importlib.util
import shutil
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._deploy import schedules
from ansible_collections.railyard.aws.plugins.module_utils._deploy.schedules import Schedule
from ansible_collections.railyard.aws.plugins.module_utils._host import schedules as host
from ansible_collections.railyard.aws.plugins.module_utils._host import units
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.modules import app_schedules
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

PROJECT = Path(__file__).resolve().parents[3]
TOOL = PROJECT / "roles" / "processes" / "files" / "railyard_schedule.py"
EACH = {"command": "bin/a", "calendar": "daily"}


@pytest.fixture(scope="module")
def tool() -> ModuleType:
    spec = importlib.util.spec_from_file_location("railyard_schedule", TOOL)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    return found


# -- what a person says


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            {"calendar": "0 7 * * 1-5"},
            "a.calendar is '0 7 * * 1-5'; write what systemd's OnCalendar takes instead of cron's form",
        ),
        ({"calendar": "@hourly"}, "instead of cron's form"),
        ({"calendar": "07:30 Asia/Seoul"}, "its time zone goes into timezone"),
        ({"calendar": "*:*:0/0.5"}, "write times in whole seconds"),
        ({"calendar": 730}, "write a calendar in quotes, such as '07:30'"),
        ({"timezone": "Seoul now"}, "a.timezone is 'Seoul now'; write a time zone by its name"),
        ({"every": 1}, "a has every, which no schedule has; write some of command, calendar"),
        ({"timeout": True}, "a.timeout is 'True'; write the seconds that a run may take"),
    ],
)
def test_what_is_wrong_is_said_with_what_to_write(given: dict[str, Any], said: str):
    (problem,) = schedules.problems({"a": {**EACH, **given}})
    assert said in problem


#: What a rule refuses before anything is built; each is none for systemd either, or has no time to come.
NO_CALENDARS = [
    "*/5",
    "*",
    "07",
    "daily 07:00",
    "weekly Mon",
    "07:00 Mon",
    "07:00 *-*-01",
    "Mon Tue 07:00",
    "*-02-30 07:00",
    "*-04-31",
]
NO_CALENDARS += [
    "*-*-0",
    "*-00-01",
    "*:0/0",
    "*:0/90",
    "Mon..Fir 07:00",
    "7pm",
    "25:00",
    "12:00-14:00 Mon",
    "2026-11-31",
    "*-13-01",
]
CALENDARS = [
    "weekly",
    "*:0/5",
    "*:*:0/10",
    "Sat,Sun 08..18:30",
    "*-*~1 23:50",
    "Mon *-*-1..7 07:00",
    "Mon..Fri",
    "*-01,04,07,10-01",
    "Daily",
]
CALENDARS += [
    "Mon,Wed..Fri 7,19:0/15",
    "*-2-29 3:0",
    "2099-12-31 23:59:59",
    "Tuesday,saturday",
    "Mon-Fri 07:00",
    "12-24",
    "*-02~1",
    "*:0/30",
]


@pytest.mark.parametrize("calendar", NO_CALENDARS)
def test_what_is_no_calendar_is_said_before_anything_is_built(calendar: str):
    (problem,) = schedules.problems({"a": {**EACH, "calendar": calendar}})
    assert f"a.calendar is '{calendar}'; write " in problem


@pytest.mark.parametrize("calendar", CALENDARS)
def test_what_is_a_calendar_is_left_alone(calendar: str):
    assert schedules.problems({"a": {**EACH, "calendar": calendar}}) == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_itself_says_the_same_of_these_calendars(tool: ModuleType):
    now = 1795737600

    def has_times(calendar: str) -> bool:
        try:
            return bool(tool.times_after(f"{calendar} UTC", now))
        except tool.ScheduleError:
            return False

    assert [one for one in NO_CALENDARS if has_times(one)] == []
    assert [one for one in CALENDARS if not has_times(one)] == []


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_hour_that_a_change_of_clocks_leaves_out_or_repeats(tool: ModuleType):
    """As roles/processes/README.md says it: 28 March 2027 has no 02:30 in Berlin, 25 October 2026 has two."""

    def days(calendar: str, year: int, month: int, day: int, count: int) -> list[str]:
        start = int(datetime.datetime(year, month, day, tzinfo=datetime.UTC).timestamp())
        return [f"{tool.utc(one):%m-%d %H:%M}" for one in tool.times_after(calendar, start, count)]

    assert days("02:30 Europe/Berlin", 2027, 3, 27, 2) == ["03-27 01:30", "03-29 00:30"]
    assert days("02:30 Europe/Berlin", 2026, 10, 25, 2) == ["10-25 00:30", "10-26 01:30"]
    assert days("02:30 Asia/Seoul", 2027, 3, 27, 2) == ["03-27 17:30", "03-28 17:30"]


def test_what_is_missing_is_said_in_one_sentence():
    assert schedules.problems({"a": {}})[0].startswith("a has no command and no calendar; write both")


def test_without_a_bucket_one_server_has_what_runs_once_and_each_what_runs_on_all():
    declared = {"a": EACH, "b": {**EACH, "servers": "all", "timeout": "60"}}
    a, b = schedules.wanted(declared, shared=True, single=False)
    assert (a.when, a.timeout, b.timeout) == ("daily UTC", 3600, 60)
    assert schedules.wanted(declared, shared=False, single=True) == [a, b]
    assert schedules.wanted(declared, shared=False, single=False) == [b]


def test_a_service_asks_the_bucket_only_for_what_runs_once():
    text = "claim @NAME@ @CALENDAR@ @BUCKET@ of @user\n"
    assert (
        schedules.unit_text(text, Schedule("a", "x", "daily"), "b-{account}")
        == 'claim a daily UTC "b-{account}" of @user\n'
    )
    assert '""' in schedules.unit_text(text, Schedule("a", "x", "daily", servers="all"), "b")


# -- what a server has


class Systemd:
    """Stands in for systemd: what runs and starts at boot are sets."""

    def __init__(self, root: Path) -> None:
        self.units, self.states, self.tool = root / "system", root / "states", root / "railyard-schedule"
        (self.units / "timers.target.wants").mkdir(parents=True)
        self.states.mkdir()
        self.watched, self.runs = root / "schedules.json", root / "runs"
        self.runs.mkdir()
        self.active: set[str] = set()
        self.said: list[str] = []

    def here(self, check: bool = False) -> host.Schedules:
        places = host.Places(*map(str, (self.units, self.states, self.tool, self.watched, self.runs)))
        return host.Schedules(self.run, check, places=places)

    def run(self, words: Sequence[str], strict: bool) -> str:
        if words[0] == "env":
            if "25:" in words[-1]:
                raise ResourceError("`systemd-analyze` says: Invalid argument.")
            return "Next elapse: never" if "2020" in words[-1] else "Next elapse: Fri"
        verb, names = words[1], [word for word in words[2:] if not word.startswith("-")]
        if verb == "show":
            return "\n".join(
                f"Id={unit}\nActiveState={'active' if unit in self.active else 'inactive'}\nNeedDaemonReload=no\n"
                f"UnitFileState={'enabled' if self.link(unit).is_symlink() else 'disabled'}\n"
                for unit in names
            )
        self.said.append(" ".join(words[1:]))
        for unit in names:
            if verb == "enable":
                self.link(unit).symlink_to("/nowhere")
            elif verb == "restart":
                self.active.add(unit)
            elif verb == "disable":
                self.active.discard(unit)
                self.link(unit).unlink(missing_ok=True)
        return ""

    def link(self, unit: str) -> Path:
        return self.units / "timers.target.wants" / unit


A, B = Schedule("a", "bin/a", "daily"), Schedule("b", "bin/b", "*:0/10")


@pytest.fixture
def systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Systemd:
    found = Systemd(tmp_path)
    monkeypatch.setattr(units, "BY_HAND", (str(found.units),))
    return found


def keep(systemd: Systemd, *wanted: Schedule, check: bool = False) -> host.Schedules:
    here = systemd.here(check)
    texts = {one.timer: f"OnCalendar={one.when}\n" for one in wanted} | {
        one.service: f"{one.command}\n" for one in wanted
    }
    here.keep(wanted, texts, "#!/usr/bin/python3\n")
    return here


def files(systemd: Systemd) -> list[str]:
    return sorted(path.name for path in systemd.units.rglob("*") if not path.is_dir())


def test_schedules_are_made_once(systemd: Systemd):
    assert "railyard-schedule-a.timer: active, enabled\n" in keep(systemd, A, B, check=True).after
    assert not files(systemd) and not systemd.said and not systemd.tool.exists()
    keep(systemd, A, B)
    assert systemd.active == {A.timer, B.timer} and systemd.tool.stat().st_mode & 0o777 == 0o755
    systemd.said.clear()
    assert not keep(systemd, A, B).after and not systemd.said


def test_nothing_is_done_where_nothing_is_wanted_or_there(systemd: Systemd):
    assert not keep(systemd).after and not systemd.said


def test_what_is_no_longer_wanted_goes_and_no_service_is_stopped(systemd: Systemd):
    keep(systemd, A, B)
    (systemd.states / "a").touch()
    systemd.said.clear()
    plan = keep(systemd, B, check=True)
    assert len(plan.after) == 3 and systemd.active == {A.timer, B.timer} and not systemd.said
    keep(systemd, B)
    assert systemd.said == [f"disable --now {A.timer}", "daemon-reload"]
    assert files(systemd) == [B.service, B.timer, B.timer] and not list(systemd.states.iterdir())
    keep(systemd)
    assert not files(systemd) and not systemd.tool.exists() and not systemd.active


@pytest.mark.parametrize("drift", ["stopped", "disabled", "masked", "edited", "mode", "drop-in", "tool", "one more"])
def test_what_was_changed_by_hand_is_planned_and_taken_back(systemd: Systemd, drift: str):
    keep(systemd, A)
    timer, service = systemd.units / A.timer, systemd.units / A.service
    if drift == "stopped":
        systemd.active.clear()
    elif drift == "disabled":
        systemd.link(A.timer).unlink()
    elif drift == "masked":
        timer.unlink()
        timer.symlink_to("/dev/null")
    elif drift == "edited":
        service.write_text("rm -r /\n")
    elif drift == "mode":
        service.chmod(0o666)
    elif drift == "drop-in":
        (systemd.units / f"{A.service}.d").mkdir()
        (systemd.units / f"{A.service}.d" / "a.conf").write_text("[Service]\nUser=root\n")
    elif drift == "tool":
        systemd.tool.unlink()
    else:
        (systemd.units / B.timer).write_text("OnCalendar=hourly\n")
    before = files(systemd)
    assert keep(systemd, A, check=True).after
    assert files(systemd) == before
    assert keep(systemd, A).after
    assert not keep(systemd, A, check=True).after
    assert timer.read_text() == "OnCalendar=daily UTC\n" and service.read_text() == "bin/a\n"
    assert systemd.active == {A.timer}


def test_schedules_are_watched_as_long_as_there_are_any(systemd: Systemd):
    def keep_watched(*wanted: Schedule, watched: str = "[]\n") -> host.Schedules:
        here = systemd.here()
        texts = {unit: "x\n" for one in wanted for unit in (one.timer, one.service)}
        here.keep(wanted, texts, "#!/usr/bin/python3\n", watched, ("OnCalendar=*:4/5\n", "watch\n"))
        return here

    watch = ["railyard-schedules.service", "railyard-schedules.timer"]
    keep_watched(A)
    assert systemd.active == {A.timer, watch[1]} and systemd.watched.read_text() == "[]\n"
    (systemd.runs / "a@now").touch()
    systemd.said.clear()
    assert not keep_watched(A).after and not systemd.said
    # What is watched is read each time.
    assert keep_watched(A, watched="[1]\n").after and not systemd.said
    (systemd.units / watch[1]).unlink()
    (systemd.units / watch[1]).symlink_to("/dev/null")
    keep_watched(A)
    assert (systemd.units / watch[1]).read_text() == "OnCalendar=*:4/5\n" and list(systemd.runs.iterdir())
    keep_watched()
    assert (
        not files(systemd) and not systemd.watched.exists() and not systemd.active and not list(systemd.runs.iterdir())
    )
    keep_watched(A)
    keep(systemd, A)
    assert systemd.active == {A.timer} and not systemd.watched.exists()


def test_another_calendar_starts_the_timer_anew_and_another_command_does_not(systemd: Systemd):
    keep(systemd, A, B)
    systemd.said.clear()
    keep(systemd, Schedule("a", "bin/a", "hourly"), Schedule("b", "bin/other", "*:0/10"))
    assert systemd.said == ["daemon-reload", f"restart {A.timer}"]


def test_a_calendar_that_systemd_refuses_or_that_has_passed_changes_nothing(systemd: Systemd):
    systemd.here().judge([A, B])
    with pytest.raises(
        ResourceError, match="the calendar '25:00' in the time zone 'UTC' of x is none that this server's systemd takes"
    ):
        systemd.here().judge([A, Schedule("x", "y", "25:00")])
    with pytest.raises(ResourceError, match="the calendar '2020-01-01' of x has no time to come"):
        systemd.here().judge([Schedule("x", "y", "2020-01-01")])


def test_a_wrong_declaration_is_refused_by_the_module(run_module):
    failed = run_module(app_schedules, state="checked", declared={"a": {"command": "x"}})
    assert failed["msg"].startswith("railyard_app_schedule: a has no calendar; write both")


# -- who runs what


def every(step: int):
    """A calendar of a time every so many seconds."""
    return lambda _calendar, moment: (moment // step + 1) * step


@pytest.mark.parametrize("step", [1, 10, 60, 86400, 7 * 86400])
@pytest.mark.parametrize("late", [0, 1, 9, 59])
def test_servers_whose_clocks_differ_call_a_time_the_same(tool: ModuleType, step: int, late: int):
    time = 1795737600 // step * step
    assert tool.nominal("x", time + late, every(step)) == time + late // step * step


def test_a_calendar_without_a_time_is_named(tool: ModuleType):
    with pytest.raises(tool.ScheduleError, match="'x' had no time up to 2026-"):
        tool.nominal("x", 1795737600, lambda *_: float("inf"))


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_the_calendar_is_systemds_own(tool: ModuleType):
    # Friday, 27 November 2026, 00:00:03 in UTC, 09:00:03 in Seoul.
    moment = int(datetime.datetime(2026, 11, 27, 0, 0, 3, tzinfo=datetime.UTC).timestamp())
    assert tool.nominal("*:*:0/10 UTC", moment) == moment - 3
    assert tool.nominal("Mon..Fri 09:00 Asia/Seoul", moment) == moment - 3
    assert tool.nominal("Thu 23:00 UTC", moment) == moment - 3603
    assert tool.elapse_after("2020-01-01 UTC", moment) == float("inf")
    with pytest.raises(tool.ScheduleError, match="systemd-analyze calendar"):
        tool.nominal("25:61 UTC", moment)


def test_a_request_is_signed_as_the_sdk_signs_it(tool: ModuleType):
    keys = {"AccessKeyId": "AKID", "SecretAccessKey": "secret/+x", "Token": "token=="}
    path, body = "/b-1/schedules/a_-/20261127T000000Z", b"i-1 aa\n"
    now = datetime.datetime(2026, 11, 27, 0, 0, 3, tzinfo=datetime.UTC)
    headers = tool.signed(
        "PUT",
        "s3.eu-west-1.amazonaws.com",
        path,
        body,
        keys,
        ("eu-west-1", "s3"),
        {"if_none_match": "*"},
        now,
    )
    request = AWSRequest("PUT", f"https://s3.eu-west-1.amazonaws.com{path}", data=body)
    request.headers["if-none-match"] = "*"
    for name in ("x-amz-date", "x-amz-content-sha256", "x-amz-security-token"):
        request.headers[name] = headers[name]
    request.context["timestamp"] = headers["x-amz-date"]
    signer = S3SigV4Auth(Credentials("AKID", "secret/+x", "token=="), "s3", "eu-west-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={signature}")
    assert (
        "SignedHeaders=host;if-none-match;x-amz-content-sha256;x-amz-date;x-amz-security-token,"
        in headers["authorization"]
    )


class Answers:
    """A bucket that gives these answers, one after the other; ``mine`` is what was written to it last."""

    instance, name = "i-1", "s3://bucket"

    def __init__(self, *answers: Any) -> None:
        self.answers, self.asked = list(answers), []

    def ask(self, method: str, key: str, body: bytes = b"", **further: str) -> tuple[int, bytes]:
        self.asked.append(method)
        if method == "PUT":
            assert further == {"if_none_match": "*"}
            self.mine = body
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return (200, self.mine) if answer == "mine" else answer


@pytest.mark.parametrize(
    ("answers", "mine"),
    [
        ([(200, b"")], True),
        ([(412, b"<Code>PreconditionFailed</Code>")], False),
        ([(409, b"<Code>ConditionalRequestConflict</Code>"), (412, b""), (200, b"i-2 x\n")], False),
        ([(503, b""), (200, b"")], True),
        # The answer of the first try was lost: it may have been written by this server, or by another one meanwhile.
        ([TimeoutError("timed out"), (412, b""), "mine"], True),
        ([TimeoutError("timed out"), (412, b""), (200, b"i-2 x\n")], False),
    ],
)
def test_whoever_writes_first_runs_it(tool: ModuleType, answers: list[Any], mine: bool):
    bucket = Answers(*answers)
    assert tool.claim(bucket, "schedules/a/x", sleep=lambda _: None) == (bucket.mine if mine else None)
    assert not bucket.answers


def test_where_nobody_can_tell_nothing_runs_and_why_is_said(tool: ModuleType):
    refused = Answers((403, b"<Error><Code>AccessDenied</Code></Error>"))
    with pytest.raises(tool.ScheduleError, match="s3://bucket/k cannot be written: 403 AccessDenied"):
        tool.claim(refused, "k", sleep=lambda _: None)
    with pytest.raises(tool.ScheduleError, match="timed out"):
        tool.claim(Answers(*[TimeoutError("timed out")] * 9), "k", sleep=lambda _: None)


def test_a_run_that_cannot_be_agreed_on_is_a_failure(
    tool: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    def nobody(*_: Any) -> str:
        raise OSError("no route")

    monkeypatch.setattr(tool, "metadata", nobody)
    monkeypatch.setattr(tool, "RUNS", str(tmp_path))
    monkeypatch.setattr(tool, "triggered", lambda _name: 1795737600)
    monkeypatch.setattr(tool, "nominal", lambda _calendar, moment: moment)
    assert tool.main(["claim", "a", "daily UTC", "schedules/", ""]) == 0
    assert tool.main(["claim", "a", "daily UTC", "schedules/", "bucket"]) == 255
    assert "a does not run here, as nobody knows whether it runs elsewhere: no route" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("said", "moment"), [("Fri 2026-11-27 00:00:03 UTC\n", 1795737603), ("\n", None), ("n/a\n", None)]
)
def test_the_moment_is_the_timers_and_there_is_none_before_it_elapsed(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, said: str, moment: int | None
):
    (tmp_path / "systemctl").write_text(f"#!/bin/sh\ntest \"$4\" = railyard-schedule-a.timer && printf '{said}'\n")
    (tmp_path / "systemctl").chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")
    monkeypatch.setattr(tool, "IN_UTC", {"PATH": f"{tmp_path}:/usr/bin:/bin"})
    if moment:
        assert tool.triggered("a") == moment
    else:
        with pytest.raises(tool.ScheduleError, match="its timer has not started it"):
            tool.triggered("a")


def test_how_a_run_ended_is_written_down_but_not_that_it_ran_elsewhere(
    tool: ModuleType, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
):
    monkeypatch.setattr(tool, "RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("SERVICE_RESULT", "exec-condition")
    tool.run_ended("a", str(tmp_path))
    assert not list(tmp_path.iterdir())
    for result, status, said in (("success", "0", "succeeded at 2"), ("timeout", "TERM", "FAILED (timeout TERM) at 2")):
        monkeypatch.setenv("SERVICE_RESULT", result)
        monkeypatch.setenv("EXIT_STATUS", status)
        tool.run_ended("a", str(tmp_path))
        assert (tmp_path / "a").read_text().startswith(f"Id=railyard-schedule-a\nActiveState={said}")
    assert [path.name for path in tmp_path.iterdir()] == ["a"]
