"""What is wrong with a site that was built is seen: links, anchors, and what comes from elsewhere."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tools.site import built

ADDRESS = "https://example.github.io/project/"
GOOD = """<html><head><link rel="stylesheet" href="{up}style.css"><link rel="canonical" href="https://other.example/">
</head><body><h1 id="top">T</h1><a href="{up}b/#there">b</a><a href="{up}">home</a><a href="#top">t</a>
<a href="https://elsewhere.example/">e</a><a href="/project/b/">absolute</a><a href="https://example.github.io/project/b/">whole</a>
<img src="data:image/png;base64,AA=="><script src="{up}script.js"></script></body></html>"""


@pytest.fixture
def site(tmp_path: Path) -> Path:
    (tmp_path / "b").mkdir()
    (tmp_path / "index.html").write_text(GOOD.format(up="./"))
    (tmp_path / "b/index.html").write_text(GOOD.format(up="../").replace("</h1>", '</h1><h2 id="there">B</h2>'))
    (tmp_path / "style.css").write_text("a { background: url(data:image/png;base64,AA==) }")
    (tmp_path / "script.js").write_text("")
    return tmp_path


def test_a_site_that_holds_together_has_no_problem(site: Path) -> None:
    assert list(built.problems(site, ADDRESS)) == []


@pytest.mark.parametrize(
    ("added", "named"),
    [
        ('<a href="../c/">c</a>', "c/index.html"),
        ('<a href="../#none">n</a>', "#none"),
        ('<a href="/project/c/">c</a>', "c/index.html"),
        ('<a href="https://example.github.io/project/c/">c</a>', "c/index.html"),
        ('<img src="../none.png">', "none.png"),
        ('<img src="https://elsewhere.example/a.png">', "elsewhere.example"),
        ('<script src="//elsewhere.example/a.js"></script>', "elsewhere.example"),
        ('<link rel="preconnect" href="https://fonts.example">', "fonts.example"),
        ('<link rel="stylesheet" href="https://fonts.example/css?family=A">', "fonts.example"),
        ('<iframe src="https://elsewhere.example/"></iframe>', "elsewhere.example"),
    ],
)
def test_a_page_that_leads_nowhere_or_fetches_from_elsewhere_is_named(site: Path, added: str, named: str) -> None:
    page = site / "b/index.html"
    page.write_text(page.read_text().replace("</body>", f"{added}</body>"))
    (found,) = built.problems(site, ADDRESS)
    assert found.startswith("b/index.html") and named in found


@pytest.mark.parametrize("style", ['@import "x.css";', "a { src: url(https://fonts.example/a.woff2) }"])
def test_a_style_that_fetches_from_elsewhere_is_named(site: Path, style: str) -> None:
    (site / "style.css").write_text(style)
    assert [one for one in built.problems(site, ADDRESS) if one.startswith("style.css")]


def test_a_site_without_pages_is_a_problem(tmp_path: Path) -> None:
    assert list(built.problems(tmp_path, ADDRESS)) == [f"{tmp_path} has no page"]


def test_the_index_of_the_search_is_asked_for_a_word(site: Path) -> None:
    (site / "search").mkdir()
    docs = [
        {"location": "ko/b/#x", "title": "제목", "text": "로드 밸런서를"},
        {"location": "", "title": "A", "text": ""},
    ]
    (site / "search/search_index.json").write_text(json.dumps({"docs": docs}))
    assert built.found_by(site, "로드 밸런서") == ["ko/b/"]
    assert built.found_by(site, "none") == []
