"""The security policies of application load balancers: protocols and ciphers of each, as AWS's guide lists them. Pure.

Source: "Security policies for your Application Load Balancer" of the user guide. Ciphers are in the server's order,
in OpenSSL's words, which are AWS's too. Groups of the key exchange are not told there: those below are what all clients
have, where OpenSSL would also take what Mozilla's recommendations leave out. A policy with PQ in its name adds groups
that the OpenSSL of Debian 12 has not, and clients fall back to the others, as they do on AWS. The policies of RFC 9151
are left out: they want certificates of P-384, which the sandbox does not make.
"""

from __future__ import annotations

from dataclasses import dataclass

PROTOCOLS = ("TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3")

#: Groups of the key exchange, best first.
KEY_GROUPS = ("X25519", "P-256", "P-384")

#: What AWS takes for an HTTPS listener whose request names none.
DEFAULT = "ELBSecurityPolicy-2016-08"

_NAME = "ELBSecurityPolicy-"


@dataclass(frozen=True)
class TlsPolicy:
    protocols: tuple[str, ...]  # oldest first
    suites: tuple[str, ...]  # of TLS 1.3
    ciphers: tuple[str, ...]  # of TLS 1.2 and older


def _both(*ends: str) -> tuple[str, ...]:
    """Ephemeral ciphers for either kind of certificate."""
    return tuple(f"ECDHE-{kind}-{end}" for end in ends for kind in ("ECDSA", "RSA"))


_SUITES = ("TLS_AES_128_GCM_SHA256", "TLS_AES_256_GCM_SHA384", "TLS_CHACHA20_POLY1305_SHA256")
_FIPS_SUITES = _SUITES[:2]

#: Sets of ciphers, each an extension of the one before.
_RES = _both("AES128-GCM-SHA256", "AES256-GCM-SHA384")
_STRONG = _both("AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA384")
_FORWARD = _both("AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA384", "AES256-SHA")
_STATIC = ("AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256")
_EVERY = (
    *_FORWARD,
    *("AES128-GCM-SHA256", "AES128-SHA256", "AES128-SHA", "AES256-GCM-SHA384", "AES256-SHA256", "AES256-SHA"),
)


def _from(oldest: str, newest: str = "TLSv1.2") -> tuple[str, ...]:
    return PROTOCOLS[PROTOCOLS.index(oldest) : PROTOCOLS.index(newest) + 1]


#: With TLS 1.3: part of the name → (oldest protocol, older ciphers).
_TLS13 = {
    "1-3": ("TLSv1.3", ()),
    "1-2": ("TLSv1.2", _STRONG),
    "1-2-Res": ("TLSv1.2", _RES),
    "1-2-Ext1": ("TLSv1.2", (*_STRONG, *_STATIC)),
    "1-2-Ext2": ("TLSv1.2", _EVERY),
    "1-1": ("TLSv1.1", _EVERY),
    "1-0": ("TLSv1", _EVERY),
}
#: FIPS: TLS 1.3 has no ChaCha20, and what adds SHA-1 has a name of its own.
_FIPS = {
    "1-3": ("TLSv1.3", ()),
    "1-2-Res": ("TLSv1.2", _RES),
    "1-2": ("TLSv1.2", _STRONG),
    "1-2-Ext0": ("TLSv1.2", _FORWARD),
    "1-2-Ext1": ("TLSv1.2", (*_STRONG, *_STATIC)),
    "1-2-Ext2": ("TLSv1.2", _EVERY),
    "1-1": ("TLSv1.1", _EVERY),
    "1-0": ("TLSv1", _EVERY),
}
#: Without TLS 1.3: rest of the name → (oldest protocol, ciphers).
_OLDER = {
    "FS-1-2-Res-2020-10": ("TLSv1.2", _RES),
    "FS-1-2-Res-2019-08": ("TLSv1.2", _STRONG),
    "FS-1-2-2019-08": ("TLSv1.2", _FORWARD),
    "FS-1-1-2019-08": ("TLSv1.1", _FORWARD),
    "FS-2018-06": ("TLSv1", _FORWARD),
    "TLS-1-2-Ext-2018-06": ("TLSv1.2", _EVERY),
    "TLS-1-2-2017-01": ("TLSv1.2", (*_STRONG, *_STATIC)),
    "TLS-1-1-2017-01": ("TLSv1.1", _EVERY),
    "2016-08": ("TLSv1", _EVERY),
}

POLICIES = {
    **{
        f"{_NAME}TLS13-{part}-{date}": TlsPolicy(_from(oldest, "TLSv1.3"), _SUITES, ciphers)
        for part, (oldest, ciphers) in _TLS13.items()
        for date in ("2021-06", *(("PQ-2025-09",) if part != "1-1" else ()))
    },
    **{
        f"{_NAME}TLS13-{part}-FIPS-{date}": TlsPolicy(_from(oldest, "TLSv1.3"), _FIPS_SUITES, ciphers)
        for part, (oldest, ciphers) in _FIPS.items()
        for date in ("2023-04", *(("PQ-2025-09",) if part != "1-1" else ()))
    },
    **{f"{_NAME}{rest}": TlsPolicy(_from(oldest), (), ciphers) for rest, (oldest, ciphers) in _OLDER.items()},
}
