"""A picture in ALwrity's own shape, and the link to it that loads by itself."""

import base64
import struct
import time
from typing import Final
from urllib.parse import parse_qs, urlsplit

import httpx
import pytest_asyncio

from libs.common.ids import WorkspaceId
from services.gateway.domain import Links
from tests.support.desk import Desk, Json
from tests.support.house import House

PNG: Final = b"\x89PNG\r\n\x1a\n"
RESULT_FIELDS: Final = {"image_base64", "width", "height", "provider", "model", "seed", "metadata", "variation"}
REQUEST_FIELDS: Final = {
    "prompt",
    "enhanced_prompt",
    "template_id",
    "template_name",
    "provider",
    "model",
    "dimensions",
    "quality",
    "num_variations",
}


def _size(png: bytes) -> tuple[int, int]:
    assert png.startswith(PNG)
    width, height = struct.unpack(">II", png[16:24])
    return width, height


async def test_the_answer_has_alwritys_shape_and_the_exact_pixels(desk: Desk) -> None:
    answer = await desk.create(
        "a lighthouse on a cliff", provider="local", width=201, height=111, num_variations=2, seed=0
    )

    assert answer.status_code == 200, answer.text
    made = answer.json()
    assert made["success"] is True
    assert (made["total_generated"], made["total_failed"], made["errors"]) == (2, 0, [])
    assert set(made["request"]) >= REQUEST_FIELDS
    assert made["request"]["dimensions"] == "201x111"
    assert [one["variation"] for one in made["results"]] == [1, 2]
    assert [one["seed"] for one in made["results"]] == [0, 1], "an explicit 0 is a value"
    for one in made["results"]:
        assert set(one) >= RESULT_FIELDS
        assert not one["image_base64"].startswith("data:"), "this one endpoint answers raw base64"
        assert _size(base64.b64decode(one["image_base64"], validate=True)) == (201, 111)
        assert (one["width"], one["height"]) == (201, 111)
    assert made["results"][0]["image_base64"] != made["results"][1]["image_base64"]


async def test_the_same_seed_makes_the_same_picture(desk: Desk) -> None:
    first, again = [
        (await desk.create("waves at night", provider="local", seed=41, width=96, height=96)).json()["results"][0]
        for _ in range(2)
    ]

    assert first["image_base64"] == again["image_base64"]
    assert first["asset_id"] != again["asset_id"], "two orders are two assets"


async def test_a_template_fills_in_only_what_was_left_open(desk: Desk) -> None:
    body = {"prompt": "spring sale", "template_id": "instagram_feed_square", "provider": "fake"}
    left_open = (await desk.http.post("/api/image-studio/create", json=body)).json()
    wished = (await desk.http.post("/api/image-studio/create", json=body | {"quality": "standard", "width": 64})).json()

    assert left_open["request"]["dimensions"] == "1080x1080"
    assert left_open["request"]["template_name"]
    assert wished["request"]["dimensions"] == "64x64"
    assert wished["request"]["quality"] == "standard", "an explicit «standard» is a wish like any other"


async def test_enhancement_is_told_and_can_be_switched_off(desk: Desk) -> None:
    on = (await desk.create("a fox", style_preset="watercolor")).json()
    off = (await desk.create("a fox", style_preset="watercolor", enhance_prompt=False)).json()

    assert on["request"]["enhanced_prompt"].startswith("a fox, ")
    assert off["request"]["enhanced_prompt"] is None


async def test_an_estimate_is_what_the_order_then_costs(desk: Desk) -> None:
    asked = {"provider": "fake", "num_images": 3}
    estimate = (await desk.http.post("/api/image-studio/estimate-cost", json=asked)).json()
    made = (await desk.create("a fox", num_variations=3)).json()

    assert (estimate["currency"], estimate["estimated"], estimate["resolution"]) == ("USD", True, "default")
    assert estimate["total_cost"] == made["charged"]["usd"] == 0.12
    assert estimate["credits"]["credits"] == made["charged"]["credits"] == 12


async def test_an_estimate_has_a_number_for_every_name_that_alwritys_screen_knows(desk: Desk) -> None:
    for provider in ("auto", "stability", "wavespeed", "huggingface", "gemini", "ideogram", "qwen"):
        answer = await desk.http.post("/api/image-studio/estimate-cost", json={"provider": provider})
        assert answer.status_code == 200, answer.text
        assert isinstance(answer.json()["total_cost"], float)


@pytest_asyncio.fixture
async def linked(desk: Desk) -> Json:
    """One result with a link in place of its bytes."""
    made = (await desk.create("a lighthouse", provider="local", response_format="url", width=128, height=96)).json()
    result: Json = made["results"][0]
    assert result["image_base64"] is None
    return result


async def _get(house: House, url: str, method: str = "GET", **headers: str) -> httpx.Response:
    """As an <img> does: no credential."""
    async with httpx.AsyncClient(base_url=house.url, trust_env=False) as browser:
        return await browser.request(
            method, url, headers={name.replace("_", "-"): text for name, text in headers.items()}
        )


async def test_a_link_loads_by_itself_and_can_be_kept(house: House, linked: Json) -> None:
    answer = await _get(house, linked["file_url"])

    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/png"
    assert _size(answer.content) == (128, 96)
    assert answer.headers["etag"] == f'"{linked["metadata"]["content_hash"]}"'
    assert "private" in answer.headers["cache-control"]
    again = await _get(house, linked["file_url"], If_None_Match=answer.headers["etag"])
    assert (again.status_code, again.content) == (304, b"")
    head = await _get(house, linked["file_url"], "HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["content-length"] == str(len(answer.content))


async def test_a_link_gives_one_range_or_says_that_there_is_none(house: House, linked: Json) -> None:
    url = linked["file_url"]
    whole = (await _get(house, url)).content
    size = len(whole)
    for wanted, part in (("0-0", whole[:1]), ("8-", whole[8:]), ("-4", whole[-4:]), (f"5-{size * 2}", whole[5:])):
        answer = await _get(house, url, Range=f"bytes={wanted}")
        assert (answer.status_code, answer.content) == (206, part), wanted
        assert answer.headers["content-range"].endswith(f"/{size}")
    for wanted in (f"{size}-", "5-2", "-0", "99999999999-"):
        refused = await _get(house, url, Range=f"bytes={wanted}")
        assert (refused.status_code, refused.json()["code"]) == (416, "range_not_satisfiable"), wanted
        assert refused.headers["content-range"] == f"bytes */{size}"
    many = await _get(house, url, Range="bytes=" + ",".join(f"{n}-{n}" for n in range(1_000)))
    assert (many.status_code, many.content) == (200, whole), "more than one range is not asked for in earnest"


async def test_a_link_that_was_changed_or_has_expired_answers_like_a_random_one(house: House, linked: Json) -> None:
    parts = urlsplit(linked["file_url"])
    until = parse_qs(parts.query)["until"][0]
    _, _, workspace, sha256, name = parts.path.split("/")
    changed = [
        linked["file_url"][:-1] + ("A" if linked["file_url"][-1] != "A" else "B"),
        linked["file_url"].replace(f"until={until}", f"until={int(until) + 1}"),
        linked["file_url"].replace(f"until={until}", "until=1"),
        linked["file_url"].replace("kind=png", "kind=webp"),
        linked["file_url"].replace(name, "other.png"),
        linked["file_url"].replace(workspace, "00000000-0000-7000-8000-000000000000"),
        linked["file_url"].replace(sha256, "0" * 64),
        linked["file_url"].replace(sha256, "../../" + sha256),
        parts.path,
        f"{parts.path}?kind=png&until=x&signature=y",
        linked["file_url"] + "&signature=again",
        linked["file_url"] + "&until=99999999999999999999999999",
    ]
    answers = [await _get(house, url) for url in changed]
    bodies = {str({k: v for k, v in answer.json().items() if k != "request_id"}) for answer in answers}
    assert [answer.status_code for answer in answers] == [404] * len(changed)
    assert len(bodies) <= 2, bodies  # the path with dots is no file address at all


async def test_a_link_that_we_signed_is_dead_after_its_end(house: House, linked: Json) -> None:
    _, _, workspace, sha256, name = urlsplit(linked["file_url"]).path.split("/")
    links = Links(house.url, house.secret, life_s=60)
    alive, dead = (
        links.url(WorkspaceId(workspace), sha256, name, "image/png", now_s=now_s)
        for now_s in (int(time.time()), int(time.time()) - 180)
    )

    assert (await _get(house, alive)).status_code == 200
    assert (await _get(house, dead)).status_code == 404


async def test_a_link_lives_as_long_as_it_says(house: House, desk: Desk) -> None:
    url = house.gateway("short-links", link_life_s="60")
    async with house.desk(desk.workspace, url) as other:
        made = (await other.create("a fox", response_format="url")).json()
    link = made["results"][0]["file_url"]
    until = int(parse_qs(urlsplit(link).query)["until"][0])
    answer = await _get(house, link)
    house.stop("short-links")

    seconds = int(answer.headers["cache-control"].partition("max-age=")[2].partition(",")[0])
    assert 60 <= seconds <= 120
    assert until % 60 == 0
