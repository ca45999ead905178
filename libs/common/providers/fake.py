"""A provider for tests and measurements: a tiny picture at once. Offered only where STUDIO_FAKE_PROVIDER is set."""

import asyncio
import re
import struct
import zlib
from typing import Final

from libs.common.errors import ProviderBroken
from libs.common.providers.base import Call, GenerateAsk, Made

SLOW: Final = re.compile(r"slow:(\d{1,2}(?:\.\d{1,3})?)")
SLOW_MAX_S: Final = 25.0


class FakeGenerate:
    """Answers after `delay_s` with one plain picture of the asked size.

    A prompt that says «slow:SECONDS» takes that long instead; one that says «fail:SEED» fails for that seed.
    """

    def __init__(self, *, delay_s: float = 0.0) -> None:
        self._delay_s = delay_s
        self._made: dict[tuple[int, int], bytes] = {}

    async def generate(self, ask: GenerateAsk, call: Call) -> tuple[Made, ...]:
        """One plain picture; the same bytes for the same size."""
        delay_s = _delay_s(ask.prompt) or self._delay_s
        if delay_s:
            for share in (0.1, 0.5):
                await call.progress(share)
                await asyncio.sleep(delay_s / 2)
        if f"fail:{ask.seed}" in ask.prompt:
            raise ProviderBroken("The test provider was told to fail.", code="provider_broken")
        size = (ask.width, ask.height)
        if size not in self._made:
            self._made[size] = _plain_png(*size)
        return (Made(self._made[size], seed=ask.seed),)

    async def aclose(self) -> None:
        """Nothing to give back."""


def _delay_s(prompt: str) -> float | None:
    asked = SLOW.search(prompt) if "slow:" in prompt else None
    return min(float(asked[1]), SLOW_MAX_S) if asked else None


def _plain_png(width: int, height: int) -> bytes:
    rows = (b"\x00" + b"\x4c\x7d\xb0" * width) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", header), (b"IDAT", zlib.compress(rows, 9)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in chunks
    )
