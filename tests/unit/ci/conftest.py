"""A GitHub for the tests of what CI runs."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from github_lab import GitHubHere


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[GitHubHere]:
    """A GitHub, which the environment names as a workflow's does."""
    here = GitHubHere()
    for name in ("GITHUB_STEP_SUMMARY", "GITHUB_EVENT_PATH", "AWS_WEB_IDENTITY_TOKEN_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("GITHUB_API_URL", here.url)
    monkeypatch.setenv("GITHUB_REPOSITORY", "octo/shop")
    monkeypatch.setenv("GITHUB_TOKEN", "of-the-job")
    monkeypatch.setenv("GITHUB_SERVER_URL", "https://github.com")
    monkeypatch.setenv("GITHUB_RUN_ID", "42")
    yield here
    here.server.shutdown()
