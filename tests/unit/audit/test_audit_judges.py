"""How each judge's own words are read."""

from __future__ import annotations

import json
import tarfile
from io import BytesIO
from pathlib import Path

import pytest

from tools.audit.judges import checkov, gixy, lynis, ssh_audit, sslyze, systemd
from tools.audit.verdict import Finding
from tools.verbs.trouble import Trouble

POLICIES = [
    "Hardened Debian 12 (version 2)",
    "Hardened Debian 12 (version 10)",
    "Hardened Debian Client 12 (version 11)",
    "Hardened Amazon Linux 2023 (version 2)",
    "Hardened Ubuntu Server 24.04 LTS (version 2)",
]


@pytest.mark.parametrize(
    ("identity", "name"),
    [
        ("debian 12\n", "Hardened Debian 12 (version 10)"),
        ("amzn 2023\n", "Hardened Amazon Linux 2023 (version 2)"),
        ("ubuntu 24.04\n", "Hardened Ubuntu Server 24.04 LTS (version 2)"),
    ],
)
def test_the_newest_policy_of_the_distribution_is_taken(identity: str, name: str) -> None:
    assert ssh_audit.policy_name(identity, POLICIES) == name


def test_a_distribution_without_a_policy_is_named() -> None:
    with pytest.raises(Trouble, match="no hardened policy for 'debian 1'"):
        ssh_audit.policy_name("debian 1", POLICIES)


def test_a_policy_is_passed_by_less_than_it_allows() -> None:
    policy = {
        "version": "3",
        "host_keys": ["ssh-ed25519"],
        "optional_host_keys": None,
        "kex": ["a", "b"],
        "ciphers": ["c"],
        "macs": ["m"],
        "hostkey_sizes": {"ssh-ed25519": {"hostkey_size": 256}},
        "dh_modulus_sizes": None,
    }
    lines = ssh_audit.policy_text("Debian", policy).splitlines()
    assert lines[:2] == ['name = "Debian"', "version = 3"]
    assert {"allow_algorithm_subset_and_reordering = true", "key exchanges = a, b"} <= set(lines)
    assert 'host_key_sizes = {"ssh-ed25519": {"hostkey_size": 256}}' in lines
    assert not any(line.startswith(("optional", "dh_")) for line in lines)


def test_what_a_server_has_too_much_is_a_finding() -> None:
    error = {"mismatched_field": "Ciphers", "actual": ["3des-cbc"], "expected_required": ["aes256-ctr"]}
    (found,) = ssh_audit.findings(json.dumps({"passed": False, "errors": [error]}))
    assert found == Finding("Ciphers", "has 3des-cbc, may have aes256-ctr")


def test_units_that_serve_count_and_no_others() -> None:
    names = ["nginx.service", "puma.service", "railyard-worker@1.service", "railyard-schedule-digest.service"]
    others = ["ssh.service", "railyard-metadata.service", "puma-next.service"]
    listed = json.dumps([{"unit": name, "exposure": "1.6"} for name in names + others])
    assert systemd.exposures(listed) == dict.fromkeys(names, 1.6)


COMPLIANT = """
 COMPLIANCE AGAINST TLS CONFIGURATION
 ------------------------------------

    Checking results against Mozilla's "intermediate" configuration.

    www.railyard.localhost:443: {}
"""


def test_tls_is_judged_by_the_part_about_mozilla() -> None:
    assert sslyze.findings(COMPLIANT.format("OK - Compliant.")) == ()
    failed = COMPLIANT.format("FAILED - Not compliant.") + "        * tls_curves: TLS curves {'X448'} are supported.\n"
    assert sslyze.findings(failed) == (Finding("tls_curves", "TLS curves {'X448'} are supported."),)


def test_tls_that_was_not_compared_is_not_content() -> None:
    for said in ("", COMPLIANT.format("ERROR - Scan did not run successfully.")):
        with pytest.raises(ValueError):
            sslyze.findings(said)


def test_a_finding_about_nginx_keeps_its_name() -> None:
    one = {"plugin": "host_spoofing", "severity": "MEDIUM", "summary": "May be spoofed.", "reason": "", "config": "x"}
    assert [found.name for found in gixy.findings(json.dumps([one]))] == ["host_spoofing medium"]
    assert gixy.findings("[]") == ()


def test_a_finding_about_the_template_names_check_and_resource() -> None:
    failed = {"check_id": "CKV_AWS_18", "resource": "AWS::S3::Bucket.Logs", "check_name": "Ensure logging"}
    found = checkov.findings({"results": {"failed_checks": [failed]}})
    assert found == (Finding("CKV_AWS_18 AWS::S3::Bucket.Logs", "Ensure logging"),)


REPORT = """warning[]=PKGS-7392|Found one or more vulnerable packages.|-|-|
suggestion[]=KRNL-6000|One or more sysctl values differ|-|-|
hardening_index={}
"""


def test_an_index_below_the_least_and_warnings_are_findings() -> None:
    high = lynis.verdict("web01", REPORT.format(lynis.LEAST))
    assert [found.name for found in high.findings] == ["warning PKGS-7392"]
    low = lynis.verdict("web01", REPORT.format(lynis.LEAST - 1))
    assert low.figure == f"index {lynis.LEAST - 1}" and "KRNL-6000" in low.findings[-1].words
    assert [found.name for found in low.findings[1:]] == [f"hardening index below {lynis.LEAST}"]
    lowest = lynis.verdict("web01", REPORT.format(lynis.LOWEST - 1))
    assert lowest.findings[-1].name == f"hardening index below {lynis.LOWEST}"
    with pytest.raises(ValueError):
        lynis.verdict("web01", "suggestion[]=KRNL-6000|x|-|-|")


def test_lynis_travels_as_it_runs_from_a_directory(tmp_path: Path) -> None:
    share = "usr/share/lynis/include/consts"
    for path in ("usr/sbin/lynis", share, "etc/lynis/default.prf", "etc/lynis/plugins/README"):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(path, "utf-8")
    with tarfile.open(fileobj=BytesIO(lynis.archive(tmp_path))) as tar:
        assert {"lynis", "include/consts", "default.prf", "plugins/README"} <= set(tar.getnames())


def test_lynis_that_cannot_be_had_says_what_mends_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(*_command: str, folder: Path) -> None:
        raise OSError("apt-get is missing")

    monkeypatch.setattr(lynis, "_do", missing)
    with pytest.raises(Trouble, match="apt-get is missing.*--without lynis"):
        lynis.fetched(tmp_path)
