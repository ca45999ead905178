"""Every address that promises JSON in the document keeps the promise, on the running house."""

import base64
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import Final

import httpx
import pytest
from pydantic import BaseModel

from services.gateway.api import answers, edit_answers, studio_answers
from tests.support.desk import Desk
from tests.support.house import House

Asking = Callable[[Desk], Awaitable[httpx.Response]]


async def _created(desk: Desk) -> httpx.Response:
    return await desk.create("a lighthouse", num_variations=2)


async def _linked(desk: Desk) -> httpx.Response:
    return await desk.create("a lighthouse", response_format="url")


async def _accepted(desk: Desk) -> httpx.Response:
    return await desk.create("a lighthouse", headers={"Prefer": "respond-async"})


async def _canceled(desk: Desk) -> httpx.Response:
    for _ in range(20):
        answer = await desk.cancel(await desk.begin("a lighthouse", num_variations=10))
        if answer.status_code != httpx.codes.CONFLICT:  # it had ended already: the test provider is quick
            break
    return answer


async def _job(desk: Desk) -> httpx.Response:
    job = await desk.begin("a lighthouse")
    await desk.ended(job)
    return await desk.http.get(f"/api/image-studio/jobs/{job}")


async def _jobs(desk: Desk) -> httpx.Response:
    for _ in range(2):
        await _created(desk)
    return await desk.http.get("/api/image-studio/jobs", params={"limit": 1})


async def _asset(desk: Desk) -> httpx.Response:
    await _created(desk)
    first = (await desk.get("/api/content-assets"))["assets"][0]
    return await desk.http.get(f"/api/content-assets/{first['id']}")


async def _assets(desk: Desk) -> httpx.Response:
    await _created(desk)
    return await desk.http.get("/api/content-assets/")


async def _estimate(desk: Desk) -> httpx.Response:
    return await desk.http.post("/api/image-studio/estimate-cost", json={"provider": "stability", "num_images": 3})


async def _unknown_estimate(desk: Desk) -> httpx.Response:
    return await desk.http.post("/api/image-studio/estimate-cost", json={"provider": "nobody"})


STUDIO: Final = "/api/image-studio"
TEMPLATE: Final = {"name": "A format", "category": "product", "width": 640, "height": 480}
PERSONA: Final = {"name": "A brand", "palette": ["#0A8484", "teal"], "forbidden_words": ["cheap"]}


def _getting(path: str) -> Asking:
    async def asking(desk: Desk) -> httpx.Response:
        return await desk.http.get(STUDIO + path)

    return asking


async def _template(desk: Desk) -> httpx.Response:
    return await desk.http.post(f"{STUDIO}/templates", json=TEMPLATE)


async def _changed_template(desk: Desk) -> httpx.Response:
    own = (await _template(desk)).json()["id"]
    return await desk.http.put(f"{STUDIO}/templates/{own}", json=TEMPLATE | {"platform": "blog"})


async def _persona(desk: Desk) -> httpx.Response:
    return await desk.http.post(f"{STUDIO}/personas", json=PERSONA)


async def _changed_persona(desk: Desk) -> httpx.Response:
    own = (await _persona(desk)).json()["id"]
    return await desk.http.put(f"{STUDIO}/personas/{own}", json=PERSONA | {"default": True})


async def _one_persona(desk: Desk) -> httpx.Response:
    own = (await _persona(desk)).json()["id"]
    return await desk.http.get(f"{STUDIO}/personas/{own}")


async def _personas(desk: Desk) -> httpx.Response:
    await _persona(desk)
    return await desk.http.get(f"{STUDIO}/personas")


async def _better_prompt(desk: Desk) -> httpx.Response:
    body = {"prompt": "a lighthouse", "style_preset": "cinematic", "template_id": "youtube_thumbnail"}
    return await desk.http.post(f"{STUDIO}/enhance-prompt", json=body)


async def _preflight(desk: Desk) -> httpx.Response:
    operations = [
        {"provider": "stability", "operation_type": "image_generation"},
        {"provider": "nobody", "operation_type": "nothing"},
    ]
    return await desk.http.post("/api/subscription/preflight-check", json={"operations": operations})


async def _balance(desk: Desk) -> httpx.Response:
    return await desk.http.get("/api/billing/balance")


async def _statement(desk: Desk) -> httpx.Response:
    await _created(desk)
    return await desk.http.get("/api/billing/statement")


async def _health(desk: Desk) -> httpx.Response:
    return await desk.http.get("/api/image-studio/health")


PHOTO: Final = Path(__file__).parents[3] / "docs" / "quality" / "photos" / "coffee.jpg"


def _photo() -> str:
    return base64.b64encode(PHOTO.read_bytes()).decode()


def _editing(response_format: str, path: str = "/edit", *, at_once: bool = False) -> Asking:
    async def asked(desk: Desk) -> httpx.Response:
        headers = {"Prefer": "respond-async"} if at_once else {}
        body = {"image_base64": _photo(), "operation": "adjust", "response_format": response_format}
        return await desk.http.post(f"{STUDIO}{path}", json=body, headers=headers)

    return asked


def _enlarging(*, at_once: bool = False) -> Asking:
    async def asked(desk: Desk) -> httpx.Response:
        headers = {"Prefer": "respond-async"} if at_once else {}
        body = {"image_base64": _photo(), "provider": "local", "preset": "social", "prompt": "left over"}
        return await desk.http.post(f"{STUDIO}/upscale", json=body, headers=headers)

    return asked


async def _enlarging_many(desk: Desk) -> httpx.Response:
    asset = (await _created(desk)).json()["results"][0]["asset_id"]
    return await desk.http.post(f"{STUDIO}/upscale/batch", json={"asset_ids": [asset, "0"], "provider": "local"})


async def _compared(desk: Desk) -> httpx.Response:
    edited = (await _editing("url")(desk)).json()
    query = {"before": edited["metadata"]["parent_asset_id"], "after": edited["asset_id"]}
    return await desk.http.get(f"{STUDIO}/compare", params=query)


async def _session(desk: Desk) -> httpx.Response:
    return await desk.http.post(f"{STUDIO}/edit/sessions", json={"image_base64": _photo()})


def _in_session(said: Callable[[Desk, str], Awaitable[httpx.Response]]) -> Asking:
    async def asked(desk: Desk) -> httpx.Response:
        return await said(desk, f"{STUDIO}/edit/sessions/{(await _session(desk)).json()['id']}")

    return asked


async def _instructed(desk: Desk, session: str, headers: Mapping[str, str] | None = None) -> httpx.Response:
    body = {"operation": "adjust", "options": {"brightness": 0.2}}
    return await desk.http.post(f"{session}/instructions", json=body, headers=headers)


async def _undone(desk: Desk, session: str) -> httpx.Response:
    await _instructed(desk, session)
    return await desk.http.post(f"{session}/undo")


async def _redone(desk: Desk, session: str) -> httpx.Response:
    await _undone(desk, session)
    return await desk.http.post(f"{session}/redo")


async def _recommended(desk: Desk) -> httpx.Response:
    return await desk.http.post(f"{STUDIO}/edit/recommend", json={"operation": "general_edit"})


PROMISES: Final[tuple[tuple[str, Asking, type[BaseModel]], ...]] = (
    ("post /api/image-studio/create 200", _created, answers.CreateAnswer),
    ("post /api/image-studio/create 200", _linked, answers.CreateAnswer),
    ("post /api/image-studio/create 202", _accepted, answers.JobAnswer),
    ("post /api/image-studio/estimate-cost 200", _estimate, studio_answers.EstimateAnswer),
    ("post /api/image-studio/estimate-cost 200", _unknown_estimate, studio_answers.EstimateAnswer),
    ("post /api/subscription/preflight-check 200", _preflight, studio_answers.PreflightAnswer),
    ("get /api/image-studio/styles 200", _getting("/styles"), studio_answers.StylesAnswer),
    (
        "get /api/image-studio/platform-specs/{platform} 200",
        _getting("/platform-specs/linkedin"),
        studio_answers.PlatformAnswer,
    ),
    ("post /api/image-studio/enhance-prompt 200", _better_prompt, studio_answers.EnhancedPromptAnswer),
    ("get /api/image-studio/templates 200", _getting("/templates?platform=linkedin"), studio_answers.TemplatesAnswer),
    (
        "get /api/image-studio/templates/search 200",
        _getting("/templates/search?query=header"),
        studio_answers.TemplateSearchAnswer,
    ),
    (
        "get /api/image-studio/templates/recommend 200",
        _getting("/templates/recommend?use_case=food"),
        studio_answers.TemplateAdviceAnswer,
    ),
    (
        "get /api/image-studio/templates/{template_id} 200",
        _getting("/templates/blog_header"),
        studio_answers.TemplateAnswer,
    ),
    ("post /api/image-studio/templates 201", _template, studio_answers.TemplateAnswer),
    ("put /api/image-studio/templates/{template_id} 200", _changed_template, studio_answers.TemplateAnswer),
    ("get /api/image-studio/personas 200", _personas, studio_answers.PersonasAnswer),
    ("post /api/image-studio/personas 201", _persona, studio_answers.PersonaAnswer),
    ("get /api/image-studio/personas/{persona_id} 200", _one_persona, studio_answers.PersonaAnswer),
    ("put /api/image-studio/personas/{persona_id} 200", _changed_persona, studio_answers.PersonaAnswer),
    ("get /api/image-studio/providers 200", _getting("/providers"), studio_answers.ProvidersAnswer),
    ("post /api/image-studio/edit 200", _editing("b64"), edit_answers.EditAnswer),
    ("post /api/image-studio/edit 200", _editing("url"), edit_answers.EditAnswer),
    ("post /api/image-studio/edit/process 200", _editing("url", "/edit/process"), edit_answers.EditAnswer),
    (
        "post /api/image-studio/edit/process 202",
        _editing("url", "/edit/process", at_once=True),
        answers.JobAnswer,
    ),
    ("post /api/image-studio/edit 202", _editing("url", at_once=True), answers.JobAnswer),
    ("get /api/image-studio/edit/operations 200", _getting("/edit/operations"), edit_answers.OperationsAnswer),
    ("get /api/image-studio/edit/models 200", _getting("/edit/models"), edit_answers.EditModelsAnswer),
    ("post /api/image-studio/edit/recommend 200", _recommended, edit_answers.RecommendAnswer),
    ("post /api/image-studio/edit/sessions 201", _session, edit_answers.SessionAnswer),
    ("get /api/image-studio/edit/sessions 200", _getting("/edit/sessions"), edit_answers.SessionsAnswer),
    (
        "get /api/image-studio/edit/sessions/{session_id} 200",
        _in_session(lambda desk, session: desk.http.get(session)),
        edit_answers.SessionAnswer,
    ),
    (
        "post /api/image-studio/edit/sessions/{session_id}/instructions 200",
        _in_session(_instructed),
        edit_answers.SessionEditAnswer,
    ),
    (
        "post /api/image-studio/edit/sessions/{session_id}/instructions 202",
        _in_session(lambda desk, session: _instructed(desk, session, {"Prefer": "respond-async"})),
        answers.JobAnswer,
    ),
    ("post /api/image-studio/edit/sessions/{session_id}/undo 200", _in_session(_undone), edit_answers.SessionAnswer),
    ("post /api/image-studio/edit/sessions/{session_id}/redo 200", _in_session(_redone), edit_answers.SessionAnswer),
    ("post /api/image-studio/upscale 200", _enlarging(), edit_answers.UpscaleAnswer),
    ("post /api/image-studio/upscale 202", _enlarging(at_once=True), answers.JobAnswer),
    ("post /api/image-studio/upscale/batch 202", _enlarging_many, edit_answers.UpscaleBatchAnswer),
    ("get /api/image-studio/compare 200", _compared, edit_answers.CompareAnswer),
    ("get /api/image-studio/jobs 200", _jobs, answers.JobsAnswer),
    ("get /api/image-studio/jobs/{job_id} 200", _job, answers.JobAnswer),
    ("post /api/image-studio/jobs/{job_id}/cancel 200", _canceled, answers.JobAnswer),
    ("get /api/content-assets 200", _assets, answers.AssetsAnswer),
    ("get /api/content-assets/{asset_id} 200", _asset, answers.AssetAnswer),
    ("get /api/billing/balance 200", _balance, answers.BalanceAnswer),
    ("get /api/billing/statement 200", _statement, answers.StatementAnswer),
    ("get /api/image-studio/health 200", _health, answers.HealthAnswer),
)


@pytest.mark.parametrize(("promise", "asking", "model"), PROMISES, ids=[promise for promise, _, _ in PROMISES])
async def test_an_answer_fits_its_model(desk: Desk, promise: str, asking: Asking, model: type[BaseModel]) -> None:
    answer = await asking(desk)

    method, _, status = promise.split()
    assert (answer.request.method.lower(), str(answer.status_code)) == (method, status)
    model.model_validate_json(answer.content, strict=True)


async def test_the_table_above_leaves_no_json_answer_out(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.url, trust_env=False) as client:
        document = (await client.get("/openapi.json")).json()
    promised = {
        f"{method} {path} {status}": content["application/json"]["schema"]["$ref"].rpartition("/")[2]
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
        for status, response in operation["responses"].items()
        if "application/json" in (content := response.get("content", {}))
    }
    assert promised == {promise: model.__name__ for promise, _, model in PROMISES}
