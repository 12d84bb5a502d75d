"""Certificates that ACM issued; of one that somebody brought along there is no private key to be had."""

from __future__ import annotations

from collections.abc import Iterator

from tools.export.resource import Clients, Export, Left, Raw, Resource, present, tags

#: How DescribeCertificate writes the algorithms that RequestCertificate takes with an underscore.
_ALGORITHMS = {"RSA-2048": "RSA_2048", "EC-prime256v1": "EC_prime256v1", "EC-secp384r1": "EC_secp384r1"}


def _certificate(raw: Raw, _clients: Clients) -> Iterator[Resource | Left]:
    arn, name = raw["CertificateArn"], raw["DomainName"]
    if raw.get("Type") == "IMPORTED":
        yield Left(f"{name} ({arn})", "was imported into ACM, which gives no private key back")
        return
    validation = raw.get("DomainValidationOptions") or []
    algorithm = raw.get("KeyAlgorithm", "")
    yield Resource(
        "CertificateManager::Certificate",
        f"{name} {arn.rpartition('/')[2].partition('-')[0]}",
        present(
            DomainName=name,
            SubjectAlternativeNames=[one for one in raw.get("SubjectAlternativeNames") or [] if one != name],
            ValidationMethod=next((one["ValidationMethod"] for one in validation if one.get("ValidationMethod")), None),
            KeyAlgorithm=_ALGORITHMS.get(algorithm, algorithm),
            Tags=tags(raw["Tags"]),
        ),
        {"CertificateArn": arn},
        {arn: ""},
    )


EXPORTS: dict[str, Export] = {"certificates": _certificate}
