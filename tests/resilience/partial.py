"""Partial world: a whole stack loses one thing under constant load, and serves, or says what is lost.

What is lost is named by ``verify``, told by an alarm where one watches it, and mended by one run, or by nobody where it
comes back by itself. Which things and which of their kind is the seed's choice; ``losses.py`` has them all.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Iterator
from functools import partial
from typing import Any

from tests.e2e.account import STACK
from tests.e2e.lab import Lab, temporary, until
from tests.e2e.load import Load
from tests.e2e.test_5_tiers import said_by_verify
from tests.e2e.test_6_killed import SOON, WELL
from tests.resilience.losses import LOSSES, WORKER, Loss, Lost
from tests.resilience.record import Record

#: Seconds of the build on two cores, and how many losses a choice has.
BUILD, CHOICE = 420.0, 3
#: Seconds between two measurements, and the period of an alarm that is waited for: of AWS's minutes nobody waits three.
MEASURED, PERIOD = 5, 10
#: Seconds within which an alarm of three such periods goes off.
ALARMED = 150
#: Alarms as the API describes them have more than it takes.
PUT = (
    "AlarmName",
    "AlarmDescription",
    "ActionsEnabled",
    "OKActions",
    "AlarmActions",
    "InsufficientDataActions",
    "MetricName",
    "Namespace",
    "Statistic",
    "Dimensions",
    "Period",
    "EvaluationPeriods",
    "DatapointsToAlarm",
    "Threshold",
    "ComparisonOperator",
    "TreatMissingData",
)


def serving(lab: Lab) -> bool:
    """Whether the page comes, several times one after another."""
    return all(lab.page(timeout=20) for _request in range(4))


def silent(lab: Lab) -> bool:
    """Whether a visitor is told that there is no page, and not left waiting."""
    try:
        # Longer than the load balancer waits for a server.
        lab.page(timeout=90)
    except TimeoutError:
        raise
    except OSError:
        return True
    return False


def well(lab: Lab) -> bool:
    """Whether both servers serve, and the load balancer thinks well of them."""
    served = {lab.page()[1] for _request in range(4)}
    return served == {"web01", "web02"} and list(lab.account().target_states().values()) == ["healthy"] * 2


class Alarm:
    """An alarm that is looked at more often while it is waited for."""

    def __init__(self, lab: Lab, name: str) -> None:
        self.cloudwatch, self.name = lab.account().client("cloudwatch"), f"{STACK}/{name}"

    def read(self) -> dict[str, Any]:
        found = self.cloudwatch.describe_alarms(AlarmNames=[self.name])["MetricAlarms"]
        assert len(found) == 1, f"no alarm {self.name} watches it"
        return found[0]

    def put(self, alarm: dict[str, Any]) -> None:
        self.cloudwatch.put_metric_alarm(**{key: alarm[key] for key in PUT if key in alarm})

    @contextlib.contextmanager
    def hurried(self) -> Iterator[None]:
        before = self.read()
        self.put({**before, "Period": PERIOD})
        try:
            self.becomes("OK")
            yield
        finally:
            self.put(before)

    def becomes(self, state: str) -> None:
        until(f"the alarm {self.name} is {state}", lambda: self.read()["StateValue"] == state, ALARMED, 1)


class Trial:
    """One loss, and what follows of it."""

    def __init__(self, record: Record, lab: Lab, name: str) -> None:
        self.record, self.lab, self.name = record, lab, name
        self.loss: Loss = LOSSES[name]
        self.label = name.replace(" ", "-").replace("'", "")

    def attempt(self, what: str, *job: Any) -> Any:
        return self.record.attempt(f"{self.name}: {what}", partial(*job))

    def prove(self) -> None:
        load = Load(lambda: self.lab.page(timeout=20))
        with load, contextlib.ExitStack() as hurried:
            alarm = Alarm(self.lab, self.loss.alarm) if self.loss.alarm else None
            if alarm:
                self.attempt("its alarm is there, and at rest", hurried.enter_context, alarm.hurried())
            time.sleep(WELL)
            lost = self.attempt("lost", self.loss.lose, self.lab, self.record.random)
            if lost is not None:
                self.told(lost, alarm)
                hurried.close()
                self.mended()
                time.sleep(WELL)
        self.counted(load)
        if self.loss.unproved:
            self.record.show(f"    not proved here: {self.loss.unproved}")

    def told(self, lost: Lost, alarm: Alarm | None) -> None:
        """While it is lost."""
        try:
            if lost.serves:
                self.attempt("the application serves", until, "the page", partial(serving, self.lab), SOON)
            else:
                self.attempt(
                    "the site says that it does not serve", until, "an error", partial(silent, self.lab), 2 * SOON
                )
            if lost.verify:
                self.attempt("verify names it", self.named, lost.verify)
            # Last: by then it has most often gone off.
            if alarm:
                self.attempt("its alarm goes off", alarm.becomes, "ALARM")
        finally:
            if lost.verify and self.loss.mends != "itself":
                self.attempt("what no run brings back is back", lost.back)

    def named(self, words: tuple[str, ...]) -> None:
        said = said_by_verify(self.lab, self.label)
        lacking = [one for one in words if one not in said]
        assert not lacking, f"verify does not say {lacking}: {said[-3000:]}"

    def mended(self) -> None:
        if self.loss.mends == "run":
            self.attempt("one run mends it", self.run)
        self.attempt("both servers serve again", until, "all is well", partial(well, self.lab), SOON)
        self.attempt("verify is content", self.lab.playbook, f"verify-{self.label}", "playbooks/verify.yml")

    def run(self) -> None:
        self.lab.playbook(f"mend-{self.label}", "site.yml", *with_worker())

    def counted(self, load: Load) -> None:
        self.record.requests += len(load.seconds)
        self.record.unanswered += len(load.failures)
        self.record.show(f"    {load if len(load.seconds) > 1 else 'no load'}")
        what = "any" if self.loss.most is None else f"{self.loss.most} at most"
        self.attempt(f"requests were sent, and {what} failed", bounded, load, self.loss.most)


def bounded(load: Load, most: int | None) -> None:
    assert len(load.seconds) > 20, f"it was no load: {len(load.seconds)} requests"
    failed = len(load.failures)
    assert most is None or failed <= most, f"{failed} of {len(load.seconds)} failed: {load.failures[:3]}"


def with_worker() -> tuple[str, str]:
    """Arguments of every run: the sample has no worker of its own that could be killed."""
    return "-e", json.dumps({"railyard_app_processes": WORKER})


def chosen(record: Record) -> list[str]:
    """Names of what is lost, in an order of chance."""
    names = record.random.sample(sorted(LOSSES), len(LOSSES))
    return names if record.everything else names[:CHOICE]


def settled(lab: Lab) -> None:
    """After all of it a run finds nothing to do, but what watches servers that are others now."""
    again = lab.playbook("again", "site.yml", *with_worker())
    assert again.changed == 0, f"it came to no rest: {again.changed_tasks()}\n{again}"


def prove(record: Record) -> None:
    with temporary(f"prove-{record.harness}", record.port, RAILYARD_SANDBOX_METRICS=str(MEASURED)) as lab:
        lab.logs = record.logs
        lab.up()
        lab.playbook("build", "site.yml", *with_worker(), timeout=2400)
        tried = 0
        for name in chosen(record):
            if tried and not record.time_for(LOSSES[name].seconds):
                record.show(f"    no time left for {name}")
                continue
            tried += 1
            Trial(record, lab, name).prove()
        if record.everything:
            record.attempt("a run after all of it changes nothing", partial(settled, lab))
