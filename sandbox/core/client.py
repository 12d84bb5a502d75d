"""What a client of the sandbox needs in its environment, and the sandbox's own pages as a client sees them."""

from __future__ import annotations

import json
import os
import shlex
import urllib.request
from typing import Any

from sandbox.core import credentials
from sandbox.core.settings import PROJECT, Settings, in_checkout

#: Browsers take every name below it for this machine, so the site needs no DNS of the machine's own.
DOMAIN = "railyard.localhost"
#: Would send a client elsewhere, or beat the keys below.
UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


def environment_of(settings: Settings) -> dict[str, str]:
    """Variables with which boto3, the AWS CLI and the playbooks use the sandbox instead of Amazon."""
    client = settings.home / "client"
    keys = credentials.ensure(settings)
    return {
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ACCESS_KEY_ID": keys.access_key_id,
        "AWS_SECRET_ACCESS_KEY": keys.secret_access_key,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "RAILYARD_CHECKIP_URL": f"{settings.endpoint}/railyard/checkip",
        # What registrars and resolvers of the world would say.
        "RAILYARD_RESOLVERS": f"127.0.0.1:{settings.api_port}",
        "RAILYARD_MAIL_URL": f"{settings.endpoint}/railyard/mail",
        # For the pages below /railyard/: Authorization: Bearer ...
        "RAILYARD_SANDBOX_TOKEN": keys.token,
        "RAILYARD_STATE_DIR": str(client),
        # Debian's packages are what the sandbox's servers reach; a compiled Ruby comes from elsewhere.
        "RAILYARD_RUBY_PROVIDER": os.environ.get("RAILYARD_RUBY_PROVIDER") or "package",
        "RAILYARD_CA_FILE": str(settings.ca_file),
        # Its package is nowhere but at Amazon.
        "RAILYARD_CLOUDWATCH_AGENT": "false",
        # A domain of one's own, or none, is kept.
        "RAILYARD_DOMAIN": os.environ.get("RAILYARD_DOMAIN", DOMAIN),
        # Facts of hosts that only exist here must not mix with those of real ones, nor those of two stacks, whose hosts
        # are called alike: Ansible expands what stands in it. The inventory keys its cache by endpoint.
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": f"{client}/facts/${{RAILYARD_STACK}}/${{RAILYARD_ENVIRONMENT}}",
        "RAILYARD_SANDBOX_NAME": settings.name,
        "RAILYARD_SANDBOX_HOME": str(settings.home),
        "RAILYARD_SANDBOX_PORT": str(settings.api_port),
        **_sample_application(),
    }


def _sample_application() -> dict[str, str]:
    """On the Ruby and the gems of the hosts' distribution; a checkout has it. An application of one's own is kept."""
    own = os.environ.get("RAILYARD_APP_SOURCE")
    if not in_checkout():
        return {}
    sample = str(PROJECT / "examples" / "sample-app")
    if own and own != sample:
        return {"RAILYARD_APP_SOURCE": own}
    return {"RAILYARD_APP_SOURCE": sample, "RAILYARD_APP_HEALTH_PATH": "/up"}


def shell_lines(settings: Settings) -> str:
    """The same for ``eval`` in a POSIX shell."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment_of(settings).items()]
    return "\n".join([*lines, f"unset {' '.join(UNSET)}", ""])


def ask(settings: Settings, path: str, body: bytes | None = None, timeout: float = 10) -> bytes:
    """What a page of the daemon answers; a body makes it a POST.

    :param path: what follows ``/railyard/``
    :raises OSError: ``urllib.error.HTTPError`` when it refuses, another one when nothing answers
    """
    keys = credentials.find(settings)
    # Proxies of the user's environment have no way to this machine's loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    url = f"{settings.endpoint}/railyard/{path}"
    with opener.open(urllib.request.Request(url, body, keys.header() if keys else {}), timeout=timeout) as answer:
        return answer.read()


def page(settings: Settings, name: str, timeout: float = 10) -> dict[str, Any] | None:
    """A JSON page of the daemon (``status`` or ``calls``); None when nothing answers."""
    try:
        return json.loads(ask(settings, name, timeout=timeout))
    except (OSError, ValueError):
        return None
