# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""One resource of AWS and the way from what it is to what it is to be."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, ClassVar

from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.tags import TagApi, TagChange, tag_change

Raw = dict[str, Any]


class Resource(ABC):
    """A resource as its module's options want it. A subclass says what it is; what is done about it stands here."""

    #: Name of the service's client, and how its requests are repeated (arguments of ``AWSRetry.jittered_backoff``).
    service: ClassVar[str]
    retry: ClassVar[Mapping[str, Any]] = {"retries": 8, "delay": 2}
    #: What people call it in messages, and the option that names it.
    label: ClassVar[str]
    id_option: ClassVar[str] = "name"
    tag_api: ClassVar[TagApi]
    #: Whether its tags are part of what the module returns, and whether a diff shows those, too, that stay.
    returns_tags: ClassVar[bool] = False
    shows_all_tags: ClassVar[bool] = False

    def __init__(self, client: Any, params: Raw, check_mode: bool = False, module: Any = None) -> None:
        """:arg client: of the service, whose operations take ``aws_retry``."""
        self.client = client
        self.params = {**params, self.id_option: self.spelt(params[self.id_option])}
        self.name: str = self.params[self.id_option]
        self.check_mode = check_mode
        self.module = module
        self.warnings: list[str] = []
        #: Its tags as they are to be.
        self.tags: dict[str, str] = self.wanted_tags() or {}

    @staticmethod
    def spelt(name: str) -> str:
        """Its name as AWS spells it."""
        return name

    @property
    def title(self) -> str:
        """What it is called at the beginning of a message."""
        return f"{self.label} '{self.name}'"

    def validate(self) -> None:  # noqa: B027 (most have nothing to say)
        """Raise ResourceError when the options are wrong, whatever the resource is like."""

    @abstractmethod
    def find(self) -> Raw | None:
        """The resource as the API describes it, or None."""

    @abstractmethod
    def new(self) -> Raw:
        """Options of a resource that is to be made, as the diff shows them. Raises ResourceError when some are missing."""

    @abstractmethod
    def create(self, new: Raw) -> Raw:
        """Make it, tags included; return it as the API describes it."""

    @abstractmethod
    def planned(self, new: Raw) -> Raw:
        """What the module returns, in check mode, of a resource that would be made."""

    def plan(self, found: Raw) -> Diff:
        """What differs, apart from tags. Raises ResourceError where AWS cannot change it in place."""
        return Diff()

    def apply(self, found: Raw, diff: Diff) -> None:  # noqa: B027 (some have nothing but tags that can be changed)
        """Make the changes of the plan."""

    @abstractmethod
    def results(self, found: Raw) -> Raw:
        """What the module returns beside ``changed`` and ``diff``."""

    @abstractmethod
    def removed(self, found: Raw) -> Raw:
        """What the diff shows of a resource that goes."""

    @abstractmethod
    def delete(self, found: Raw) -> None:
        """Remove it."""

    @property
    def tag_client(self) -> Any:
        """The client that is asked for its tags."""
        return self.client

    def tag_target(self, found: Raw) -> str:
        """What names it where its tags are asked for. Without one it has none to keep."""
        raise LookupError(f"{self.label} has no tags")

    def tags_of(self, found: Raw) -> dict[str, str]:
        """Its tags."""
        return self.tag_api.current(self.tag_client, self.tag_target(found))

    def wanted_tags(self) -> Raw | None:
        """The tags it is to have; None leaves them alone."""
        return self.params.get("tags")

    def tag_change(self, found: Raw) -> TagChange:
        """What is to be done about its tags."""
        wanted = self.wanted_tags()
        current = {} if wanted is None and not self.returns_tags else self.tags_of(found)
        return tag_change(current, wanted, self.params.get("purge_tags", True))

    def show_tags(self, diff: Diff, change: TagChange) -> None:
        """Put a change of tags into the diff."""
        if self.shows_all_tags:
            diff.add("tags", change.current, change.complete)
        else:
            diff.add("tags", change.before, change.after)

    def settled(self, found: Raw, diff: Diff) -> Raw:
        """The resource after its changes."""
        return found

    def ensure(self) -> Raw:
        """Make it as it is to be; return what exit_json says. Raises ResourceError and botocore's errors."""
        return self.ensure_absent() if self.params["state"] == "absent" else self.ensure_present()

    def ensure_present(self) -> Raw:
        self.validate()
        found = self.find()
        return self.ensure_new() if found is None else self.ensure_as_described(found)

    def ensure_new(self) -> Raw:
        new = self.new()
        results = self.planned(new) if self.check_mode else self.results(self.create(new))
        return {**Diff(after=new).result(), **results}

    def ensure_as_described(self, found: Raw) -> Raw:
        diff, tags = self.plan(found), self.tag_change(found)
        if not self.check_mode:
            if diff:
                self.apply(found, diff)
            if tags:
                self.tag_api.apply(self.tag_client, self.tag_target(found), tags)
        if tags:
            self.show_tags(diff, tags)
        self.tags = tags.complete
        return {**diff.result(), **self.results(self.settled(found, diff))}

    def ensure_absent(self) -> Raw:
        found = self.find()
        diff = Diff(before={} if found is None else self.removed(found))
        if found is not None and not self.check_mode:
            self.delete(found)
        return diff.result()
