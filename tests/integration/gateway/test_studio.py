"""Templates, styles, providers, platforms, brand profiles and better prompts, over HTTP."""

from typing import Final

import pytest

from libs.common.providers.table import PROVIDERS
from tests.support.desk import Desk, Json
from tests.support.house import House

STUDIO: Final = "/api/image-studio"
NOBODY: Final = "00000000-0000-7000-8000-000000000000"
SIGNED: Final = {"webhook-id": "1", "webhook-timestamp": "1", "webhook-signature": "v3,0"}
"""The form of a vendor's signature, and nobody's."""
TEMPLATE: Final = {
    "name": "Podcast cover",
    "category": "brand_assets",
    "width": 1_500,
    "height": 1_500,
    "style_preset": "flat-vector",
    "use_cases": ["podcast episodes"],
    "prompt_prefix": "podcast artwork",
    "shared": False,
}
PERSONA: Final = {
    "name": "Lighthouse Tea",
    "voice": "calm and northern",
    "palette": ["#0A8484", "Teal", "#fff"],
    "forbidden_words": ["cheap"],
    "negative_prompt": "crowds",
}


def _ids(found: Json) -> list[str]:
    assert found["total"] == len(found["templates"])
    return [one["id"] for one in found["templates"]]


async def test_both_filters_of_templates_apply(desk: Desk) -> None:
    everything = await desk.get(f"{STUDIO}/templates")
    linkedin = await desk.get(f"{STUDIO}/templates", platform="linkedin")
    both = await desk.get(f"{STUDIO}/templates", platform="linkedin", category="product")

    assert everything["total"] == 32
    assert _ids(linkedin) == ["linkedin_post", "linkedin_post_square", "linkedin_article", "linkedin_cover"]
    assert both == {"templates": [], "total": 0}
    assert linkedin["templates"][3]["aspect_ratio"] == {
        "ratio": "5.91:1",
        "width": 1_128,
        "height": 191,
        "label": "LinkedIn Cover",
    }


async def test_templates_are_found_by_words_and_by_use(desk: Desk) -> None:
    found = await desk.get(f"{STUDIO}/templates/search", query="PORTRAIT instagram")
    advised = await desk.get(f"{STUDIO}/templates/recommend", use_case="video covers", platform="tiktok")

    assert "instagram_feed_portrait" in _ids(found)
    assert found["query"] == "PORTRAIT instagram"
    assert _ids(advised) == ["tiktok_video_cover"]
    assert advised["use_case"] == "video covers"


async def test_an_own_template_is_kept_found_changed_used_and_taken_away(desk: Desk) -> None:
    made = await desk.http.post(f"{STUDIO}/templates", json=TEMPLATE)
    own = made.json()

    assert made.status_code == 201
    assert made.headers["location"] == f"{STUDIO}/templates/{own['id']}"
    assert (own["own"], own["mine"], own["shared"]) == (True, True, False)
    assert own["aspect_ratio"] == {"ratio": "1:1", "width": 1_500, "height": 1_500, "label": "Square"}
    assert _ids(await desk.get(f"{STUDIO}/templates/search", query="podcast")) == [own["id"]]
    changed = await desk.http.put(f"{STUDIO}/templates/{own['id']}", json=TEMPLATE | {"width": 96, "height": 64})
    assert changed.json() == await desk.get(f"{STUDIO}/templates/{own['id']}")
    body = {"prompt": "a fox", "provider": "fake", "template_id": own["id"], "response_format": "url"}
    picture = (await desk.http.post(f"{STUDIO}/create", json=body)).json()
    assert (picture["request"]["dimensions"], picture["request"]["template_name"]) == ("96x64", "Podcast cover")
    estimate = await desk.http.post(f"{STUDIO}/estimate-cost", json={"provider": "fake", "template_id": own["id"]})
    assert estimate.json()["resolution"] == "96x64"
    for status in (204, 404):
        assert (await desk.http.delete(f"{STUDIO}/templates/{own['id']}")).status_code == status
    assert (await desk.get(f"{STUDIO}/templates"))["total"] == 32


async def test_the_same_template_twice_is_one_and_another_of_its_name_a_conflict(desk: Desk) -> None:
    first, again = [(await desk.http.post(f"{STUDIO}/templates", json=TEMPLATE)).json() for _ in range(2)]
    other = await desk.http.post(f"{STUDIO}/templates", json=TEMPLATE | {"width": 640})

    assert first == again
    assert other.status_code == 409
    assert "Podcast cover" in other.json()["detail"]


async def test_another_workspace_sees_neither_templates_nor_brand_profiles(house: House, desk: Desk) -> None:
    template = (await desk.http.post(f"{STUDIO}/templates", json=TEMPLATE | {"shared": True})).json()["id"]
    persona = (await desk.http.post(f"{STUDIO}/personas", json=PERSONA | {"default": True})).json()["id"]
    async with house.desk(await house.workspace()) as stranger:
        assert (await stranger.get(f"{STUDIO}/templates"))["total"] == 32
        assert await stranger.get(f"{STUDIO}/personas") == {"personas": [], "total": 0}
        for fields in ({"template_id": template}, {"use_persona": True, "persona_id": persona}, {"use_persona": True}):
            refused = await stranger.http.post(f"{STUDIO}/enhance-prompt", json={"prompt": "a fox", **fields})
            assert refused.status_code == 400, refused.text


async def test_a_brand_profile_is_kept_changed_and_taken_away(desk: Desk) -> None:
    made = await desk.http.post(f"{STUDIO}/personas", json=PERSONA)
    own = made.json()

    assert made.status_code == 201
    assert own["palette"] == ["#0a8484", "teal", "#ffffff"]
    other = (await desk.http.post(f"{STUDIO}/personas", json={"name": "Another", "default": True})).json()
    changed = await desk.http.put(f"{STUDIO}/personas/{own['id']}", json=PERSONA | {"default": True})
    assert changed.json() == own | {"default": True}
    listed = await desk.get(f"{STUDIO}/personas")
    assert [(one["name"], one["default"]) for one in listed["personas"]] == [
        ("Another", False),
        ("Lighthouse Tea", True),
    ]
    for status in (204, 404):
        assert (await desk.http.delete(f"{STUDIO}/personas/{other['id']}")).status_code == status


async def test_a_prompt_is_bettered_by_template_style_and_brand_without_a_picture(desk: Desk) -> None:
    await desk.http.post(f"{STUDIO}/personas", json=PERSONA | {"default": True})
    template = (await desk.http.post(f"{STUDIO}/templates", json=TEMPLATE)).json()["id"]
    body = {
        "prompt": "a cheap lighthouse",
        "style_preset": "watercolor",
        "template_id": template,
        "negative_prompt": "people",
        "use_persona": True,
    }

    told = (await desk.http.post(f"{STUDIO}/enhance-prompt", json=body)).json()

    better = told["enhanced_prompt"]
    assert (told["prompt"], told["enhancer"]) == ("a cheap lighthouse", "rules")
    assert better.startswith("podcast artwork")
    assert "cheap" not in better
    assert "calm and northern" in better
    assert "translucent washes" in better
    assert "people" in told["negative_prompt"]
    assert "crowds" in told["negative_prompt"]
    assert any("cheap" in note for note in told["notes"])
    assert (await desk.get("/api/content-assets"))["total"] == 0


async def test_every_provider_of_the_table_is_listed_with_models_and_prices(desk: Desk) -> None:
    listed = (await desk.get(f"{STUDIO}/providers"))["providers"]

    assert set(listed) == set(PROVIDERS)  # the test provider is set up here
    stability = listed["stability"]
    assert "stability-ultra" in stability["models"]
    assert stability["max_resolution"] == [1_920, 1_920]
    ultra = next(one for one in stability["models_detail"] if one["model"] == "stability-ultra")
    assert (ultra["price"]["credits"], ultra["aliases"], ultra["available"]) == (8, ["ultra"], True)
    assert listed["local"]["cost_range"] == "free"
    for one in listed.values():
        assert one["available"] == (one["why_not"] is None)


@pytest.mark.parametrize(
    ("platform", "name", "first", "size", "limit"),
    [
        ("instagram", "Instagram", "Feed Post (Square)", "1080x1080", "30MB"),
        ("twitter", "Twitter/X", "Post", "1200x675", "5MB"),
        ("linkedin", "LinkedIn", "Feed Post", "1200x628", "8MB"),
        ("youtube", "YouTube", "Thumbnail", "1280x720", "2MB"),
    ],
)
async def test_a_platform_tells_what_it_takes(
    desk: Desk, platform: str, name: str, first: str, size: str, limit: str
) -> None:
    told = await desk.get(f"{STUDIO}/platform-specs/{platform}")

    assert (told["name"], told["max_file_size"]) == (name, limit)
    assert (told["formats"][0]["name"], told["formats"][0]["size"]) == (first, size)


async def test_every_style_is_listed_once(desk: Desk) -> None:
    told = await desk.get(f"{STUDIO}/styles")

    assert told["total"] == len({one["name"] for one in told["styles"]}) == 46
    assert [one["name"] for one in told["styles"] if "stability" in one["native_at"]][:2] == [
        "photographic",
        "digital-art",
    ]


async def test_without_the_create_service_what_it_keeps_is_put_off_and_the_rest_goes_on(
    house: House, desk: Desk
) -> None:
    forms = {"template": TEMPLATE, "persona": PERSONA, "prompt": {"prompt": "a fox"}}
    house.stop("create")
    try:
        put_off = [
            await desk.http.get(f"{STUDIO}/templates"),
            await desk.http.get(f"{STUDIO}/templates/blog_header"),
            await desk.http.get(f"{STUDIO}/personas"),
            await desk.http.get(f"{STUDIO}/providers"),
            await desk.http.post(f"{STUDIO}/templates", json=forms["template"]),
            await desk.http.post(f"{STUDIO}/personas", json=forms["persona"]),
            await desk.http.post(f"{STUDIO}/enhance-prompt", json=forms["prompt"]),
            await desk.http.post(
                f"{STUDIO}/callbacks/create/wavespeed/{NOBODY}", params={"mac": "0" * 22}, headers=SIGNED
            ),
        ]
        for answer in put_off:
            assert answer.status_code == 503, (answer.request.url, answer.text)
            assert int(answer.headers["retry-after"]) >= 1
        assert (await desk.get(f"{STUDIO}/styles"))["total"] == 46
        assert (await desk.get(f"{STUDIO}/platform-specs/tiktok"))["name"] == "TikTok"
    finally:
        house.again("create")


async def test_a_vendors_call_without_its_proof_is_told_the_same_whatever_it_names(desk: Desk) -> None:
    mac = "0" * 22
    paths = (
        f"create/wavespeed/{NOBODY}?mac={mac}",
        f"create/nobody/{NOBODY}?mac={mac}",
        f"create/wavespeed/x?mac={mac}",
        f"create/local/{NOBODY}",
        f"edit/stability/{NOBODY}?mac={mac}",
        f"billing/wavespeed/{NOBODY}?mac={mac}",
    )
    told = [
        await desk.http.post(f"{STUDIO}/callbacks/{path}", content=b"anything", headers=headers)
        for path in paths
        for headers in (SIGNED, {})
    ]

    assert {answer.status_code for answer in told} == {401}
    assert len({answer.json()["detail"] for answer in told}) == 1
