# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A resource that is pending for minutes, takes changes only while it is available, and leaves a snapshot when it goes."""

from __future__ import annotations

import time
from abc import abstractmethod
from collections.abc import Callable, Mapping
from typing import Any, ClassVar

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.railyard.aws.plugins.module_utils._resource.arguments import MODULE_OPTIONS
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Raw, Resource
from ansible_collections.railyard.aws.plugins.module_utils._resource.service_roles import once_the_role_is_there
from ansible_collections.railyard.aws.plugins.module_utils._resource.wait import TimeUp, wait_until

#: Seconds between the first two looks at it.
FIRST_PAUSE = 2


class LifecycleResource(Resource):
    """The way of such a resource: what it waits for, and in what order."""

    #: Key of its state, and the states: in which it takes changes and a final snapshot; from which it comes back by
    #: nobody's doing, so that no snapshot can be taken and only deletion is left.
    status_key: ClassVar[str]
    available: ClassVar[tuple[str, ...]]
    lost: ClassVar[tuple[str, ...]]
    #: Whether it is awaited, too, when what it is busy with is not of this run.
    awaits_others: ClassVar[bool] = False
    #: Key of it in the module's result.
    result_key: ClassVar[str]
    #: Most seconds between two looks, as AWS's own waiter has it.
    longest_pause: ClassVar[float]
    #: Name in IAM of the service, whose role AWS makes at the first use.
    principal: ClassVar[str]
    #: Code of the error by which AWS says that a final snapshot of the name exists.
    snapshot_exists: ClassVar[str]
    #: Options that say what the module does, not what the resource is, and defaults of a new resource.
    module_options: ClassVar[tuple[str, ...]] = MODULE_OPTIONS
    defaults: ClassVar[Mapping[str, Any]]
    #: Name of the snapshot that was left.
    snapshot = ""

    @staticmethod
    def spelt(name: str) -> str:
        return name.lower()

    @property
    def called(self) -> str:
        """What it is called within a message."""
        return self.title[0].lower() + self.title[1:]

    @abstractmethod
    def describe(self, found: Raw) -> Raw:
        """It in the words of the module's options; what AWS does not say is left out."""

    @abstractmethod
    def check_new(self, wanted: Raw) -> None:
        """Raise ResourceError when it cannot be made of these options, defaults included."""

    @abstractmethod
    def request_creation(self, new: Raw) -> Raw:
        """Ask AWS for it, tags included; return it as the API describes it."""

    @abstractmethod
    def request_deletion(self, snapshot: str) -> None:
        """Ask AWS to remove it and to leave a snapshot of this name, if there is one."""

    def unprotect(self, found: Raw) -> None:
        """Take a protection from deletion away where that was said. Raises ResourceError where it was not."""

    @abstractmethod
    def returned(self, found: Raw) -> Raw:
        """It for the module's result."""

    @abstractmethod
    def placeholder(self, new: Raw) -> Raw:
        """What a plan can go on with: of the shape of a real one, at addresses that lead nowhere."""

    @abstractmethod
    def lost_message(self, status: str) -> str:
        """What is said of one from which AWS makes nothing any more."""

    def last_words(self) -> str:
        """What AWS last said about it, as text that can follow a full stop."""
        return ""

    def with_defaults(self) -> Raw:
        """Options of a new one: those given, and the defaults."""
        return {**self.params, **{option: value for option, value in self.defaults.items() if self.params.get(option) is None}}

    def status(self, found: Raw) -> str:
        return found[self.status_key]

    # Waiting

    def wait_until_available(self) -> Raw:
        """It, once it takes changes. Raises ResourceError when it is lost, vanishes or the time is up."""

        def decided(found: Raw | None) -> bool:
            return found is None or self.status(found) in (*self.available, *self.lost, "deleting")

        found = self._wait(decided)
        if found is None:
            raise ResourceError(f"{self.title} was removed by somebody while it was awaited.")
        status = self.status(found)
        if status in self.lost:
            raise ResourceError(self.lost_message(status))
        if status == "deleting":
            raise ResourceError(f"{self.title} is being deleted; run again when it is gone.")
        return found

    def wait_until_deleted(self) -> None:
        """Return once it does not exist. Raises ResourceError when the time is up."""
        self._wait(lambda found: found is None)

    def _wait(self, done: Callable[[Raw | None], bool]) -> Raw | None:
        timeout = self.params["wait_timeout"]
        try:
            return wait_until(self.find, done, timeout, FIRST_PAUSE, self.longest_pause)
        except TimeUp as up:
            raise ResourceError(
                f"{self.title} is still '{self.status(up.seen)}' after {up.waited:.0f} s (wait_timeout is {timeout})."
                f"{self.last_words()} AWS goes on with it: run the same again to wait longer."
            ) from None

    # What the module does

    def ensure_present(self) -> Raw:
        self.validate()
        found = self.find()
        if found is not None and self.status(found) == "deleting":
            if not self.check_mode:
                self.wait_until_deleted()
            found = None
        if found is None:
            return self.ensure_new()
        if self.status(found) == "creating":
            if not self.params["wait"] or self.check_mode:
                # AWS does not say all of it yet and changes none.
                self.tags = self.tags_while_creating(found)
                return {**Diff().result(), **self.results(found)}
            found = self.wait_until_available()
        return self.ensure_as_described(found)

    def tags_while_creating(self, found: Raw) -> dict[str, str]:
        """Tags of one that is being made, where AWS tells them with it."""
        return {}

    def new(self) -> Raw:
        wanted = self.with_defaults()
        self.check_new(wanted)
        return {option: value for option, value in wanted.items() if option not in self.module_options and value is not None}

    def create(self, new: Raw) -> Raw:
        made = once_the_role_is_there(lambda: self.request_creation(new), self.principal)
        return self.wait_until_available() if self.params["wait"] else made

    def planned(self, new: Raw) -> Raw:
        return {self.result_key: self.placeholder(new)}

    def results(self, found: Raw) -> Raw:
        return {self.result_key: {"exists": True, **self.returned(found), "tags": self.tags}}

    def settled(self, found: Raw, diff: Diff) -> Raw:
        if self.check_mode:
            # What is returned is as it is; the diff says what it would be.
            self.tags = self.tags_of(found)
            return found
        if not diff and not (self.awaits_others and self.status(found) not in self.available):
            return found
        return self.wait_until_available() if self.params["wait"] else self.find() or found

    def removed(self, found: Raw) -> Raw:
        return {self.id_option: self.name, **self.describe(found)}

    def delete(self, found: Raw) -> None:
        if self.status(found) not in (*self.available, *self.lost):
            found = self.wait_until_available()
        self.unprotect(found)
        if self.params["retain_snapshot"] and self.status(found) not in self.lost:
            self.snapshot = self.params["final_snapshot_identifier"] or time.strftime(f"{self.name}-final-%Y%m%dt%H%M%S", time.gmtime())
        try:
            self.request_deletion(self.snapshot)
        except is_boto3_error_code(self.snapshot_exists):
            raise ResourceError(
                f"A snapshot '{self.snapshot}' exists already, so {self.called} was not removed."
                " Give another final_snapshot_identifier, or none: then its name ends in the time."
            ) from None

    def ensure_absent(self) -> Raw:
        found = self.find()
        going = None if found is None or self.status(found) == "deleting" else found
        diff = Diff(before={} if going is None else self.removed(going))
        if found is not None and not self.check_mode:
            if going is not None:
                self.delete(going)
            if self.params["wait"]:
                self.wait_until_deleted()
        return {**diff.result(), "final_snapshot_identifier": self.snapshot}
