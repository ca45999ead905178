"""How a repeat of a request is known from another one."""

from services.gateway.api.edit_bodies import EditBody
from services.gateway.api.once import LONG_CHARS, fingerprint_of

PICTURE = "A" * (LONG_CHARS + 4)
OTHER = "A" * LONG_CHARS + "BBBB"


async def test_bodies_that_differ_in_a_long_text_alone_differ() -> None:
    bodies = (
        EditBody(operation="adjust", image_base64=PICTURE),
        EditBody(operation="adjust", image_base64=OTHER),
        EditBody(operation="adjust", mask_base64=PICTURE),
        EditBody(operation="adjust", image_base64=PICTURE, prompt="warmer"),
        EditBody(operation="adjust", reference_images=[PICTURE, OTHER]),
        EditBody(operation="adjust", reference_images=[OTHER, PICTURE]),
        EditBody(operation="adjust", reference_images=[PICTURE + OTHER]),
        EditBody(operation="adjust"),
    )

    assert len({await fingerprint_of(body) for body in bodies}) == len(bodies)


async def test_a_repeat_has_the_fingerprint_of_the_first() -> None:
    first, again = (EditBody(operation="adjust", image_base64=PICTURE, reference_images=[OTHER]) for _ in range(2))

    assert await fingerprint_of(first) == await fingerprint_of(again)
