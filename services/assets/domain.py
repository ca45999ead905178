"""Rules of the archive that need no I/O: names, titles, words of a search."""

import re
import unicodedata
from dataclasses import dataclass, field
from typing import Final

from pydantic import JsonValue

from libs.common.contracts.edits import ImageEdited, ImageUpscaled, Source
from libs.common.contracts.envelope import Envelope
from libs.common.contracts.pictures import BlobRef, Delivered, ImageCreated, Picture
from libs.common.errors import InvariantBroken
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
    job_id: JobId | None
    source_event: EventId
    operation: str
    filename: str
    title: str
    tags: tuple[str, ...]
    blob: BlobRef
    width: int
    height: int
    parent_id: AssetId | None = None
    prompt: str | None = None
    negative_prompt: str | None = None
    provider: str | None = None
    model: str | None = None
    seed: int | None = None
    variation: int | None = None
    cost: int = 0
    generation_ms: int | None = None
    recipe: dict[str, JsonValue] = field(default_factory=dict)


def rows_of(fact: Envelope[Delivered]) -> list[NewAsset]:
    """One row per delivered picture, with the recipe that makes it again, and one for what was uploaded for it."""
    match fact.data:
        case ImageCreated(ask=ask) as created:
            recipe = ask.model_dump(mode="json") | {"enhanced_prompt": created.enhanced_prompt}
            tags = ("generate", ask.style_preset, ask.template_id)
            name = Named("generate", ask.prompt, ask.prompt, ask.negative_prompt, tags)
            return [_row(fact, picture, name, recipe, None) for picture in created.pictures]
        case ImageEdited(ask=ask):
            name = Named(
                ask.operation, ask.source.title, ask.prompt or ask.source.prompt, ask.negative_prompt, ("edit",)
            )
        case ImageUpscaled(ask=ask):
            said = ask.prompt or ask.source.prompt
            name = Named(ask.mode, ask.source.title, said, ask.negative_prompt, ("upscale",))
        case _:
            raise InvariantBroken(f"the archive makes no assets of {fact.subject}")
    recipe = ask.model_dump(mode="json")
    rows = [_row(fact, picture, name, recipe, ask.source.asset_id) for picture in fact.data.pictures]
    return [_upload(fact, ask.source), *rows] if ask.source.uploaded else rows


@dataclass(frozen=True, slots=True)
class Named:
    """What a picture is called by."""

    operation: str
    subject: str
    """What it shows, in the words there are."""
    prompt: str | None
    negative_prompt: str | None
    tags: tuple[str | None, ...]

    @property
    def title(self) -> str:
        """For people."""
        if self.operation == "generate":
            return title(self.subject)
        done = self.operation.replace("_", " ").capitalize()
        return title(f"{done}: {self.subject}" if self.subject else done)


def name_of(delivered: Delivered) -> str:
    """The title of all that one job delivered."""
    match delivered:
        case ImageEdited(ask=ask):
            return Named(ask.operation, ask.source.title, None, None, ()).title
        case ImageUpscaled(ask=ask):
            return Named(ask.mode, ask.source.title, None, None, ()).title
        case ImageCreated(ask=ask):
            return title(ask.prompt)
        case _:
            raise InvariantBroken(f"the archive makes no assets of {delivered.subject}")


def _row(
    fact: Envelope[Delivered], picture: Picture, name: Named, recipe: dict[str, JsonValue], parent: AssetId | None
) -> NewAsset:
    return NewAsset(
        asset_id=picture.asset_id,
        workspace_id=fact.workspace_id,
        job_id=fact.data.job_id,
        source_event=fact.id,
        operation=name.operation,
        filename=filename(name.title, picture.variation, picture.blob.mime),
        title=name.title,
        tags=tuple(dict.fromkeys(tag for tag in ("image_studio", *name.tags, name.operation) if tag)),
        blob=picture.blob,
        width=picture.width,
        height=picture.height,
        parent_id=parent,
        prompt=name.prompt,
        negative_prompt=name.negative_prompt,
        provider=picture.provider,
        model=picture.model,
        seed=picture.seed,
        variation=picture.variation,
        cost=picture.price,
        generation_ms=picture.duration_ms,
        recipe=recipe | {"seed": picture.seed, "variation": picture.variation},
    )


def _upload(fact: Envelope[Delivered], source: Source) -> NewAsset:
    """The picture that came with a request: without it the result would have no parent to be compared with."""
    name = title(source.title or "Upload")
    return NewAsset(
        asset_id=source.asset_id,
        workspace_id=fact.workspace_id,
        job_id=None,
        source_event=fact.id,
        operation="upload",
        filename=filename(name, 1, source.blob.mime),
        title=name,
        tags=("image_studio", "upload"),
        blob=source.blob,
        width=source.width,
        height=source.height,
    )


def title(prompt: str) -> str:
    """The prompt on one line, cut at a word."""
    line = " ".join(prompt.split())
    if len(line) <= TITLE_MAX_CHARS:
        return line
    return line[:TITLE_MAX_CHARS].rsplit(" ", 1)[0] + "…"


def filename(name: str, variation: int, mime: str) -> str:
    """A safe file name: words of the name in ASCII, the variation, the type's own extension."""
    ascii_text = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = _NOT_WORD.sub("-", ascii_text).strip("-")[:SLUG_MAX_CHARS].strip("-") or "picture"
    return f"{slug}-{variation}.{EXTENSION_OF_MIME[mime]}"


def search_words(text: str) -> list[str]:
    """The words of a search box, each of which must occur."""
    return text.split()[:SEARCH_WORDS_MAX]
