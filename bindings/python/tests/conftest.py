# SPDX-License-Identifier: Apache-2.0
import os
import ssl
from collections.abc import Callable, Iterator

import pytest
import requests
import urllib3
from loopback import TLSServer
from pki import PKI
from text import CText

import pinverdict
from pinverdict import Checker, Policy

# A machine's own settings for authorities and proxies must not decide a test.
for name in list(os.environ):
    if name.lower().endswith("_proxy") or "CA_BUNDLE" in name or name.startswith(("SSL_CERT", "SSLKEYLOG", "OPENSSL_")):
        del os.environ[name]


def pytest_report_header() -> str:
    library = pinverdict.loaded_library()
    clients = f"requests {requests.__version__}, urllib3 {urllib3.__version__}"
    return f"libpinverdict {library.version} ({library.origin}: {library.path}); {ssl.OPENSSL_VERSION}; {clients}"


@pytest.fixture(scope="session")
def pki(tmp_path_factory: pytest.TempPathFactory) -> PKI:
    return PKI(tmp_path_factory.mktemp("pki"))


@pytest.fixture(scope="session")
def c_text(tmp_path_factory: pytest.TempPathFactory) -> CText:
    return CText(tmp_path_factory.mktemp("text"))


@pytest.fixture(scope="session")
def right(pki: PKI) -> Checker:
    """Pins the key that the server has."""
    return Checker(Policy.parse(pki.policy()))


@pytest.fixture(scope="session")
def wrong(pki: PKI) -> Checker:
    """Pins another key."""
    return Checker(Policy.parse(pki.policy(pki.other.pin)))


@pytest.fixture(scope="session")
def reporting(pki: PKI) -> Checker:
    """Pins another key, and only reports."""
    return Checker(Policy.parse(pki.policy(pki.other.pin, policy="enforcement = report-only")))


@pytest.fixture
def server(pki: PKI) -> Iterator[TLSServer]:
    with TLSServer(pki.server_context()) as server:
        yield server


@pytest.fixture(params=["TLSv1_2", "TLSv1_3"])
def versioned_server(request: pytest.FixtureRequest, pki: PKI) -> Iterator[TLSServer]:
    context = pki.server_context()
    context.minimum_version = context.maximum_version = ssl.TLSVersion[request.param]
    with TLSServer(context) as server:
        yield server


@pytest.fixture
def context(pki: PKI) -> Callable[[Checker], ssl.SSLContext]:
    """A pinned context that trusts the test root."""
    return lambda checker: pinverdict.pinned_context(checker, pki.client_context())
