"""The doctor on what runs at times: who would run it here, and the variables that make it so."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._deploy import schedules as declarations
from ansible_collections.railyard.aws.plugins.module_utils._doctor import whenever

from tests.unit.plugins.doctor_lab import PRODUCTION, WELL, Lab, gems

Files = dict[str, str | None]


def told(tmp_path: Path, files: Files, **stack: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Findings by id, and the variables that are proposed."""
    import yaml

    lab = Lab(tmp_path)
    return lab.findings(files, **stack), yaml.safe_load(lab.report(files, **stack)[1] or "{}") or {}


def production(*lines: str) -> dict[str, str]:
    return {PRODUCTION: WELL[PRODUCTION].replace("end\n", "".join(f"  {line}\n" for line in lines) + "end\n")}


# -- whenever: times


@pytest.mark.parametrize(
    ("what", "at", "calendar"),
    [
        ("1.minute", "", "*:*"),
        ("10.minutes", "", "*:00,10,20,30,40,50"),
        # whenever begins later where the hour does not come out even.
        ("25.minutes", "", "*:25,50"),
        ("1.hour", "", "*:00"),
        ("1.hour", "15", "*:15"),
        (":hour", "", "*:00"),
        (":hourly", "", "*:00"),
        ("3.hours", "", "00,03,06,09,12,15,18,21:00"),
        ("1.day", "", "00:00"),
        ("1.day", "4:30 am", "04:30"),
        (":day", "4:30pm", "16:30"),
        (":daily", "", "00:00"),
        ("1.day", "12 am", "00:00"),
        ("1.day", "noon", "12:00"),
        ("1.day", "23:05", "23:05"),
        ("1.day", "6", "06:00"),
        ("2.days", "7:00 am", "*-*-01,03,05,07,09,11,13,15,17,19,21,23,25,27,29,31 07:00"),
        ("1.week", "", "*-*-01,08,15,22 00:00"),
        (":weekly", "", "Sun 00:00"),
        ("1.month", "", "*-*-01 00:00"),
        ("3.months", "5:00 am", "*-01,04,07,10-01 05:00"),
        (":year", "", "*-01-01 00:00"),
        (":monday", "12pm", "Mon 12:00"),
        (":weekday", "8:00 am", "Mon..Fri 08:00"),
        (":weekend", "", "Sat,Sun 00:00"),
        ("'0 0 27-31 * *'", "", "*-*-27..31 00:00"),
        ("'*/15 8-18 * * mon-fri'", "", "Mon..Fri 08..18:00/15"),
        ('"30 4 * * 0,3"', "", "Wed,Sun 04:30"),
    ],
)
def test_times_become_systemds_where_they_are_certain(what: str, at: str, calendar: str) -> None:
    assert whenever.calendar(what, at) == calendar


@pytest.mark.parametrize(
    ("what", "at"),
    [
        # Chronic takes it for the afternoon, unless it is told otherwise.
        ("1.day", "4:30"),
        ("1.day", "January 27th 7:30 am"),
        (":reboot", ""),
        ("'0 0 13 * 5'", ""),
        ("'@daily'", ""),
        ("'61 * * * *'", ""),
        ("frequency", ""),
        ("1.month", "15"),
        ("13.months", ""),
        ("5.minutes", "3"),
    ],
)
def test_times_that_may_be_others_are_left_to_people(what: str, at: str) -> None:
    assert whenever.calendar(what, at) == ""


def test_hours_of_24_are_certain_where_the_file_says_so() -> None:
    assert whenever.calendar("1.day", "4:30", hours24=True) == "04:30"


@pytest.mark.skipif(not shutil.which("systemd-analyze"), reason="needs systemd-analyze")
def test_systemd_takes_the_calendars() -> None:
    whats = (
        "1.minute",
        "25.minutes",
        "3.hours",
        "2.days",
        "1.week",
        "3.months",
        ":year",
        ":weekend",
        "'*/15 8-18 1-7/2 * *'",
    )
    calendars = [whenever.calendar(what) for what in whats]
    said = subprocess.run(["systemd-analyze", "calendar", *calendars], capture_output=True, text=True, check=True)
    assert said.stdout.count("Next elapse: ") == len(whats)


# -- whenever: the file

SCHEDULE = """# Learn more: http://github.com/javan/whenever
set :output, "log/cron.log"
env :CRON_TZ, "Asia/Seoul"
job_type :push, "cd :path && bin/push :task"

every 1.day, at: ['4:30 am', '6:00 pm'] do
  rake "digest:send", output: nil
  runner "Book.where(old: true).delete_all" # weekly was too seldom
end
every(:monday, at: "12pm", roles: [:app]) { command "/usr/bin/true" }
every 1.hour do
  push "news"
end
if @environment == "production"
  every 1.day do
    rake "report"
  end
end
every 1.day, at: '4:30' do
  rake "early"
end
"""
#: Frequently in the Gemfile for those who deploy only.
WHENEVER: Files = {**gems("whenever 1.0.0"), "config/schedule.rb": SCHEDULE}
PROPOSED = {
    "digest-send": {"command": "bundle exec rake digest:send", "calendar": "04:30", "timezone": "Asia/Seoul"},
    "digest-send-2": {"command": "bundle exec rake digest:send", "calendar": "18:00", "timezone": "Asia/Seoul"},
    "Book-where-old-true-delete_all": {
        "command": "bin/rails runner 'Book.where(old: true).delete_all'",
        "calendar": "04:30",
        "timezone": "Asia/Seoul",
    },
    "Book-where-old-true-delete_all-2": {
        "command": "bin/rails runner 'Book.where(old: true).delete_all'",
        "calendar": "18:00",
        "timezone": "Asia/Seoul",
    },
    "usr-bin-true": {"command": "/usr/bin/true", "calendar": "Mon 12:00", "timezone": "Asia/Seoul"},
}


def test_what_is_certain_of_whenever_is_proposed_and_the_rest_is_named(tmp_path: Path) -> None:
    found, variables = told(tmp_path, WHENEVER)
    assert set(found) == {"schedule"}
    assert (found["schedule"].weight, found["schedule"].where) == ("breaks", "Gemfile.lock:10, config/schedule.rb:7")
    assert "for what only its author can tell (lines 12, 16, 20; " in found["schedule"].mend
    assert variables == {"railyard_app_schedule": PROPOSED}
    assert declarations.problems(PROPOSED) == []


def test_what_was_proposed_and_the_rest_in_a_persons_words_is_well(tmp_path: Path) -> None:
    rest = {
        "news": {"command": "bin/push news", "calendar": "hourly"},
        "report": {"command": "bundle exec rake 'report'", "calendar": "daily"},
    }
    found, _variables = told(tmp_path, WHENEVER, schedules={**PROPOSED, **rest})
    assert found["schedule"].weight == "warns" and "in line 20 cannot be told" in found["schedule"].what
    rest["early"] = {"command": "bin/rake early", "calendar": "04:30"}
    assert told(tmp_path, WHENEVER, schedules={**PROPOSED, **rest}) == ({}, {})


def test_what_is_declared_already_stays_in_the_proposal(tmp_path: Path) -> None:
    mine = {"digest-send": {"command": "bin/other", "calendar": "daily"}}
    _found, variables = told(tmp_path, WHENEVER, schedules=mine)
    proposed = variables["railyard_app_schedule"]
    assert proposed["digest-send"] == mine["digest-send"] and proposed["digest-send-2"] == PROPOSED["digest-send"]


@pytest.mark.parametrize(
    "files",
    [
        gems("whenever 1.0.0"),
        # As `wheneverize` leaves it.
        {
            **gems("whenever 1.0.0"),
            "config/schedule.rb": "# every 2.hours do\n#   rake 'x'\n# end\nset :output, 'x.log'\n",
        },
        # Another program's.
        {"config/schedule.rb": "every 1.day do\n  rake 'x'\nend\n"},
    ],
)
def test_no_schedule_of_whenever_alarms_nobody(tmp_path: Path, files: Files) -> None:
    assert told(tmp_path, files) == ({}, {})


def test_a_gem_for_those_who_deploy_counts_as_well(tmp_path: Path) -> None:
    files = {"Gemfile": WELL["Gemfile"] + 'gem "whenever", group: :development\n', "config/schedule.rb": SCHEDULE}
    assert set(told(tmp_path, files)[0]) == {"schedule"}


# -- processes and queues

CRONOTAB = {"config/cronotab.rb": "Crono.perform(TestJob).every 2.days, at: '15:30'\n"}
GOOD = {
    **gems("good_job 4.0.0"),
    **production(
        "config.active_job.queue_adapter = :good_job", "config.good_job.cron = { a: { cron: '* * * * *', class: 'A' } }"
    ),
}
INPUTS = {"railyard_app_processes": "processes", "railyard_app_schedule": "schedules"}


@pytest.mark.parametrize(
    ("files", "stack", "what", "proposed"),
    [
        (
            {**gems("clockwork 3.0.0"), "lib/clock.rb": "every(1.day, 'x')\n"},
            {},
            "a process (bundle exec clockwork lib/clock.rb)",
            {"railyard_app_processes": {"clock": {"command": "bundle exec clockwork lib/clock.rb"}}},
        ),
        (
            {**gems("crono 2.0.0"), **CRONOTAB},
            {},
            "a process (bundle exec crono)",
            {"railyard_app_processes": {"clock": {"command": "bundle exec crono"}}},
        ),
        (
            {**gems("ruby-clock 2.0.0"), "Clockfile": "schedule.every('5m') { A.b }\n"},
            {},
            "a process (bundle exec clock)",
            {"railyard_app_processes": {"clock": {"command": "bundle exec clock", "servers": "one"}}},
        ),
        (
            {**gems("clockwork 3.0.0"), "clock.rb": "every(1.day, 'x')\n", "Procfile": "mail: bin/mail\n"},
            {},
            "a process (bundle exec clockwork clock.rb)",
            {"railyard_app_processes": {"mail": {}, "clock": {"command": "bundle exec clockwork clock.rb"}}},
        ),
        # Its own schedule runs in Sidekiq, whatever does the other jobs.
        (
            {**gems("sidekiq 7.3.0", "sidekiq-cron 2.0.0"), **production("config.active_job.queue_adapter = :async")},
            {},
            "where the jobs of sidekiq do",
            {"railyard_app_processes": {"sidekiq": {"command": "bundle exec sidekiq"}}},
        ),
        (
            GOOD,
            {"processes": {"jobs": "bundle exec good_job start"}},
            "not switched on",
            {"app_environment": {"GOOD_JOB_ENABLE_CRON": "true"}},
        ),
        (
            {
                **gems("solid_queue 1.1.0"),
                **production("config.active_job.queue_adapter = :solid_queue"),
                "config/recurring.yml": "clear:\n  command: x\n  schedule: every hour\n",
            },
            {"processes": {"jobs": "bin/jobs --skip-recurring"}},
            "is left out by the process",
            {},
        ),
    ],
    ids=["clockwork elsewhere", "crono", "ruby-clock", "Procfile", "sidekiq-cron", "GoodJob", "Solid Queue left out"],
)
def test_who_has_to_run_it_is_named_and_asked_for(
    tmp_path: Path, files: Files, stack: dict[str, Any], what: str, proposed: dict[str, Any]
) -> None:
    found, variables = told(tmp_path, files, **stack)
    assert set(found) == {"schedule"} and found["schedule"].weight == "breaks"
    assert what in found["schedule"].what
    assert variables == proposed
    if proposed:
        mended = {INPUTS[name]: value for name, value in variables.items() if name in INPUTS}
        names = list(variables.get("app_environment", {}))
        assert told(tmp_path, files, **{**stack, **mended, "environment": names}) == ({}, {})


@pytest.mark.parametrize(
    ("files", "stack"),
    [
        (gems("crono 2.0.0"), {}),
        ({**gems("clockwork 3.0.0"), "clock.rb": "every(1.day, 'x')\n", "Procfile": "clock: bin/clock\n"}, {}),
        ({**gems("crono 2.0.0"), **CRONOTAB, "Procfile": "crono: bundle exec crono\n"}, {}),
        (
            {
                **GOOD,
                **production(
                    "config.active_job.queue_adapter = :good_job",
                    "config.good_job.cron = {",
                    "config.good_job.enable_cron = true",
                ),
            },
            {"processes": {"jobs": "bundle exec good_job start"}},
        ),
        (
            {**gems("good_job 4.0.0"), **production("config.active_job.queue_adapter = :good_job")},
            {"processes": {"jobs": "bundle exec good_job start"}},
        ),
        ({**gems("sidekiq 7.3.0", "sidekiq-scheduler 5.0.0"), "Procfile": "worker: bundle exec sidekiq\n"}, {}),
    ],
    ids=["no cronotab", "a script", "crono", "GoodJob", "GoodJob without a schedule", "sidekiq-scheduler"],
)
def test_a_schedule_that_runs_or_is_none_alarms_nobody(tmp_path: Path, files: Files, stack: dict[str, Any]) -> None:
    assert told(tmp_path, files, **stack) == ({}, {})
