"""Mail: a receipt rule is refused while the policy of its bucket keeps SES out, as AWS finds out by trying."""

from __future__ import annotations

from moto.ses.exceptions import InvalidS3ConfigurationException
from moto.ses.models import SESBackend

from sandbox.core.settings import Settings
from sandbox.services.ses.receiving import may_write


def apply(settings: Settings) -> None:
    validate, update = SESBackend._validate_s3_action, SESBackend.update_receipt_rule

    def _validate_s3_action(self, s3_action):
        validate(self, s3_action)
        bucket = s3_action["BucketName"]
        probe = f"{s3_action.get('ObjectKeyPrefix') or ''}AMAZON_SES_SETUP_NOTIFICATION"
        if not s3_action.get("IamRoleArn") and not may_write(bucket, probe):
            raise InvalidS3ConfigurationException(f"Could not write to bucket: {bucket}")

    def update_receipt_rule(self, rule_set_name, rule):
        self._validate_receipt_rule_actions(rule)
        update(self, rule_set_name, rule)

    SESBackend._validate_s3_action = _validate_s3_action
    SESBackend.update_receipt_rule = update_receipt_rule
