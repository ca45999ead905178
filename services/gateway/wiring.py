"""The only file of the gateway that constructs pools and clients."""

from contextlib import AsyncExitStack
from dataclasses import dataclass
from urllib.parse import urlsplit

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import Response

from libs.common.blobs.store import Blobs
from libs.common.bus.dead import DeadLetters
from libs.common.bus.facts import Facts
from libs.common.bus.pull import Pull
from libs.common.contracts.streams import GATEWAY
from libs.common.http.answers import json_response
from libs.common.http.app import build_app
from libs.common.http.documented import documented
from libs.common.http.server import server_config
from libs.common.imaging.door import Door
from libs.common.imaging.fetch import Fetch
from libs.common.runtime import Base, Health, Parts, health_answer, patiently, serving
from libs.common.settings import BlobSettings
from services.gateway.api import (
    account,
    callbacks,
    create,
    edit_tables,
    edits,
    estimate,
    files,
    jobs,
    library,
    personas,
    preflight,
    providers,
    sessions,
    studio,
    templates,
    upscales,
)
from services.gateway.api.accepting import Accepting, Counter, Providers
from services.gateway.api.answers import HealthAnswer
from services.gateway.api.auth import Authenticator
from services.gateway.api.callbacks import Callbacks
from services.gateway.api.edit_tables import Tables
from services.gateway.api.edits import Edits
from services.gateway.api.estimate import Estimates
from services.gateway.api.forms import Forms
from services.gateway.api.intake import Intake
from services.gateway.api.jobs import Jobs
from services.gateway.api.personas import Profiles
from services.gateway.api.preflight import Preflight
from services.gateway.api.providers import Vendors
from services.gateway.api.queues import Queues
from services.gateway.api.sessions import Sessions
from services.gateway.api.studio import Prompts
from services.gateway.api.templates import Shelf
from services.gateway.api.upscales import Comparing, Upscales
from services.gateway.api.views import Views
from services.gateway.api.wishes import Wishes
from services.gateway.domain import Links, Terms
from services.gateway.handlers import KINDS, Conclusions, Dispatcher, may_end_jobs
from services.gateway.live import Live
from services.gateway.settings import GatewaySettings
from services.gateway.sweeps import Sweeper

VERSION = "0.1.0"
OTHER_HALF_WAIT_S = 0.003


async def build(stack: AsyncExitStack, base: Base) -> Parts:
    """The running parts of the gateway."""
    settings = GatewaySettings()
    blobs = Blobs(BlobSettings())
    stack.push_async_callback(blobs.aclose)
    await patiently("object store", blobs.ensure_bucket)
    live = Live(base.broker, base.database)
    dispatcher = Dispatcher(base.database, in_work_max=settings.in_work_max)
    pull = Pull(base.broker, GATEWAY, capacity=GATEWAY.ack_pending_max // 4)
    conclusions = Conclusions(dispatcher, live, base.telemetry)
    dead = DeadLetters(base.broker, GATEWAY.name)
    facts = Facts(pull, base.database, dead, KINDS, conclusions.apply, linger_s=OTHER_HALF_WAIT_S, enough=may_end_jobs)
    sweeper = Sweeper(
        base.broker,
        base.database,
        dispatcher,
        every_s=settings.sweep_every_s,
        stuck_after_s=settings.stuck_after_s,
        expire_grace_s=settings.expire_grace_s,
    )
    await live.start()
    await pull.start()
    door = Door()
    stack.push_async_callback(door.aclose)
    fetch = Fetch(closed=_own_hosts(settings))
    stack.push_async_callback(fetch.aclose)
    app = application(settings, base, live, dispatcher, Pictures(blobs, door, fetch))
    await stack.enter_async_context(serving(server_config(app, settings.host, settings.port)))
    return Parts(loops=[facts.run, live.tell_others, live.keep_moving, sweeper.run], drain=[facts.drain])


@dataclass(frozen=True, slots=True)
class Pictures:
    """Where pictures lie, and how they come in."""

    blobs: Blobs
    door: Door
    fetch: Fetch


def _own_hosts(settings: GatewaySettings) -> tuple[str, ...]:
    """Hosts of ours that no customer's address may lead to."""
    urls = (settings.public_url, BlobSettings().endpoint)
    return tuple(host for url in urls if (host := urlsplit(url).hostname))


def application(
    settings: GatewaySettings, base: Base, live: Live, dispatcher: Dispatcher, pictures: Pictures
) -> FastAPI:
    """The HTTP API with all its routes."""
    blobs, door, fetch = pictures.blobs, pictures.door, pictures.fetch
    secret = settings.secret.get_secret_value()
    links = Links(settings.public_url.rstrip("/"), secret, settings.link_life_s)
    views = Views(links, blobs)
    authenticator = Authenticator(base.database, secret=secret, requests_per_minute=settings.requests_per_minute)
    terms = Terms(
        settings.wait_max_s, settings.job_deadline_s, settings.reservation_grace_s, settings.abandoned_after_s
    )
    queues = Queues(base.database, settings.queue_max)
    wishes = Wishes(base.broker)
    setups = Providers(base.broker)
    counter = Counter(Accepting(base.broker, base.database, dispatcher, terms, queues, setups), live, views)
    app = build_app(title="ALwrity Image Studio", version=VERSION, cors_origins=settings.cors_origins)
    intake = Intake(base.broker, blobs, door, fetch, base.database)
    forms = Forms()
    changing = Edits(intake, setups)
    app.include_router(edits.routes(counter, changing, forms, authenticator, base.telemetry))
    app.include_router(edit_tables.routes(Tables(base.broker), authenticator))
    talks = Sessions(base.database, intake, views)
    app.include_router(sessions.routes(counter, changing, talks, forms, authenticator, base.telemetry))
    enlarging, comparing = Upscales(intake, setups), Comparing(base.broker, base.database, views)
    app.include_router(upscales.routes(counter, enlarging, comparing, forms, authenticator, base.telemetry))
    app.include_router(create.routes(counter, wishes, authenticator, base.telemetry))
    estimates = Estimates(base.broker, setups.available, wishes)
    app.include_router(estimate.routes(estimates, authenticator))
    app.include_router(preflight.routes(Preflight(estimates), authenticator))
    app.include_router(studio.routes(Prompts(base.broker, wishes), authenticator))
    app.include_router(templates.routes(Shelf(base.broker), authenticator))
    app.include_router(personas.routes(Profiles(base.broker), authenticator))
    app.include_router(providers.routes(Vendors(base.broker), authenticator))
    app.include_router(callbacks.routes(Callbacks(base.broker)))
    own_jobs = Jobs(base.broker, base.database, live, views, settings.streams_max)
    app.include_router(jobs.routes(own_jobs, authenticator))
    app.include_router(library.routes(base.broker, authenticator, views))
    app.include_router(account.routes(base.broker, authenticator))
    app.include_router(files.routes(blobs, links))
    _add_health(app, base.health)
    return app


def _add_health(app: FastAPI, health: Health) -> None:
    @app.get("/api/image-studio/health", tags=["health"], **documented(None, HealthAnswer))
    async def healthy() -> Response:
        """What ALwrity's frontend asks for."""
        modules = dict.fromkeys(("create_studio", "edit_studio", "upscale_studio", "asset_library"), "available")
        return json_response({"status": "healthy", "service": "image_studio", "version": VERSION, "modules": modules})

    for path in ("/live", "/ready", "/metrics"):
        app.add_api_route(path, _health_route(health), methods=["GET"], include_in_schema=False)


def _health_route(health: Health):  # type: ignore[no-untyped-def]  # noqa: ANN202
    async def answer(request: Request) -> Response:
        status, kind, body = await health_answer(health, request.url.path)
        return Response(body, status, media_type=kind)

    return answer
