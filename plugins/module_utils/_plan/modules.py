# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Which resources a call of a module is about: told by the kinds' declarations, and here for what is no kind of its own."""

from __future__ import annotations

from typing import Any

from ansible_collections.railyard.aws.plugins.module_utils._inventory.kind import ModuleSpec
from ansible_collections.railyard.aws.plugins.module_utils._inventory.kinds import KINDS

#: Modules whose resource has no kind: what they are about is told by their arguments, or it outlives the stack.
_OTHERS: dict[str, tuple[str, ModuleSpec]] = {
    "amazon.aws.ec2_tag": ("", ModuleSpec(("resource",), part=True)),
    "amazon.aws.iam_policy": ("", ModuleSpec(("iam_name",), part=True)),
    # All stacks of an account share one.
    "railyard.aws.iam_oidc_provider": ("OpenID Connect provider", ModuleSpec(("url",), named_by_tag=False)),
    "railyard.aws.route53_domain": ("Domain", ModuleSpec(("domain",))),
}


def _modules() -> dict[str, list[tuple[str, ModuleSpec]]]:
    found = {module: [one] for module, one in _OTHERS.items()}
    for name, kind in KINDS.items():
        for module, spec in kind.made_by.items():
            found.setdefault(module, []).append((name, spec))
    return found


#: Module -> kinds of what it makes, changes or removes, and how its arguments name one. One call may make two things.
MODULES: dict[str, list[tuple[str, ModuleSpec]]] = _modules()

#: Kind of the parent of an inline policy, by the module's ``iam_type``.
_POLICY_PARENTS = {"role": "iam_roles", "group": "iam_groups", "user": "iam_users"}


def resource_names(kind: str, spec: ModuleSpec, arguments: dict[str, Any]) -> tuple[str, list[str]]:
    """Kind and names of what a call is about; a name may also be an id, for who knows ids to look up."""
    kind = kind or _POLICY_PARENTS.get(str(arguments.get("iam_type")), "")
    tags = arguments.get("tags") or arguments.get("resource_tags")
    if spec.named_by_tag and not spec.part and isinstance(tags, dict) and tags.get("Name"):
        return kind, [str(tags["Name"])]
    for name in spec.names:
        value = arguments.get(name)
        if value:
            return kind, [str(one) for one in (value if isinstance(value, list) else [value])]
    return kind, []
