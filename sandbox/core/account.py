"""The account as the services' readers ask for it: through boto3, page by page, odd resources apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import boto3
import botocore.session
from botocore.config import Config

from sandbox.core import credentials
from sandbox.core.intake import Intake
from sandbox.core.settings import Settings

#: Put into the user agent of the sandbox's own reader, whose requests are not counted.
READER_AGENT = "railyard-sandbox"

T = TypeVar("T")


class Account:
    """One sandbox's account. Not safe between threads."""

    def __init__(self, settings: Settings, loader: Any = None) -> None:
        """
        :param loader: botocore loader to share with the emulator in the same process: each loader keeps
            some 30 MB of service models
        """
        core = botocore.session.Session()
        if loader is not None:
            core.register_component("data_loader", loader)
        self._session = boto3.session.Session(
            botocore_session=core,
            **credentials.ensure(settings).for_boto3(),
            region_name=settings.region,
        )
        self._config = Config(
            user_agent_extra=READER_AGENT, retries={"max_attempts": 1}, connect_timeout=5, read_timeout=30
        )
        self._endpoint = settings.endpoint
        self._clients: dict[str, Any] = {}
        self.home: Path = settings.home
        self.region = settings.region
        self.take = Intake()

    def client(self, service: str) -> Any:
        """The service's client, made when it is first asked for: some cost 10 MB."""
        if service not in self._clients:
            self._clients[service] = self._session.client(service, endpoint_url=self._endpoint, config=self._config)
        return self._clients[service]

    def all(self, service: str, operation: str, key: str, **arguments: Any) -> list[dict[str, Any]]:
        """Every item of a paginated answer.

        :raises botocore.exceptions.BotoCoreError, ClientError: when the API does not answer
        """
        pages = self.client(service).get_paginator(operation).paginate(**arguments)
        return [item for page in pages for item in page[key]]

    def wholes(self, kind: str, makes: Mapping[str, Callable[[], T | None]]) -> tuple[T, ...]:
        """Resources by identifier, without those that are odd and never were good."""
        made = (self.take.whole(kind, identifier, make) for identifier, make in makes.items())
        return tuple(each for each in made if each is not None)
