# SPDX-License-Identifier: Apache-2.0
"""Pins for requests."""

import ssl
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from requests import utils
from requests.adapters import HTTPAdapter

from .checker import Checker
from .ssl_context import pinned_context


@dataclass(frozen=True)
class _PinnedPools:
    """Makes a manager's connection pools with our context, whichever is asked for."""

    make: Callable[..., Any]
    context: ssl.SSLContext

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.make(*args, **{**kwargs, "ssl_context": self.context})


class PinningAdapter(HTTPAdapter):
    """A transport adapter whose TLS connections, proxied ones too, the checker has to allow.

        session.mount("https://", PinningAdapter(checker))

    A refusal is a requests.exceptions.SSLError. Which authorities are trusted is said by ``verify`` as ever, or by a
    ``context`` of your own, to which requests adds them; all that one adapter has been given add up.
    ``verify=False`` is refused. Other arguments are those of requests' HTTPAdapter.
    """

    def __init__(self, checker: Checker, *args: Any, context: ssl.SSLContext | None = None, **kwargs: Any) -> None:
        # An empty one, since requests brings its own authorities.
        self._context = pinned_context(checker, context or ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT))
        super().__init__(*args, **kwargs)

    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        self._pin(self.poolmanager)

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return self._pin(super().proxy_manager_for(proxy, **kwargs))

    def _pin(self, manager: Any) -> Any:
        # Not left to the manager's settings: requests 2.32.0 to 2.32.2 go by a context of their own instead.
        pools = manager.pool_classes_by_scheme
        if not isinstance(pools["https"], _PinnedPools):
            manager.pool_classes_by_scheme = {**pools, "https": _PinnedPools(pools["https"], self._context)}
        return manager

    def cert_verify(self, conn: Any, url: str, verify: Any, cert: Any) -> None:
        # Up to 2.32.4 some leave requests' own bundle to that context of theirs: by its name all of them load it.
        if verify is True:
            verify = utils.extract_zipped_paths(utils.DEFAULT_CA_BUNDLE_PATH)
        super().cert_verify(conn, url, verify, cert)

    def __reduce__(self) -> Any:
        raise TypeError("a PinningAdapter cannot be copied or pickled")
