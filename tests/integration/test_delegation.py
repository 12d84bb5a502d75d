"""A domain that nobody has delegated yet: the run ends and says what the registrar needs, a later one finishes."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.e2e.lab import Lab, temporary

DOMAIN = "shop.example"
PARTS = ("--tags", "iam,vpc,security,route53,alb,ses")
#: Without what needs buckets or takes AWS long: neither is part of this.
ALONE = ("-e", "vpc_nat_gateway_mode=none", "-e", "alb_access_logs=false", "-e", "railyard_mail_receiving=false")


@pytest.fixture(scope="module")
def lab() -> Iterator[Lab]:
    """The API alone: nothing of this needs a server."""
    with temporary("delegation", int(os.environ.get("RAILYARD_DELEGATION_PORT", "5196"))) as lab:
        lab.environment["RAILYARD_SANDBOX_DELEGATED"] = "no"
        lab.up("--api-only")
        lab.environment["RAILYARD_DOMAIN"] = DOMAIN
        yield lab


def protocols(lab: Lab) -> list[str]:
    """What the load balancer listens for."""
    elb = lab.account().client("elbv2")
    (balancer,) = elb.describe_load_balancers()["LoadBalancers"]
    listeners = elb.describe_listeners(LoadBalancerArn=balancer["LoadBalancerArn"])["Listeners"]
    return sorted(listener["Protocol"] for listener in listeners)


def sends(lab: Lab) -> bool:
    """Whether SES sends for the domain."""
    return lab.account().client("sesv2").get_email_identity(EmailIdentity=DOMAIN)["VerifiedForSendingStatus"]


def test_first_run_serves_without_waiting_and_a_later_one_finishes(lab: Lab) -> None:
    run = lab.playbook("undelegated", "site.yml", *PARTS, *ALONE)
    said = " ".join(run.text.split())
    zones = lab.account().client("route53").list_hosted_zones_by_name(DNSName=DOMAIN)["HostedZones"]
    zone = next(one["Id"] for one in zones if one["Name"] == f"{DOMAIN}.")
    servers = lab.account().client("route53").get_hosted_zone(Id=zone)["DelegationSet"]["NameServers"]
    assert protocols(lab) == ["HTTP"] and not sends(lab), str(run)
    assert "There is no HTTPS yet" in said and f"No mail is sent for {DOMAIN} yet" in said, str(run)
    assert f"the public DNS knows no {DOMAIN}" in said and all(server in said for server in servers), str(run)
    assert "waiting for Certificate" not in said and "waiting for Mail identity" not in said, str(run)

    (lab.sandbox_home / "public-dns.off").unlink()
    later = lab.playbook("delegated", "site.yml", *PARTS, *ALONE)
    assert protocols(lab) == ["HTTP", "HTTPS"] and sends(lab), str(later)
    assert "There is no HTTPS yet" not in later.text and "No mail is sent" not in later.text, str(later)
