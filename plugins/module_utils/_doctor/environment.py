# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Variables of the environment that an application insists on, and that servers do not have."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import buckets, database, lists, names, services, switches
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.ruby import Counted, chosen, holds, walked

#: What runs while Rails, puma or a rake task starts.
_AT_START = ("config/**/*.rb", "config.ru")
_LATER = ("app/**/*.rb", "lib/**/*.rb")
#: What only programs of the developer's own read.
_NEVER = re.compile(r"^lib/(generators|templates|tasks)/|^config/(importmap|i18n|ci|brakeman|capistrano|guard)")
#: Files of Ruby within YAML that Rails and its gems read when they start; Ruby in their comments is run, too.
_TEMPLATES = ("config/*.yml",)
_NOT_LOADED = re.compile(
    r"^config/(deploy\S*|locales|i18n-tasks|brakeman|newrelic|scout_apm|appsignal|skylight|honeybadger|sidekiq\S*|schedule|recurring)\.yml$"
)

_NAME = r"['\"](?P<name>[A-Za-z_]\w*)['\"]"
_FETCH = re.compile(rf"\bENV\.fetch(?:\s*\(\s*|\s+){_NAME}(?P<rest>.*)$")
_INDEX = re.compile(rf"\bENV\[\s*{_NAME}\s*\](?P<rest>.*)$")
#: What an absent variable, which is nil, answers as well.
_OF_NIL = r"to_s|to_i|to_f|to_a|to_h|nil\?|present\?|blank\?|presence|inspect|is_a\?|then|try|in\?|to_json|dup|freeze|itself|tap|to_b|eql\?|equal\?|class|hash"
_CALLED = re.compile(rf"^\s*\.(?!(?:{_OF_NIL})(?![\w?!]))[a-z_]\w*[?!]?")
_INSISTING = re.compile(r"\b(Integer|Float|URI|URI\.parse|Regexp\.new|Base64\.\w*decode64|JSON\.parse|IPAddr\.new)\(\s*$")
#: A default that is nothing, at the end of what reads it: the same as ``ENV["X"]``.
_NIL = re.compile(r"^,\s*(?:nil|['\"]{2})\s*\)*\s*(?:[,}\]]|$)")
_RAISES = re.compile(r"\b(raise|abort|fail|exit)\b")
_LISTS = re.compile(r"%w[\[({](?P<words>[^\])}]*)[\])}]|\[(?P<strings>\s*['\"][A-Z_0-9]+['\"](?:\s*,\s*['\"][A-Z_0-9]+['\"])*\s*,?\s*)\]")
_REQUIRED_KEYS = re.compile(r"\b(?:Dotenv\.require_keys|Figaro\.require_keys|ENVied\.require)\b(?P<names>.*)$")


@dataclass(frozen=True)
class Read:
    """A variable that a line reads: what for (``demands`` fails without it, ``empty`` gets nothing, ``spare`` does without)."""

    name: str
    line: Line
    what: str
    certain: bool | None = True
    later: bool = False


def reads(text: str) -> Iterator[tuple[str, str]]:
    """Variables that one line of Ruby reads, each with what for."""
    for found in _FETCH.finditer(text):
        rest = found["rest"].lstrip()
        # A comma behind the parenthesis goes on with the list that the whole stands in.
        given = re.match(r",\s*[^\s)]|\)?\s*(\{|do\b)", rest) or re.search(r"\brescue\b", rest)
        yield found["name"], "demands" if not given else "empty" if _NIL.match(rest) else "spare"
        yield from ((name, what) for name, what in reads(rest) if name != found["name"] or not given)
    fetched = _FETCH.search(text)
    for found in _INDEX.finditer(text[: fetched.start()] if fetched else text):
        before, rest = text[: found.start()], found["rest"]
        yield found["name"], _of_index(before, rest, text)
        yield from reads(rest)


def _of_index(before: str, rest: str, text: str) -> str:
    if re.match(r"\s*(\|\||&&)?=(?![=~>])", rest):
        return "sets"
    if re.match(r"\s*(\|\||or\b)\s*\(?\s*(raise|abort|fail)\b", rest) or _RAISES.match(text.strip()):
        return "demands"
    if _CALLED.match(rest) or _INSISTING.search(before):
        return "spare" if re.search(r"\brescue\b|\|\|", rest) and not _CALLED.match(rest) else "demands"
    if re.match(r"\s*(\.|&\.|\|\||==|!=|=~|\?|&&|\bor\b|\band\b|\bin\b)", rest) or re.search(
        r"\b(if|unless|elsif|while|!|not|case|&&|\|\|)\s*\(?\s*!?$", before
    ):
        return "spare"
    return "empty"


def _asked_before(text: str, name: str) -> bool:
    """Whether a line reads a variable only where the same line has found it to be there: ``ENV["X"] ? ENV["X"].split : []``."""
    one = rf"ENV(?:\[|\.(?:key|has_key|include|member)\?\(?)\s*['\"]{name}['\"]\s*[\])]?(?:&?\.(?:present\?|presence|to_s|strip|empty\?|nil\?|blank\?))*"
    found = re.search(rf"(?P<not>!\s*)?{one}\s*(?:&&|\band\b|\?(?=\s))(?P<then>.*)$", text)
    if not found or re.search(r"(nil|blank|empty)\?\s*(?:&&|\band\b|\?)$", found[0][: len(found[0]) - len(found["then"])]) or found["not"]:
        return False
    # Nothing before asks for it, and what an absent one leads to does not either.
    otherwise = found["then"].rpartition(" : ")[2] if " : " in found["then"] else ""
    return name not in otherwise and not re.search(rf"ENV(?:\[|\.fetch\(?)\s*['\"]{name}['\"]", text[: found.start()])


def _short(text: str, environment: str) -> str:
    """A line of which ``Rails.env.development? &&`` leaves nothing in other environments."""
    asked, both, _rest = text.partition("&&")
    return "" if both and re.match(r"\s*!?\s*(?:::)?Rails\.env\.\w+\?\s*$", asked) and holds(asked, environment) is False else text


def _guards(text: str, name: str) -> bool:
    """Whether a line's last condition asks for a variable that it may do without."""
    condition = re.split(r"\s(?:if|unless)\s", text)[-1]
    return not any(what == "demands" for asked, what in reads(condition) if asked == name)


def _guarded(one: Counted, name: str) -> bool:
    """Whether the line only counts when the variable is there."""
    return any(re.search(rf"\b{name}\b", condition) for condition in one.conditions)


def _of_ruby(lines: Iterable[Line], environment: str) -> Iterator[Read]:
    counted = list(walked(lines, environment))
    for index, one in enumerate(counted):
        text = _short(chosen(re.sub(r"\s#(?!\{).*$", "", one.line.text), environment), environment)
        following = counted[index + 1].line.text.strip() if index + 1 < len(counted) else ""
        if re.search(r"ENV\.fetch\(\s*(['\"]\w+['\"]\s*,?)?\s*$", text):
            text = f"{text} {following}"
        waits = one.later or bool(re.search(r"->|\b(lambda|proc)\b", text.split("ENV")[0]))
        # What only a condition reads is not demanded by what it guards.
        modifier = re.search(r"\s(?:if|unless)\s+(.+)$", text)
        asked = set(re.findall(r"ENV(?:\[|\.fetch\(|\.key\?\(|\.has_key\?\(|\.include\?\()['\"](\w+)", modifier[1])) if modifier else set()
        raises = bool(_RAISES.match(text.strip()))
        set_here = re.match(r"\s*(\w+)\s*=\s*ENV\b", text)
        # The next line has another one for it.
        otherwise = bool(set_here and re.match(rf"{set_here[1]}\s*\|\|=", following))
        for name, what in reads(text):
            what = "spare" if what == "empty" and otherwise else what
            if what == "demands" and not raises and _asked_before(text, name):
                yield Read(name, one.line, "spare", one.certain, waits)
            elif name in asked:
                what = what if raises or not _guards(text, name) else "spare"
                yield Read(name, one.line, what, one.around, waits)
            else:
                yield Read(name, one.line, "spare" if _guarded(one, name) else what, one.certain, waits)
        keys = _REQUIRED_KEYS.search(text)
        for name in re.findall(r"['\"](\w+)['\"]", keys["names"]) if keys else []:
            yield Read(name, one.line, "demands", one.certain, one.later)
        whole, block = lists.at([later.line.text for later in counted[index : index + lists.FAR]], text)
        listed = _LISTS.search(whole)
        if listed and re.search(r"\.(each|map|select|reject|all\?|any\?|find|filter)\b", whole) and lists.INSISTS.search(block):
            for name in re.findall(r"\w+", listed["words"] or listed["strings"]):
                yield Read(name, one.line, "demands", one.certain, one.later)


def _of_templates(app: Application) -> Iterator[Read]:
    """Ruby within YAML is run wherever it stands: in comments, and in sections of other environments."""
    for name in app.files(*_TEMPLATES):
        if _NOT_LOADED.search(name):
            continue
        counts = {line.number for line in app.yaml_lines(name)}
        for number, text in enumerate(app.read(name).splitlines(), 1):
            for code in re.findall(r"<%(?![#%])[=-]?(.*?)-?%>", text):
                for variable, what in reads(code):
                    # Of a key that is not this environment's nobody sees whether it is empty.
                    wanted = what if what in ("demands", "sets") or number in counts else "spare"
                    yield Read(variable, Line(name, number, text), wanted)


@lru_cache(maxsize=2)
def everything(app: Application) -> tuple[Read, ...]:
    """All variables that the servers' environment may read. Read once, as several checks ask."""
    return tuple(_everything(app))


def _everything(app: Application) -> Iterator[Read]:
    for name in app.files(*_AT_START):
        if not _NEVER.search(name):
            yield from _of_ruby(app.lines_of(name), app.environment)
    yield from _of_ruby(app.lines_of(app.gemfile_name), app.environment)
    yield from _of_templates(app)
    eager = bool(re.search(r"autoload_lib\b|(eager_load|autoload)_paths.*lib|require.*['\"/]lib", "\n".join(line.text for line in app.lines)))
    for name in app.files(*_LATER):
        if not _NEVER.search(name):
            for one in _of_ruby(app.lines_of(name), app.environment):
                loaded = name.startswith("app/") or eager
                yield Read(one.name, one.line, one.what, one.certain if loaded else None, one.later)


def _given(name: str, stack: Stack) -> bool:
    return name in stack["environment"] or name in stack["provided"] or name in names.OF_SYSTEM


def _sets(app: Application) -> set[str]:
    """Variables that the application gives itself."""
    return {one.name for one in everything(app) if one.what == "sets"}


def _value(app: Application, name: str) -> tuple[Any, str]:
    """What to set a variable to, by what reads it or else by its name; and the same in words."""
    meant = buckets.meant(app)
    if services.only_cached(app, name):
        return "127.0.0.1:11211", '"127.0.0.1:11211", where nothing answers and Rails goes on without a cache, or the address of a memcached of your own'
    if name in meant:
        return meant[name], buckets.shown(meant[name])
    if names.meaning(name) == "site.url" and any(
        re.search(rf"\b(?:host|domain)['\"]?\]?\s*(?::|=>|=)\s*[^,]*\bENV[^,]*['\"]{name}['\"]", one.line.text) for one in everything(app) if one.name == name
    ):
        return {"from": "site.host"}, "{from: site.host}"
    return names.value(name)


def demanded(app: Application, stack: Stack) -> Iterator[Finding]:
    """One finding for what an application does not start without, one for what it fails without later."""
    own = _sets(app) | database.own_variables(app, stack)
    start: dict[str, list[Line]] = {}
    later: dict[str, list[Line]] = {}
    for one in everything(app):
        if one.what == "demands" and one.name not in own and not _given(one.name, stack):
            (start if one.certain and not one.later else later).setdefault(one.name, []).append(one.line)
    for kind, found in (("environment", start), ("environment-later", {name: lines for name, lines in later.items() if name not in start})):
        for name, lines in found.items():
            value, words = _value(app, name)
            if kind == "environment":
                what = f"the application does not start without {name} in its environment, and servers do not have it"
            else:
                what = f"what reads {name} fails where the environment has none, and servers have none"
            mend = f"app_environment with {name}: {words}"
            given = {"app_environment": {name: value}}
            yield Finding(kind, BREAKS if kind == "environment" else WARNS, what, mend, at(lines), variables=given)


def spare(app: Application, stack: Stack) -> list[str]:
    """Variables that are read, that servers do not have, and that the application starts without."""
    found = list(everything(app))
    demands = {one.name for one in found if one.what in ("demands", "sets")}
    return sorted({one.name for one in found if one.what in ("spare", "empty") and one.name not in demands and not _given(one.name, stack)})


def computed(app: Application) -> list[Line]:
    """Lines that read a variable whose name is computed."""
    lines = [*app.lines, *app.lines_of(*_LATER)]
    made = re.compile(r"\bENV(?:\.fetch\(?|\[)\s*(?:(?!['\"])[\w#{:]|['\"]\w*(?:#\{|['\"]\s*\+))")
    return [line for line in lines if made.search(line.text) and not re.search(r"ENV\[\s*\]", line.text)]


#: Where a service is looked for when nothing says where it is, and what it is.
_LOCAL = re.compile(
    r"(?P<scheme>rediss?|mongodb|amqps?|memcached?|mysql2?|postgres(?:ql)?|elasticsearch)://[^'\"\s]*(?:localhost|127\.0\.0\.1)"
    r"|(?:localhost|127\.0\.0\.1):(?P<port>6379|11211|9200|27017|5672|9092|1025|5432|3306)\b"
)

#: Service → the variable that most read for its address.
_USUAL = {
    "mongo": "MONGODB_URI",
    "memcache": "MEMCACHE_SERVERS",
    "elastic": "ELASTICSEARCH_URL",
    "amqp": "RABBITMQ_URL",
    "mysql": "DATABASE_URL",
    "postgres": "DATABASE_URL",
}


def local_services(app: Application, stack: Stack) -> Iterator[Finding]:
    """What is looked for on the server itself unless a variable says otherwise."""
    found: dict[str, list[Line]] = {}
    for line in app.lines:
        said = _LOCAL.search(line.text)
        # `rails new` writes a Redis of its own server's into cable.yml, whether anybody speaks over Action Cable or not.
        idle = line.file == "config/cable.yml" and not services.speaks_over_cable(app)
        # What a line only compares with is no address to go to.
        compared = bool(said and re.search(r"[=!]=\s*['\"]$", line.text[: said.start()]))
        if not said or compared or idle or line.file == "config/database.yml" or re.search(r"\bbind\b|allowed|whitelist|trusted|origins", line.text):
            continue
        switches = [one["name"] for one in (_FETCH.search(line.text), _INDEX.search(line.text)) if one]
        if not switches or not any(_given(name, stack) for name in switches):
            found.setdefault(switches[0] if switches else "", []).append(line)
    for name, lines in found.items():
        said = _LOCAL.search(lines[0].text)
        service = (said["scheme"] or {"6379": "redis", "11211": "memcached", "9200": "elasticsearch"}.get(said["port"], f"port {said['port']}")) if said else ""
        what = f"the application looks for {service} on its own server, where there is none" + (f", as {name} is not set" if name else "")
        value, words = names.value(name, service)
        usual = next((variable for start, variable in _USUAL.items() if service.startswith(start)), "REDIS_URL")
        mend = f"app_environment with {name}: {words}" if name else f'read its address from the environment, such as ENV["{usual}"]'
        yield Finding("local-service", BREAKS, what, mend, at(lines), variables={"app_environment": {name: value}} if name else {})


#: Without these an application gets nothing in place of what the stack has. Others, such as a name in links, may be spared.
_TIERS = ("cache", "mail", "bucket", "database")


def empty(app: Application, stack: Stack) -> Iterator[Finding]:
    """What configuration takes from a variable that is absent, where the stack has it under another name."""
    found: dict[str, list[Line]] = {}
    # Set, these would choose the bucket, which another check weighs.
    choosing = switches.deciding(app)
    for one in everything(app):
        tier = names.meaning(one.name).split(".")[0]
        decided = one.line.file == "config/database.yml" and (stack["database_url"] or "DATABASE_URL" in stack["environment"])
        # Of services of Active Storage only the chosen one counts, which another check looks at.
        decided = decided or one.line.file == buckets.FILE
        settled = one.later or one.certain is None or decided or not one.line.file.startswith("config/") or _given(one.name, stack)
        if one.what == "empty" and tier in _TIERS and not settled and one.name not in choosing:
            found.setdefault(one.name, []).append(one.line)
    for name, lines in found.items():
        value, words = names.value(name)
        what = f"{name} is read, servers do not have it, and what takes it gets nothing, although the stack has a {names.meaning(name)}"
        more = f"railyard_app_contract: rails, or app_environment with {name}: {words}" if name in names.given_by("rails") else ""
        yield Finding(
            "environment-empty", WARNS, what, more or f"app_environment with {name}: {words}", at(lines), variables={"app_environment": {name: value}}
        )


def redis_of_gems(app: Application, stack: Stack) -> Iterator[Finding]:
    """Gems that read REDIS_URL by themselves, and else look for Redis on the server."""
    gems = [gem for gem in app.any_of("sidekiq", "resque") if gem in app.gemfile.groups]
    configured = app.matching(r"\b(config|Resque|Sidekiq)\.redis\s*=|\bREDIS_URL\b|\bREDIS_PROVIDER\b")
    store = [line for line in app.matching(r"cache_store\s*=\s*:redis_cache_store\b") if not re.search(r":redis_cache_store\s*,", line.text)]
    if _given("REDIS_URL", stack) or _given("REDIS_PROVIDER", stack) or not (store or (gems and not configured)):
        return
    value, words = names.value("REDIS_URL")
    what = f"{gems[0] if gems and not configured else 'the cache'} looks for Redis on its own server, where there is none, as REDIS_URL is not set"
    where = at(store) if store else app.gem_at(gems[0])
    mend = f"railyard_app_contract: rails, or app_environment with REDIS_URL: {words}"
    yield Finding("local-service", BREAKS, what, mend, where, variables={"app_environment": {"REDIS_URL": value}})


CHECKS: tuple[Check, ...] = (demanded, local_services, empty, redis_of_gems)
