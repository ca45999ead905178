"""Answers that skip the framework's own serialisation."""

from collections.abc import Mapping

import pydantic_core
from starlette.responses import Response


def json_response(value: object, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """JSON of plain values, dataclasses and pydantic models; instants are ISO 8601, NaN is null."""
    body = pydantic_core.to_json(value, inf_nan_mode="null")
    return Response(body, status, dict(headers) if headers else None, "application/json")
