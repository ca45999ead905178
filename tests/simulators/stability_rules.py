"""What the simulated vendor refuses before it starts to work: fields, ranges and the rate of requests."""

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta

from libs.common.clock import SystemClock
from libs.common.providers import stability_facts as facts

SETTINGS = Mapping[str, str]

_SD3_NAMES = tuple(model.field_model for model in facts.MODELS.values() if model.field_model is not None)


class ShiftedClock:
    """The machine's clock, moved forward on request."""

    def __init__(self) -> None:
        self._shift = timedelta()

    def advance(self, seconds: float) -> None:
        """Let time jump."""
        self._shift += timedelta(seconds=seconds)

    def now(self) -> datetime:
        """The present instant as the vendor sees it, with zone UTC."""
        return SystemClock().now() + self._shift


class RateLimit:
    """At most `requests_max` in 10 s; one more shuts the key out for 60 s."""

    def __init__(self, now: Callable[[], datetime], requests_max: int) -> None:
        self._now = now
        self._requests_max = requests_max
        self._seen: deque[datetime] = deque()
        self._locked_until: datetime | None = None

    def refuses(self) -> bool:
        """Count one request; whether it must be turned away."""
        now = self._now()
        if self._locked_until is not None and now < self._locked_until:
            return True
        while self._seen and now - self._seen[0] >= timedelta(seconds=facts.RATE_WINDOW_S):
            self._seen.popleft()
        self._seen.append(now)
        if len(self._seen) <= self._requests_max:
            return False
        self._locked_until = now + timedelta(seconds=facts.RATE_LOCKOUT_S)
        self._seen.clear()
        return True

    def forget(self) -> None:
        """Open the gate and count from nothing."""
        self._seen.clear()
        self._locked_until = None


def model_for(path: str, fields: SETTINGS) -> facts.Model:
    """The model that serves a valid request on this endpoint."""
    for model in facts.MODELS.values():
        if model.path == path and model.field_model in {None, fields.get("model", facts.DEFAULT_OF_SD3.name)}:
            return model
    raise LookupError(path)


def faults_in(path: str, fields: SETTINGS, files: frozenset[str]) -> list[str]:
    """Every complaint, each starting with the field's name and a colon; unknown fields are let pass."""
    return [*_common(fields), *(_sd3(fields, files) if path == facts.LARGE.path else _ultra(path, fields, files))]


def _common(fields: SETTINGS) -> Iterator[str]:
    yield from _text(fields, "prompt", required=True)
    yield from _text(fields, "negative_prompt", required=False)
    yield from _number(fields, "seed", 0, facts.SEED_MAX, whole=True)
    yield from _one_of(fields, "aspect_ratio", facts.ASPECT_RATIOS)
    yield from _one_of(fields, "output_format", facts.OUTPUT_FORMATS)
    yield from _one_of(fields, "style_preset", tuple(sorted(facts.STYLE_PRESETS)))


def _ultra(path: str, fields: SETTINGS, files: frozenset[str]) -> Iterator[str]:
    if path == facts.ULTRA.path and "image" in files and "strength" not in fields:
        yield "strength: is required"
    yield from _number(fields, "strength", 0, 1)


def _sd3(fields: SETTINGS, files: frozenset[str]) -> Iterator[str]:
    yield from _one_of(fields, "model", _SD3_NAMES)
    yield from _one_of(fields, "mode", ("text-to-image", "image-to-image"))
    yield from _number(fields, "cfg_scale", facts.GUIDANCE_MIN, facts.GUIDANCE_MAX)
    yield from _number(fields, "strength", 0, 1)
    if fields.get("mode") == "image-to-image":
        yield from (f"{name}: is required" for name in ("image", "strength") if name not in {*fields, *files})
    elif "image" in files:
        yield "image: is only allowed when mode is image-to-image"


def _text(fields: SETTINGS, name: str, *, required: bool) -> Iterator[str]:
    if not fields.get(name):
        if required:
            yield f"{name}: is required"
    elif len(fields[name]) > facts.PROMPT_MAX_CHARS:
        yield f"{name}: cannot be longer than {facts.PROMPT_MAX_CHARS} characters"


def _one_of(fields: SETTINGS, name: str, allowed: tuple[str, ...]) -> Iterator[str]:
    if name in fields and fields[name] not in allowed:
        yield f"{name}: must be one of {', '.join(allowed)}"


def _number(fields: SETTINGS, name: str, low: float, high: float, *, whole: bool = False) -> Iterator[str]:
    if name not in fields:
        return
    try:
        value = float(int(fields[name]) if whole else fields[name])
    except ValueError:
        yield f"{name}: must be a number"
        return
    if not low <= value <= high:
        yield f"{name}: must be between {low:g} and {high:g}"
