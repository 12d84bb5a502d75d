# Copyright: (c) The Railyard authors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Parameters of a database engine: reading them, judging wanted values, finding differences."""

from __future__ import annotations

import difflib

from ansible_collections.amazon.aws.plugins.module_utils.botocore import is_boto3_error_code
from ansible_collections.amazon.aws.plugins.module_utils.retries import AWSRetry
from ansible_collections.railyard.aws.plugins.module_utils._rds.errors import DatabaseError

#: Parameters that one request may carry (ModifyDBParameterGroup, ResetDBParameterGroup).
PAGE = 20


@AWSRetry.jittered_backoff()
def _pages(client, operation, **request):
    return client.get_paginator(operation).paginate(**request).build_full_result()


def text(value):
    """Return a value as the API writes it: text, ``1`` and ``0`` for booleans."""
    return str(int(value)) if isinstance(value, bool) else str(value)


def family_defaults(client, family):
    """Return the parameters of a family by name, as the API describes them.

    Raises DatabaseError when AWS does not know this one.
    """
    try:
        answer = _pages(client, "describe_engine_default_parameters", DBParameterGroupFamily=family)
    except is_boto3_error_code(["InvalidParameterValue", "DBParameterGroupNotFound"]):
        raise DatabaseError(f"RDS has no parameter group family '{family}'; it is an engine and its major version, such as mysql8.4.") from None
    return {entry["ParameterName"]: entry for entry in answer["EngineDefaults"]["Parameters"]}


def group_parameters(client, name):
    """Return the parameters of a group by name, as the API describes them."""
    answer = _pages(client, "describe_db_parameters", DBParameterGroupName=name)
    return {entry["ParameterName"]: entry for entry in answer["Parameters"]}


def set_by_somebody(parameters):
    """Return the values, by name, of the parameters that are not left to the engine or to AWS."""
    return {name: entry.get("ParameterValue") for name, entry in parameters.items() if entry.get("Source") == "user"}


def judge(wanted, known, family):
    """Raise DatabaseError, naming every mistake, unless all of ``wanted`` can be set. AWS itself judges the values.

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
        elif entry.get("ParameterValue") != value and not entry.get("IsModifiable", True):
            problems.append(f"'{name}' is {entry.get('ParameterValue')} and AWS does not let anyone change it to {value}")
    if problems:
        raise DatabaseError("Mend these parameters: " + "; ".join(problems) + ".")


def same(wanted, current):
    """Whether two values are one, however a boolean is written."""
    words = {"on": "1", "off": "0"}
    return current is not None and words.get(wanted.lower(), wanted) == words.get(current.lower(), current)


def differences(wanted, current, purge):
    """Return (values to set, names to reset) that make the ``current`` parameters of a group the ``wanted`` ones."""
    to_set = {name: value for name, value in wanted.items() if not same(value, current.get(name, {}).get("ParameterValue"))}
    return to_set, sorted(name for name in set_by_somebody(current) if purge and name not in wanted)


def in_pages(items):
    """Yield the items of a list in lists of at most ``PAGE``."""
    for start in range(0, len(items), PAGE):
        yield items[start : start + PAGE]
