"""Redmine as Debian 13 packages it, which nobody here wrote, on two Debian 13 servers by variables alone.

Its release is what the package has below /usr/share/redmine, with links followed, and the file in which Redmine has
people name the adapter of their database and their web server. All else is in ``variables``.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import secrets
import shutil
import socket
import ssl
import subprocess
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sandbox.hosts import sources
from tests.e2e.lab import Lab, temporary, until
from tests.e2e.load import Load

SUITE = "trixie"
#: Where the package's scripts and styles come from; links lead there.
BESIDE = ("libjs-chart.js", "libjs-jquery", "libjs-jquery-ui", "libjs-raphael", "ruby-jquery-rails")
#: What Redmine's own documentation has people write into this file.
LOCAL = 'gem "mysql2", "~> 0.5.0"\ngem "with_advisory_lock"\ngem "puma"\n'
NOTE = b"kept on the server that took it\n"
PAGE = "/login"


def variables(source: Path, packages: list[str]) -> dict[str, Any]:
    """All that a person says of it."""
    return {
        "railyard_app_source": str(source),
        "railyard_app_path": "/var/www/redmine",
        "railyard_app_database": "redmine",
        "railyard_app_database_user": "redmine",
        "railyard_ruby_provider": "package",
        "railyard_ruby_packages": packages,
        "railyard_app_health_path": PAGE,
        "railyard_app_health_codes": "200",
        # Debian's Redmine has files of several instances below `instances`; this is the one that is the release.
        "app_environment": {"REDMINE_INSTANCE": ".."},
        "app_shared": ["log", "tmp/pids", "files", "instances/shared"],
    }


def _extracted(root: Path) -> None:
    lines = root.parent / "sources.list"
    lines.write_text("".join(f"{source}\n" for source in sources.of_release(SUITE)))
    done = subprocess.run(
        ["mmdebstrap", "--variant=extract", '--aptopt=Acquire::Check-Valid-Until "false"', "--skip=cleanup/apt/lists",
         f"--include={','.join(('redmine', *BESIDE))}", SUITE, str(root), str(lines)],
        capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]


def _inside(root: Path, path: Path) -> Path:
    """Where a path of the extracted system leads, links of that system followed."""
    for _hop in range(5):
        if not path.is_symlink():
            break
        target = os.readlink(path)
        path = root / target.lstrip("/") if target.startswith("/") else path.parent / target
    return path


def _packages(root: Path) -> list[str]:
    """The Ruby packages that Debian's Redmine depends on, and those of what LOCAL says."""
    listed = "".join(file.read_text() for file in (root / "var/lib/apt/lists").glob("*_Packages"))
    stanza = re.search(r"^Package: redmine\n(?:.+\n)*?Depends: (.+)$", listed, re.MULTILINE)
    assert stanza, "no redmine in the package lists"
    names = {re.split(r"[ :(]", one.strip())[0] for one in stanza[1].split(",")}
    return sorted(
        {name for name in names if name.startswith("ruby-")}
        | {"imagemagick", "puma", "ruby-mysql2", "ruby-with-advisory-lock"}
    )


@dataclass
class Redmine:
    """The stack, and what was deployed to it."""

    lab: Lab
    source: Path
    file: Path  # the variables, for -e

    @property
    def given(self) -> tuple[str, str]:
        return "-e", f"@{self.file}"


@pytest.fixture(scope="module")
def redmine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Redmine]:
    work = tmp_path_factory.mktemp("redmine")
    root, source, file = work / "root", work / "redmine", work / "redmine.yml"
    _extracted(root)
    packaged = root / "usr" / "share" / "redmine"
    for path in sorted(packaged.rglob("*")):
        here = _inside(root, path)
        # Lock file, database.yml and instances are of the machine that the package is installed on.
        if here.is_file():
            copy = source / path.relative_to(packaged)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(here, copy)
    (source / "Gemfile.local").write_text(LOCAL)
    file.write_text(json.dumps(variables(source, _packages(root))))
    shutil.rmtree(root)
    port = int(os.environ.get("RAILYARD_REDMINE_PORT", "5206"))
    parameter = f"/aws/service/debian/release/{SUITE}/latest/amd64"
    with temporary("redmine", port, RAILYARD_IMAGE_PARAMETER=parameter) as lab:
        lab.up()
        made = Redmine(lab, source, file)
        lab.playbook("site", "site.yml", *made.given, timeout=2400)
        yield made


@dataclass
class Browser:
    """A visitor with cookies, who comes by the load balancer; each request may meet another server."""

    lab: Lab
    cookies: dict[str, str] = field(default_factory=dict)
    #: Status, the server, headers and body of the last answer.
    status: int = 0
    server: str = ""
    location: str = ""
    body: bytes = b""

    def ask(self, method: str, path: str, body: bytes | None = None, kind: str = "") -> Browser:
        context = ssl.create_default_context(cafile=self.lab.environment["RAILYARD_CA_FILE"])
        plain = socket.create_connection((self.lab.balancer_address, 443), 30)
        with context.wrap_socket(plain, server_hostname=self.lab.host) as secure:
            connection = http.client.HTTPConnection(self.lab.host)
            connection.sock = secure
            headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items())}
            connection.request(method, path, body, headers | ({"Content-Type": kind} if kind else {}))
            answer = connection.getresponse()
            self.body, self.status = answer.read(), answer.status
        self.server, self.location = answer.headers.get("X-Served-By", ""), answer.headers.get("Location", "")
        for line in answer.headers.get_all("Set-Cookie") or []:
            name, _sign, value = line.split(";")[0].partition("=")
            self.cookies[name] = value
        return self

    def read(self, path: str) -> str:
        self.ask("GET", path)
        assert self.status == 200, (path, self.status, self.location, self.body[:500])
        return self.body.decode()

    def token(self, path: str) -> str:
        found = re.search(r'name="authenticity_token" value="([^"]+)"', self.read(path))
        assert found, path
        return found[1]

    def send(self, page: str, path: str, fields: dict[str, str], file: tuple[str, bytes] | None = None) -> str:
        """Fill in the form of a page and send it; where it leads to."""
        fields = {"authenticity_token": self.token(page), **fields}
        if file is None:
            self.ask("POST", path, urllib.parse.urlencode(fields).encode(), "application/x-www-form-urlencoded")
        else:
            border = secrets.token_hex(12)
            parts = [f'name="{name}"\r\n\r\n{value}'.encode() for name, value in fields.items()]
            head = f'name="attachments[1][file]"; filename="{file[0]}"\r\nContent-Type: text/plain\r\n\r\n'
            parts.append(head.encode() + file[1])
            lines = b"".join(
                f"--{border}\r\nContent-Disposition: form-data; ".encode() + part + b"\r\n" for part in parts
            )
            self.ask("POST", path, lines + f"--{border}--\r\n".encode(), f"multipart/form-data; boundary={border}")
        assert self.status == 302, (path, self.status, re.findall(rb'id="errorExplanation".*?</div>', self.body, re.S))
        return urllib.parse.urlsplit(self.location).path


@pytest.fixture(scope="module")
def admin(redmine: Redmine) -> Browser:
    """Who has logged in with the password of a new Redmine, and had to change it."""
    loaded = redmine.lab.make(
        "run", f"-e @{redmine.file} -- env REDMINE_LANG=en bundle exec rake redmine:load_default_data"
    )
    assert "Default configuration data loaded" in loaded.text, str(loaded)
    browser = Browser(redmine.lab)
    browser.send(PAGE, PAGE, {"username": "admin", "password": "admin"})
    word = secrets.token_urlsafe(16)
    browser.send(
        "/my/password",
        "/my/password",
        {"password": "admin", "new_password": word, "new_password_confirmation": word},
    )
    assert "Logged in as" in browser.read("/")
    return browser


@pytest.fixture(scope="module")
def issue(admin: Browser) -> str:
    """Path of an issue with a file."""
    admin.send("/projects/new", "/projects", {"project[name]": "Shop", "project[identifier]": "shop"})
    fields = {"issue[tracker_id]": "1", "issue[subject]": "The till is open", "issue[priority_id]": "2"}
    path = admin.send("/projects/shop/issues/new", "/projects/shop/issues", fields, ("note.txt", NOTE))
    assert re.fullmatch(r"/issues/\d+", path), path
    return path


def servers_of(browser: Browser, path: str) -> dict[str, tuple[int, bytes]]:
    """What each server answers for a path."""
    answers: dict[str, tuple[int, bytes]] = {}

    def look() -> bool:
        browser.ask("GET", path)
        answers[browser.server] = browser.status, browser.body
        return len(answers) == 2

    until("both servers answer", look, 30)
    return answers


def test_the_doctor_finds_what_is_kept_on_the_disk_and_nothing_else(redmine: Redmine) -> None:
    said = redmine.lab.playbook("doctor", "playbooks/doctor.yml", *redmine.given, fails=True)
    text = " ".join(said.text.split())
    assert "1 to mend before it works" in text, str(said)
    assert "files in files: each of the 2 servers has its own" in text, str(said)
    alone = redmine.lab.playbook("doctor-one", "playbooks/doctor.yml", *redmine.given, "-e", "railyard_web_count=1")
    assert "Nothing of it breaks on this stack" in alone.text, str(alone)


def test_the_servers_are_debian_13(redmine: Redmine) -> None:
    for host in ("web01", "web02", "jump01"):
        assert "VERSION_CODENAME=trixie" in redmine.lab.on(host, "cat /etc/os-release")


def test_an_issue_is_seen_from_both_servers_and_its_file_on_the_one_that_took_it(admin: Browser, issue: str) -> None:
    pages = servers_of(admin, issue)
    assert {status for status, _body in pages.values()} == {200}
    assert all(b"The till is open" in body and b"note.txt" in body for _status, body in pages.values())
    found = re.search(rb'href="(/attachments/download/\d+/note.txt)"', next(iter(pages.values()))[1])
    assert found
    files = servers_of(admin, found[1].decode())
    # As the doctor said: there is no disk that servers share.
    assert sorted(status for status, _body in files.values()) == [200, 404]
    assert NOTE in [body for _status, body in files.values()]


def test_a_second_release_comes_under_load_and_keeps_the_files(redmine: Redmine, admin: Browser, issue: str) -> None:
    (redmine.source / "public" / "railyard.txt").write_text("the second release\n")
    load = Load(lambda: redmine.lab.page(timeout=20, path=PAGE))
    with load:
        redmine.lab.playbook("second", "playbooks/deploy.yml", *redmine.given, timeout=1800)
    assert load.failures == []
    assert len(load.seconds) > 100
    assert {body for _status, body in servers_of(admin, "/railyard.txt").values()} == {b"the second release\n"}
    found = re.search(r'href="(/attachments/download/\d+/note.txt)"', admin.read(issue))
    assert found
    assert NOTE in [body for _status, body in servers_of(admin, found[1]).values()]
