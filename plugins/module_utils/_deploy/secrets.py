# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What of a text nobody may see: values of secret variables, and credentials in URLs."""

from __future__ import annotations

import re
import shlex

from ansible_collections.railyard.aws.plugins.module_utils._deploy.people_secrets import MARK
from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import redacted

_SECRET = re.compile(r"PASS|SECRET|TOKEN|KEY|CREDENTIAL|AUTH|PRIVATE|SALT|DSN|_URL$|_URI$", re.IGNORECASE)
#: Shorter ones would black out words that are no secrets.
_SHORTEST = 6


def is_secret_name(name: str) -> bool:
    """Whether a variable of an environment that is called so is a secret, by all that can be told."""
    return bool(_SECRET.search(name))


def _values(environment: str) -> set[str]:
    """Return the values of an environment's file that are secrets by their names, with each line of those of several."""
    try:
        words = shlex.split(environment, comments=True)
    except ValueError:
        # Not a file of ours: each line for itself is all that can be told.
        words = environment.splitlines()
    found = set()
    variables = [word.partition("=")[::2] for word in words]
    marked = {one for name, value in variables if name == MARK for one in value.split()}
    for name, value in variables:
        if name in marked or is_secret_name(name):
            # As it is, and as Ruby prints it.
            whole = value.replace("\\$", "$").replace("\\`", "`")
            found.update([whole, whole.replace("\\", "\\\\").replace('"', '\\"'), *whole.splitlines()])
    return {value for value in found if len(value) >= _SHORTEST}


def without_secrets(text: str, environment: str) -> str:
    """Return ``text`` with *** in the place of each secret of the environment's file, and of each password in a URL."""
    # The longest first: one may be a part of another.
    for value in sorted(_values(environment), key=len, reverse=True):
        text = text.replace(value, "***")
    return redacted(text)
