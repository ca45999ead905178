"""OpenAPI for routes that read their own body, and the one shape of every error."""

import inspect
import re
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Final, TypedDict

from pydantic import BaseModel, ConfigDict

from libs.common.errors import AppError, InvalidInput
from libs.common.http.problems import MEDIA_TYPE

Json = dict[str, object]

_REF: Final = "#/components/schemas/{model}"
_PLACE: Final = re.compile(r"\{(\w+)\}")
_BODY_FAULTS: Final = {
    400: "The body is not JSON as it should be.",
    408: "The body arrived too slowly.",
    413: "The body is too large.",
    415: "The body is not UTF-8 JSON.",
    422: InvalidInput.__doc__ or "",
}


class Problem(BaseModel):
    """Every error; `detail` is a sentence, and an object only with 402 and 429."""

    model_config = ConfigDict(extra="forbid")

    type: str
    title: str
    status: int
    code: str
    detail: str | dict[str, object]
    facts: dict[str, object]
    request_id: str


class Documented(TypedDict):
    """Keyword arguments of a FastAPI route."""

    openapi_extra: Json
    responses: dict[int | str, Json]
    response_model: None


def documented(
    body: type[BaseModel] | None,
    answer: type[BaseModel] | Mapping[int, type[BaseModel]] | None,
    *,
    errors: Sequence[type[AppError]] = (),
    query: type[BaseModel] | None = None,
    headers: Mapping[str, str] | None = None,
    status: int = 200,
) -> Documented:
    """What a route that uses `read_model` and `json_response` says of itself: `@app.post(path, **documented(…))`.

    `answer` is one model, sent with `status`, or one for each status; `headers` has a sentence for each name.
    """
    extra: Json = {}
    if body is not None:
        extra["requestBody"] = {"required": True, "content": {"application/json": {"schema": _schema(body)}}}
    if query is not None or headers:
        extra["parameters"] = [*(_parameters(query) if query else ()), *_headers(headers or {})]
    answers = answer if isinstance(answer, Mapping) else {status: answer}
    responses: dict[int | str, Json] = {code: _answered(model, code) for code, model in answers.items()}
    for code, text in _fault_texts(body, query, errors).items():
        content = {MEDIA_TYPE: {"schema": {"$ref": _REF.format(model="Problem")}}}
        responses[code] = {"description": text, "content": content}
    return {"openapi_extra": extra, "responses": responses, "response_model": None}


def lift_definitions(document: Json) -> Json:
    """The document with every schema that a route carries inside moved to its components, each name once.

    Parameters of the path are named here: a route that reads them from its request does not tell the framework.
    """
    schemas = _object(_object(document.setdefault("components", {})).setdefault("schemas", {}))
    _keep(schemas, "Problem", Problem.model_json_schema())
    paths = _object(document.get("paths", {}))
    _walk(paths, schemas)
    for path, methods in paths.items():
        for operation in _object(methods).values():
            _name_path_parameters(path, _object(operation))
    return document


def _name_path_parameters(path: str, operation: Json) -> None:
    known = operation.setdefault("parameters", [])
    if not isinstance(known, list):
        msg = f"the parameters of {path} are not a list"
        raise TypeError(msg)
    named = {parameter["name"] for parameter in known}
    texts = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}} for name in _PLACE.findall(path)
    ]
    known[:0] = [text for text in texts if text["name"] not in named]
    if not known:
        del operation["parameters"]


def _walk(node: object, schemas: Json) -> None:
    if isinstance(node, dict):
        definitions = node.pop("$defs", {})
        for name, schema in definitions.items():
            _keep(schemas, name, schema)
        for child in [*definitions.values(), *node.values()]:
            _walk(child, schemas)
    elif isinstance(node, list):
        for child in node:
            _walk(child, schemas)


def _keep(schemas: Json, name: str, schema: object) -> None:
    if schemas.setdefault(name, schema) != schema:
        msg = f"two different models are called {name} in the OpenAPI document: rename one"
        raise ValueError(msg)


def _schema(model: type[BaseModel]) -> Json:
    """A reference to the model, carrying its definitions until they are lifted."""
    schema = model.model_json_schema(ref_template=_REF)
    definitions = schema.pop("$defs", {})
    return {"$ref": _REF.format(model=model.__name__), "$defs": {**definitions, model.__name__: schema}}


def _parameters(model: type[BaseModel]) -> list[Json]:
    schema = model.model_json_schema(ref_template=_REF)
    required = schema.get("required", [])
    definitions = schema.get("$defs", {})
    return [
        {"name": name, "in": "query", "required": name in required, "schema": {**field, "$defs": definitions}}
        for name, field in schema.get("properties", {}).items()
    ]


def _headers(headers: Mapping[str, str]) -> list[Json]:
    return [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": sentence}
        for name, sentence in headers.items()
    ]


def _answered(answer: type[BaseModel] | None, status: int) -> Json:
    described: Json = {"description": HTTPStatus(status).phrase}
    return described if answer is None else {**described, "content": {"application/json": {"schema": _schema(answer)}}}


def _fault_texts(
    body: type[BaseModel] | None, query: type[BaseModel] | None, errors: Sequence[type[AppError]]
) -> Mapping[int, str]:
    texts = dict(_BODY_FAULTS) if body is not None else {}
    if query is not None:
        texts |= {400: "A parameter stands twice.", 422: _BODY_FAULTS[422]}
    for error in errors:
        said = f"`{error.code}`: {inspect.getdoc(error)}"
        texts[error.http_status] = f"{texts[error.http_status]} {said}" if error.http_status in texts else said
    return texts


def _object(value: object) -> Json:
    if not isinstance(value, dict):
        msg = "not an object in the OpenAPI document"
        raise TypeError(msg)
    return value
