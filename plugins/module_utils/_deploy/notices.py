# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Receipts as notices for a webhook in Slack's form, which Mattermost, Rocket.Chat and Discord (``/slack``) take as well.

The webhook's URL is a secret, as whoever knows it can post. Nothing here puts it into a message or a name.
"""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from http.client import HTTPException
from typing import Any

#: Seconds to wait for an answer: nobody's deployment waits longer for a chat.
ANSWER = 10
#: A URL without white space that a person can be told of: HTTPS, or a program of this machine.
_URL = re.compile(r"https://[^\s/]+/\S*|http://(127\.0\.0\.1|localhost|\[::1\])(:[0-9]+)?/\S*")


def is_webhook(url: str) -> bool:
    """Whether a notice can be sent there without others on the way reading the URL."""
    return bool(_URL.fullmatch(url))


def text(stack: str, entry: dict[str, Any]) -> str:
    """What a notice says of a receipt, with the characters escaped that mean something to Slack."""
    on = f" on {entry['on']}" if entry.get("on") else ""
    took = f" ({entry['seconds']} s)" if "seconds" in entry else ""
    result = f": {entry['result']}" if entry.get("result") else ""
    said = f"{stack}: {entry['by']}: {entry['what']}{on}{result}{took}"
    return said.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def send(url: str, said: str) -> str:
    """Post a notice. Returns why it was not taken, without the URL; empty where it was."""
    if not is_webhook(url):
        return "it is no https:// URL"
    body = json.dumps({"text": said}).encode()
    request = urllib.request.Request(url, data=body, headers={"Content-Type": "application/json"}, method="POST")
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=ANSWER):
            return ""
    except urllib.error.HTTPError as error:
        return f"it answered {error.code}"
    except (OSError, HTTPException, ValueError) as error:
        # Of an error's text nobody knows whether it has the URL.
        return f"it did not answer ({type(getattr(error, 'reason', error)).__name__})"


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer like another: what is posted goes nowhere else."""

    def redirect_request(self, *_unused: Any) -> None:
        return None
