"""The routes under /_sim/, which exist only in tests: how a simulated vendor is told things and asked for its books."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from pydantic import TypeAdapter
from starlette.applications import Starlette
from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from tests.simulators.kit.bill import MILLICREDITS_PER_CREDIT
from tests.simulators.kit.books import Seen
from tests.simulators.kit.faults import UnknownFault
from tests.simulators.kit.pictures import picture
from tests.simulators.kit.vendor import TRAP_PATH, Vendor

TRAP_SIZE_PX = (64, 64)
_SEEN = TypeAdapter(list[Seen])


def application(vendor: Vendor[Any]) -> Starlette:
    """The hidden routes, then the vendor's own. A client that leaves while it sends gets no answer."""
    handlers = {ClientDisconnect: _nobody_listens}
    return Starlette(routes=[*_admin(vendor), *vendor.routes()], exception_handlers=handlers)


async def _nobody_listens(_: Request, __: Exception) -> Response:
    return Response()


def _admin(vendor: Vendor[Any]) -> list[Route]:
    async def faults(request: Request) -> Response:
        told: Mapping[str, Any] = await request.json()
        try:
            vendor.faults.add(
                str(told["behaviour"]),
                times=int(told.get("times", 1)),
                seconds=float(told.get("seconds", 0)),
                phase=told.get("phase"),
            )
        except UnknownFault as error:
            return JSONResponse({"error": str(error)}, 400)
        return JSONResponse({"left": len(vendor.faults)})

    async def bill(_: Request) -> Response:
        return JSONResponse([asdict(line) for line in vendor.bill.lines])

    async def requests(_: Request) -> Response:
        return Response(_SEEN.dump_json(list(vendor.books.kept)), media_type="application/json")

    async def clock(request: Request) -> Response:
        vendor.clock.advance(float((await request.json())["advance_s"]))
        return JSONResponse({"now": vendor.clock.now().isoformat()})

    async def account(request: Request) -> Response:
        vendor.bill.balance = round(float((await request.json())["credits"]) * MILLICREDITS_PER_CREDIT)
        return JSONResponse({"millicredits": vendor.bill.balance})

    async def reset(_: Request) -> Response:
        vendor.reset()
        return JSONResponse({})

    async def trap(request: Request) -> Response:
        await vendor.seen(request)
        return Response(picture(1, TRAP_SIZE_PX), 200, media_type="image/png")

    return [
        Route(TRAP_PATH, trap, methods=["GET", "POST"]),
        Route("/_sim/faults", faults, methods=["POST"]),
        Route("/_sim/bill", bill),
        Route("/_sim/requests", requests),
        Route("/_sim/clock", clock, methods=["POST"]),
        Route("/_sim/account", account, methods=["POST"]),
        Route("/_sim/reset", reset, methods=["POST"]),
    ]
