"""Log groups; nothing of what was written to them."""

from __future__ import annotations

from collections.abc import Iterator

from tools.export.resource import Clients, Export, Raw, Resource, present, tags


def _log_group(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    name, arn = raw["logGroupName"], raw["arn"].removesuffix(":*")
    yield Resource(
        "Logs::LogGroup",
        name,
        present(
            LogGroupName=name,
            RetentionInDays=raw.get("retentionInDays"),
            KmsKeyId=raw.get("kmsKeyId"),
            LogGroupClass=raw.get("logGroupClass"),
            Tags=tags(raw["tags"]),
        ),
        {"LogGroupName": name},
        # The attribute Arn ends so.
        {f"{arn}:*": "Arn"},
    )


EXPORTS: dict[str, Export] = {"log_groups": _log_group}
