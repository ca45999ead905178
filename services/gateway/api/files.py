"""Files behind signed links: they load by themselves, in an <img> or a new tab, and nowhere else."""

import asyncio
import re
import time
from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from libs.common.blobs.store import SHA256, Blobs
from libs.common.errors import AppError, InvalidInput, NotFound, Then
from libs.common.http.app import request_id
from libs.common.http.documented import documented
from libs.common.http.params import read_query
from libs.common.http.problems import response
from libs.common.ids import WorkspaceId, is_id
from services.gateway.api.bodies import FileQuery
from services.gateway.domain import Links

PATH: Final = "/files/{workspace}/{sha256}/{name}"
WHOLE: Final = 200
PARTIAL: Final = 206
AT_ONCE_MAX: Final = 16
"""Files in memory at once; each has at most BLOB_MAX_BYTES."""
MIME: Final = {"png": "image/png", "jpeg": "image/jpeg", "webp": "image/webp"}
RANGE: Final = re.compile(r"^bytes=(\d{0,19})-(\d{0,19})$")


class PictureResponse(Response):
    """What the document says of a file."""

    media_type = "image/*"


class RangeRefused(AppError):
    """The file does not have those bytes."""

    code, http_status, then = "range_not_satisfiable", 416, Then.REFUSE


def routes(blobs: Blobs, links: Links) -> APIRouter:
    """GET and HEAD /files/{workspace}/{sha256}/{name}?kind&until&signature."""
    router = APIRouter(tags=["files"])
    places = asyncio.Semaphore(AT_ONCE_MAX)

    described = documented(None, None, query=FileQuery, errors=(NotFound, RangeRefused))

    @router.head(PATH, **described, include_in_schema=False)
    @router.get(PATH, **described, response_class=PictureResponse)
    async def file(request: Request) -> Response:
        """The file, whole or one range of it. A wrong, an expired and a missing link answer alike."""
        sha256 = _checked(request, links)
        etag = f'"{sha256}"'
        until = int(request.query_params["until"])
        headers = {
            "ETag": etag,
            "Accept-Ranges": "bytes",
            "Cache-Control": f"private, max-age={max(0, until - int(time.time()))}, immutable",
            "Content-Security-Policy": "default-src 'none'; sandbox",
            "Content-Disposition": "inline",
        }
        if etag in request.headers.get("if-none-match", ""):
            return Response(status_code=304, headers=headers)
        async with places:
            data = await _read(blobs, WorkspaceId(str(request.path_params["workspace"])), sha256)
        try:
            status, part = _part(request.headers.get("range"), len(data))
        except RangeRefused as error:
            return response(error, request_id(request), {"Content-Range": f"bytes */{len(data)}"})
        if status == PARTIAL:
            headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{len(data)}"
        body = data[part] if request.method == "GET" else b""
        headers["Content-Length"] = str(part.stop - part.start)
        return Response(body, status, headers, MIME[request.query_params["kind"]])

    return router


def _checked(request: Request, links: Links) -> str:
    """The hash of the file that a link of ours names; else NotFound."""
    workspace, sha256 = str(request.path_params["workspace"]), str(request.path_params["sha256"])
    try:
        query = read_query(request, FileQuery)
    except InvalidInput as error:
        raise _gone() from error
    known = is_id(workspace) and SHA256.fullmatch(sha256) and query.kind in MIME
    path = request.url.path
    if not known or not links.valid(path, query.kind, query.until, query.signature, now_s=int(time.time())):
        raise _gone()
    return sha256


async def _read(blobs: Blobs, workspace: WorkspaceId, sha256: str) -> bytes:
    try:
        return await blobs.get(workspace, sha256)
    except NotFound as error:
        raise _gone() from error


def _gone() -> NotFound:
    return NotFound("This link does not work, or no longer. Ask for the asset to get a new one.")


def _part(wanted: str | None, size: int) -> tuple[int, slice]:
    """Status and bytes for a Range header (RFC 9110, section 14); anything but one plain range gives the whole file."""
    match = RANGE.match(wanted) if wanted else None
    if match is None or match[1] == match[2] == "":
        return WHOLE, slice(0, size)
    if match[1] == "":
        start, stop = max(0, size - int(match[2])), size
    else:
        start = int(match[1])
        stop = min(size, int(match[2]) + 1) if match[2] else size
    if start >= stop:
        raise RangeRefused("The file does not have these bytes.", facts={"size": size})
    return PARTIAL, slice(start, stop)
