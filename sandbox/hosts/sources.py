"""The package sources that images are made of: this machine's, or a mirror's where it is no Debian."""

from __future__ import annotations

import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

DIRECTORY = Path("/etc/apt")
#: Where Debian's packages are, for a machine that has no sources of them, and the keys of their signatures.
MIRROR = "http://deb.debian.org/debian"
KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")

#: Suites that are never released, so nothing is published beside them.
_ROLLING = ("sid", "unstable")


class NoSources(RuntimeError):
    """There is no package source for a release."""


@dataclass(frozen=True)
class Source:
    """One line of a sources.list."""

    uri: str
    suite: str
    components: tuple[str, ...]
    signed_by: str | None

    def __str__(self) -> str:
        options = f"[signed-by={self.signed_by}] " if self.signed_by else ""
        return f"deb {options}{self.uri} {self.suite} {' '.join(self.components)}".rstrip()


def codename() -> str | None:
    """Release of this machine, for example ``bookworm``; None where it is no Debian."""
    release = platform.freedesktop_os_release()
    return (release.get("VERSION_CODENAME") or None) if release.get("ID") == "debian" else None


def of_machine(release: str, directory: Path = DIRECTORY) -> list[Source]:
    """Sources of binary packages of Debian's ``release`` and its updates. Raises ``NoSources``."""
    files = [directory / "sources.list", *sorted((directory / "sources.list.d").glob("*"))]
    found: dict[Source, None] = {}
    for file in files:
        if file.is_file() and file.suffix in (".list", ".sources"):
            parse = _deb822 if file.suffix == ".sources" else _one_line
            found.update(dict.fromkeys(s for s in parse(file.read_text()) if _is_debian(s, release)))
    if not any(source.suite == release for source in found):
        raise NoSources(
            f"no package source for Debian {release} in {', '.join(map(str, files))}; add one and run `apt-get update`"
        )
    return list(found)


def of_release(release: str, directory: Path = DIRECTORY) -> list[Source]:
    """Sources of ``release``: those that this machine has for it, or its own with the release's name exchanged.

    A mirror serves all releases that are supported, and a machine's sources name one of them. Where the machine is no
    Debian, or RAILYARD_SANDBOX_MIRROR names a mirror, they are that one's, or Debian's own. Raises ``NoSources``.
    """
    own, mirror = codename(), os.environ.get("RAILYARD_SANDBOX_MIRROR", "")
    if mirror or own is None:
        return _of_mirror(release, mirror)
    try:
        return of_machine(release, directory)
    except NoSources:
        if release == own:
            raise
    return [
        replace(source, suite=release + source.suite.removeprefix(own))
        for source in of_machine(own, directory)
        if source.suite == own or release not in _ROLLING
    ]


def _of_mirror(release: str, mirror: str) -> list[Source]:
    if not KEYRING.is_file():
        raise NoSources(
            f"{KEYRING} is missing, with which Debian signs packages; run: apt-get install debian-archive-keyring"
        )
    place = (mirror or MIRROR).rstrip("/")
    suites = [(place, release)]
    if release not in _ROLLING:
        suites.append((place, f"{release}-updates"))
        # Beside which address another mirror has them is not known.
        suites += [] if mirror else [(f"{place}-security", f"{release}-security")]
    return [Source(uri, suite, ("main",), str(KEYRING)) for uri, suite in suites]


def _is_debian(source: Source, release: str) -> bool:
    """Third parties name their suites otherwise, or offer no ``main``; the image does not need them."""
    suites = (release, f"{release}-updates", f"{release}-security")
    return source.suite in suites and "main" in source.components


def _one_line(text: str) -> Iterator[Source]:
    for line in text.splitlines():
        words = line.split("#", 1)[0].split()
        if not words or words.pop(0) != "deb":
            continue
        signed_by = None
        if words and words[0].startswith("["):
            end = next((i for i, word in enumerate(words) if word.endswith("]")), len(words) - 1)
            options = " ".join(words[: end + 1]).strip("[] ").split()
            signed_by = dict(o.split("=", 1) for o in options if "=" in o).get("signed-by")
            words = words[end + 1 :]
        if len(words) >= 2:
            yield Source(words[0], words[1], tuple(words[2:]), signed_by)


def _deb822(text: str) -> Iterator[Source]:
    for stanza in _stanzas(text.splitlines()):
        if "deb" not in stanza.get("types", "").split() or stanza.get("enabled", "yes").lower() == "no":
            continue
        signed_by = stanza.get("signed-by", "")
        for uri in stanza.get("uris", "").split():
            for suite in stanza.get("suites", "").split():
                yield Source(
                    uri,
                    suite,
                    tuple(stanza.get("components", "").split()),
                    signed_by if signed_by.startswith("/") else None,
                )


def _stanzas(lines: Iterable[str]) -> Iterator[dict[str, str]]:
    stanza: dict[str, str] = {}
    key = ""
    for line in [*lines, ""]:
        if line.startswith("#"):
            continue
        if not line.strip():
            if stanza:
                yield stanza
            stanza = {}
        elif line[0].isspace():
            stanza[key] += f" {line.strip()}"
        else:
            key, _unused, value = line.partition(":")
            key = key.strip().lower()
            stanza[key] = value.strip()
