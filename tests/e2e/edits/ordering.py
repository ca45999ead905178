"""How pictures are handed in, ordered, and looked at when they come back, for all tests of the two studios."""

import base64
import io
from collections.abc import Mapping
from typing import Any, Final

import httpx
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFilter

from libs.common.catalogue.operations import BY_KEY
from tests.support.desk import Desk, Json
from tests.support.house import House
from tests.support.pictures import file_of, photo

EDIT: Final = "/api/image-studio/edit"
UPSCALE: Final = "/api/image-studio/upscale"
ESTIMATE: Final = "/api/image-studio/estimate-cost"
ASSETS: Final = "/api/content-assets"
VENDORS: Final = ("gemini", "huggingface", "openai_compatible", "stability", "wavespeed")
SIZE: Final = (96, 80)
"""Of the usual picture: the smallest shape that every vendor takes, and not a square."""
DISC: Final = (30, 22, 66, 58)
"""Where something red lies on it."""
HOLE: Final = (24, 16, 72, 64)
"""Where the usual mask is white."""
ASYNC: Final = {"Prefer": "respond-async"}

Pixels = NDArray[np.uint8]


def still_life(size: tuple[int, int] = SIZE, seed: int = 1) -> Image.Image:
    """A photo with something red in its middle."""
    picture = photo(*size, seed)
    across, down = size[0] / SIZE[0], size[1] / SIZE[1]
    left, top, right, bottom = DISC
    ImageDraw.Draw(picture).ellipse((left * across, top * down, right * across, bottom * down), fill=(205, 24, 30))
    return picture


def hole(size: tuple[int, int] = SIZE, box: tuple[int, int, int, int] = HOLE, *, ground: int = 0) -> Image.Image:
    """A mask: white in the box, the ground around it."""
    mask = Image.new("L", size, ground)
    ImageDraw.Draw(mask).rectangle((box[0], box[1], box[2] - 1, box[3] - 1), fill=255)
    return mask


SOFT: Final = hole().filter(ImageFilter.GaussianBlur(3))
"""White in its middle, fading at its edges."""
SHADES: Final[Pixels] = np.asarray(SOFT)
WHITE: Final = 255


def b64(data: bytes | Image.Image) -> str:
    """As a request carries it."""
    return base64.b64encode(data if isinstance(data, bytes) else file_of(data)).decode()


def picture_of(answer: Json) -> Image.Image:
    """The picture in an answer's data URL, which is of the type that it says."""
    head, _, text = str(answer["image_base64"]).partition(";base64,")
    picture = Image.open(io.BytesIO(base64.b64decode(text, validate=True)))
    picture.load()
    assert head == f"data:image/{str(picture.format).lower()}"
    return picture


def pixels_of(picture: Image.Image, mode: str = "RGB") -> Pixels:
    """Height x width x channels."""
    return np.asarray(picture.convert(mode))


def differing(one: Image.Image, other: Image.Image, mode: str = "RGB") -> NDArray[np.int16]:
    """How far two pictures of one size are apart at most, in any channel, for each pixel."""
    apart = np.abs(pixels_of(one, mode).astype(np.int16) - pixels_of(other, mode).astype(np.int16))
    return np.asarray(apart.max(axis=2), np.int16)


async def edited(desk: Desk, **fields: object) -> httpx.Response:
    """An edit of the usual picture, unless the fields give another."""
    given = {"image_base64", "image_url", "asset_id"} & fields.keys()
    picture = {} if given else {"image_base64": b64(still_life())}
    return await desk.http.post(EDIT, json={**picture, **fields})


async def made(desk: Desk, **fields: object) -> Json:
    """The answer to an edit that must succeed."""
    answer = await edited(desk, **fields)
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def enlarged(desk: Desk, **fields: object) -> Json:
    """The answer to an enlargement of the usual picture that must succeed."""
    picture = {} if "asset_id" in fields or "image_base64" in fields else {"image_base64": b64(still_life())}
    answer = await desk.http.post(UPSCALE, json={**picture, **fields})
    assert answer.status_code == 200, answer.text
    told: Json = answer.json()
    return told


async def quoted(desk: Desk, **fields: object) -> int:
    """What the button says, in millicredits."""
    answer = await desk.http.post(ESTIMATE, json={"num_images": 1, **fields})
    assert answer.status_code == 200, answer.text
    told = answer.json()
    assert told["available"] is True, told
    return int(told["credits"]["millicredits"])


async def asset(desk: Desk, asset_id: str) -> Json:
    """The archive's row."""
    return await desk.get(f"{ASSETS}/{asset_id}")


async def untouched(desk: Desk) -> bool:
    """Whether this customer has paid for nothing, has nothing set aside, and has no job."""
    exact = (await desk.balance())["exact"]
    jobs = (await desk.get("/api/image-studio/jobs"))["jobs"]
    return (exact["available"], exact["reserved"], jobs) == (1_000_000, 0, [])


def wish_for(operation: str) -> dict[str, Any]:
    """What an operation needs to be asked for, in words that the offline engine understands too; most need nothing."""
    return _WISHES.get(operation, {})


def grow_of(operation: str) -> int:
    """Pixels by which its mask is widened when nobody says."""
    option = BY_KEY[operation].options.get("grow_mask")
    return int(option.default) if option is not None and isinstance(option.default, int) else 0


_MASK: Final = {"mask_base64": b64(hole())}
_SCENE: Final = {"background_image_base64": b64(photo(120, 100, 5))}
_WISHES: Final[Mapping[str, dict[str, Any]]] = {
    "inpaint": {"prompt": "remove it, continue the background", **_MASK},
    "outpaint": {"expand_left": 24, "expand_down": 16},
    "search_replace": {"prompt": "a green apple", "search_prompt": "the red ball"},
    "search_recolor": {"prompt": "deep teal", "select_prompt": "the red ball"},
    "relight": {**_SCENE, "options": {"light_direction": "left"}},
    "general_edit": {"prompt": "make it black and white"},
    "erase": _MASK,
    "replace_background": {"prompt": "a calm evening sky"},
    "adjust": {"options": {"brightness": 0.3, "rotate": "90"}},
    "brand_colors": {"options": {"palette": ["#0a8484", "#f2b134"]}},
    "overlay": {"options": {"text": "SALE"}},
}
REPLACEMENT: Final = {**_MASK, "overlay_image_base64": b64(photo(40, 40, 9))}
"""With these our own engine can replace something, too."""


def speaking(house: House, service: str, dialect: str) -> dict[str, str]:
    """The service's environment with an own server of another kind."""
    own = f"{house.vendors_url}/openai_compatible/{dialect}/v1"
    env = dict(house.processes[service].env)
    return env | {"OPENAI_COMPATIBLE_DIALECT": dialect, "OPENAI_COMPATIBLE_BASE_URL": own}
