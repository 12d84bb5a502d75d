# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What was found, in lines for people: what breaks, what warns, the variables that mend it, and what was not looked at."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from ansible_collections.railyard.aws.plugins.module_utils._doctor import absent, environment
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import LARGEST, Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Finding, Stack

#: What reading an application's files cannot tell, whatever they are.
_NEVER = "code of gems and of JavaScript packages, migrations against real rows, tests, values of variables and secrets"
#: Names of files, and what they are, that say how an application runs elsewhere.
_ELSEWHERE = ("Dockerfile", "docker-compose.yml", "compose.yml", "config/deploy.yml", "app.json", "fly.toml", "render.yaml")

#: How many files are named.
_LISTED = 4


def unseen(app: Application, stack: Stack) -> list[str]:
    """What was not looked at: what holds for all applications first."""
    found = [_NEVER]
    other = app.there(*_ELSEWHERE)
    if other:
        found.append(f"{', '.join(other)}, which no server of this stack reads")
    engines = sorted(
        {name.split("/")[0] for name in app.files("engines/*/lib/**/*.rb", "packs/*/app/**/*.rb", "components/*/app/**/*.rb", "plugins/*/plugin.rb")}
    )
    if engines:
        found.append(f"code below {', '.join(engines)}")
    lines = environment.computed(app)
    if lines:
        found.append(f"variables of the environment whose names are computed ({', '.join(map(str, lines[:3]))})")
    lacking = sorted({path for path in absent.samples(app).values() if path.startswith("config/") and absent.lacks(app, path, stack)})
    if lacking:
        more = f" and {len(lacking) - _LISTED} more" if len(lacking) > _LISTED else ""
        found.append(f"whether code starts without {', '.join(lacking[:_LISTED])}{more}, of which git has samples only")
    if not app.locked:
        found.append("versions of gems, which no Gemfile.lock says")
    if stack.get("secret") and stack.get("kept") is None:
        found.append("names that `make secret` keeps, as AWS did not answer")
    if stack["ruby_provider"] == "package":
        found.append("whether the distribution's packages have every gem of the bundle in a version that it takes")
    remotes = sorted({gem.remote for name, gem in app.lock.gems.items() if gem.kind == "GIT" and name in app.gems and gem.remote.startswith("https://")})
    if remotes:
        found.append(f"whether everybody may read {', '.join(remotes[:3])}")
    large = [name for name in app.files("config/**/*.rb", "config/*.yml", app.lock_name) if (app.root / name).stat().st_size > LARGEST]
    if large:
        found.append(f"the rest of {', '.join(large[:3])} after {LARGEST // 1024} KiB")
    return found


def _told(findings: list[Finding]) -> Iterator[str]:
    for finding in findings:
        yield f"  {finding.weight}: {finding.what}{f' ({finding.where})' if finding.where else ''}."
        yield f"    Mend: {finding.mend}"


def told(findings: list[Finding], proposal: str = "", spare: list[str] | None = None, not_seen: list[str] | None = None, beside: Iterable[str] = ()) -> str:
    """The whole report.

    :param proposal: file of variables, or nothing
    :param spare: variables that the application reads and does without
    :param not_seen: what was not looked at
    :param beside: names of what runs beside puma
    """
    breaks = sum(finding.weight == BREAKS for finding in findings)
    lines = [f"{breaks} to mend before it works on this stack." if breaks else "Nothing of it breaks on this stack."]
    lines += _told(findings)
    if beside:
        lines.append(f"Beside puma run: {', '.join(beside)}.")
    if proposal:
        lines += ["Variables for it:", *(f"  {line}" for line in proposal.splitlines())]
    told_above = {name for finding in findings for name in finding.variables.get("app_environment", {})}
    without = [name for name in spare or [] if name not in told_above]
    if without:
        lines.append(f"Variables that it reads and does without: {', '.join(without)}.")
    if not_seen:
        lines.append(f"Not looked at: {'; '.join(not_seen)}.")
    return "\n".join(lines)
