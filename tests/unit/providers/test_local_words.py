"""How the offline engine reads a prompt: subjects, moods, colours, quotes, and what is ruled out."""

import pytest

from libs.common.providers.local.palettes import TABLE as PALETTES
from libs.common.providers.local.scenes.table import TABLE as SCENES
from libs.common.providers.local.styles import TABLE as STYLES
from libs.common.providers.local.vocabulary.beyond import BEYOND
from libs.common.providers.local.vocabulary.moods import MOOD_SCENES, MOOD_WEIGHTS, MOODS, WEATHERS
from libs.common.providers.local.vocabulary.names import NAMES
from libs.common.providers.local.vocabulary.reading import read
from libs.common.providers.local.vocabulary.subjects import BROAD, SCENE_MOODS, STRONG
from libs.common.providers.local.vocabulary.subjects import SCENES as SUBJECTS
from libs.common.providers.local.weather import OUTDOORS
from libs.common.providers.local.weather import TABLE as PAINTED_WEATHERS


@pytest.mark.parametrize(("scene", "word"), [(s, w) for s, row in SUBJECTS.items() for w in row.split(", ")])
def test_every_scene_is_reached_by_its_words(scene: str, word: str) -> None:
    first = next(name for name, row in SUBJECTS.items() if word in row.split(", "))
    assert read(f"a {word}, very nice").scene == first
    assert scene in SCENES


@pytest.mark.parametrize("mood", sorted(MOODS))
def test_every_mood_is_a_palette_and_is_reached(mood: str) -> None:
    assert mood in PALETTES
    assert any(read(word).mood == mood for word in MOODS[mood].split(", "))


def test_the_tables_name_only_what_exists() -> None:
    assert set(SUBJECTS) == set(SCENES) == set(SCENE_MOODS) == set(NAMES)
    assert {mood for moods in SCENE_MOODS.values() for mood in moods} <= set(PALETTES)
    assert {style.scene for style in STYLES.values()} - {None} <= set(SCENES)
    assert {style.palette for style in STYLES.values()} - {None} <= set(PALETTES)
    assert {kind.scene for kind in BEYOND} - {None} <= set(SCENES)
    assert set(MOOD_SCENES) | set(MOOD_WEIGHTS) <= set(PALETTES)
    assert set(MOOD_SCENES.values()) <= set(SCENES)
    assert set(WEATHERS) == set(PAINTED_WEATHERS)
    assert set(SCENES) >= OUTDOORS
    known = {word for row in SUBJECTS.values() for word in row.split(", ")}
    assert STRONG | set(BROAD.split(", ")) <= known


@pytest.mark.parametrize(
    ("prompt", "scene"),
    [
        ("A calm mountain lake at dawn", "lake"),
        ("Desk flat lay for remote work", "desk"),
        ("skincare product podium", "podium"),
        ("coral reef underwater with bubbles", "underwater"),
        ("northern lights over pine trees", "aurora"),
        ("abstract technology background with circuit board", "circuit"),
        ("a landscape with rolling hills", "hills"),
        ("header for a page about our workspace", "desk"),
    ],
)
def test_clear_words_lead_before_broad_ones(prompt: str, scene: str) -> None:
    assert read(prompt).scene == scene


@pytest.mark.parametrize(
    ("prompt", "mood", "colours"),
    [
        ("calm ocean at sunset", "sunset", 0),
        ("snowy peaks at night", "night", 0),
        ("golden hour over the city", "golden", 0),
        ("navy blue and gold gala", "luxury", 2),
        ("misty pine forest in autumn", "autumn", 0),
        ("tropical beach", "tropical", 0),
    ],
)
def test_phrases_and_the_time_of_day_lead(prompt: str, mood: str, colours: int) -> None:
    reading = read(prompt)
    assert (reading.mood, len(reading.colours)) == (mood, colours)


@pytest.mark.parametrize(
    ("prompt", "quoted"),
    [
        ('a card "Hello"', ("Hello",)),
        ('"Summer sale" then "50% off" and "Shop now"', ("Summer sale", "50% off", "Shop now")),
        ("plakat „Grüß Gott“", ("Grüß Gott",)),
        ("affiche «Bonne année» et »Prosit«", ("Bonne année", "Prosit")),
        ("a sign “It’s open”", ("It’s open",)),
        ("a poster ‘don’t panic’", ("don’t panic",)),
        ("a poster 'don't panic' on a wall", ("don't panic",)),
        ("the dog's bone and the cat's toy", ()),
        ('a 27" screen beside a 32" one', ()),
        ('"\n\t"', ()),
        ('"e\u0301te\u0301"', ("été",)),
        ("no quotes at all", ()),
    ],
)
def test_quotes_of_many_kinds_are_found_and_apostrophes_are_not(prompt: str, quoted: tuple[str, ...]) -> None:
    assert read(prompt).quoted == quoted


def test_hex_codes_of_both_lengths_are_colours() -> None:
    assert read("waves in #1A73E8 and #fb0").colours == ("#1A73E8", "#ffbb00")


def test_what_a_prompt_rules_out_is_no_subject() -> None:
    reading = read("a forest without people, no text", "fog, ugly")
    assert reading.scene == "forest"
    assert reading.beyond == ()
    assert {"people", "text", "fog"} <= reading.without
    assert read('a card "Hello", no text').silenced
    assert not read('a card "Hello"').silenced
