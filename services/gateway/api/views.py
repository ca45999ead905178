"""How jobs, pictures and assets look in answers: ALwrity's shapes, and ours on top."""

import asyncio
import base64
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from pydantic import JsonValue, TypeAdapter

from libs.common.blobs.store import Blobs
from libs.common.contracts.assets import AssetArchived
from libs.common.contracts.edits import EditAsk, Source, UpscaleAsk
from libs.common.contracts.pictures import CreateAsk, Picture, VariationFailure
from libs.common.contracts.rpc import Asset
from libs.common.ids import WorkspaceId
from libs.common.imaging.encode import EXTENSION_OF_MIME
from libs.common.money import credits, usd
from services.gateway.domain import Job, Links

Json = dict[str, Any]
IMAGE: Final = "image/png"


@dataclass(frozen=True, slots=True)
class Views:
    """Renders answers; pictures as links, or as base64 read back from the store and checked."""

    links: Links
    blobs: Blobs

    def job(self, job: Job) -> Json:
        """A job as /jobs shows it."""
        archived = _archived(job)
        finished = finished_of(job)
        return {
            "id": job.job_id,
            "workspace_id": job.workspace_id,
            "operation": job.operation,
            "state": job.state,
            "stage": None if job.state.terminal else job.stage,
            "percent": 100 if job.state.terminal else job.percent,
            "created_at": job.created_at,
            "deadline": job.deadline,
            "finished_at": job.finished_at,
            "cancel_requested": job.cancel_requested,
            "request": request_of(job, archived, finished),
            "quote": {"item": job.item, "version": job.price_version, **money(job.amount)},
            "charged": money(job.charged) if job.charged is not None else None,
            "results": [self.result(job, picture) for picture in finished.pictures],
            "errors": [failure.model_dump() for failure in finished.failures],
            "failure": {"code": job.code or job.state, "detail": job.detail or _ENDS[job.state]}
            if job.state in _ENDS
            else None,
            "links": {
                "self": f"/api/image-studio/jobs/{job.job_id}",
                "events": f"/api/image-studio/jobs/{job.job_id}/events",
                "cancel": f"/api/image-studio/jobs/{job.job_id}/cancel",
            },
        }

    async def created(self, job: Job) -> Json:
        """A finished job in the shape that ALwrity's Create screen reads."""
        archived = AssetArchived.model_validate(job.archived)
        finished = finished_of(job)
        results = [await self._picture(job, picture) for picture in finished.pictures]
        return {
            "success": True,
            "request": request_of(job, archived, finished),
            "results": results,
            "errors": [failure.model_dump() for failure in archived.failures],
            "total_generated": len(results),
            "total_failed": len(archived.failures),
            "job_id": job.job_id,
            "charged": money(job.charged or 0),
        }

    async def edited(self, job: Job) -> Json:
        """A finished edit in the shape that ALwrity's Edit screen reads."""
        ask, picture = _edit(job), _only(job)
        return {
            **(await self._made(job, picture)),
            "operation": ask.operation,
            "provider": picture.provider,
            "metadata": {
                "width": picture.width,
                "height": picture.height,
                "operation": ask.operation,
                "style_preset": ask.style_preset,
                **_by(picture, ask.source),
            },
        }

    async def upscaled(self, job: Job) -> Json:
        """A finished enlargement in the shape that ALwrity's Upscale screen reads."""
        ask, picture = job.ask, _only(job)
        if not isinstance(ask, UpscaleAsk):
            raise TypeError(type(ask))
        width, height = ask.source.given_width or ask.source.width, ask.source.given_height or ask.source.height
        return {
            **(await self._made(job, picture)),
            "mode": ask.mode,
            "metadata": {
                "preset": ask.preset,
                "target_width": ask.target_width,
                "target_height": ask.target_height,
                "prompt": ask.prompt,
                "original_width": width,
                "original_height": height,
                "upscale_factor": round(max(picture.width, picture.height) / max(width, height), 3),
                **_by(picture, ask.source),
            },
        }

    async def _made(self, job: Job, picture: Picture) -> Json:
        data = await self.blobs.get(job.workspace_id, picture.blob.sha256) if job.response_format == "b64" else None
        text = None if data is None else await asyncio.to_thread(base64.b64encode, data)
        return {
            "success": True,
            "image_base64": None if text is None else f"data:{picture.blob.mime};base64,{text.decode()}",
            "file_url": self.result(job, picture)["file_url"],
            "width": picture.width,
            "height": picture.height,
            "asset_id": picture.asset_id,
            "job_id": job.job_id,
            "charged": money(job.charged or 0),
        }

    def asset(self, asset: Asset) -> Json:
        """An asset with ALwrity's fields (its `id` is a whole number), and ours."""
        thumbnail = None
        if asset.thumbnail_sha256:
            thumbnail = self.link(asset.workspace_id, asset.thumbnail_sha256, "thumbnail.webp", "image/webp")
        return {
            "id": asset.number,
            "asset_id": asset.asset_id,
            "user_id": asset.workspace_id,
            "asset_type": asset.asset_type,
            "source_module": asset.source_module,
            "filename": asset.filename,
            "file_url": self.link(asset.workspace_id, asset.sha256, asset.filename, asset.mime_type),
            "file_path": None,
            "file_size": asset.file_size,
            "mime_type": asset.mime_type,
            "title": asset.title,
            "description": asset.description,
            "prompt": asset.prompt,
            "tags": asset.tags,
            "asset_metadata": _metadata(asset),
            "provider": asset.provider,
            "model": asset.model,
            "cost": usd(asset.cost),
            "generation_time": asset.generation_ms / 1000 if asset.generation_ms is not None else None,
            "is_favorite": asset.is_favorite,
            "download_count": asset.download_count,
            "share_count": asset.share_count,
            "created_at": asset.created_at,
            "updated_at": asset.updated_at,
            "status": asset.status,
            "thumbnail_url": thumbnail,
            "placeholder": asset.placeholder,
            "job_id": asset.job_id,
            "parent_asset_id": asset.parent_id,
            "credits": credits(asset.cost),
            "recipe": asset.recipe,
        }

    def link(self, workspace: WorkspaceId, sha256: str, name: str, mime: str) -> str:
        """A link that loads by itself."""
        return self.links.url(workspace, sha256, name, mime, now_s=int(time.time()))

    def result(self, job: Job, picture: Picture) -> Json:
        """One delivered picture, as a link."""
        name = f"{picture.asset_id}.{EXTENSION_OF_MIME.get(picture.blob.mime, 'bin')}"
        return {
            "variation": picture.variation,
            "asset_id": picture.asset_id,
            "file_url": self.link(job.workspace_id, picture.blob.sha256, name, picture.blob.mime),
            "width": picture.width,
            "height": picture.height,
            "provider": picture.provider,
            "model": picture.model,
            "seed": picture.seed,
            "metadata": {
                "mime_type": picture.blob.mime,
                "file_size": picture.blob.size,
                "content_hash": picture.blob.sha256,
                "notes": picture.notes,
                "why": picture.why,
                "generation_time": picture.duration_ms / 1000,
                "credits": credits(picture.price),
            },
        }

    async def _picture(self, job: Job, picture: Picture) -> Json:
        result = self.result(job, picture)
        inline = job.response_format == "b64"
        data = await self.blobs.get(job.workspace_id, picture.blob.sha256) if inline else None
        return result | {"image_base64": None if data is None else base64.b64encode(data).decode()}


def request_of(job: Job, archived: AssetArchived | None, finished: "Finished") -> Json:
    """What was asked for, with every default filled in, and who took it on and why."""
    first = finished.pictures[0] if finished.pictures else None
    ask = job.ask
    common = {
        "provider": first.provider if first else ask.provider,
        "model": first.model if first else ask.model,
        "seed": ask.seed,
        "why": first.why if first else None,
        "notes": list(archived.notes) if archived else [],
    }
    match ask:
        case CreateAsk():
            return common | _created_of(job, ask, archived)
        case EditAsk():
            own = {"prompt", "negative_prompt", "search_prompt", "select_prompt", "style_preset", "guidance_scale"}
            own |= {"steps", "output_format", "options", "session_id"}
            expand = ask.expand.model_dump() if ask.operation == "outpaint" else None
            given = {"operation": ask.operation, "source": _source(ask.source), "expand": expand}
            return common | ask.model_dump(include=own) | given | {"masked": ask.mask is not None}
        case UpscaleAsk():
            own = {"mode", "preset", "width", "height", "target_width", "target_height", "prompt", "negative_prompt"}
            return common | ask.model_dump(include=own | {"creativity"}) | {"source": _source(ask.source)}
        case _:
            raise TypeError(type(ask))


def _edit(job: Job) -> EditAsk:
    if not isinstance(job.ask, EditAsk):
        raise TypeError(type(job.ask))
    return job.ask


def _only(job: Job) -> Picture:
    """The picture of a job that makes one, and has succeeded."""
    [picture] = finished_of(job).pictures
    return picture


def _by(picture: Picture, source: Source) -> Json:
    return {
        "provider": picture.provider,
        "model": picture.model,
        "processing_time": picture.duration_ms / 1000,
        "parent_asset_id": source.asset_id,
        "seed": picture.seed,
        "why": picture.why,
        "notes": picture.notes,
    }


def _created_of(job: Job, ask: CreateAsk, archived: AssetArchived | None) -> Json:
    return {
        "prompt": ask.prompt,
        "enhanced_prompt": archived.enhanced_prompt if archived else None,
        "template_id": ask.template_id,
        "template_name": job.template_name,
        "dimensions": f"{ask.width}x{ask.height}",
        "quality": ask.quality,
        "num_variations": ask.variations,
        "style_preset": ask.style_preset,
        "negative_prompt": ask.negative_prompt,
        "persona_id": ask.persona.id if ask.persona else None,
    }


def _source(source: Source) -> Json:
    return {
        "asset_id": source.asset_id,
        "width": source.width,
        "height": source.height,
        "given_width": source.given_width or source.width,
        "given_height": source.given_height or source.height,
        "uploaded": source.uploaded,
    }


@dataclass(frozen=True, slots=True)
class Finished:
    """The variations of a job that have come, or never will, by their number."""

    pictures: tuple[Picture, ...] = ()
    failures: tuple[VariationFailure, ...] = ()


def _archived(job: Job) -> AssetArchived | None:
    return AssetArchived.model_validate(job.archived) if job.archived else None


def finished_of(job: Job) -> Finished:
    """From the archive once the job is in it; before that, of a running job, what its worker has told."""
    archived = _archived(job)
    if archived is not None:
        return Finished(tuple(asset.picture for asset in archived.assets if asset.picture), archived.failures)
    if job.partial is None or job.state.terminal:
        return Finished()
    found = _PARTIAL.validate_python(job.partial, strict=False)
    return Finished(
        tuple(sorted(found.pictures, key=lambda one: one.variation)),
        tuple(sorted(found.failures, key=lambda one: one.variation)),
    )


_PARTIAL: Final = TypeAdapter(Finished)

_ENDS: Final[Mapping[str, str]] = {
    "failed": "The job failed. Nothing was charged.",
    "canceled": "The job was canceled. Nothing was charged.",
    "expired": "The job was not finished in time. Nothing was charged.",
}


def ending_of(job: Job) -> str:
    """The sentence for a job that ended without a picture."""
    return job.detail or _ENDS[job.state]


def money(amount: int) -> Json:
    """An amount for people (credits), for ALwrity's fields (US dollars), and exact (millicredits)."""
    return {"credits": credits(amount), "usd": usd(amount), "millicredits": amount}


def _metadata(asset: Asset) -> dict[str, JsonValue]:
    return {
        "status": asset.status,
        "width": asset.width,
        "height": asset.height,
        "operation": asset.operation,
        "parent_asset_id": asset.parent_id,
        "content_hash": asset.sha256,
        "credits": credits(asset.cost),
        "chain_credits": credits(asset.chain_cost),
        "job_id": asset.job_id,
        "seed": asset.seed,
        "variation": asset.variation,
        "style_preset": asset.recipe.get("style_preset"),
    }
