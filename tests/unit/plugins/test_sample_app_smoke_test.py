"""The smoke test of a site of this process and buckets of an emulated account."""

from __future__ import annotations

import boto3
import pytest

from sandbox.core.authority import Authority
from sandbox.core.settings import Settings
from tests.integration.sample_app import smoke_role
from tests.integration.sample_app.smoke_role import smoke_test as way
from tests.integration.sample_app.smoke_role import tiers as table
from tests.unit.plugins.fake_site import PNG, SERVERS, FakeSite

BUCKET = "railyard-uploads"


class Clock:
    """Time that goes on by being looked at: a second is as many looks on a busy machine as on an idle one."""

    LOOK = 0.05

    def __init__(self) -> None:
        self.now = 0.0

    def monotonic(self) -> float:
        self.now += self.LOOK
        return self.now

    def sleep(self, seconds: float) -> None:
        self.now += min(seconds, self.LOOK)


@pytest.fixture(autouse=True)
def clock(monkeypatch):
    clock = Clock()
    for module in (way, table):
        monkeypatch.setattr(module, "time", clock)


@pytest.fixture
def s3(aws):
    client = boto3.client("s3")
    client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "ap-northeast-1"})
    return client


class Stack:
    """A site with its bucket."""

    def __init__(self, s3, run_module, certificate=None) -> None:
        self.s3, self._run = s3, run_module
        self.letters = 0
        self.letter = "To: Mina <{address}>\r\nSubject: Activate\r\n\r\nopen this:\r\n{link}\r\n"
        self.site = FakeSite(self.send, self.put, self.delete, certificate)
        self.stored = PNG
        self.deletes = True

    def send(self, address: str, link: str) -> None:
        self.letters += 1
        text = self.letter.format(address=address, link=link)
        self.s3.put_object(Bucket=BUCKET, Key=f"mail/{self.letters}", Body=text.encode())

    def put(self, key: str, content: bytes) -> None:
        if self.stored is not None:
            self.s3.put_object(Bucket=BUCKET, Key=key, Body=self.stored)

    def delete(self, key: str) -> None:
        if self.deletes:
            self.s3.delete_object(Bucket=BUCKET, Key=key)

    def keys(self) -> list[str]:
        return [one["Key"] for one in self.s3.list_objects_v2(Bucket=BUCKET).get("Contents", [])]

    def run(self, check: bool = False, **arguments) -> dict:
        given = {
            "url": self.site.url,
            "servers": list(SERVERS),
            "mail_bucket": BUCKET,
            "uploads_bucket": BUCKET,
            "timeout": 1,
            **arguments,
        }
        return self._run(smoke_role.module, check=check, **given)


@pytest.fixture
def stack(s3, run_module):
    made = Stack(s3, run_module)
    yield made
    made.site.close()


def test_the_whole_way(stack):
    stack.s3.put_object(Bucket=BUCKET, Key="mail/old", Body=b"To: somebody\r\n\r\nhttps://old.example/activate/9\r\n")
    result = stack.run(shards=3, mail_required=True)
    assert not result.get("failed"), result
    assert not result["changed"]
    assert result["unproved"] == []
    assert [words.split(",")[0] for words in result["proved"]] == [
        "every tier was used by web01",
        "signed up",
        "the activation link was followed",
        "an image was uploaded and is shown",
        "the image was found in the bucket",
        "the row was read from the database by web01",
        "account",
    ]
    assert set(result["tiers"]) == set(SERVERS)
    assert stack.site.users == {} and stack.site.posts == {}
    assert stack.keys() == ["mail/old"]


def test_check_mode_leaves_no_trace(stack):
    result = stack.run(check=True)
    assert result["skipped"]
    assert stack.letters == 0


def test_the_link_may_be_wrapped(stack):
    stack.letter = (
        "To: {address}\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        "open this: {link}=\r\n\r\n"
    )
    assert not stack.run().get("failed")


def test_without_a_mail_server_the_account_is_active_at_once(run_module, s3):
    stack = Stack(s3, run_module)
    stack.site.close()
    stack.site = FakeSite(None, stack.put, stack.delete)
    for told in stack.site.told.values():
        told["mail"] = {"state": "unset", "age": 0}
    try:
        result = stack.run(mail_bucket=None)
        assert "signed up; no mail server is set up, so the account was active at once" in result["proved"]
        assert "that mail is received: no domain of the stack receives any" in result["unproved"]
        assert stack.run(mail_bucket=None, mail_required=True)["broken"] == ["mail"]
    finally:
        stack.site.close()


def test_mail_that_nobody_can_read_ends_the_way_early(stack):
    result = stack.run(mail_bucket=None)
    assert not result.get("failed")
    assert stack.letters == 0
    assert "what comes after signing up: the activation mail cannot be read" in result["unproved"]


def failed(reason: str) -> dict:
    return {"state": "failed", "reason": reason, "age": 0}


@pytest.mark.parametrize(
    ("tier", "told", "words"),
    [
        ("database", failed("login refused"), ["Database is broken: login refused", "--tags security,rds,route53,app"]),
        ("cache", failed("connection refused"), ["Cache is broken: connection refused", "security,elasticache,app"]),
        ("cache", {"state": "ok", "detail": {"mode": "cluster", "shards": 2, "slots": 9000}}, ["9000 of 16384 slots"]),
        ("cache", {"state": "ok", "detail": {"mode": "cluster", "shards": 2, "slots": 16384}}, ["2 of 3 shards"]),
        ("uploads", failed("not allowed"), ["Uploads is broken: not allowed", "--tags iam,s3,app"]),
        ("mail", failed("login refused"), ["Mail is broken: login refused", "--tags ses,app"]),
    ],
)
def test_a_broken_tier_is_named_with_the_servers_that_see_it(stack, tier, told, words):
    stack.site.told["web02"][tier] = told
    result = stack.run(shards=3)
    assert result["failed"]
    assert result["broken"] == [tier]
    for word in [*words, "(seen by web02)"]:
        assert word in result["msg"]
    assert stack.letters == 0


def test_every_broken_tier_is_named(stack):
    for told in stack.site.told.values():
        told["database"], told["mail"] = failed("no connection"), failed("TLS failed")
    result = stack.run()
    assert result["broken"] == ["database", "mail"]
    assert "no connection (seen by web01, web02)" in result["msg"]


def test_an_old_answer_is_not_believed(stack):
    stack.site.told["web01"]["cache"]["age"] = 4.0
    result = stack.run()
    assert result["broken"] == ["server"]
    assert "Server web01 is broken" in result["msg"]


@pytest.mark.parametrize(
    ("faults", "broken", "words"),
    [
        ({("web02", "GET", "/health/tiers"): (503, "maintenance")}, "server", "HTTP 503 in place of the state"),
        ({("*", "GET", "/health/tiers"): (200, "<html>welcome</html>")}, "application", "every server answers HTTP"),
        ({("*", "GET", "/sign-up"): (500, "")}, "application", "/sign-up answers HTTP 500"),
        (
            {("*", "POST", "/account"): (503, '<p class="flash alert" role="alert">The mail &amp; all failed.</p>')},
            "mail",
            "saying 'The mail & all failed.'",
        ),
        ({("*", "POST", "/account"): (422, "")}, "application", "signing up ends with HTTP 422"),
        ({("*", "POST", "/session"): (503, "")}, "database", "logging in ends with HTTP 503"),
        ({("*", "POST", "/microposts"): (503, "")}, "uploads", "uploading an image ends with HTTP 503"),
    ],
)  # fmt: skip
def test_a_step_that_fails_names_its_tier(stack, faults, broken, words):
    stack.site.faults.update(faults)
    result = stack.run()
    assert result["broken"] == [broken]
    assert words in result["msg"]
    assert stack.site.posts == {}


def test_mail_that_is_not_received_is_named(stack):
    stack.letter = "To: somebody@else.example\r\n\r\n{link} {address}\r\n"
    result = stack.run()
    assert result["broken"] == ["mail"]
    assert "was sent, but not received in 1 s" in result["msg"]


def test_a_link_that_activates_nobody_is_named(stack):
    stack.site.activation_lost = True
    assert stack.run()["broken"] == ["application"]


@pytest.mark.parametrize(
    ("stored", "words"), [(None, "the bucket has no object pictures/"), (b"other", "is not the image that is shown")]
)
def test_an_image_that_is_not_in_the_bucket_is_named(stack, stored, words):
    stack.stored = stored
    result = stack.run()
    assert result["broken"] == ["uploads"]
    assert words in result["msg"]
    # The account goes all the same.
    assert stack.site.users == {}


def test_a_server_with_a_database_of_its_own_is_named(stack):
    stack.site.blind.add("web02")
    result = stack.run()
    assert result["broken"] == ["server"]
    assert "Server web02 is broken: it never showed the row" in result["msg"]


def test_what_stays_behind_is_told(stack):
    stack.deletes = False
    result = stack.run()
    assert "there still is the object pictures/" in result["msg"]


def test_a_bucket_that_is_not_there_is_told(stack):
    result = stack.run(mail_bucket="railyard-elsewhere")
    assert result["failed"]
    assert "Cannot look into the buckets" in result["msg"]


def test_nobody_listens(run_module, aws):
    result = run_module(smoke_role.module, url="http://127.0.0.1:9/", servers=["web01"], timeout=0)
    assert result["broken"] == ["load balancer"]
    assert "no answer from 127.0.0.1:9" in result["msg"]


class TestHttps:
    """A site that has a certificate and is not in the DNS yet."""

    @pytest.fixture
    def authority(self, tmp_path):
        return Authority(Settings(name="smoke", home=tmp_path, api_port=0, region="ap-northeast-1"))

    @pytest.fixture
    def stack(self, s3, run_module, authority, tmp_path):
        certificate, key = authority.issue(["www.example.com"])
        files = tmp_path / "site.crt", tmp_path / "site.key"
        files[0].write_bytes(certificate)
        files[1].write_bytes(key)
        made = Stack(s3, run_module, [str(file) for file in files])
        yield made
        made.site.close()

    @pytest.fixture
    def ca(self, authority, tmp_path):
        path = tmp_path / "ca.pem"
        path.write_bytes(authority.certificate())
        return str(path)

    def test_it_is_reached_by_another_name(self, stack, ca):
        result = stack.run(url="https://www.example.com/", connect_to=f"127.0.0.1:{stack.site.port}", ca_file=ca)
        assert not result.get("failed"), result

    def test_an_unknown_authority_is_not_trusted(self, stack):
        result = stack.run(url="https://www.example.com/", connect_to=f"127.0.0.1:{stack.site.port}", timeout=0)
        assert "the certificate is not good for www.example.com" in result["msg"]

    def test_a_certificate_for_another_name_is_not_taken(self, stack, ca):
        place = f"127.0.0.1:{stack.site.port}"
        result = stack.run(url="https://example.com/", connect_to=place, ca_file=ca, timeout=0)
        assert "the certificate is not good for example.com" in result["msg"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"url": "www.example.com"}, "is no URL of a site"),
        ({"url": "http://127.0.0.1/", "connect_to": "127.0.0.1"}, "write host:port"),
    ],
)
def test_wrong_arguments_say_what_is_right(run_module, aws, arguments, words):
    assert words in run_module(smoke_role.module, servers=["web01"], **arguments)["msg"]
