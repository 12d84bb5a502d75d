"""What the application stands on, as real servers with TLS on loopback: MariaDB, a Redis cluster, S3 and SMTP."""

from __future__ import annotations

import ssl
import subprocess
from pathlib import Path

import boto3
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult
from moto.server import ThreadedMotoServer

from sandbox.core.authority import Authority
from sandbox.core.settings import Settings
from tests.integration.sample_app.programs import Program, free_port, listens

REGION = "ap-northeast-1"
BUCKET = "sample-uploads"
DOMAIN = "sample.example"
DATABASE_PASSWORD = 'it\'s "quoted" & long enough'
SMTP_USER, SMTP_PASSWORD = "AKIAIOSFODNN7EXAMPLE", "a-password-for-this-test-only"
SHARDS = 3


class Certificates:
    """Files of a certificate for localhost, and of the authority that signed it."""

    def __init__(self, home: Path) -> None:
        authority = Authority(Settings(name="sample", home=home, api_port=0, region=REGION))
        self.ca, self.certificate, self.key = (home / name for name in ("ca.pem", "site.crt", "site.key"))
        home.mkdir(parents=True, exist_ok=True)
        self.ca.write_bytes(authority.certificate())
        certificate, key = authority.issue(["localhost"], ["127.0.0.1"])
        self.certificate.write_bytes(certificate)
        self.key.write_bytes(key)


class Database:
    """MariaDB that wants TLS, with the application's database and user."""

    def __init__(self, home: Path, certificates: Certificates) -> None:
        self.port = free_port()
        self._home, self._socket = home, home / "sock"
        home.mkdir()
        subprocess.run(
            ["mariadb-install-db", "--no-defaults", f"--datadir={home}/data", "--user=root", "--skip-test-db",
             "--auth-root-authentication-method=normal"],
            check=True, capture_output=True,
        )  # fmt: skip
        self.serve(certificates)
        password = DATABASE_PASSWORD.replace("'", "''")
        self.sql(
            "create database sample_app character set utf8mb4;"
            f"create user sample_app@'%' identified by '{password}';"
            "grant all on sample_app.* to sample_app@'%'"
        )

    def serve(self, certificates: Certificates) -> None:
        self._argv = [
            "mariadbd", "--no-defaults", "--user=root", f"--datadir={self._home}/data", f"--socket={self._socket}",
            "--bind-address=127.0.0.1", f"--port={self.port}", f"--pid-file={self._home}/pid",
            f"--ssl-cert={certificates.certificate}", f"--ssl-key={certificates.key}",
            "--require-secure-transport=ON", "--skip-name-resolve",
        ]  # fmt: skip
        self.start()

    def start(self) -> None:
        self._program = Program(self._home / "log", *self._argv)
        self._program.ready(lambda: listens(self.port))

    def stop(self) -> None:
        self._program.stop()

    def sql(self, statement: str) -> str:
        done = subprocess.run(
            ["mariadb", "--no-defaults", f"--socket={self._socket}", "-uroot", "-N", "-e", statement],
            check=True, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout


class Cache:
    """A Redis cluster with a replica for each shard, reached by names and TLS only."""

    def __init__(self, home: Path, certificates: Certificates) -> None:
        self.ports = [free_port() for _node in range(2 * SHARDS)]
        self._ca = certificates.ca
        self._nodes = [self._node(home / str(port), port, certificates) for port in self.ports]
        self.cli(
            "--cluster", "create", *(f"127.0.0.1:{port}" for port in self.ports), "--cluster-replicas", "1",
            "--cluster-yes",
        )  # fmt: skip

    def _node(self, home: Path, port: int, certificates: Certificates) -> Program:
        home.mkdir(parents=True)
        program = Program(
            home / "log", "redis-server", "--bind", "127.0.0.1", "--port", "0", "--tls-port", str(port),
            "--dir", str(home), "--save", "", "--tls-cert-file", str(certificates.certificate),
            "--tls-key-file", str(certificates.key), "--tls-ca-cert-file", str(certificates.ca),
            "--tls-auth-clients", "no", "--tls-cluster", "yes", "--tls-replication", "yes",
            "--cluster-enabled", "yes", "--cluster-port", str(free_port()), "--cluster-node-timeout", "2000",
            # What ElastiCache does: clients are told names, which the certificates are for.
            "--cluster-announce-hostname", "localhost", "--cluster-preferred-endpoint-type", "hostname",
        )  # fmt: skip
        program.ready(lambda: listens(port))
        return program

    def cli(self, *argv: str) -> str:
        done = subprocess.run(
            ["redis-cli", "--tls", "--cacert", str(self._ca), *argv],
            check=True, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        return done.stdout

    def stop_shard(self) -> None:
        """End one primary and its replica, so that its slots are served by nobody."""
        lines = self.cli("-p", str(self.ports[-1]), "cluster", "nodes").splitlines()
        fields = [line.split() for line in lines]
        primary = next(node for node in fields if "master" in node[2])
        for node in fields:
            if primary[0] in (node[0], node[3]):
                self._nodes[self.ports.index(int(node[1].split("@")[0].rsplit(":", 1)[1]))].stop()

    def stop(self) -> None:
        for node in self._nodes:
            node.stop()


class Bucket:
    """S3 over plain HTTP on loopback, with one bucket."""

    def __init__(self) -> None:
        self._server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        self._server.start()
        host, port = self._server.get_host_and_port()
        self.endpoint = f"http://{host}:{port}"
        self.client = boto3.client(
            "s3", endpoint_url=self.endpoint, region_name=REGION,
            aws_access_key_id="testing0testing0", aws_secret_access_key="testing0testing0testing0",
        )  # fmt: skip
        self.create()

    def create(self) -> None:
        self.client.create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": REGION})

    def remove(self) -> None:
        for key in self.keys():
            self.client.delete_object(Bucket=BUCKET, Key=key)
        self.client.delete_bucket(Bucket=BUCKET)

    def keys(self, prefix: str = "") -> list[str]:
        found = self.client.list_objects_v2(Bucket=BUCKET, Prefix=prefix).get("Contents", [])
        return [one["Key"] for one in found]

    def stop(self) -> None:
        self._server.stop()


class Post:
    """SMTP with TLS from the first byte and a login. What is sent goes into the bucket, as by a receipt rule of SES."""

    def __init__(self, bucket: Bucket, certificates: Certificates) -> None:
        self.port = free_port()
        self.password = SMTP_PASSWORD
        self._bucket = bucket
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificates.certificate, certificates.key)
        post = self

        class Server(Controller):
            def factory(self) -> SMTP:
                return SMTP(self.handler, authenticator=post.login, auth_required=True, auth_require_tls=False)

        self._server = Server(
            self, hostname="127.0.0.1", port=self.port, ssl_context=context, server_hostname="localhost"
        )
        self._server.start()

    def login(self, _server, _session, _envelope, _mechanism, given) -> AuthResult:
        right = (given.login, given.password) == (SMTP_USER.encode(), self.password.encode())
        return AuthResult(success=right, handled=False)

    async def handle_DATA(self, _server, _session, envelope) -> str:
        key = f"mail/{abs(hash(envelope.content)):x}"
        self._bucket.client.put_object(Bucket=BUCKET, Key=key, Body=envelope.content)
        return "250 Ok"

    def stop(self) -> None:
        self._server.stop()
