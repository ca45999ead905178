"""Fetching what somebody else names: only public addresses, each checked at the moment of connecting."""

import asyncio
import ipaddress
import socket
import ssl
import time
from collections.abc import Awaitable, Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeVar
from urllib.parse import urljoin, urlsplit

import httpcore

from libs.common.errors import AppError, Then

S = TypeVar("S")

REDIRECTS_MAX: Final = 3
CONNECT_MAX_S: Final = 10.0
CONNECTIONS_MAX: Final = 32
PORTS: Final = {"http": 80, "https": 443}

ADDRESSES_MAX: Final = 8
"""Of one name: so many are tried before it is given up."""

_UNICAST: Final = ipaddress.ip_network("2000::/3")
"""All that has been given out of IPv6 so far; Python calls much of the rest global, old private ranges among it."""
_EMBEDDING: Final = tuple(ipaddress.ip_network(text) for text in ("2001::/32", "2002::/16"))
"""Forms within it that carry an IPv4 address inside, private ones too; Python calls some of them global."""
_RELAYS: Final = ipaddress.ip_network("192.88.99.0/24")
"""Once the way into one of these forms, and now nobody's; Python calls it global."""


class Forbidden(AppError):
    """An address that we do not fetch from. Nothing was sent there."""

    code, http_status, then = "url_forbidden", 422, Then.REFUSE


class NotFetched(AppError):
    """The other side did not give the file: gone, too large, or no answer. `status` in the facts when there was one."""

    code, http_status, then = "not_fetched", 422, Then.RETRY


@dataclass(frozen=True, slots=True)
class Origin:
    """A host and port that the operator has set up, so that it may be anywhere."""

    host: str
    port: int

    @classmethod
    def of(cls, url: str) -> "Origin":
        """The origin of a URL."""
        parts = urlsplit(url)
        return cls((parts.hostname or "").lower(), parts.port or PORTS.get(parts.scheme, 0))


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the open internet, in its own form and in any that it carries inside."""
    ip = ipaddress.ip_address(address)
    if isinstance(ip, ipaddress.IPv6Address):
        closed = ip not in _UNICAST or any(ip in net for net in _EMBEDDING)
    else:
        closed = ip in _RELAYS
    return not closed and ip.is_global and not ip.is_multicast


async def connect_to_first(
    addresses: Sequence[str], connect: Callable[[str, float], Awaitable[S]], *, timeout_s: float
) -> S:
    """The connection to the first address that takes one: `connect` gets an address and how long it may try.

    What time is left is shared by the addresses that are left, so that a silent one does not use up that of the others.
    Raises what the last one did: httpcore.ConnectError or httpcore.ConnectTimeout.
    """
    ends = time.monotonic() + timeout_s
    *others, last = addresses[:ADDRESSES_MAX]
    for tried, address in enumerate(others):
        left_s = max(0.0, ends - time.monotonic())
        try:
            return await connect(address, left_s / (len(others) + 1 - tried))
        except (httpcore.ConnectError, httpcore.ConnectTimeout):
            continue
    return await connect(last, max(0.0, ends - time.monotonic()))


class _Checked(httpcore.AsyncNetworkBackend):
    """Resolves a name once, refuses it unless every address is public, and connects to one that it has checked."""

    def __init__(self, trusted: Collection[Origin]) -> None:
        self._trusted = frozenset(trusted)
        self._inner = httpcore.AnyIOBackend()

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 -- the library's own signature
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """A connection to a checked address. Raises Forbidden, httpcore.ConnectError or httpcore.ConnectTimeout."""
        if Origin(host.lower(), port) in self._trusted:
            return await self._inner.connect_tcp(host, port, timeout, local_address, socket_options)

        async def connect(address: str, timeout_s: float) -> httpcore.AsyncNetworkStream:
            return await self._inner.connect_tcp(address, port, timeout_s, local_address, socket_options)

        timeout_s = CONNECT_MAX_S if timeout is None else timeout
        return await connect_to_first(await _public_addresses(host, port), connect, timeout_s=timeout_s)

    async def sleep(self, seconds: float) -> None:
        """Wait."""
        await asyncio.sleep(seconds)


async def _public_addresses(host: str, port: int) -> list[str]:
    if port not in PORTS.values():
        raise Forbidden("Files are fetched from the usual web ports only.", facts={"reason": "port"})
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        raise httpcore.ConnectError(f"no address: {type(error).__name__}") from error
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if not addresses or not all(is_public(address) for address in addresses):
        raise Forbidden("This address is not on the open internet; nothing was fetched.", facts={"reason": "address"})
    return addresses


@cache
def _tls() -> ssl.SSLContext:
    """Reading every root certificate takes some 30 ms: once for all."""
    return ssl.create_default_context()


class Downloads:
    """Reads files by URL, without credentials, following a few redirects that are checked like the first address."""

    def __init__(
        self, trusted: Collection[Origin] = (), *, schemes: Collection[str] = PORTS, closed: Collection[str] = ()
    ) -> None:
        """`trusted` may be anywhere; `closed` are names of hosts that nothing is fetched from, not by a redirect
        either; of the web's schemes one may be left out."""
        self._schemes = frozenset(schemes)
        self._closed = frozenset(host.lower().rstrip(".") for host in closed)
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=_tls(),
            max_connections=CONNECTIONS_MAX,
            max_keepalive_connections=0,
            network_backend=_Checked(trusted),
        )

    async def fetch(self, url: str, *, max_bytes: int, timeout_s: float) -> bytes:
        """The whole file. Raises Forbidden for where we do not go, NotFetched when it is not given or is longer than
        `max_bytes`."""
        try:
            async with asyncio.timeout(timeout_s):
                for _ in range(REDIRECTS_MAX + 1):
                    body, onward = await self._one(url, max_bytes)
                    if onward is None:
                        return body
                    url = onward
        except TimeoutError as error:
            raise NotFetched("The file did not come in time.", facts={"reason": "timeout"}) from error
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, OSError) as error:
            raise NotFetched("The file could not be read.", facts={"reason": type(error).__name__}) from error
        raise NotFetched("The file's address leads on too often.", facts={"reason": "too_many_redirects"})

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._pool.aclose()

    async def _one(self, url: str, max_bytes: int) -> tuple[bytes, str | None]:
        _check_form(url, self._schemes)
        if (urlsplit(url).hostname or "").rstrip(".") in self._closed:
            raise Forbidden("From this address nothing is fetched.", facts={"reason": "closed"})
        headers = [("accept-encoding", "identity"), ("accept", "*/*")]
        extensions = {"timeout": {"connect": CONNECT_MAX_S, "pool": CONNECT_MAX_S}}
        async with self._pool.stream("GET", url, headers=headers, extensions=extensions) as answer:
            location = _location(answer)
            if answer.status in (301, 302, 303, 307, 308) and location:
                return b"", _onward(url, location)
            if answer.status != 200:  # noqa: PLR2004
                raise NotFetched("The file is not given out.", facts={"reason": "status", "status": answer.status})
            body = bytearray()
            async for piece in answer.aiter_stream():
                body += piece
                if len(body) > max_bytes:
                    raise NotFetched("The file is too large.", facts={"reason": "too_large"})
            return bytes(body), None


def _check_form(url: str, schemes: Collection[str]) -> None:
    try:
        parts = urlsplit(url)
        port = parts.port
        url.encode("ascii")
        (parts.hostname or "").encode("idna")
    except ValueError as error:  # that of letters beyond ASCII and of names that are too long, too
        raise Forbidden("This is not an address of a file.", facts={"reason": "form"}) from error
    if parts.scheme not in schemes or not parts.hostname or port == 0:
        raise Forbidden(f"Files are fetched over {' and '.join(sorted(schemes))} only.", facts={"reason": "scheme"})
    if parts.username is not None or parts.password is not None:
        raise Forbidden("An address with a user's name in it is not fetched.", facts={"reason": "userinfo"})


def _onward(url: str, location: str) -> str:
    try:
        return urljoin(url, location)
    except ValueError as error:
        raise Forbidden("This is not an address of a file.", facts={"reason": "form"}) from error


def _location(answer: httpcore.Response) -> str | None:
    for name, value in answer.headers:
        if name.lower() == b"location":
            return value.decode("latin-1")
    return None
