"""Addresses and names of load balancers, computed from their ARNs so that every part agrees on them."""

from __future__ import annotations

import hashlib


def loopback_address(arn: str) -> str:
    """Public address of an internet-facing load balancer: 127.128.0.1 to 127.191.255.254."""
    digest = hashlib.sha256(arn.encode()).digest()
    return f"127.{128 + digest[0] % 64}.{digest[1]}.{1 + digest[2] % 254}"


def internal_name(arn: str) -> str:
    """DNS name of an internal load balancer, in AWS's form."""
    region = arn.split(":")[3]
    name = arn.rsplit("/", 2)[-2]
    number = int.from_bytes(hashlib.sha256(arn.encode()).digest()[:4], "big")
    return f"internal-{name}-{number}.{region}.elb.amazonaws.com"


def dns_name(arn: str, scheme: str) -> str:
    """What ``DNSName`` says: an address literal for an internet-facing one, so that no DNS is needed."""
    return internal_name(arn) if scheme == "internal" else loopback_address(arn)
