"""Names of AWS's own endpoints, and the addresses at which a VPC finds them. Pure."""

from __future__ import annotations

from sandbox.core.settings import API_ADDRESS, S3_ADDRESS

#: First label of the regional names that the emulator answers to; others are none of the sandbox's business.
SERVICES = frozenset(
    (
        "acm",
        "autoscaling",
        "cloudformation",
        "dynamodb",
        "ec2",
        "elasticache",
        "elasticloadbalancing",
        "email",
        "events",
        "iam",
        "kms",
        "lambda",
        "logs",
        "monitoring",
        "rds",
        "route53",
        "route53domains",
        "secretsmanager",
        "sns",
        "sqs",
        "ssm",
        "sts",
        "tagging",
    )
)

#: Services with a name that has no region.
GLOBAL = frozenset(("iam", "route53", "sts"))

#: Where RDS keeps the certificates that its clients trust.
TRUST_STORE = "truststore.pki.rds.amazonaws.com"


def address_of(name: str, region: str) -> str | None:
    """Address of an endpoint; None for every other name.

    :param name: in lower case, without the last dot
    """
    if name == TRUST_STORE:
        return API_ADDRESS
    if not region or not name.endswith(".amazonaws.com"):
        return None
    labels = name.removesuffix(".amazonaws.com").split(".")
    if labels[-1] == region:
        labels.pop()
        if labels[-1:] == ["dualstack"]:
            labels.pop()
        if len(labels) == 1 and labels[0] in SERVICES:
            return API_ADDRESS
    elif len(labels) == 1 and labels[0] in GLOBAL:
        return API_ADDRESS
    # What stands before it is the name of a bucket, which may have dots.
    return S3_ADDRESS if labels[-1:] == ["s3"] else None


def certificate_names(region: str) -> list[str]:
    """Names of the one certificate that all endpoints show; a bucket with a dot in its name has none, as on AWS."""
    return [
        f"*.{region}.amazonaws.com",
        "*.amazonaws.com",
        f"*.s3.{region}.amazonaws.com",
        f"s3.dualstack.{region}.amazonaws.com",
        f"*.s3.dualstack.{region}.amazonaws.com",
        "*.s3.amazonaws.com",
        TRUST_STORE,
    ]
