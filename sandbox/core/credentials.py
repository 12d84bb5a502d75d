"""What proves that a client may administer a sandbox: random, made when it is first used, its owner's alone."""

from __future__ import annotations

import json
import os
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from sandbox.core.settings import Settings

#: The administrator's access key, the same in every sandbox. No key of the emulator's own looks like it, which is how
#: it tells accounts.
ACCESS_KEY_ID = "SANDBOXACCESSKEYNOTAREALONE"

#: In the home of a sandbox.
FILE = "credentials.json"


@dataclass(frozen=True)
class Credentials:
    """Of the account's administrator. The secrets never leave the home, the environment and the daemon."""

    secret_access_key: str
    #: Shown for the sandbox's own pages, which nobody signs.
    token: str
    access_key_id: str = ACCESS_KEY_ID

    def for_boto3(self) -> dict[str, str]:
        """Arguments of ``boto3.client``."""
        return {"aws_access_key_id": self.access_key_id, "aws_secret_access_key": self.secret_access_key}

    def header(self) -> dict[str, str]:
        """Headers of a request for one of the sandbox's own pages."""
        return {"Authorization": f"Bearer {self.token}"}


def file_of(settings: Settings) -> Path:
    return settings.home / FILE


def find(settings: Settings) -> Credentials | None:
    """None where the sandbox was never up, and where its home is somebody else's."""
    try:
        found = json.loads(file_of(settings).read_text("utf-8"))
        return Credentials(found["secret_access_key"], found["token"])
    except (FileNotFoundError, NotADirectoryError, PermissionError, ValueError, KeyError):
        return None


def ensure(settings: Settings) -> Credentials:
    """Those of the sandbox, made when there are none.

    :raises PermissionError: when the home is somebody else's
    """
    path = file_of(settings)
    settings.make_home()
    if not path.exists():
        # Letters that need no quoting anywhere; long enough for Ansible to mask them.
        made = Credentials(secrets.token_hex(20), secrets.token_hex(20))
        beside = path.with_name(f".{FILE}.{os.getpid()}.{secrets.token_hex(4)}")
        with open(beside, "x", opener=lambda name, flags: os.open(name, flags, 0o600)) as file:
            json.dump(asdict(made), file)
        try:
            # Fails where another process was first, whose credentials count.
            os.link(beside, path)
        except FileExistsError:
            pass
        finally:
            beside.unlink()
    found = find(settings)
    if found is None:
        raise PermissionError(
            f"{path} cannot be read: sandbox {settings.name} belongs to another user, or the file is damaged; "
            "run this as that user, or use a sandbox of your own with RAILYARD_SANDBOX_HOME, _NAME and _PORT"
        )
    return found
