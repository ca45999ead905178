"""Language models over real HTTP: what is sent, what is read, and every way in which nothing usable comes."""

import gzip
import json
import time
from collections.abc import AsyncIterator

import httpx
import pytest
import pytest_asyncio
from pydantic import SecretStr, ValidationError

from libs.common.prompting.writers import ANSWER_MAX_BYTES, Writer, WriterFailed, WriterSettings, writer_of
from tests.unit.prompting.model_server import Answer, ModelServer, Says, chat, generated, running

KEY = "sk-very-secret"
KINDS = ("gemini", "huggingface", "openai_compatible")
SAYS: dict[str, Says] = {"gemini": generated, "huggingface": chat, "openai_compatible": chat}
each_kind = pytest.mark.parametrize("kind", KINDS)


@pytest_asyncio.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with httpx.AsyncClient(trust_env=False) as made:
        yield made


@pytest_asyncio.fixture
async def model() -> AsyncIterator[ModelServer]:
    async with running(chat("unset")) as made:
        yield made


def settings(kind: str, url: str) -> WriterSettings:
    return WriterSettings.model_validate(
        {
            "studio_writer": kind,
            "gemini_api_key": KEY,
            "gemini_base_url": url,
            "gemini_text_model": "gemini-test",
            "hf_token": KEY,
            "hf_base_url": url + "/",
            "hf_text_model": "org/model",
            "openai_compatible_base_url": url + "/v1",
            "openai_compatible_api_key": KEY,
            "openai_compatible_text_model": "own",
        }
    )


def a_writer(kind: str, client: httpx.AsyncClient, url: str) -> Writer:
    writer = writer_of(settings(kind, url), client)
    assert writer is not None
    return writer


async def failure(kind: str, client: httpx.AsyncClient, url: str, timeout_s: float = 5.0) -> WriterFailed:
    with pytest.raises(WriterFailed) as failed:
        await a_writer(kind, client, url).better("a fox", "Better it.", timeout_s)
    assert KEY not in repr(failed.value.facts)
    return failed.value


@each_kind
async def test_what_the_model_says_comes_back_as_it_is(
    kind: str, client: httpx.AsyncClient, model: ModelServer
) -> None:
    model.answer = SAYS[kind](' "A red fox." ')
    assert await a_writer(kind, client, model.url).better("a fox", "Better it.", 5.0) == ' "A red fox." '
    assert len(model.asked) == 1


@pytest.mark.parametrize("kind", ["huggingface", "openai_compatible"])
async def test_a_chat_gets_instructions_and_prompt_apart(
    kind: str, client: httpx.AsyncClient, model: ModelServer
) -> None:
    model.answer = chat("A red fox.")
    await a_writer(kind, client, model.url).better("a fox", "Better it.", 5.0)
    asked = model.asked[0]
    assert asked.path == "/v1/chat/completions"
    assert asked.headers["authorization"] == f"Bearer {KEY}"
    assert asked.body["model"] == {"huggingface": "org/model", "openai_compatible": "own"}[kind]
    assert asked.body["messages"] == [
        {"role": "system", "content": "Better it."},
        {"role": "user", "content": "a fox"},
    ]


async def test_gemini_gets_instructions_and_prompt_apart_and_the_key_in_a_header(
    client: httpx.AsyncClient, model: ModelServer
) -> None:
    model.answer = generated("A red ", "fox.", thought="The user wants a fox.")
    assert await a_writer("gemini", client, model.url).better("a fox", "Better it.", 5.0) == "A red fox."
    asked = model.asked[0]
    assert asked.path == "/v1beta/models/gemini-test:generateContent"
    assert asked.headers["x-goog-api-key"] == KEY
    assert asked.body["systemInstruction"] == {"parts": [{"text": "Better it."}]}
    assert asked.body["contents"] == [{"role": "user", "parts": [{"text": "a fox"}]}]


async def test_a_server_of_ones_own_needs_no_key(client: httpx.AsyncClient, model: ModelServer) -> None:
    model.answer = chat("A red fox.")
    own = settings("openai_compatible", model.url).model_copy(update={"openai_compatible_api_key": None})
    writer = writer_of(own, client)
    assert writer is not None
    await writer.better("a fox", "Better it.", 5.0)
    assert "authorization" not in model.asked[0].headers


def html(text: str = "<html><body>Sign in</body></html>", status: int = 200) -> Answer:
    return Answer(text.encode(), status, {"content-type": "text/html"})


@each_kind
@pytest.mark.parametrize(
    ("answer", "reason", "reached"),
    [
        pytest.param(Answer(b'{"error":{"message":"boom"}}', 500), "status", False, id="500"),
        pytest.param(Answer(b'{"error":{"message":"wrong key"}}', 401), "status", False, id="401"),
        pytest.param(Answer(b"{}", 429), "status", False, id="429"),
        pytest.param(html(status=502), "status", False, id="a proxy's page"),
        pytest.param(Answer(b"", 302, {"location": "http://127.0.0.1:9/"}), "status", False, id="a redirect"),
        pytest.param(html(), "unreadable", True, id="HTML with 200"),
        pytest.param(Answer(b""), "unreadable", True, id="no body"),
        pytest.param(Answer(b"[]"), "unreadable", True, id="a list"),
        pytest.param(Answer(b"{}"), "unreadable", True, id="no choices"),
        pytest.param(Answer(b'{"choices":[],"candidates":[]}'), "unreadable", True, id="empty choices"),
        pytest.param(Answer(b'{"promptFeedback":{"blockReason":"SAFETY"}}'), "unreadable", True, id="refused"),
        pytest.param(Answer(b'{"choices":[{"message":{"content":7}}]}'), "unreadable", True, id="a number"),
        pytest.param(Answer(b" " * (ANSWER_MAX_BYTES + 1)), "too_long", True, id="too long"),
        pytest.param(
            Answer(gzip.compress(b" " * 10_000_000), headers={"content-encoding": "gzip"}),
            "compressed",
            True,
            id="gzip",
        ),
        pytest.param(Answer(b'{"choices": [', cut=True), "connection", False, id="cut in the middle"),
    ],
)
async def test_a_bad_answer_is_a_failure_that_says_its_kind(
    kind: str,
    answer: Answer,
    reason: str,
    reached: bool,  # noqa: FBT001
    client: httpx.AsyncClient,
    model: ModelServer,
) -> None:
    model.answer = answer
    failed = await failure(kind, client, model.url)
    assert (failed.reason, failed.reached) == (reason, reached)
    assert len(model.asked) == 1, "nothing is asked twice"


@each_kind
@pytest.mark.parametrize("text", ["", "  \n"])
async def test_an_empty_text_is_a_failure(kind: str, text: str, client: httpx.AsyncClient, model: ModelServer) -> None:
    model.answer = SAYS[kind](text)
    assert (await failure(kind, client, model.url)).reason == "empty"


@pytest.mark.parametrize(
    ("kind", "answer"),
    [
        ("openai_compatible", chat("A red", finish="length")),
        ("huggingface", chat(None, finish="content_filter")),
        ("gemini", generated("A red", finish="MAX_TOKENS")),
    ],
)
async def test_a_text_that_was_cut_short_is_a_failure(
    kind: str, answer: Answer, client: httpx.AsyncClient, model: ModelServer
) -> None:
    model.answer = answer
    assert (await failure(kind, client, model.url)).reason == "cut_short"


@each_kind
async def test_a_slow_model_is_left_after_the_time_limit(
    kind: str, client: httpx.AsyncClient, model: ModelServer
) -> None:
    model.answer = SAYS[kind]("late")
    model.answer.delay_s = 30.0
    started = time.monotonic()
    failed = await failure(kind, client, model.url, timeout_s=0.2)
    assert (failed.reason, failed.reached) == ("timeout", False)
    assert time.monotonic() - started < 5.0


@each_kind
async def test_a_model_that_is_not_there_is_a_failure(kind: str, client: httpx.AsyncClient, model: ModelServer) -> None:
    async with running(chat("x")) as other:
        gone = other.url
    failed = await failure(kind, client, gone)
    assert (failed.reason, failed.reached) == ("connection", False)


def test_without_a_name_there_is_no_writer() -> None:
    assert writer_of(WriterSettings.model_validate({}), httpx.AsyncClient()) is None


@pytest.mark.parametrize(
    ("kind", "names"),
    [
        ("gemini", "GEMINI_API_KEY"),
        ("huggingface", "HF_TOKEN"),
        ("openai_compatible", "OPENAI_COMPATIBLE_BASE_URL and OPENAI_COMPATIBLE_TEXT_MODEL"),
    ],
)
def test_a_writer_without_what_it_needs_stops_the_start_and_names_the_variables(
    kind: str, names: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("GEMINI_API_KEY", "HF_TOKEN", "OPENAI_COMPATIBLE_BASE_URL", "OPENAI_COMPATIBLE_TEXT_MODEL"):
        monkeypatch.setenv(name, " ")
    monkeypatch.setenv("STUDIO_WRITER", kind)
    with pytest.raises(ValidationError, match=f"STUDIO_WRITER={kind} needs {names}"):
        WriterSettings()


def test_settings_are_read_from_the_environment_and_do_not_show_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STUDIO_WRITER", "gemini")
    monkeypatch.setenv("GEMINI_API_KEY", KEY)
    read = WriterSettings()
    assert read.gemini_api_key == SecretStr(KEY)
    assert KEY not in repr(read)
    assert KEY not in json.dumps(read.model_dump(mode="json"))
