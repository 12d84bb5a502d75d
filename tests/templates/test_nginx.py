"""nginx itself judges what the role writes for it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

SITE = r"""
printf 'events {}\nhttp {\n include /etc/nginx/mime.types;\n include /tmp/candidate;\n}\n' > /tmp/main.conf
nginx -t -c /tmp/main.conf
"""
SYSTEMS = ("Debian", "Amazon-2023")
SCENARIOS = ("defaults", "changed")


@pytest.fixture(params=[f"nginx-{system}-{scenario}" for system in SYSTEMS for scenario in SCENARIOS])
def case(request: pytest.FixtureRequest, rendered: Path) -> Path:
    return rendered / request.param


def test_the_site_is_accepted(case, checker):
    accepted, said = checker.run(SITE, (case / "rails.conf").read_text())
    assert accepted and "warn" not in said, said


def test_the_main_configuration_is_accepted(case, checker):
    """With the site beside it, which it includes by name."""
    placed, said = checker.run("cp /tmp/candidate /etc/nginx/conf.d/rails.conf", (case / "rails.conf").read_text())
    assert placed, said
    accepted, said = checker.run("nginx -t -c /tmp/candidate", (case / "nginx.conf").read_text())
    assert accepted and "warn" not in said, said


def test_a_visitor_may_have_the_files_that_it_takes(case):
    text = (case / "nginx.conf").read_text()
    files, connections = (
        int(re.search(rf"{name} (\d+);", text)[1]) for name in ("worker_rlimit_nofile", "_connections")
    )
    assert files >= 2 * connections


def test_the_service_sees_homes_only_where_the_application_is_in_one(case):
    lines = (case / "nginx.service.conf").read_text().splitlines()
    (homes,) = (line for line in lines if line.startswith("ProtectHome="))
    assert homes == ("ProtectHome=read-only" if case.name.endswith("changed") else "ProtectHome=true")


def test_the_rotation_is_accepted(case, checker):
    script = "chmod 644 /tmp/candidate; logrotate --debug /tmp/candidate"
    accepted, said = checker.run(script, (case / "logrotate").read_text())
    assert accepted and "error:" not in said, said
    days = 1 if case.name.endswith("changed") else 14
    assert f"after 1 days ({days} rotations)" in said


def test_nonsense_is_refused(rendered, checker):
    folder = rendered / "nginx-Debian-refused"
    accepted, said = checker.run(SITE, (folder / "rails.conf").read_text())
    assert not accepted and '"client_max_body_size" directive invalid value' in said
    accepted, said = checker.run("nginx -t -c /tmp/candidate", (folder / "nginx.conf").read_text())
    assert not accepted and 'invalid number "several"' in said


class Page(HTMLParser):
    """Collects what a page says, in which language, and what it would load."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.languages: list[str] = []
        self.loads: list[str] = []
        self.open: list[str] = []
        self.words = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        if tag not in ("meta", "link", "img"):
            self.open.append(tag)
        values = dict(attrs)
        self.languages += [values["lang"]] if "lang" in values else []
        self.loads += [values[name] for name in ("src", "href") if name in values]

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.words += data


@pytest.mark.parametrize("kind", ["welcome", "maintenance"])
def test_a_page_is_whole_and_stands_alone(case, kind):
    text = (case / f"{kind}.html").read_text()
    page = Page(text)
    assert page.open == []
    assert page.loads == [] and not re.search(r"url\(|@import|https?:", text)
    assert {"en", "ko"} <= set(page.languages)
    assert "web01" in page.words
    assert ("R&D <lab>" if case.name.endswith("changed") else "railyard") in page.words
