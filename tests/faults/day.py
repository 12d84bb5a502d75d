"""Which fault each action of AWS has on a day: chance decides, the same for the same seed in every process of a run."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

#: Of what changes something: carried out and answered with a 500, carried out and never answered, refused twice for
#: haste, refused twice by a service that is not available, answered late.
CHANGING = ("answer", "drop", "throttle", "unavailable", "slow")
#: Of what only reads: half of it as ever.
READING = ("throttle", "unavailable", "slow", "", "", "")
#: How often an action is refused, and seconds of a slow answer.
REFUSALS, SLOW = 2, 3.0

#: What services say to whoever asks too fast, and when they are not available: status, code.
HASTE = {
    "ec2": (503, "RequestLimitExceeded"),
    "s3": (503, "SlowDown"),
    "sesv2": (429, "TooManyRequestsException"),
    **dict.fromkeys(("ssm", "logs", "secretsmanager", "acm", "service-quotas"), (400, "ThrottlingException")),
}
THROTTLED, UNAVAILABLE = (400, "Throttling"), (503, "ServiceUnavailable")


@dataclass(frozen=True)
class Day:
    """One day of AWS."""

    seed: str

    def kind(self, service: str, action: str, reads: bool) -> str:
        """The fault of the action's first calls; empty for none."""
        kinds = READING if reads else CHANGING
        digest = hashlib.sha256(f"{self.seed}/{service}/{action}".encode()).digest()
        return kinds[int.from_bytes(digest[:4]) % len(kinds)]

    @staticmethod
    def refusal(kind: str, service: str) -> tuple[int, str] | None:
        """Status and code of what is not carried out; None where it is."""
        return {"throttle": HASTE.get(service, THROTTLED), "unavailable": UNAVAILABLE}.get(kind)
