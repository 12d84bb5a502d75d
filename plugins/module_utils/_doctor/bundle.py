# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Whether a server can install the bundle: lock file, puma, platforms, Bundler, and where gems come from."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import urlsplit

from ansible_collections.railyard.aws.plugins.module_utils._doctor import groups
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application, version_of
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, WARNS, Check, Finding, Stack
from ansible_collections.railyard.aws.plugins.module_utils._doctor.rubies import wanted_series

#: Sources of gems that answer everybody.
_PUBLIC = ("rubygems.org", "index.rubygems.org", "gem.coop", "gems.ruby-china.com", "rails-assets.org", "gems.rubyforge.org")
#: Sources of gems that answer nobody without a token.
_PRIVATE = re.compile(r"contribsys\.com|pkg\.github\.com|fury\.io|gemfury\.com|jfrog\.io|cloudsmith\.io|packagecloud\.io|gitlab\.|\.pkg\.dev|codeartifact")
#: First Bundler → first Ruby that it runs on. Source: required_ruby_version of its gem.
_BUNDLER_NEEDS = (("2.7", "3.2"), ("2.6", "3.1"), ("2.4", "3.0"), ("2.3", "2.3"))
#: Bundler 1 calls methods that Ruby 3.2 took away.
_ENDS_BUNDLER_1 = "3.2"


def lock_file(app: Application, stack: Stack) -> Iterator[Finding]:
    if not app.locked and stack["ruby_provider"] == "rbenv" and stack["bundle_frozen"]:
        what = f"there is no {app.lock_name}, and a server installs nothing else than it says"
        mend = f"bundle lock, and commit {app.lock_name}; or app_bundle_frozen: false, which takes what is new each time"
        yield Finding("lock-file", BREAKS, what, mend, app.gemfile_name, variables={"app_bundle_frozen": False})


#: What else may serve an application of Rails.
_SERVERS = ("unicorn", "pitchfork", "passenger", "falcon", "thin", "iodine", "agoo", "rainbows")


def server(app: Application, stack: Stack) -> Iterator[Finding]:
    """Servers start puma, whatever else an application is served with."""
    # A Gemfile that reads others names not all of them.
    elsewhere = not app.locked and any(re.search(r"\b(gemspec|eval_gemfile|instance_eval)\b", line.text) for line in app.lines_of(app.gemfile_name))
    left_out = "puma" in app.gemfile.groups and (not app.locked or "puma" in app.lock.gems)
    if app.has("puma") or (elsewhere and not left_out):
        return
    mend, given = groups.let_in(app, "puma")
    other = app.any_of(*_SERVERS)
    what = "puma, which serves the application, is not in the bundle that servers install" + (f"; {other[0]} is, which nobody starts there" if other else "")
    threads = '; railyard_app_threads: "1" unless its code may run in several threads' if other else ""
    where = f"{app.gemfile_name}:{app.gemfile.lines['puma']}" if left_out else app.lock_name if app.locked else app.gemfile_name
    right = f"{mend}, or puma in no group" if mend else "bundle add puma"
    yield Finding("puma", BREAKS, what, right + threads, where, variables=given)


def platforms(app: Application, stack: Stack) -> Iterator[Finding]:
    machine = stack["architecture"]
    fits = {"ruby", f"{machine}-linux", f"{machine}-linux-gnu"}
    if stack["ruby_provider"] != "rbenv" or not stack["bundle_frozen"] or not app.lock.platforms or fits & set(app.lock.platforms):
        return
    what = f"the lock file is for {', '.join(app.lock.platforms)}, and servers are {machine}-linux: Bundler refuses to install"
    mend = f"bundle lock --add-platform {machine}-linux, and commit {app.lock_name}"
    yield Finding("platforms", BREAKS, what, mend, f"{app.lock_name}:{min(app.lock.platforms.values())}")


def needs_ruby(bundler: str) -> str:
    """The oldest Ruby that a Bundler runs on; empty where every one will do."""
    return next((ruby for first, ruby in _BUNDLER_NEEDS if version_of(bundler) >= version_of(first)), "")


def newest_bundler(ruby: str) -> str:
    """The newest Bundler that this stack has been tried with and that runs on a Ruby."""
    mine = version_of(ruby)
    if mine >= version_of("3.0"):
        return "2.6.9" if mine >= version_of("3.1") else "2.4.22"
    return "2.3.27" if mine >= version_of("2.3") else "1.17.3"


def fitting_bundler(locked: str, ruby: str) -> str:
    """The Bundler for a lock file, whose own is best, and a Ruby."""
    runs = version_of(ruby) >= version_of(needs_ruby(locked) or "0") if locked else False
    if version_of(locked) < (2,):
        runs = runs and version_of(ruby) < version_of(_ENDS_BUNDLER_1)
    return locked if runs else newest_bundler(ruby)


def bundler(app: Application, stack: Stack) -> Iterator[Finding]:
    """Bundler 1 reads no lock file of Bundler 2, each Bundler begins at some Ruby, and version 1 ends at one."""
    if stack["ruby_provider"] != "rbenv":
        return
    locked, line = app.lock.bundler
    ours = stack["bundler_version"]
    ruby = wanted_series(app, stack)
    where = f"{app.lock_name}:{line}"
    needs = needs_ruby(locked) if locked else ""
    if needs and version_of(ruby) < version_of(needs):
        newest = newest_bundler(ruby)
        what = f"the lock file was written by Bundler {locked}, which wants Ruby {needs} or newer, and the application's is {ruby}"
        mend = f"bundle _{newest}_ update --bundler={newest}, and railyard_bundler_version: {newest}"
        yield Finding("bundler", BREAKS, what, mend, where, variables={"railyard_bundler_version": newest})
        return
    if not ours:
        return
    right = locked if locked and version_of(locked) >= (2,) else newest_bundler(ruby)
    mend, variables = f"railyard_bundler_version: {right}", {"railyard_bundler_version": right}
    if locked and version_of(locked) >= (2,) and version_of(ours) < (2,):
        what = f"servers have Bundler {ours}, which reads no lock file of Bundler {locked}"
        yield Finding("bundler", BREAKS, what, mend, where, variables=variables)
    elif version_of(ours) < (2,) and version_of(ruby) >= version_of(_ENDS_BUNDLER_1):
        yield Finding("bundler", BREAKS, f"servers have Bundler {ours}, which does not run on Ruby {ruby}", mend, where if locked else "", variables=variables)
    elif version_of(ruby) < version_of(needs_ruby(ours) or "0"):
        what = f"servers get Bundler {ours}, which wants Ruby {needs_ruby(ours)} or newer, and the application's is {ruby}"
        yield Finding("bundler", BREAKS, what, mend, where if locked else "", variables=variables)


def _variable(host: str) -> str:
    return "BUNDLE_" + host.upper().replace("-", "___").replace(".", "__")


def sources(app: Application, stack: Stack) -> Iterator[Finding]:
    """Servers of gems that want a token."""
    hosts: dict[str, str] = {}
    for name, gem in app.lock.gems.items():
        host = urlsplit(gem.remote).hostname or "" if gem.kind == "GEM" and name in app.gems else ""
        if host and host not in _PUBLIC and not host.endswith(".rubygems.org"):
            hosts.setdefault(host, name)
    for host, name in hosts.items():
        if _variable(host) not in stack["environment"]:
            certain = bool(_PRIVATE.search(host))
            what = f"{name} comes from {host}, which {'gives gems to nobody without a token' if certain else 'may want a token'}, and servers have none"
            mend = f"app_environment with {_variable(host)}: USER:TOKEN, encrypted with ansible-vault"
            given = {"app_environment": {_variable(host): "USER:TOKEN"}} if certain else {}
            yield Finding("private-gems", BREAKS if certain else WARNS, what, mend, app.gem_at(name), variables=given)


def git_gems(app: Application, stack: Stack) -> Iterator[Finding]:
    for name, gem in app.lock.gems.items():
        if gem.kind != "GIT" or name not in app.gems:
            continue
        own_key = re.match(r"ssh://|[^/]+@[^/]+:", gem.remote)
        shown = re.sub(r"//[^/@]*@", "//", gem.remote)
        if stack["ruby_provider"] == "package":
            what = f"{name} comes from {shown}, and the distribution's packages, of which the bundle is made, have it in no such version"
            yield Finding("git-gem", BREAKS, what, "railyard_ruby_provider: rbenv", app.gem_at(name), variables={"railyard_ruby_provider": "rbenv"})
        elif gem.remote.startswith("git://"):
            what = f"{name} comes from {shown}, and GitHub answers that protocol no more"
            yield Finding("git-gem", BREAKS, what, f"https:{shown[4:]} in {app.gemfile_name}, and bundle lock", app.gem_at(name))
        elif own_key:
            weight = WARNS if re.match(r"ssh://|[^/]+@[^/]+:", stack["source"]) else BREAKS
            what = f"{name} comes from {shown}, which asks for an SSH key, and servers bring none of their own"
            mend = f"its https:// URL in {app.gemfile_name} where everybody may read it, or a deploy key of the application's user on each server"
            yield Finding("git-gem", weight, what, mend, app.gem_at(name))


def path_gems(app: Application, stack: Stack) -> Iterator[Finding]:
    for name, gem in app.lock.gems.items():
        if gem.kind == "PATH" and name in app.gems:
            inside = not gem.remote.startswith(("/", "~")) and ".." not in gem.remote.split("/")
            if not inside:
                what = f"{name} is in {gem.remote}, outside of the application, and does not come to a server"
                yield Finding(
                    "path-gem", BREAKS, what, f"move it into the application, or publish it, and write that into {app.gemfile_name}", app.gem_at(name)
                )
            elif not (app.root / gem.remote).is_dir():
                what = f"{name} is in {gem.remote}, which is not there"
                yield Finding("path-gem", BREAKS, what, f"commit {gem.remote}; of a submodule: git submodule update --init", app.gem_at(name))


#: What comes with the packages ruby-rails, puma and bundler.
_WITH_RAILS = re.compile(r"rails|railties|action\w+|active(record|support|model|job|storage)|puma|bundler|rack.*|sprockets.*|bootsnap|tzinfo.*|net-\w+|thor")


def packaged(app: Application, stack: Stack) -> Iterator[Finding]:
    """With the distribution's gems a release names the packages that bring them."""
    named = set(stack["packages"])
    direct = sorted(
        name for name in app.gems if name in app.gemfile.groups and not _WITH_RAILS.fullmatch(name) and f"ruby-{name.replace('_', '-')}" not in named
    )
    if stack["ruby_provider"] != "package" or not direct or app.there(stack["packages_file"]):
        return
    if any(package.startswith("ruby-") for package in named):
        # Somebody has looked; a package may be called otherwise than its gem, and many come with Ruby or with another.
        what = f"no package of railyard_ruby_packages is called like the gems {', '.join(direct[:4])}"
        mend = f"nothing, where Ruby or a package of another name brings them; else railyard_ruby_packages with ruby-{direct[0].replace('_', '-')}"
        yield Finding("debian-packages", WARNS, what, mend, app.gemfile_name)
    else:
        what = f"the gems are to be the distribution's packages, and no file says which bring {', '.join(direct[:4])}"
        mend = f"{stack['packages_file']} with ruby-{direct[0].replace('_', '-')} and so on, one to a line, or railyard_ruby_provider: rbenv"
        yield Finding("debian-packages", BREAKS, what, mend, app.gemfile_name, variables={"railyard_ruby_provider": "rbenv"})


CHECKS: tuple[Check, ...] = (lock_file, server, platforms, bundler, sources, git_gems, path_gems, packaged)
