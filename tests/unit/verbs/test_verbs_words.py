"""ARGS is read by nobody's shell: its words stay words, and what only a shell would act on is refused by name."""

from __future__ import annotations

import os
import shlex
import subprocess
from pathlib import Path

import pytest

from tools.verbs import playbooks, words
from tools.verbs.trouble import Trouble

PROJECT = Path(__file__).resolve().parents[3]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", []),
        ("bundle exec rake db:version", ["bundle", "exec", "rake", "db:version"]),
        ("rake 'import[a b,c]'", ["rake", "import[a b,c]"]),
        ('rails runner "puts 1; puts 2 > 1"', ["rails", "runner", "puts 1; puts 2 > 1"]),
        (r"echo it\'s a\;b", ["echo", "it's", "a;b"]),
        ('echo "say \\"hi\\"" \'\'', ["echo", 'say "hi"', ""]),
        ("echo $HOME ~ * #5", ["echo", "$HOME", "~", "*", "#5"]),
    ],
)
def test_words_are_found_and_nothing_is_expanded(text: str, found: list[str]) -> None:
    assert words.split(text) == found


@pytest.mark.parametrize("text", ["a; b", "a && b", "a|b", "a >f", "$(id)", "echo `id`", "a\nb", "a & "])
def test_what_a_shell_would_act_on_is_refused_with_the_way_out(text: str) -> None:
    with pytest.raises(Trouble, match="outside quotes.*sh -c"):
        words.split(text)


@pytest.mark.parametrize("text", ["echo 'a", 'echo "a', "echo a\\"])
def test_an_open_quote_is_refused(text: str) -> None:
    with pytest.raises(Trouble, match="not closed"):
        words.split(text)


def test_make_hands_the_words_to_no_shell_of_this_machine(tmp_path: Path) -> None:
    """make's own recipe, with a python in its way that says what it was given."""
    marker = tmp_path / "ran"
    fake = tmp_path / "python"
    fake.write_text('#!/bin/sh\necho "given: $*"\nprintf "ARGS=%s\\n" "$ARGS"\n')
    fake.chmod(0o755)
    recipe = (PROJECT / "Makefile").read_text("utf-8").partition("\nVERB = ")[2].partition("\n")[0]
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"SHELL := /bin/bash\nIN_ACCOUNT =\nARGS ?=\nVERB = {recipe}\nrun:\n\t@$(VERB)\n")
    text = f"sh -c 'a b'; touch {shlex.quote(str(marker))} \"q\""
    done = subprocess.run(
        ["make", "-f", str(makefile), "run", f"ARGS={text}"],
        env=os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == f"given: -m tools.verbs --make run\nARGS={text}\n"
    assert not marker.exists()


@pytest.mark.parametrize(
    ("verb", "given", "found"),
    [
        ("deploy", ["main"], ["-e", '{"revision": "main"}']),
        ("deploy", ["feature/x-1", "--check"], ["--check", "-e", '{"revision": "feature/x-1"}']),
        (
            "deploy",
            ["-e", "revision=main", "-e", "accept_loss=true"],
            ["-e", "revision=main", "-e", "accept_loss=true"],
        ),
        ("promote", ["from=staging"], ["-e", '{"from": "staging"}']),
        ("promote", ["staging", "--check"], ["--check", "-e", '{"from": "staging"}']),
        ("rollback", ["3f2a91c07d55"], ["-e", '{"release": "3f2a91c07d55"}']),
        ("maintenance", ["on"], ["-e", '{"maintenance": "on"}']),
        ("restart", ["-e", "@mine.yml"], ["-e", "@mine.yml"]),
        ("status", [], []),
    ],
)
def test_words_become_variables_of_the_playbook(verb: str, given: list[str], found: list[str]) -> None:
    assert playbooks.command(verb, given) == ["ansible-playbook", f"playbooks/{verb}.yml", *found]


@pytest.mark.parametrize("word", ["{{ lookup('pipe', 'id') }}", "main branch", "../../etc", "$(id)", "", "a;b"])
def test_a_revision_that_none_can_be_is_refused(word: str) -> None:
    with pytest.raises(Trouble, match="is no name of a revision"):
        playbooks.command("deploy", [word])


@pytest.mark.parametrize(("verb", "given"), [("deploy", ["main", "other"]), ("status", ["web01"])])
def test_words_too_many_are_refused(verb: str, given: list[str]) -> None:
    with pytest.raises(Trouble, match="it was given"):
        playbooks.command(verb, given)


@pytest.mark.parametrize("verb", playbooks.VERBS)
def test_every_verb_that_is_a_playbook_has_one(verb: str) -> None:
    assert (PROJECT / "playbooks" / f"{verb}.yml").is_file()
