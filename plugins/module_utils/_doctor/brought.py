# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a setting of Rails names and a gem brings, such as a cache store: without the gem Rails does not start, or assets do not compile."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ansible_collections.railyard.aws.plugins.module_utils._doctor import groups
from ansible_collections.railyard.aws.plugins.module_utils._doctor.application import Application
from ansible_collections.railyard.aws.plugins.module_utils._doctor.finding import BREAKS, Check, Finding, Stack
from ansible_collections.railyard.aws.plugins.module_utils._doctor.settings import decided, rails


@dataclass(frozen=True)
class Named:
    """A setting: what it names → gems of which one brings that, and what fails without."""

    setting: str
    gems: dict[str, tuple[str, ...]]
    fails: str


_NAMED = (
    Named(
        "cache_store",
        {
            **{"mem_cache_store": ("dalli",), "dalli_store": ("dalli",), "redis_cache_store": ("redis",)},
            **{"redis_store": ("redis-activesupport", "redis-rails"), "solid_cache_store": ("solid_cache",), "readthis_store": ("readthis",)},
        },
        "Rails does not start",
    ),
    Named(
        r"active_job\.queue_adapter",
        {
            **{name: (name,) for name in ("sidekiq", "resque", "good_job", "solid_queue", "delayed_job", "que", "queue_classic", "sneakers", "sucker_punch")},
            **{"shoryuken": ("shoryuken",), "backburner": ("backburner",), "delayed": ("delayed",), "faktory": ("faktory_worker_ruby",)},
        },
        "Rails does not start",
    ),
    Named(
        r"assets\.js_compressor",
        {"uglifier": ("uglifier",), "Uglifier": ("uglifier",), "terser": ("terser",), "Terser": ("terser",), "closure": ("closure-compiler",)},
        "assets do not compile",
    ),
)
#: The version of dalli that took its own cache store away; Rails has one of its own.
_ENDS_DALLI_STORE = "3.0.0"


def absent(app: Application, stack: Stack) -> Iterator[Finding]:
    if not app.locked:
        return
    for one in _NAMED:
        said = decided(rails(app, one.setting), stack)
        gems = one.gems.get(said.word or "") if said and said.holds and not said.variable else None
        if not said or not gems or app.any_of(*gems):
            continue
        # Of assets Sprockets reads it, and nothing else.
        if one.setting.startswith("assets") and not (stack["assets_command"] and app.has("sprockets-rails")):
            continue
        let, given = groups.let_in(app, gems[0])
        what = f"{one.setting.replace(chr(92), '')} is {said.word}, which {' or '.join(gems)} brings, and that is not in the bundle: {one.fails}"
        yield Finding("setting-gem", BREAKS, what, f"{let}, or it in no group" if let else f"bundle add {gems[0]}", str(said.line), variables=given)


def dalli_store(app: Application, stack: Stack) -> Iterator[Finding]:
    said = decided(rails(app, "cache_store"), stack)
    if said and said.holds and said.word == "dalli_store" and app.has("dalli") and not app.has("dalli", below=_ENDS_DALLI_STORE):
        what = f"dalli {app.gems['dalli']} has no dalli_store any more, and Rails does not start with it"
        yield Finding("setting-gem", BREAKS, what, "config.cache_store = :redis_cache_store with the stack's cache", str(said.line))


CHECKS: tuple[Check, ...] = (absent, dalli_store)
