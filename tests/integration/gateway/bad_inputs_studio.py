"""More bad requests, as in `bad_inputs.py`: templates, brand profiles, prompts, prices, and what vendors call."""

import json
from collections.abc import Mapping
from typing import Any, Final

from tests.integration.gateway.bad_inputs import NONE, Row

TEMPLATES: Final = "/api/image-studio/templates"
PERSONAS: Final = "/api/image-studio/personas"
ENHANCE: Final = "/api/image-studio/enhance-prompt"
SPECS: Final = "/api/image-studio/platform-specs"
PREFLIGHT: Final = "/api/subscription/preflight-check"
CALLBACKS: Final = "/api/image-studio/callbacks"
TEMPLATE: Final = {"name": "A format", "category": "product", "width": 640, "height": 480}
PERSONA: Final = {"name": "A brand"}
ASKED: Final = {"provider": "stability", "operation_type": "image_generation"}


def _gets(name: str, status: int, code: str, path: str, *, names: str | None = None, says: str = "") -> Row:
    return Row(name, status, code, method="GET", path=path, headers={}, names=names, says=says)


def _kept(
    path: str, good: Mapping[str, Any], rows: tuple[tuple[str, int, str, dict[str, Any], str], ...]
) -> tuple[Row, ...]:
    """Rows of an address that takes a body: each is a good one with these fields changed."""
    return tuple(
        Row(f"{path}: {name}", status, code, path=path, body=json.dumps({**good, **fields}).encode(), names=names)
        for name, status, code, fields, names in rows
    )


SHELF: Final = (
    _gets("templates: platform unknown", 422, "invalid_input", TEMPLATES + "?platform=myspace", names="platform"),
    _gets("templates: category unknown", 422, "invalid_input", TEMPLATES + "?category=x", names="category"),
    _gets("H25 templates: unknown parameter", 422, "unknown_field", TEMPLATES + "?colour=red", names="colour"),
    _gets("H19 templates: one parameter twice", 400, "duplicate_parameter", TEMPLATES + "?platform=a&platform=b"),
    _gets("templates: search for nothing", 422, "missing_field", TEMPLATES + "/search", names="query"),
    _gets("templates: search for an empty text", 422, "empty_parameter", TEMPLATES + "/search?query=", names="query"),
    _gets("H28 templates: search too long", 422, "invalid_input", f"{TEMPLATES}/search?query={'a' * 201}"),
    _gets("H29 templates: NUL in the search", 422, "invalid_text", TEMPLATES + "/search?query=a%00", names="query"),
    _gets("templates: no use", 422, "missing_field", TEMPLATES + "/recommend?platform=blog", names="use_case"),
    _gets(
        "templates: advice for an unknown platform",
        422,
        "invalid_input",
        TEMPLATES + "/recommend?use_case=food&platform=x",
        names="platform",
    ),
    *(
        _gets(f"H14 template {text}", 404, "not_found", f"{TEMPLATES}/{text}")
        for text in ("x", NONE, "%27%20OR%201=1--", "A" * 300)
    ),
    *_kept(
        TEMPLATES,
        TEMPLATE,
        (
            ("H25 an owner", 422, "unknown_field", {"owner": "me"}, "owner"),
            ("H25 a workspace", 422, "unknown_field", {"workspace_id": NONE}, "workspace_id"),
            ("no name", 422, "invalid_input", {"name": ""}, "name"),
            ("a name of spaces", 422, "invalid_input", {"name": "   "}, "name"),
            ("H29 NUL in the name", 422, "invalid_text", {"name": "a\x00"}, "name"),
            ("H30 an escape in the name", 422, "invalid_text", {"name": "a\x1b[31m"}, "name"),
            ("H28 a name of 101 characters", 422, "invalid_input", {"name": "a" * 101}, "name"),
            ("H32 width 63", 422, "invalid_input", {"width": 63}, "width"),
            ("H32 width 4,097", 422, "invalid_input", {"width": 4_097}, "width"),
            ("H26 width as a text", 422, "invalid_input", {"width": "640"}, "width"),
            ("H33 64 × 4,096", 422, "aspect_ratio", {"width": 64, "height": 4_096}, "height"),
            ("H37 style unknown", 422, "style_unknown", {"style_preset": "no-such-style"}, "style_preset"),
            ("category unknown", 422, "invalid_input", {"category": "cats"}, "category"),
            ("platform unknown", 422, "invalid_input", {"platform": "myspace"}, "platform"),
            ("quality unknown", 422, "invalid_input", {"quality": "ultra"}, "quality"),
            ("21 use cases", 422, "invalid_input", {"use_cases": ["a"] * 21}, "use_cases"),
            ("a use case of nothing", 422, "invalid_input", {"use_cases": [""]}, "use_cases.0"),
            ("H26 shared is 1", 422, "invalid_input", {"shared": 1}, "shared"),
            ("H28 a description too long", 422, "invalid_input", {"description": "a" * 501}, "description"),
        ),
    ),
    *(
        Row(
            f"template: {method} of {name}",
            status,
            code,
            method=method,
            path=f"{TEMPLATES}/{template}",
            body=json.dumps(TEMPLATE).encode() if method == "PUT" else None,
        )
        for method in ("PUT", "DELETE")
        for name, template, status, code in (
            ("a ready-made one", "instagram_story", 409, "template_ready_made"),
            ("nobody's", NONE, 404, "not_found"),
            ("no id at all", "x", 404, "not_found"),
        )
    ),
)

PROFILES: Final = (
    *_kept(
        PERSONAS,
        PERSONA,
        (
            ("H25 an id", 422, "unknown_field", {"id": NONE}, "id"),
            ("no name", 422, "invalid_input", {"name": ""}, "name"),
            ("a colour of five digits", 422, "colour_unknown", {"palette": ["red", "#12345"]}, "palette.1"),
            ("a colour that is none", 422, "colour_unknown", {"palette": ["banana phone"]}, "palette.0"),
            ("H37 a colour that is CSS", 422, "colour_unknown", {"palette": ["red;}"]}, "palette.0"),
            ("13 colours", 422, "invalid_input", {"palette": ["red"] * 13}, "palette"),
            ("H26 a palette as a text", 422, "invalid_input", {"palette": "red"}, "palette"),
            ("H28 a voice too long", 422, "invalid_input", {"voice": "a" * 501}, "voice"),
            ("101 forbidden words", 422, "invalid_input", {"forbidden_words": ["a"] * 101}, "forbidden_words"),
            ("a forbidden word of spaces", 422, "invalid_input", {"forbidden_words": ["  "]}, "forbidden_words"),
            ("H29 NUL in the voice", 422, "invalid_text", {"voice": "a\x00"}, "voice"),
        ),
    ),
    *(
        Row(
            f"H14 brand profile: {method} of {text}",
            404,
            "not_found",
            method=method,
            path=f"{PERSONAS}/{text}",
            body=json.dumps(PERSONA).encode() if method == "PUT" else None,
        )
        for method in ("GET", "PUT", "DELETE")
        for text in ("x", NONE, "%7B7%7D")
    ),
)

PROMPTS: Final = _kept(
    ENHANCE,
    {"prompt": "a lighthouse"},
    (
        ("H27 nothing", 422, "prompt_empty", {"prompt": " "}, "prompt"),
        ("H28 4,001 characters", 422, "invalid_input", {"prompt": "a" * 4_001}, "prompt"),
        ("H25 unknown field", 422, "unknown_field", {"provider": "fake"}, "provider"),
        ("H37 style unknown", 422, "style_unknown", {"style_preset": "no-such-style"}, "style_preset"),
        ("H37 template unknown", 400, "template_not_found", {"template_id": NONE}, "template_id"),
        ("H37 template is SQL", 400, "template_not_found", {"template_id": "' OR 1=1--"}, "template_id"),
        ("brand profile unknown", 400, "persona_not_found", {"use_persona": True, "persona_id": NONE}, "persona_id"),
        ("no default brand profile", 400, "persona_not_found", {"use_persona": True}, "persona_id"),
        ("enhancer unknown", 422, "invalid_input", {"enhancer": "magic"}, "enhancer"),
    ),
)

PLATFORMS: Final = (
    *(_gets(f"platform {name}", 404, "not_found", f"{SPECS}/{name}") for name in ("blog", "email", "website")),
    *(
        _gets(f"platform {text}", 422, "platform_unknown", f"{SPECS}/{text}", names="platform", says="instagram")
        for text in ("myspace", "INSTAGRAM", "%27%20OR%201=1--")
    ),
)

PREFLIGHTS: Final = _kept(
    PREFLIGHT,
    {},
    (
        ("H24 nothing", 422, "missing_field", {}, "operations"),
        ("no operations", 422, "invalid_input", {"operations": []}, "operations"),
        ("51 operations", 422, "invalid_input", {"operations": [ASKED] * 51}, "operations"),
        ("H25 unknown field", 422, "unknown_field", {"operations": [ASKED], "user_id": "me"}, "user_id"),
        ("H25 a price", 422, "unknown_field", {"operations": [ASKED | {"cost": 0}]}, "operations.0.cost"),
        ("no provider", 422, "missing_field", {"operations": [{"operation_type": "x"}]}, "operations.0.provider"),
        ("H26 a text", 422, "invalid_input", {"operations": [ASKED | {"num_images": "2"}]}, "operations.0.num_images"),
        ("H34 0", 422, "invalid_input", {"operations": [ASKED | {"num_images": 0}]}, "operations.0.num_images"),
        ("H34 101", 422, "invalid_input", {"operations": [ASKED | {"num_images": 101}]}, "operations.0.num_images"),
        (
            "tokens below nothing",
            422,
            "invalid_input",
            {"operations": [ASKED | {"tokens_requested": -1}]},
            "operations.0.tokens_requested",
        ),
        ("H29 NUL", 422, "invalid_text", {"operations": [ASKED | {"model": "\x00"}]}, "operations.0.model"),
    ),
)


def _calls(
    name: str, status: int, code: str, path: str, body: bytes = b"{}", *, headers: Mapping[str, str] | None = None
) -> Row:
    sent = SIGNED if headers is None else headers
    return Row(f"callback: {name}", status, code, path=f"{CALLBACKS}/create{path}", body=body, headers=sent)


SIGNED: Final = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v3,0"}
MAC: Final = "?mac=" + "0" * 22
VENDOR_CALLS: Final = (
    _calls("U16 wrong proof", 401, "callback_not_genuine", f"/wavespeed/{NONE}{MAC}"),
    _calls("U16 no proof", 401, "callback_not_genuine", f"/wavespeed/{NONE}"),
    _calls("U16 a proof too long", 401, "callback_not_genuine", f"/wavespeed/{NONE}{MAC}0"),
    _calls("U16 no signature", 401, "callback_not_genuine", f"/wavespeed/{NONE}{MAC}", headers={}),
    _calls("U16 a vendor that never calls", 401, "callback_not_genuine", f"/local/{NONE}{MAC}"),
    _calls("U16 nobody", 401, "callback_not_genuine", f"/nobody/{NONE}{MAC}"),
    _calls("H14 not an id", 401, "callback_not_genuine", f"/wavespeed/x{MAC}"),
    _calls("H17 not UTF-8", 401, "callback_not_genuine", f"/wavespeed/{NONE}{MAC}", b"\xff\xfe"),
    _calls("H28 32 KiB and one byte", 413, "body_too_large", f"/wavespeed/{NONE}{MAC}", b"a" * (32 * 1024 + 1)),
    _calls("H25 unknown parameter", 422, "unknown_field", f"/wavespeed/{NONE}{MAC}&x=1"),
    _calls("H19 two proofs", 400, "duplicate_parameter", f"/wavespeed/{NONE}{MAC}&mac=1"),
    _calls(
        "an endless signature",
        401,
        "callback_not_genuine",
        f"/wavespeed/{NONE}{MAC}",
        headers=SIGNED | {"webhook-signature": "a" * 2_000},
    ),
)

STUDIO_ROWS: Final = SHELF + PROFILES + PROMPTS + PLATFORMS + PREFLIGHTS + VENDOR_CALLS
