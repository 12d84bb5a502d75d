"""The emulator behind what was decided: it serves a request with the service that was decided on, and with no other.

Its own way of finding one would also lead to its pages for tests, to instance metadata and to requests without a
signature; none of them exist here.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from moto.server import DomainDispatcherApplication, create_backend_app

from sandbox.api.access.canonical import DECIDED, Decided

#: Served for requests that are signed for S3, and for no others.
_OF_S3 = ("s3", "s3control", "s3bucket_path")
#: What the emulator has beside services of AWS.
_NO_SERVICES = ("moto_api", "instance_metadata", "moto_proxy")


class UnknownService(Exception):
    """The emulator has no such service."""


class Emulator(DomainDispatcherApplication):
    """A WSGI application for requests with a decision in their environment."""

    def __init__(self) -> None:
        super().__init__(create_backend_app)

    def backend_of(self, environ: dict[str, Any]) -> str:
        """The emulator's name for the service that serves a request.

        :raises UnknownService: when there is none
        """
        decided: Decided = environ[DECIDED]
        if decided.backend:
            return decided.backend
        if not decided.access_key:
            return decided.service
        try:
            host = self.infer_service_region_host(environ, environ.get("PATH_INFO", ""))
            backend = self.get_backend_for_host(host)
        except (KeyError, ValueError, IndexError) as error:
            raise UnknownService(f"{decided.service}: the request names no operation") from error
        if not backend or backend in _OF_S3 or backend in _NO_SERVICES:
            raise UnknownService(decided.service)
        return backend

    def get_application(self, environ: dict[str, Any]) -> Flask:
        backend = self.backend_of(environ)
        with self.lock:
            if backend not in self.app_instances:
                self.app_instances[backend] = self.create_app(backend)
            return self.app_instances[backend]
