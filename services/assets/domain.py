"""Rules of the archive that need no I/O: names, titles, words of a search."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Final

from pydantic import JsonValue

from libs.common.contracts.envelope import Envelope
from libs.common.contracts.pictures import ImageCreated, Picture
from libs.common.ids import AssetId, EventId, JobId, WorkspaceId
from libs.common.imaging.encode import EXTENSION_OF_MIME

TITLE_MAX_CHARS: Final = 200
SLUG_MAX_CHARS: Final = 60
SEARCH_WORDS_MAX: Final = 12
SORTS: Final = ("created_at", "updated_at", "cost", "file_size", "title")

_NOT_WORD: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class NewAsset:
    """A row about to be archived."""

    asset_id: AssetId
    workspace_id: WorkspaceId
    job_id: JobId
    source_event: EventId
    operation: str
    filename: str
    title: str
    prompt: str
    negative_prompt: str | None
    tags: tuple[str, ...]
    picture: Picture
    recipe: dict[str, JsonValue]


def rows_of(fact: Envelope[ImageCreated]) -> list[NewAsset]:
    """One row per delivered picture, with the recipe that makes it again."""
    ask = fact.data.ask
    recipe: dict[str, JsonValue] = ask.model_dump(mode="json") | {"enhanced_prompt": fact.data.enhanced_prompt}
    return [
        NewAsset(
            asset_id=picture.asset_id,
            workspace_id=fact.workspace_id,
            job_id=fact.data.job_id,
            source_event=fact.id,
            operation="generate",
            filename=filename(ask.prompt, picture),
            title=title(ask.prompt),
            prompt=ask.prompt,
            negative_prompt=ask.negative_prompt,
            tags=tuple(tag for tag in ("image_studio", "generate", ask.style_preset, ask.template_id) if tag),
            picture=picture,
            recipe=recipe | {"seed": picture.seed, "variation": picture.variation},
        )
        for picture in fact.data.pictures
    ]


def title(prompt: str) -> str:
    """The prompt on one line, cut at a word."""
    line = " ".join(prompt.split())
    if len(line) <= TITLE_MAX_CHARS:
        return line
    return line[:TITLE_MAX_CHARS].rsplit(" ", 1)[0] + "…"


def filename(prompt: str, picture: Picture) -> str:
    """A safe file name: words of the prompt in ASCII, the variation, the type's own extension."""
    ascii_text = unicodedata.normalize("NFKD", prompt).encode("ascii", "ignore").decode().lower()
    slug = _NOT_WORD.sub("-", ascii_text).strip("-")[:SLUG_MAX_CHARS].strip("-") or "picture"
    return f"{slug}-{picture.variation}.{EXTENSION_OF_MIME[picture.blob.mime]}"


def search_words(text: str) -> list[str]:
    """The words of a search box, each of which must occur."""
    return text.split()[:SEARCH_WORDS_MAX]
