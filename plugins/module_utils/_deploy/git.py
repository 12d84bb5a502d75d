# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Revisions of a git repository: which commit a name means, and the files of one, whole."""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterator, MutableMapping
from dataclasses import dataclass
from pathlib import Path

from ansible_collections.railyard.aws.plugins.module_utils._deploy.archives import ArchiveError
from ansible_collections.railyard.aws.plugins.module_utils._deploy.completeness import POINTER, dispensable
from ansible_collections.railyard.aws.plugins.module_utils._deploy.urls import redacted

#: Runs a program and returns status, output and errors.
Run = Callable[[list[str]], tuple[int, str, str]]

COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
_SHORT = re.compile(r"[0-9a-f]{7,63}")
#: How many names a message lists.
_LISTED = 10
#: What tells git of another repository than the one it is asked about: a hook of git that runs a deployment has it. Settings
#: (``GIT_CONFIG_*``, ``GIT_SSH_COMMAND``) are the person's and stay.
_ELSEWHERE = (
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_COMMON_DIR", "GIT_DEFAULT_HASH", "GIT_DIR", "GIT_GRAFT_FILE", "GIT_IMPLICIT_WORK_TREE"),
    *("GIT_INDEX_FILE", "GIT_NAMESPACE", "GIT_OBJECT_DIRECTORY", "GIT_PREFIX", "GIT_QUARANTINE_PATH", "GIT_REPLACE_REF_BASE"),
    *("GIT_SHALLOW_FILE", "GIT_WORK_TREE"),
)
#: Of the person's settings those that would make other files of a commit than those it has, or hide them from nginx.
_AS_COMMITTED = ("core.autocrlf=false", "core.eol=lf", "core.attributesFile=/dev/null", "tar.umask=0022")


def forget_elsewhere(environ: MutableMapping[str, str]) -> None:
    """Take out of an environment what would have git speak of another repository than it is asked about."""
    for name in _ELSEWHERE:
        environ.pop(name, None)


@dataclass(frozen=True)
class Found:
    """A commit, and the ref that led to it; none where the commit itself was asked for."""

    commit: str
    ref: str = ""


def parse_refs(text: str) -> dict[str, str]:
    """Ref → commit of ``git ls-remote``: of an annotated tag the commit behind it, which git lists as ``NAME^{}``."""
    pairs = [line.split("\t", 1) for line in text.splitlines() if re.match(r"[0-9a-f]{40,64}\t", line)]
    refs = {ref: commit for commit, ref in pairs}
    return {ref: refs.get(f"{ref}^{{}}", commit) for ref, commit in refs.items() if not ref.endswith("^{}")}


def exact_refs(revision: str) -> list[str]:
    """What a name may mean. ``git ls-remote URL main`` would list ``feature/main`` as well."""
    if revision == "HEAD" or revision.startswith("refs/"):
        return [revision]
    written_out = [f"refs/{revision}"] if revision.startswith(("heads/", "tags/")) else []
    return [f"refs/heads/{revision}", f"refs/tags/{revision}", *written_out]


def resolve(revision: str, refs: dict[str, str]) -> Found | None:
    """What a name means among ``refs``. Raises ArchiveError when it means several commits."""
    found = {ref: refs[ref] for ref in exact_refs(revision) if ref in refs}
    if len(set(found.values())) > 1:
        each = "; ".join(f"-e revision={ref} is {commit}" for ref, commit in found.items())
        raise ArchiveError(f"revision is '{revision}', which is both a branch and a tag, of different commits; write which: {each}.")
    return next((Found(commit, ref) for ref, commit in found.items()), None)


def abbreviated(revision: str, refs: dict[str, str]) -> Found | None:
    """The commit at the tip of a branch or tag whose id begins so. Raises ArchiveError when there are several."""
    if not _SHORT.fullmatch(revision):
        return None
    commits = sorted({commit for commit in refs.values() if commit.startswith(revision)})
    if len(commits) > 1:
        raise ArchiveError(f"revision is '{revision}', and several commits begin so: {', '.join(commits)}; write one of them.")
    return Found(commits[0]) if commits else None


class Repository:
    """A repository elsewhere, and a bare copy of it here.

    :param run: see ``Run``
    :param url: where it is
    :param copy: directory of the copy, made when something is brought
    """

    def __init__(self, run: Run, url: str, copy: Path) -> None:
        self._run = run
        self._url = url
        self._copy = copy

    def resolve(self, revision: str) -> Found:
        """The commit that a branch, a tag, HEAD, or a commit's id means. Raises ArchiveError."""
        if COMMIT.fullmatch(revision):
            return Found(revision)
        found = resolve(revision, self._refs(*exact_refs(revision)))
        if found:
            return found
        refs = self._refs()
        found = abbreviated(revision, refs)
        if found:
            return found
        raise ArchiveError(self._unknown(revision, refs))

    def bring(self, found: Found, depth: int = 0) -> None:
        """Have the commit in the copy; with ``depth`` no more of its history. Raises ArchiveError."""
        # Also where there is one: what was killed meanwhile may be half. Fetching from a repository of the other hash fails.
        form = "sha1" if len(found.commit) == 40 else "sha256"
        self._must(["git", "init", "--quiet", "--bare", f"--object-format={form}", str(self._copy)])
        self._forget_url()
        if self._has(found.commit):
            return
        shallow = ["--depth", str(depth)] if depth else []
        wanted = [found.ref or found.commit] if depth else ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]
        status, said = self._fetch([*shallow, "--no-tags", "--force"], wanted)
        # The branch moved meanwhile, or the commit is on none, or old servers of git give no single commits.
        for names in ([found.commit], ["+refs/heads/*:refs/heads/*", "+refs/tags/*:refs/tags/*"]):
            if self._has(found.commit):
                return
            status, said = self._fetch([], names)
        if not self._has(found.commit):
            reason = f" ({said})" if status and said else ""
            raise ArchiveError(f"{redacted(self._url)} has no commit {found.commit}{reason}; write one that it has, for example -e revision=main.")

    def unpack(self, commit: str, dest: Path) -> list[str]:
        """Put the files of a commit into ``dest``. Returns what it lacks that a release can do without.

        Raises ArchiveError when it would not be whole: submodules and large files are in no commit.
        """
        packed = self._copy / f"release-{os.getpid()}.tar"
        try:
            lacking = self._archive(commit, "tar", packed)
            self._must(["tar", "--extract", "--no-same-owner", "--directory", str(dest), "--file", str(packed)])
        finally:
            packed.unlink(missing_ok=True)
        return lacking

    def pack(self, commit: str, archive: Path) -> list[str]:
        """Write the files of a commit into a compressed archive that only its owner may read. Returns and raises as ``unpack``."""
        candidate = archive.with_name(f".{archive.name}-{os.getpid()}")
        try:
            candidate.touch(mode=0o600)
            lacking = self._archive(commit, "tar.gz", candidate)
            candidate.replace(archive)
        finally:
            candidate.unlink(missing_ok=True)
        return lacking

    def _archive(self, commit: str, form: str, file: Path) -> list[str]:
        """Have git write the commit into ``file``, whole or not at all."""
        lacking = [*self._submodules(commit), *self._pointers(commit)]
        missed = [text for text, path in lacking if not dispensable(path)]
        if missed:
            raise ArchiveError(
                f"Commit {commit[:12]} of {redacted(self._url)} is not the whole application: {'; '.join(missed[:_LISTED])}. "
                "Clone it on the controller (`git clone --recurse-submodules URL DIRECTORY`, there `git lfs pull`) and write that "
                "directory in railyard_app_source, or put these files into the repository itself."
            )
        # Attributes keep files out of archives for whoever downloads one; a release is all of the commit. Filters are programs of
        # this machine, such as git LFS, which would ask for what a release does without.
        attributes = self._copy / "info" / "attributes"
        attributes.parent.mkdir(exist_ok=True)
        attributes.write_text("* -export-ignore -filter\n", encoding="utf-8")
        settings = [word for setting in _AS_COMMITTED for word in ("-c", setting)]
        self._must(["git", *settings, "--git-dir", str(self._copy), "archive", f"--format={form}", f"--output={file}", commit])
        return [text for text, path in lacking if dispensable(path)]

    def _refs(self, *names: str) -> dict[str, str]:
        """Refs of the repository with their commits; with names at most these."""
        options = [] if names else ["--heads", "--tags"]
        peeled = [f"{name}^{{}}" for name in names]
        return parse_refs(self._must(["git", "ls-remote", *options, "--", self._url, *names, *peeled]))

    def _unknown(self, revision: str, refs: dict[str, str]) -> str:
        names = sorted({ref.split("/", 2)[2] for ref in refs})
        text = f"{redacted(self._url)} has no branch or tag '{revision}'"
        if _SHORT.fullmatch(revision):
            return f"{text}, and none whose commit begins so; write the commit's full id, which `git rev-parse {revision}` says in a copy."
        if not names:
            return f"{text}, as it is empty: it has no branches and no tags. Push the application to it (`git push {redacted(self._url)} HEAD:main`)."
        near = difflib.get_close_matches(revision.removeprefix("origin/"), names, n=1)
        shown = ", ".join(names[:_LISTED]) + (f" and {len(names) - _LISTED} more" if len(names) > _LISTED else "")
        hint = f"; did you mean '{near[0]}'?" if near else "."
        example = near[0] if near else names[0]
        return f"{text}{hint} It has {shown}. Write one of these, or a commit's full id, for example `-e revision={example}`."

    def _submodules(self, commit: str) -> Iterator[tuple[str, str]]:
        listed = self._must(["git", "--git-dir", str(self._copy), "ls-tree", "-r", "-z", "--full-tree", commit])
        for entry in filter(None, listed.split("\0")):
            mode, path = entry.split(" ", 1)[0], entry.split("\t", 1)[1]
            if mode == "160000":
                yield f"{path} is a submodule", path

    def _pointers(self, commit: str) -> Iterator[tuple[str, str]]:
        # Whatever the person's settings and the files' attributes say of patterns, colours and what is binary.
        how = ["-z", "--text", "--basic-regexp", "--no-color", "--files-with-matches"]
        command = ["git", "--git-dir", str(self._copy), "grep", *how, "-e", f"^{POINTER}", commit]
        status, out, said = self._run(command)
        if status > 1:
            raise ArchiveError(self._failed(command, said))
        for entry in filter(None, out.split("\0")):
            path = entry.split(":", 1)[1]
            content = self._must(["git", "--git-dir", str(self._copy), "cat-file", "blob", f"{commit}:{path}"])
            # What only tells of pointers has other lines before, or is longer.
            if content.startswith(POINTER) and len(content) < 1024:
                yield f"{path} is kept elsewhere by git LFS", path

    def _forget_url(self) -> None:
        """A copy of an earlier version kept the URL with what was in it."""
        self._run(["git", "--git-dir", str(self._copy), "config", "--remove-section", "remote.origin"])

    def _has(self, commit: str) -> bool:
        return self._run(["git", "--git-dir", str(self._copy), "cat-file", "-e", f"{commit}^{{commit}}"])[0] == 0

    def _fetch(self, options: list[str], refs: list[str]) -> tuple[int, str]:
        status, _out, said = self._run(["git", "--git-dir", str(self._copy), "fetch", "--quiet", *options, "--", self._url, *refs])
        return status, redacted(said.strip())

    def _must(self, command: list[str]) -> str:
        status, out, said = self._run(command)
        if status:
            raise ArchiveError(self._failed(command, said))
        return out

    def _failed(self, command: list[str], said: str) -> str:
        doing = next((word for word in command[1:] if re.fullmatch(r"[a-z][a-z-]*", word)), "")
        reason = redacted(" ".join(said.split())).rstrip(".") or "no reason given"
        return (
            f"{command[0]} {doing} of {redacted(self._url)} failed: {reason}. Try it as the same user on the same machine: "
            f"`git ls-remote {redacted(self._url)}`."
        )
