"""S3: the objects by which load balancers and SES try the buckets they are told of, and which AWS never removes."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import ELBv2Backend
from moto.s3.models import s3_backends
from moto.ses.models import SESBackend

from sandbox.core.settings import Settings

ACCESS_LOGS = "ELBAccessLogTestFile"
MAIL = "AMAZON_SES_SETUP_NOTIFICATION"


def apply(settings: Settings) -> None:
    modify = ELBv2Backend.modify_load_balancer_attributes
    create, update = SESBackend.create_receipt_rule, SESBackend.update_receipt_rule

    def modify_load_balancer_attributes(self, arn, attrs):
        answer = modify(self, arn, attrs)
        kept = self.load_balancers[arn].attrs
        # RequestContext again for the same bucket AWS tries it again.
        if any(key.startswith("access_logs.") for key in attrs) and kept.get("access_logs.s3.enabled") == "true":
            folder = f"{kept.get('access_logs.s3.prefix') or ''}/AWSLogs/{self.account_id}/".lstrip("/")
            _write(self, kept["access_logs.s3.bucket"], f"{folder}{ACCESS_LOGS}")
        return answer

    def create_receipt_rule(self, rule_set_name, rule, *args, **kwargs):
        create(self, rule_set_name, rule, *args, **kwargs)
        _try_mail(self, rule)

    def update_receipt_rule(self, rule_set_name, rule):
        update(self, rule_set_name, rule)
        _try_mail(self, rule)

    ELBv2Backend.modify_load_balancer_attributes = modify_load_balancer_attributes
    SESBackend.create_receipt_rule = create_receipt_rule
    SESBackend.update_receipt_rule = update_receipt_rule


def _try_mail(backend: Any, rule: dict[str, Any]) -> None:
    for action in rule.get("Actions") or []:
        if "S3Action" in action:
            values = action["S3Action"]
            _write(backend, values["BucketName"], f"{values.get('ObjectKeyPrefix') or ''}{MAIL}")


def _write(backend: Any, bucket: str, key: str) -> None:
    s3 = s3_backends[backend.account_id][backend.partition]
    if bucket in s3.buckets:
        s3.put_object(bucket, key, b"Enabled a service of AWS to write here.\r\n")
