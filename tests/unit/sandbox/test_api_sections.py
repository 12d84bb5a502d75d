"""Each backend of the emulator is saved for itself: what cannot be saved or restored costs no other."""

from __future__ import annotations

import logging
import pickle

import boto3
import pytest
from moto import mock_aws
from moto.backends import get_backend, list_of_moto_modules
from moto.core.base_backend import BackendDict

from sandbox.api import sections, state

REGION, ELSEWHERE, ACCOUNT = "ap-northeast-1", "eu-west-1", "123456789012"


@pytest.fixture
def account(monkeypatch):
    """A small account after a security scanner has looked at every service in two regions."""
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "testing0testing0")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "testing0testing0testing0")
    with mock_aws():
        touched = set(_touch_everything())
        assert len(touched) > 120
        yield boto3.client("ec2", REGION)


def _touch_everything():
    for name in list_of_moto_modules():
        try:
            registry = get_backend(name)
        except AttributeError:
            continue  # a part of the emulator that is no service
        if not isinstance(registry, BackendDict):
            continue
        for region in (REGION, ELSEWHERE, "aws"):
            if region in registry[ACCOUNT].regions:
                registry[ACCOUNT][region].list_of_somebody = [name]
                yield name


def _forget() -> None:
    for registry in list(BackendDict._instances):
        for regions in registry.values():
            regions.clear()


def _unpicklable(service: str, region: str) -> tuple[str, str, str]:
    get_backend(service)[ACCOUNT][region].cannot_be_saved = (one for one in ())
    return service, ACCOUNT, region


def test_every_service_of_the_emulator_survives(account):
    vpc = account.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    data, omitted = state.dump()
    assert omitted == {}
    _forget()
    assert state.load(data) == {}
    assert vpc in {one["VpcId"] for one in account.describe_vpcs()["Vpcs"]}
    assert get_backend("lambda")[ACCOUNT][REGION].list_of_somebody == ["awslambda"]
    assert get_backend("ec2instanceconnect")[ACCOUNT][REGION].list_of_somebody == ["ec2instanceconnect"]
    assert get_backend("guardduty")[ACCOUNT][ELSEWHERE].list_of_somebody == ["guardduty"]


def test_backends_that_cannot_be_saved_cost_only_themselves(account):
    vpc = account.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    bad = {_unpicklable("guardduty", REGION), _unpicklable("ec2", ELSEWHERE)}
    data, omitted = state.dump()
    assert set(omitted) == bad
    _forget()
    assert state.load(data) == {}
    assert vpc in {one["VpcId"] for one in account.describe_vpcs()["Vpcs"]}
    assert get_backend("guardduty")[ACCOUNT][ELSEWHERE].list_of_somebody == ["guardduty"]
    assert not hasattr(get_backend("guardduty")[ACCOUNT][REGION], "list_of_somebody")


def test_a_failing_backend_is_named_once_in_the_log(account, tmp_path, caplog):
    _unpicklable("guardduty", REGION)
    file = state.StateFile(tmp_path / "state.pickle", state.Gate())
    with caplog.at_level(logging.ERROR):
        file.save()
        file.save()
    assert [record.message.split(":")[0] for record in caplog.records] == [
        f"guardduty of account {ACCOUNT} in {REGION} is not saved"
    ]
    assert file.last_error is None, "no stack uses it"
    _unpicklable("s3", "aws")
    file.save()
    assert file.last_error.startswith("s3 in aws is not saved: TypeError")


def test_what_cannot_be_restored_costs_only_itself(account):
    vpc = account.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    parts, _omitted = sections.dump(sections.in_use())
    broken = [(places, b"no pickle" if places == (("guardduty", ACCOUNT, REGION),) else body) for places, body in parts]
    _forget()
    assert set(state.load(pickle.dumps(state._stamp()) + pickle.dumps(broken))) == {"guardduty"}
    assert vpc in {one["VpcId"] for one in account.describe_vpcs()["Vpcs"]}


def test_what_backends_share_stays_shared(account):
    ec2 = get_backend("ec2")[ACCOUNT][REGION]
    vpc = account.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    get_backend("elbv2")[ACCOUNT][REGION].shared = ec2.vpcs[vpc]
    get_backend("batch")[ACCOUNT][REGION].neighbour = ec2
    data, _omitted = state.dump()
    _forget()
    state.load(data)
    ec2 = get_backend("ec2")[ACCOUNT][REGION]
    assert get_backend("elbv2")[ACCOUNT][REGION].shared is ec2.vpcs[vpc]
    assert get_backend("batch")[ACCOUNT][REGION].neighbour is ec2
