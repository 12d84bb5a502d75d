"""AWS's endpoints as a VPC sees them: names, certificate, trust store, and requests handed to the API."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import os
import ssl
import time
import uuid

import pytest

from sandbox.api.endpoints.layer import EndpointLayer, trust_store
from sandbox.api.endpoints.names import TRUST_STORE, address_of
from sandbox.api.gateway import TLS, VPC, Gateway
from sandbox.core.settings import API_ADDRESS, S3_ADDRESS, Settings
from sandbox.network import netns
from sandbox.services.ec2.picture import Vpc
from sandbox.services.picture import Picture

REGION = "ap-northeast-1"


@pytest.mark.parametrize(
    ("name", "address"),
    [
        (f"s3.{REGION}.amazonaws.com", S3_ADDRESS),
        (f"bucket.s3.{REGION}.amazonaws.com", S3_ADDRESS),
        (f"dotted.bucket.s3.{REGION}.amazonaws.com", S3_ADDRESS),
        (f"bucket.s3.dualstack.{REGION}.amazonaws.com", S3_ADDRESS),
        ("s3.amazonaws.com", S3_ADDRESS),
        ("bucket.s3.amazonaws.com", S3_ADDRESS),
        (f"email.{REGION}.amazonaws.com", API_ADDRESS),
        ("sts.amazonaws.com", API_ADDRESS),
        ("iam.amazonaws.com", API_ADDRESS),
        (TRUST_STORE, API_ADDRESS),
        ("ec2.amazonaws.com", None),
        ("s3.eu-west-1.amazonaws.com", None),
        (f"email-smtp.{REGION}.amazonaws.com", None),
        (f"db.abc.{REGION}.rds.amazonaws.com", None),
        (f"web-1.{REGION}.elb.amazonaws.com", None),
        (f"{REGION}.amazonaws.com", None),
        ("amazonaws.com", None),
        (f"s3.{REGION}.amazonaws.com.example.com", None),
    ],
)
def test_addresses_of_names(name, address):
    assert address_of(name, REGION) == address


def ask(application, **environ) -> tuple[str, bytes]:
    said: list[str] = []
    body = b"".join(application({"REQUEST_METHOD": "GET", **environ}, lambda status, headers: said.append(status)))
    return said[0], body


@pytest.mark.parametrize(
    ("host", "path", "answer"),
    [
        (TRUST_STORE, "/global/global-bundle.pem", ("200 OK", b"pem")),
        (TRUST_STORE, f"/{REGION}/{REGION}-bundle.pem", ("200 OK", b"pem")),
        (f"{TRUST_STORE}:443", "/global/global-bundle.pem", ("200 OK", b"pem")),
        (f"s3.{REGION}.amazonaws.com", "/global/global-bundle.pem", ("200 OK", b"api")),
    ],
)
def test_trust_store(host, path, answer):
    def api(environ, start_response):
        start_response("200 OK", [])
        return [b"api"]

    assert ask(trust_store(api, lambda: b"pem", REGION), HTTP_HOST=host, PATH_INFO=path) == answer


def test_trust_store_says_what_it_has():
    status, body = ask(trust_store(Gateway(), lambda: b"pem", REGION), HTTP_HOST=TRUST_STORE, PATH_INFO="/x")
    assert status.startswith("404") and b"/global/global-bundle.pem" in body


def test_door_before_the_api_is_there():
    assert ask(Gateway())[0].startswith("503")


@pytest.mark.skipif(os.geteuid() != 0, reason="namespaces take root")
class TestServer:
    """Requests through real sockets in a namespace of the tests' own."""

    @pytest.fixture
    def served(self, tmp_path):
        settings = Settings(f"t{uuid.uuid4().hex[:6]}", tmp_path, 0, REGION)
        namespace = settings.netns("vpc-1")
        netns.create(namespace)
        for address in (S3_ADDRESS, API_ADDRESS):
            netns.run(namespace, ["ip", "address", "add", f"{address}/32", "dev", "lo"])
        layer = EndpointLayer(settings, self.api)
        try:
            layer.converge(Picture(vpcs=(Vpc("vpc-1", "10.0.0.0/16", None, (), (), ()),)))
            yield layer
        finally:
            layer.close()
            netns.delete(namespace)

    @staticmethod
    def api(environ, start_response):
        """Tells what it was asked, with the digest of the body; /refused is answered before its body is read."""
        if environ["PATH_INFO"] == "/refused":
            start_response("403 Forbidden", [("Content-Length", "2")])
            return [b"no"]
        digest, left = hashlib.sha256(), int(environ.get("CONTENT_LENGTH") or 0)
        while left and (part := environ["wsgi.input"].read(min(left, 65536))):
            digest.update(part)
            left -= len(part)
        text = f"{environ[VPC]} {environ[TLS]} {environ['wsgi.url_scheme']} {environ['PATH_INFO']} {digest.hexdigest()}"
        start_response("200 OK", [("Content-Length", str(len(text)))])
        return [text.encode()]

    def request(self, layer, address, port, host, method="GET", path="/", body=b"", **headers) -> str:
        inner = netns.socket_in(layer.settings.netns("vpc-1"))
        inner.settimeout(20)
        inner.connect((address, port))
        if port == 443:
            context = ssl.create_default_context(cafile=layer.settings.ca_file)
            inner = context.wrap_socket(inner, server_hostname=host)
        connection = http.client.HTTPConnection(host, port)
        connection.sock = inner
        with contextlib.closing(connection):
            connection.request(method, path, body=body, headers={"Host": host, **headers})
            return connection.getresponse().read().decode()

    @pytest.mark.parametrize(
        ("address", "port", "host", "scheme"),
        [
            (S3_ADDRESS, 443, f"bucket.s3.{REGION}.amazonaws.com", "https"),
            (S3_ADDRESS, 443, "s3.amazonaws.com", "https"),
            (S3_ADDRESS, 80, f"s3.{REGION}.amazonaws.com", "http"),
            (API_ADDRESS, 443, f"logs.{REGION}.amazonaws.com", "https"),
        ],
    )
    def test_request_comes_with_its_vpc(self, served, address, port, host, scheme):
        body = os.urandom(3_000_000)
        said = self.request(
            served, address, port, host, "PUT", "/key", body, **{"Railyard.Vpc": "vpc-2", "Expect": "100-continue"}
        )
        assert said == f"vpc-1 {scheme == 'https'} {scheme} /key {hashlib.sha256(body).hexdigest()}"

    def test_rds_clients_find_the_authority(self, served):
        pem = self.request(served, API_ADDRESS, 443, TRUST_STORE, path="/global/global-bundle.pem")
        assert pem.encode() == served.settings.ca_file.read_bytes()

    def test_silent_client_keeps_nobody_waiting(self, served):
        silent = netns.socket_in(served.settings.netns("vpc-1"))
        with silent:
            silent.connect((S3_ADDRESS, 443))
            assert "vpc-1 True" in self.request(served, S3_ADDRESS, 443, f"s3.{REGION}.amazonaws.com")

    @pytest.mark.parametrize(
        ("header", "parts"),
        [
            ("Content-Length: 30", (b"x" * 10, b"x" * 10, b"x" * 10)),
            ("Transfer-Encoding: chunked", (b"a\r\n" + b"x" * 10 + b"\r\n", b"a\r\n" + b"x" * 10, b"\r\n0\r\n\r\n")),
        ],
    )
    def test_answer_reaches_who_is_still_sending(self, served, header, parts):
        plain = netns.socket_in(served.settings.netns("vpc-1"))
        plain.settimeout(5)
        plain.connect((S3_ADDRESS, 443))
        context = ssl.create_default_context(cafile=served.settings.ca_file)
        with context.wrap_socket(plain, server_hostname="s3.amazonaws.com") as secure:
            secure.sendall(f"PUT /refused HTTP/1.1\r\nHost: s3.amazonaws.com\r\n{header}\r\n\r\n".encode())
            for part in parts:
                time.sleep(0.1)
                secure.sendall(part)
            answer = http.client.HTTPResponse(secure)
            answer.begin()
            assert (answer.status, answer.read()) == (403, b"no")

    def test_certificate_outlives_the_daemon(self, served):
        shown = served.settings.home / "endpoints" / "server.pem"
        before = shown.read_bytes()
        again = EndpointLayer(served.settings, self.api)
        again._tls()
        assert shown.read_bytes() == before
        assert served.status()[0]["state"] == "serving"

    def test_closed_layer_listens_no_more(self, served):
        served.close()
        with netns.socket_in(served.settings.netns("vpc-1")) as probe, pytest.raises(ConnectionRefusedError):
            probe.connect((S3_ADDRESS, 443))
