# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JavaScript that a release builds: Node, and yarn, npm, pnpm or bun."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, version_of
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import decided, rails

#: Gems that call a package manager when assets are compiled.
_BUNDLING = ("jsbundling-rails", "cssbundling-rails", "webpacker", "shakapacker", "vite_rails", "vite_ruby", "react_on_rails")
#: Gems that run JavaScript when assets are compiled.
_RUNTIME = ("execjs", "uglifier", "terser", "coffee-rails", "coffee-script", "autoprefixer-rails", "babel-transpiler")
#: Gems that bring assets:precompile, whatever else is loaded, and those that load Sprockets, which does.
_PIPELINES = ("propshaft", "webpacker", "shakapacker", "vite_rails", "vite_ruby")
_LOADING_SPROCKETS = ("sprockets-rails", "sass-rails", "sassc-rails", "dartsass-sprockets")
#: Newest Node that distributions have under the name nodejs: Debian 12 and Amazon Linux 18, Debian 13 20.
_NEWEST_NODE = "20"
_FILES = {"yarn.lock": "yarn", "package-lock.json": "npm", "npm-shrinkwrap.json": "npm", "pnpm-lock.yaml": "pnpm", "bun.lock": "bun", "bun.lockb": "bun"}


def _package(app: Application) -> dict[str, Any]:
    try:
        said = json.loads(app.read("package.json") or "{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _manager(app: Application, package: dict[str, Any]) -> tuple[str, str]:
    """The package manager and where that is said."""
    said = re.match(r"(yarn|npm|pnpm|bun)\b(?:@(\d[\w.]*))?", str(package.get("packageManager", "")))
    if said:
        return said[0] if said[2] else said[1], "package.json:1"
    return next(((manager, f"{name}:1") for name, manager in _FILES.items() if app.there(name)), ("npm", "package.json:1"))


def _published(manager: str) -> str:
    """What npm installs a package manager as. From its second version on yarn has another name there."""
    name, _at, version = manager.partition("@")
    if name == "yarn":
        return f"@yarnpkg/cli-dist@{version}" if version and version_of(version) >= (2,) else f"yarn@{version or 1}"
    return manager


def _packages(stack: Stack) -> str:
    return "railyard_ruby_packages" if stack["ruby_provider"] == "package" else "rbenv_build_packages_extra"


def bundling(app: Application, stack: Stack) -> Iterator[Finding]:
    gems = app.any_of(*_BUNDLING)
    package = _package(app)
    if not gems or not app.there("package.json"):
        return
    manager, seen = _manager(app, package)
    name = manager.split("@")[0]
    if (
        name in stack["packages"]
        or f"{name} " in f"{stack['assets_command']} "
        or re.search(rf"\b{name}\b", stack["assets_command"])
        or f"{_published(manager)} " in stack["assets_command"]
    ):
        return
    variable = _packages(stack)
    wanted = [*stack["packages"], *(["nodejs"] if stack["ruby_provider"] == "package" else []), "npm"]
    given: dict[str, Any] = {variable: wanted}
    mend = f"{variable}: [{', '.join(wanted)}]"
    if name != "npm":
        version = _published(manager)
        there = f"npm install --silent --no-save --prefix tmp/node {version} && PATH=$PWD/tmp/node/node_modules/.bin:$PATH"
        command = f"bash -c '{there} bundle exec rake assets:precompile'"
        given["app_assets_command"] = command
        mend += f", and app_assets_command: {command}"
    what = f"{gems[0]} builds with {name} when assets are compiled, and servers have Node without it"
    yield Finding("node", BREAKS, what, mend, f"{app.gem_at(gems[0])}, {seen}", variables=given)


def runtime(app: Application, stack: Stack) -> Iterator[Finding]:
    """Of the distribution's packages nobody asks for Node; with rbenv it is there."""
    gems = app.any_of(*_RUNTIME)
    if (
        gems
        and stack["ruby_provider"] == "package"
        and not app.has("mini_racer")
        and "nodejs" not in stack["packages"]
        and not app.there(stack["packages_file"])
    ):
        wanted = [*stack["packages"], "nodejs"]
        what = f"{gems[0]} runs JavaScript when assets are compiled, and servers have nothing to run it with"
        yield Finding("node", BREAKS, what, f"railyard_ruby_packages: [{', '.join(wanted)}]", app.gem_at(gems[0]), variables={"railyard_ruby_packages": wanted})


def assets(app: Application, stack: Stack) -> Iterator[Finding]:
    """An API has nothing to compile, and unless something else brings it no such task either."""
    said = decided(rails(app, "api_only"), stack)
    if "assets:precompile" not in stack["assets_command"] or not app.locked or not said or said.word != "true" or said.holds is not True:
        return
    loaded = app.any_of(*_PIPELINES) or [gem for gem in _LOADING_SPROCKETS if gem in app.gemfile.groups and app.has(gem)]
    required = [line for line in app.lines_of("config/application.rb") if re.search(r"require\s*\(?['\"](rails/all|sprockets/)", line.text)]
    sprockets = bool(required) and app.has("sprockets-rails")
    own = [line for line in app.lines_of("Rakefile", "lib/tasks/**/*.rake") if re.search(r"\b(assets|precompile)\b", line.text)]
    if not loaded and not sprockets and not own:
        what = "the application is an API without assets, so rake knows no assets:precompile, and a release fails there"
        yield Finding("assets", BREAKS, what, 'app_assets_command: ""', str(said.line), variables={"app_assets_command": ""})


def node_version(app: Application, stack: Stack) -> Iterator[Finding]:
    if not app.any_of(*_BUNDLING):
        return
    said, seen = str((_package(app).get("engines") or {}).get("node", "")), "package.json:1"
    if not said:
        tools = next((line for line in app.lines_of(".tool-versions", "mise.toml") if re.match(r"\s*node(js)?\b", line.text)), None)
        seen = next((f"{name}:1" for name in app.there(".node-version", ".nvmrc")), str(tools) if tools else "")
        said = app.read(".node-version") or app.read(".nvmrc") or (tools.text if tools else "")
    # Several majors may do: the oldest one counts.
    majors = [int(number) for number in re.findall(r"(?:^|[^\d.])v?(\d+)(?:\.[\dx*]+)*", re.sub(r"<=?\s*\d[\d.]*", "", said))]
    if majors and min(majors) > version_of(_NEWEST_NODE)[0]:
        what = f"the application wants Node {said.strip()}, and distributions have {_NEWEST_NODE} at most; yarn refuses that, npm says so and goes on"
        yield Finding("node-version", WARNS, what, "a wider engines.node in package.json, or Node from elsewhere in app_assets_command", seen)


CHECKS: tuple[Check, ...] = (bundling, runtime, assets, node_version)
