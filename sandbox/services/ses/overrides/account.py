"""Mail: the account's own standing: whether it has left the sandbox of SES, which is granted as soon as asked for."""

from __future__ import annotations

import json

from moto.ses.models import ses_backends
from moto.sesv2 import urls
from moto.sesv2.responses import SESV2Response

from sandbox.core.settings import Settings
from sandbox.services.ses.sending import production


def apply(settings: Settings) -> None:
    def get_account(self) -> str:
        backend = ses_backends[self.current_account][self.region]
        left = production(settings)
        return json.dumps(
            {
                "DedicatedIpAutoWarmupEnabled": False,
                "EnforcementStatus": "HEALTHY",
                "ProductionAccessEnabled": left,
                "SendingEnabled": True,
                "SendQuota": {
                    "Max24HourSend": 50000.0 if left else 200.0,
                    "MaxSendRate": 14.0 if left else 1.0,
                    "SentLast24Hours": float(backend.sent_message_count),
                },
            }
        )

    def put_account_details(self) -> str:
        backend = ses_backends[self.current_account][self.region]
        backend.railyard_production = bool(json.loads(self.body).get("ProductionAccessEnabled"))
        return json.dumps({})

    # The emulator's pattern for all other paths takes one part only.
    for path in ("account$", "account/details$"):
        urls.url_paths[f"{{0}}/v2/email/{path}"] = SESV2Response.dispatch
    SESV2Response.get_account = get_account
    SESV2Response.put_account_details = put_account_details
