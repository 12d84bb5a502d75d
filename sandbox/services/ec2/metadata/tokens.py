"""Session tokens of IMDSv2: each is good for one instance and a limited time, whichever daemon gave it."""

from __future__ import annotations

import base64
import hmac
import math
import secrets
import time
from collections.abc import Callable

LONGEST = 21600
_PROOF = 32


class Tokens:
    """Tokens prove themselves, by the sandbox's secret: who holds one does not notice that the daemon was restarted.

    :arg clock: seconds since the epoch
    """

    def __init__(self, secret: bytes, clock: Callable[[], float] = time.time) -> None:
        self._secret = secret
        self._clock = clock

    def issue(self, instance_id: str, seconds: int) -> str:
        """A new token. Raises ``ValueError`` for a life of less than 1 or more than 21600 s."""
        if not 1 <= seconds <= LONGEST:
            raise ValueError(f"a token lives 1 to {LONGEST} seconds, not {seconds}")
        said = f"{math.ceil(self._clock() + seconds)}.{secrets.token_hex(6)}".encode()
        return base64.urlsafe_b64encode(self._proof(instance_id, said) + said).decode()

    def left(self, instance_id: str, token: str) -> int | None:
        """Seconds that the token still lives; None when it is not this instance's or has ended."""
        try:
            plain = base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True)
        except ValueError:
            return None
        proof, said = plain[:_PROOF], plain[_PROOF:]
        if not hmac.compare_digest(proof, self._proof(instance_id, said)):
            return None
        left = int(said.partition(b".")[0]) - self._clock()
        return math.ceil(left) if left > 0 else None

    def _proof(self, instance_id: str, said: bytes) -> bytes:
        return hmac.digest(self._secret, b"%s %s" % (instance_id.encode(), said), "sha256")
