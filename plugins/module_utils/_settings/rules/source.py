# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What is wrong with where the application comes from: the source, and its revision; see validation.py."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import redacted, secret_in

Inputs = dict[str, Any]

_GIT = re.compile(r"(https?|ssh|git)://[^/\s]+/\S+|file:///\S+|[^/\s-][^/\s]*@[^/\s]+:\S+")

#: What browsers show of a repository: one of its branches, files, commits, or a place within a page.
_PAGE = re.compile(r"(https?://[^/\s]+/\S+?/[^/\s]+?)(?:/-)?/(?:tree|blob|commits?|pull|merge_requests)/(\S+)|(https?://[^#?\s]+)[#?]\S*")


def directory_problems(inputs: Inputs) -> list[str]:
    """A directory of this machine that holds no application: its bundle would fail on the servers, once all is built."""
    given, gemfile = str(inputs.get("railyard_app_source")), str(inputs.get("app_gemfile") or "Gemfile")
    if not given.startswith("/") or not Path(given).is_dir() or (Path(given) / gemfile).is_file():
        return []
    return [
        f"railyard_app_source is '{given}', in which there is no {gemfile}; write the directory of a Rails application, or say where its Gemfile is with "
        "app_gemfile."
    ]


def source_problems(source: Any, exists: bool) -> list[str]:
    """The application comes from a git URL without a secret in it, or from a directory of this machine.

    ``exists`` says whether ``source`` is such a directory.
    """
    source = str(source)
    shown = redacted(source)
    if not source.startswith("/") and secret_in(source):
        return [
            f"railyard_app_source is '{shown}', with a password or token in it, which would stand in process lists, logs and the "
            "record of releases; write the URL without it. For a private repository give the servers' user a deploy key "
            "(git@host:owner/name.git, with the key in its ~/.ssh) or a credential helper (`git config --global credential.helper`), "
            "or clone it on this machine and write the directory, which the servers then get as an archive."
        ]
    page = _PAGE.fullmatch(source) if not source.endswith(".git") else None
    if page:
        return [
            f"railyard_app_source is '{shown}', a page about a repository, which git cannot clone; write {page[1] or page[3]}, and a branch, tag or commit "
            "into railyard_app_revision."
        ]
    if _GIT.fullmatch(source) or (source.startswith("/") and exists):
        return []
    why = "where there is no directory" if source.startswith("/") else "which is neither a git URL nor an absolute directory"
    return [
        f"railyard_app_source is '{shown}', {why}; write one like https://github.com/moseskim/aws-intro-sample.git, or the "
        "full path of an application on this machine."
    ]


def revision_problems(revision: Any, name: str = "railyard_app_revision") -> list[str]:
    """A branch, a tag, HEAD or the id of a commit, as git writes names (git-check-ref-format)."""
    shown = redacted(str(revision))
    text = str(revision)
    example = "write a branch, a tag or the full id of a commit, such as -e revision=main."
    if revision is None or not text.strip():
        return [f"{name} is empty; {example}"]
    if not isinstance(revision, str):
        return [f'{name} is {shown}, which is no text; quote it, as YAML reads numbers and truths: -e \'{{"revision": "{shown}"}}\'.']
    if text.startswith("-"):
        return [f"{name} is '{shown}', which git would take for an option; {example}"]
    walk = re.fullmatch(r"(.+?)([~^]\d*)+|(.+)@\{.*\}", text)
    if walk and "\n" not in text:
        return [f"{name} is '{shown}', which only a copy of the repository can answer; write what `git rev-parse '{shown}'` says there."]
    odd = re.search(r"[\x00-\x20\x7f~^:?*\[\\]|\.\.|@\{|//|/\.|^\.|^/", text) or re.search(r"(\.lock|/|\.)$|\.lock/|^@$", text)
    if odd:
        return [f"{name} is '{shown}', and git has no names with {odd[0]!r}; {example}"]
    return []


def problems(inputs: Inputs, source_exists: bool) -> list[str]:
    """All problems of this topic. ``revision`` is what ``-e revision=`` gives a deployment."""
    found = source_problems(inputs.get("railyard_app_source"), source_exists)
    found += directory_problems(inputs)
    configured = inputs.get("railyard_app_revision")
    found += revision_problems(configured) if configured is not None else []
    if inputs.get("revision", configured) != configured:
        found += revision_problems(inputs["revision"], "revision")
    return found
