# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""A parameter group, of whichever service."""

from __future__ import annotations

from abc import abstractmethod
from typing import Any, ClassVar, NamedTuple

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.tagging import ansible_dict_to_boto3_tag_list
from ansible_collections.railyard.aws.plugins.module_utils._parameter_groups.parameters import Known, differences, in_pages, validate
from ansible_collections.railyard.aws.plugins.module_utils._resource import arguments
from ansible_collections.railyard.aws.plugins.module_utils._resource.compare import Diff
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.module_utils._resource.find import find_by_name
from ansible_collections.railyard.aws.plugins.module_utils._resource.pages import read_all
from ansible_collections.railyard.aws.plugins.module_utils._resource.resource import Raw, Resource

ARGUMENTS: dict[str, Any] = {
    "name": {"type": "str", "required": True},
    **arguments.STATE,
    "family": {"type": "str"},
    "description": {"type": "str"},
    "parameters": {"type": "dict"},
    "purge_parameters": {"type": "bool", "default": True},
    **arguments.TAGS,
}


class Api(NamedTuple):
    """What a service calls its parameter groups.

    ``group`` is the word in its operations (``create_db_parameter_group``), ``parameters`` the operation that tells a group's
    parameters, ``prefix`` what the names of arguments and keys begin with, ``arn`` and ``entries`` those of the group's ARN and
    of the parameters in a request, ``missing`` and ``unknown_family`` the codes of errors.
    """

    group: str
    parameters: str
    prefix: str
    arn: str
    entries: str
    missing: str
    unknown_family: list[str]


class ParameterGroup(Resource):
    """A parameter group with its parameters: those not in the options have the family's defaults."""

    label = "Parameter group"
    api: ClassVar[Api]
    #: False and True as the engine writes them, and what the diff shows of a parameter that is reset.
    booleans: ClassVar[tuple[str, str]]
    default_word: ClassVar[str | None] = None
    judges_values: ClassVar[bool]
    #: What is said where the group does not exist and no family is given.
    family_hint: ClassVar[str]

    def __init__(self, *arguments: Any, **more: Any) -> None:
        super().__init__(*arguments, **more)
        self.wanted = {name: self.text(value) for name, value in (self.params.get("parameters") or {}).items()}
        self.known: Known = {}
        self.to_set: dict[str, str] = {}
        self.to_reset: list[str] = []

    @staticmethod
    def spelt(name: str) -> str:
        return name.lower()

    def text(self, value: Any) -> str:
        """A value as the API writes it."""
        return self.booleans[value] if isinstance(value, bool) else str(value)

    @staticmethod
    def same(wanted: str, current: str | None) -> bool:
        """Whether two values are one."""
        return wanted == current

    @abstractmethod
    def cannot_become(self, family: str) -> str:
        """What is said when the options name another family than the group's."""

    @abstractmethod
    def no_family(self, family: str) -> str:
        """What is said of a family that AWS does not know."""

    @property
    def its_name(self) -> Raw:
        return {f"{self.api.prefix}ParameterGroupName": self.name}

    def _call(self, verb: str, **request: Any) -> Raw:
        return getattr(self.client, f"{verb}_{self.api.group}")(aws_retry=True, **self.its_name, **request)

    def family_of(self, found: Raw) -> str:
        return found[f"{self.api.prefix}ParameterGroupFamily"]

    def ensure(self) -> Raw:
        if self.name.startswith("default."):
            raise ResourceError(f"'{self.name}' is a group of AWS's own, which nobody can change or remove; choose another name.")
        return super().ensure()

    def find(self) -> Raw | None:
        describe = getattr(self.client, f"describe_{self.api.group}s")
        return find_by_name(describe, f"{self.api.prefix}ParameterGroups", self.api.missing, **self.its_name)

    def tag_target(self, found: Raw) -> str:
        return found[self.api.arn]

    def family_defaults(self, family: str) -> Known:
        """The parameters of a family by name. Raises ResourceError when AWS does not know it."""
        try:
            its_family = {f"{self.api.prefix}ParameterGroupFamily": family}
            entries = read_all(self.client, "describe_engine_default_parameters", "EngineDefaults.Parameters", **its_family)
        except is_boto3_error_code(self.api.unknown_family):
            raise ResourceError(self.no_family(family)) from None
        return {entry["ParameterName"]: entry for entry in entries}

    def parameters(self) -> Known:
        """The parameters of the group by name."""
        entries = read_all(self.client, self.api.parameters, "Parameters", **self.its_name)
        return {entry["ParameterName"]: entry for entry in entries}

    def entry(self, parameter: Raw) -> Raw:
        """What names a parameter in a request."""
        return {"ParameterName": parameter["ParameterName"]}

    def _plan_parameters(self, known: Known, family: str, purge: bool) -> None:
        validate(self.wanted, known, family, self.judges_values)
        self.known = known
        self.to_set, self.to_reset = differences(self.wanted, known, purge, self.same)

    def _set_parameters(self) -> None:
        """Set and reset parameters, as many in one request as AWS takes."""
        for part in in_pages(self.to_reset):
            self._call("reset", **{self.api.entries: [self.entry(self.known[name]) for name in part]})
        for part in in_pages(sorted(self.to_set)):
            entries = [{**self.entry(self.known[name]), "ParameterValue": self.to_set[name]} for name in part]
            self._call("modify", **{self.api.entries: entries})

    def new(self) -> Raw:
        family = self.params["family"]
        if not family:
            raise ResourceError(f"{self.title} does not exist; {self.family_hint}.")
        self._plan_parameters(self.family_defaults(family), family, purge=False)
        description = self.params["description"] or self.name
        return {"name": self.name, "family": family, "description": description, "parameters": self.to_set, "tags": self.params["tags"] or {}}

    def create(self, new: Raw) -> Raw:
        tags = {"Tags": ansible_dict_to_boto3_tag_list(new["tags"])} if new["tags"] else {}
        family = {f"{self.api.prefix}ParameterGroupFamily": new["family"]}
        made = self._call("create", Description=new["description"], **family, **tags)[f"{self.api.prefix}ParameterGroup"]
        self._set_parameters()
        return made

    def plan(self, found: Raw) -> Diff:
        diff, family = Diff(), self.family_of(found)
        if self.params["family"] not in (None, family):
            raise ResourceError(self.cannot_become(family))
        if self.params["parameters"] is not None:
            self._plan_parameters(self.parameters(), family, self.params["purge_parameters"])
        touched = sorted([*self.to_set, *self.to_reset])
        if touched:
            before = {name: self.known[name].get("ParameterValue") for name in touched}
            diff.add("parameters", before, {name: self.to_set.get(name, self.default_word) for name in touched})
        return diff

    def apply(self, found: Raw, diff: Diff) -> None:
        self._set_parameters()

    def removed(self, found: Raw) -> Raw:
        return {"name": self.name, "family": self.family_of(found), "description": found.get("Description", "")}

    def delete(self, found: Raw) -> None:
        self._call("delete")
