"""Secrets in the URLs of repositories are told from users' names, refused, and shown nowhere."""

from __future__ import annotations

import pytest
from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import HIDDEN, redacted, secret_in
from ansible_collections.railyard.aws.plugins.module_utils._settings.rules.source import (
    problems,
    revision_problems,
    source_problems,
)

SECRET = "s3cr3tT0kenOfMine99"
BAD = [
    f"https://{SECRET}x1@git.example.com/shop.git",
    f"https://ada:{SECRET}@git.example.com/shop.git",
    f"https://:{SECRET}@git.example.com/shop.git",
    f"https://x-access-token:{SECRET}@github.com/me/shop.git",
    f"https://oauth2:{SECRET}@gitlab.com/me/shop.git",
    f"https://ghp_{SECRET}@github.com/me/shop.git",
    f"https://github_pat_{SECRET}:x-oauth-basic@github.com/me/shop.git",
    f"https://glpat-{SECRET}@gitlab.com/me/shop.git",
    f"https://ada%3A{SECRET}@git.example.com/shop.git",
    f"https://ada:{SECRET}%40x@git.example.com/shop.git",
    f"https://ada:{SECRET}@x@git.example.com/shop.git",
    f"https://ada:{SECRET}/x@git.example.com/shop.git",
    f"HTTPS://ada:{SECRET}@git.example.com:8443/shop.git",
    f"ssh://git:{SECRET}@git.example.com/shop.git",
    f"git://ada:{SECRET}@git.example.com/shop.git",
    f"ada:{SECRET}@git.example.com:shop.git",
    f"https://git.example.com/shop.git?private_token={SECRET}",
    f"https://git.example.com/shop.git?a=1&access_token={SECRET}",
    f"https://git.example.com/shop.git?X-Amz-Signature={SECRET}&X-Amz-Date=1",
    f"https://git.example.com/shop.git?private%5Ftoken={SECRET}",
    f"https://git.example.com/shop.git#token={SECRET}",
]
GOOD = [
    "https://github.com/me/shop.git",
    "https://ada@git.example.com/shop.git",
    "https://ada.lovelace-of-the-engine.1815@git.example.com/shop.git",
    "https://git.example.com:8443/shop.git",
    "https://git.example.com/@scope/shop.git",
    "https://git.example.com:8443/@scope/shop.git",
    "ssh://git@git.example.com:2222/shop.git",
    "git@github.com:me/shop.git",
    "https://git-codecommit.ap-northeast-1.amazonaws.com/v1/repos/shop",
    "file:///srv/shop.git",
]


@pytest.mark.parametrize("url", BAD)
def test_a_secret_is_refused_with_the_better_way_and_not_shown(url: str) -> None:
    assert secret_in(url)
    (problem,) = source_problems(url, False)
    assert SECRET not in problem and HIDDEN in problem
    assert "deploy key" in problem and "credential helper" in problem


@pytest.mark.parametrize("url", BAD)
def test_a_secret_is_taken_out_of_what_programs_say(url: str) -> None:
    said = redacted(f"fatal: unable to access '{url}': Could not resolve host ({url})\nfatal: {url} again")
    assert SECRET not in said
    assert said.startswith("fatal: unable to access '") and said.endswith(" again")


@pytest.mark.parametrize("url", GOOD)
def test_what_is_no_secret_stays(url: str) -> None:
    assert not secret_in(url)
    assert source_problems(url, False) == []
    assert redacted(f"fatal: '{url}' is not there") == f"fatal: '{url}' is not there"


NO_SOURCE = ["", "shop", "shop.git", "../shop", "/srv/none", "ext::sh -c id", "-uhost:x", "-oX=id@host:x", None, 5]
NAMES = ["main", "feature/main", "v1.2.3", "HEAD", "refs/heads/main", "refs/pull/7/head", "3f2a91c", "a" * 40, "a@b"]


@pytest.mark.parametrize("source", NO_SOURCE)
def test_what_is_no_source_is_refused(source: object) -> None:
    (problem,) = source_problems(source, False)
    assert f"railyard_app_source is '{source}'" in problem and "https://" in problem


@pytest.mark.parametrize("revision", [*NAMES, "release-1", "größe", "1.10"])
def test_names_of_git_are_revisions(revision: str) -> None:
    assert revision_problems(revision) == []


@pytest.mark.parametrize(
    ("revision", "says"),
    [
        ("-v", "take for an option"),
        ("--upload-pack=id", "take for an option"),
        ("main~1", "git rev-parse 'main~1'"),
        ("HEAD^", "git rev-parse 'HEAD^'"),
        ("v1^{}", "'^'"),
        ("main@{yesterday}", "git rev-parse"),
        ("a b", "' '"),
        ("a\nb", "'\\n'"),
        ("ma*", "'*'"),
        ("a..b", "'..'"),
        ("a:b", "':'"),
        ("main.lock", "'.lock'"),
        ("feature/", "'/'"),
        ("a//b", "'//'"),
        ("$(id)?", "'?'"),
        ("", "is empty"),
        (" ", "is empty"),
        (None, "is empty"),
        (1.1, "quote it"),
        (1234567, "quote it"),
        (True, "quote it"),
        (["main"], "quote it"),
        (f"https://ada:{SECRET}@host/x", "git has no names"),
    ],
)
def test_what_git_could_not_call_a_revision_is_refused(revision: object, says: str) -> None:
    (problem,) = revision_problems(revision)
    assert says in problem
    assert SECRET not in problem


def test_a_deployment_s_revision_is_judged_too() -> None:
    right = {"railyard_app_source": "https://github.com/me/shop.git", "railyard_app_revision": "HEAD"}
    assert problems(right, False) == []
    assert "revision is '-v'" in problems({**right, "revision": "-v"}, False)[0]
    wrong = {**right, "railyard_app_revision": "-v", "revision": "-v"}
    assert len(problems(wrong, False)) == 1, "the default of revision is railyard_app_revision: it is said once"
