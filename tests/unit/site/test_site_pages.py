"""Pages of the site: GitHub's Markdown as Python-Markdown reads it, and references made of what declares things."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from tools.site import commands, settings
from tools.site.declared import topic
from tools.site.markdown import escapes, lists
from tools.site.navigation import navigation
from tools.site.options import listed, prose
from tools.site.pages import of_tree, with_anchors_of
from tools.site.place import PROJECT, Page, page_of, sources
from tools.site.plugins import TYPES, plugin_page


@pytest.mark.parametrize(
    ("github", "python_markdown"),
    [
        # What belongs to an item is indented by four.
        ("1. a\n   ```\n   b\n     c\n   ```\n   d\n2. e\n", "1. a\n    ```\n    b\n      c\n    ```\n    d\n2. e\n"),
        ("- a\n  - b\n    c\n- d\n", "- a\n    - b\n        c\n- d\n"),
        # A paragraph is closed before a list begins.
        ("a\n- b\n- c\n", "a\n\n- b\n- c\n"),
        ("- a\nb\n- c\n", "- a\nb\n- c\n"),
        # What is no list stays.
        ("```\n- a\n  - b\n```\n", "```\n- a\n  - b\n```\n"),
        ("- a\n\nb\n", "- a\n\nb\n"),
        ("| a |\n|---|\n| - b |\n", "| a |\n|---|\n| - b |\n"),
    ],
)
def test_lists_are_indented_as_python_markdown_wants_them(github: str, python_markdown: str) -> None:
    assert lists(github) == python_markdown


def test_signs_that_only_commonmark_escapes_stand_alone() -> None:
    assert escapes(r"a\: b\, \<stack> \& c\_d \[e\]") == r"a: b, &lt;stack> &amp; c\_d \[e\]"


def test_a_translation_has_the_anchors_of_its_original_where_headings_are_the_same() -> None:
    assert with_anchors_of("# 가\n\n## 나\n", "# A\n## B b\n") == '# 가\n\n<a id="b-b"></a>\n\n## 나\n'
    assert with_anchors_of("# 가\n\n## 나\n", "# A\n") == "# 가\n\n## 나\n"


def test_translated_pages_have_the_same_headings() -> None:
    found = sources()
    english = {page.path: source for source, page in found.items() if page.translated and page.language == "en"}
    korean = {page.path: source for source, page in found.items() if page.language == "ko"}
    assert set(english) == set(korean) and len(english) > 20

    def levels(source: str) -> list[str]:
        text = re.sub(r"^```.*?^```$", "", (PROJECT / source).read_text("utf-8"), flags=re.MULTILINE | re.DOTALL)
        return re.findall(r"^(#+) ", text, re.MULTILINE)

    assert [path for path in english if levels(english[path]) != levels(korean[path])] == []


def test_every_paper_is_a_page_with_a_name_and_an_address_of_its_own() -> None:
    pages = sources()
    assert len({page.file for page in pages.values()}) == len({page.url for page in pages.values()}) == len(pages)
    assert page_of("README.ko.md") == Page("index", "ko", True)
    assert page_of("docs/how-to/ko/README.md").url == "ko/how-to/"
    papers = {path.relative_to(PROJECT).as_posix() for path in (PROJECT / "docs").rglob("*.md")}
    assert papers <= set(pages), sorted(papers - set(pages))


def test_every_page_is_led_to() -> None:
    names = [page.file for page in sources().values()] + [f"reference/{folder}/x.md" for folder, *_ in TYPES.values()]
    names += [*settings.pages(), *commands.pages()]
    led = re.findall(r"[\w/-]+\.md", yaml.safe_dump(navigation(names)))
    assert sorted(led) == sorted({name for name in names if not name.endswith(".ko.md")})


def test_names_in_the_navigation_are_translated() -> None:
    configuration = yaml.safe_load((PROJECT / "tools/site/mkdocs.yml").read_text("utf-8"))
    korean = configuration["plugins"]["i18n"]["languages"][1]["nav_translations"]

    def titles(entries: list) -> set[str]:
        found = set()
        for entry in entries:
            if isinstance(entry, dict):
                for title, below in entry.items():
                    found |= {title} | (titles(below) if isinstance(below, list) else set())
        return found

    # Roles are called by their names in every language.
    assert titles(navigation([])) == set(korean)


def test_every_setting_has_its_place_with_what_its_file_says() -> None:
    pages = settings.pages()
    for path in sorted((PROJECT / "group_vars/all").glob("*.yml")):
        text = pages[f"reference/settings/{path.stem}.md"]
        assert re.findall(r"^## `(\w+)`$", text, re.MULTILINE) == list(yaml.safe_load(path.read_text("utf-8")))
    stack = pages["reference/settings/stack.md"]
    count = stack.split("## `railyard_web_count`")[1].split("\n## ")[0]
    assert "```yaml\n2\n```" in count and "[ec2](../roles/ec2.md), `ec2_web_count` (int)" in count
    assert "\n- name: kim" in pages["reference/settings/people.md"].split("```yaml")[1]


def test_a_comment_is_about_the_key_below_it(tmp_path: Path) -> None:
    file = tmp_path / "cache.yml"
    file.write_text("---\n# The cache.\n\n# How many, <n>.\na: 1\nb: >-\n  x\n  y\n\nc: 3\n")
    read = topic(file)
    assert read.about == ["The cache."]
    assert [(one.name, one.default, one.meaning, one.below) for one in read.settings] == [
        ("a", "1", ["How many, <n>."], ""),
        ("b", ">-\n  x\n  y", [], "a"),
        ("c", "3", [], ""),
    ]
    assert settings.prose(["How many, <n>: `<n>`."]) == r"How many, \<n>: `<n>`."


def test_playbooks_and_targets_say_what_they_say_themselves() -> None:
    pages = commands.pages()
    books = pages["reference/playbooks.md"]
    assert re.findall(r"^## `playbooks/(\w+\.yml)`", books, re.MULTILINE) == sorted(
        path.name for path in (PROJECT / "playbooks").glob("*.yml")
    )
    silent = [part.splitlines()[0] for part in books.split("\n## ")[1:] if not "".join(part.splitlines()[1:3]).strip()]
    assert silent == []
    assert "```\nansible-playbook playbooks/deploy.yml -e revision=main\n```" in books
    assert "| `make verify` | Ask the finished stack for its page |" in pages["reference/make.md"]


def test_markup_of_ansible_becomes_markdown() -> None:
    assert prose("See V(1) and C(a_b).").startswith("See ") and "<code>1</code>" in prose("V(1)")
    # Python-Markdown shows the backslash of what it does not know as escaped.
    assert re.sub(r"\\([.])", r"\1", prose("U(https://a.example/b)")) == "[https://a.example/b](https://a.example/b)"
    options = {"b": {"type": "int", "default": 0, "description": "How many."}, "a": {"required": True, "type": "list"}}
    text = listed(options | {"c": {"suboptions": {"d": {"choices": ["x"], "description": "Which."}}, "type": "dict"}})
    assert [line.strip()[:5] for line in text.splitlines() if "- `" in line] == ["- `a`", "- `b`", "- `c`", "- `d`"]
    assert "Default: `0`." in text and "One of `x`." in text and "    - `d`" in text


def test_a_page_of_a_module_has_all_its_parts() -> None:
    doc = {"short_description": "Keep it", "description": ["It keeps."], "options": {"a": {"description": "What."}}}
    doc["attributes"] = {"check_mode": {"support": "full", "description": "Changes nothing."}}
    text = plugin_page("railyard.aws.it", {"doc": doc, "examples": "- it:\n", "return": {"r": {"description": "R."}}})
    assert re.findall(r"^#+ (.*)", text, re.MULTILINE) == ["it", "Options", "What it supports", "Examples", "Returned"]
    assert r"| check mode | full | Changes nothing\. |" in text


def test_pages_of_the_tree_link_to_pages_alone() -> None:
    texts = of_tree("https://github.com/example/project")
    assert {"index.md", "index.ko.md", "book/chapter-07.ko.md", "how-to/index.md", "reference/roles/rds.md"} <= set(
        texts
    )
    # What was ../../../roles/app/README.md on GitHub.
    assert "](../reference/roles/app.md)" in texts["how-to/bring-your-application.md"]
    assert "](../reference/roles/app.md)" in texts["how-to/bring-your-application.ko.md"]
