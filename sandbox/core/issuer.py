"""The issuer of identity tokens: it stands for every issuer that an account may trust, GitHub Actions for one.

None of them is reachable from here, so that their tokens are signed with a key of the sandbox's own, whose public half
the sandbox shows on loopback as an issuer shows its keys: OpenID Connect Discovery 1.0, section 4; RFC 7517.
"""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Mapping
from typing import Any

from joserfc import jwt
from joserfc.jwk import RSAKey

from sandbox.core.authority import write_private
from sandbox.core.settings import Settings

#: Of GitHub Actions, whose tokens last some minutes.
GITHUB = "https://token.actions.githubusercontent.com"
AUDIENCE, LASTS = "sts.amazonaws.com", 300

#: Path of the issuer's pages, and of its keys among them.
PATH = "/railyard/oidc"
DISCOVERY, KEYS = f"{PATH}/.well-known/openid-configuration", f"{PATH}/.well-known/jwks"

_ALGORITHM = "RS256"


class Issuer:
    """Signs tokens of one sandbox, and knows them again. Its key stays in the home, readable by its owner only."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._file = settings.home / "issuer" / "key.pem"
        self._loaded: RSAKey | None = None

    def sign(self, claims: Mapping[str, Any]) -> str:
        """A token with these claims, whatever they are."""
        key = self._key()
        return jwt.encode({"alg": _ALGORITHM, "kid": key.thumbprint()}, dict(claims), key, algorithms=[_ALGORITHM])

    def claims_of(self, token: str) -> dict[str, Any]:
        """What a token says that this issuer signed.

        :raises joserfc.errors.JoseError: when its key did not, or by another algorithm
        :raises ValueError: when it is no token
        """
        return dict(jwt.decode(token, self._key(), algorithms=[_ALGORITHM]).claims)

    def discovery(self) -> dict[str, Any]:
        """What stands at the path of discovery."""
        return {
            "issuer": GITHUB,
            "jwks_uri": f"{self._settings.endpoint}{KEYS}",
            "subject_types_supported": ["public"],
            "response_types_supported": ["id_token"],
            "id_token_signing_alg_values_supported": [_ALGORITHM],
        }

    def keys(self) -> dict[str, Any]:
        """The public halves of its keys."""
        key = self._key()
        return {"keys": [{**key.as_dict(private=False), "kid": key.thumbprint(), "use": "sig", "alg": _ALGORITHM}]}

    def _key(self) -> RSAKey:
        if self._loaded is None:
            if not self._file.exists():
                self._make()
            self._loaded = RSAKey.import_key(self._file.read_bytes())
        return self._loaded

    def _make(self) -> None:
        self._settings.make_home()
        beside = self._file.with_name(f".new.{os.getpid()}.{secrets.token_hex(4)}")
        write_private(beside, RSAKey.generate_key(2048, private=True).as_pem(private=True))
        try:
            # Fails where another process was first, whose key counts: one of the daemon and the command may be first.
            os.link(beside, self._file)
        except FileExistsError:
            pass
        finally:
            beside.unlink()


def github_claims(
    repository: str, ref: str = "refs/heads/main", environment: str = "", event: str = "push", subject: str = ""
) -> dict[str, Any]:
    """Claims of a job of GitHub Actions, as GitHub's reference of them has them.

    A job with an environment is known by it, one of a pull request as such, any other by its branch or tag.

    :param subject: ``sub`` in place of the one that follows from the others
    """
    job = "pull_request" if event == "pull_request" else f"ref:{ref}"
    if environment:
        job = f"environment:{environment}"
    owner = repository.partition("/")[0]
    claims = {
        "sub": subject or f"repo:{repository}:{job}",
        "repository": repository,
        "repository_owner": owner,
        "actor": owner,
        "ref": ref,
        "ref_type": "tag" if ref.startswith("refs/tags/") else "branch",
        "event_name": event,
        "workflow": "railyard",
        "run_id": "1",
        "run_attempt": "1",
        "runner_environment": "github-hosted",
    }
    return {**claims, "environment": environment} if environment else claims


def timed(
    claims: Mapping[str, Any], issuer: str = GITHUB, audience: str = AUDIENCE, lasts: int = LASTS
) -> dict[str, Any]:
    """The claims with issuer, audience and times. One that lasts for less than nothing is over already."""
    now = int(time.time())
    begin = min(now, now + lasts - LASTS)
    times = {"iat": begin, "nbf": begin, "exp": now + lasts}
    return {"iss": issuer, "aud": audience, "jti": secrets.token_hex(16), **times, **claims}
