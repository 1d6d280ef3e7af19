"""A throw-away certificate authority, and a server's certificate for any host names."""

import datetime as dt
import ssl
from functools import cache
from pathlib import Path
from tempfile import NamedTemporaryFile

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

DAY = dt.timedelta(days=1)


def certified(folder: Path, *hosts: str) -> tuple[str, ssl.SSLContext]:
    """The authority's PEM file and the context a server of these hosts uses."""
    authority, own, context = made(hosts)
    ca_file = folder / "authority.pem"
    ca_file.write_bytes(authority)
    (folder / "venue.pem").write_bytes(own)
    return str(ca_file), context


@cache
def made(hosts: tuple[str, ...]) -> tuple[bytes, bytes, ssl.SSLContext]:
    """An authority, a server's key and certificate, and its context; the same ones for all tests of a process."""
    root_key, own_key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    root_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "an authority for tests")])
    root = signed(root_name, root_name, root_key, by=root_key, also=(x509.BasicConstraints(ca=True, path_length=0), True))
    own_name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a venue for tests")])
    names = x509.SubjectAlternativeName([x509.DNSName(host) for host in hosts])
    own = signed(own_name, root_name, own_key, by=root_key, also=(names, False))
    secret = own_key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    whole = secret + own.public_bytes(serialization.Encoding.PEM)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    with NamedTemporaryFile() as file:
        Path(file.name).write_bytes(whole)
        context.load_cert_chain(file.name)
    return root.public_bytes(serialization.Encoding.PEM), whole, context


def signed(subject: x509.Name, issuer: x509.Name, key, *, by, also) -> x509.Certificate:
    now = dt.datetime.now(dt.UTC)
    extension, is_critical = also
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - DAY)
        .not_valid_after(now + DAY)
        .add_extension(extension, critical=is_critical)
        .sign(by, hashes.SHA256())
    )
