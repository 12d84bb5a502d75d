"""Links of the papers lead somewhere, on GitHub and in the site."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.site.anchors import anchors
from tools.site.links import BrokenLink, for_site, problem, targets
from tools.site.links import replaced as with_links
from tools.site.place import PROJECT, page_of, sources

REPOSITORY = "https://github.com/example/project"


def test_every_link_of_every_paper_leads_to_a_file_and_a_heading_that_exist() -> None:
    found = [(source, target) for source in sources() for target in targets((PROJECT / source).read_text("utf-8"))]
    assert len(found) > 250
    assert {"README.md", "README.ko.md", "CONTRIBUTING.md", "docs/how-to/ko/README.md"} <= {one for one, _ in found}
    assert [wrong for source, target in found if (wrong := problem(source, target))] == []


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A tree with a page in two languages, one in English and a file that is no page."""
    for name, text in {
        "README.md": "# A\n## What is built\n",
        "README.ko.md": "# A\n## 만들어지는 것\n",
        "docs/security.md": "# Security\n## What is built\n## What is built\n",
        "docs/book/en/chapter-03.md": "# Three\n",
        "docs/book/ko/chapter-03.md": "# 3장\n",
        "docs/iam-policy.json": "{}",
        "docs/screenshots/home.png": "",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, "utf-8")
    return tmp_path


@pytest.mark.parametrize(
    ("source", "target"),
    [
        ("README.md", "docs/none.md"),
        ("README.md", "docs/security.md#none"),
        ("README.md", "#none"),
        ("README.md", "docs/iam-policy.json#none"),
        ("docs/security.md", "../../elsewhere.md"),
        ("docs/security.md", "/README.md"),
        ("README.ko.md", "#what-is-built"),
    ],
)
def test_a_link_that_leads_nowhere_is_seen(tree: Path, source: str, target: str) -> None:
    assert source in problem(source, target, tree)
    page = page_of(source)
    assert page
    if not target.startswith("#"):
        with pytest.raises(BrokenLink):
            for_site(source, page, target, REPOSITORY, tree)


@pytest.mark.parametrize(
    ("source", "target", "in_site"),
    [
        # A page of the tree is a page of the site, in the language that is built.
        ("README.md", "docs/security.md#what-is-built-1", "design/security.md#what-is-built-1"),
        ("docs/security.md", "../README.md#what-is-built", "../index.md#what-is-built"),
        ("docs/book/ko/chapter-03.md", "../../security.md", "../design/security.md"),
        # MkDocs knows no page of another language: an address.
        ("docs/book/en/chapter-03.md", "../ko/chapter-03.md", "../../ko/book/chapter-03/"),
        ("docs/book/ko/chapter-03.md", "../en/chapter-03.md", "../../../book/chapter-03/"),
        ("README.md", "README.ko.md#만들어지는-것", "ko/#만들어지는-것"),
        ("README.ko.md", "README.md", "../"),
        ("README.md", "docs/screenshots/home.png", "screenshots/home.png"),
        ("docs/book/ko/chapter-03.md", "../../screenshots/home.png", "../screenshots/home.png"),
        # What is no page is looked at in the repository.
        ("docs/security.md", "iam-policy.json", f"{REPOSITORY}/blob/main/docs/iam-policy.json"),
        ("README.md", "docs/", f"{REPOSITORY}/tree/main/docs"),
        ("README.md", "https://example.com/a.md", "https://example.com/a.md"),
        ("README.md", "#what-is-built", "#what-is-built"),
    ],
)
def test_a_link_of_the_tree_becomes_one_of_the_site(tree: Path, source: str, target: str, in_site: str) -> None:
    page = page_of(source)
    assert page
    assert for_site(source, page, target, REPOSITORY, tree) == in_site


def test_links_in_code_are_none() -> None:
    text = "[a](b) and `[c](d)`, [`e`](f)\n\n```\n[g](h)\n```\n\n``x ` [i](j)``\n[k](l)\n"
    assert targets(text) == ["b", "f", "l"]
    assert with_links(text, str.upper) == text.replace("(b)", "(B)").replace("(f)", "(F)").replace("(l)", "(L)")


def test_anchors_are_those_of_github() -> None:
    text = "# A `code`, and more: [a link](x.md)\n## 한국어 제목 (둘)\n## Twice\n## Twice\n```\n# no heading\n```\n"
    assert anchors(text) == {"a-code-and-more-a-link", "한국어-제목-둘", "twice", "twice-1"}
