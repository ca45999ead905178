"""What ALwrity's own Create screen sends, as it is; what it reads, and what it promises before the click."""

import base64
import io
from typing import Any, Final

import pytest
from PIL import Image

from tests.support.desk import Desk
from tests.support.house import House

SCREEN: Final[dict[str, Any]] = {
    "prompt": "A cup of coffee on a wooden table",
    "template_id": None,
    "provider": "auto",
    "style_preset": "photographic",
    "quality": "standard",
    "num_variations": 1,
    "negative_prompt": "",
    "enhance_prompt": True,
}
"""The form as it stands when the screen opens."""
TEMPLATE: Final = SCREEN | {
    "template_id": "linkedin_post",
    "provider": "ideogram",
    "quality": "premium",
    "guidance_scale": 7.5,
    "steps": 40,
}
"""After a template was chosen: the model's name stands where a provider's belongs, and the sliders are Stability's."""
EXPLICIT: Final = SCREEN | {
    "provider": "stability",
    "model": "ultra",
    "quality": "premium",
    "guidance_scale": 7.5,
    "steps": 40,
    "seed": 7,
    "num_variations": 3,
}


async def _ordered(desk: Desk, body: dict[str, Any]) -> dict[str, Any]:
    answer = await desk.http.post("/api/image-studio/create", json=body)
    assert answer.status_code == 200, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.mark.parametrize("body", [SCREEN, TEMPLATE, EXPLICIT], ids=["opened", "template", "explicit"])
async def test_the_screens_body_is_accepted_and_answered_in_the_shape_that_it_reads(
    house: House, desk: Desk, body: dict[str, Any]
) -> None:
    for vendor in ("stability", "wavespeed", "openai_compatible"):
        await house.vendor(vendor).reset()

    made = await _ordered(desk, body)

    assert made["success"] is True
    assert len(made["results"]) == body["num_variations"]
    assert {"provider", "model"} <= made["request"].keys()
    for number, result in enumerate(made["results"], 1):
        assert result["variation"] == number
        assert {"width", "height", "provider", "model", "seed"} <= result.keys()
        assert not result["image_base64"].startswith("data:"), "this endpoint answers raw base64"
        picture = Image.open(io.BytesIO(base64.b64decode(result["image_base64"], validate=True)))
        assert picture.size == (result["width"], result["height"])


async def test_a_templates_recommendation_runs_on_ideogram_and_clamped_sliders_are_told(
    house: House, desk: Desk
) -> None:
    await house.vendor("wavespeed").reset()

    made = await _ordered(desk, TEMPLATE)

    [result] = made["results"]
    assert (result["provider"], result["model"]) == ("wavespeed", "ideogram-v3-turbo")
    assert (result["width"], result["height"]) == (1200, 628)
    notes = " ".join(result["metadata"]["notes"]).lower()
    assert "guidance" in notes
    assert "steps" in notes


@pytest.mark.parametrize(
    ("estimate", "order"),
    [
        ({"provider": "ideogram", "operation": "generate", "num_images": 1, "width": 1200, "height": 628}, TEMPLATE),
        ({"provider": "stability", "model": "ultra", "operation": "generate", "num_images": 3}, EXPLICIT),
        ({"provider": "auto", "operation": "generate", "num_images": 1}, SCREEN),
    ],
    ids=["template", "explicit", "auto"],
)
async def test_the_price_on_the_button_is_the_charge(
    house: House, desk: Desk, estimate: dict[str, Any], order: dict[str, Any]
) -> None:
    for vendor in ("stability", "wavespeed", "openai_compatible"):
        await house.vendor(vendor).reset()
    answer = await desk.http.post("/api/image-studio/estimate-cost", json=estimate)
    assert answer.status_code == 200, answer.text
    quoted = answer.json()
    assert (quoted["currency"], quoted["estimated"]) == ("USD", True)

    made = await _ordered(desk, order)

    assert made["charged"]["usd"] == pytest.approx(quoted["total_cost"])
    assert made["charged"]["credits"] == quoted["credits"]["credits"]


async def test_the_run_button_asks_first_and_may_go_on(desk: Desk) -> None:
    operations = [{"provider": "ideogram", "operation_type": "image_generation", "actual_provider_name": "ideogram"}]

    answer = await desk.http.post("/api/subscription/preflight-check", json={"operations": operations})

    data = answer.json()["data"]
    assert answer.json()["success"] is True
    assert (data["can_proceed"], data["operations"][0]["allowed"]) == (True, True)
    assert data["total_cost"] == data["estimated_cost"] == data["operations"][0]["cost"] == 0.10


async def test_credits_that_do_not_suffice_answer_with_the_object_of_alwritys_dialog(house: House) -> None:
    async with house.desk(await house.workspace(credits=1)) as poor:
        answer = await poor.http.post("/api/image-studio/create", json=TEMPLATE)

    detail = answer.json()["detail"]
    assert answer.status_code == 402
    assert {"error", "message", "provider", "usage_info"} <= detail.keys()
    assert {"current_calls", "limit"} <= detail["usage_info"].keys()
