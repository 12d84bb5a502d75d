"""What is said about wrong inputs of the monitoring."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.monitoring import monitoring_problems

LOG = {"file": "/var/log/a.log", "group": "/shop/a"}
GOOD = {
    "railyard_stack": "shop",
    "railyard_alarm_emails": ["ops@example.com"],
    "railyard_alarm_thresholds": {"server_cpu": 90, "balancer_latency": "0.5"},
    "railyard_log_retention_days": 30,
    "railyard_flow_traffic": "REJECT",
    "railyard_agent_logs": [LOG],
}


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"railyard_alarm_emails": [], "railyard_alarm_thresholds": {}, "railyard_agent_logs": []},
        {"railyard_log_retention_days": "365", "railyard_flow_traffic": "none"},
        {"railyard_alarm_thresholds": {"database_storage": 0.1}},
        {"railyard_agent_logs": [LOG, {"file": "/var/log/b.log", "group": "/shop/a", "unit": "b.service"}]},
    ],
)
def test_good_inputs_pass(changes):
    assert monitoring_problems({**GOOD, **changes}) == []


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("alarm_emails", "ops@example.com", "is 'ops@example.com', which is no list; write one like [ops@example.com]"),
        ("alarm_emails", ["ops"], "has 'ops', which is no e-mail address; write one like ops@example.com."),
        ("alarm_emails", ["ops@example"], "has 'ops@example', which is no e-mail address"),
        ("alarm_emails", ["a@b.kr", "A@b.kr"], "has 'A@b.kr' more than once"),
        ("alarm_thresholds", 90, "is '90', which is no dictionary; write one like {server_cpu: 90}."),
        (
            "alarm_thresholds",
            {"server_cpus": 90},
            "has 'server_cpus', which is no threshold; did you mean 'server_cpu'?",
        ),
        (
            "alarm_thresholds",
            {"server_cpu": 101},
            ".server_cpu is '101'; write a number of % from 1 to 100, such as 80.",
        ),
        ("alarm_thresholds", {"server_cpu": True}, ".server_cpu is 'True'"),
        (
            "alarm_thresholds",
            {"balancer_latency": "slow"},
            ".balancer_latency is 'slow'; write a number of s from 0.01 to 60",
        ),
        (
            "log_retention_days",
            45,
            "is '45', which is no number of days that AWS keeps logs for; nearest are 30 and 60.",
        ),
        ("log_retention_days", "long", "is 'long', which is no number of days"),
        ("log_retention_days", True, "is 'True', which is no number of days"),
        ("flow_traffic", "all", "is 'all'; write one of ALL, REJECT, ACCEPT, none."),
        ("agent_logs", "/var/log/a.log", "is '/var/log/a.log', which is no list"),
        (
            "agent_logs",
            ["/var/log/a.log"],
            "has '/var/log/a.log'; write entries like {file: /var/log/example.log, group",
        ),
        (
            "agent_logs",
            [{"file": "/var/log/a.log"}],
            "write entries like {file: /var/log/example.log, group: /shop/example}.",
        ),
        ("agent_logs", [{**LOG, "file": "a.log"}], "has the file 'a.log'; write its whole path"),
        (
            "agent_logs",
            [{**LOG, "group": "/shop-2/a"}],
            "has the group '/shop-2/a', to which the servers may not write",
        ),
        ("agent_logs", [{**LOG, "group": "/shop/a b"}], "has the group '/shop/a b'"),
        ("agent_logs", [LOG, {**LOG, "group": "/shop/b"}], "has '/var/log/a.log' more than once"),
    ],
)
def test_a_wrong_input_is_named_with_what_to_write(name, value, said):
    problems = monitoring_problems({**GOOD, f"railyard_{name}": value})
    assert problems and all(problem.startswith(f"railyard_{name}") for problem in problems)
    assert any(said in problem for problem in problems), problems


MAILED = {"railyard_budget_emails": ["ops@example.com"]}


@pytest.mark.parametrize("budget", ["", 100, "100", 99.5, "99.50", "0.01"])
def test_a_budget_is_an_amount_or_nothing(budget):
    assert monitoring_problems({**GOOD, **MAILED, "railyard_budget_monthly": budget}) == []


@pytest.mark.parametrize("budget", [0, -1, "0.00", "$5", "5 USD", "1e3", "1,000", "5.001", "nan", True])
def test_a_wrong_budget_is_told_with_what_to_write(budget):
    (problem,) = monitoring_problems({**GOOD, **MAILED, "railyard_budget_monthly": budget})
    assert problem.startswith(f"railyard_budget_monthly is '{budget}'; write US dollars a month as a number above 0")


def test_a_budget_that_tells_nobody_is_refused():
    silent = {"railyard_alarm_emails": [], "railyard_budget_emails": [], "railyard_budget_monthly": 100}
    (problem,) = monitoring_problems({**GOOD, **silent})
    assert "nobody would be told" in problem and "railyard_budget_emails" in problem
    assert monitoring_problems({**GOOD, **silent, "railyard_budget_monthly": ""}) == []


def test_addresses_of_a_budget_that_are_the_alarms_are_judged_once():
    both = {f"railyard_{name}": ["ops"] for name in ("alarm_emails", "budget_emails")}
    (problem,) = monitoring_problems({**GOOD, **both})
    assert problem.startswith("railyard_alarm_emails has 'ops'")
    (problem,) = monitoring_problems({**GOOD, "railyard_budget_emails": ["ops"]})
    assert problem.startswith("railyard_budget_emails has 'ops', which is no e-mail address")


def test_all_problems_are_told_at_once():
    wrong = {"railyard_alarm_emails": ["x"], "railyard_log_retention_days": 2, "railyard_flow_traffic": "some"}
    assert len(monitoring_problems({**GOOD, **wrong})) == 3
