"""What servers tell CloudWatch of schedules: whether each of their times was run, and well."""

from __future__ import annotations

import datetime
import importlib.util
import json
import os
import shutil
import urllib.parse
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._deploy import schedules
from ansible_collections.railyard.aws.plugins.module_utils._deploy.schedules import Schedule
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

TOOL = Path(__file__).resolve().parents[3] / "roles" / "processes" / "files" / "railyard_schedule.py"
#: Midnight of 27 November 2026 in UTC.
MIDNIGHT = 1795737600
ONE = {"name": "a", "calendar": "hourly UTC", "timeout": 600, "all": False}
BEGUN = f"i-1 aa {MIDNIGHT}"


@pytest.fixture
def tool(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    spec = importlib.util.spec_from_file_location("railyard_schedule", TOOL)
    assert spec and spec.loader
    found = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(found)
    monkeypatch.setattr(found, "RUNS", str(tmp_path / "runs"))
    monkeypatch.setattr(found.Here, "name", str(tmp_path / "runs"))
    monkeypatch.setattr(found, "STATES", str(tmp_path / "states"))
    monkeypatch.setattr(found, "WATCHED", str(tmp_path / "schedules.json"))
    return found


class Objects(dict):
    """A bucket: text by key."""

    name, instance = "s3://bucket", "i-1"

    def ask(self, method: str, key: str, body: bytes = b"", **further: str) -> tuple[int, bytes]:
        if method == "PUT":
            if "if_none_match" in further and key in self:
                return 412, b"<Code>PreconditionFailed</Code>"
            self[key] = body.decode()
            return 200, b""
        return (200, self[key].encode()) if key in self else (404, b"<Code>NoSuchKey</Code>")


def hourly(_calendar: str, moment: int, count: int = 1) -> list[int]:
    return [(moment // 3600 + 1 + number) * 3600 for number in range(count)]


def key(hour: int) -> str:
    return f"schedules/a/20261127T{hour:02}0000Z"


def judged(
    tool: ModuleType, objects: Objects, at: str, known: dict | None = None, busy: bool = False
) -> dict[str, Any]:
    """What is known at a time of the day, such as 01:10, where times since midnight are looked at."""
    now = MIDNIGHT + 3600 * int(at[:2]) + 60 * int(at[3:])
    before = known or {"until": MIDNIGHT, "open": [], "value": 0}
    return tool.judge(ONE, before, objects, "schedules/", now, hourly, lambda _name: busy)


@pytest.mark.parametrize(
    ("objects", "at", "value"),
    [
        # Nobody has to have taken it yet.
        ({}, "01:02", 0),
        ({}, "01:10", 2),
        ({key(1): f"{BEGUN} succeeded\n"}, "01:10", 0),
        ({key(1): f"{BEGUN} FAILED (exit-code 3)\n"}, "01:10", 1),
        # One that failed between two that are well.
        (
            {
                key(1): f"{BEGUN} succeeded\n",
                key(2): f"{BEGUN} FAILED (timeout TERM)\n",
                key(3): f"{BEGUN} succeeded\n",
            },
            "03:10",
            1,
        ),
        ({key(1): f"{BEGUN} FAILED (exit-code 1)\n"}, "02:10", 2),
    ],
)
def test_each_time_that_has_passed_is_looked_at(tool: ModuleType, objects: dict[str, str], at: str, value: int):
    assert judged(tool, Objects(objects), at)["value"] == value


def test_what_a_time_was_stays_until_the_next_one(tool: ModuleType):
    objects = Objects({key(1): f"{BEGUN} FAILED (exit-code 3)\n"})
    known = judged(tool, objects, "01:05")
    for at in ("01:10", "01:59", "02:02"):
        known = judged(tool, objects, at, known)
        assert known["value"] == 1
    objects[key(2)] = f"{BEGUN} succeeded\n"
    assert judged(tool, objects, "02:05", known)["value"] == 0


def test_a_run_under_way_is_judged_when_it_has_ended_or_can_run_no_longer(tool: ModuleType):
    objects = Objects({key(1): f"i-2 bb {MIDNIGHT + 3600}\n"})
    known = judged(tool, objects, "01:12")
    assert (known["value"], known["open"]) == (0, [MIDNIGHT + 3600])
    assert judged(tool, objects, "01:14", known)["value"] == 1
    ended = Objects({key(1): f"i-2 bb {MIDNIGHT + 3600} succeeded\n"})
    assert judged(tool, ended, "01:14", known) == {**known, "open": [], "until": MIDNIGHT + 3600}


def test_a_time_that_waits_for_the_run_before_it_is_not_missed_yet(tool: ModuleType):
    objects = Objects({key(1): f"i-1 bb {MIDNIGHT + 3600} succeeded\n"})
    known = judged(tool, objects, "02:10", busy=True)
    assert (known["value"], known["open"]) == (0, [MIDNIGHT + 7200])
    assert judged(tool, objects, "02:15", known)["value"] == 2
    objects[key(2)] = f"i-1 cc {MIDNIGHT + 7900} succeeded\n"
    assert judged(tool, objects, "02:15", known)["value"] == 0


def test_times_of_more_than_a_day_ago_are_not_looked_at(tool: ModuleType):
    long_ago = {"until": MIDNIGHT - 9 * 86400, "open": [], "value": 0}
    objects = Objects({f"schedules/a/20261126T{hour:02}0000Z": f"{BEGUN} succeeded\n" for hour in range(2, 24)})
    objects |= {key(0): f"{BEGUN} succeeded\n", key(1): f"{BEGUN} succeeded\n"}
    assert judged(tool, Objects(objects), "01:10", long_ago)["value"] == 0


def test_what_cannot_be_read_is_not_called_missed(tool: ModuleType):
    class Refused(Objects):
        def ask(self, *_: Any, **__: str) -> tuple[int, bytes]:
            return 403, b"<Error><Code>AccessDenied</Code></Error>"

    with pytest.raises(
        tool.ScheduleError, match=r"s3://bucket/schedules/a/20261127T010000Z cannot be read: 403 AccessDenied"
    ):
        judged(tool, Refused(), "01:10")


@pytest.mark.parametrize("text", ["", "i-1 aa", "i-1 aa noon", "\x00 \x00 \x00"])
def test_what_no_server_wrote_is_a_failed_run_and_no_reason_to_judge_no_other(tool: ModuleType, text: str):
    objects = Objects({key(1): text, key(2): f"{BEGUN} succeeded\n"})
    known = judged(tool, objects, "01:10")
    assert (known["value"], known["open"]) == (1, [])
    assert judged(tool, objects, "02:10", known)["value"] == 0


def test_a_schedule_that_comes_too_often_to_look_at_each_time_does_not_fall_behind(tool: ModuleType):
    asked = []

    class Counted(Objects):
        def ask(self, method: str, key: str, *_: Any, **__: str) -> tuple[int, bytes]:
            asked.append(key)
            return 200, f"{BEGUN} succeeded\n".encode()

    known = {"until": MIDNIGHT, "open": [], "value": 0}
    each_second = lambda _calendar, moment, count: list(range(moment + 1, moment + 1 + count))  # noqa: E731
    found = tool.judge(ONE, known, Counted(), "schedules/", MIDNIGHT + 3600, each_second)
    assert len(asked) == 100 and found["until"] == MIDNIGHT + 3600 - 180


def test_another_calendar_is_judged_from_when_it_was_declared(tool: ModuleType):
    new = {"until": 7, "open": [], "value": 0}
    assert tool.remembered(ONE, 7) == new
    known = {"calendar": ONE["calendar"], "until": 99, "open": [5], "value": 2}
    tool.write(os.path.join(tool.RUNS, "a@judged"), json.dumps(known))
    assert tool.remembered(ONE, 7) == known
    assert tool.remembered({**ONE, "calendar": "daily UTC"}, 7) == new


# -- from the claim to the metric


@pytest.fixture
def told(tool: ModuleType, monkeypatch: pytest.MonkeyPatch) -> list[dict[str, list[str]]]:
    """Requests to CloudWatch; the bucket is ``tool.objects``, and the timer elapsed at ``tool.elapsed``."""
    requests: list[dict[str, list[str]]] = []

    class Server:
        account, instance = "123456789012", "i-1"

        def ask(self, service: str, method: str, path: str, body: bytes = b"", **_: str) -> tuple[int, bytes]:
            assert (service, method, path) == ("monitoring", "POST", "/")
            requests.append(urllib.parse.parse_qs(body.decode(), strict_parsing=True))
            return 200, b""

    objects = Objects()
    monkeypatch.setattr(tool, "Server", Server)
    monkeypatch.setattr(tool, "Bucket", lambda _server, _name: objects)
    monkeypatch.setattr(tool, "triggered", lambda _name: tool.elapsed)
    monkeypatch.setattr(tool, "nominal", lambda _calendar, moment: moment // 60 * 60)
    monkeypatch.setattr(tool, "times_after", hourly)
    monkeypatch.setattr(tool, "under_way", lambda _name: False)
    monkeypatch.setattr(tool.judge, "__defaults__", (hourly, lambda _name: False))
    tool.objects, tool.elapsed = objects, MIDNIGHT + 3600
    return requests


def ran(tool: ModuleType, monkeypatch: pytest.MonkeyPatch, bucket: str, result: str) -> int:
    """A run as systemd has it, at an hour after midnight."""
    code: int = tool.main(["claim", "a", "hourly UTC", "schedules/", bucket])
    monkeypatch.setenv("SERVICE_RESULT", {0: result, 1: "exec-condition"}.get(code, "exit-code"))
    monkeypatch.setenv("EXIT_STATUS", "0" if result == "success" else "3")
    tool.run_ended("a", tool.STATES)
    return code


@pytest.mark.parametrize("everywhere", [False, True], ids=["one server", "all servers"])
@pytest.mark.parametrize(
    ("result", "value"), [("success", "0.0"), ("exit-code", "1.0"), ("", "2.0")], ids=["well", "failed", "missed"]
)
def test_how_a_run_ended_comes_to_cloudwatch(
    tool: ModuleType,
    told: list[dict[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    everywhere: bool,
    result: str,
    value: str,
):
    servers = "all" if everywhere else "one"
    text = schedules.watched(
        [Schedule("a", "x", "hourly", timeout=600, servers=servers)], "bucket", "schedules/", "shop"
    )
    Path(tool.WATCHED).write_text(text)
    os.utime(tool.WATCHED, (MIDNIGHT, MIDNIGHT))
    if result:
        assert ran(tool, monkeypatch, "" if everywhere else "bucket", result) == 0
        assert sorted(tool.objects) == ([] if everywhere else [key(1)])
    monkeypatch.setattr(tool.time, "time", lambda: MIDNIGHT + 3600 + 300)
    assert tool.main(["watch"]) == 0
    (request,) = told
    assert request["Action"] == ["PutMetricData"] and request["Namespace"] == ["shop"]
    assert request["MetricData.member.1.MetricName"] == ["schedule_status"]
    assert request["MetricData.member.1.Dimensions.member.1.Name"] == ["Schedule"]
    assert request["MetricData.member.1.Dimensions.member.1.Value"] == ["a"]
    assert float(request["MetricData.member.1.Value"][0]) == float(value)


def test_the_server_that_another_forestalled_says_nothing_of_the_run(
    tool: ModuleType, told: list[dict[str, list[str]]], monkeypatch: pytest.MonkeyPatch
):
    tool.objects[key(1)] = f"i-2 bb {MIDNIGHT + 3600}\n"
    assert ran(tool, monkeypatch, "bucket", "success") == 1
    assert tool.objects == {key(1): f"i-2 bb {MIDNIGHT + 3600}\n"} and not os.path.exists(tool.STATES)


def test_a_full_disk_stops_no_run_that_was_claimed(
    tool: ModuleType,
    told: list[dict[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    def full(*_: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(tool, "write", full)
    assert tool.main(["claim", "a", "hourly UTC", "schedules/", "bucket"]) == 0
    assert "nobody will know how a ends, and it will count as failed: " in capsys.readouterr().err


def test_one_schedule_that_cannot_be_judged_does_not_silence_the_others(
    tool: ModuleType,
    told: list[dict[str, list[str]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
):
    both = [Schedule("a", "x", "hourly"), Schedule("b", "x", "hourly")]
    Path(tool.WATCHED).write_text(schedules.watched(both, "bucket", "schedules/", "shop"))
    monkeypatch.setattr(tool, "judge", lambda one, known, *_: known if one["name"] == "b" else 1 / 0)
    monkeypatch.setattr(tool, "ScheduleError", ZeroDivisionError)
    assert tool.main(["watch"]) == 1
    assert [request["MetricData.member.1.Dimensions.member.1.Value"] for request in told] == [["b"]]
    assert "nobody knows how a goes: division by zero" in capsys.readouterr().err


def test_files_of_runs_on_this_server_do_not_pile_up(tool: ModuleType):
    for number in range(150):
        tool.Here().ask("PUT", f"a@20261127T{number:06}Z", b"x")
    assert len(os.listdir(tool.RUNS)) == 100 and "a@20261127T000149Z" in os.listdir(tool.RUNS)


def test_a_request_to_cloudwatch_is_signed_as_the_sdk_signs_it(tool: ModuleType):
    keys = {"AccessKeyId": "AKID", "SecretAccessKey": "secret/+x", "Token": "token=="}
    host, body = "monitoring.eu-west-1.amazonaws.com", tool.metric_data("shop", {"a": 2})
    now = datetime.datetime(2026, 11, 27, 0, 0, 3, tzinfo=datetime.UTC)
    headers = tool.signed("POST", host, "/", body, keys, ("eu-west-1", "monitoring"), {}, now)
    request = AWSRequest("POST", f"https://{host}/", data=body)
    for name in ("x-amz-date", "x-amz-content-sha256", "x-amz-security-token"):
        request.headers[name] = headers[name]
    request.context["timestamp"] = headers["x-amz-date"]
    signer = SigV4Auth(Credentials("AKID", "secret/+x", "token=="), "monitoring", "eu-west-1")
    signature = signer.signature(signer.string_to_sign(request, signer.canonical_request(request)), request)
    assert headers["authorization"].endswith(f"Signature={signature}")


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul"])
def test_the_times_are_systemds_own(tool: ModuleType, zone: str):
    hours = {"UTC": 9, "Asia/Seoul": 0}[zone]
    first = MIDNIGHT + hours * 3600
    assert tool.times_after(f"09:00 {zone}", MIDNIGHT - 1, 3) == [first, first + 86400, first + 2 * 86400]
    assert tool.times_after("2020-01-01 UTC", MIDNIGHT, 3) == []
