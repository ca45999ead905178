"""The services that make pictures, read as one: each has the same tables in a schema of its own."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from libs.common.contracts.edits import ImageEdited, ImageUpscaled
from libs.common.contracts.jobs import JobFailed
from libs.common.contracts.orders import ASKS
from libs.common.contracts.pictures import Delivered, ImageCreated
from libs.common.contracts.studio import MAKERS

DELIVERED: Final[Mapping[str, type[Delivered]]] = MappingProxyType(
    {"create": ImageCreated, "edit": ImageEdited, "upscale": ImageUpscaled}
)
"""The fact that each service tells of its pictures."""
FROM_PICTURES: Final = tuple(service for service in MAKERS if "source" in ASKS[service].model_fields)
"""Services that are given pictures to work on."""
TOLD_BY: Final = tuple(DELIVERED[service].subject for service in FROM_PICTURES)
FAILED: Final = JobFailed.subject


def _together(table: str, columns: str) -> str:
    """The table of every service, in brackets, with the service's name as `service`."""
    each = [f"select '{service}' as service, {columns} from \"{service}\".{table}" for service in MAKERS]  # noqa: S608
    return f"({' union all '.join(each)})"


JOBS: Final = _together("jobs", "job_id, workspace_id, state, owner, lease_until, final_event")
ATTEMPTS: Final = _together(
    "attempts", "id, job_id, workspace_id, variation, provider, model, seed, state, picture, code, changed_at"
)
OUTBOX: Final = _together("outbox", "id, subject, body")
FACTS: Final = f"(values {', '.join(str((service, DELIVERED[service].subject)) for service in MAKERS)})"
"""Each service and the fact of its pictures; give it the columns (service, subject)."""
