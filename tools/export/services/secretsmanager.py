"""Secrets: that they are there, never what they hold."""

from __future__ import annotations

from collections.abc import Iterator

from tools.export.resource import Clients, Export, Raw, Resource, picked, present, tags


def _secret(raw: Raw, _clients: Clients) -> Iterator[Resource]:
    # Without SecretString and GenerateSecretString CloudFormation leaves the value as it is.
    yield Resource(
        "SecretsManager::Secret",
        raw["Name"],
        present(**picked(raw, "Name", "Description", "KmsKeyId"), Tags=tags(raw.get("Tags"))),
        {"Id": raw["ARN"]},
        {raw["ARN"]: ""},
    )


EXPORTS: dict[str, Export] = {"secrets": _secret}
