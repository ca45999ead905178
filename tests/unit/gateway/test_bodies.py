"""What a prompt may be made of."""

import pytest
from pydantic import ValidationError

from libs.common.contracts.pictures import PROMPT_MAX_CHARS
from services.gateway.api.bodies import CreateBody


@pytest.mark.parametrize("prompt", ["a", "😀" * PROMPT_MAX_CHARS, "\x1b[31mred\x1b[0m", "one\r\ntwo", "\u202eabc"])
def test_any_text_is_data(prompt: str) -> None:
    assert CreateBody(prompt=prompt).prompt


@pytest.mark.parametrize("field", ["prompt", "negative_prompt"])
def test_a_text_that_would_not_fit_an_event_is_refused_before_it_costs(field: str) -> None:
    """A control character takes six bytes in JSON, and an event carries a text three times."""
    with pytest.raises(ValidationError) as refused:
        CreateBody.model_validate({"prompt": "a", field: "\x1b" * PROMPT_MAX_CHARS})
    assert [error["type"] for error in refused.value.errors()] == ["invalid_text"]
