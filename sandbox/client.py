"""What a client of the sandbox needs in its environment, and the sandbox's own pages as a client sees them."""

from __future__ import annotations

import json
import os
import shlex
import urllib.error
import urllib.request

from sandbox.api.environment import ACCESS_KEY_ID, SECRET_ACCESS_KEY
from sandbox.settings import PROJECT, Settings

#: Browsers take every name below it for this machine, so the site needs no DNS of the machine's own.
DOMAIN = "railyard.localhost"
#: Would send a client elsewhere, or beat the keys below.
UNSET = ("AWS_PROFILE", "AWS_DEFAULT_PROFILE", "AWS_SESSION_TOKEN", "AWS_SECURITY_TOKEN")


def environment_of(settings: Settings) -> dict[str, str]:
    """Variables with which boto3, the AWS CLI and the playbooks use the sandbox instead of Amazon."""
    client = settings.home / "client"
    return {
        "AWS_ENDPOINT_URL": settings.endpoint,
        "AWS_ACCESS_KEY_ID": ACCESS_KEY_ID,
        "AWS_SECRET_ACCESS_KEY": SECRET_ACCESS_KEY,
        "AWS_REGION": settings.region,
        "AWS_DEFAULT_REGION": settings.region,
        "AWS_EC2_METADATA_DISABLED": "true",
        "RAILYARD_CHECKIP_URL": f"{settings.endpoint}/railyard/checkip",
        # What registrars and resolvers of the world would say.
        "RAILYARD_RESOLVERS": f"127.0.0.1:{settings.api_port}",
        "RAILYARD_MAIL_URL": f"{settings.endpoint}/railyard/mail",
        "RAILYARD_STATE_DIR": str(client),
        # Debian's packages are what the sandbox's servers reach; a compiled Ruby comes from elsewhere.
        "RAILYARD_RUBY_PROVIDER": "package",
        "RAILYARD_CA_FILE": str(settings.ca_file),
        # The sample application, on the Ruby and the gems of the hosts' distribution.
        "RAILYARD_APP_SOURCE": str(PROJECT / "examples" / "sample-app"),
        "RAILYARD_APP_HEALTH_PATH": "/up",
        # Its package is nowhere but at Amazon.
        "RAILYARD_CLOUDWATCH_AGENT": "false",
        # A domain of one's own, or none, is kept.
        "RAILYARD_DOMAIN": os.environ.get("RAILYARD_DOMAIN", DOMAIN),
        # Facts of hosts that only exist here must not mix with those of real ones.
        # The inventory keys its cache by endpoint.
        "ANSIBLE_CACHE_PLUGIN_CONNECTION": str(client / "facts"),
        "RAILYARD_SANDBOX_NAME": settings.name,
        "RAILYARD_SANDBOX_HOME": str(settings.home),
        "RAILYARD_SANDBOX_PORT": str(settings.api_port),
    }


def shell_lines(settings: Settings) -> str:
    """The same for ``eval`` in a POSIX shell."""
    lines = [f"export {name}={shlex.quote(value)}" for name, value in environment_of(settings).items()]
    return "\n".join([*lines, f"unset {' '.join(UNSET)}", ""])


def page(settings: Settings, name: str, timeout: float = 10) -> dict | None:
    """A JSON page of the daemon (``status`` or ``calls``); None when nothing answers."""
    # Proxies of the user's environment have no way to this machine's loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{settings.endpoint}/railyard/{name}", timeout=timeout) as answer:
            return json.load(answer)
    except (urllib.error.URLError, TimeoutError, ConnectionError, ValueError):
        return None
