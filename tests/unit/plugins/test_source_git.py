"""source_git: which commit a name means, and whether its files are all of them. The repositories are real."""

from __future__ import annotations

import os
import subprocess
import tarfile
from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.modules import source_git

NOBODY = {
    **{"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"},
    **{f"GIT_{who}_{what}": "a@example.com" for who in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")},
}


class Work:
    """A work tree whose commits are pushed nowhere: its directory is the repository."""

    def __init__(self, root: Path) -> None:
        self.root = root
        root.mkdir()
        self.git("init", "--quiet", "--initial-branch=main")
        self.commit("one")

    @property
    def url(self) -> str:
        return f"file://{self.root}"

    def git(self, *words: str) -> str:
        done = subprocess.run(
            ["git", "-c", "protocol.file.allow=always", *words],
            cwd=self.root,
            env={**os.environ, **NOBODY},
            check=True,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip()

    def write(self, name: str, text: str) -> None:
        file = self.root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self, text: str, name: str = "app.rb") -> str:
        self.write(name, text)
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", text[:20])
        return self.git("rev-parse", "HEAD")


@pytest.fixture
def work(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Work:
    for name, value in NOBODY.items():
        monkeypatch.setenv(name, value)
    return Work(tmp_path / "work")


@pytest.fixture
def bring(run_module, work: Work, tmp_path: Path):
    """``bring(revision)`` has the files in ``tmp_path/dest``; the module's result."""

    def bring(revision: str, **arguments) -> dict:
        dest = tmp_path / "dest"
        dest.mkdir(exist_ok=True)
        usual = {"repository": work.url, "revision": revision, "copy": str(tmp_path / "copy"), "dest": str(dest)}
        return run_module(source_git, **{**usual, **arguments})

    return bring


@pytest.fixture
def resolve(run_module, work: Work):
    return lambda revision, **more: run_module(source_git, repository=work.url, revision=revision, **more)


def branch(work: Work, name: str, text: str) -> str:
    work.git("switch", "--quiet", "--create", name)
    commit = work.commit(text)
    work.git("switch", "--quiet", "main")
    return commit


def test_a_branch_is_not_another_that_ends_alike(resolve, work: Work) -> None:
    # Listed before refs/heads/main, and so was deployed as main.
    others = {name: branch(work, name, name) for name in ("feature/main", "a/b/main", "mainline")}
    main = work.git("rev-parse", "main")
    result = resolve("main")
    assert (result["revision"], result["ref"], result["changed"]) == (main, "refs/heads/main", False)
    for name, commit in others.items():
        assert resolve(name)["revision"] == commit
        assert resolve(f"refs/heads/{name}")["revision"] == commit
        assert resolve(f"heads/{name}")["revision"] == commit


def test_only_another_branch_that_ends_alike_is_none(resolve, work: Work) -> None:
    branch(work, "feature/release", "x")
    result = resolve("release")
    assert "has no branch or tag 'release'" in result["msg"]
    assert "feature/release" in result["msg"] and "-e revision=" in result["msg"]


def test_an_annotated_tag_is_the_commit_behind_it(resolve, work: Work) -> None:
    first = work.git("rev-parse", "HEAD")
    work.git("tag", "--annotate", "v1", "--message", "One")
    work.git("tag", "light")
    work.commit("two")
    assert (resolve("v1")["revision"], resolve("v1")["ref"]) == (first, "refs/tags/v1")
    assert resolve("light")["revision"] == first
    assert resolve("refs/tags/v1")["revision"] == first
    assert resolve("HEAD")["revision"] == work.git("rev-parse", "main")


def test_a_branch_and_a_tag_of_one_name_are_refused_with_both(resolve, work: Work) -> None:
    tagged = work.git("rev-parse", "HEAD")
    work.git("tag", "--annotate", "stable", "--message", "One")
    assert branch(work, "refs-apart", "x") != tagged
    work.git("branch", "stable", "main")
    assert resolve("stable")["revision"] == tagged, "of one commit it does not matter which"
    work.git("branch", "--force", "stable", "refs-apart")
    msg = resolve("stable")["msg"]
    assert f"-e revision=refs/tags/stable is {tagged}" in msg
    assert f"-e revision=refs/heads/stable is {work.git('rev-parse', 'refs/heads/stable')}" in msg
    assert resolve("refs/tags/stable")["revision"] == tagged


def test_a_short_id_is_found_at_tips_and_otherwise_said(resolve, work: Work) -> None:
    first = work.git("rev-parse", "HEAD")
    last = work.commit("two")
    assert resolve(last[:8])["revision"] == last
    msg = resolve(first[:8])["msg"]
    assert "full id" in msg and f"git rev-parse {first[:8]}" in msg
    assert resolve(first)["revision"] == first


def test_a_name_that_looks_like_an_id_is_a_name(resolve, work: Work) -> None:
    commit = branch(work, "deadbeef", "x")
    assert resolve("deadbeef")["revision"] == commit


@pytest.mark.parametrize(("wrong", "right"), [("mian", "main"), ("origin/main", "main"), ("Main", "main")])
def test_a_misspelt_name_gets_the_right_one(resolve, wrong: str, right: str) -> None:
    assert f"did you mean '{right}'?" in resolve(wrong)["msg"]


@pytest.mark.parametrize("revision", ["--upload-pack=id", "main~1", "ma*", "a b"])
def test_odd_revisions_never_reach_git(resolve, revision: str) -> None:
    assert f"revision is '{revision}'" in resolve(revision)["msg"]


def test_a_secret_in_the_url_is_refused_and_not_said(run_module) -> None:
    result = run_module(source_git, repository="https://ada:s3cr3tT0ken@127.0.0.1:1/shop.git")
    assert result["failed"] and "s3cr3tT0ken" not in result["msg"]


def test_what_git_says_of_a_repository_that_is_not_there_comes_with_a_command(run_module, tmp_path: Path) -> None:
    msg = run_module(source_git, repository=f"file://{tmp_path}/none")["msg"]
    assert "git ls-remote of file://" in msg and "failed: fatal:" in msg and "`git ls-remote file://" in msg


def test_the_files_are_those_of_the_revision(bring, work: Work, tmp_path: Path) -> None:
    first = work.git("rev-parse", "HEAD")
    work.commit("two")
    assert bring(first)["changed"]
    assert (tmp_path / "dest/app.rb").read_text() == "one"
    assert bring("main")["revision"] == work.git("rev-parse", "main")
    assert (tmp_path / "dest/app.rb").read_text() == "two"
    assert not list((tmp_path / "copy").glob("release-*"))


def test_a_branch_that_was_rewritten_is_followed(bring, work: Work, tmp_path: Path) -> None:
    bring("main")
    work.git("commit", "--quiet", "--amend", "--message", "again")
    work.commit("three")
    bring("main")
    assert (tmp_path / "dest/app.rb").read_text() == "three"


def test_a_shallow_copy_has_the_commit_too(bring, work: Work, tmp_path: Path) -> None:
    first = work.git("rev-parse", "HEAD")
    work.commit("two")
    bring("main", depth=1)
    assert (tmp_path / "dest/app.rb").read_text() == "two"
    bring(first, depth=1)
    assert (tmp_path / "dest/app.rb").read_text() == "one"


def test_a_commit_that_is_not_there_is_said(bring) -> None:
    assert f"has no commit {'a' * 40}" in bring("a" * 40)["msg"]


def test_a_copy_of_an_earlier_version_loses_the_url_it_kept(bring, work: Work, tmp_path: Path) -> None:
    bring("main")
    config = tmp_path / "copy" / "config"
    config.write_text(config.read_text() + '[remote "origin"]\n\turl = https://ada:s3cr3tT0ken@host/shop.git\n')
    work.commit("two")
    assert bring("main")["changed"]
    assert "s3cr3tT0ken" not in config.read_text()
    assert (tmp_path / "dest/app.rb").read_text() == "two"


def test_check_mode_brings_nothing(bring, work: Work, tmp_path: Path) -> None:
    assert bring("main", check=True)["revision"] == work.git("rev-parse", "HEAD")
    assert not list((tmp_path / "dest").iterdir())


def test_attributes_keep_nothing_out(bring, work: Work, tmp_path: Path) -> None:
    work.write("config/kept.rb", "x")
    work.commit("/config export-ignore\n*.lock export-ignore\n", ".gitattributes")
    work.commit("locked", "Gemfile.lock")
    bring("main")
    assert (tmp_path / "dest/config/kept.rb").exists() and (tmp_path / "dest/Gemfile.lock").exists()


def submodule(work: Work, tmp_path: Path, path: str) -> None:
    other = Work(tmp_path / "theme")
    work.git("submodule", "--quiet", "add", "--", other.url, path)
    work.git("commit", "--quiet", "--message", "theme")


def test_a_submodule_is_refused_by_name(bring, work: Work, tmp_path: Path) -> None:
    submodule(work, tmp_path, "vendor/theme")
    msg = bring("main")["msg"]
    assert "vendor/theme is a submodule" in msg and "--recurse-submodules" in msg
    assert not list((tmp_path / "dest").iterdir())


def test_a_submodule_of_tests_is_only_warned_of(bring, work: Work, tmp_path: Path) -> None:
    submodule(work, tmp_path, "spec/fixtures/theme")
    result = bring("main")
    assert result["changed"] and "spec/fixtures/theme is a submodule" in str(result["warnings"])


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 1234567\n"


def test_a_large_file_that_is_elsewhere_is_refused_by_name(bring, work: Work) -> None:
    work.commit(f"Pointers look like this:\n{POINTER}", "README.md")
    work.commit(POINTER + "#" * 2000, "long.txt")
    assert bring("main")["changed"]
    work.commit(POINTER, "public/film.mp4")
    msg = bring("main")["msg"]
    assert "public/film.mp4 is kept elsewhere by git LFS" in msg and "git lfs pull" in msg
    assert "long.txt" not in msg


def test_no_option_is_wanted_by_half(run_module, work: Work, tmp_path: Path) -> None:
    assert "copy" in run_module(source_git, repository=work.url, dest=str(tmp_path))["msg"]


def test_a_commit_is_packed_for_its_owner_alone_and_once(run_module, work: Work, tmp_path: Path) -> None:
    archive = tmp_path / "releases" / "main.tar.gz"
    asked = {"repository": work.url, "copy": str(archive.parent / "copy.git"), "archive": str(archive)}
    first = run_module(source_git, revision="main", **asked)
    assert first["changed"] and first["revision"] == work.git("rev-parse", "main")
    assert archive.stat().st_mode & 0o777 == 0o600 and archive.parent.stat().st_mode & 0o777 == 0o700
    with tarfile.open(archive) as packed:
        assert sorted(packed.getnames()) == sorted(work.git("ls-files").splitlines())
    assert not run_module(source_git, revision="main", **asked)["changed"]
    assert sorted(entry.name for entry in archive.parent.iterdir()) == ["copy.git", "main.tar.gz"]


def test_an_archive_that_would_not_be_whole_is_not_left(run_module, work: Work, tmp_path: Path) -> None:
    work.commit(POINTER, "public/film.mp4")
    archive = tmp_path / "releases" / "main.tar.gz"
    asked = {"repository": work.url, "copy": str(tmp_path / "copy"), "archive": str(archive)}
    assert "git LFS" in run_module(source_git, revision="main", **asked)["msg"]
    assert not list((tmp_path / "releases").iterdir())


def configured(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, text: str) -> None:
    """The person's own settings of git."""
    (tmp_path / "gitconfig").write_text(text)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(tmp_path / "gitconfig"))


SETTINGS = {
    "line ends": "[core]\n autocrlf = true\n eol = crlf\n",
    "attributes": "[core]\n attributesFile = {tmp_path}/attributes\n",
    "rights": "[tar]\n umask = 0077\n",
}


@pytest.mark.parametrize("text", SETTINGS.values(), ids=SETTINGS)
def test_files_are_as_committed_whatever_a_person_has_git_do(
    bring, work, tmp_path: Path, monkeypatch, text: str
) -> None:
    work.commit("#!/bin/sh\necho\n", "bin/start")
    (tmp_path / "attributes").write_text("* text eol=crlf\n")
    configured(monkeypatch, tmp_path, text.format(tmp_path=tmp_path))
    assert bring("main")["changed"]
    start = tmp_path / "dest/bin/start"
    assert start.read_bytes() == b"#!/bin/sh\necho\n" and start.stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize("text", ["[color]\n ui = always\n", "[grep]\n patternType = fixed\n"])
def test_large_files_are_seen_whatever_a_person_has_git_do(bring, work, tmp_path, monkeypatch, text: str) -> None:
    work.commit(POINTER, "public/film.mp4")
    configured(monkeypatch, tmp_path, text)
    assert "public/film.mp4 is kept elsewhere by git LFS" in bring("main")["msg"]


def test_a_large_file_of_tests_is_not_asked_for(bring, work: Work, tmp_path: Path, monkeypatch) -> None:
    work.write(".gitattributes", "*.mp4 filter=lfs\n")
    work.commit(POINTER, "spec/film.mp4")
    # As git-lfs answers that does not reach the repository's server.
    configured(monkeypatch, tmp_path, '[filter "lfs"]\n smudge = false\n required = true\n')
    assert "spec/film.mp4 is kept elsewhere" in str(bring("main")["warnings"])


@pytest.mark.parametrize(
    "name",
    ["GIT_DIR", "GIT_WORK_TREE", "GIT_OBJECT_DIRECTORY", "GIT_NAMESPACE", "GIT_COMMON_DIR", "GIT_INDEX_FILE"],
)
def test_a_hook_of_another_repository_may_deploy(bring, work: Work, tmp_path: Path, monkeypatch, name: str) -> None:
    monkeypatch.setenv(name, str(tmp_path))
    assert bring("main").get("msg") is None
    assert (tmp_path / "dest/app.rb").read_text() == "one"


def test_a_repository_may_have_the_longer_hash(run_module, work: Work, tmp_path: Path, monkeypatch) -> None:
    newer = tmp_path / "newer"
    newer.mkdir()
    work.root = newer
    work.git("init", "--quiet", "--initial-branch=main", "--object-format=sha256")
    commit = work.commit("two")
    asked = {"repository": work.url, "revision": "main", "copy": str(tmp_path / "copy"), "dest": str(tmp_path / "dest")}
    assert run_module(source_git, **asked)["revision"] == commit and len(commit) == 64
    assert (tmp_path / "dest/app.rb").read_text() == "two"


def test_a_copy_that_was_left_half_is_completed(bring, tmp_path: Path) -> None:
    (tmp_path / "copy").mkdir()
    (tmp_path / "copy/HEAD").write_text("ref: refs/heads/main\n")
    assert bring("main")["changed"] and (tmp_path / "dest/app.rb").exists()


def test_an_empty_repository_is_called_so(run_module, work: Work, tmp_path: Path) -> None:
    work.git("init", "--quiet", "--bare", str(tmp_path / "empty"))
    msg = run_module(source_git, repository=f"file://{tmp_path}/empty")["msg"]
    assert "it is empty" in msg and "`git push" in msg
