"""source_archive and source_archive_check: what of a directory is packed, how closed, and whether it is still that."""

from __future__ import annotations

import gzip
import os
import stat
import subprocess
import tarfile
from pathlib import Path

import pytest
from ansible_collections.railyard.aws.plugins.modules import source_archive, source_archive_check

CONFIG = {"GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_SYSTEM": "/dev/null"}
FILES = ["Gemfile", "app/models/user.rb", "bin/rails", "config/database.yml", "public/robots.txt"]
KEYS = [
    *(".env", ".env.production", "config/master.key", "config/credentials/production.key", "id_rsa", ".netrc"),
    *("db/production.sqlite3", "storage.sqlite3-wal", "certs/site.p12", ".git-credentials", "deploy/prod.tfvars"),
    *(".aws/credentials", "dump.rdb"),
]
MADE = [
    *("log/production.log", "tmp/cache/x", "node_modules/a/index.js", ".bundle/config", "storage/ab/cd"),
    "public/assets/a.css",
]


def write(root: Path, names: list[str], text: str = "x") -> None:
    for name in names:
        file = root / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)


def git(root: Path, *words: str) -> None:
    command = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", "-c", "protocol.file.allow=always", *words]
    subprocess.run(command, cwd=root, env={**os.environ, **CONFIG}, check=True, capture_output=True)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    root = tmp_path / "shop"
    write(root, FILES)
    return root


@pytest.fixture
def tree(root: Path) -> Path:
    """The same as a work tree of git, with everything committed."""
    git(root, "init", "--quiet")
    git(root, "add", "--all")
    git(root, "commit", "--quiet", "--message", "one")
    return root


@pytest.fixture
def pack(run_module, root: Path, tmp_path: Path):
    usual = {"path": str(root), "dest": str(tmp_path / "archives")}
    return lambda **arguments: run_module(source_archive, **{**usual, **arguments})


def packed(result: dict) -> dict[str, tarfile.TarInfo]:
    with tarfile.open(result["archive"]) as tar:
        return {member.name: member for member in tar}


def test_a_plain_directory_comes_without_keys_and_what_is_made_anew(pack, root: Path) -> None:
    write(root, [*KEYS, *MADE, ".env.example"])
    result = pack()
    assert sorted(packed(result)) == sorted([*FILES, ".env.example"])
    assert sorted(result["secrets"]) == sorted(KEYS)
    assert result["untracked"] == []


def test_of_a_work_tree_comes_what_git_tracks_as_it_is_now(pack, tree: Path) -> None:
    write(tree, ["app/models/new.rb", "notes.txt", "ignored.rb"])
    write(tree, [".gitignore"], "ignored.rb\n")
    git(tree, "add", ".gitignore", "app/models/new.rb")
    write(tree, ["Gemfile"], "changed and not committed")
    (tree / "config/database.yml").unlink()
    result = pack()
    names = packed(result)
    assert sorted(names) == sorted({*FILES, "app/models/new.rb", ".gitignore"} - {"config/database.yml"})
    assert result["untracked"] == ["notes.txt"]
    assert names["Gemfile"].size == len("changed and not committed")


def test_a_key_that_git_tracks_is_left_out_and_named(pack, tree: Path) -> None:
    write(tree, ["config/master.key", ".env"])
    git(tree, "add", "--force", ".")
    result = pack()
    assert sorted(result["secrets"]) == [".env", "config/master.key"]
    assert sorted(packed(result)) == FILES


def test_a_part_of_a_work_tree_is_a_source_of_its_own(pack, tree: Path) -> None:
    write(tree, ["app/models/untracked.rb"])
    assert sorted(packed(pack(path=str(tree / "app")))) == ["models/user.rb"]


def test_a_directory_that_git_ignores_comes_whole(pack, tree: Path) -> None:
    write(tree, ["build/shop/Gemfile", "build/shop/app.rb"])
    write(tree, [".gitignore"], "build/\n")
    assert sorted(packed(pack(path=str(tree / "build/shop")))) == ["Gemfile", "app.rb"]


def test_without_git_the_names_decide(pack, tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from ansible.module_utils.basic import AnsibleModule

    monkeypatch.setattr(AnsibleModule, "get_bin_path", lambda *_args, **_more: None)
    write(tree, [".env", "untracked.rb"])
    result = pack()
    assert sorted(packed(result)) == sorted([*FILES, "untracked.rb"])
    assert result["secrets"] == [".env"]


def test_a_repository_starts_no_program_of_its_own(pack, tree: Path, tmp_path: Path) -> None:
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/started\n")
    program.chmod(0o755)
    git(tree, "config", "core.fsmonitor", str(program))
    pack()
    assert not (tmp_path / "started").exists()


@pytest.mark.parametrize(
    ("name", "text", "left_out"),
    [
        (".npmrc", "//registry.npmjs.org/:_authToken=npm_abc\n", True),
        (".npmrc", "registry=https://registry.npmjs.org/\n", False),
        (".yarnrc.yml", "npmAuthToken: abc\n", True),
        ("config/site.pem", "-----BEGIN RSA PRIVATE KEY-----\n", True),
        ("config/rds-ca.pem", "-----BEGIN CERTIFICATE-----\n", False),
        ("config/google.json", '{"private_key": "-----BEGIN PRIVATE KEY-----\\n"}', True),
        ("config/settings.json", "{}", False),
        ("spec/fixtures/site.pem", "-----BEGIN RSA PRIVATE KEY-----\n", False),
        (".env.example", "TOKEN=\n", False),
    ],
)
def test_what_may_carry_a_secret_is_read(pack, root: Path, name: str, text: str, left_out: bool) -> None:
    write(root, [name], text)
    result = pack()
    assert (result["secrets"] == [name], name not in packed(result)) == (left_out, left_out)


def test_excludes_add_and_includes_bring_back(pack, tree: Path) -> None:
    write(tree, [".env", "public/packs/a.js", "public/assets/b.css", "doc/a.md", "app/models/b.md"])
    git(tree, "add", "--force", ".env", "doc", "app")
    result = pack(exclude=["*.md", "public/robots.txt"], include=[".env", "public/packs/*"])
    assert sorted(packed(result)) == sorted({*FILES, ".env", "public/packs/a.js"} - {"public/robots.txt"})
    assert result["secrets"] == []
    assert not [name for name in packed(pack(include=["*"])) if name.startswith(".git/")]


def test_modes_are_kept_tight(pack, root: Path) -> None:
    for name, mode in {"Gemfile": 0o600, "bin/rails": 0o700, "app/models/user.rb": 0o640}.items():
        (root / name).chmod(mode)
    for name, mode in {"public/robots.txt": 0o600, "config/database.yml": 0o664}.items():
        (root / name).chmod(mode)
    modes = {name: member.mode for name, member in packed(pack()).items()}
    # What nginx hands out it has to be able to read.
    assert modes == {
        **{"Gemfile": 0o600, "bin/rails": 0o700, "app/models/user.rb": 0o644},
        **{"public/robots.txt": 0o644, "config/database.yml": 0o644},
    }


def test_the_archive_is_its_owner_s_only(pack, tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        archive = Path(pack()["archive"])
    finally:
        os.umask(before)
    assert stat.S_IMODE(archive.stat().st_mode) == 0o600
    assert stat.S_IMODE(archive.parent.stat().st_mode) == 0o700


def test_the_same_files_are_the_same_archive(pack, root: Path) -> None:
    first = pack()
    content = Path(first["archive"]).read_bytes()
    Path(first["archive"]).unlink()
    os.utime(root / "Gemfile", (1, 1))
    second = pack()
    assert (second["revision"], Path(second["archive"]).read_bytes()) == (first["revision"], content)
    assert not pack()["changed"]
    write(root, ["Gemfile"], "y")
    assert pack(check=True)["revision"] != first["revision"]
    assert len(list(Path(first["archive"]).parent.iterdir())) == 1


@pytest.mark.parametrize("target", ["/etc/passwd", "../../other", "x/../../../other"])
def test_a_link_that_leads_out_is_refused(pack, root: Path, target: str) -> None:
    (root / "config/secrets.yml").symlink_to(target)
    assert f"{root}/config/secrets.yml is a link to" in pack()["msg"]
    assert pack(exclude=["config/secrets.yml"])["files"] == len(FILES)


def test_a_link_within_stays_a_link(pack, root: Path) -> None:
    (root / "config/other.yml").symlink_to("database.yml")
    assert packed(pack())["config/other.yml"].linkname == "database.yml"


def test_a_large_file_that_is_elsewhere_is_refused(pack, root: Path) -> None:
    write(root, ["public/film.mp4"], f"version https://git-lfs.github.com/spec/v1\noid sha256:{'a' * 64}\nsize 1\n")
    assert f"{root}/public/film.mp4 is kept elsewhere by git LFS" in pack()["msg"]


def test_a_submodule_comes_along_once_it_is_checked_out(pack, tree: Path, tmp_path: Path) -> None:
    other = tmp_path / "theme"
    write(other, ["style.css"])
    git(other, "init", "--quiet")
    git(other, "add", "--all")
    git(other, "commit", "--quiet", "--message", "one")
    git(tree, "submodule", "--quiet", "add", "--", str(other), "vendor/theme")
    assert "vendor/theme/style.css" in packed(pack())
    git(tree, "submodule", "--quiet", "deinit", "--force", "vendor/theme")
    assert "vendor/theme is a submodule that is not checked out" in pack()["msg"]


def test_a_directory_of_keys_only_says_so(run_module, tmp_path: Path) -> None:
    write(tmp_path / "keys", [".env"])
    assert "nothing else than .env" in run_module(source_archive, path=str(tmp_path / "keys"))["msg"]


@pytest.fixture
def check(run_module):
    def check(result: dict, **more) -> dict:
        wanted = {"path": result["archive"], "revision": result["revision"], "origin": "s3://lab/a.tar.gz"}
        return run_module(source_archive_check, **{**wanted, **more})

    return check


def test_an_archive_that_is_what_was_packed_passes(pack, check) -> None:
    result = pack()
    assert not check(result)["changed"]
    Path(result["archive"]).chmod(0o644)
    assert check(result, check=True)["changed"]
    assert check(result)["changed"]
    assert stat.S_IMODE(Path(result["archive"]).stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "content",
    [gzip.compress(b"another"), b"no archive", b"", gzip.compress(b"x" * 9999)[:-9]],
    ids=["another", "none", "empty", "cut"],
)
def test_an_archive_that_is_another_is_refused_and_removed(pack, check, content: bytes) -> None:
    result = pack()
    Path(result["archive"]).write_bytes(content)
    assert check(result, check=True)["failed"]
    msg = check(result)["msg"]
    assert result["archive"] in msg and "`aws s3 rm s3://lab/a.tar.gz`" in msg
    assert not Path(result["archive"]).exists()
    assert "cannot be read" in check(result)["msg"]


@pytest.mark.parametrize("name", ["GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR"])
def test_a_hook_of_another_repository_may_deploy(pack, tree: Path, tmp_path: Path, monkeypatch, name: str) -> None:
    write(tree, [".gitignore", "private/people.csv"], "private\n")
    git(tree, "add", "--all")
    first = pack()
    # As git tells its hooks; without git's word what it ignores would come along.
    monkeypatch.setenv(name, str(tmp_path))
    assert pack()["revision"] == first["revision"] and first["files"] == len(FILES) + 1
