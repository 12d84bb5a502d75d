"""What of a repository's pull requests and issues CI writes: one comment of its own for each, one issue of its own."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tools.verbs.trouble import Trouble

#: Pages of a hundred; a pull request has no more comments.
_PAGES = 30


@dataclass(frozen=True)
class GitHub:
    """A repository, by GitHub's REST API."""

    api: str
    repository: str
    token: str

    @classmethod
    def here(cls, environ: Mapping[str, str] = os.environ) -> GitHub:
        """The repository whose workflow runs. Raises Trouble."""
        said = {name: environ.get(name, "") for name in ("GITHUB_REPOSITORY", "GITHUB_TOKEN")}
        missing = [name for name, value in said.items() if not value]
        if missing:
            raise Trouble(
                f"{' and '.join(missing)} is not set, without which nothing can be written to the repository."
            )
        api = environ.get("GITHUB_API_URL") or "https://api.github.com"
        return cls(api.rstrip("/"), said["GITHUB_REPOSITORY"], said["GITHUB_TOKEN"])

    def comment(self, number: int, marker: str, body: str) -> None:
        """Write the comment that begins with ``marker`` on a pull request, or write it anew. Raises Trouble."""
        for one in self._pages(f"issues/{number}/comments", ""):
            if _is_own(one, marker):
                self._ask("PATCH", f"issues/comments/{one['id']}", {"body": body})
                return
        self._ask("POST", f"issues/{number}/comments", {"body": body})

    def issue(self, label: str, marker: str, title: str, body: str) -> None:
        """Open the issue that begins with ``marker``, or bring the open one up to date. Raises Trouble."""
        found = self._open_issue(label, marker)
        if found is None:
            self._ask("POST", "issues", {"title": title, "body": body, "labels": [label]})
        elif (found.get("title"), found.get("body")) != (title, body):
            self._ask("PATCH", f"issues/{found['number']}", {"title": title, "body": body})

    def close(self, label: str, marker: str, why: str) -> None:
        """Close the open issue that begins with ``marker``, if there is one. Raises Trouble."""
        found = self._open_issue(label, marker)
        if found is not None:
            self._ask("POST", f"issues/{found['number']}/comments", {"body": why})
            self._ask("PATCH", f"issues/{found['number']}", {"state": "closed", "state_reason": "completed"})

    def _open_issue(self, label: str, marker: str) -> dict[str, Any] | None:
        listed = self._pages("issues", f"state=open&labels={label}&")
        return next((one for one in listed if "pull_request" not in one and _is_own(one, marker)), None)

    def _pages(self, path: str, query: str) -> Iterator[dict[str, Any]]:
        for page in range(1, _PAGES + 1):
            found = self._ask("GET", f"{path}?{query}per_page=100&page={page}")
            yield from found
            if len(found) < 100:
                return

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        url = f"{self.api}/repos/{self.repository}/{path}"
        headers = {
            "Authorization": f"Bearer {self.token}",
            "Accept": "application/vnd.github+json",
            "X-GitHub-Api-Version": "2022-11-28",
        }
        data = None if body is None else json.dumps(body).encode()
        try:
            with urllib.request.urlopen(
                urllib.request.Request(url, data, headers, method=method), timeout=30
            ) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            needed = "pull-requests: write" if "comments" in path else "issues: write"
            hint = f" Give the job `permissions: {needed}`." if error.code in (401, 403, 404) else ""
            raise Trouble(f"GitHub answered {error.code} to {method} {url}.{hint}", 1) from None
        except (OSError, ValueError) as error:
            raise Trouble(f"GitHub did not answer {method} {url}: {error}.", 1) from None


def _is_own(entry: Mapping[str, Any], marker: str) -> bool:
    """Whether CI wrote it: a person's that begins so is nothing that it may write over."""
    return str(entry.get("body") or "").startswith(marker) and (entry.get("user") or {}).get("type") == "Bot"


def pull_request(environ: Mapping[str, str] = os.environ) -> int | None:
    """Number of the pull request that the workflow runs for; None for another event."""
    file = environ.get("GITHUB_EVENT_PATH", "")
    try:
        number = json.loads(Path(file).read_text("utf-8"))["pull_request"]["number"] if file else None
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return number if isinstance(number, int) else None


def run_url(environ: Mapping[str, str] = os.environ) -> str:
    """Where the log of the run is read; empty outside of GitHub."""
    said = [environ.get(name, "") for name in ("GITHUB_SERVER_URL", "GITHUB_REPOSITORY", "GITHUB_RUN_ID")]
    return f"{said[0]}/{said[1]}/actions/runs/{said[2]}" if all(said) else ""


def summary(text: str, environ: Mapping[str, str] = os.environ) -> None:
    """Show a text on the page of the run, where there is one; else print it."""
    file = environ.get("GITHUB_STEP_SUMMARY", "")
    if file:
        with Path(file).open("a", encoding="utf-8") as page:
            page.write(f"{text}\n")
    else:
        print(text)
