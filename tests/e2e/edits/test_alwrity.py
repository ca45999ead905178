"""What ALwrity's own Edit and Upscale screens send, as it is, and what they read."""

from typing import Any, Final

import pytest

from libs.common.catalogue.operations import FIELDS, OPERATIONS
from tests.e2e.edits.ordering import (
    EDIT,
    ESTIMATE,
    SIZE,
    UPSCALE,
    b64,
    differing,
    hole,
    picture_of,
    still_life,
    untouched,
)
from tests.support.desk import Desk, Json
from tests.support.house import House
from tests.support.pictures import photo

PROCESS: Final = f"{EDIT}/process"
ALWRITYS: Final = FIELDS[:8]
"""The parts of a form that its screen knows."""


def data_url(text: str) -> str:
    """As a browser reads a file."""
    return f"data:image/png;base64,{text}"


SCREEN: Final[dict[str, Any]] = {
    "image_base64": data_url(b64(still_life())),
    "operation": "remove_background",
    "prompt": "",
    "negative_prompt": "",
    "mask_base64": None,
    "search_prompt": None,
    "select_prompt": None,
    "background_image_base64": None,
    "lighting_image_base64": None,
    "expand_left": 0,
    "expand_right": 0,
    "expand_up": 0,
    "expand_down": 0,
    "output_format": "png",
    "options": {},
}
"""The form as it stands when the screen opens."""
LEFT_OVER: Final = {"prompt": "a red door", "negative_prompt": "blurry, dark"}
MASK: Final = {"mask_base64": data_url(b64(hole()))}
SCENE: Final = data_url(b64(photo(120, 100, 5)))
EDITS: Final[dict[str, dict[str, Any]]] = {
    "as it opens": SCREEN,
    "words left over in hidden boxes": {**SCREEN, **LEFT_OVER, "search_prompt": "ball", "select_prompt": "ball"},
    "inpaint": {**SCREEN, **LEFT_OVER, **MASK, "operation": "inpaint"},
    "outpaint with words left over": {**SCREEN, **LEFT_OVER, "operation": "outpaint", "expand_right": 40},
    "search and replace": {**SCREEN, **LEFT_OVER, "operation": "search_replace", "search_prompt": "the ball"},
    "search and recolour": {**SCREEN, "prompt": "teal", "operation": "search_recolor", "select_prompt": "the ball"},
    "relight with a background": {**SCREEN, **LEFT_OVER, "operation": "relight", "background_image_base64": SCENE},
    "relight with a light": {**SCREEN, "operation": "relight", "lighting_image_base64": SCENE},
    "an instruction": {**SCREEN, "prompt": "make it warmer", "operation": "general_edit"},
    "an instruction with a model": {
        **SCREEN,
        **MASK,
        "prompt": "make it warmer",
        "operation": "general_edit",
        "provider": "wavespeed",
        "model": "nano-banana-pro-edit-ultra",
    },
    "options of the form": {**SCREEN, **LEFT_OVER, **MASK, "operation": "inpaint", "options": {"grow_mask": 12}},
    "no options at all": {**SCREEN, "options": None},
}


async def _sent(desk: Desk, path: str, body: Json) -> Json:
    answer = await desk.http.post(path, json=body)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


@pytest.mark.parametrize("body", EDITS.values(), ids=EDITS)
async def test_the_edit_screens_body_is_accepted_and_answered_in_the_shape_that_it_reads(
    desk: Desk, body: dict[str, Any]
) -> None:
    told = await _sent(desk, PROCESS, body)

    assert told["success"] is True
    assert told["operation"] == told["metadata"]["operation"] == body["operation"]
    assert told["image_base64"].startswith("data:image/png;base64,")
    size = (told["width"], told["height"])
    assert picture_of(told).size == size == (told["metadata"]["width"], told["metadata"]["height"])
    assert isinstance(told["provider"], str)
    assert {"style_preset", "provider", "processing_time"} <= told["metadata"].keys()
    if body.get("model"):
        assert (told["provider"], told["metadata"]["model"]) == ("wavespeed", body["model"])


async def test_both_paths_are_the_same(desk: Desk) -> None:
    body = {**SCREEN, "operation": "adjust", "options": {"brightness": 0.4}, "provider": "local", "seed": 5}

    one, other = await _sent(desk, EDIT, body), await _sent(desk, PROCESS, body)

    assert one["image_base64"] == other["image_base64"]
    assert one.keys() == other.keys()


async def test_words_left_over_in_hidden_boxes_are_nothing_to_the_operation(house: House, desk: Desk) -> None:
    vendor = house.vendor("stability")
    since = len(await vendor.requests())

    await _sent(desk, PROCESS, EDITS["words left over in hidden boxes"])
    told = await _sent(desk, PROCESS, EDITS["outpaint with words left over"])

    cut_out, outpainted = [seen.fields for seen in (await vendor.requests())[since:] if seen.method == "POST"]
    assert not {"prompt", "negative_prompt", "search_prompt", "select_prompt"} & cut_out.keys()
    assert "prompt" not in outpainted
    assert "prompt was not read: what the new parts show is said in options.prompt." in told["metadata"]["notes"]
    assert told["width"] == SIZE[0] + 40


async def test_what_a_form_misses_is_a_400_with_a_sentence(desk: Desk) -> None:
    """Its screen shows a 400's sentence, and turns a 422's list into nonsense."""
    missing: dict[str, tuple[dict[str, Any], str]] = {
        "inpaint": ({**MASK}, "Inpaint and fix needs a prompt."),
        "search_replace": (
            {"prompt": "a door"},
            "Search and replace needs a search_prompt: the name of what to look for.",
        ),
        "outpaint": (
            {},
            "Outpaint needs at least one of expand_left, expand_right, expand_up and expand_down above 0.",
        ),
        "general_edit": ({"prompt": "   "}, "Edit by instruction needs a prompt."),
        "erase": ({}, "Erase object needs a mask that marks something in white."),
    }
    for operation, (more, sentence) in missing.items():
        answer = await desk.http.post(PROCESS, json={**SCREEN, "operation": operation, **more})
        assert (answer.status_code, answer.json()["detail"]) == (400, sentence)
        assert isinstance(answer.json()["detail"], str)
    relight = await desk.http.post(PROCESS, json={**SCREEN, "operation": "relight"})
    assert relight.status_code == 400
    assert "a background picture or a lighting picture" in relight.json()["detail"]
    broken = await desk.http.post(PROCESS, json={**SCREEN, "image_base64": "data:image/png;base64,%%%"})
    assert (broken.status_code, broken.json()["code"]) == (422, "invalid_base64")
    assert isinstance(broken.json()["detail"], str)
    assert await untouched(desk)


async def test_the_form_is_built_from_the_operations(desk: Desk) -> None:
    told = (await desk.get(f"{EDIT}/operations"))["operations"]

    assert list(told) == [one.key for one in OPERATIONS]
    matrix = {key: {name for name in ALWRITYS if row["fields"][name]} for key, row in told.items()}
    assert matrix["remove_background"] == set()
    assert matrix["inpaint"] == matrix["general_edit"] == {"prompt", "mask", "negative_prompt"}
    assert matrix["outpaint"] == {"negative_prompt", "expansion"}
    assert matrix["search_replace"] == {"prompt", "mask", "search_prompt"}
    assert matrix["search_recolor"] == {"prompt", "mask", "select_prompt"}
    assert matrix["relight"] == {"background", "lighting"}
    assert matrix["erase"] == {"mask"}
    assert matrix["replace_background"] == {"prompt", "negative_prompt", "background"}
    assert {key for key, row in told.items() if row["async"]} == {"relight"}
    assert told["general_edit"]["provider"] == "huggingface"
    for row in told.values():
        assert {"label", "description", "provider", "async", "fields"} <= row.keys()
        assert row["available"] is True
        assert "local" in row["providers"]


async def test_the_price_that_operations_tell_is_the_charge(desk: Desk) -> None:
    told = (await desk.get(f"{EDIT}/operations"))["operations"]

    for operation in ("remove_background", "adjust"):
        body = {**SCREEN, "operation": operation, "options": {"rotate": "90"} if operation == "adjust" else {}}
        assert (await _sent(desk, PROCESS, body))["charged"]["credits"] == told[operation]["credits"]


async def test_the_model_box_is_filled_and_its_recommendation_can_be_ordered(desk: Desk) -> None:
    listed = await desk.get(f"{EDIT}/models", operation="general_edit")
    answer = await desk.http.post(
        f"{EDIT}/recommend",
        json={
            "operation": "general_edit",
            "image_resolution": {"width": SIZE[0], "height": SIZE[1]},
            "preferences": {"prioritize_cost": True},
        },
    )

    assert listed["total"] == len(listed["models"]) == 5
    for model in listed["models"]:
        assert model["tier"] in {"budget", "mid", "premium"}
        assert {"id", "name", "description", "cost", "cost_8k", "max_resolution", "capabilities"} <= model.keys()
        assert {"use_cases", "features", "supports_multi_image", "supports_controlnet", "languages"} <= model.keys()
    assert answer.status_code == 200, answer.text
    recommended = answer.json()
    assert recommended["recommended_model"] == "qwen-edit"
    assert len(recommended["alternatives"]) == 3
    assert {"model_id", "name", "cost", "reason"} <= recommended["alternatives"][0].keys()
    body = {**SCREEN, "operation": "general_edit", "prompt": "warmer", "provider": "wavespeed", "model": "qwen-edit"}
    quote = await desk.http.post(
        ESTIMATE, json={"provider": "wavespeed", "model": "qwen-edit", "operation": "general_edit", "num_images": 1}
    )
    told = await _sent(desk, PROCESS, body)
    assert told["charged"]["usd"] == quote.json()["total_cost"] == 0.02


RUN_BUTTONS: Final = {
    "edit": ({"operation_type": "image_editing"}, 4),
    "upscale fast": ({"operation_type": "image_upscale", "model": "fast"}, 2),
    "upscale conservative": ({"operation_type": "image_upscale", "model": "conservative"}, 6),
    "upscale auto": ({"operation_type": "image_upscale", "model": "auto"}, 6),
}
"""What both screens ask before they run, always of Stability, and the most that it may cost in credits."""


@pytest.mark.parametrize(("asked", "credits"), RUN_BUTTONS.values(), ids=RUN_BUTTONS)
async def test_the_run_button_asks_first_and_may_go_on(desk: Desk, asked: dict[str, str], credits: int) -> None:
    operation = {"provider": "stability", "actual_provider_name": "stability", **asked}

    answer = await desk.http.post("/api/subscription/preflight-check", json={"operations": [operation]})

    assert answer.status_code == 200, answer.text
    data = answer.json()["data"]
    assert (data["can_proceed"], data["operations"][0]["message"] != "") == (True, True), data
    assert data["total_cost"] == credits / 100


SOURCE: Final = still_life((320, 240))
BODY: Final[dict[str, Any]] = {"image_base64": data_url(b64(SOURCE)), "mode": "auto", "preset": "web", "prompt": None}
"""The Upscale screen's form as it opens: the preset is always there."""


@pytest.mark.parametrize(
    ("mode", "preset", "resolved", "size"),
    [
        ("auto", "web", "fast", (2_048, 1_536)),
        ("auto", "social", "fast", (1_080, 810)),
        ("auto", "print", "conservative", (3_072, 2_304)),
        ("fast", "print", "fast", (3_072, 2_304)),
        ("conservative", "social", "conservative", (1_080, 810)),
        ("creative", "web", "creative", (2_048, 1_536)),
    ],
)
async def test_the_preset_of_the_upscale_screen_decides_the_size(
    desk: Desk, mode: str, preset: str, resolved: str, size: tuple[int, int]
) -> None:
    told = await _sent(desk, UPSCALE, {**BODY, "mode": mode, "preset": preset, "prompt": "more detail"})

    assert (told["success"], told["mode"]) == (True, resolved)
    assert picture_of(told).size == size == (told["width"], told["height"])
    assert told["image_base64"].startswith("data:image/png;base64,")
    metadata = told["metadata"]
    assert (metadata["preset"], metadata["target_width"], metadata["target_height"]) == (preset, None, None)
    assert (metadata["original_width"], metadata["original_height"]) == SOURCE.size
    assert metadata["upscale_factor"] == max(size) / 320
    assert metadata["prompt"] == (None if resolved == "fast" else "more detail"), "fast reads no prompt"


@pytest.mark.parametrize(
    ("target", "preset", "mode", "size"),
    [
        ({"target_width": 640}, "web", "fast", (640, 480)),
        ({"target_height": 480}, "print", "fast", (640, 480)),
        ({"target_width": 500, "target_height": 500}, "social", "fast", (500, 500)),
        ({"target_width": 3_000}, "web", "conservative", (3_000, 2_250)),
        ({}, None, "fast", (1_280, 960)),
    ],
    ids=["one side", "the other side", "both sides", "three thousand", "nothing"],
)
async def test_a_target_beats_the_preset_and_one_side_keeps_the_shape(
    desk: Desk, target: dict[str, int], preset: str | None, mode: str, size: tuple[int, int]
) -> None:
    told = await _sent(desk, UPSCALE, {**BODY, "preset": preset, "provider": "local", **target})

    assert (told["mode"], picture_of(told).size) == (mode, size)
    assert (told["metadata"]["target_width"], told["metadata"]["target_height"]) == (
        target.get("target_width"),
        target.get("target_height"),
    )


async def test_a_result_smaller_than_the_picture_is_made_and_told(desk: Desk) -> None:
    told = await _sent(desk, UPSCALE, {**BODY, "provider": "local", "target_width": 160})

    assert picture_of(told).size == (160, 120)
    assert any("smaller than the picture (320 x 240 px)" in note for note in told["metadata"]["notes"])


async def test_an_enlargement_shows_the_same_picture(desk: Desk) -> None:
    told = await _sent(desk, UPSCALE, {**BODY, "preset": None, "provider": "local", "mode": "fast"})

    again = picture_of(told).resize(SOURCE.size)
    assert differing(SOURCE, again).mean() < 8


async def test_a_mode_or_preset_that_there_is_not_is_refused(desk: Desk) -> None:
    for wrong in ({"mode": "best"}, {"preset": "billboard"}, {"target_width": 0}, {"target_width": 20_000}):
        answer = await desk.http.post(UPSCALE, json={**BODY, **wrong})
        assert answer.status_code == 422, answer.text
        assert next(iter(wrong)) in answer.text
    assert await untouched(desk)
