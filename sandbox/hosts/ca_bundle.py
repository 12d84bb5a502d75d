"""How a host comes to trust the sandbox's authority: in the system's store, as curl, Python and Ruby read it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

from cryptography import x509
from cryptography.x509.oid import NameOID

from sandbox.hosts.provisioning import File

#: From here ``update-ca-certificates`` takes it whenever it makes the store anew.
SOURCE = "usr/local/share/ca-certificates/railyard-sandbox.crt"
BUNDLE = "etc/ssl/certs/ca-certificates.crt"


def files(root: Path, pem: bytes) -> Iterator[File]:
    """What a host whose file system is at ``root`` lacks of the trust in a certificate."""
    text = pem.decode()
    bundle = (root / BUNDLE).read_text() if (root / BUNDLE).is_file() else ""
    yield File(SOURCE, text)
    if text not in bundle:
        yield File(BUNDLE, bundle + text)
    # OpenSSL looks a certificate up by the digest of its subject's name, where no bundle is named to it.
    yield File(f"etc/ssl/certs/{subject_hash(pem)}.0", text)


def adoption(pem: bytes) -> str:
    """Shell script that gives the trust to a host that runs already; it does nothing to one that has it."""
    return f"""\
set -eu
new=$(mktemp)
cat > "$new" <<'END'
{pem.decode().strip()}
END
if cmp -s "$new" /{SOURCE}; then
    rm "$new"
else
    chmod 644 "$new"
    mkdir -p "$(dirname /{SOURCE})"
    mv "$new" /{SOURCE}
    update-ca-certificates >/dev/null
fi
"""


def subject_hash(pem: bytes) -> str:
    """The name that ``openssl rehash`` gives a certificate: four bytes of SHA-1 over its subject in a canonical form.

    The form (OpenSSL, ``x509_name_canon``) has lower-case UTF-8 strings and no outer sequence; this is it for a subject
    that is one common name, as the authority's is.
    """
    (name,) = x509.load_pem_x509_certificate(pem).subject
    if name.oid != NameOID.COMMON_NAME:
        raise ValueError(f"the subject is no common name but {name.oid}")
    text = _der(0x0C, " ".join(str(name.value).lower().split()).encode())
    canonical = _der(0x31, _der(0x30, bytes.fromhex("0603550403") + text))
    return f"{int.from_bytes(hashlib.sha1(canonical).digest()[:4], 'little'):08x}"


def _der(tag: int, content: bytes) -> bytes:
    if len(content) > 127:
        raise ValueError("the name is too long")
    return bytes((tag, len(content))) + content
