"""The harness of a partial world finds what is planted in each of its questions; what it takes away comes back."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import boto3
import pytest

from tests.resilience import full_disk, losses, partial, wrong_clock
from tests.resilience.losses import LOSSES, Loss, Lost
from tests.unit.resilience.planted import PlantedLab, record, run

PROJECT = Path(__file__).resolve().parents[3]
NAMED = "Server web01 is broken"


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    monkeypatch.setattr("tests.e2e.load.RATE", 500.0)
    for name, value in {"WELL": 0.1, "SOON": 0.6, "ALARMED": 1}.items():
        monkeypatch.setattr(partial, name, value)


class Site(PlantedLab):
    """A site of two servers that is broken by ``lose`` and mended by a run, with a fault of the test's."""

    def __init__(self, root: Path, fault: str = "") -> None:
        super().__init__(root, self.play)
        self.fault, self.broken, self.pages = fault, False, 0

    def lose(self, *_unused: object) -> Lost:
        if self.fault == "lost":
            raise AssertionError("it is not to be had")
        self.broken = True
        return Lost((NAMED,), serves=self.fault != "gone", back=self.back)

    def back(self) -> None:
        assert self.fault != "kept", "it does not come back"

    def play(self, name: str, *_arguments: str, **_named: Any) -> Any:
        if name.startswith("mend"):
            self.broken = self.fault == "not mended"
            return run(2 if self.fault == "the run fails" else 0)
        if self.broken:
            return run(2, said="Something is broken" if self.fault == "not named" else NAMED)
        return run(2 if self.fault == "not content" else 0)

    def page(self, timeout: float = 5, path: str = "/") -> tuple[str, str]:
        self.pages += 1
        if self.fault == "some fail" and self.pages % 4 == 0:
            raise ConnectionError("HTTP 502")
        if self.broken and self.fault in ("does not serve", "gone"):
            raise ConnectionError("HTTP 503")
        return "", f"web0{self.pages % 2 + 1}"

    def account(self) -> Any:
        return SimpleNamespace(target_states=lambda: {"i-1": "healthy", "i-2": "healthy"})


def tried(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str, most: int | None = 0) -> Any:
    site, found = Site(tmp_path, fault), record("partial")
    monkeypatch.setitem(LOSSES, "a thing", Loss(site.lose, "run", most, 1.0))
    partial.Trial(found, site, "a thing").prove()
    return found


@pytest.mark.parametrize(
    ("fault", "trials"),
    [
        ("", []),
        ("lost", ["lost"]),
        ("does not serve", ["the application serves", "requests were sent, and 0 at most failed"]),
        ("not named", ["verify names it"]),
        ("kept", ["what no run brings back is back"]),
        ("the run fails", ["one run mends it"]),
        ("not mended", ["verify is content"]),
        ("not content", ["verify is content"]),
        ("some fail", ["requests were sent, and 0 at most failed"]),
    ],
)
def test_what_does_not_follow_of_a_loss_is_found(tmp_path, monkeypatch, fault, trials) -> None:
    found = tried(tmp_path, monkeypatch, fault)
    failed = [one.what.removeprefix("a thing: ") for one in found.trials if one.why]
    # A page that fails now and then may fail these, too.
    assert [one for one in failed if fault != "some fail" or "serve" not in one] == trials
    assert found.requests > 20
    assert (found.unanswered > 0) is (fault in ("does not serve", "some fail"))


def test_a_site_that_may_be_gone_has_to_say_so(tmp_path, monkeypatch) -> None:
    assert tried(tmp_path, monkeypatch, "gone", most=None).well
    silent = Site(tmp_path)
    assert not partial.silent(silent), "it serves"
    monkeypatch.setattr(silent, "page", lambda **_named: (_ for _ in ()).throw(TimeoutError))
    with pytest.raises(TimeoutError):
        partial.silent(silent)


# -- alarms


@pytest.fixture
def alarmed(tmp_path: Path) -> Any:
    from moto import mock_aws

    with mock_aws():
        cloudwatch = boto3.client("cloudwatch")
        cloudwatch.put_metric_alarm(
            AlarmName="railyard/balancer/unhealthy", Namespace="AWS/ApplicationELB", MetricName="UnHealthyHostCount",
            Statistic="Maximum", Dimensions=[{"Name": "LoadBalancer", "Value": "app/railyard/1"}], Period=60,
            EvaluationPeriods=3, Threshold=1, ComparisonOperator="GreaterThanOrEqualToThreshold",
            AlarmActions=["arn:aws:sns:ap-northeast-1:123456789012:railyard-alarms"],
        )  # fmt: skip
        yield PlantedLab(tmp_path), cloudwatch


def becomes(cloudwatch: Any, state: str) -> None:
    cloudwatch.set_alarm_state(AlarmName="railyard/balancer/unhealthy", StateValue=state, StateReason="planted")


def test_an_alarm_is_looked_at_more_often_for_a_while_and_is_what_it_was_afterwards(alarmed, monkeypatch) -> None:
    lab, cloudwatch = alarmed
    becomes(cloudwatch, "OK")
    alarm = partial.Alarm(lab, "balancer/unhealthy")
    kept = {key: alarm.read().get(key) for key in partial.PUT}
    monkeypatch.setattr(alarm, "becomes", lambda _state: None)
    with alarm.hurried():
        assert alarm.read()["Period"] == partial.PERIOD
        assert {**kept, "Period": 0} == {key: alarm.read().get(key) for key in partial.PUT} | {"Period": 0}
    assert {key: alarm.read().get(key) for key in partial.PUT} == kept


@pytest.mark.parametrize("state", ["ALARM", "OK"])
def test_an_alarm_that_does_not_go_off_is_found(alarmed, state) -> None:
    lab, cloudwatch = alarmed
    becomes(cloudwatch, state)
    alarm = partial.Alarm(lab, "balancer/unhealthy")
    if state == "ALARM":
        alarm.becomes("ALARM")
    else:
        with pytest.raises(AssertionError, match="is ALARM"):
            alarm.becomes("ALARM")


def test_an_alarm_that_is_not_there_is_found(alarmed) -> None:
    with pytest.raises(AssertionError, match="no alarm railyard/balancer/nothing"):
        partial.Alarm(alarmed[0], "balancer/nothing").read()


# -- the choice


def test_a_choice_of_some_and_all_of_them_without_a_limit() -> None:
    first, again, other = (partial.chosen(record("partial", seed=seed)) for seed in (1, 1, 2))
    assert first == again != other
    assert len(set(first)) == partial.CHOICE
    assert sorted(partial.chosen(record("partial", budget=None))) == sorted(LOSSES)


def test_each_loss_is_in_the_paper_and_nothing_else() -> None:
    (row,) = [
        line for line in (PROJECT / "docs/reliability.md").read_text().splitlines() if line.startswith("| `partial`")
    ]
    told = re.search(r"takes away one of: ([^;]+);", row)
    assert told is not None
    assert sorted(told[1].split(", ")) == sorted(LOSSES)
    assert {one.mends for one in LOSSES.values()} == {"itself", "run", "hands"}


# -- what is lost


def stack_in_two_zones() -> dict[str, str]:
    """Subnets, servers and a database; answers ids of the private subnets by zone."""
    ec2, rds = boto3.client("ec2"), boto3.client("rds")
    own = {"Key": "Stack", "Value": "railyard"}

    def tagged(kind: str, name: str, *more: dict[str, str]) -> list[dict[str, Any]]:
        return [{"ResourceType": kind, "Tags": [own, {"Key": "Name", "Value": name}, *more]}]

    vpc = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=tagged("vpc", "railyard"))["Vpc"]["VpcId"]
    private, image = {}, ec2.describe_images()["Images"][0]["ImageId"]
    for number, zone in enumerate(("ap-northeast-1a", "ap-northeast-1c")):
        made = {}
        for tier, block in (("public", number), ("private", number + 4)):
            named = tagged("subnet", f"railyard-{tier}-{number + 1}")
            cidr = f"10.0.{block * 16}.0/20"
            subnet = ec2.create_subnet(VpcId=vpc, CidrBlock=cidr, AvailabilityZone=zone, TagSpecifications=named)
            made[tier] = subnet["Subnet"]["SubnetId"]
        private[zone] = made["private"]
        for tier, host in (("private", f"web0{number + 1}"), *((("public", "jump01"),) if not number else ())):
            ec2.run_instances(
                ImageId=image, MinCount=1, MaxCount=1, SubnetId=made[tier],
                TagSpecifications=tagged("instance", f"railyard-{host}", {"Key": "Hostname", "Value": host}),
            )  # fmt: skip
    rds.create_db_instance(
        DBInstanceIdentifier="railyard", DBInstanceClass="db.t4g.micro", Engine="mysql", AllocatedStorage=20,
        MasterUsername="admin", MasterUserPassword="the-Pass.word-of-the-test", AvailabilityZone="ap-northeast-1c",
    )  # fmt: skip
    return private


def acls() -> dict[str, tuple[str, list[str]]]:
    """ACL of each subnet, and what its entries do."""
    found = boto3.client("ec2").describe_network_acls()["NetworkAcls"]
    return {
        one["SubnetId"]: (acl["NetworkAclId"], sorted({entry["RuleAction"] for entry in acl["Entries"]}))
        for acl in found
        for one in acl["Associations"]
    }


@pytest.mark.parametrize(
    ("zone", "named", "serves"), [(0, "Jump host jump01 is broken", True), (1, "Server web02 is broken", False)]
)
def test_a_zone_is_cut_off_with_what_stands_in_it_and_comes_back(tmp_path, zone, named, serves) -> None:
    from moto import mock_aws

    with mock_aws():
        private, lab = stack_in_two_zones(), PlantedLab(tmp_path)
        before = acls()
        chance = SimpleNamespace(choice=lambda found: found[zone])
        lost = losses.a_zone(lab, chance)
        assert (named, serves) == (lost.verify[0], lost.serves)
        cut = [subnet for subnet, (_acl, does) in acls().items() if "allow" not in does and does]
        assert cut == [private[sorted(private)[zone]]]
        states = {name: one["State"]["Name"] for name, one in lab.account().servers().items()}
        assert (states["jump01"] == "stopped") is not zone
        lost.back()
        assert acls() == before


def test_a_jump_host_that_is_lost_is_gone(tmp_path) -> None:
    from moto import mock_aws

    with mock_aws():
        stack_in_two_zones()
        lab = PlantedLab(tmp_path)
        losses.the_jump_host(lab, SimpleNamespace())
        assert sorted(lab.account().servers()) == ["web01", "web02"]


def test_jobs_that_were_begun_and_not_done_are_counted(tmp_path) -> None:
    lab = PlantedLab(tmp_path)
    lab.on = lambda _server, _command: (
        "web01 | CHANGED | rc=0 >>\njob begun\njob done\njob begun\njob begun\njob done\n"
    )
    assert losses.jobs(lab, "web01") == (3, 1)


# -- disks and clocks


def test_scripts_are_shells_own() -> None:
    for script in (full_disk.FILL, full_disk.FREE, wrong_clock.BEGIN, wrong_clock.END):
        subprocess.run(["sh", "-n"], input=script, text=True, check=True)


def test_no_directory_that_is_covered_lies_below_another() -> None:
    nested = [
        (one, other) for one in full_disk.DIRECTORIES for other in full_disk.DIRECTORIES if one.startswith(f"{other}/")
    ]
    assert nested == []


@pytest.mark.parametrize(
    ("bounding", "may"), [("00000000a80425fb", False), ("000001ffffffffff", True), ("2000000", True)]
)
def test_a_server_that_may_set_the_clock_of_the_machine_is_found(bounding, may) -> None:
    assert wrong_clock.may_set_the_clock(f"Name:\tsystemd\nCapBnd:\t{bounding}\nCapAmb:\t0\n") is may
