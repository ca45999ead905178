"""Customers' pictures by address, against real sockets: where we go, what we take, and which code says why not."""

import gzip
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest

from libs.common.egress import REDIRECTS_MAX, Downloads, Forbidden, Origin
from libs.common.imaging.decode import BYTES_MAX
from libs.common.imaging.fetch import URL_MAX_CHARS, BadAddress, Fetch
from tests.contracts.http.fileserver import moved, ok, serving
from tests.support.pictures import file_of, photo

PICTURE = file_of(photo(20, 10))


@asynccontextmanager
async def fetching(*trusted: str, closed: tuple[str, ...] = ()) -> AsyncIterator[Fetch]:
    """As in production, but for servers on this machine, and these over plain HTTP."""
    made = Fetch(closed, trusted=[Origin.of(url) for url in trusted], schemes=("http", "https"))
    yield made
    await made.aclose()


@asynccontextmanager
async def in_production(*closed: str) -> AsyncIterator[Fetch]:
    made = Fetch(closed)
    yield made
    await made.aclose()


async def refusal(fetch: Fetch, url: str, *, max_bytes: int = 1_000, timeout_s: float = 5) -> BadAddress:
    with pytest.raises(BadAddress) as refused:
        await fetch.picture(url, "image_url", max_bytes=max_bytes, timeout_s=timeout_s)
    assert (refused.value.status, refused.value.field) == (422, "image_url")
    assert refused.value.detail.startswith("image_url: ")
    return refused.value


async def test_a_picture_is_fetched() -> None:
    async with serving(lambda _: ok(PICTURE)) as server, fetching(server.url) as fetch:
        assert await fetch.picture(f"{server.url}/a.png?size=full#top", "image_url") == PICTURE
        assert server.asked == ["/a.png?size=full"]
        assert "accept-encoding: identity" in server.heads[0].lower()


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "0", "2130706433", "0x7f000001", "017700000001", "localhost", "localhost.",
     "[::1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[2002:7f00:1::]",
     "169.254.169.254", "[fd00:ec2::254]", "100.100.100.200",
     "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "198.18.0.1", "0.0.0", "255.255.255.255",
     "224.0.0.1", "[ff02::1]"],
)  # fmt: skip
async def test_an_address_that_is_not_public_is_forbidden_in_any_spelling(host: str) -> None:
    async with in_production() as fetch:
        assert (await refusal(fetch, f"https://{host}/a.png")).error_code == "url_forbidden"


@pytest.mark.parametrize("host", ["metadata.google.internal", "METADATA.google.internal.", "metadata"])
async def test_where_clouds_keep_their_secrets_is_forbidden_by_name(host: str) -> None:
    async with in_production() as fetch:
        assert (await refusal(fetch, f"https://{host}/computeMetadata/v1/")).error_code == "url_forbidden"


@pytest.mark.parametrize("port", [22, 25, 6379, 8080])
async def test_only_the_usual_ports_are_asked(port: int) -> None:
    async with in_production() as fetch:
        assert (await refusal(fetch, f"https://1.1.1.1:{port}/a.png")).error_code == "url_forbidden"


@pytest.mark.parametrize(
    "url",
    ["file:///etc/passwd", "gopher://example.com/", "ftp://example.com/a.png", "//example.com/a.png", "a.png", "",
     "http://example.com/a.png", "javascript:alert(1)", "data:image/png;base64,AAAA", "https://", "https:///a.png"],
)  # fmt: skip
async def test_another_scheme_than_https_is_refused(url: str) -> None:
    async with in_production() as fetch:
        assert (await refusal(fetch, url)).error_code == "url_scheme"


@pytest.mark.parametrize(
    "url",
    ["https://user:pw@example.com/", "https://user@example.com/", "https://@example.com/", "https://a:99999/",
     "https://[bad/", "https://a..b/", "https://" + "a" * 64 + ".com/", "https://example.com/" + "a" * URL_MAX_CHARS],
)  # fmt: skip
async def test_what_is_no_address_of_a_file_is_forbidden(url: str) -> None:
    async with in_production() as fetch:
        assert (await refusal(fetch, url)).error_code == "url_forbidden"


async def test_names_and_paths_beyond_ascii_are_asked_for_in_ascii() -> None:
    async with serving(lambda _: ok(PICTURE)) as server, fetching(f"http://xn--exmple-cua.test:{server.port}") as fetch:
        refused = await refusal(fetch, f"http://EXÄMPLE.test.:{server.port}/")
        assert refused.error_code == "not_fetched"  # it is trusted by its other name, and nobody has it
    async with serving(lambda _: ok(PICTURE)) as server, fetching(server.url) as fetch:
        await fetch.picture(f"{server.url}/bücher 1.png?größe=1&a=%20", "image_url")
        assert server.asked == ["/b%C3%BCcher%201.png?gr%C3%B6%C3%9Fe=1&a=%20"]


async def test_our_own_hosts_are_closed_also_behind_a_redirect() -> None:
    async with (
        serving(lambda _: ok(PICTURE)) as own,
        serving(lambda _: moved(f"http://LOCALHOST.:{own.port}/a.png")) as other,
        fetching(
            own.url, f"http://localhost:{own.port}", f"http://localhost.:{own.port}", other.url, closed=("localhost",)
        ) as fetch,
    ):
        for url in (f"http://localhost:{own.port}/a.png", f"http://LocalHost.:{own.port}/a.png", f"{other.url}/a.png"):
            assert (await refusal(fetch, url)).error_code == "url_forbidden"
        assert own.asked == []
        assert await fetch.picture(f"{own.url}/a.png", "image_url") == PICTURE


async def test_a_redirect_to_a_private_address_is_forbidden_and_gets_no_packet() -> None:
    async with serving(lambda _: ok(PICTURE)) as trap:
        async with serving(lambda _: moved(f"{trap.url}/a.png")) as server, fetching(server.url) as fetch:
            assert (await refusal(fetch, f"{server.url}/a.png")).error_code == "url_forbidden"
        assert trap.asked == []


async def test_a_redirect_from_https_to_http_is_not_followed() -> None:
    """The rule is kept where every hop is checked, whatever the first one was."""
    async with serving(lambda _: ok(PICTURE)) as server:
        downloads = Downloads([Origin.of(server.url)], schemes=("https",))
        with pytest.raises(Forbidden):
            await downloads.fetch(f"{server.url}/a.png", max_bytes=1_000, timeout_s=5)
        await downloads.aclose()
        assert server.asked == []


async def test_an_address_that_leads_on_too_often_is_left() -> None:
    async with serving(lambda _: moved("/again")) as server, fetching(server.url) as fetch:
        assert (await refusal(fetch, f"{server.url}/")).error_code == "too_many_redirects"
        assert len(server.asked) == REDIRECTS_MAX + 1


def endless(_: str) -> bytes:
    return b"HTTP/1.1 200 OK\r\n\r\n" + PICTURE + bytes(2_000_000)


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (ok(b""), "empty"),
        (ok(b"<!doctype html><title>Sign in</title>"), "not_an_image"),
        (ok(b"<svg xmlns='http://www.w3.org/2000/svg'/>"), "not_an_image"),
        (ok(gzip.compress(bytes(100_000))), "not_an_image"),
        (ok(PICTURE + bytes(1_000_000)), "too_large"),
        (endless(""), "too_large"),
        (b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n" + PICTURE, "not_fetched"),
        (b"HTTP/1.1 404 Not Found\r\ncontent-length: 0\r\n\r\n", "not_fetched"),
        (b"HTTP/1.1 500 Oh\r\ncontent-length: 0\r\n\r\n", "not_fetched"),
        (b"SSH-2.0-OpenSSH_9.2\r\n", "not_fetched"),
    ],
)
async def test_an_answer_without_a_picture_says_why(answer: bytes, code: str) -> None:
    async with serving(lambda _: answer) as server, fetching(server.url) as fetch:
        assert (await refusal(fetch, f"{server.url}/a.png", max_bytes=len(PICTURE) + 100)).error_code == code


async def test_a_picture_of_the_most_bytes_is_taken_and_one_more_is_not() -> None:
    sizes: dict[str, int] = {"/most": BYTES_MAX, "/more": BYTES_MAX + 1}

    def answer(path: str) -> bytes:
        return ok(PICTURE + bytes(sizes[path] - len(PICTURE)))

    async with serving(answer) as server, fetching(server.url) as fetch:
        assert len(await fetch.picture(f"{server.url}/most", "image_url")) == BYTES_MAX
        assert (await refusal(fetch, f"{server.url}/more", max_bytes=BYTES_MAX)).error_code == "too_large"


async def test_a_server_that_says_nothing_is_left_in_time() -> None:
    async with serving(lambda _: b"HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n") as server:
        server.holds = True
        async with fetching(server.url) as fetch:
            refused = await refusal(fetch, f"{server.url}/a.png", timeout_s=0.3)
        assert refused.error_code == "not_fetched"
