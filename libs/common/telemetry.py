"""JSON logs, traces and metric names. Logs never hold prompts, keys or signed links."""

import asyncio
import atexit
import logging
import os
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Final

import structlog
from opentelemetry import trace as otel
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import ReadableSpan, TracerProvider
from opentelemetry.sdk.trace.export import (
    BatchSpanProcessor,
    SimpleSpanProcessor,
    SpanExporter,
    SpanExportResult,
)
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
from prometheus_client import Counter, Gauge, Histogram
from pydantic import Field
from pydantic_core import to_json
from pydantic_settings import BaseSettings, SettingsConfigDict
from structlog.tracebacks import ExceptionDictTransformer

from libs.common.traceparent import well_formed

MESSAGES: Final = Counter("studio_messages_total", "Messages handled", ["consumer", "subject", "outcome"])
JOBS: Final = Counter("studio_jobs_total", "Jobs by the state they ended in", ["state"])
OUTBOX_AGE: Final = Gauge("studio_outbox_oldest_unsent_seconds", "Age of the oldest fact that was not published yet")
PROVIDER_CALLS: Final = Histogram(
    "studio_provider_call_seconds",
    "Provider calls",
    ["provider", "model", "outcome"],
    buckets=(0.01, 0.05, 0.2, 1, 2, 5, 10, 30, 60, 120, 300),
)
HTTP_REQUESTS: Final = Histogram("studio_http_request_seconds", "HTTP requests", ["method", "route", "status"])

TRACEPARENT_DASHES: Final = 3
LINES_WAIT_S: Final = 0.05

_current: ContextVar[str | None] = ContextVar("traceparent", default=None)
_propagator: Final = TraceContextTextMapPropagator()


class TelemetrySettings(BaseSettings):
    """Where logs and traces go."""

    model_config = SettingsConfigDict(env_prefix="STUDIO_", frozen=True, extra="ignore")

    log_level: str = Field(default="INFO", pattern="^(DEBUG|INFO|WARNING|ERROR)$")
    trace_file: str | None = None
    """Append finished spans to this file, one JSON object a line."""


@dataclass(frozen=True, slots=True)
class Telemetry:
    """Makes spans. Without an exporter no span is recorded, but trace ids still travel and stand in the logs."""

    service: str
    tracer: otel.Tracer | None

    @contextmanager
    def span(self, name: str, parent: str | None = None, **attributes: str | int | float | bool) -> Iterator[str]:
        """A span around the block; yields its traceparent. `parent` is one, else the current one, else a new trace."""
        parent = well_formed(parent) or _current.get()
        if self.tracer is None:
            with _bound(parent or _mint_traceparent()) as value:
                yield value
            return
        context = _propagator.extract({"traceparent": parent}) if parent else None
        with self.tracer.start_as_current_span(name, context=context, attributes=attributes) as span:
            carrier: dict[str, str] = {}
            _propagator.inject(carrier, otel.set_span_in_context(span))
            with _bound(carrier["traceparent"]) as value:
                yield value

    @contextmanager
    def spans(self, name: str, parents: Sequence[str | None]) -> Iterator[Sequence[str | None]]:
        """One span for each message of a batch, around the block that handles them all; yields their traceparents."""
        if self.tracer is None:
            yield parents
            return
        opened = [self._open(self.tracer, name, parent, len(parents)) for parent in parents]
        try:
            yield [traceparent for _, traceparent in opened]
        finally:
            for span, _ in opened:
                span.end()

    def _open(self, tracer: otel.Tracer, name: str, parent: str | None, batch: int) -> tuple[otel.Span, str]:
        context = _propagator.extract({"traceparent": parent}) if parent else None
        span = tracer.start_span(name, context=context, attributes={"batch": batch})
        carrier: dict[str, str] = {}
        _propagator.inject(carrier, otel.set_span_in_context(span))
        return span, carrier["traceparent"]


@contextmanager
def _bound(traceparent: str) -> Iterator[str]:
    token = _current.set(traceparent)
    try:
        yield traceparent
    finally:
        _current.reset(token)


def current_trace() -> str | None:
    """The traceparent of the block that runs now."""
    return _current.get()


def trace_id(traceparent: str | None) -> str | None:
    """The 32 hex digits that name the trace, for logs."""
    return traceparent.split("-")[1] if traceparent and traceparent.count("-") == TRACEPARENT_DASHES else None


def _mint_traceparent() -> str:
    return f"00-{os.urandom(16).hex()}-{os.urandom(8).hex()}-00"


class _FileExporter(SpanExporter):
    """Appends spans as JSON lines; each line is one write, so that processes may share a file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def export(self, spans: "tuple[ReadableSpan, ...] | list[ReadableSpan]") -> SpanExportResult:  # type: ignore[override]
        with open(self._path, "ab", buffering=0) as file:  # noqa: PTH123
            file.write(b"".join(_span_line(span) for span in spans))
        return SpanExportResult.SUCCESS


def _span_line(span: ReadableSpan) -> bytes:
    context = span.context
    return (
        to_json(
            {
                "name": span.name,
                "service": span.resource.attributes.get("service.name"),
                "trace_id": f"{context.trace_id:032x}" if context else None,
                "span_id": f"{context.span_id:016x}" if context else None,
                "parent_id": f"{span.parent.span_id:016x}" if span.parent else None,
                "start_ns": span.start_time,
                "end_ns": span.end_time,
                "attributes": dict(span.attributes or {}),
            }
        )
        + b"\n"
    )


def set_up(service: str) -> Telemetry:
    """Configure logging and, when an exporter is set, tracing for this process."""
    settings = TelemetrySettings()
    _set_up_logging(service, settings.log_level)
    return Telemetry(service, _tracer(service, settings.trace_file))


def _tracer(service: str, trace_file: str | None) -> otel.Tracer | None:
    provider = TracerProvider(resource=Resource.create({"service.name": f"studio-{service}"}))
    if trace_file:
        provider.add_span_processor(SimpleSpanProcessor(_FileExporter(trace_file)))
    elif os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):  # noqa: TID251 -- the variable is OpenTelemetry's, not ours
        # imported only where traces leave the process: it costs every other service 20 MB
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

        provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    else:
        return None
    return provider.get_tracer("studio")


class _Lines:
    """Writes lines to standard output: those of LINES_WAIT_S together, an error's at once.

    Whoever reads them (the supervisor, a container's runtime) wakes up for each write, on the processors that the
    services want. Only a kill -9 can lose what waits.
    """

    def __init__(self) -> None:
        self._waiting: list[bytes] = []
        self._lock = threading.Lock()

    def later(self, line: bytes) -> None:
        """Write it soon; at once where no event loop runs."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            self.now(line)
            return
        with self._lock:
            self._waiting.append(line)
            if len(self._waiting) == 1:
                loop.call_later(LINES_WAIT_S, self.flush)

    def now(self, line: bytes) -> None:
        """Write it with what waits: what comes next may end the process."""
        with self._lock:
            self._waiting.append(line)
        self.flush()

    def flush(self) -> None:
        """Write what waits."""
        with self._lock:
            lines, self._waiting = self._waiting, []
            if lines:
                sys.stdout.buffer.write(b"\n".join([*lines, b""]))
                sys.stdout.buffer.flush()

    msg = log = debug = info = warn = warning = later
    err = error = exception = fatal = critical = failure = now


_LINES: Final = _Lines()
atexit.register(_LINES.flush)


def _set_up_logging(service: str, level: str) -> None:
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # never with local variables: they hold prompts and keys
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            _add_service(service),
            structlog.processors.JSONRenderer(serializer=lambda value, **_: to_json(value, fallback=repr)),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelNamesMapping()[level]),
        logger_factory=lambda *_: _LINES,
        cache_logger_on_first_use=True,
    )
    logging.basicConfig(level="WARNING", stream=sys.stderr, format="%(name)s %(levelname)s %(message)s")


def _add_service(service: str) -> structlog.typing.Processor:
    def add(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        event["service"] = service
        if "trace_id" not in event and (trace := trace_id(_current.get())):
            event["trace_id"] = trace
        return event

    return add
