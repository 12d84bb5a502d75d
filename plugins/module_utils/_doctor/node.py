# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""JavaScript that a release builds: Node, and yarn, npm, pnpm or bun."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._doctor import node_range
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, version_of
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack
from ansible_collections.railyard.aws.plugins.module_utils._doctor.line import Line
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import decided, rails

#: Gems that call a package manager when assets are compiled.
_BUNDLING = ("jsbundling-rails", "cssbundling-rails", "webpacker", "shakapacker", "vite_rails", "vite_ruby", "react_on_rails")
#: Gems that run JavaScript when assets are compiled.
_RUNTIME = ("execjs", "uglifier", "terser", "coffee-rails", "coffee-script", "autoprefixer-rails", "babel-transpiler")
#: Gems that bring assets:precompile, whatever else is loaded, and those that load Sprockets, which does.
_PIPELINES = ("propshaft", "webpacker", "shakapacker", "vite_rails", "vite_ruby")
_LOADING_SPROCKETS = ("sprockets-rails", "sass-rails", "sassc-rails", "dartsass-sprockets")
#: Node under the name nodejs: of Amazon Linux 2023, and of Debian 13. Debian 12 has 18 as well.
_NODE = {"amazon": (18, 20, 8), "debian": (20, 19, 2)}
#: What a package manager makes of a lock file: the modules that it names, and nothing else.
_INSTALLS = {"npm": "npm ci", "yarn": "yarn install --frozen-lockfile", "pnpm": "pnpm install --frozen-lockfile", "bun": "bun install --frozen-lockfile"}
_COMPILES = "bundle exec rake assets:precompile"
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


def _there(stack: Stack, manager: str) -> bool:
    """Whether servers have a package manager by somebody's word."""
    name = manager.split("@", maxsplit=1)[0]
    return name in stack["packages"] or bool(re.search(rf"\b{name}\b(?!@)", stack["assets_command"])) or f"{_published(manager)} " in stack["assets_command"]


def _given(app: Application, stack: Stack, installs: bool) -> dict[str, Any]:
    """The variables by which servers have Node, the package manager, and the modules where nothing else installs them."""
    manager, _seen = _manager(app, _package(app))
    name = manager.split("@", maxsplit=1)[0]
    said = _said(app)
    tools = [f"node@{node_range.wanted(said[0])}"] if said and _refused(said[0], stack) else []
    tools += [] if name == "npm" else [_published(manager)]
    variable = _packages(stack)
    npm = [] if "npm" in stack["packages"] else [*(["nodejs"] if stack["ruby_provider"] == "package" and "nodejs" not in stack["packages"] else []), "npm"]
    given: dict[str, Any] = {variable: [*stack["packages"], *npm]} if npm else {}
    steps = [f"npm install --silent --no-save --prefix tmp/node {' '.join(tools)}", "export PATH=$PWD/tmp/node/node_modules/.bin:$PATH"] if tools else []
    locked = name != "npm" or app.there("package-lock.json", "npm-shrinkwrap.json")
    steps += [_INSTALLS[name] if locked else "npm install"] if installs else []
    if steps:
        given["app_assets_command"] = f"bash -c '{' && '.join([*steps, _COMPILES])}'"
    return given


def _words(given: dict[str, Any]) -> str:
    return ", and ".join(f"{name}: [{', '.join(value)}]" if isinstance(value, list) else f"{name}: {value}" for name, value in given.items())


def bundling(app: Application, stack: Stack) -> Iterator[Finding]:
    gems = app.any_of(*_BUNDLING)
    if not gems or not app.there("package.json"):
        return
    manager, seen = _manager(app, _package(app))
    if _there(stack, manager):
        return
    given = _given(app, stack, installs=False)
    what = f"{gems[0]} builds with {manager.split('@')[0]} when assets are compiled, and servers have Node without it"
    yield Finding("node", BREAKS, what, _words(given), f"{app.gem_at(gems[0])}, {seen}", variables=given)


def _from_modules(app: Application) -> list[Line]:
    """Lines by which assets are made of what a package manager installs, where no gem calls that."""
    if app.any_of(*_BUNDLING) or not _package(app).get("dependencies"):
        return []
    lines = app.lines_of("config/initializers/*.rb", "config/application.rb", "app/assets/**/*.js", "app/assets/**/*.*css", "app/assets/**/*.sass")
    return [line for line in lines if "node_modules" in line.text]


def modules(app: Application, stack: Stack) -> Iterator[Finding]:
    """Sprockets takes files of JavaScript's packages as they are, and nobody has installed them."""
    lines = _from_modules(app)
    manager, seen = _manager(app, _package(app))
    if lines and stack["assets_command"] and not re.search(rf"\b{manager.split('@')[0]} (ci|install|i)\b", stack["assets_command"]):
        given = _given(app, stack, installs=True)
        what = f"assets are made of packages in node_modules, which nothing installs on servers ({manager.split('@')[0]})"
        yield Finding("node", BREAKS, what, _words(given), f"{lines[0]}, {seen}", variables=given)


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


def _said(app: Application) -> tuple[str, str] | None:
    """The Node that an application wants, and where it says so; package.json first, which package managers read."""
    said = str((_package(app).get("engines") or {}).get("node", ""))
    if said:
        return said.strip(), "package.json:1"
    for name in app.there(".node-version", ".nvmrc"):
        return app.read(name).strip(), f"{name}:1"
    tools = next((line for line in app.lines_of(".tool-versions", "mise.toml") if re.match(r"\s*node(js)?\b", line.text)), None)
    version = re.search(r"\d[\d.]*", tools.text) if tools else None
    return (version[0], str(tools)) if version else None


def _refused(said: str, stack: Stack) -> bool:
    """Whether servers have another Node than that. A newer one than a file of the developers' names will do."""
    return bool(node_range.wanted(said)) and not node_range.takes(said, _NODE[stack["system"]])


def node_version(app: Application, stack: Stack) -> Iterator[Finding]:
    bundles = app.any_of(*_BUNDLING)
    said = _said(app)
    if not (bundles or _from_modules(app)) or not said or not _refused(said[0], stack) or re.search(r"\bnode@", stack["assets_command"]):
        return
    have = _NODE[stack["system"]]
    insisted = said[1].startswith("package.json")
    if not insisted and int(node_range.wanted(said[0]).split(".", maxsplit=1)[0]) <= have[0]:
        return
    manager, _seen = _manager(app, _package(app))
    strict = bool(re.search(r"(?m)^\s*engine-strict\s*=\s*true", app.read(".npmrc"))) and not manager.startswith("yarn")
    refuses = insisted and (strict or _published(manager).startswith("yarn@"))
    who = f"{manager.split('@')[0]} {'refuses that, and assets do not compile' if refuses else 'goes on with that'}"
    what = f"the application wants Node {said[0]}, and servers have {'.'.join(map(str, have[:2]))}: {who}"
    given = _given(app, stack, installs=not bundles)
    yield Finding("node-version", BREAKS if refuses else WARNS, what, f"{_words(given)}; or a wider engines.node in package.json", said[1], variables=given)


CHECKS: tuple[Check, ...] = (bundling, modules, runtime, assets, node_version)
