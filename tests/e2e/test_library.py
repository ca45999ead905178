"""Every delivered picture is in the library, and can be found there as ALwrity's screens look for it."""

import asyncio
from datetime import timedelta
from typing import Final

from libs.common.clock import SystemClock
from tests.support.desk import Desk, Json, eventually

ASSETS: Final = "/api/content-assets"
FIELDS: Final = {
    "id",
    "user_id",
    "asset_type",
    "source_module",
    "filename",
    "file_url",
    "file_path",
    "file_size",
    "mime_type",
    "title",
    "description",
    "prompt",
    "tags",
    "asset_metadata",
    "provider",
    "model",
    "cost",
    "generation_time",
    "is_favorite",
    "download_count",
    "share_count",
    "created_at",
    "updated_at",
}


async def _found(desk: Desk, **query: str | int) -> list[str]:
    page = await desk.get(ASSETS + "/", **query)
    assert page["total"] == len(page["assets"])
    return sorted(asset["title"] for asset in page["assets"])


async def _has_thumbnail(desk: Desk) -> bool:
    return (await desk.get(ASSETS))["assets"][0]["thumbnail_url"] is not None


async def test_a_delivered_picture_is_in_the_library_when_its_job_has_succeeded(desk: Desk) -> None:
    made = (await desk.create("A red fox in snow", seed=5, style_preset="watercolor")).json()

    async def has_its_thumbnail() -> bool:
        return bool((await desk.get(ASSETS))["assets"][0]["thumbnail_url"])

    await eventually(has_its_thumbnail)
    with_slash = await desk.get(ASSETS + "/")
    without = await desk.get(ASSETS)

    assert with_slash == without
    assert (with_slash["total"], with_slash["limit"], with_slash["offset"]) == (1, 100, 0)
    [asset] = with_slash["assets"]
    assert set(asset) >= FIELDS
    assert isinstance(asset["id"], int)
    assert (asset["asset_type"], asset["source_module"]) == ("image", "image_studio")
    assert (asset["cost"], asset["credits"]) == (0.04, 4)
    assert asset["asset_metadata"]["status"] == "completed"
    assert asset["asset_metadata"]["seed"] == asset["recipe"]["seed"] == 5
    assert asset["job_id"] == made["job_id"]
    by_number, by_id = await asyncio.gather(
        desk.get(f"{ASSETS}/{asset['id']}"), desk.get(f"{ASSETS}/{asset['asset_id']}")
    )
    assert by_number == by_id == asset


async def test_the_recipe_makes_the_same_picture_again(desk: Desk) -> None:
    await desk.create("a red fox in snow", provider="local", num_variations=2)
    asset = next(one for one in (await desk.get(ASSETS))["assets"] if one["recipe"]["variation"] == 2)

    recipe = asset["recipe"]
    same = {name: recipe[name] for name in ("seed", "width", "height", "provider", "style_preset", "quality")}
    again = (await desk.create(recipe["prompt"], **same)).json()

    assert again["results"][0]["metadata"]["content_hash"] == asset["asset_metadata"]["content_hash"]


async def test_a_thumbnail_and_a_placeholder_follow(desk: Desk) -> None:
    await desk.create("a red fox", provider="local", width=512, height=512)
    await eventually(lambda: _has_thumbnail(desk))

    [asset] = (await desk.get(ASSETS))["assets"]
    thumbnail = await desk.http.get(asset["thumbnail_url"], headers={"Authorization": ""})

    assert thumbnail.headers["content-type"] == "image/webp"
    assert thumbnail.content[8:12] == b"WEBP"
    assert len(thumbnail.content) < asset["file_size"]
    assert asset["placeholder"]


async def test_the_words_of_a_search_must_all_occur_somewhere(desk: Desk) -> None:
    for prompt in ("Red fox in snow", "Red house", "100% wool_scarf"):
        assert (await desk.create(prompt)).status_code == 200
    number = str((await desk.get(ASSETS, search="house"))["assets"][0]["id"])

    assert await _found(desk, search="red") == ["Red fox in snow", "Red house"]
    assert await _found(desk, search="snow RED") == ["Red fox in snow"]
    assert await _found(desk, search="red fake house") == ["Red house"], "the provider is searched too"
    assert await _found(desk, search=f"house {number}") == ["Red house"], "and the id"
    assert await _found(desk, search="100% wool_") == ["100% wool_scarf"]
    assert await _found(desk, search="1__%") == [], "wildcards are letters here"
    assert await _found(desk, search="'; drop table assets;--") == []
    assert await _found(desk, search="   ") == ["100% wool_scarf", "Red fox in snow", "Red house"]


async def test_filters_narrow_the_list_together(desk: Desk) -> None:
    made = (await desk.create("a fox", provider="local")).json()
    await desk.create("a house", style_preset="anime")
    now = SystemClock().now()
    today, tomorrow = f"{now:%Y-%m-%d}", f"{now + timedelta(days=2):%Y-%m-%d}"
    just_now = f"{now - timedelta(minutes=5):%Y-%m-%dT%H:%M:%SZ}"

    assert await _found(desk, asset_type="image", source_module="image_studio") == ["a fox", "a house"]
    assert await _found(desk, asset_type="video") == []
    assert await _found(desk, provider="local") == ["a fox"]
    assert await _found(desk, model="fake") == ["a house"]
    assert await _found(desk, tags="anime,nothing") == ["a house"]
    assert await _found(desk, job_id=made["job_id"]) == ["a fox"]
    assert await _found(desk, favorites_only="true") == []
    assert await _found(desk, status="completed") == ["a fox", "a house"]
    assert await _found(desk, status="failed") == []
    assert await _found(desk, date_from=just_now, date_to=tomorrow) == ["a fox", "a house"]
    assert await _found(desk, date_from=tomorrow) == []
    if SystemClock().now().date() == now.date():
        assert await _found(desk, date_from=today, date_to=today) == ["a fox", "a house"], "a day is its whole length"


async def test_pages_do_not_overlap_and_follow_the_order_asked_for(desk: Desk) -> None:
    await desk.create("b fox", num_variations=2)
    await desk.create("a fox", provider="local")

    pages: list[Json] = [await desk.get(ASSETS + "/", limit=2, offset=offset) for offset in (0, 2, 4)]

    assert [page["total"] for page in pages] == [3, 3, 3]
    listed = [asset["id"] for page in pages for asset in page["assets"]]
    assert len(set(listed)) == 3
    assert listed == sorted(listed, reverse=True), "newest first"
    cheapest = await desk.get(ASSETS + "/", sort_by="cost", sort_order="asc", limit=1)
    assert cheapest["assets"][0]["title"] == "a fox"
    titles = await desk.get(ASSETS + "/", sort_by="title", sort_order="asc")
    assert [asset["title"] for asset in titles["assets"]] == ["a fox", "b fox", "b fox"]
