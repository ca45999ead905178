"""A small application with one route of every kind that the shell must serve."""

import asyncio
from collections.abc import AsyncIterator
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

from fastapi import APIRouter, FastAPI
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from libs.common.errors import InvariantBroken, NotEnoughCredits, NotFound, TooMany, Unauthenticated, Unavailable
from libs.common.http.answers import json_response
from libs.common.http.app import build_app
from libs.common.http.body import read_model
from libs.common.http.documented import documented
from libs.common.http.limits import Limits
from libs.common.http.params import idempotency_key, path_id, read_query, required_idempotency_key
from libs.common.http.problems import UsageInfo

BODY_MAX_BYTES = 65_536
SECRET = "canary-7f3a"


class Quality(StrEnum):
    """An enum, as bodies name it."""

    DRAFT = "draft"
    FINE = "fine"


def _not_blank(text: str) -> str:
    if not text.strip():
        raise PydanticCustomError("prompt_empty", "Describe the picture.")
    return text


class Strict(BaseModel):
    """What every model of ours forbids."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Part(Strict):
    """A nested model."""

    x: int = Field(ge=0, le=10)


class Ask(Strict):
    """One field of every kind."""

    prompt: Annotated[str, Field(max_length=4_000), AfterValidator(_not_blank)]
    width: int = Field(default=1_024, ge=64, le=16_384)
    guidance: float | None = Field(default=None, ge=0, le=30)
    quality: Quality = Quality.DRAFT
    mode: Literal["one", "two"] = "one"
    until: datetime | None = None
    sizes: tuple[int, ...] = Field(default=(), max_length=3)
    parts: list[Part] = Field(default=[], max_length=5)
    hd: bool = False


class Echo(Strict):
    """What was understood."""

    prompt: str
    width: int
    quality: Quality


class Search(Strict):
    """Query parameters."""

    limit: int = Field(default=100, ge=1, le=500)
    favorites_only: bool = False
    search: str | None = Field(default=None, max_length=100)
    ratio: float | None = Field(default=None, gt=0)
    quality: Quality | None = None


async def _create(request: Request) -> Response:
    ask = await read_model(request, Ask, max_bytes=BODY_MAX_BYTES)
    return json_response(Echo(prompt=ask.prompt, width=ask.width, quality=ask.quality), 200, {"location": "/things/1"})


async def _search(request: Request) -> Response:
    return json_response(read_query(request, Search))


async def _paid(request: Request) -> Response:
    return json_response({"key": required_idempotency_key(request), "again": idempotency_key(request)})


async def _thing(request: Request) -> Response:
    return json_response({"id": path_id(request, "thing_id")})


async def _typed(number: int) -> dict[str, int]:
    return {"number": number}


async def _ignores_body(_: Request) -> Response:
    return json_response({"ok": True}, headers={"cache-control": "private, max-age=60"})


async def _slow(_: Request) -> Response:
    await asyncio.sleep(0.5)
    return json_response({"ok": True})


async def _failing(request: Request) -> Response:
    usage = UsageInfo(provider="stability", current_calls=50, limit=50, operation_type="image-generation")
    match request.path_params["how"]:
        case "bug":
            raise RuntimeError(SECRET)
        case "invariant":
            raise InvariantBroken(SECRET, facts={"secret": SECRET})
        case "poor":
            raise NotEnoughCredits("Your credit limit is reached.", facts={"needed": 40, **usage.facts()})
        case "busy":
            raise TooMany("Your limit is reached.", retry_after_s=1.2)
        case "stranger":
            raise Unauthenticated("Sign in first.")
        case "down":
            raise Unavailable("Billing does not answer.", retry_after_s=5)
        case "broken_stream":
            return StreamingResponse(_breaking())
        case _:
            raise NotFound("There is no such failure.")


async def _breaking() -> AsyncIterator[bytes]:
    yield b"half"
    raise RuntimeError(SECRET)


def build_house(limits: Limits | None = None, cors_origins: tuple[str, ...] = ("https://app.example",)) -> FastAPI:
    """The application with all its routes; half of them in a router with a prefix."""
    app = build_app(title="house", version="1.0", limits=limits, cors_origins=cors_origins)
    app.post("/api/ask", **documented(Ask, Echo, errors=(NotEnoughCredits, TooMany)))(_create)
    app.get("/api/search", **documented(None, None, query=Search))(_search)
    app.get("/slow")(_slow)
    app.get("/fail/{how}")(_failing)
    router = APIRouter(prefix="/api")
    router.post("/paid")(_paid)
    router.get("/things/{thing_id}", **documented(None, Echo))(_thing)
    router.delete("/things/{thing_id}")(_thing)
    router.get("/typed/{number}")(_typed)
    router.post("/ignores")(_ignores_body)
    app.include_router(router)
    return app
