"""The three documented ways to give simulated WaveSpeed a file, and the addresses under which it is found again."""

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Final

from pydantic import JsonValue
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from libs.common.providers import wavespeed_facts as facts
from tests.simulators.kit.books import REQUEST_MAX_BYTES, Part
from tests.simulators.kit.vendor import Vendor
from tests.simulators.kit.wire import HTML, Truncated
from tests.simulators.wavespeed.answers import envelope
from tests.simulators.wavespeed.behaviours import UPLOAD, Behaviour
from tests.simulators.wavespeed.media import PATH, Media, NoPicture
from tests.simulators.wavespeed.refusals import UNAUTHORIZED, Refusal, bad_request, failing

SIGNED_PATH: Final = f"{facts.API_PATH}/media/uploads"
OLDER_PATH: Final = f"{facts.API_PATH}/upload"
PUT_PATH: Final = "/media-put"
SIGNED_FOR_S: Final = 900
TOO_LARGE: Final = Refusal(413, 413, "file too large")


class TakesFiles(Vendor[Behaviour]):
    """The part of the vendor that takes files in."""

    media: Media

    def upload_routes(self) -> Sequence[Route]:
        """As the vendor documents them."""
        return [
            Route(facts.UPLOAD_PATH, self.upload, methods=["POST"]),
            Route(OLDER_PATH, self.upload, methods=["POST"]),
            Route(SIGNED_PATH, self.sign, methods=["POST"]),
            Route(PUT_PATH + "/{ticket}", self.put, methods=["PUT"]),
            Route(PATH + "/{name}", self.media_file),
        ]

    def refused(self, request: Request) -> Response | None:
        """Whoever has no key is told so."""
        known = request.headers.get("authorization") == f"Bearer {self.terms.api_key}"
        return None if known else UNAUTHORIZED.answer()

    async def upload(self, request: Request) -> Response:
        """One file in a form."""
        seen = await self.seen(request)
        fault = self.faults.take(UPLOAD)
        failed = failing(fault.behaviour, self.connections, self.trap_url(request)) or self.refused(request)
        if failed is not None:
            return failed
        if fault.behaviour is Behaviour.SLOW:
            await asyncio.sleep(fault.seconds)
        if not seen.content_type.startswith("multipart/form-data"):
            return bad_request(["body: must be multipart/form-data"])
        if seen.body_bytes > REQUEST_MAX_BYTES:
            return TOO_LARGE.answer()
        part = seen.part(facts.UPLOAD_FIELD)
        if part is None:
            return bad_request([f"{facts.UPLOAD_FIELD}: is required"])
        right = await self._taken(part, request)
        return Truncated(right, self.connections) if fault.behaviour is Behaviour.TRUNCATED else right

    async def sign(self, request: Request) -> Response:
        """Where one file may be put, and under which address it will be found."""
        seen = await self.seen(request)
        if refused := self.refused(request):
            return refused
        size, kind, filename = (seen.fields.get(name) for name in ("size", "content_type", "filename"))
        if not isinstance(size, int) or not isinstance(kind, str) or not isinstance(filename, str) or "/" in filename:
            return bad_request(["filename, size, content_type: are required"])
        if size > facts.UPLOAD_MAX_BYTES:
            return TOO_LARGE.answer()
        ticket = self.media.promise(self.clock.now())
        expires = (self.clock.now() + timedelta(seconds=SIGNED_FOR_S)).isoformat()
        put: dict[str, JsonValue] = {
            "method": "PUT",
            "url": f"{self.own_url(request)}{PUT_PATH}/{ticket}",
            "headers": {"content-type": kind},
            "expires_at": expires,
        }
        link = f"{self.own_url(request)}{PATH}/{ticket}"
        return envelope({"type": "image", "download_url": link, "filename": filename, "size": size, "upload": put})

    async def put(self, request: Request) -> Response:
        """The file itself; who has the address needs no key."""
        data, ticket = await request.body(), request.path_params["ticket"]
        await self.seen(request, max_bytes=0)
        if not self.media.promised(ticket) or "authorization" in request.headers:
            return Response(HTML, 403, media_type="text/html")
        try:
            await asyncio.to_thread(self.media.keep, data, self.clock.now(), ticket)
        except NoPicture:
            return Response(HTML, 400, media_type="text/html")
        return Response(status_code=200)

    async def media_file(self, request: Request) -> Response:
        """What was uploaded; whoever knows its address gets it."""
        kept = self.media.get(request.path_params["name"], self.clock.now())
        if kept is None:
            return Response(HTML, 404, media_type="text/html")
        return Response(kept.data, 200, media_type="application/octet-stream")

    async def _taken(self, part: Part, request: Request) -> Response:
        if part.size_bytes > facts.UPLOAD_MAX_BYTES:
            return TOO_LARGE.answer()
        try:
            name = await asyncio.to_thread(self.media.keep, part.data, self.clock.now())
        except NoPicture:
            return bad_request([f"{facts.UPLOAD_FIELD}: must be a picture"])
        link = f"{self.own_url(request)}{PATH}/{name}"
        if request.url.path == OLDER_PATH:
            return envelope({"url": link})
        return envelope({"type": "image", "download_url": link, "filename": part.filename, "size": part.size_bytes})
