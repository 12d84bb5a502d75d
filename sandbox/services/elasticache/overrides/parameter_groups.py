"""Parameter groups of the cache, which the emulator lacks, AWS's own ones included.

Only values that somebody set are kept in the backend; everything else comes from the table at each request.
"""

from __future__ import annotations

import re
from typing import Any

from moto.core.responses import ActionResult, EmptyResult, PaginatedResult
from moto.elasticache.exceptions import ElastiCacheException, InvalidParameterValueException
from moto.elasticache.models import ElastiCacheBackend
from moto.elasticache.responses import ElastiCacheResponse

from sandbox.core.settings import Settings
from sandbox.services.elasticache.parameters import FAMILIES, defaults_of

#: How many parameters AWS takes in one request.
AT_ONCE = 20

_NAME = re.compile(r"[a-z](?:[a-z0-9]|-(?!-|$)|\.)*")


class ParameterGroupNotFound(ElastiCacheException):
    code = "CacheParameterGroupNotFound"

    def __init__(self, name: str):
        super().__init__(f"CacheParameterGroup {name} not found.")


class ParameterGroupAlreadyExists(ElastiCacheException):
    code = "CacheParameterGroupAlreadyExists"

    def __init__(self, name: str):
        super().__init__(f"Cache parameter group {name} already exists")


class InvalidParameterGroupState(ElastiCacheException):
    code = "InvalidCacheParameterGroupState"


def groups_of(backend: Any) -> dict[str, dict[str, Any]]:
    """Every parameter group by name: AWS's, then the account's. An entry has the API's keys and ``Values``."""
    arn = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:parametergroup"
    own = vars(backend).setdefault("railyard_parameter_groups", {})
    groups = {}
    for family in FAMILIES:
        for suffix, values in (("", {}), (".cluster.on", {"cluster-enabled": "yes"})):
            name = f"default.{family}{suffix}"
            description = f"Default parameter group for {family}{' with cluster mode on' if suffix else ''}"
            groups[name] = _entry(arn, name, family, description, values)
    return {**groups, **own}


def value_of(backend: Any, name: str | None, parameter: str) -> str | None:
    """Value of a parameter in a group, or None when there is no such group."""
    group = groups_of(backend).get(name or "")
    if group is None:
        return None
    return group["Values"].get(parameter, defaults_of(group["CacheParameterGroupFamily"])[parameter]["ParameterValue"])


def _entry(arn: str, name: str, family: str, description: str, values: dict[str, str]) -> dict[str, Any]:
    return {
        "CacheParameterGroupName": name,
        "CacheParameterGroupFamily": family,
        "Description": description,
        "IsGlobal": False,
        "ARN": f"{arn}:{name}",
        "Values": values,
    }


def _found(backend: Any, name: str) -> dict[str, Any]:
    group = groups_of(backend).get(name.lower())
    if group is None:
        raise ParameterGroupNotFound(name)
    return group


def _changeable(backend: Any, name: str) -> dict[str, Any]:
    group = _found(backend, name)
    if name.startswith("default."):
        raise InvalidParameterValueException(f"Parameter group {name} is a default group and can not be changed.")
    return group


def _check_family(family: str) -> None:
    if family not in FAMILIES:
        raise InvalidParameterValueException(f"CacheParameterGroupFamily {family} is not a valid family.")


def apply(settings: Settings) -> None:
    for action in (
        create_cache_parameter_group,
        delete_cache_parameter_group,
        describe_cache_parameter_groups,
        describe_cache_parameters,
        describe_engine_default_parameters,
        modify_cache_parameter_group,
        reset_cache_parameter_group,
    ):
        setattr(ElastiCacheResponse, action.__name__, action)
    _tags()


def _tags() -> None:
    create = ElastiCacheBackend.__init__

    def init(self, *args: Any, **kwargs: Any) -> None:
        create(self, *args, **kwargs)
        kinds = "cluster|snapshot|subnetgroup|parametergroup|replicationgroup|user|usergroup"
        self.arn_regex = re.compile(rf"^arn:aws:elasticache:.*:[0-9]*:({kinds}):.*$")

    ElastiCacheBackend.__init__ = init


# Actions --------------------------------------------------------------------------------------------------


def create_cache_parameter_group(self) -> ActionResult:
    backend = self.elasticache_backend
    name, family = self._get_param("CacheParameterGroupName").lower(), self._get_param("CacheParameterGroupFamily")
    if name in groups_of(backend):
        raise ParameterGroupAlreadyExists(name)
    if not _NAME.fullmatch(name):
        message = f"The parameter CacheParameterGroupName must be a valid identifier: {name}"
        raise InvalidParameterValueException(message)
    _check_family(family)
    arn = f"arn:aws:elasticache:{backend.region_name}:{backend.account_id}:parametergroup"
    group = _entry(arn, name, family, self._get_param("Description"), {})
    backend.railyard_parameter_groups[name] = group
    backend.tagging_service.tag_resource(group["ARN"], self._get_param("Tags", []))
    return ActionResult({"CacheParameterGroup": group})


def describe_cache_parameter_groups(self) -> ActionResult:
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName")
    groups = [_found(backend, name)] if name else list(groups_of(backend).values())
    return PaginatedResult({"CacheParameterGroups": groups})


def delete_cache_parameter_group(self) -> ActionResult:
    backend, name = self.elasticache_backend, self._get_param("CacheParameterGroupName")
    group = _changeable(backend, name)
    if any(user.cache_parameter_group_name == name for user in backend.replication_groups.values()):
        raise InvalidParameterGroupState(f"One or more cache clusters are still members of parameter group {name}.")
    del backend.railyard_parameter_groups[name]
    backend.tagging_service.delete_all_tags_for_resource(group["ARN"])
    return EmptyResult()


def describe_cache_parameters(self) -> ActionResult:
    group = _found(self.elasticache_backend, self._get_param("CacheParameterGroupName"))
    source = self._get_param("Source")
    parameters = defaults_of(group["CacheParameterGroupFamily"])
    for name, value in group["Values"].items():
        parameters[name].update(ParameterValue=value, Source="user")
    wanted = [entry for entry in parameters.values() if not source or entry["Source"] == source]
    return PaginatedResult({"Parameters": wanted, "CacheNodeTypeSpecificParameters": []})


def describe_engine_default_parameters(self) -> ActionResult:
    family = self._get_param("CacheParameterGroupFamily")
    _check_family(family)
    parameters = list(defaults_of(family).values())
    return ActionResult({"EngineDefaults": {"CacheParameterGroupFamily": family, "Parameters": parameters}})


def _named(self) -> list[dict[str, str]]:
    entries = self._get_param("ParameterNameValues", [])
    if len(entries) > AT_ONCE:
        raise InvalidParameterValueException(f"The maximum number of parameters per request is {AT_ONCE}.")
    return entries


def modify_cache_parameter_group(self) -> ActionResult:
    name = self._get_param("CacheParameterGroupName")
    group = _changeable(self.elasticache_backend, name)
    known = defaults_of(group["CacheParameterGroupFamily"])
    entries = _named(self)
    for entry in entries:
        parameter, value = entry["ParameterName"], entry.get("ParameterValue", "")
        if parameter not in known:
            raise InvalidParameterValueException(f"The parameter {parameter} does not exist.")
        if not known[parameter]["IsModifiable"]:
            raise InvalidParameterValueException(f"The parameter {parameter} cannot be modified.")
        if known[parameter]["AllowedValues"] == "yes,no" and value not in ("yes", "no"):
            raise InvalidParameterValueException(f"The value {value} for {parameter} is not one of yes,no.")
    for entry in entries:
        group["Values"][entry["ParameterName"]] = entry.get("ParameterValue", "")
    return ActionResult({"CacheParameterGroupName": name})


def reset_cache_parameter_group(self) -> ActionResult:
    name = self._get_param("CacheParameterGroupName")
    group = _changeable(self.elasticache_backend, name)
    if self._get_bool_param("ResetAllParameters"):
        group["Values"].clear()
    for entry in _named(self):
        group["Values"].pop(entry["ParameterName"], None)
    return ActionResult({"CacheParameterGroupName": name})
