"""Every command that a message or a README advises can be given: playbook, tags, variables and targets exist."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

PROJECT = Path(__file__).resolve().parents[2]
#: What a message fills in.
ANYTHING = "ANYTHING"
OPTIONS = {"--check", "--diff", "--ask-vault-pass", "-v", "-vvv", "--list-tags"}
VALUED = {"--tags", "--skip-tags", "--limit", "-l", "-e", "-t", "-i", "--vault-password-file", "--start-at-task"}
READ = ("roles", "playbooks", "plugins", "group_vars", "profiles", "inventory", "docs", "sandbox", "tools", "molecule")


def files() -> Iterator[Path]:
    yield from PROJECT.glob("*.md")
    yield PROJECT / "Makefile"
    for folder in READ:
        for path in sorted((PROJECT / folder).rglob("*")):
            if path.is_file() and (path.suffix in (".py", ".yml", ".j2", ".md", ".sh") or not path.suffix):
                yield path


def text_of(path: Path) -> str:
    """A file's text: strings of several lines put together, and what is filled in replaced."""
    # What a script or a Makefile hands on is anything, too.
    text = re.sub(r"\"\$@\"|\$\(ARGS\)", ANYTHING, path.read_text("utf-8", errors="replace"))
    if path.suffix == ".py":
        text = re.sub(r"\"\s*\n\s*f?\"", "", text)
        text = re.sub(r"(?<!\{)\{[^{}\n]*\}(?!\})", ANYTHING, text.replace("{{", "{ {").replace("}}", "} }"))
    text = re.sub(r"\{\{.*?\}\}", ANYTHING, text, flags=re.DOTALL)
    return re.sub(r"\{%.*?%\}", "", text, flags=re.DOTALL)


#: A command with its options, wherever it stands: in a dictionary of messages, or in a comment.
_BARE = re.compile(
    r"ansible-playbook (?:site\.yml|playbooks/\w+\.yml)(?: --?[\w-]+(?:[= ](?!-)(?:'[^'\n]*'|[^\s`\"';)|\\]+))?)*"
)


#: A command in a fence: what comes before it are variables of its environment, what follows is another command's.
_FENCED = re.compile(r"""^\s*(?:[A-Z_]+=\S* )*(?P<command>(?:make|ansible-playbook) (?:[^|;&<>'"]|'[^']*'|"[^"]*")+)""")


def fenced(text: str) -> Iterator[str]:
    """Commands of make and Ansible that a paper has in its fences, each to where a shell would end it."""
    for language, block in re.findall(r"^ *```(\w*)\n(.*?)^ *```$", text, re.MULTILINE | re.DOTALL):
        if language not in ("", "sh", "bash", "console"):
            continue
        for line in block.replace("\\\n", " ").splitlines():
            if found := _FENCED.match(line):
                yield found["command"].strip()


def advised() -> Iterator[tuple[str, str]]:
    """Where a command stands, and the command."""
    for path in files():
        text = text_of(path)
        where = str(path.relative_to(PROJECT))
        found = re.findall(r"`((?:ansible-playbook|make) [^`]+)`", text)
        found += [command.rstrip(".,:") for command in _BARE.findall(text)]
        if path.suffix == ".md":
            found += fenced(text)
        for command in found:
            yield where, " ".join(re.sub(r"\n\s*#?\s*", " ", command).split()).rstrip("\\")


COMMANDS = sorted(set(advised()))


def load(path: str) -> dict:
    return yaml.safe_load((PROJECT / path).read_text("utf-8"))


TAGS = set(load("roles/validate/defaults/main.yml")["validate_tags"]) | {"all", "never", "always"}
SETTINGS = {
    name
    for path in (PROJECT / "group_vars").rglob("*.yml")
    for name in yaml.safe_load(path.read_text("utf-8"))
    if name.startswith("railyard_")
}
ROLES = {
    name
    for path in (PROJECT / "roles").glob("*/defaults/main.yml")
    for name in yaml.safe_load(path.read_text("utf-8")) or {}
}
PLAYED = "\n".join(path.read_text("utf-8") for path in sorted((PROJECT / "playbooks").rglob("*.yml")))
TARGETS = set(re.findall(r"^([a-z0-9-]+):.*## ", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))
MAKE_VARIABLES = set(re.findall(r"^([A-Z]+)\s*[?:]?=", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))


def variables_of(given: str) -> list[str]:
    """Variables that a dictionary gives; keys of a value are none, where it can be read as a whole."""
    try:
        return list(json.loads(given))
    except ValueError:
        return re.findall(r'"([a-z_0-9]+)"\s*:', given)


def variable_problem(given: str) -> str:
    """What is wrong with a variable that ``-e`` gives."""
    name = given.split("=", 1)[0]
    if given.startswith(("@", "{")) or ANYTHING in name:
        problem = (
            ""
            if not given.startswith("@") or ANYTHING in given or (PROJECT / given[1:]).exists()
            else f"no file {given[1:]}"
        )
        names = [] if problem else variables_of(given) if given.startswith("{") else []
        return problem or "; ".join(filter(None, (variable_problem(one) for one in names)))
    known = name in SETTINGS | ROLES or re.search(rf"\b{re.escape(name)}\b(?= *(\||\}}|is |if ))", PLAYED)
    return "" if known else f"no variable {name}"


def handed_on(arguments: str) -> str:
    """What is wrong with the ARGS of a target, of what Ansible is given by them."""
    words = shlex.split(arguments)
    for option, value in zip(words, words[1:], strict=False):
        if option in ("--tags", "--skip-tags", "-t") and (unknown := {*value.split(",")} - TAGS - {ANYTHING, "..."}):
            return f"no tag {', '.join(sorted(unknown))}"
        # A file of the reader's own, which is called so everywhere.
        if option == "-e" and value != "@mine.yml" and (wrong := variable_problem(value)):
            return wrong
    return ""


def problem(command: str) -> str:
    """Why a command could not be given."""
    try:
        program, *words = shlex.split(command, comments=True)
    except ValueError as error:
        return str(error)
    if program == "make":
        named = [word for word in words if "=" not in word and not word.startswith("-")]
        variables = {word.split("=", 1)[0] for word in words if "=" in word}
        wrong = {target for target in named if ANYTHING not in target} - TARGETS | variables - MAKE_VARIABLES
        if wrong:
            return f"make knows no {', '.join(sorted(wrong))}"
        return "; ".join(filter(None, (handed_on(word[5:]) for word in words if word.startswith("ARGS="))))
    playbooks = 0
    while words:
        word = words.pop(0)
        option, _equals, value = word.partition("=") if word.startswith("--") else (word, "", "")
        if option in VALUED:
            value = value or (words.pop(0) if words else "")
            if option in ("--tags", "--skip-tags", "-t"):
                unknown = {tag for tag in value.split(",") if ANYTHING not in tag and tag != "..."} - TAGS
                if unknown:
                    return f"no tag {', '.join(sorted(unknown))}"
            if option == "-e" and variable_problem(value):
                return variable_problem(value)
        elif option.startswith("-"):
            if option not in OPTIONS:
                return f"no option {option}"
        elif ANYTHING not in word and word not in ("...", "…"):
            playbooks += 1
            if not (PROJECT / word).is_file():
                return f"no playbook {word}"
    return ""


def test_there_is_advice() -> None:
    assert len(COMMANDS) > 100
    assert {"plugins", "roles", "playbooks", "README.md"} <= {where.split("/")[0] for where, _command in COMMANDS}


@pytest.mark.parametrize(
    "command",
    [
        "ansible-playbook none.yml",
        "ansible-playbook site.yml --tags none",
        "ansible-playbook site.yml --tags app,none,alb",
        "ansible-playbook site.yml --skip-tags=none",
        "ansible-playbook site.yml -e railyard_none=1",
        "ansible-playbook site.yml -e '{\"railyard_none\": []}'",
        'ansible-playbook site.yml -e \'{"railyard_alarm_thresholds": {"server_cpu": 900}, "railyard_none": 1}\'',
        "ansible-playbook site.yml -e @profiles/none.yml",
        "ansible-playbook site.yml --no-such-option",
        "ansible-playbook site.yml 'open",
        "make none",
        "make site NONE=1",
        'make site ARGS="--tags none"',
        'make site ARGS="-e @mine.yml -e railyard_none=1"',
        'make deploy ARGS="main -e @profiles/none.yml"',
    ],
)
def test_a_command_that_cannot_be_given_is_seen(command: str) -> None:
    assert problem(command)


def test_every_advised_command_can_be_given() -> None:
    assert [f"{where}: {command}: {found}" for where, command in COMMANDS if (found := problem(command))] == []


def test_commands_in_fences_are_seen_to_where_they_end() -> None:
    text = '1. so\n   ```\n   make plan\n   A=b make site ARGS="--tags a;b" && make x < y\n   ```\n'
    text += "```yaml\nmake no command\n```\nmake prose\n```\nmake none | tee log\necho make other\n```\n"
    assert list(fenced(text)) == ["make plan", 'make site ARGS="--tags a;b"', "make none"]
    assert {"make teardown", "make export"} <= {one for where, one in COMMANDS if where.startswith("docs/how-to/ko/")}


#: Names that begin as settings do and are none, in papers.
NO_SETTINGS = {
    # Not there any more, or an example of one to be added.
    "railyard_web_greeting",
}


def test_every_setting_that_a_paper_names_exists() -> None:
    papers = [*PROJECT.glob("*.md"), *(PROJECT / "docs").rglob("*.md"), *(PROJECT / "roles").glob("*/README.md")]
    named = {
        (path.relative_to(PROJECT).as_posix(), name)
        for path in papers
        # What it was called before is said in the changelog.
        if path.name != "CHANGELOG.md"
        for name in re.findall(r"\brailyard_[a-z0-9_]*[a-z0-9]\b(?!\*)", path.read_text("utf-8"))
    }
    assert len(named) > 200
    assert sorted((where, name) for where, name in named if name not in SETTINGS | NO_SETTINGS) == []
