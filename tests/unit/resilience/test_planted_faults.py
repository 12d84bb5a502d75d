"""Each harness is shown a fault of the kind that it looks for, and finds it; without one it finds nothing."""

from __future__ import annotations

import contextlib
import json
import signal
from functools import partial

import boto3
import pytest

from tests.resilience import by_hand, cloud, crash, day, input, leaks, mutations, together
from tests.unit.resilience.planted import PlantedLab, record, run

TAGS = [{"Key": "Stack", "Value": "railyard"}, {"Key": "Name", "Value": "railyard"}]


@pytest.fixture(autouse=True)
def account(monkeypatch):
    """An empty account in this process."""
    from moto import mock_aws

    for name in ("AWS_ENDPOINT_URL", "AWS_PROFILE", "AWS_SESSION_TOKEN"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "ap-northeast-1")
    monkeypatch.setenv("MOTO_EC2_LOAD_DEFAULT_AMIS", "false")
    with mock_aws():
        yield


def make_vpc() -> str:
    ec2 = boto3.client("ec2")
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16", TagSpecifications=[{"ResourceType": "vpc", "Tags": TAGS}])
    return made["Vpc"]["VpcId"]


def vpcs() -> list[str]:
    found = boto3.client("ec2").describe_vpcs(Filters=[{"Name": "tag:Stack", "Values": ["railyard"]}])
    return [one["VpcId"] for one in found["Vpcs"]]


# -- crash


@pytest.mark.parametrize(("forget", "well"), [(False, True), (True, False)])
def test_a_run_that_makes_again_what_a_killed_one_made_is_found(tmp_path, forget, well) -> None:
    made = []

    def playbook(name, *_arguments, environment=None, **_named):
        new = (forget and len(made) < 2) or not made
        if new:
            made.append(make_vpc())
        return run(-signal.SIGKILL if environment else 0, changed=int(new))

    lab, found, part = PlantedLab(tmp_path, playbook), record(), crash.parts("vpc")[0]
    crash.live(found, lab, part, "build", most=1, stride=3)
    found.attempt("end", partial(crash.ends, lab, part, "vpc"))
    assert found.well is well, found.trials
    assert well or "made twice: [('vpc-', 'railyard')]" in found.trials[-1].why


def test_a_run_that_does_not_get_past_what_a_killed_one_left_is_found(tmp_path) -> None:
    codes = iter([-signal.SIGKILL, 2])
    lab, found = PlantedLab(tmp_path, lambda *_all, **_named: run(next(codes))), record()
    crash.live(found, lab, crash.parts("vpc")[0], "build", most=3, stride=3)
    assert [bool(one.why) for one in found.trials] == [False, True]
    assert "did not get past" in found.trials[1].why


def test_a_layer_that_makes_nothing_of_a_kind_is_well_and_an_empty_stack_is_not(tmp_path) -> None:
    lab = PlantedLab(tmp_path)
    crash.ends(lab, crash.parts("iam")[0], "iam")
    with pytest.raises(AssertionError):
        crash.ends(lab, crash.parts(None)[0], None)


def test_a_teardown_that_leaves_something_is_found(tmp_path) -> None:
    lab, part = PlantedLab(tmp_path), crash.parts("vpc")[2]
    crash.ends(lab, part, "vpc")
    make_vpc()
    with pytest.raises(AssertionError, match="vpc-"):
        crash.ends(lab, part, "vpc")


def test_a_run_that_changes_something_each_time_is_found(tmp_path) -> None:
    with pytest.raises(AssertionError, match="came to no rest"):
        cloud.settled(PlantedLab(tmp_path, lambda *_all, **_named: run(changed=1)), "again")


def test_a_run_that_changes_something_and_does_not_say_so_is_found(tmp_path) -> None:
    lab = PlantedLab(tmp_path)

    def silent(*_all, **_named):
        lab.counted["ec2 CreateVpc"] = 1
        return run()

    lab.plays = silent
    with pytest.raises(AssertionError, match="nothing changed, and called"):
        cloud.settled(lab, "again")


# -- a bad day


@pytest.mark.parametrize(("codes", "runs"), [([0], 1), ([2, 0], 2), ([2, 2, 0], None)])
def test_a_build_that_takes_more_than_two_runs_is_found(tmp_path, codes, runs) -> None:
    state = tmp_path / "day-1"
    state.mkdir()
    for number in range(30):
        (state / str(number)).touch()
    left = iter(codes)
    found = record()
    lab = PlantedLab(tmp_path, lambda *_all, **_named: run(next(left)))
    assert found.attempt("day", partial(day.bad, lab, "1", "vpc,iam,s3,security")) == runs
    assert found.well is (runs is not None)


def test_a_day_without_faults_proves_nothing(tmp_path) -> None:
    (tmp_path / "day-1").mkdir()
    with pytest.raises(AssertionError, match="few faults"):
        day.bad(PlantedLab(tmp_path), "1", "vpc,iam,s3,security")


# -- bad input


def test_a_run_takes_no_variable_twice_and_all_rows_in_the_end() -> None:
    rows = [{"a": 1}, {"a": 2}, {"b": 1, "a": 3}, {"b": 2}, {"railyard_region": "x"}, {"c": 1}]
    packed = list(input.bins(rows))
    assert sorted(map(str, (row for some in packed for row in some))) == sorted(map(str, rows))
    assert all(len(names := [name for row in some for name in row]) == len(set(names)) for some in packed)
    assert [{"railyard_region": "x"}] in packed


def said(*problems: str) -> str:
    words = "\n  - ".join([f"{input.HEAD} and run the same command again:", *problems])
    return f"fatal: [localhost]: FAILED! => {json.dumps({'msg': words})}\n"


ROW = {"railyard_web_count": 0}
GOOD = "railyard_web_count is '0'; write a number from 1 to 99."


@pytest.mark.parametrize(
    ("told", "why"),
    [
        (GOOD, ""),
        ("railyard_jump_count is '0'; write a number.", "not named"),
        ("railyard_web_count is wrong; write a number.", "without value or remedy"),
        ("railyard_web_count is '0', which is nonsense.", "without value or remedy"),
    ],
)
def test_a_wrong_value_without_name_value_or_remedy_is_found(tmp_path, told, why) -> None:
    found = record()
    assert input.together(found, PlantedLab(tmp_path, lambda *_all, **_named: run(2, said=said(told))), [ROW]) == []
    assert [bool(one.why) for one in found.trials] == [False, bool(why)]
    assert why in found.trials[1].why


OTHER = {"railyard_jump_count": 0}


@pytest.mark.parametrize("silent", [False, True])
def test_a_wrong_value_that_others_hide_is_tried_again_and_found_where_it_is_silent(
    tmp_path, monkeypatch, silent
) -> None:
    """The first one hides the second, which is told of alone, or never."""

    def validate(*_all, **_named):
        given = json.loads((tmp_path / "given.json").read_text())
        return run(
            2, said=said(GOOD if given.keys() != OTHER.keys() or silent else "railyard_jump_count is '0'; write 1.")
        )

    monkeypatch.setattr(input.inputs_lab, "table", lambda _name: [ROW, OTHER])
    monkeypatch.setattr(input.inputs_lab, "options", lambda: {**ROW, **OTHER})
    monkeypatch.setattr(input.cloud, "account", lambda _record: contextlib.nullcontext(PlantedLab(tmp_path, validate)))
    found = record()
    input.prove(found)
    assert found.well is not silent, found.trials
    assert [one.what for one in found.trials if one.why] == ([json.dumps(OTHER)] if silent else [])


def test_a_wrong_value_that_is_built_from_is_found(tmp_path) -> None:
    with pytest.raises(AssertionError, match="exit code 0"):
        input.refused(PlantedLab(tmp_path), "rows", [ROW])


def test_a_wrong_value_that_is_told_after_something_changed_is_found(tmp_path) -> None:
    lab = PlantedLab(tmp_path)

    def late(*_all, **_named):
        lab.counted["ec2 CreateVpc"] = 1
        return run(2, said=said(GOOD))

    lab.plays = late
    with pytest.raises(AssertionError, match="it changed the account"):
        input.refused(lab, "rows", [ROW])


# -- changes by hand


def round_of(tmp_path, plays):
    """One change by hand, of the VPC's tag, in an account that ``plays`` cares for."""
    vpc = make_vpc()
    found, lab = record(), PlantedLab(tmp_path)
    lab.plays = partial(plays, vpc, lab)
    mutations.Round(found, lab, (("cloud.yml",), ()), ["tag of the vpc overwritten"], 1).prove()
    return {one.what: one.why for one in found.trials if one.why}


def mends(vpc, lab, name, *_arguments, notice=True, mend=True, plan_changes=False, rest=True, **_named):
    kind = name.partition("-")[0]
    if kind == "plan":
        lab.counted["ec2 CreateTags"] = lab.counted.get("ec2 CreateTags", 0) + plan_changes
        return run(changed=int(notice))
    if kind == "mend":
        if mend:
            boto3.client("ec2").delete_tags(Resources=[vpc], Tags=[{"Key": "ManagedBy"}])
        return run(changed=1)
    return run(changed=int(not rest))


@pytest.mark.parametrize(
    ("fault", "trials"),
    [
        ({}, set()),
        ({"notice": False}, {"tag of the vpc overwritten: noticed", "round 1: plan equals deed"}),
        ({"mend": False}, {"tag of the vpc overwritten: mended"}),
        ({"plan_changes": True}, {"round 1: a plan"}),
        ({"rest": False}, {"round 1: the run after changes nothing"}),
    ],
    # Each process of pytest-xdist has to call them alike.
    ids=lambda one: " ".join(sorted(one)),
)
def test_a_change_by_hand_that_is_overlooked_is_found(tmp_path, fault, trials) -> None:
    assert set(round_of(tmp_path, partial(mends, **fault))) == trials


def test_every_change_by_hand_has_a_layer_and_a_stage() -> None:
    layers = {layer for layer, _stage, _hand in by_hand.HANDS.values()}
    assert set(mutations.FEW) <= layers and len(by_hand.HANDS) >= 30


# -- two at once


REFUSED = (
    "root@controller has been changing the stack 'railyard' since now with `ansible-playbook playbooks/cloud.yml`. "
    "Nothing was changed. `ansible-playbook playbooks/teardown.yml -e take_lock=true`"
)
BOTH = ("playbooks/cloud.yml", "playbooks/teardown.yml")


def test_one_that_works_and_one_that_is_told_of_it_are_well() -> None:
    assert together.judged([run(), run(2, said=REFUSED)], BOTH, {}) == "the second was refused"
    assert together.judged([run(), run()], BOTH, {"ssm DeleteParameter": 2}) == "one after the other"


@pytest.mark.parametrize(
    ("runs", "calls", "why"),
    [
        ([run(), run()], {"ssm DeleteParameter": 1}, "both ran"),
        ([run(2), run(2)], {}, "both failed"),
        ([run(), run(2, said="Somebody has the lock.")], {}, "does not say"),
        ([run(), run(2, changed=1, said=REFUSED)], {}, "it changed something"),
    ],
)
def test_two_that_work_at_once_or_say_nothing_are_found(runs, calls, why) -> None:
    with pytest.raises(AssertionError, match=why):
        together.judged(runs, BOTH, calls)


# -- leaks


@pytest.mark.parametrize("plant", [leaks.planted_text, leaks.planted_process])
def test_a_planted_leak_is_found(plant) -> None:
    plant()


def test_a_planted_leak_in_a_file_is_found(tmp_path) -> None:
    leaks.planted_file(tmp_path)
    values = {leaks.PLANTED: "planted"}
    with pytest.raises(AssertionError, match="planted as plain"):
        leaks.files_free_of([tmp_path], values)
    leaks.files_free_of([tmp_path / "nothing"], values)


def test_a_search_for_nothing_proves_nothing() -> None:
    with pytest.raises(AssertionError, match="made no secret"):
        leaks._enough({"a": "AWS_SECRET_ACCESS_KEY", "b": "RAILYARD_SANDBOX_TOKEN"})
