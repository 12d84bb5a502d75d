"""The certificate module against the emulator in this process."""

from __future__ import annotations

from datetime import UTC, datetime

import boto3
import botocore.client
import pytest
from ansible_collections.railyard.aws.plugins.module_utils._acm import certificates
from ansible_collections.railyard.aws.plugins.module_utils._resource.errors import ResourceError
from ansible_collections.railyard.aws.plugins.modules import acm_dns_certificate
from botocore.exceptions import ClientError

TAGS = {"Name": "t", "Stack": "t", "Role": "alb"}
USUAL = {
    "domain_name": "www.example.com",
    "subject_alternative_names": ["example.com"],
    "match_tags": {"Stack": "t", "Name": "t"},
    "tags": TAGS,
}
PLACEHOLDER = "arn:aws:acm:ap-northeast-1:000000000000:certificate/00000000-0000-0000-0000-000000000000"


@pytest.fixture
def acm(aws, monkeypatch):
    """A client; certificates stay pending, and nothing pauses."""
    from moto import settings

    monkeypatch.setattr(settings, "ACM_VALIDATION_WAIT", 10**10)
    for pause in ("RECORDS_PAUSE", "ISSUE_PAUSE", "RELEASE_PAUSE"):
        monkeypatch.setattr(acm_dns_certificate, pause, 0)
    return boto3.client("acm")


@pytest.fixture
def ensure(run_module, acm):
    """Run the module with usual settings; arguments override them, None leaves one out."""

    def ensure(check=False, **overrides):
        arguments = {key: value for key, value in {**USUAL, **overrides}.items() if value is not None}
        return run_module(acm_dns_certificate, check=check, **arguments)

    return ensure


@pytest.fixture
def change(acm):
    """``change(arn, status=..., created_at=...)`` sets what the emulator keeps of a certificate."""
    from moto.acm.models import acm_backends

    def change(arn, **values):
        bundle = acm_backends["123456789012"]["ap-northeast-1"]._certificates[arn]
        for name, value in values.items():
            setattr(bundle, name, value)

    return change


@pytest.fixture
def answers(acm, monkeypatch):
    """``answers(operation, *values)`` answers calls in turn, the last one for good; returns the calls.

    A value is an answer, an error to raise, or a function that alters the emulator's own answer.
    """
    real = botocore.client.BaseClient._make_api_call

    def prepare(operation, *values):
        rest, calls = list(values), []

        def call(self, name, arguments):
            if name != operation:
                return real(self, name, arguments)
            calls.append(arguments)
            value = rest.pop(0) if len(rest) > 1 else rest[0]
            if isinstance(value, Exception):
                raise value
            return value(real(self, name, arguments)) if callable(value) else value

        monkeypatch.setattr(botocore.client.BaseClient, "_make_api_call", call)
        return calls

    return prepare


def with_values(**values):
    """Alters a described certificate."""
    return lambda answer: {"Certificate": {**answer["Certificate"], **values}}


def without_records(answer):
    """A certificate whose records AWS has not told yet."""
    options = [
        {key: value for key, value in option.items() if key != "ResourceRecord"}
        for option in answer["Certificate"]["DomainValidationOptions"]
    ]
    return {"Certificate": {**answer["Certificate"], "DomainValidationOptions": options}}


def same(answer):
    return answer


def arns(acm):
    return {one["CertificateArn"] for one in acm.list_certificates()["CertificateSummaryList"]}


def tags_of(acm, arn):
    return {tag["Key"]: tag["Value"] for tag in acm.list_tags_for_certificate(CertificateArn=arn)["Tags"]}


def in_use(message="in use"):
    return ClientError({"Error": {"Code": "ResourceInUseException", "Message": message}}, "DeleteCertificate")


# What is pure


@pytest.mark.parametrize(
    ("name", "fine"),
    [
        ("example.com", True),
        ("*.Example.com.", True),
        ("xn--9q8h.example", True),
        ("example", False),
        ("*.*.example.com", False),
        ("www example.com", False),
        ("-a.example.com", False),
        ("a" * 64 + ".com", False),
        ("https://example.com", False),
        ("", False),
    ],
)
def test_names(name, fine):
    if fine:
        certificates.check_names("example.com", [name])
    else:
        with pytest.raises(ResourceError, match="write one like www.example.com"):
            certificates.check_names("example.com", [name])


def test_first_name_must_be_short():
    long = f"{'a' * 60}.example.com"
    certificates.check_names("example.com", [long])
    with pytest.raises(ResourceError, match="has 72 characters, and AWS takes 64"):
        certificates.check_names(long, [])


def test_wildcard_and_its_parent_share_a_record():
    record = {"Name": "_1.example.com.", "Type": "CNAME", "Value": "_2.aws."}
    options = [{"DomainName": name, "ResourceRecord": record} for name in ("example.com", "*.example.com")]
    certificate = {"DomainValidationOptions": options}
    assert certificates.validation_records(certificate) == [
        {"name": "_1.example.com.", "type": "CNAME", "value": "_2.aws."}
    ]
    assert len(certificates.placeholder_records(["*.example.com", "example.com"])) == 1


def test_newest_issued_first():
    def one(arn, status, day):
        return {"CertificateArn": arn, "Status": status, "CreatedAt": datetime(2026, 1, day, tzinfo=UTC)}

    mixed = [one("a", "ISSUED", 1), one("b", "PENDING_VALIDATION", 9), one("c", "ISSUED", 2), one("d", "FAILED", 10)]
    assert [c["CertificateArn"] for c in certificates.newest_issued_first(mixed)] == ["c", "a", "d", "b"]


def test_key_algorithm_as_aws_writes_it():
    assert certificates.key_algorithm({"KeyAlgorithm": "RSA-2048"}) == "RSA_2048"


# Request


def test_requested_as_described(ensure, acm, answers):
    calls = answers("RequestCertificate", same)
    result = ensure(transparency_logging=False, key_algorithm="EC_prime256v1")
    assert result["changed"]
    assert arns(acm) == {result["arn"]}
    assert len(calls[0].pop("IdempotencyToken")) == 32
    assert calls == [
        {
            "DomainName": "www.example.com",
            "ValidationMethod": "DNS",
            "KeyAlgorithm": "EC_prime256v1",
            "SubjectAlternativeNames": ["example.com"],
            "Options": {"CertificateTransparencyLoggingPreference": "DISABLED"},
            "Tags": calls[0]["Tags"],
        }
    ]
    assert tags_of(acm, result["arn"]) == TAGS
    assert (result["status"], result["superseded"]) == ("PENDING_VALIDATION", [])
    assert [record["name"].split(".", 1)[1] for record in result["validation_records"]] == [
        "example.com.",
        "www.example.com.",
    ]
    assert {record["type"] for record in result["validation_records"]} == {"CNAME"}
    assert result["diff"]["before"] == {}
    assert result["diff"]["after"]["names"] == ["example.com", "www.example.com"]


def test_tags_it_is_found_by_are_always_set(ensure, acm):
    assert tags_of(acm, ensure(tags=None)["arn"]) == USUAL["match_tags"]
    assert not ensure(tags={})["changed"]


@pytest.mark.parametrize("status", ["PENDING_VALIDATION", "ISSUED"])
@pytest.mark.parametrize(
    "overrides",
    [
        {},
        {"tags": None},
        {"match_tags": None},
        {"domain_name": "WWW.example.com.", "subject_alternative_names": ["Example.com", "www.example.com"]},
    ],
)
def test_never_requested_again(ensure, acm, change, status, overrides):
    arn = ensure()["arn"]
    change(arn, status=status)
    again = ensure(**overrides)
    assert not again["changed"]
    assert (again["arn"], again["status"]) == (arn, status)
    assert again["diff"] == {"before": {}, "after": {}}
    assert len(again["validation_records"]) == 2
    assert arns(acm) == {arn}


def test_check_mode_requests_nothing_and_gives_placeholders(ensure, acm):
    result = ensure(check=True, wait=True)
    assert result["changed"]
    assert result["arn"] == PLACEHOLDER
    assert [record["name"] for record in result["validation_records"]] == [
        f"_{'0' * 32}.example.com.",
        f"_{'0' * 32}.www.example.com.",
    ]
    assert arns(acm) == set()


def test_found_on_a_later_page(ensure, acm, answers):
    arn = ensure()["arn"]
    (summary,) = acm.list_certificates()["CertificateSummaryList"]
    other = {**summary, "DomainName": "other.example.com", "CertificateArn": arn + "0"}
    imported = {**summary, "Type": "IMPORTED", "CertificateArn": arn + "1"}
    calls = answers(
        "ListCertificates",
        {"CertificateSummaryList": [other, imported], "NextToken": "more"},
        {"CertificateSummaryList": [summary]},
    )
    assert ensure()["arn"] == arn
    assert [call.get("NextToken") for call in calls] == [None, "more"]
    assert "EC_prime256v1" in calls[0]["Includes"]["keyTypes"], "AWS leaves other keys than short RSA out"


def test_another_stack_has_its_own(ensure, acm):
    ours = ensure()["arn"]
    theirs = ensure(match_tags={"Stack": "u"}, tags={"Stack": "u"})
    assert theirs["changed"]
    assert theirs["superseded"] == []
    assert arns(acm) == {ours, theirs["arn"]}
    assert ensure()["arn"] == ours


def test_of_duplicates_the_newest_issued_is_taken(ensure, acm, change):
    request = {
        "DomainName": "www.example.com",
        "SubjectAlternativeNames": ["example.com"],
        "Tags": [{"Key": key, "Value": value} for key, value in TAGS.items()],
    }
    made = [acm.request_certificate(**request)["CertificateArn"] for _copy in range(3)]
    for arn, day, status in zip(made, (1, 2, 3), ("ISSUED", "ISSUED", "PENDING_VALIDATION"), strict=True):
        change(arn, created_at=datetime(2026, 1, day), status=status)
    result = ensure()
    assert not result["changed"]
    assert result["arn"] == made[1]
    assert [one["arn"] for one in result["superseded"]] == [made[0], made[2]]
    assert {one["reason"] for one in result["superseded"]} == {f"{made[1]} is newer or issued already"}


# Change


@pytest.mark.parametrize(
    ("overrides", "reason", "before", "after"),
    [
        (
            {"subject_alternative_names": ["example.com", "*.example.com"]},
            "its names are example.com, www.example.com",
            {"names": ["example.com", "www.example.com"]},
            {"names": ["*.example.com", "example.com", "www.example.com"]},
        ),
        (
            {"key_algorithm": "EC_prime256v1"},
            "its key algorithm is RSA_2048",
            {"key_algorithm": "RSA_2048"},
            {"key_algorithm": "EC_prime256v1"},
        ),
    ],
)
def test_what_cannot_change_is_replaced(ensure, acm, change, overrides, reason, before, after):
    old = ensure()["arn"]
    change(old, status="ISSUED", in_use_by=["arn:aws:elb:1"])
    planned = ensure(check=True, **overrides)
    assert planned["changed"]
    assert planned["diff"]["before"] == {**before, "arn": old, "status": "ISSUED"}
    assert planned["diff"]["after"] == {
        **after,
        "arn": f"{PLACEHOLDER} (replaces {old})",
        "status": "PENDING_VALIDATION",
    }
    assert arns(acm) == {old}, "a plan must not request"

    result = ensure(**overrides)
    assert arns(acm) == {old, result["arn"]}
    (was,) = result["superseded"]
    assert (was["arn"], was["status"], was["in_use_by"], was["reason"]) == (old, "ISSUED", ["arn:aws:elb:1"], reason)


@pytest.mark.parametrize("status", ["FAILED", "VALIDATION_TIMED_OUT", "EXPIRED", "REVOKED"])
def test_what_came_to_nothing_is_requested_anew(ensure, change, status):
    old = ensure()["arn"]
    change(old, status=status)
    result = ensure()
    assert result["changed"]
    assert result["arn"] != old
    assert [(one["arn"], one["reason"]) for one in result["superseded"]] == [(old, f"its status is {status}")]
    again = ensure()
    assert not again["changed"]
    assert again["arn"] == result["arn"]


@pytest.mark.parametrize(
    ("overrides", "before", "after"),
    [
        ({"tags": {}}, {"Role": "alb"}, {}),
        ({"tags": {"Role": "new"}}, {"Role": "alb"}, {"Role": "new"}),
        ({"tags": {"Number": 1}, "purge_tags": False}, {}, {"Number": "1"}),
    ],
)
def test_tags_are_mended_in_place(ensure, acm, overrides, before, after):
    arn = ensure()["arn"]
    planned = ensure(check=True, **overrides)
    assert planned["diff"] == {"before": {"tags": before}, "after": {"tags": after}}
    assert tags_of(acm, arn) == TAGS, "a plan must not mend"
    assert ensure(**overrides)["arn"] == arn
    assert not ensure(**overrides)["changed"]


def test_public_logging_is_mended_in_place(ensure, answers):
    arn = ensure()["arn"]
    calls = answers("UpdateCertificateOptions", {})
    assert not ensure(transparency_logging=True)["changed"]
    planned = ensure(check=True, transparency_logging=False)
    assert planned["diff"] == {"before": {"transparency_logging": True}, "after": {"transparency_logging": False}}
    assert calls == []
    assert ensure(transparency_logging=False)["changed"]
    assert calls == [{"CertificateArn": arn, "Options": {"CertificateTransparencyLoggingPreference": "DISABLED"}}]


# Waiting


def test_records_that_come_late_are_waited_for(ensure, answers):
    gone = ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "not yet"}}, "DescribeCertificate")
    calls = answers("DescribeCertificate", gone, without_records, same)
    assert len(ensure()["validation_records"]) == 2
    assert len(calls) == 3


def test_records_that_never_come_are_an_error_and_no_second_request(ensure, acm, answers):
    answers("DescribeCertificate", without_records)
    for _attempt in (1, 2):
        result = ensure(records_timeout=0)
        assert result["failed"]
        assert "did not tell the validation records of example.com, www.example.com within 0 seconds" in result["msg"]
    assert len(arns(acm)) == 1


def test_wait_ends_when_issued(ensure, answers):
    answers("DescribeCertificate", same, same, with_values(Status="ISSUED"))
    assert ensure(wait=True)["status"] == "ISSUED"
    assert not ensure(wait=True)["changed"]


def test_wait_that_is_too_short_names_the_missing_records(ensure, acm, change):
    arn = ensure()["arn"]
    result = ensure(wait=True, wait_timeout=0)
    assert result["failed"]
    assert f"The certificate of www.example.com ({arn}) was not issued within 0 seconds" in result["msg"]
    for name in ("example.com", "www.example.com"):
        assert (
            f"{name} needs _d930b28be6c5927595552b219965053e.{name}. CNAME _c9edd76ee4a0e2a74388032f3861cc50"
            in result["msg"]
        )


def test_proved_names_are_not_complained_of(ensure, answers):
    def half(answer):
        options = [
            {**option, "ValidationStatus": "SUCCESS" if option["DomainName"] == "example.com" else "PENDING_VALIDATION"}
            for option in answer["Certificate"]["DomainValidationOptions"]
        ]
        return {"Certificate": {**answer["Certificate"], "DomainValidationOptions": options}}

    answers("DescribeCertificate", half)
    message = ensure(wait=True, wait_timeout=0)["msg"]
    assert "www.example.com needs" in message
    assert ": example.com needs" not in message and "; example.com needs" not in message


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (
            {"Status": "FAILED", "FailureReason": "CAA_ERROR"},
            "failed: CAA_ERROR, a CAA record of the domain forbids Amazon",
        ),
        (
            {"Status": "FAILED", "FailureReason": "SLR_NOT_FOUND"},
            "failed: SLR_NOT_FOUND, see the certificate in the console",
        ),
        ({"Status": "VALIDATION_TIMED_OUT"}, "was not validated within 72 hours: "),
        ({"Status": "REVOKED"}, "is REVOKED"),
    ],
)
def test_failure_while_waiting_says_why(ensure, answers, values, said):
    answers("DescribeCertificate", same, with_values(**values))
    result = ensure(wait=True)
    assert result["failed"]
    assert said in result["msg"]
    assert "a new certificate is requested then" in result["msg"]


def test_failure_at_once_says_why_without_waiting(ensure, answers):
    answers("DescribeCertificate", with_values(Status="FAILED", FailureReason="INVALID_PUBLIC_DOMAIN"))
    assert "INVALID_PUBLIC_DOMAIN, the domain is not one of the public DNS" in ensure()["msg"]


# Removal


def test_removed_once_with_what_it_superseded(ensure, acm):
    old = ensure()["arn"]
    new = ensure(subject_alternative_names=[])["arn"]
    stranger = ensure(match_tags={"Stack": "u"}, tags={})["arn"]
    planned = ensure(check=True, state="absent")
    assert set(planned["removed"]) == {old, new}
    assert arns(acm) == {old, new, stranger}
    gone = ensure(state="absent")
    assert set(gone["removed"]) == {old, new}
    assert gone["diff"]["after"] == {}
    assert arns(acm) == {stranger}
    assert not ensure(state="absent")["changed"]


def test_one_of_several_is_removed(ensure, acm):
    old = ensure()["arn"]
    new = ensure(subject_alternative_names=[])["arn"]
    assert ensure(state="absent", certificate_arn=old)["removed"] == [old]
    assert arns(acm) == {new}
    assert not ensure(state="absent", certificate_arn=old)["changed"]


def test_nobody_removes_every_certificate_of_a_domain(ensure, acm):
    arn = ensure()["arn"]
    result = ensure(state="absent", match_tags={})
    assert result["failed"]
    assert "which certificates of www.example.com to remove" in result["msg"]
    assert arns(acm) == {arn}
    assert ensure(state="absent", match_tags={}, certificate_arn=arn)["removed"] == [arn]


def test_one_in_use_stays_and_its_user_is_named(ensure, acm, change, answers):
    arn = ensure()["arn"]
    change(arn, in_use_by=["arn:aws:elasticloadbalancing:r:1:loadbalancer/app/t/12"])
    answers("DeleteCertificate", in_use())
    result = ensure(state="absent")
    assert result["failed"]
    assert "is in use by arn:aws:elasticloadbalancing:r:1:loadbalancer/app/t/12" in result["msg"]
    assert arns(acm) == {arn}


def test_release_is_waited_for_when_asked(ensure, acm, answers):
    ensure()
    calls = answers("DeleteCertificate", in_use(), in_use(), same)
    assert ensure(state="absent", wait=True)["changed"]
    assert len(calls) == 3
    assert arns(acm) == set()


def test_one_that_somebody_else_removed_is_none(ensure, answers):
    ensure()
    answers(
        "DeleteCertificate",
        ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "gone"}}, "DeleteCertificate"),
    )
    assert ensure(state="absent")["changed"]


# Errors


def test_errors_of_aws_name_the_domain(ensure):
    result = ensure(subject_alternative_names=[f"a{number}.example.com" for number in range(11)])
    assert result["failed"]
    assert "The certificate of www.example.com could not be kept" in result["msg"]
    assert "limit" in result["msg"]


def test_impossible_name_is_said_before_anything_is_requested(ensure, acm):
    result = ensure(subject_alternative_names=["https://example.com/"])
    assert "'https://example.com/' cannot be a name of a certificate" in result["msg"]
    assert arns(acm) == set()
