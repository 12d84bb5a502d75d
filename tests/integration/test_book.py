"""The book's way, whole, on Debian 12: its ten names, MySQL's protocol, a cache of shards, Ruby 3.1 and Rails 6.1."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator

import pytest

from tests.e2e.lab import PROJECT, Lab, temporary, until

sys.path.insert(0, str(PROJECT / "collections"))
from ansible_collections.railyard.aws.plugins.module_utils._deploy.contracts import BOOK

SETTINGS = ("-e", "railyard_app_contract=book")
WEB = ("web01", "web02")


@pytest.fixture(scope="module")
def stack() -> Iterator[Lab]:
    port = int(os.environ.get("RAILYARD_BOOK_PORT", "5207"))
    with temporary("book", port, RAILYARD_SANDBOX_RELEASE="bookworm") as lab:
        lab.up()
        lab.playbook("book", "site.yml", *SETTINGS, timeout=2400)
        yield lab


def test_every_server_serves_and_is_debian_12(stack: Lab) -> None:
    until("both serve", lambda: {stack.page()[1] for _request in range(6)} == set(WEB), 60)
    for host in ("jump01", *WEB):
        assert "VERSION_CODENAME=bookworm" in stack.on(host, "cat /etc/os-release")


@pytest.mark.parametrize("host", WEB)
def test_the_application_has_the_books_names(stack: Lab, host: str) -> None:
    names = stack.on(host, "sudo sed 's/=.*//' /etc/railyard/app.env").split()
    assert set(BOOK) <= set(names) and "REDIS_URL" not in names


def test_second_run_changes_nothing(stack: Lab) -> None:
    run = stack.playbook("book-again", "site.yml", *SETTINGS)
    assert run.changed == 0, str(run)
