# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether the application answers the site's visitors and its health check: hosts, HTTPS, path."""

from __future__ import annotations

import re
from collections.abc import Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack, at
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.ruby import Setting
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import decided, rails


def accepted(codes: str, answer: int) -> bool:
    """Whether a target group's matcher, such as ``200-399,404``, takes an answer."""
    for part in codes.split(","):
        first, _dash, last = part.strip().partition("-")
        if first.isdigit() and int(first) <= answer <= int(last or first):
            return True
    return False


def _admits(text: str, host: str, stack: Stack) -> bool | None:
    """Whether what a line adds to config.hosts admits a host; none when the environment decides it."""
    variables = re.findall(r"ENV(?:\[|\.fetch\()\s*['\"](\w+)", text)
    if any(name in stack["environment"] for name in variables):
        return None
    if variables:
        # What the stack gives as the site's name admits it.
        return True if any(re.search(r"HOST|DOMAIN|URL", name) for name in variables if name in stack["provided"]) else None
    words = re.findall(r"['\"]([^'\"]+)['\"]", text)
    for pattern in re.findall(r"/((?:\\.|[^/])+)/", text):
        try:
            if host and re.search(pattern.replace("\\A", "^").replace("\\z", "$").replace("\\h", "[0-9a-f]"), host):
                return True
        except re.error:
            return None
        words.append(pattern)
    if not words and not re.search(r"<<\s*nil|\[\s*\]", text):
        return None
    names = [word.lower() for word in words]
    return any(host == name or (name.startswith(".") and (host.endswith(name) or host == name[1:])) for name in names) if host else False


def hosts(app: Application, stack: Stack) -> Iterator[Finding]:
    """Rails answers 403 to every name that config.hosts does not list, once it lists any."""
    lines = [
        line for line, certain in app.effective("config/application.rb", f"config/environments/{app.environment}.rb", "config/initializers/**/*.rb") if certain
    ]
    said = [line for line in lines if re.search(r"\bconfig\.hosts\b|^\s*hosts\s*<<", line.text)]
    adding: list[Line] = []
    for line in said:
        if re.search(r"hosts\.clear\b|hosts\s*=\s*(nil|\[\s*\])", line.text):
            adding = []
        else:
            adding.append(line)
    if not adding:
        return
    texts = [_whole(app, line) for line in adding]
    host = stack["site_host"].lower()
    admits = [_admits(text.split("hosts", 1)[1], host, stack) for text in texts]
    if True in admits or None in admits:
        return
    listed = next(iter(re.findall(r"['\"]\.?([\w-]+(?:\.[\w-]+)+)['\"]", " ".join(texts))), "")
    variable = "AWS_INTRO_SAMPLE_HOST" if stack["contract"] == "book" else "APP_HOST"
    shown = host or "the load balancer's name"
    health = "" if accepted(stack["health_codes"], 403) else ", the health check's questions included"
    what = f"config.hosts does not list {shown}, under which visitors come: Rails answers 403 to them{health}"
    mend = f'config.hosts << ENV["{variable}"]' + (f", or railyard_domain and railyard_site_host: {listed}" if listed else "")
    given = {"railyard_domain": ".".join(listed.split(".")[-2:]), "railyard_site_host": listed} if listed and not host else {}
    yield Finding("hosts", BREAKS, what, mend, at(adding), variables=given)


def _whole(app: Application, line: Line) -> str:
    """A line with those that its list goes on in."""
    text = line.text
    if "[" not in text or "]" in text:
        return text
    for following in app.lines_of(line.file):
        if following.number > line.number:
            text += " " + following.text
            if "]" in following.text:
                break
    return text


def _switch(said: Setting) -> tuple[bool, str]:
    """Whether a setting is on while its variable is absent, and the value of the variable that turns it off."""
    if not said.variable:
        return said.word not in ("false", "nil"), ""
    text = said.line.text.split("ENV", 1)[1]
    if re.search(r"\.(blank|nil|empty)\?", text) or re.search(r"=\s*!\s*ENV", said.line.text):
        return True, "true"
    compared = re.search(r"(==|!=)\s*['\"](\w+)['\"]", text)
    if compared:
        on = (said.word == compared[2]) == (compared[1] == "==")
        return on, "false" if compared[1] == "==" else compared[2]
    return said.word == "true", "false"


def https(app: Application, stack: Stack) -> Iterator[Finding]:
    """Without a domain there is no certificate: the site speaks HTTP only."""
    if stack["https"]:
        return
    for name, what in (
        ("force_ssl", "config.force_ssl sends every visitor to HTTPS"),
        ("assume_ssl", "config.assume_ssl takes every request for HTTPS, and Rails refuses forms that come from http://"),
    ):
        said = decided(rails(app, name), stack)
        if said is None or said.holds is not True:
            continue
        absent, off = _switch(said)
        if not absent:
            continue
        switch = f', or app_environment with {said.variable}: "{off}"' if said.variable else ""
        mend = f"railyard_domain: a domain of yours, for which there is a certificate then{switch}"
        given = {"app_environment": {said.variable: off}} if said.variable else {}
        yield Finding("https", BREAKS, f"{what}, and without railyard_domain the site speaks HTTP only", mend, str(said.line), variables=given)


#: What may answer any path: engines at the root, routes in other files, wildcards, gems that draw their own.
_ANY_PATH = re.compile(r"\bmount\b.*['\"]/['\"]|\bdraw\s*[(:]|\bmatch\b|\*\w+['\"]|\bextend\b|\binstance_eval\b|\bdevise_for\b|\buse_\w+")
_BELOW = re.compile(r"\b(mount|scope|namespace|resources?)\b")


def _declares(app: Application, path: str) -> bool | None:
    """Whether the application's routes have a path; none when that cannot be told by reading."""
    text = "\n".join(line.text for line in app.lines_of("config/routes.rb", "config/routes/**/*.rb"))
    root = r"^\s*root\b|\bget\s*\(?\s*['\"]/?['\"]|['\"]/['\"]"
    known = root if path == "/" else rf"['\":]/?{re.escape(path.strip('/'))}(?:['\"/(\s]|$)"
    if re.search(known, text, re.MULTILINE):
        return True
    return None if not text or _ANY_PATH.search(text) or (path != "/" and _BELOW.search(text)) or (path == "/" and "scope" in text) else False


def health(app: Application, stack: Stack) -> Iterator[Finding]:
    path = stack["health_path"].split("?")[0]
    if _declares(app, path) is not False:
        return
    own = next((line for line in app.lines_of("config/routes.rb") if re.search(r"rails/health#show|['\"]/?(up|health|healthz|status)['\"]", line.text)), None)
    found = re.search(r"['\"]/?(up|health|healthz|status)['\"]", own.text) if own else None
    right = f"/{found[1]}" if found else "a path of its routes"
    answers = accepted(stack["health_codes"], 404)
    what = f"servers are asked for {path}, which is none of the application's routes"
    refused = f": its 404 is none of {stack['health_codes']}, and no server would get visitors"
    what += ": its 404 counts as well, whatever else is broken" if answers else refused
    where = str(own) if own else "config/routes.rb:1"
    given = {"railyard_app_health_path": right} if found else {}
    yield Finding("health-path", WARNS if answers else BREAKS, what, f"railyard_app_health_path: {right}", where, variables=given)


CHECKS: tuple[Check, ...] = (hosts, https, health)
