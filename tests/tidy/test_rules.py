"""Each rule of the house can fail: shown on small bad samples, and left alone by good ones."""

import pytest

from tests.tidy import rules


def test_what_grows_past_the_limit_is_told_and_so_is_a_row_that_is_no_longer_needed() -> None:
    assert rules.too_long({"a": 70, "b": 71}, 70, {}) == ["b has 71 lines; the limit is 70: take it apart"]
    assert rules.too_long({"b": 80}, 70, {"b": 80}) == []
    assert "the limit is 80" in rules.too_long({"b": 81}, 70, {"b": 80})[0]
    assert "set its row" in rules.too_long({"b": 75}, 70, {"b": 80})[0]
    assert "or remove it" in rules.too_long({}, 70, {"gone": 80})[0]


def test_a_function_is_as_long_as_its_lines() -> None:
    text = "class A:\n    async def f(self) -> int:\n        a = 1\n        return a\n\ndef g(): ...\n"
    assert rules.function_sizes("x.py", text) == {"x.py::f": 3, "x.py::g": 1}


@pytest.mark.parametrize("word", ["TO" + "DO", "FIX" + "ME", "X" + "XX"])
def test_a_reminder_is_found(word: str) -> None:
    assert rules.reminders("x.py", f"a = 1\n# {word}: later\n") == [
        "x.py:2 puts something off: do it, or open an issue"
    ]
    assert rules.reminders("x.py", "todo = 1  # a mastodon\n") == []


@pytest.mark.parametrize("path", ["libs/utils.py", "services/x/db_helpers.py", "libs/util/a.py", "job_manager.py"])
def test_a_module_whose_name_says_nothing_is_found(path: str) -> None:
    assert len(rules.vague_names(path, "")) == 1


def test_a_class_whose_name_says_nothing_is_found() -> None:
    assert len(rules.vague_names("x.py", "class JobManager: ...\nclass PathHelper: ...\nclass Management: ...\n")) == 2


@pytest.mark.parametrize("text", ["see /home/me/notes", "open('/root/x')", "cd /work/main", "= /Users/me"])
def test_a_path_of_one_machine_is_found(text: str) -> None:
    assert len(rules.machine_paths("x.md", text)) == 1


@pytest.mark.parametrize("text", ["https://example.org/home/x", "tests/work/a.py", "GET /jobs/1", "~/work/x"])
def test_another_path_is_left_alone(text: str) -> None:
    assert rules.machine_paths("x.md", text) == []


@pytest.mark.parametrize(
    "names", [["0002_b.sql"], ["0001_a.sql", "0003_c.sql"], ["0001_a.sql", "0001_b.sql"], ["1_a.sql"], ["0001-a.sql"]]
)
def test_migrations_with_a_gap_a_double_or_a_strange_name_are_found(names: list[str]) -> None:
    assert rules.gaps("sql", names) != []
    assert rules.gaps("sql", ["0001_init.sql", "0002_more.sql"]) == []


def test_metrics_and_bad_news_of_a_module_are_found() -> None:
    text = (
        'A: Final = Counter("jobs_total", "…")\nlog.info("fine")\n_LOG.error("broken", x=1)\nlog.warning("near", a=1)\n'
    )
    assert rules.metrics(text) == {"jobs_total"}
    assert rules.metric_variables(text) == {"A"}
    assert rules.troubles(text) == {"broken", "near"}


def test_what_the_page_does_not_name_is_found() -> None:
    page = "See `jobs_total{state}` and `work.failed`; not `facts.wait.long` and not loose.words."
    assert rules.unnamed(["jobs_total", "work.failed"], page, "it") == []
    assert len(rules.unnamed(["jobs", "facts.wait", "loose.words", "work"], page, "it")) == 4


@pytest.mark.parametrize("call", ["json", "body", "form", "stream"])
def test_a_handler_that_reads_its_own_body_is_found(call: str) -> None:
    assert len(rules.own_reading("x.py", f"async def f(request):\n    return await request.{call}()\n")) == 1
    assert rules.own_reading("x.py", "async def f(request):\n    return await read_model(request, M)\n") == []


def test_a_service_without_a_floor_is_found() -> None:
    assert rules.missing_floors("x", [name for name in rules.FLOORS if name != "store.py"]) == [
        "services/x has no store.py"
    ]


def test_a_readme_that_leaves_something_out_is_found() -> None:
    good = "# x\n**Owns** rows\n**Reads** `a.b`\n**Publishes** `c.d`\nAlone: make\n"
    assert rules.readme_faults("x", good, ["a.b", "c.d"]) == []
    assert len(rules.readme_faults("x", good, ["e.f"])) == 1
    assert len(rules.readme_faults("y", good, [])) == 1
    assert len(rules.readme_faults("x", good.replace("**Reads**", "reads"), [])) == 1
    assert len(rules.readme_faults("x", good + "\n" * rules.SCREEN_LINES_MAX, [])) == 1


def test_handled_messages_are_found() -> None:
    assert rules.handled("ROUTES = (on(ImageCreated, f), on(JobFailed, g), off(Other, h))") == {
        "ImageCreated",
        "JobFailed",
    }


@pytest.mark.parametrize(
    ("pattern", "subject", "taken"),
    [
        ("image.>", "image.created", True),
        ("image.>", "image", False),
        ("image.*", "image.created", True),
        ("image.*", "image.created.now", False),
        ("credits.settled", "credits.settled", True),
        ("credits.settled", "credits.released", False),
        ("credits", "credits.released", False),
    ],
)
def test_wildcards_take_in_what_nats_lets_them(pattern: str, subject: str, taken: bool) -> None:  # noqa: FBT001
    assert rules.reaches(pattern, subject) is taken
