# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The password that SES takes over SMTP: derived from a secret access key, never fetched."""

from __future__ import annotations

import base64
import hashlib
import hmac
import re

#: A secret access key has 40 characters; what is far below is a variable that was never filled.
SHORTEST = 12
KEY_ID = re.compile(r"A[A-Z]IA[A-Z0-9]{12,}")
REGION = re.compile(r"[a-z]{2,4}(-[a-z]+)+-[0-9]{1,2}")
#: Fixed by AWS, so that the password does not change from day to day.
DATE = "11111111"
SERVICE = "ses"
TERMINATOR = "aws4_request"
MESSAGE = "SendRawEmail"
VERSION = b"\x04"


def check_secret(secret: str) -> None:
    """Raise ValueError, which never holds any of ``secret``, unless it can be a secret access key."""
    source = "give `secret_access_key`, which amazon.aws.iam_access_key returns once, when it makes the key"
    if not isinstance(secret, str):
        raise ValueError(f"the secret is not text but {type(secret).__name__}; {source}.")
    if not secret.strip():
        raise ValueError(f"the secret is empty; {source}.")
    if re.search(r"\s", secret):
        raise ValueError("the secret holds a blank or a line break; add `| trim`, or read it anew.")
    if len(secret) < SHORTEST:
        raise ValueError(f"the secret has {len(secret)} characters, and a secret access key has 40; {source}.")
    if KEY_ID.fullmatch(secret):
        raise ValueError(f"the secret has the form of an access key's id, the SMTP user name; {source}.")


def derive(secret: str, region: str) -> str:
    """Return the SMTP password of a secret access key for one region, as base64.

    Algorithm: https://docs.aws.amazon.com/ses/latest/dg/smtp-credentials.html

    :raises ValueError: when one of the two cannot be what it should.
    """
    check_secret(secret)
    if not isinstance(region, str) or not REGION.fullmatch(region):
        raise ValueError(f"{region!r} is not the name of a region; write one like 'ap-northeast-1'.")
    signature = f"AWS4{secret}".encode()
    for part in (DATE, region, SERVICE, TERMINATOR, MESSAGE):
        signature = hmac.new(signature, part.encode(), hashlib.sha256).digest()
    return base64.b64encode(VERSION + signature).decode()
