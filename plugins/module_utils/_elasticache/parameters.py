# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of a cache engine: reading them, judging wanted values, finding differences."""

from __future__ import annotations

import difflib
import re

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._elasticache.errors import CacheError

#: Parameters that one request may carry (ModifyCacheParameterGroup, ResetCacheParameterGroup).
PAGE = 20


@AWSRetry.jittered_backoff()
def pages(client, operation, **request):
    """Return all pages of a list operation as one answer. Raises botocore's ClientError."""
    return client.get_paginator(operation).paginate(**request).build_full_result()


def text(value):
    """Return a value as the API writes it: text, ``yes`` and ``no`` for booleans."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value)


def family_defaults(client, family):
    """Return the parameters of a family by name, as the API describes them.

    Raises CacheError, listing the families there are, when AWS does not know this one.
    """
    try:
        answer = pages(client, "describe_engine_default_parameters", CacheParameterGroupFamily=family)
    except is_boto3_error_code("InvalidParameterValue"):
        groups = pages(client, "describe_cache_parameter_groups")["CacheParameterGroups"]
        known = sorted({group["CacheParameterGroupFamily"] for group in groups})
        raise CacheError(f"ElastiCache has no parameter group family '{family}'. It has: {', '.join(known)}.") from None
    return {entry["ParameterName"]: entry for entry in answer["EngineDefaults"]["Parameters"]}


def group_parameters(client, name):
    """Return the parameters of a group by name, as the API describes them."""
    answer = pages(client, "describe_cache_parameters", CacheParameterGroupName=name)
    return {entry["ParameterName"]: entry for entry in answer["Parameters"]}


def is_allowed(value, allowed):
    """Whether ``value`` is among what AWS lists as allowed: words and ranges such as ``0-100``, comma-separated."""
    number = int(value) if re.fullmatch(r"-?\d+", value) else None
    for choice in (part.strip() for part in allowed.split(",")):
        if choice == value:
            return True
        bounds = re.fullmatch(r"(-?\d+)-(-?\d+)", choice)
        if bounds and number is not None and int(bounds[1]) <= number <= int(bounds[2]):
            return True
    return False


def is_listed(allowed):
    """Whether the allowed values are words and ranges; for some parameters they are a pattern, which AWS judges."""
    return bool(allowed) and all(re.fullmatch(r"[\w.-]+", part.strip()) for part in allowed.split(","))


def judge(wanted, known, family):
    """Raise CacheError, naming every mistake, unless all of ``wanted`` can be set.

    :arg wanted: values as text by name.
    :arg known: what AWS says of each parameter, by name.
    """
    problems = []
    for name, value in sorted(wanted.items()):
        entry = known.get(name)
        if entry is None:
            near = difflib.get_close_matches(name, known, n=1)
            hint = f"; did you mean '{near[0]}'?" if near else ""
            problems.append(f"'{name}' is not a parameter of {family}{hint}")
        elif entry.get("ParameterValue") == value:
            continue
        elif not entry.get("IsModifiable", True):
            problems.append(f"'{name}' is {entry.get('ParameterValue')} and AWS does not let anyone change it to {value}")
        elif is_listed(entry.get("AllowedValues")) and not is_allowed(value, entry["AllowedValues"]):
            problems.append(f"'{name}' is to be '{value}' but takes {entry['AllowedValues']}")
    if problems:
        raise CacheError("Mend these parameters: " + "; ".join(problems) + ".")


def differences(wanted, current, purge):
    """Return (values to set, names to reset) that make the ``current`` parameters of a group the ``wanted`` ones."""
    to_set = {name: value for name, value in wanted.items() if current.get(name, {}).get("ParameterValue") != value}
    set_by_hand = [name for name, entry in current.items() if entry.get("Source") == "user"]
    return to_set, sorted(name for name in set_by_hand if purge and name not in wanted)


def in_pages(items):
    """Yield the items of a list in lists of at most ``PAGE``."""
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]
