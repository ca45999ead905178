"""Keys and links: what we made is accepted, and nothing else."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from libs.common.ids import WorkspaceId, mint
from services.gateway.domain import KEY_CHARS, KEY_PREFIX, Links, mac_of, mint_key, well_formed

LINKS = Links("https://studio.example", "s" * 32, life_s=3_600)


def test_a_new_key_is_well_formed_and_new_each_time() -> None:
    first, second = mint_key(), mint_key()
    assert well_formed(first)
    assert well_formed(second)
    assert first != second


@given(position=st.integers(len(KEY_PREFIX), len(KEY_PREFIX) + 37), other=st.sampled_from(KEY_CHARS))
def test_a_changed_character_is_noticed_without_a_look_up(position: int, other: str) -> None:
    key = mint_key()
    changed = key[:position] + other + key[position + 1 :]
    assert well_formed(changed) == (changed == key)


@pytest.mark.parametrize(
    "text", ["", "ist_live_", "ist_test_" + "a" * 38, "x" * 10_000, mint_key() + "a", " " + mint_key()]
)
def test_other_text_is_no_key(text: str) -> None:
    assert not well_formed(text)


def test_the_stored_form_depends_on_the_secret() -> None:
    key = mint_key()
    assert mac_of(key, "a" * 32) != mac_of(key, "b" * 32)
    assert key.encode() not in mac_of(key, "a" * 32)


def link(now_s: int) -> tuple[str, str, int, str]:
    url = LINKS.url(WorkspaceId(mint()), "a" * 64, "sea.png", "image/png", now_s=now_s)
    path, _, query = url.removeprefix("https://studio.example").partition("?")
    parts = dict(part.split("=", 1) for part in query.split("&"))
    return path, parts["kind"], int(parts["until"]), parts["signature"]


def test_a_link_works_for_its_life_and_not_for_ever() -> None:
    path, kind, until, signature = link(now_s=1_000_000)
    assert LINKS.valid(path, kind, until, signature, now_s=1_000_000 + LINKS.life_s)
    assert not LINKS.valid(path, kind, until, signature, now_s=1_000_000 + 2 * LINKS.life_s + 1)


def test_the_same_link_is_given_for_a_while_so_that_browsers_can_keep_the_file() -> None:
    assert link(now_s=3_600_000)[2:3] == link(now_s=3_600_000 + LINKS.life_s - 1)[2:3]


@pytest.mark.parametrize("part", ["path", "kind", "until", "signature"])
def test_a_changed_link_does_not_work(part: str) -> None:
    path, kind, until, signature = link(now_s=0)
    path = path + "x" if part == "path" else path
    kind = "webp" if part == "kind" else kind
    until = until + 1 if part == "until" else until
    signature = signature[::-1] if part == "signature" else signature
    assert not LINKS.valid(path, kind, until, signature, now_s=0)


def test_a_link_of_another_secret_does_not_work() -> None:
    path, kind, until, signature = link(now_s=0)
    assert not replace(LINKS, secret="t" * 32).valid(path, kind, until, signature, now_s=0)
