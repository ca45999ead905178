"""No address tells one workspace anything about another: generated from the OpenAPI document, so that no new address
can be forgotten."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import pytest

from libs.common import ids
from tests.support.desk import Desk, Json
from tests.support.house import House

METHODS: Final = ("get", "post", "put", "patch", "delete")
CALLBACKS: Final = "/api/image-studio/callbacks/{service}/{provider}/{attempt_id}"
PUBLIC: Final = {"/api/image-studio/health", "/files/{workspace}/{sha256}/{name}", CALLBACKS}
"""Addresses that need no credential: the links are signed, and a vendor's call proves itself."""
NO_IDS: Final = {"/api/image-studio/platform-specs/{platform}", CALLBACKS}
"""What stands in these paths is nobody's: a platform is one for all, and a callback says the same to every forger."""
BODIES: Final = {
    "/api/image-studio/templates/{template_id}": {"name": "x", "category": "product", "width": 640, "height": 480},
    "/api/image-studio/personas/{persona_id}": {"name": "x"},
}
"""Of addresses that read a body before they look for the id."""
SAID: Final = {"/api/image-studio/edit/sessions/{session_id}/instructions": {"prompt": "brighter"}}
"""What is said to things that are there already."""
MALFORMED: Final = ("x", "1e9", "%00x", "..%2f", "-1", "'%20or%201=1--", "%7B7%7D", "A" * 300)
LISTS: Final = {
    "/api/image-studio/jobs": "jobs",
    "/api/content-assets": "assets",
    "/api/billing/statement": "entries",
}


@dataclass(frozen=True, slots=True)
class Place:
    """One method of one address, and the names in its path."""

    method: str
    path: str

    @property
    def names(self) -> list[str]:
        """What stands in braces."""
        return [part.partition("}")[0] for part in self.path.split("{")[1:]]

    def at(self, values: dict[str, str]) -> str:
        """The path with these values."""
        path = self.path
        for name in self.names:
            path = path.replace(f"{{{name}}}", values[name])
        return path


def _places(document: Json) -> Iterator[Place]:
    for path, operations in document["paths"].items():
        for method in METHODS:
            if method in operations:
                yield Place(method, path)


@pytest.fixture
async def places(desk: Desk) -> list[Place]:
    """Every method of every address that the gateway documents."""
    return list(_places(await desk.get("/openapi.json")))


def _told(body: Json) -> Json:
    return {name: value for name, value in body.items() if name != "request_id"}


async def test_foreign_random_and_malformed_ids_are_one_and_the_same_404(
    house: House, desk: Desk, places: list[Place]
) -> None:
    async with house.desk(await house.workspace()) as stranger:
        made = (await stranger.create("a fox")).json()
        asset = (await stranger.get("/api/content-assets"))["assets"][0]
        own = {
            path: (await stranger.http.post(path.rpartition("/")[0], json=body)).json()["id"]
            for path, body in BODIES.items()
        }
        begun = await stranger.http.post("/api/image-studio/edit/sessions", json={"asset_id": asset["asset_id"]})
        session = begun.json()["id"]
    foreign = {
        "job_id": made["job_id"],
        "asset_id": asset["asset_id"],
        "workspace": stranger.workspace.workspace_id,
        "sha256": made["results"][0]["metadata"]["content_hash"],
        "name": "a.png",
        "template_id": own["/api/image-studio/templates/{template_id}"],
        "persona_id": own["/api/image-studio/personas/{persona_id}"],
        "session_id": session,
    }
    random = {**{name: ids.mint() for name in foreign}, "sha256": "0" * 64}
    number = foreign | {"asset_id": str(asset["id"])}
    tried = 0
    for place in places:
        if not place.names or place.path in NO_IDS:
            continue
        assert set(place.names) <= set(foreign), f"{place}: say here what another workspace's id looks like"
        body = BODIES[place.path] if place.method == "put" else SAID.get(place.path)
        values = [foreign, random, number, *(foreign | {place.names[0]: text} for text in MALFORMED)]
        answers = [await desk.http.request(place.method, place.at(one), json=body) for one in values]
        refused = [answer for answer in answers if answer.json()["code"] != "malformed_path"]
        assert {answer.status_code for answer in refused} == {404}, place
        bodies = {
            str(_told(answer.json()))
            for answer in refused
            if answer.json()["detail"] != "There is nothing at this address."
        }
        assert len(bodies) == 1, (place, bodies)
        tried += 1
    assert tried >= 5


async def test_every_address_but_the_public_ones_asks_who_is_there(desk: Desk, places: list[Place]) -> None:
    values = dict.fromkeys(("job_id", "asset_id", "template_id", "persona_id", "session_id", "platform"), ids.mint())
    asked = [place for place in places if place.path not in PUBLIC]
    assert len(asked) >= 8
    for place in asked:
        for credential in ("", "Bearer ist_live_" + "a" * 38):
            answer = await desk.http.request(
                place.method, place.at(values), headers={"Authorization": credential}, json={"prompt": "x"}
            )
            assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated"), place


async def test_a_list_shows_nothing_of_another_workspace_whatever_cursor_is_sent(house: House, desk: Desk) -> None:
    async with house.desk(await house.workspace()) as stranger:
        theirs = (await stranger.create("a fox")).json()["job_id"]
        entry = (await stranger.get("/api/billing/statement"))["entries"][0]["id"]
    cursors: dict[str, tuple[str | int | None, ...]] = {
        "/api/image-studio/jobs": (None, theirs, "ffffffff-ffff-7fff-bfff-ffffffffffff"),
        "/api/content-assets": (None,),
        "/api/billing/statement": (None, entry, entry + 1),
    }
    for path, name in LISTS.items():
        for cursor in cursors[path]:
            page = await desk.get(path, **({} if cursor is None else {"cursor": cursor}))
            assert [one for one in page[name] if one.get("kind") != "plan"] == [], (path, cursor)
    by_job = await desk.get("/api/content-assets", job_id=theirs)
    assert by_job["total"] == 0


async def test_a_strangers_job_is_neither_stopped_nor_followed(house: House, desk: Desk) -> None:
    async with house.desk(await house.workspace()) as owner:
        job = await owner.begin("slow:0.5 a fox")
        answers = [await desk.cancel(job), await desk.http.get(f"/api/image-studio/jobs/{job}/events")]
        assert [answer.status_code for answer in answers] == [404, 404]
        assert (await owner.ended(job))["state"] == "succeeded"
