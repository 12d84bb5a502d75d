"""Instance metadata at 169.254.169.254:80 of every VPC's router; who asks is known by the source address."""

from __future__ import annotations

import datetime
import http.server
import json
import logging
import socket
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from sandbox.core import credentials
from sandbox.core.settings import Settings
from sandbox.network import netns
from sandbox.network.listeners import NamespaceServers
from sandbox.services.ec2.metadata.tokens import Tokens
from sandbox.services.ec2.metadata.tree import ACCOUNT, answer, role_of, tree
from sandbox.services.ec2.picture import Instance, Vpc
from sandbox.services.picture import Picture

_log = logging.getLogger(__name__)

ADDRESS = ("169.254.169.254", 80)
_TTL_HEADER = "X-aws-ec2-metadata-token-ttl-seconds"
_TOKEN_HEADER = "X-aws-ec2-metadata-token"
#: Requests answered at once per VPC.
_THREADS = 32
#: Seconds before its end at which a credential is replaced.
_RENEW = 900


@dataclass
class Credentials:
    """Temporary credentials of instance roles, from the emulator's STS."""

    settings: Settings
    _kept: dict[tuple[str, str], tuple[float, str]] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def role(self, profile_arn: str) -> str | None:
        """Name of the role in the profile; None when the profile has none or is gone."""
        try:
            profile = self._client("iam").get_instance_profile(InstanceProfileName=role_of(profile_arn))
        except (BotoCoreError, ClientError) as error:
            _log.warning("instance profile %s: %s", profile_arn, error)
            return None
        roles = profile["InstanceProfile"]["Roles"]
        return roles[0]["RoleName"] if roles else None

    def document(self, role: str, instance_id: str) -> str | None:
        """JSON as metadata gives it; None when STS refuses."""
        with self._lock:
            end, text = self._kept.get((role, instance_id), (0.0, ""))
            if end - _RENEW > time.time():
                return text
        try:
            got = self._client("sts").assume_role(
                RoleArn=f"arn:aws:iam::{ACCOUNT}:role/{role}", RoleSessionName=instance_id, DurationSeconds=3600
            )["Credentials"]
        except (BotoCoreError, ClientError) as error:
            _log.warning("credentials of role %s for %s: %s", role, instance_id, error)
            return None
        expiration: datetime.datetime = got["Expiration"]
        text = json.dumps(
            {
                "Code": "Success",
                "LastUpdated": _stamp(datetime.datetime.now(datetime.UTC)),
                "Type": "AWS-HMAC",
                "AccessKeyId": got["AccessKeyId"],
                "SecretAccessKey": got["SecretAccessKey"],
                "Token": got["SessionToken"],
                "Expiration": _stamp(expiration),
            },
            indent=2,
        )
        with self._lock:
            self._kept[(role, instance_id)] = (expiration.timestamp(), text)
        return text

    def _client(self, service: str) -> Any:
        return boto3.session.Session().client(
            service,
            region_name=self.settings.region,
            endpoint_url=self.settings.endpoint,
            **credentials.ensure(self.settings).for_boto3(),
            config=Config(connect_timeout=5, read_timeout=20, retries={"max_attempts": 2}),
        )


def _stamp(moment: datetime.datetime) -> str:
    return moment.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class MetadataLayer:
    """Converges the metadata servers of one sandbox."""

    name = "metadata"

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.tokens = Tokens(credentials.ensure(settings).token.encode())
        self.credentials = Credentials(settings)
        self._picture = Picture()
        self._servers = NamespaceServers(self._open)

    def converge(self, picture: Picture) -> None:
        """Serve in every VPC. Raises ``OSError`` when an address cannot be had."""
        self._picture = picture
        self._servers.converge((vpc.id, self.settings.netns(vpc.id)) for vpc in picture.vpcs)

    def status(self) -> list[dict[str, Any]]:
        return [
            {"kind": "metadata", "name": vpc_id, "state": "serving", "detail": "169.254.169.254:80"}
            for vpc_id in self._servers.names()
        ]

    def close(self) -> None:
        self._servers.close()

    def destroy(self) -> None:
        """The sockets end with the process: nothing of this layer stays in the world."""
        self.close()

    def find(self, vpc_id: str, address: str) -> tuple[Instance, Vpc] | None:
        """The instance that has the address in the VPC."""
        picture = self._picture
        vpc = next((v for v in picture.vpcs if v.id == vpc_id), None)
        instance = next((i for i in picture.live_instances() if i.vpc_id == vpc_id and i.private_ip == address), None)
        return (instance, vpc) if instance and vpc else None

    def body(self, instance: Instance, vpc: Vpc, path: str) -> str | None:
        """Answer to a GET that is allowed; None for 404."""
        asks_role = "/iam" in path or path.rstrip("/").endswith("meta-data")
        role = self.credentials.role(instance.profile_arn) if instance.profile_arn and asks_role else None
        root = tree(
            instance,
            vpc,
            self.settings.region,
            role,
            lambda: self.credentials.document(role, instance.id) if role else None,
        )
        return answer(root, path, instance.key_name)

    def _open(self, vpc_id: str, namespace: str) -> _Server:
        listening = netns.socket_in(namespace)
        try:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(ADDRESS)
            listening.listen(64)
        except OSError:
            listening.close()
            raise
        return _Server(listening, lambda *arguments: _Handler(self, vpc_id, *arguments))


class _Server(http.server.HTTPServer):
    """Serves each connection in a thread, at most ``_THREADS`` at once."""

    def __init__(self, listening: socket.socket, handler: Callable[..., http.server.BaseHTTPRequestHandler]) -> None:
        super().__init__(listening.getsockname(), handler, bind_and_activate=False)
        self.socket.close()
        self.socket = listening
        self._room = threading.Semaphore(_THREADS)
        self._thread = threading.Thread(target=self.serve_forever, name="metadata", daemon=True)
        self._thread.start()

    def process_request(self, request: Any, client_address: Any) -> None:
        self._room.acquire()
        threading.Thread(target=self._one, args=(request, client_address), daemon=True).start()

    def _one(self, request: Any, client_address: Any) -> None:
        try:
            self.finish_request(request, client_address)
        except OSError as error:
            _log.debug("metadata for %s: %s", client_address[0], error)
        finally:
            self.shutdown_request(request)
            self._room.release()

    def close(self) -> None:
        self.shutdown()
        self.server_close()
        self._thread.join(timeout=5)


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "EC2ws"
    sys_version = ""
    timeout = 10

    def __init__(self, layer: MetadataLayer, vpc_id: str, *arguments: Any) -> None:
        self._layer = layer
        self._vpc_id = vpc_id
        super().__init__(*arguments)

    def do_PUT(self) -> None:
        found = self._who()
        if not found:
            return
        if self.path.rstrip("/") != "/latest/api/token":
            return self._say(404)
        if self.headers.get("X-Forwarded-For"):
            # the request came through a proxy that does not know what it forwards
            return self._say(403)
        try:
            seconds = int(self.headers.get(_TTL_HEADER, ""))
            token = self._layer.tokens.issue(found[0].id, seconds)
        except ValueError:
            return self._say(400)
        self._say(200, token, {_TTL_HEADER: str(seconds)})

    def do_GET(self) -> None:
        found = self._who()
        if not found:
            return
        instance, vpc = found
        token = self.headers.get(_TOKEN_HEADER)
        extra = {}
        if token is not None:
            left = self._layer.tokens.left(instance.id, token)
            if left is None:
                return self._say(401)
            extra[_TTL_HEADER] = str(left)
        elif instance.metadata.tokens_required:
            return self._say(401)
        body = self._layer.body(instance, vpc, self.path)
        if body is None:
            return self._say(404)
        self._say(200, body, extra)

    do_HEAD = do_GET

    def _who(self) -> tuple[Instance, Vpc] | None:
        found = self._layer.find(self._vpc_id, self.client_address[0])
        if not found:
            self._say(404)
            return None
        self.connection.setsockopt(socket.IPPROTO_IP, socket.IP_TTL, max(1, found[0].metadata.hop_limit))
        if not found[0].metadata.enabled:
            self._say(403)
            return None
        return found

    def _say(self, status: int, body: str = "", headers: dict[str, str] | None = None) -> None:
        if status != 200:
            length = int(self.headers.get("Content-Length") or 0)
            self.close_connection = self.close_connection or length > 0
            body = f"{status} - {http.HTTPStatus(status).phrase}\n"
        data = body.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(data)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(data)

    def log_message(self, format: str, *args: object) -> None:
        _log.debug("metadata %s: " + format, self.client_address[0], *args)
