"""Package sources of a machine, in both formats apt reads."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox.core.settings import Settings
from sandbox.hosts import image, sources

SETTINGS = Settings("t", Path("/nowhere"), 0, "ap-northeast-1", release="trixie")
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"

DEB822 = f"""\
Types: deb deb-src
# snapshot
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
 bookworm-backports
Components: main contrib
Signed-By: {KEYRING}

Enabled: no
Types: deb
URIs: http://off.example/debian
Suites: bookworm
Components: main

Types: deb-src
URIs: http://source.example/debian
Suites: bookworm
Components: main

Types: deb
URIs: http://vendor.example/node
Suites: nodistro
Components: main
Signed-By:
 -----BEGIN PGP PUBLIC KEY BLOCK-----
"""

ONE_LINE = f"""\
# deb http://comment.example/debian bookworm main
deb [ arch=amd64 signed-by={KEYRING} ] http://mirror.example/debian bookworm main  # primary
deb http://mirror.example/security bookworm-security main contrib
deb-src http://mirror.example/debian bookworm main
deb https://vendor.example/apt bookworm stable
deb http://old.example/debian bullseye main
"""


def machine(tmp_path, **files):
    for name, text in files.items():
        file = tmp_path / {"one_line": "sources.list", "deb822": "sources.list.d/debian.sources"}[name]
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    return tmp_path


def test_deb822(tmp_path):
    assert [str(s) for s in sources.of_machine("bookworm", machine(tmp_path, deb822=DEB822))] == [
        f"deb [signed-by={KEYRING}] http://mirror.example/debian bookworm main contrib",
        f"deb [signed-by={KEYRING}] http://mirror.example/debian bookworm-updates main contrib",
    ]


def test_one_line(tmp_path):
    assert [str(s) for s in sources.of_machine("bookworm", machine(tmp_path, one_line=ONE_LINE))] == [
        f"deb [signed-by={KEYRING}] http://mirror.example/debian bookworm main",
        "deb http://mirror.example/security bookworm-security main contrib",
    ]


def test_source_written_twice_counts_once(tmp_path):
    twice = machine(tmp_path, one_line="deb http://m.example bookworm main\n" * 2)
    assert len(sources.of_machine("bookworm", twice)) == 1


def test_machine_without_a_source_is_told_what_to_do(tmp_path):
    with pytest.raises(sources.NoSources, match="no package source for Debian trixie .*sources.list.*apt-get update"):
        sources.of_machine("trixie", machine(tmp_path, one_line=ONE_LINE))


@pytest.fixture
def bookworm(monkeypatch):
    monkeypatch.setattr(sources, "codename", lambda: "bookworm")


@pytest.mark.usefixtures("bookworm")
def test_another_release_is_where_this_machines_own_is(tmp_path):
    assert [str(s) for s in sources.of_release("trixie", machine(tmp_path, deb822=DEB822))] == [
        f"deb [signed-by={KEYRING}] http://mirror.example/debian trixie main contrib",
        f"deb [signed-by={KEYRING}] http://mirror.example/debian trixie-updates main contrib",
    ]


@pytest.mark.usefixtures("bookworm")
def test_a_source_that_names_the_release_goes_before_an_exchanged_one(tmp_path):
    both = machine(tmp_path, one_line=f"{ONE_LINE}deb http://other.example/debian trixie main\n")
    assert [str(s) for s in sources.of_release("trixie", both)] == ["deb http://other.example/debian trixie main"]


@pytest.mark.usefixtures("bookworm")
def test_nothing_is_published_beside_a_suite_that_is_never_released(tmp_path):
    assert [str(s) for s in sources.of_release("sid", machine(tmp_path, deb822=DEB822))] == [
        f"deb [signed-by={KEYRING}] http://mirror.example/debian sid main contrib"
    ]


@pytest.mark.usefixtures("bookworm")
@pytest.mark.parametrize("release", ["trixie", "bookworm"])
def test_machine_without_a_source_of_its_own_has_none_of_another_release(tmp_path, release):
    with pytest.raises(sources.NoSources, match="no package source for Debian bookworm in .*sources.list"):
        sources.of_release(release, machine(tmp_path, one_line="deb https://vendor.example/apt bookworm stable\n"))


#: Ubuntu's releases have names like Debian's, and are no releases of Debian.
UBUNTU = {"ID": "ubuntu", "ID_LIKE": "debian", "VERSION_CODENAME": "noble", "PRETTY_NAME": "Ubuntu 24.04.3 LTS"}


@pytest.fixture
def keyring(monkeypatch, tmp_path):
    file = tmp_path / "keyring.gpg"
    file.touch()
    monkeypatch.setattr(sources, "KEYRING", file)
    return file


@pytest.mark.parametrize("release", [UBUNTU, {"ID": "fedora", "PRETTY_NAME": "Fedora Linux 43"}])
def test_a_machine_that_is_no_debian_has_debians_own_mirror(monkeypatch, keyring, tmp_path, release):
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: release)
    assert sources.codename() is None and image.of_machine(SETTINGS) == "trixie"
    own = machine(tmp_path, one_line="deb http://archive.example/ubuntu noble main\n")
    assert [str(source) for source in sources.of_release("trixie", own)] == [
        f"deb [signed-by={keyring}] {sources.MIRROR} trixie main",
        f"deb [signed-by={keyring}] {sources.MIRROR} trixie-updates main",
        f"deb [signed-by={keyring}] {sources.MIRROR}-security trixie-security main",
    ]


@pytest.mark.parametrize("release", [UBUNTU, {"ID": "debian", "VERSION_CODENAME": "bookworm"}])
def test_a_mirror_that_is_named_is_asked(monkeypatch, keyring, tmp_path, release):
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: release)
    monkeypatch.setenv("RAILYARD_SANDBOX_MIRROR", "http://near.example/debian/")
    assert [str(source) for source in sources.of_release("trixie", machine(tmp_path, deb822=DEB822))] == [
        f"deb [signed-by={keyring}] http://near.example/debian trixie main",
        f"deb [signed-by={keyring}] http://near.example/debian trixie-updates main",
    ]
    assert [str(source) for source in sources.of_release("sid")] == [
        f"deb [signed-by={keyring}] http://near.example/debian sid main"
    ]


def test_without_debians_keys_it_is_said_what_brings_them(monkeypatch, tmp_path):
    monkeypatch.setattr("platform.freedesktop_os_release", lambda: UBUNTU)
    monkeypatch.setattr(sources, "KEYRING", tmp_path / "missing.gpg")
    with pytest.raises(sources.NoSources, match="missing.gpg is missing, .*apt-get install debian-archive-keyring"):
        sources.of_release("trixie")
