# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What a run in check mode would do, per resource: put together from the looks and the results of its tasks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import ModuleSpec
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS
from ansible_collections.railyard.aws.plugins.module_utils._plan.modules import MODULES, resource_names
from ansible_collections.railyard.aws.plugins.module_utils._plan.prices import PriceTag, amount, total_lines
from ansible_collections.railyard.aws.plugins.module_utils._prices.amounts import dollars
from ansible_collections.railyard.aws.plugins.module_utils._prices.wanted import wanted

#: What may happen to a resource, the strongest first: it is what is shown when several tasks are about one.
ACTIONS = ("replace", "create", "delete", "change")
#: Modules whose result is a look at the stack, and those whose result names kind, name and action itself.
LOOKS = ("railyard.aws.stack_info", "railyard.aws.stack_await")
SAID = ("railyard.aws.planned_change", "railyard.aws.stack_surplus")
#: What a module would do to a thing, or to its parent: which of create and change (or nothing) the looks decide, at the end.
MAKE, MAKE_PART = "make", "make part"


@dataclass(frozen=True)
class Change:
    """One line of a plan."""

    action: str
    what: str
    name: str
    kind: str = ""


class Plan:
    """Collects results; ``changes`` is the plan.

    With ``done`` they are those of a run that changes things: of each kind its first look tells what existed before.
    """

    def __init__(self, done: bool = False) -> None:
        # AWS makes this one with every VPC, and nothing looks at it.
        self._existing: set[tuple[str, str]] = {("security_groups", "default")}
        self._done = done
        self._looked: set[str] = set()
        self._by_id: dict[str, tuple[str, str]] = {}
        self._actions: dict[tuple[str, str], set[str]] = {}
        self._prices = PriceTag()

    def look(self, stack: dict[str, dict[str, dict[str, Any]]], region: str = "") -> None:
        """Learn what exists, from the result of a look. Without the region nothing has a price."""
        self._prices.region = region or self._prices.region
        for kind, entries in stack.items():
            for entry in entries.values():
                if entry.get("exists"):
                    if not self._done or kind not in self._looked:
                        self._existing.add((kind, entry["name"]))
                    self._by_id[entry["id"]] = (kind, entry["name"])
                    self._prices.exists(kind, entry)
        self._looked.update(stack)

    def add(self, host: str, module: str, task: str, arguments: dict[str, Any], result: dict[str, Any]) -> None:
        """Note one result of a task, or of one turn of its loop, that is ``changed``."""
        if module in SAID:
            self._note(result["kind"], result["name"], result["action"])
            self._prices.wants(result["kind"], result["name"], result.get("billed") or {})
            return
        if module not in MODULES:
            self._note("", f"{host}: {task}", "change")
        for kind, spec in MODULES.get(module, []):
            if spec.reports:
                for told, action in (("created", "create"), ("mended", "change"), ("removed", "delete")):
                    for name in result.get(told) or []:
                        self._note(kind, name, action)
            else:
                self._note_call(kind, spec, host, module, task, arguments)

    def _note_call(self, kind: str, spec: ModuleSpec, host: str, module: str, task: str, arguments: dict[str, Any]) -> None:
        kind, names = resource_names(kind, spec, arguments)
        known = [self._by_id.get(name, (kind, name)) for name in names]
        if not known or not all(of for of, _unused in known):
            self._note("", f"{host}: {task}", "change")
            return
        for of, name in known:
            if arguments.get("state") == "absent" and not spec.part:
                self._note(of, name, "delete")
            else:
                self._note(of, name, MAKE_PART if spec.part else MAKE)
                self._prices.wants(of, name, wanted(module, arguments))

    def changes(self) -> list[Change]:
        """Every resource once, by kind in the order of making, what is no resource last."""
        order = {kind: number for number, kind in enumerate(KINDS)}
        found = sorted(self._actions, key=lambda one: order.get(one[0], len(order)))
        changes = [self._change(kind, name) for kind, name in found]
        return [one for one in changes if one is not None]

    def lines(self) -> Iterator[str]:
        """The plan for people, its total last."""
        changes = self.changes()
        costs = [self._prices.delta(one.action, one.kind, one.name) if self._prices.region else None for one in changes]
        amounts = [amount(cost) for cost in costs]
        width = max((len(one.what) for one in changes), default=0)
        # Long names of what costs nothing do not push the prices to the right.
        names = max((len(one.name) for one, price in zip(changes, amounts, strict=True) if price), default=0)
        digits = max((len(price) for price in amounts), default=0)
        for one, price in zip(changes, amounts, strict=True):
            line = f"  {one.action:<8} {one.what:<{width}}  {one.name}"
            yield f"{line:<{names + width + 13}}  {price:>{digits}}".rstrip() if price else line.rstrip()
        if not changes:
            yield "  Nothing would change."
            return
        counts = {action: sum(one.action == action for one in changes) for action in ("create", "change", "replace", "delete")}
        yield f"  {', '.join(f'{number} to {action}' for action, number in counts.items())}"
        if self._prices.region:
            yield from total_lines(costs, self._prices.region, datetime.now(UTC).date())

    def records(self) -> list[dict[str, Any]]:
        """The plan for programs: ``monthly`` is what a change adds in dollars, none where AWS bills nothing or no price is known."""
        found = []
        for one in self.changes():
            cost = self._prices.delta(one.action, one.kind, one.name) if self._prices.region else None
            priced = cost is not None and not cost.unknown
            found.append({**asdict(one), "monthly": dollars(cost.monthly) if cost is not None and priced else None})
        return found

    def _note(self, kind: str, name: str, action: str) -> None:
        if action == "delete" and "create" in self._actions.get((kind, name), set()):
            action = "replace"
        self._actions.setdefault((kind, name), set()).add(action)

    def _change(self, kind: str, name: str) -> Change | None:
        exists = (kind, name) in self._existing
        decided = {MAKE: "change" if exists else "create", MAKE_PART: "change" if exists else ""}
        noted = {decided.get(action, action) for action in self._actions[(kind, name)]}
        action = next((action for action in ACTIONS if action in noted), None)
        return Change(action, KINDS[kind].label if kind in KINDS else kind or "setting", name, kind) if action else None
