"""A zone is made once for each caller reference, as on AWS."""

from __future__ import annotations

import boto3
import pytest
from moto import mock_aws

from sandbox.core.settings import Settings
from sandbox.services.route53.overrides import caller_references as route53_references


@pytest.fixture
def route53(monkeypatch):
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    if not getattr(route53_references, "_applied", False):
        route53_references.apply(Settings.from_environment({}))
        route53_references._applied = True
    with mock_aws():
        yield boto3.client("route53", "us-east-1", aws_access_key_id="t", aws_secret_access_key="t" * 16)


def test_the_same_reference_is_refused(route53):
    route53.create_hosted_zone(Name="a.test", CallerReference="one")
    with pytest.raises(route53.exceptions.HostedZoneAlreadyExists, match="one"):
        route53.create_hosted_zone(Name="a.test", CallerReference="one")
    route53.create_hosted_zone(Name="a.test", CallerReference="two")
    assert len(route53.list_hosted_zones()["HostedZones"]) == 2
