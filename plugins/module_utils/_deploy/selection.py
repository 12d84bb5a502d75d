# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which files of a directory are an application's: what git tracks, and never a key, a database or what a run leaves behind."""

from __future__ import annotations

import fnmatch
import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from ansible_collections.railyard.aws.plugins.module_utils._deploy.archives import ArchiveError
from ansible_collections.railyard.aws.plugins.module_utils._deploy.completeness import dispensable, is_pointer, outside_links

#: Runs a program and returns status, output and errors; none where there is no git.
Run = Callable[[list[str]], tuple[int, str, str]]

#: What is made anew on a server, or belongs to this machine. A pattern without a slash counts at any depth.
MADE = (".git", ".bundle", "node_modules", "log/*", "tmp/*", "storage/*", "vendor/bundle", "public/assets", "public/uploads")
#: What carries keys, passwords or people's data, by its name.
SECRET = (
    *(".env", ".env.*", ".envrc", "*.key", "master.key", "id_rsa", "id_dsa", "id_ecdsa", "id_ed25519", "*.ppk", "*.p12", "*.pfx"),
    *("*.jks", "*.keystore", ".netrc", "_netrc", ".pgpass", ".my.cnf", ".htpasswd", ".git-credentials", ".pypirc", ".vault_pass*"),
    *(".aws", ".ssh", ".gnupg", ".kube", ".docker", ".terraform", "*.tfstate", "*.tfstate.*", "*.tfvars"),
    *("*.sqlite", "*.sqlite3", "*.sqlite-*", "*.sqlite3-*", "*.dump", "dump.rdb"),
)
#: Names like the above that show people what to write, and hold nothing.
SAMPLE = (".env.example", ".env.sample", ".env.template", ".env.dist", ".env.*.example", ".env.*.sample")
#: What carries a secret only when one of these words is in it.
SUSPECT = {
    ".npmrc": (b"_authToken", b"_auth=", b"_auth =", b"_password"),
    ".yarnrc": (b"_authToken", b"_password"),
    ".yarnrc.yml": (b"npmAuthToken", b"npmAuthIdent"),
    **{f"*.{ending}": (b"PRIVATE KEY-----",) for ending in ("pem", "crt", "cer", "json", "txt")},
}
#: Bytes of a suspect that are read; keys are shorter.
_LARGEST = 1024 * 1024


@dataclass
class Selection:
    """``paths`` sorted, from the root, and what there is beside them."""

    paths: list[str] = field(default_factory=list)
    secrets: list[str] = field(default_factory=list)
    untracked: list[str] = field(default_factory=list)


def matches(path: str, patterns: tuple[str, ...] | list[str]) -> bool:
    """Whether a path from the root, or a directory it is in, is one of ``patterns``."""
    parts = path.split("/")
    for end in range(1, len(parts) + 1):
        whole, name = "/".join(parts[:end]), parts[end - 1]
        if any(fnmatch.fnmatchcase(whole if "/" in pattern else name, pattern) for pattern in patterns):
            return True
    return False


def secret(root: Path, path: str) -> bool:
    """Whether a file carries a key, a password or people's data."""
    name = path.rsplit("/", 1)[-1]
    if matches(path, SECRET) and not matches(name, SAMPLE):
        return True
    words = [word for pattern, some in SUSPECT.items() if fnmatch.fnmatchcase(name, pattern) for word in some]
    file = root / path
    if not words or dispensable(path) or file.is_symlink() or not file.is_file():
        return False
    with file.open("rb") as opened:
        content = opened.read(_LARGEST)
    return any(word in content for word in words)


def walked(root: Path) -> Iterator[str]:
    """Files and links below ``root``; what is made anew is not entered."""
    for directory, names, files in os.walk(root):
        here = Path(directory).relative_to(root)
        links = [name for name in names if (Path(directory) / name).is_symlink()]
        names[:] = [name for name in names if name not in links and not matches((here / name).as_posix(), MADE)]
        yield from ((here / name).as_posix() for name in (*files, *links))


def _listed(run: Run, root: Path, *options: str) -> list[str] | None:
    """What ``git ls-files`` lists below ``root``; none where git has no say."""
    # The directory may be somebody else's, and its configuration may not start programs of its own.
    status, out, _said = run(["git", "-c", "safe.directory=*", "-c", "core.fsmonitor=false", "-C", str(root), "ls-files", "-z", *options])
    return None if status else sorted(set(filter(None, out.split("\0"))))


def _present(root: Path, path: str) -> bool:
    """Whether a tracked path is there: one that was removed and not yet committed is not. Raises ArchiveError for an empty submodule."""
    file = root / path
    if file.is_dir() and not file.is_symlink():
        raise ArchiveError(f"{file} is a submodule that is not checked out; run `git -C {root} submodule update --init --recursive`, and then this again.")
    return os.path.lexists(file)


def _insist_on_whole(root: Path, paths: list[str]) -> None:
    """Raise ArchiveError for what is only a reference to something that a server has not."""
    for path, target in outside_links(root, paths):
        if not dispensable(path):
            raise ArchiveError(f"{root / path} is a link to {target}, out of the application; put the file there itself, or name it in app_excludes.")
    for path in paths:
        if not dispensable(path) and is_pointer(root / path):
            raise ArchiveError(f"{root / path} is kept elsewhere by git LFS; run `git -C {root} lfs pull`, or name it in app_excludes.")


def select(root: Path, excludes: list[str], includes: list[str], run: Run | None) -> Selection:
    """The files of an application.

    :param excludes: shell patterns of what is left out beside what always is
    :param includes: shell patterns of what comes along though git does not track it, or though it is called like a secret
    :raises ArchiveError: when the application would not be whole
    """
    everything = sorted(walked(root))
    listed = _listed(run, root, "--cached", "--recurse-submodules") if run else None
    chosen = Selection()
    candidates = everything
    if listed:
        wanted = [path for path in everything if matches(path, includes)] if includes else []
        candidates = sorted({path for path in listed if _present(root, path)} | set(wanted))
        new = _listed(run, root, "--others", "--exclude-standard", "--directory") if run else None
        chosen.untracked = [path for path in new or [] if not matches(path.rstrip("/"), [*MADE, *excludes, *includes])]
    for path in candidates:
        asked_for = matches(path, includes)
        if matches(path, excludes) or (matches(path, MADE) and (not asked_for or matches(path, [".git"]))):
            continue
        if not asked_for and secret(root, path):
            chosen.secrets.append(path)
        else:
            chosen.paths.append(path)
    _insist_on_whole(root, chosen.paths)
    return chosen
