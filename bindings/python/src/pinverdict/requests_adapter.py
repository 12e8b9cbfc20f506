"""Pins for requests."""

import ssl
from typing import Any

from requests.adapters import HTTPAdapter

from .checker import Checker
from .ssl_context import pinned_context


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
        super().init_poolmanager(*args, **{**kwargs, "ssl_context": self._context})

    def proxy_manager_for(self, proxy: str, **kwargs: Any) -> Any:
        return super().proxy_manager_for(proxy, **{**kwargs, "ssl_context": self._context})

    def __reduce__(self) -> Any:
        raise TypeError("a PinningAdapter cannot be copied or pickled")
