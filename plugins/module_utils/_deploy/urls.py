# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Secrets in the URLs of repositories: told from plain user names, and taken out of every text that people may see."""

from __future__ import annotations

import re
from urllib.parse import unquote

#: What stands in a secret's place.
HIDDEN = "***"

#: Beginnings that GitHub, GitLab, Bitbucket, Gitea, Hugging Face and AWS give their tokens, so that scanners know them.
_TOKEN = re.compile(r"(gh[pousr]_|github_pat_|gl(pat|dt|ptt|cbt|soat|ft|rt|agent)-|ATBB|ATCTT3|ATATT3|hf_|AKIA|ASIA|npm_|pypi-)", re.IGNORECASE)
#: Long, of letters and digits and without a dot: no person is called so.
_RANDOM = re.compile(r"(?=[^.]{20,}$)(?=.*[0-9])(?=.*[A-Za-z])[\w~+=%-]+$", re.ASCII)
#: What is before the host. A password may hold @ and, as nobody should write it, a slash: then what follows the colon is no port.
_USER_INFO = re.compile(r"(?P<scheme>\b[a-z][a-z0-9+.-]*://)(?P<info>[^/\s'\"@:]*:(?!\d+(?:[/?#\s'\"]|$))[^\s'\"]*|[^/\s'\"]*)@", re.IGNORECASE)
#: user:password@host:path, which git does not know and people write.
_SCP = re.compile(r"(?<![\w/:@.-])(?P<info>[\w.%+-]+:[^/\s'\"@:]+)@(?=[\w.-]+:)")
#: Values of a query or a fragment of a URL.
_QUERY = re.compile(r"(?P<url>\b[a-z][a-z0-9+.-]*://[^\s'\"?#]*)(?P<query>[?#][^\s'\"]*)", re.IGNORECASE)
_SECRET_NAME = re.compile(r"token|password|passwd|pwd|secret|key|auth|sig|credential|jwt|session", re.IGNORECASE)


def _secret(info: str) -> bool:
    """Whether what stands before the host is more than a user's name. ``%3A`` is a colon too."""
    name, colon, password = unquote(info).partition(":")
    return bool((colon and password) or _TOKEN.match(name) or _RANDOM.match(name))


def _query(match: re.Match[str]) -> str:
    hidden = re.sub(r"(=)[^&;#]+", rf"\1{HIDDEN}", match["query"])
    # A fragment or query without a name is hidden whole when it looks like a token.
    bare = hidden[1:]
    return match["url"] + (hidden[0] + HIDDEN if "=" not in bare and _secret(bare) else hidden)


def redacted(text: str) -> str:
    """``text`` without the secrets of the URLs in it; a user's name alone stays.

    ``https://ada:xyz@host/a.git`` becomes ``https://***@host/a.git``.
    """
    text = _USER_INFO.sub(lambda match: f"{match['scheme']}{HIDDEN}@" if _secret(match["info"]) else match[0], text)
    text = _SCP.sub(f"{HIDDEN}@", text)
    return _QUERY.sub(_query, text)


def secret_in(url: str) -> bool:
    """Whether a URL carries a secret: a password, a token as the user, or one in its query."""
    found = _USER_INFO.search(url)
    if (found and _secret(found["info"])) or _SCP.search(url):
        return True
    query = _QUERY.search(url)
    return bool(query and (_SECRET_NAME.search(unquote(query["query"])) or redacted(url) != url))


def without_secret(url: str) -> str:
    """A URL that carries a secret, without user, query and fragment; any other as it is."""
    if not secret_in(url):
        return url
    url = _USER_INFO.sub(lambda match: match["scheme"], url)
    return _QUERY.sub(lambda match: match["url"], _SCP.sub("", url))
