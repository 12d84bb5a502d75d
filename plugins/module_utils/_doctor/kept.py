# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Names of the secrets that people gave the application's environment, where AWS can be asked. Values are not looked at."""

from __future__ import annotations

import json

try:
    import boto3
    from botocore.config import Config
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    boto3 = None

#: Seconds for an answer: an application is read without an account as well.
_PATIENCE = 5


def names(secret: str, region: str) -> list[str] | None:
    """Names in the secret that `make secret` keeps; none when AWS could not be asked.

    :param secret: name of the secret; empty asks nobody
    """
    if not secret or boto3 is None:
        return None
    try:
        patience = Config(connect_timeout=_PATIENCE, read_timeout=_PATIENCE, retries={"max_attempts": 1})
        client = boto3.session.Session(region_name=region or None).client("secretsmanager", config=patience)
        held = json.loads(client.get_secret_value(SecretId=secret)["SecretString"])
    except ClientError as error:
        return [] if error.response["Error"]["Code"] == "ResourceNotFoundException" else None
    except (BotoCoreError, ValueError, KeyError):
        return None
    return sorted(held) if isinstance(held, dict) else None
