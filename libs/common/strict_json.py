"""JSON as RFC 8259 means it: one reading of every body, or a refusal that says why."""

import json
import math
import re
from collections.abc import Iterator
from typing import Final, NoReturn

from libs.common.errors import InvalidInput

DEPTH_MAX: Final = 32  # nested objects and lists, the outermost counted
INTEGER_DIGITS_MAX: Final = 20  # enough for 2^64
FLOAT_CHARS_MAX: Final = 64  # a double needs 24; more is not a number somebody meant
KEYS_MAX: Final = 1_000  # keys of one object: every unknown one costs an error record later
MARKS_MAX: Final = 100_000  # commas and opening brackets together: the parse blocks the loop, about 50 ms at this size
NAME_CHARS_MAX: Final = 64  # of a key that is named in an answer

# Only an escape can bring NUL or half a surrogate pair into a text: UTF-8 cannot hold the one, JSON not the other raw.
_SUSPECT: Final = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNPRINTABLE: Final = re.compile(r"[^\w.$@ \-]")


def loads(body: bytes) -> object:
    """The value of a UTF-8 JSON body, or `InvalidInput`: 400 for bad JSON, 422 `invalid_text` for unstorable text."""
    opened = body.count(b"{") + body.count(b"[")
    if opened + body.count(b",") > MARKS_MAX:
        raise _too_complex()
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _malformed("The body is not UTF-8", error.start) from None
    try:
        value: object = _DECODER.decode(text)
    except json.JSONDecodeError as error:
        raise _malformed(
            f"The body is not valid JSON at line {error.lineno}, column {error.colno}", error.pos
        ) from None
    except RecursionError:
        raise _too_deep() from None
    if opened > DEPTH_MAX:
        _check_depth(value)
    if _SUSPECT.search(body):
        _check_texts(value)
    return value


def clean_name(key: str) -> str:
    """A key as it may stand in an answer: printable and short."""
    return _UNPRINTABLE.sub("?", key[:NAME_CHARS_MAX])


def is_clean_text(text: str) -> bool:
    """Whether a database can store the text: no NUL, no half of a surrogate pair."""
    return "\x00" not in text and (text.isascii() or _is_encodable(text))


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _malformed(sentence: str, offset: int) -> InvalidInput:
    return InvalidInput(f"{sentence}.", code="malformed_json", status=400, facts={"offset": offset})


def _refused_number(sentence: str) -> InvalidInput:
    return InvalidInput(sentence, code="malformed_json", status=400)


def _too_complex() -> InvalidInput:
    return InvalidInput(f"The body holds more than {MARKS_MAX} values.", code="too_complex", status=400)


def _too_deep() -> InvalidInput:
    sentence = f"The body is nested too deeply: at most {DEPTH_MAX} levels are read."
    return InvalidInput(sentence, code="malformed_json", status=400, facts={"depth_max": DEPTH_MAX})


def _unique(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """An object whose keys are all different."""
    value = dict(pairs)
    if len(value) != len(pairs):
        raise _duplicate(pairs)
    if len(value) > KEYS_MAX:
        sentence = f"An object in the body has more than {KEYS_MAX} fields."
        raise InvalidInput(sentence, code="too_many_fields", facts={"keys_max": KEYS_MAX})
    return value


def _duplicate(pairs: list[tuple[str, object]]) -> InvalidInput:
    seen: set[str] = set()
    repeated = next(key for key, _ in pairs if key in seen or seen.add(key))  # type: ignore[func-returns-value]
    name = clean_name(repeated)
    return InvalidInput(f"{name} stands twice in one object.", code="duplicate_key", status=400, field=name)


def _constant(_: str) -> NoReturn:
    raise _refused_number("The body holds NaN or Infinity, which are not JSON.")


def _float(text: str) -> float:
    if len(text) > FLOAT_CHARS_MAX:
        raise _refused_number(f"The body holds a number of more than {FLOAT_CHARS_MAX} characters.")
    value = float(text)
    if math.isinf(value):
        raise _refused_number("The body holds a number that is too large.")
    return value


def _int(text: str) -> int:
    if len(text) > INTEGER_DIGITS_MAX and len(text.lstrip("-")) > INTEGER_DIGITS_MAX:
        raise _refused_number(f"The body holds a whole number of more than {INTEGER_DIGITS_MAX} digits.")
    return int(text)


_DECODER: Final = json.JSONDecoder(
    object_pairs_hook=_unique, parse_constant=_constant, parse_float=_float, parse_int=_int
)


def _children(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        return iter(value.values())
    return iter(value) if isinstance(value, list) else iter(())


def _check_depth(value: object) -> None:
    """Refuse more than `DEPTH_MAX` levels; level by level, so no recursion of ours."""
    level = [value]
    for _ in range(DEPTH_MAX):
        level = [child for parent in level for child in _children(parent) if isinstance(child, (dict, list))]
        if not level:
            return
    raise _too_deep()


def _check_texts(value: object) -> None:
    bad = _bad_text(value, "")
    if bad is not None:
        name = bad or "body"
        sentence = f"{name} holds a NUL character or half of a surrogate pair."
        raise InvalidInput(sentence, code="invalid_text", field=name)


def _bad_text(value: object, name: str) -> str | None:
    """The dotted name of the first text that cannot be stored; the depth is bounded already."""
    if isinstance(value, str):
        return None if is_clean_text(value) else name
    if isinstance(value, dict):
        if not all(map(is_clean_text, value)):
            return name
        return _first_bad((_bad_text(child, _joined(name, key)) for key, child in value.items()))
    if isinstance(value, list):
        return _first_bad(_bad_text(child, _joined(name, str(index))) for index, child in enumerate(value))
    return None


def _first_bad(found: Iterator[str | None]) -> str | None:
    return next((name for name in found if name is not None), None)


def _joined(name: str, key: str) -> str:
    return f"{name}.{clean_name(key)}" if name else clean_name(key)
