"""Pictures that a customer names by their address: fetched from the open internet only, and bounded."""

import asyncio
from collections.abc import Collection
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from libs.common.egress import Downloads, Forbidden, NotFetched, Origin
from libs.common.errors import InvalidInput
from libs.common.imaging.decode import BYTES_MAX, BadPicture
from libs.common.imaging.headers import check_kind

TOTAL_MAX_S: Final = 20.0
"""For one picture, its redirects and the wait for a turn."""
AT_ONCE: Final = 8
"""Fetched at the same time: 200 MiB at most."""
URL_MAX_CHARS: Final = 2_000
SCHEMES: Final = ("https",)
METADATA_HOSTS: Final = ("metadata.google.internal", "metadata.goog", "metadata", "instance-data")
"""Where clouds tell a machine its secrets; they resolve only there, to addresses that are refused too."""
_PRINTABLE: Final = "/%:;?@&=+$,!~*'()#[]-._"
_OWN_CODES: Final = frozenset({"too_large", "too_many_redirects"})


class BadAddress(InvalidInput):
    """The picture's address is not fetched from, or gives no picture. Codes: url_scheme, url_forbidden,
    too_many_redirects, not_fetched, empty, too_large, not_an_image; all 422."""

    code = "url_forbidden"


class Fetch:
    """Reads customers' pictures by their addresses. `closed` are our own hosts; `trusted` and `schemes` are for tests:
    without them only https on the open internet."""

    def __init__(
        self, closed: Collection[str] = (), *, trusted: Collection[Origin] = (), schemes: Collection[str] = SCHEMES
    ) -> None:
        self._schemes = schemes
        self._downloads = Downloads(trusted, schemes=schemes, closed=[*closed, *METADATA_HOSTS])
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def picture(
        self, url: str, field: str, *, max_bytes: int = BYTES_MAX, timeout_s: float = TOTAL_MAX_S
    ) -> bytes:
        """The file's bytes, which begin like a picture's. Raises BadAddress with the field's name."""
        address = self._address(url, field)
        try:
            async with asyncio.timeout(timeout_s), self._turns:
                data = await self._downloads.fetch(address, max_bytes=max_bytes, timeout_s=timeout_s)
        except Forbidden as error:
            raise BadAddress(f"{field}: {error.detail}", field=field) from error
        except NotFetched as error:
            reason = str(error.facts.get("reason"))
            code = reason if reason in _OWN_CODES else "not_fetched"
            raise BadAddress(f"{field}: {error.detail}", code=code, field=field) from error
        except TimeoutError as error:
            raise BadAddress(f"{field}: The file did not come in time.", code="not_fetched", field=field) from error
        if not data:
            raise BadAddress(f"{field}: The file at this address is empty.", code="empty", field=field)
        try:
            check_kind(data)
        except BadPicture as error:
            raise BadAddress(f"{field}: {error.detail}", code=error.error_code, field=field) from error
        return data

    async def aclose(self) -> None:
        """Give back the connections."""
        await self._downloads.aclose()

    def _address(self, url: str, field: str) -> str:
        """The address in ASCII: the host's name as it is asked for, what else is not of ASCII in percent signs."""
        if len(url) > URL_MAX_CHARS:
            raise BadAddress(f"{field}: an address has at most {URL_MAX_CHARS} characters", field=field)
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").rstrip(".")
            named = host if ":" in host else host.encode("idna").decode() if host else ""
            port = parts.port
        except ValueError as error:
            raise BadAddress(f"{field}: This is not an address of a file.", field=field) from error
        if parts.scheme not in self._schemes or not named:
            allowed = " or ".join(f"{scheme}://" for scheme in self._schemes)
            raise BadAddress(f"{field}: A picture's address begins with {allowed}", code="url_scheme", field=field)
        if "@" in parts.netloc:
            raise BadAddress(f"{field}: An address with a user's name in it is not fetched.", field=field)
        place = (f"[{named}]" if ":" in named else named) + ("" if port is None else f":{port}")
        path, query = quote(parts.path, safe=_PRINTABLE), quote(parts.query, safe=_PRINTABLE)
        return urlunsplit((parts.scheme, place, path, query, ""))
