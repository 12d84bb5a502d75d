"""A request's body, taken from its connection once, whatever way it came, so that everybody reads the same bytes."""

from __future__ import annotations

import gzip
import hashlib
import io
import tempfile
import zlib
from typing import IO, Any

from sandbox.api.ambiguous import Ambiguous

#: Key of a request's environment: the body is taken already.
_TAKEN = "railyard.body"
#: Bytes kept in memory; more go to a file without a name.
_IN_MEMORY = 4 * 1024**2
#: Bytes that a compressed body may have in full.
_LARGEST = 256 * 1024**2


class Body:
    """The bytes of one request."""

    def __init__(self, file: IO[bytes], length: int, digest: str) -> None:
        self.length = length
        self.digest = digest  # SHA-256, hexadecimal
        self._file = file

    def read(self) -> bytes:
        self._file.seek(0)
        data = self._file.read()
        self._file.seek(0)
        return data


def take(environ: dict[str, Any]) -> Body:
    """The body, which stays in the environment to be read by whoever comes next.

    :raises Ambiguous: when two lengths are given
    """
    taken = environ.get(_TAKEN)
    if taken is not None and environ["wsgi.input"] is taken._file:
        return taken
    chunked = environ.pop("HTTP_TRANSFER_ENCODING", "")
    ends = environ.pop("wsgi.input_terminated", False)
    if chunked and environ.get("CONTENT_LENGTH"):
        raise Ambiguous("Content-Length and Transfer-Encoding are given both")
    try:
        left = None if chunked or ends else int(environ.get("CONTENT_LENGTH") or 0)
    except ValueError:
        raise Ambiguous("Content-Length is no number") from None
    file: IO[bytes] = tempfile.SpooledTemporaryFile(_IN_MEMORY)  # noqa: SIM115 - ends with the request
    digest, length = hashlib.sha256(), 0
    while left is None or left > 0:
        part = environ["wsgi.input"].read(65536 if left is None else min(left, 65536))
        if not part:
            break
        left = None if left is None else left - len(part)
        digest.update(part)
        file.write(part)
        length += len(part)
    return _put(environ, file, length, digest.hexdigest())


def replace(environ: dict[str, Any], data: bytes) -> Body:
    """Give the request another body."""
    return _put(environ, io.BytesIO(data), len(data), hashlib.sha256(data).hexdigest())


def inflate(environ: dict[str, Any]) -> None:
    """Take the compression off that SDKs put on large requests.

    :raises Ambiguous: when it cannot be taken off
    """
    if environ.get("HTTP_CONTENT_ENCODING", "").strip().lower() != "gzip":
        return
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(take(environ).read())) as file:
            data = file.read(_LARGEST + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise Ambiguous(f"the body is not compressed as it says: {error}") from error
    if len(data) > _LARGEST:
        raise Ambiguous(f"the body has more than {_LARGEST} bytes")
    del environ["HTTP_CONTENT_ENCODING"]
    replace(environ, data)


def _put(environ: dict[str, Any], file: IO[bytes], length: int, digest: str) -> Body:
    file.seek(0)
    body = Body(file, length, digest)
    environ["wsgi.input"], environ["CONTENT_LENGTH"], environ[_TAKEN] = file, str(length), body
    return body
