"""A conversation about a picture: every instruction works on the last result, and going back costs nothing."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Final

import httpx
import pytest
import pytest_asyncio

from tests.e2e.edits.ordering import (
    ASSETS,
    ASYNC,
    EDIT,
    SIZE,
    asset,
    b64,
    hole,
    picture_of,
    still_life,
)
from tests.simulators.wavespeed.behaviours import Behaviour as WaveSpeed
from tests.support.desk import Desk, Json
from tests.support.house import House
from tests.support.pictures import file_of

SESSIONS: Final = f"{EDIT}/sessions"
QWEN: Final = {"provider": "wavespeed", "model": "qwen-edit"}
"""2 credits an instruction."""
SEEDREAM: Final = {"provider": "wavespeed", "model": "seedream-v4.5-edit"}
"""4 credits."""
OFFLINE: Final = {"provider": "local"}


class Talk:
    """One customer's conversation."""

    def __init__(self, desk: Desk, session_id: str) -> None:
        self.desk = desk
        self.path = f"{SESSIONS}/{session_id}"

    async def post(self, call: str, body: Json | None = None, **headers: str) -> httpx.Response:
        return await self.desk.http.post(f"{self.path}/{call}", json=body, headers=headers)

    async def say(self, prompt: str, **fields: object) -> Json:
        """An instruction that must succeed, and its answer."""
        answer = await self.post("instructions", {"prompt": prompt, **fields})
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def moved(self, where: str) -> Json:
        """Undo or redo, which must succeed."""
        answer = await self.post(where)
        assert answer.status_code == 200, answer.text
        told: Json = answer.json()
        return told

    async def view(self) -> Json:
        """As it stands."""
        return await self.desk.get(self.path)


@pytest_asyncio.fixture
async def talk(desk: Desk) -> AsyncIterator[Talk]:
    """A conversation that has just begun."""
    answer = await desk.http.post(SESSIONS, json={"image_base64": b64(still_life()), "title": "The ball"})
    assert answer.status_code == 201, answer.text
    yield Talk(desk, answer.json()["id"])


def _stands(session: Json) -> tuple[str, bool, bool, bool]:
    return session["current"]["asset_id"], session["can_undo"], session["can_redo"], session["running"]


async def test_it_begins_with_the_picture_and_nothing_done(talk: Talk) -> None:
    session = await talk.view()

    assert session["title"] == "The ball"
    assert session["origin"] == session["current"]
    assert (session["origin"]["width"], session["origin"]["height"]) == SIZE
    assert _stands(session) == (session["origin"]["asset_id"], False, False, False)
    assert (session["steps"], session["spent"]["millicredits"]) == ([], 0)
    assert (await talk.desk.http.get(session["origin"]["file_url"])).status_code == 200
    for where, code in (("undo", "nothing_to_undo"), ("redo", "nothing_to_redo")):
        refused = await talk.post(where)
        assert (refused.status_code, refused.json()["code"]) == (409, code)


async def test_five_instructions_with_two_undos_a_redo_and_a_branch(talk: Talk) -> None:
    origin = (await talk.view())["origin"]["asset_id"]

    one = await talk.say("make it warmer", **QWEN)  # 2 credits, from the picture
    two = await talk.say("add a boat", **SEEDREAM)  # 4, from one
    three = await talk.say("remove the boat", **QWEN)  # 2, from two
    back = await talk.moved("undo")
    assert _stands(back) == (two["asset_id"], True, True, False)
    four = await talk.say("black and white", **OFFLINE)  # free, from two: a branch
    five = await talk.say("", operation="adjust", options={"rotate": "90"})  # free, from four
    again = await talk.moved("undo")
    assert _stands(again) == (four["asset_id"], True, True, False)
    forward = await talk.moved("redo")

    assert _stands(forward) == (five["asset_id"], True, False, False)
    made = [one, two, three, four, five]
    charges = [2_000, 4_000, 2_000, 0, 0]
    parents = [origin, one["asset_id"], two["asset_id"], two["asset_id"], four["asset_id"]]
    assert [told["charged"]["millicredits"] for told in made] == charges
    assert [told["metadata"]["parent_asset_id"] for told in made] == parents
    session = await talk.view()
    assert session["spent"]["credits"] == 8
    steps = session["steps"]
    assert [step["job_id"] for step in steps] == [told["job_id"] for told in made]
    assert [step["picture"]["asset_id"] for step in steps] == [told["asset_id"] for told in made]
    assert [step["charged"]["millicredits"] for step in steps] == charges
    assert [step["current"] for step in steps] == [False, False, False, False, True]
    before = [None, one["job_id"], two["job_id"], two["job_id"], four["job_id"]]
    assert [step["previous_job_id"] for step in steps] == before
    assert (five["width"], five["height"]) == SIZE[::-1]
    await _archived(talk.desk, origin, made, parents)
    exact = (await talk.desk.balance())["exact"]
    assert exact == {"available": 992_000, "reserved": 0, "total": 992_000}


async def _archived(desk: Desk, origin: str, made: list[Json], parents: list[str]) -> None:
    """Each version is an asset with its parent and the cost of all its making; the beginning is one, too."""
    rows = [await asset(desk, told["asset_id"]) for told in made]
    assert [row["parent_asset_id"] for row in rows] == parents
    assert [row["asset_metadata"]["chain_credits"] for row in rows] == [2, 6, 8, 6, 6]
    first = await asset(desk, origin)
    assert (first["asset_metadata"]["operation"], first["parent_asset_id"]) == ("upload", None)
    assert (await desk.get(ASSETS))["total"] == 6


async def test_undo_reaches_the_beginning_and_redo_the_end(talk: Talk) -> None:
    origin = (await talk.view())["origin"]["asset_id"]
    made = [await talk.say(words, **OFFLINE) for words in ("brighter", "more contrast")]

    back = [_stands(await talk.moved("undo")) for _ in made]
    forth = [_stands(await talk.moved("redo")) for _ in made]

    first, second = (told["asset_id"] for told in made)
    assert back == [(first, True, True, False), (origin, False, True, False)]
    assert forth == [(first, True, True, False), (second, True, False, False)]
    assert (await talk.post("redo")).json()["code"] == "nothing_to_redo"


async def test_after_a_branch_redo_goes_where_the_last_instruction_went(talk: Talk) -> None:
    await talk.say("brighter", **OFFLINE)
    await talk.moved("undo")
    newer = await talk.say("darker", **OFFLINE)
    await talk.moved("undo")

    assert (await talk.moved("redo"))["current"]["asset_id"] == newer["asset_id"]


async def test_an_instruction_works_on_the_last_result_and_not_on_the_beginning(talk: Talk) -> None:
    cut = await talk.say("", operation="adjust", options={"crop": [0.0, 0.0, 0.5, 0.5]})
    turned = await talk.say("", operation="adjust", options={"rotate": "90"})

    assert (cut["width"], cut["height"]) == (SIZE[0] // 2, SIZE[1] // 2)
    assert picture_of(turned).tobytes() == picture_of(cut).rotate(-90, expand=True).tobytes()


async def test_a_cut_out_keeps_its_transparency_through_the_conversation(talk: Talk) -> None:
    await talk.say("", operation="remove_background", provider="stability")

    turned = await talk.say("", operation="adjust", options={"flip": "horizontal"})

    assert picture_of(turned).mode == "RGBA"


@pytest.mark.parametrize("kind", ["jpeg", "webp"])
async def test_a_step_in_another_type_of_file_is_worked_on_like_any_other(talk: Talk, kind: str) -> None:
    first = await talk.say("", operation="adjust", options={"brightness": 0.2}, output_format=kind)

    second = await talk.say("add a boat", **QWEN)
    third = await talk.say("", operation="erase", provider="local", mask_base64=b64(hole()))

    assert picture_of(first).format == kind.upper()
    assert [told["metadata"]["parent_asset_id"] for told in (second, third)] == [first["asset_id"], second["asset_id"]]
    assert picture_of(second).size == picture_of(third).size == SIZE
    rows = [await asset(talk.desk, told["asset_id"]) for told in (first, second, third)]
    assert [row["mime_type"] for row in rows] == [f"image/{kind}", "image/png", "image/png"]


async def test_while_an_instruction_runs_nothing_else_is_taken_and_it_ends_as_the_next_step(
    house: House, talk: Talk
) -> None:
    await house.vendor("wavespeed").next(WaveSpeed.SLOW, seconds=1.5)
    accepted = await talk.post("instructions", {"prompt": "add a boat", **QWEN}, **ASYNC)
    assert accepted.status_code == 202

    refused = await talk.post("instructions", {"prompt": "brighter", **OFFLINE})
    moved = await talk.post("undo")
    running = await talk.view()

    assert (refused.status_code, refused.json()["code"]) == (409, "session_busy")
    assert refused.headers["retry-after"] == "1"
    assert refused.json()["facts"]["job_id"] == accepted.json()["id"]
    assert moved.status_code == 409
    assert (running["running"], running["can_undo"], running["spent"]["credits"]) == (True, False, 0)
    job = await talk.desk.until(accepted.json()["id"], "succeeded")
    after = await talk.view()
    assert _stands(after) == (job["results"][0]["asset_id"], True, False, False)
    assert after["spent"]["credits"] == 2


async def test_an_instruction_that_fails_moves_nothing_and_costs_nothing(house: House, talk: Talk) -> None:
    first = await talk.say("brighter", **OFFLINE)
    await house.vendor("wavespeed").next(WaveSpeed.FAILED_5000)

    failed = await talk.post("instructions", {"prompt": "add a boat", **QWEN})

    assert failed.status_code == 424, failed.text
    session = await talk.view()
    assert _stands(session) == (first["asset_id"], True, False, False)
    assert [step["state"] for step in session["steps"]] == ["succeeded", "failed"]
    assert session["steps"][1]["picture"] is None
    assert session["spent"]["credits"] == 0
    next_one = await talk.say("more contrast", **OFFLINE)
    assert next_one["metadata"]["parent_asset_id"] == first["asset_id"]


async def test_a_refused_instruction_leaves_no_step(talk: Talk) -> None:
    refused = await talk.post("instructions", {"operation": "erase"})

    assert (refused.status_code, refused.json()["facts"]["field"]) == (400, "mask")
    assert (await talk.view())["steps"] == []


async def test_the_same_key_twice_is_one_step_and_one_charge(talk: Talk) -> None:
    body: Json = {"prompt": "add a boat", **QWEN}
    key = {"Idempotency-Key": "boat"}

    first = await talk.post("instructions", body, **key)
    second = await talk.post("instructions", body, **key)
    other = await talk.post("instructions", {**body, "prompt": "add a ship"}, **key)

    assert (first.status_code, second.status_code) == (200, 200)
    assert second.headers["idempotent-replayed"] == "true"
    assert second.json()["asset_id"] == first.json()["asset_id"]
    assert (other.status_code, other.json()["code"]) == (422, "idempotency_key_reused")
    session = await talk.view()
    assert (len(session["steps"]), session["spent"]["credits"]) == (1, 2)
    assert (await talk.desk.balance())["available"] == 998


async def test_two_instructions_at_once_are_one_step_and_one_charge(talk: Talk) -> None:
    """Whoever clicks twice has not asked for two pictures."""
    body: Json = {"prompt": "add a boat", **QWEN}

    answers = await asyncio.gather(*(talk.post("instructions", body) for _ in range(4)))

    assert sorted(answer.status_code for answer in answers) == [200, 409, 409, 409]
    session = await talk.view()
    assert (len(session["steps"]), session["spent"]["credits"]) == (1, 2)


async def test_a_key_is_good_for_its_own_conversation_only(talk: Talk) -> None:
    """The same words in another conversation are another instruction."""
    body: Json = {"prompt": "brighter", **OFFLINE}
    key = {"Idempotency-Key": "once"}
    await talk.post("instructions", body, **key)
    other = await talk.desk.http.post(SESSIONS, json={"image_base64": b64(still_life(seed=2))})
    another = Talk(talk.desk, other.json()["id"])

    answer = await another.post("instructions", body, **key)

    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")
    assert (await another.view())["steps"] == []


async def test_a_mask_and_a_form_are_taken_in_a_conversation_too(talk: Talk) -> None:
    files: dict[str, Any] = {"mask": ("mask.png", file_of(hole()), "image/png")}
    data = {"operation": "erase", "provider": "local", "options": '{"grow_mask": 2}'}

    answer = await talk.desk.http.post(f"{talk.path}/instructions", files=files, data=data)

    assert answer.status_code == 200, answer.text
    assert answer.json()["session"]["steps"][0]["operation"] == "erase"


async def test_a_conversation_is_its_workspaces_own(house: House, talk: Talk) -> None:
    async with house.desk(await house.workspace()) as stranger:
        theirs = Talk(stranger, talk.path.rpartition("/")[2])
        answers = [
            await stranger.http.get(theirs.path),
            await theirs.post("instructions", {"prompt": "brighter"}),
            await theirs.post("undo"),
            await theirs.post("redo"),
        ]
        assert [answer.status_code for answer in answers] == [404] * 4
        assert (await stranger.get(SESSIONS))["sessions"] == []


async def test_conversations_are_listed_newest_first_and_can_begin_with_an_asset(talk: Talk) -> None:
    made = await talk.say("brighter", **OFFLINE)
    answer = await talk.desk.http.post(SESSIONS, json={"asset_id": made["asset_id"]})
    assert answer.status_code == 201, answer.text
    begun = answer.json()

    listed = (await talk.desk.get(SESSIONS, limit=10))["sessions"]

    assert [one["id"] for one in listed] == [begun["id"], talk.path.rpartition("/")[2]]
    assert begun["origin"]["asset_id"] == made["asset_id"]
    further = await Talk(talk.desk, begun["id"]).say("more contrast", **OFFLINE)
    assert further["metadata"]["parent_asset_id"] == made["asset_id"]
