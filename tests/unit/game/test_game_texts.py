"""What games say: the same in both languages, with commands that can be given, and a line on each page of the book."""

from __future__ import annotations

import re
import shlex
from dataclasses import asdict
from pathlib import Path

import botocore.session
import jmespath
import pytest
import yaml
from botocore import xform_name
from game_lab import default_names

from tools.game.game import LANGUAGES, TEXTS, text_of
from tools.game.games import GAMES
from tools.game.speech import _words, lasted, say

PROJECT = Path(__file__).resolve().parents[3]
TOLD = {key: str(value) for key, value in asdict(default_names("/nowhere")).items()}
TAGS = set(yaml.safe_load((PROJECT / "roles/validate/defaults/main.yml").read_text("utf-8"))["validate_tags"])
TARGETS = set(re.findall(r"^([a-z0-9-]+):.*## ", (PROJECT / "Makefile").read_text("utf-8"), re.MULTILINE))


def test_every_game_has_a_file_of_words_and_no_other() -> None:
    assert sorted(path.name for path in TEXTS.iterdir()) == sorted(
        f"chapter-{one.chapter:02}.yml" for one in GAMES.values()
    )


@pytest.mark.parametrize("name", GAMES)
def test_both_languages_say_the_same_and_leave_no_gap(name: str) -> None:
    english, korean = (text_of(GAMES[name], language, TOLD) for language in LANGUAGES)
    for text in (english, korean):
        said = [text.title, text.story, text.broken, *text.hints, *(one.run + one.why for one in text.professional)]
        assert all(said) and not re.search(r"<[a-z_]+>", " ".join(said))
        assert len(text.hints) == 3 and 2 <= len(text.professional) <= 4
    assert [one.run for one in english.professional] == [one.run for one in korean.professional]
    assert re.search("[가-힣]", korean.story) and not re.search("[가-힣]", str(english))
    quoted = [sorted(re.findall(r"`([^`]+)`", " ".join(text.hints))) for text in (english, korean)]
    assert quoted[0] == quoted[1]


@pytest.mark.parametrize("name", GAMES)
def test_the_story_does_not_give_it_away(name: str) -> None:
    for language in LANGUAGES:
        text = text_of(GAMES[name], language, TOLD)
        secrets = set(re.findall(r"\d{4,}|/healthcheck|old-db|ActionsEnabled|DKIM|0\.0\.0\.0/0", text.broken))
        assert not {one for one in secrets if one in text.story}


@pytest.mark.parametrize("name", GAMES)
def test_commands_of_professionals_can_be_given(name: str) -> None:
    session = botocore.session.get_session()
    for step in text_of(GAMES[name], "en", TOLD).professional:
        words = shlex.split(step.run)
        if words[0] == "make":
            assert words[1] in TARGETS
            assert set(re.findall(r"--tags (\S+?)\"?$", step.run)) <= TAGS
        elif words[0] == "ssh":
            assert words[1] in ("web01", "web02", "jump01")
        else:
            assert words[0] == "aws"
            model = session.get_service_model(words[1])
            operation = {xform_name(one, "-"): one for one in model.operation_names}[words[2]]
            options = {xform_name(one, "-") for one in model.operation_model(operation).input_shape.members}
            assert set(re.findall(r" --([a-z-]+)", step.run)) <= options | {"query", "output", "region"}
            if "--query" in words:
                jmespath.compile(words[words.index("--query") + 1])


@pytest.mark.parametrize("name", GAMES)
def test_a_game_is_mended_by_tags_that_there_are(name: str) -> None:
    assert {*GAMES[name].tags.split(",")} <= TAGS
    assert GAMES[name].proof in ("verify", "plan")


@pytest.mark.parametrize("language", LANGUAGES)
def test_each_page_of_the_book_names_its_game(language: str) -> None:
    for path in sorted((PROJECT / "docs/book" / language).glob("chapter-*.md")):
        number = int(path.stem.rpartition("-")[2])
        named = re.findall(r'make game ARGS="?(chapter-\d+)', path.read_text("utf-8"))
        assert named == ([f"chapter-{number}"] if number > 3 else [])
        if named:
            title = text_of(GAMES[named[0]], language, TOLD).title
            assert path.read_text("utf-8").splitlines()[0].endswith(title)


def test_what_the_game_itself_says_is_in_both_languages_with_the_same_gaps() -> None:
    for key, said in _words().items():
        assert sorted(said) == sorted(LANGUAGES), key
        gaps = {language: sorted(re.findall(r"<\w+>", said[language])) for language in LANGUAGES}
        assert gaps["en"] == gaps["ko"], key


@pytest.mark.parametrize(
    ("seconds", "english", "korean"),
    [
        (0.2, "0 s", "0초"),
        (59, "59 s", "59초"),
        (60, "1 min", "1분"),
        (3725, "1 h 2 min 5 s", "1시간 2분 5초"),
        (-3, "0 s", "0초"),
    ],
)
def test_times_are_said_as_people_say_them(seconds: float, english: str, korean: str) -> None:
    assert (lasted(seconds, "en"), lasted(seconds, "ko")) == (english, korean)


def test_what_is_filled_in_is_filled_in() -> None:
    assert say("hint", "en", number=2, hints=3) == "Hint 2 of 3"
