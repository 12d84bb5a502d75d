"""Every setting is declared once, reaches whoever it is for, and is told in the READMEs as it is."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import jinja2
import jinja2.nodes
import pytest
import yaml

from tests.unit.test_expressions import Loader, texts

PROJECT = Path(__file__).resolve().parents[2]
GROUP_VARS = PROJECT / "group_vars"
GIVEN = GROUP_VARS / "all" / "_roles"


def read(path: Path) -> dict[str, Any]:
    return yaml.safe_load(path.read_text("utf-8")) or {}


#: Settings and the file of each.
DECLARED = [
    (name, path)
    for path in sorted(GROUP_VARS.rglob("*.yml"))
    for name in read(path)
    if path.parent != GIVEN and name.startswith("railyard_")
]
SETTINGS = sorted({name for name, _path in DECLARED})
#: Who reads settings besides roles: playbooks, the rules, and the role that looks whether there is room for a stack.
READERS = "\n".join(
    path.read_text("utf-8")
    for folder in ("playbooks", "plugins/module_utils/_settings", "roles/validate/tasks", "roles/validate/vars")
    for path in sorted((PROJECT / folder).rglob("*"))
    if path.suffix in (".yml", ".py") and path.name != "declared.py"
)
#: Inputs that are something else alone: of the machine only the user is asked, and without a cache none is planned.
ANOTHER_ALONE = {"app_by", "cloudwatch_cache_shards"}


@pytest.fixture(scope="module")
def computed() -> dict[str, Any]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("RAILYARD_", "AWS_"))}
    command = [sys.executable, str(PROJECT / "tests/unit/settings_edges.py")]
    return json.loads(subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout)


def test_a_setting_is_declared_in_one_place() -> None:
    everywhere = [name for name, path in DECLARED if path.parent.name == "all"]
    assert len(everywhere) > 110
    assert sorted(everywhere) == sorted(set(everywhere))
    # How servers are reached is told for each group of them.
    assert not {name for name, path in DECLARED if path.parent.name != "all"} & set(everywhere)


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@pytest.mark.parametrize("role", sorted(path.stem for path in GIVEN.glob("*.yml")))
def test_roles_know_nothing_of_settings(role: str) -> None:
    """Messages may name one: that is advice to people, not a value."""
    environment, used = jinja2.Environment(), set()
    for path in sorted((PROJECT / "roles" / role).rglob("*")):
        found = []
        if path.suffix == ".yml":
            found = list(texts(yaml.load(path.read_text("utf-8"), Loader)))
        elif path.suffix == ".j2":
            found = [path.read_text("utf-8")]
        used |= {node.name for text in found for node in environment.parse(text).find_all(jinja2.nodes.Name)}
    assert sorted(name for name in used if name.startswith("railyard_")) == []


def test_what_the_stack_gives_a_role_loses_to_any_other_file_beside_it() -> None:
    """Ansible reads a directory in the order of its names, and the last value wins."""
    names = sorted(path.name for path in (GROUP_VARS / "all").iterdir())
    assert names[0] == GIVEN.name and GIVEN.name < "a"


def test_a_change_of_a_setting_reaches_all_that_read_it(computed: dict[str, Any]) -> None:
    assert len(computed["edges"]) > 300
    assert [(setting, reader) for setting, reader, changed in computed["edges"] if not changed] == []


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_setting_reaches_somebody(computed: dict[str, Any], setting: str) -> None:
    seen, ahead = set(), {setting}
    while ahead:
        seen |= ahead
        if any(not name.startswith("railyard_") or re.search(rf"\b{name}\b", READERS) for name in ahead):
            return
        ahead = {reader for read_by, reader, _changed in computed["edges"] if read_by in ahead} - seen
    pytest.fail(f"nothing reads {setting}: give it to a role in group_vars/all/_roles, or remove it")


def test_every_input_that_a_stack_gives_is_one_of_its_role() -> None:
    for path in sorted(GIVEN.glob("*.yml")):
        spec = read(PROJECT / "roles" / path.stem / "meta/argument_specs.yml")["argument_specs"]
        known = {name for entry in spec.values() for name in entry.get("options") or {}}
        assert sorted(set(read(path)) - known) == [], path.name


def test_a_role_alone_has_the_defaults_of_a_stack_or_does_without(computed: dict[str, Any]) -> None:
    """A role has defaults of its own, so that it works alone; where both are values they are the same."""
    assert len(computed["alone"]) > 150
    unlike = {
        name: (alone, stack)
        for name, (alone, stack) in computed["alone"].items()
        if str(alone) != str(stack) and alone not in ("", [], {}, False) and name not in ANOTHER_ALONE
    }
    assert unlike == {}


def test_what_playbooks_read_of_roles_is_what_the_roles_have() -> None:
    """Playbooks know no defaults of roles, so these few stand beside what the stack gives."""
    for path in sorted(GIVEN.glob("*.yml")):
        plain = {name: value for name, value in read(path).items() if "{{" not in str(value)}
        defaults = read(PROJECT / "roles" / path.stem / "defaults/main.yml")
        assert plain == {name: defaults[name] for name in plain}, path.name
        assert [name for name in plain if not re.search(rf"\b{name}\b", READERS)] == []


def _rows(readme: str) -> list[tuple[list[str], list[str]]]:
    """Names and defaults of the lines of a README's table of settings."""
    text = (PROJECT / readme).read_text("utf-8").partition("`RAILYARD_STACK`")[2].partition("\n\n")[0]
    rows = re.findall(r"^\| (`[a-z]+_[a-z_0-9]+`(?:, `[a-z_0-9]+`)*) \| ([^|]*) \|", text, re.MULTILINE)
    return [(re.findall(r"`([^`]*)`", names), defaults.split(", ")) for names, defaults in rows]


@pytest.mark.parametrize("readme", ["README.md", "README.ko.md"])
def test_readme_tells_settings_as_they_are(readme: str) -> None:
    """Values stand in backticks or are numbers; words such as "none" say what an expression comes to."""
    files = [*GROUP_VARS.glob("all/*.yml"), *(PROJECT / "roles").glob("*/defaults/main.yml")]
    defaults = {name: value for path in files for name, value in read(path).items()}
    compared = []
    for names, shown in _rows(readme):
        assert [name for name in names if name not in defaults] == []
        for name, text in zip(names, shown, strict=False):
            plain = text.strip("`")
            if (text.startswith("`") or re.fullmatch(r"[\d.]+", text)) and "{{" not in str(defaults[name]):
                value = defaults[name]
                told = {True: "true", False: "false"}.get(value, str(value)) if isinstance(value, bool) else str(value)
                assert plain == (value[0] if isinstance(value, list) and value else told), name
                compared.append(name)
    assert len(compared) > 25, compared
