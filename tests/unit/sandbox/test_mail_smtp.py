"""A mail client against the SMTP service, and what its messages become: refused, kept to be read, stored."""

from __future__ import annotations

import base64
import json
import os
import smtplib
import ssl
import subprocess
import sys
import urllib.error
import urllib.request
from email.message import EmailMessage

import boto3
import pytest
from conftest import free_port

from sandbox.core import client
from sandbox.core.settings import PROJECT, Settings
from sandbox.services.ses.names import server_name
from sandbox.services.ses.sending import smtp_password

REGION = "ap-northeast-1"
DOMAIN = "t.test"
ACCOUNT = "123456789012"
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Action": "ses:SendRawEmail",
            "Resource": [f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{DOMAIN}"],
            "Condition": {"StringLike": {"ses:FromAddress": f"*@{DOMAIN}"}},
        }
    ],
}


class Service:
    """The process of mail_service.py, and its account: a verified domain, a user ``app`` who may send, a bucket."""

    def __init__(self, home) -> None:
        self.settings = Settings("mail", home, free_port(), REGION)
        variables = {
            **os.environ,
            "RAILYARD_SANDBOX_NAME": "mail",
            "RAILYARD_SANDBOX_HOME": str(home),
            "RAILYARD_SANDBOX_PORT": str(self.settings.api_port),
            "AWS_REGION": REGION,
        }
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.unit.sandbox.mail_service"],
            cwd=PROJECT,
            env=variables,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.ports = {int(port): number for port, number in json.loads(self.process.stdout.readline()).items()}
        self.trust = ssl.create_default_context(cafile=self.settings.ca_file)
        self.publish()
        iam = self.client("iam")
        for user in ("app", "other"):
            iam.create_user(UserName=user)
        iam.put_user_policy(UserName="app", PolicyName="mail", PolicyDocument=json.dumps(POLICY))
        self.keys = {user: iam.create_access_key(UserName=user)["AccessKey"] for user in ("app", "other")}

    def end(self) -> None:
        self.process.stdin.close()
        assert self.process.wait(timeout=20) == 0

    def client(self, service: str):
        variables = client.environment_of(self.settings)
        return boto3.client(
            service,
            endpoint_url=variables["AWS_ENDPOINT_URL"],
            region_name=REGION,
            aws_access_key_id=variables["AWS_ACCESS_KEY_ID"],
            aws_secret_access_key=variables["AWS_SECRET_ACCESS_KEY"],
        )

    def publish(self) -> None:
        tokens = self.client("ses").verify_domain_dkim(Domain=DOMAIN)["DkimTokens"]
        dns = self.client("route53")
        zone = dns.create_hosted_zone(Name=DOMAIN, CallerReference="1")["HostedZone"]["Id"]
        records = [(f"{token}._domainkey.{DOMAIN}", "CNAME", f"{token}.dkim.amazonses.com") for token in tokens]
        records.append((DOMAIN, "MX", f"10 inbound-smtp.{REGION}.amazonaws.com"))
        changes = [
            {
                "Action": "CREATE",
                "ResourceRecordSet": {"Name": n, "Type": kind, "TTL": 60, "ResourceRecords": [{"Value": value}]},
            }
            for n, kind, value in records
        ]
        dns.change_resource_record_sets(HostedZoneId=zone, ChangeBatch={"Changes": changes})

    def credentials(self, user: str = "app") -> tuple[str, str]:
        key = self.keys[user]
        return key["AccessKeyId"], smtp_password(key["SecretAccessKey"], REGION)

    def connect(self, port: int, starttls: bool = True) -> smtplib.SMTP:
        connection = smtplib.SMTP_SSL(timeout=10, context=self.trust) if port == 465 else smtplib.SMTP(timeout=10)
        # The certificate names the service, not loopback.
        connection._host = server_name(REGION)
        assert connection.connect("127.0.0.1", self.ports[port])[0] == 220
        connection._host = server_name(REGION)
        if port == 587 and starttls:
            connection.starttls(context=self.trust)
        return connection

    def send(self, sender: str, *recipients: str, user: str = "app", subject: str = "hello", port: int = 465) -> None:
        message = EmailMessage()
        message["From"], message["To"], message["Subject"] = f"App <{sender}>", ", ".join(recipients), subject
        message.set_content("Grüße aus dem Test\n")
        with self.connect(port) as connection:
            connection.login(*self.credentials(user))
            connection.send_message(message, sender, recipients)

    def page(self, name: str = "", body: bytes | None = None) -> bytes:
        return client.ask(self.settings, f"mail{name}", body)

    def list(self) -> list[dict]:
        return json.loads(self.page())


@pytest.fixture(scope="module")
def service(tmp_path_factory):
    made = Service(tmp_path_factory.mktemp("home"))
    yield made
    made.end()


@pytest.fixture
def newcomer(service):
    """The account in the sandbox of SES."""
    mail = service.client("sesv2")
    said = {"MailType": "TRANSACTIONAL", "WebsiteURL": "https://t.test"}
    mail.put_account_details(**said, ProductionAccessEnabled=False)
    yield mail
    mail.put_account_details(**said, ProductionAccessEnabled=True)


def test_password_is_derived_as_aws_publishes_it():
    assert smtp_password("some+secret+key", "eu-central-1") == "BMXhUYlu5Z3gSXVQORxlVa7XPaz91aGWdfHxvkOZdWZ2"


@pytest.mark.parametrize("port", [465, 587])
def test_mail_arrives_and_can_be_read(service, port):
    service.send(f"noreply@{DOMAIN}", "ada@example.com", "grace@example.com", subject=f"by {port}", port=port)
    entry = service.list()[-1]
    assert (entry["sender"], entry["recipients"]) == (f"noreply@{DOMAIN}", ["ada@example.com", "grace@example.com"])
    assert (entry["subject"], entry["user"], entry["way"].split()[0]) == (f"by {port}", "app", "SMTP")
    assert set(entry["outcomes"].values()) == {"left the account"}
    raw = service.page(f"/{entry['number']}")
    assert raw.startswith(b"From: App <noreply@t.test>\r\n")
    assert "Gr" in raw.decode()


@pytest.mark.parametrize("mechanism", ["PLAIN", "LOGIN"])
@pytest.mark.parametrize("port", [465, 587])
def test_both_mechanisms_log_in(service, port, mechanism):
    with service.connect(port) as connection:
        connection.ehlo()
        assert set(connection.esmtp_features["auth"].split()) == {"PLAIN", "LOGIN"}
        connection.user, connection.password = service.credentials()
        method = getattr(connection, f"auth_{mechanism.lower()}")
        assert connection.auth(mechanism, method)[0] == 235


def wrong_password(service):
    return service.credentials()[0], "B" * 44


def secret_itself(service):
    return service.keys["app"]["AccessKeyId"], service.keys["app"]["SecretAccessKey"]


def other_region(service):
    key = service.keys["app"]
    return key["AccessKeyId"], smtp_password(key["SecretAccessKey"], "eu-west-1")


def unknown_key(service):
    return "AKIA0000000000000000", service.credentials()[1]


@pytest.mark.parametrize("wrong", [wrong_password, secret_itself, other_region, unknown_key])
def test_wrong_credentials_are_refused(service, wrong):
    with service.connect(465) as connection, pytest.raises(smtplib.SMTPAuthenticationError) as error:
        connection.login(*wrong(service))
    assert error.value.smtp_code == 535


def test_inactive_key_is_refused(service):
    iam = service.client("iam")
    key = service.keys["other"]["AccessKeyId"]
    iam.update_access_key(UserName="other", AccessKeyId=key, Status="Inactive")
    with service.connect(465) as connection, pytest.raises(smtplib.SMTPAuthenticationError):
        connection.login(*service.credentials("other"))
    iam.update_access_key(UserName="other", AccessKeyId=key, Status="Active")


def test_without_tls_nobody_may_log_in_or_send(service):
    before = len(service.list())
    with service.connect(587, starttls=False) as connection:
        connection.ehlo()
        assert "auth" not in connection.esmtp_features and "starttls" in connection.esmtp_features
        token = base64.b64encode("\0".join(["", *service.credentials()]).encode()).decode()
        assert connection.docmd("AUTH", f"PLAIN {token}")[0] in (530, 538)
        assert connection.docmd("MAIL", f"FROM:<noreply@{DOMAIN}>")[0] == 530
    assert len(service.list()) == before


@pytest.mark.parametrize("port", [465, 587])
def test_without_login_nobody_may_send(service, port):
    with service.connect(port) as connection:
        connection.ehlo()
        assert connection.docmd("MAIL", f"FROM:<noreply@{DOMAIN}>")[0] == 530


def refused(service, *envelope: str, **more: str) -> str:
    before = len(service.list())
    with pytest.raises(smtplib.SMTPDataError) as error:
        service.send(*envelope, **more)
    assert error.value.smtp_code == 554
    assert len(service.list()) == before
    return error.value.smtp_error.decode()


def test_sender_has_to_be_a_verified_identity(service):
    assert "noreply@u.test" in refused(service, "noreply@u.test", "ada@example.com")
    # Known, but its records are not published.
    service.client("ses").verify_domain_dkim(Domain="u.test")
    assert "not verified" in refused(service, "noreply@u.test", "ada@example.com")


def test_author_has_to_be_verified_like_the_sender(service):
    with service.connect(465) as connection:
        connection.login(*service.credentials())
        with pytest.raises(smtplib.SMTPDataError, match="boss@u.test"):
            connection.sendmail(f"noreply@{DOMAIN}", ["ada@example.com"], "From: boss@u.test\r\n\r\nhello\r\n")


def test_user_has_to_be_allowed_to_send(service):
    answer = refused(service, f"noreply@{DOMAIN}", "ada@example.com", user="other")
    assert "not authorized to perform `ses:SendRawEmail'" in answer


def test_conditions_on_the_author_count(service):
    iam = service.client("iam")
    narrow = json.loads(json.dumps(POLICY).replace(f"*@{DOMAIN}", f"noreply@{DOMAIN}"))
    iam.put_user_policy(UserName="app", PolicyName="mail", PolicyDocument=json.dumps(narrow))
    try:
        service.send(f"noreply@{DOMAIN}", "ada@example.com")
        assert "not authorized" in refused(service, f"boss@{DOMAIN}", "ada@example.com")
    finally:
        iam.put_user_policy(UserName="app", PolicyName="mail", PolicyDocument=json.dumps(POLICY))


def test_newcomer_reaches_verified_addresses_and_the_simulator_only(service, newcomer):
    assert not newcomer.get_account()["ProductionAccessEnabled"]
    assert newcomer.get_account()["SendQuota"]["Max24HourSend"] == 200
    assert "ada@example.com" in refused(service, f"noreply@{DOMAIN}", "ada@example.com")
    service.send(f"noreply@{DOMAIN}", "success@simulator.amazonses.com")
    newcomer.create_email_identity(EmailIdentity="ada@example.com")
    # SES asks for permission on the recipient's identity as well.
    assert "identity/ada@example.com" in refused(service, f"noreply@{DOMAIN}", "ada@example.com")
    iam = service.client("iam")
    wide = json.loads(json.dumps(POLICY))
    wide["Statement"][0]["Resource"].append(f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/ada@example.com")
    iam.put_user_policy(UserName="app", PolicyName="mail", PolicyDocument=json.dumps(wide))
    service.send(f"noreply@{DOMAIN}", "ada@example.com")
    iam.put_user_policy(UserName="app", PolicyName="mail", PolicyDocument=json.dumps(POLICY))


def test_bounces_are_told_to_the_topic(service):
    sns, ses, sqs = (service.client(name) for name in ("sns", "ses", "sqs"))
    topic = sns.create_topic(Name="bounces")["TopicArn"]
    queue = sqs.create_queue(QueueName="bounces")["QueueUrl"]
    arn = sqs.get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    ses.set_identity_notification_topic(Identity=DOMAIN, NotificationType="Bounce", SnsTopic=topic)
    service.send(f"noreply@{DOMAIN}", "bounce@simulator.amazonses.com")
    (told,) = sqs.receive_message(QueueUrl=queue)["Messages"]
    assert "bounce" in told["Body"]


def test_received_mail_is_stored_by_the_active_rules(service):
    s3, ses = service.client("s3"), service.client("ses")
    s3.create_bucket(Bucket="t-mail", CreateBucketConfiguration={"LocationConstraint": REGION})
    ses.create_receipt_rule_set(RuleSetName="t")
    rule = {
        "Name": "store",
        "Enabled": True,
        "Recipients": [DOMAIN],
        "Actions": [
            {"AddHeaderAction": {"HeaderName": "X-Seen", "HeaderValue": "yes"}},
            {"S3Action": {"BucketName": "t-mail", "ObjectKeyPrefix": "in/"}},
        ],
    }
    with pytest.raises(ses.exceptions.InvalidS3ConfigurationException):
        ses.create_receipt_rule(RuleSetName="t", Rule=rule)
    allow = {
        "Effect": "Allow",
        "Principal": {"Service": "ses.amazonaws.com"},
        "Action": "s3:PutObject",
        "Resource": "arn:aws:s3:::t-mail/in/*",
        "Condition": {"StringEquals": {"AWS:SourceAccount": ACCOUNT}},
    }
    s3.put_bucket_policy(Bucket="t-mail", Policy=json.dumps({"Version": "2012-10-17", "Statement": allow}))
    ses.create_receipt_rule(RuleSetName="t", Rule=rule)
    address = f"help@{DOMAIN}"
    assert json.loads(service.page(f"?from=a@example.com&to={address}", b"Subject: x\r\n\r\ny\r\n")) == {
        address: "refused: no receipt rule set is active"
    }
    ses.set_active_receipt_rule_set(RuleSetName="t")
    both = f"?from=a@example.com&to={address}&to=b@example.com"
    outcomes = json.loads(service.page(both, b"Subject: x\r\n\r\ny\r\n"))
    assert outcomes["b@example.com"] == "left the account"
    # Beside it lies what SES writes when the rule is made.
    listed = s3.list_objects_v2(Bucket="t-mail", Prefix="in/")["Contents"]
    (stored,) = [one for one in listed if not one["Key"].endswith("AMAZON_SES_SETUP_NOTIFICATION")]
    assert len(listed) == 2
    assert outcomes[address] == f"stored as s3://t-mail/{stored['Key']}"
    assert s3.get_object(Bucket="t-mail", Key=stored["Key"])["Body"].read() == b"X-Seen: yes\r\nSubject: x\r\n\r\ny\r\n"
    # Mail of the account's own goes the same way.
    service.send(f"noreply@{DOMAIN}", address, subject="to ourselves")
    assert service.list()[-1]["outcomes"][address].startswith("stored as s3://t-mail/in/")
    assert s3.list_objects_v2(Bucket="t-mail", Prefix="in/")["KeyCount"] == len(listed) + 1


def test_mail_of_the_api_is_judged_and_kept_too(service):
    ses = service.client("ses")
    raw = f"From: noreply@{DOMAIN}\r\nTo: ada@example.com\r\nSubject: by API\r\n\r\nhello\r\n".encode()
    ses.send_raw_email(RawMessage={"Data": raw})
    assert (service.list()[-1]["subject"], service.list()[-1]["way"]) == ("by API", "API")
    with pytest.raises(ses.exceptions.MessageRejected):
        ses.send_raw_email(RawMessage={"Data": raw.replace(DOMAIN.encode(), b"v.test")})


@pytest.mark.parametrize(("name", "status"), [("/999999", 404), ("/x", 404), ("?to=nobody", 400)])
def test_pages_say_what_is_wrong(service, name, status):
    with pytest.raises(urllib.error.HTTPError) as error:
        service.page(name, b"x" if "?" in name else None)
    assert error.value.code == status
