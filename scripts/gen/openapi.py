"""docs/openapi.json: the gateway's own document, from its real routes."""

import asyncio
import json
from typing import Any, Final

import asyncpg
from fastapi import FastAPI
from nats.aio.client import Client
from pydantic import SecretStr

from libs.common.blobs.store import Blobs
from libs.common.bus.broker import Broker
from libs.common.bus.relay import Relay
from libs.common.db.tx import Database
from libs.common.imaging.door import Door
from libs.common.imaging.fetch import Fetch
from libs.common.runtime import Base, Health
from libs.common.settings import BlobSettings
from libs.common.telemetry import Telemetry
from services.gateway.handlers import Dispatcher
from services.gateway.live import Live
from services.gateway.settings import GatewaySettings
from services.gateway.wiring import Pictures, application

NOWHERE: Final = "localhost:1"


def text() -> str:
    """The document."""
    return json.dumps(asyncio.run(_document()), indent=1, ensure_ascii=False) + "\n"


async def _document() -> dict[str, Any]:
    return unconnected().openapi()


def unconnected() -> FastAPI:
    """The gateway's application over clients that are never opened. Needs a running loop; answers no request."""
    settings = GatewaySettings(
        postgres_dsn=f"postgres://nobody@{NOWHERE}/nothing",
        nats_url=f"nats://{NOWHERE}",
        secret=SecretStr("made to write the document alone"),
    )
    client = Client()
    broker = Broker(client, client.jetstream())
    relay = Relay(broker)
    database = Database(asyncpg.create_pool(settings.postgres_dsn), "gateway", relay.ring)
    base = Base(settings, Telemetry("gateway", None), broker, relay, database, Health())
    blobs = Blobs(BlobSettings(endpoint=f"http://{NOWHERE}", access_key="none", secret_key="none"))  # noqa: S106
    dispatcher = Dispatcher(database, in_work_max=settings.in_work_max)
    return application(settings, base, Live(broker, database), dispatcher, Pictures(blobs, Door(), Fetch()))
