# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The Ruby that an application asks for, in four places, and the one that servers have."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, version_of
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack

#: The oldest versions that are maintained in November 2026.
OLDEST_RUBY, OLDEST_RAILS = "3.3", "8.0"
#: Series → a version of it that can be compiled, for who names the series only.
_FULL = {
    **{"3.4": "3.4.7", "3.3": "3.3.10", "3.2": "3.2.9", "3.1": "3.1.7"},
    **{"3.0": "3.0.7", "2.7": "2.7.8", "2.6": "2.6.10", "4.0": "4.0.0"},
}
#: What distributions package: Debian 12 and Amazon Linux 2023, Debian 13.
_PACKAGED = ("3.1", "3.2", "3.3")


#: First Rails of a series → Rubies that it runs on, and one of them that it has been run on. Source: required_ruby_version of its gem,
#: and that Rails 5 takes keywords as Ruby gave them before version 3.
_RAILS = (
    *(("8.0", ">= 3.2", "3.4.7"), ("7.2", ">= 3.1", "3.4.7"), ("7.0", ">= 2.7", "3.3.10")),
    *(("6.0", ">= 2.5", "3.0.7"), ("5.0", ">= 2.2.2, < 3.0", "2.7.8")),
)


@dataclass(frozen=True)
class Wish:
    """A requirement as RubyGems writes it, such as ``~> 3.3``, and where it stands. One that is ``exact`` rbenv insists on."""

    requirement: str
    where: str
    exact: bool = False


def satisfied(requirement: str, version: str) -> bool:
    """Whether a version is what a requirement wants; one of fewer parts, such as ``3.3``, is taken for the newest of its series."""
    have = version_of(version)
    for operator, said in re.findall(r"(~>|>=|<=|!=|=|>|<)?\s*(\d+(?:\.\d+)*)", requirement):
        want = version_of(said)
        mine = have + (99,) * (3 - len(have))
        full = want + (0,) * (3 - len(want))
        if operator == "~>":
            fits = mine >= full and mine[: max(1, len(want) - 1)] == want[: max(1, len(want) - 1)]
        elif operator == ">=":
            fits = mine >= full
        elif operator == ">":
            fits = mine > full
        elif operator == "<":
            fits = mine < full
        elif operator == "<=":
            fits = mine <= full
        elif operator == "!=":
            fits = mine != full
        else:
            fits = have[: len(want)] == want[: len(have)]
        if not fits:
            return False
    return True


def wishes(app: Application) -> list[Wish]:
    """Every place in which an application names its Ruby and that somebody insists on."""
    found = []
    said, line = app.gemfile.ruby
    file = re.search(r"\bfile['\"]?\s*(?::|=>)\s*['\"]([^'\"]+)", said)
    if file:
        said = ", ".join(_version_in(app.read(file[1])))
    numbers = re.findall(r"['\"]?((?:~>|>=|<=|!=|=|>|<)?\s*\d+(?:\.\d+)+)", re.sub(r",?\s*:?(engine|patchlevel)\b.*$", "", said))
    if numbers:
        found.append(Wish(", ".join(number.strip() for number in numbers), f"{app.gemfile_name}:{line}"))
    own = _version_in(app.read(".ruby-version"))
    if own:
        found.append(Wish(own[0], ".ruby-version:1", exact=True))
    elif not numbers:
        tools = next((line for line in app.lines_of(".tool-versions", "mise.toml", ".mise.toml") if re.match(r"\s*ruby\b", line.text)), None)
        version = re.search(r"\d+\.\d+(?:\.\d+)?", tools.text) if tools else None
        if tools and version:
            found.append(Wish(version[0], str(tools)))
        elif app.lock.ruby[0]:
            found.append(Wish(app.lock.ruby[0], f"{app.lock_name}:{app.lock.ruby[1]}"))
    rails = _of_rails(app)
    if not found and rails:
        found.append(Wish(rails[0], app.gem_at("rails")))
    return found


def _of_rails(app: Application) -> tuple[str, str] | None:
    """Rubies that the application's Rails runs on, and one of them; none where no lock file says which Rails."""
    if not app.gems.get("rails"):
        return None
    return next(((wants, usual) for first, wants, usual in _RAILS if not app.has("rails", below=first)), None)


def ruby_of_rails(rails: str) -> str:
    """The oldest Ruby that a Rails runs on; empty where every one will do."""
    wants = next((wants for first, wants, _usual in _RAILS if version_of(rails) >= version_of(first)), "")
    found = re.search(r">= ([\d.]+)", wants)
    return found[1] if found else ""


def _of_image(app: Application) -> str:
    """The Ruby of the image that a Dockerfile builds on; empty where it does not say. No server reads it, but it has been tried."""
    found = re.search(r"(?m)^(?:ARG\s+RUBY_VERSION=|FROM\s+(?:\S+/)?ruby:)['\"]?(\d+\.\d+\.\d+)", app.read("Dockerfile"))
    return found[1] if found else ""


def _version_in(text: str) -> list[str]:
    """The Ruby that .ruby-version or .tool-versions names."""
    found = re.search(r"(?m)^\s*(?:ruby[-\s]+)?(\d+\.\d+(?:\.\d+)?)", text)
    return [found[1]] if found else []


def best(app: Application, said: list[Wish]) -> str:
    """A version that all wishes agree on and that can be compiled; empty when there is none."""
    written = re.findall(r"\d+\.\d+\.\d+", " ".join(one.requirement for one in said))
    # Of what only says where to begin: the newest that has been about for a while.
    rails = _of_rails(app)
    known = [app.lock.ruby[0], _of_image(app), *([rails[1]] if rails else []), *_FULL.values(), *written]
    return next((one for one in known if one and len(version_of(one)) == 3 and all(satisfied(wish.requirement, one) for wish in said)), "")


def wanted_series(app: Application, stack: Stack) -> str:
    """The Ruby that servers should have for this application: what it wants, or else what they have."""
    said = wishes(app)
    return (best(app, said) if said else "") or str(stack["ruby_version"])


def version(app: Application, stack: Stack) -> Iterator[Finding]:
    said = wishes(app)
    if not said:
        return
    right = best(app, said)
    shown = ", ".join(dict.fromkeys(one.requirement for one in said))
    where = ", ".join(one.where for one in said)
    if not right:
        yield Finding("ruby-version", BREAKS, f"the application wants Ruby {shown}, which no one version is", "one version in all of these places", where)
    elif stack["ruby_provider"] == "rbenv":
        have = stack["ruby_version"]
        refusing = [one for one in said if not satisfied(one.requirement, have)]
        if refusing:
            who = "its Rails" if refusing[0].where.startswith(f"{app.lock_name}:") and not app.lock.ruby[0] else "the application"
            what = f"{who} wants Ruby {', '.join(dict.fromkeys(one.requirement for one in refusing))}, and servers have {have}"
            given = {"railyard_ruby_version": right, "railyard_rails_version": ""}
            yield Finding("ruby-version", BREAKS, what, f"railyard_ruby_version: {right}", ", ".join(one.where for one in refusing), variables=given)
    else:
        # rbenv is not there to insist on .ruby-version.
        insisting = [one for one in said if not one.exact and one.where.startswith(f"{app.gemfile_name}:")]
        fitting = [one for one in _PACKAGED if all(satisfied(wish.requirement, one) for wish in insisting)]
        mend = f"railyard_ruby_provider: rbenv with railyard_ruby_version: {right}"
        given = {"railyard_ruby_provider": "rbenv", "railyard_ruby_version": right, "railyard_rails_version": ""}
        place = ", ".join(one.where for one in insisting)
        if insisting and not fitting:
            what = f"the application wants Ruby {insisting[0].requirement}, and distributions package {', '.join(_PACKAGED)} only"
            yield Finding("ruby-version", BREAKS, what, mend, place, variables=given)
        elif insisting and len(fitting) < len(_PACKAGED):
            what = f"the application wants Ruby {insisting[0].requirement}: of what distributions package, {', '.join(fitting)} only will do"
            yield Finding("ruby-version", WARNS, what, f"an image that has it, or {mend}", place)


def engine(app: Application, stack: Stack) -> Iterator[Finding]:
    """Another Ruby than Ruby itself: rbenv insists on it, and servers have none."""
    said = re.match(r"\s*((?:j|truffle|m)ruby|rbx)[\w.+-]*", app.read(".ruby-version"))
    if said and stack["ruby_provider"] == "rbenv":
        what = f"the application wants {said[0].strip()}, and servers compile Ruby itself only"
        yield Finding("ruby-engine", BREAKS, what, "a version of Ruby in .ruby-version and Gemfile, such as 3.4.7", ".ruby-version:1")


def ended(app: Application, stack: Stack) -> Iterator[Finding]:
    if app.ruby and version_of(app.ruby) < version_of(OLDEST_RUBY):
        mend = f"Ruby {OLDEST_RUBY} or newer, in Gemfile and railyard_ruby_version"
        where = ", ".join(one.where for one in wishes(app))
        yield Finding("ruby-ended", WARNS, f"Ruby {app.ruby} gets no security fixes any more", mend, where)
    if app.has("rails", below=OLDEST_RAILS):
        what = f"Rails {app.gems['rails']} gets no security fixes any more"
        yield Finding("rails-ended", WARNS, what, f'gem "rails", ">= {OLDEST_RAILS}"', app.gem_at("rails"))


CHECKS: tuple[Check, ...] = (version, engine, ended)
