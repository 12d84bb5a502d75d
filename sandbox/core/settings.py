"""Where one sandbox lives and what its parts are called; everything else derives its names from here."""

from __future__ import annotations

import hashlib
import os
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

#: The directory that holds this package: the checkout, or where Python's packages are.
PROJECT = Path(__file__).resolve().parents[2]

#: Releases of Debian that servers may boot.
RELEASES = ("bookworm", "trixie")

#: What the VPC sees as the controller's public address: RFC 5737 TEST-NET-2, never routed anywhere.
CONTROLLER_ADDRESS = "198.51.100.1"

#: Where a VPC finds AWS's own endpoints, of the same range: S3, to which gateway endpoints lead, and all others.
S3_ADDRESS, API_ADDRESS = "198.51.100.10", "198.51.100.11"
#: Where a VPC finds the SMTP service of its region: of the same range.
MAIL_ADDRESS = "198.51.100.25"


@dataclass(frozen=True)
class Settings:
    """One sandbox. Several run side by side when their names, homes and ports differ."""

    name: str
    home: Path
    api_port: int
    region: str
    latency: float = 0.0  # factor on the time that AWS takes to make things; 0 is at once
    #: Whether the account has left the sandbox of SES from the start.
    mail_production: bool = True
    metrics: float = 60.0  # seconds between two measurements of everything; 0 is never
    #: Release of Debian that servers boot whose image does not promise another.
    release: str = "bookworm"

    @classmethod
    def from_environment(cls, environ: dict[str, str] | None = None) -> Settings:
        """Read ``RAILYARD_SANDBOX_{NAME,HOME,PORT,TIMES,MAIL,METRICS,RELEASE}``, ``AWS_REGION``; each has a default.

        :raises ValueError: when one of the numbers is none, ``MAIL`` is neither ``production`` nor ``sandbox``, or
            ``RELEASE`` no name of a release of Debian
        """
        env = os.environ if environ is None else environ
        name = env.get("RAILYARD_SANDBOX_NAME", "railyard")
        suffix = "" if name == "railyard" else f"-{name}"
        mail = env.get("RAILYARD_SANDBOX_MAIL", "production")
        if mail not in ("production", "sandbox"):
            raise ValueError(f"RAILYARD_SANDBOX_MAIL is {mail!r}; write production, or sandbox for a new account")
        return cls(
            name=name,
            home=Path(env.get("RAILYARD_SANDBOX_HOME") or default_home(env, suffix)),
            api_port=int(env.get("RAILYARD_SANDBOX_PORT", "5080")),
            region=env.get("AWS_REGION", "ap-northeast-1"),
            latency=_factor(env.get("RAILYARD_SANDBOX_TIMES") or "0"),
            mail_production=mail == "production",
            metrics=_interval(env.get("RAILYARD_SANDBOX_METRICS") or "60"),
            release=_release(env.get("RAILYARD_SANDBOX_RELEASE") or cls.release),
        )

    @property
    def endpoint(self) -> str:
        """URL of the emulated AWS API."""
        return f"http://127.0.0.1:{self.api_port}"

    def make_home(self) -> None:
        """Make the directory, for its owner alone: whoever reads it administers the sandbox, which acts as root.

        :raises PermissionError: when it is somebody else's, or everybody's
        """
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        found = self.home.stat()
        if found.st_uid != os.geteuid():
            raise PermissionError(
                f"the sandbox's home {self.home} belongs to user {found.st_uid} and this is user {os.geteuid()}; "
                "run this as that user, or name another directory with RAILYARD_SANDBOX_HOME"
            )
        if found.st_mode & stat.S_ISVTX:
            raise PermissionError(
                f"the sandbox's home {self.home} is a directory for everybody; name one of the sandbox's own with "
                "RAILYARD_SANDBOX_HOME"
            )
        if found.st_mode & 0o077:
            self.home.chmod(0o700)

    @property
    def prefix(self) -> str:
        """Starts the name of every namespace, container, nftables table and label of this sandbox."""
        return f"rlyd-{self.name}"

    def netns(self, resource_id: str) -> str:
        """Name of the network namespace of a VPC (its router), or of an instance, load balancer, database or cache."""
        return f"{self.prefix}-{resource_id}"

    def link(self, kind: str, resource_id: str) -> str:
        """Interface name of at most 15 characters, as the kernel wants: ``kind`` is up to 4 letters."""
        digest = hashlib.sha256(f"{self.name}/{resource_id}".encode()).hexdigest()[:10]
        return f"{kind}{digest}"

    @property
    def ca_file(self) -> Path:
        """Certificate that clients of the sandbox trust. There once something has a certificate."""
        return self.home / "client" / "ca.pem"

    @property
    def guard_table(self) -> str:
        """nftables table in the controller's namespace."""
        return self.prefix.replace("-", "_")


def in_checkout() -> bool:
    """Whether this runs from a checkout of railyard.aws, whose playbooks and sample application are beside it."""
    return (PROJECT / "galaxy.yml").is_file()


def default_home(environ: Mapping[str, str], suffix: str = "") -> Path:
    """``.sandbox`` in the checkout; of an installed package a directory of the user's, as XDG has it.

    :param suffix: tells the homes of sandboxes with other names apart
    """
    if in_checkout():
        return PROJECT / f".sandbox{suffix}"
    state = environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(state) / f"railyard-sandbox{suffix}"


def _factor(text: str) -> float:
    try:
        factor = float(text)
    except ValueError:
        factor = -1.0
    if not 0 <= factor < float("inf"):
        raise ValueError(f"RAILYARD_SANDBOX_TIMES is {text!r}; write 0 for at once, 1 for as long as AWS takes, or 0.1")
    return factor


def _interval(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1.0
    if not (seconds == 0 or 1 <= seconds <= 3600):
        raise ValueError(
            f"RAILYARD_SANDBOX_METRICS is {text!r}; write the seconds between two measurements, 1 to 3600 "
            "(AWS's are 60), or 0 for none"
        )
    return seconds


def _release(text: str) -> str:
    if text not in RELEASES:
        raise ValueError(f"RAILYARD_SANDBOX_RELEASE is {text!r}; write {' or '.join(RELEASES)}")
    return text
