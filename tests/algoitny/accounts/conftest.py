"""A Google of our own: its key, its certificates where the real ones would be fetched, and tokens that it gives out."""

import json
from datetime import UTC, datetime, timedelta

import jwt
import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

CLIENT = "our-client.apps.example"


def a_certificate(key):
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "google.example")])
    now = datetime.now(UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    return certificate.public_bytes(serialization.Encoding.PEM).decode()


class Google:
    """`token()` is good; what is given changes a claim, and None leaves it out."""

    def __init__(self):
        self.key, self.other = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _ in range(2))
        self.certificates = {"first": a_certificate(self.key), "second": a_certificate(self.other)}

    def token(self, *, key=None, kid="first", **changed):
        now = datetime.now(UTC)
        claims = {
            "iss": "https://accounts.google.com",
            "aud": CLIENT,
            "sub": "1234567890",
            "email": "Ann@Example.org",
            "email_verified": True,
            "name": "Ann",
            "picture": "https://pictures.example/ann",
            "iat": now,
            "exp": now + timedelta(hours=1),
            **changed,
        }
        claims = {name: value for name, value in claims.items() if value is not None}
        return jwt.encode(claims, key or self.key, "RS256", headers={"kid": kid})


@pytest.fixture(scope="session")
def google_keys():
    return Google()


@pytest.fixture
def google(google_keys, monkeypatch, settings):
    """Google, with the one thing replaced that would leave this machine: how the certificates are fetched."""
    settings.ALGOITNY_GOOGLE_CLIENT_ID = CLIENT
    google_keys.answer, google_keys.fetched = json.dumps(google_keys.certificates).encode(), []
    google_keys.status = 200

    def send(adapter, request, timeout=None, **_):
        google_keys.fetched.append((request.url, timeout))
        if isinstance(google_keys.answer, Exception):
            raise google_keys.answer
        response = requests.Response()
        response.status_code, response._content = google_keys.status, google_keys.answer
        response.request, response.url = request, request.url
        return response

    monkeypatch.setattr("requests.adapters.HTTPAdapter.send", send)
    return google_keys
