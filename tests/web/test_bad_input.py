"""Pages take what nobody of ours made, in addresses and cookies, without falling over."""

import base64

import pytest
from fastapi import FastAPI

from lms.kernel.pagination import encode_cursor
from tests.cast import LEARNER, Cast
from tests.web.readers import Reader

NO_FILTERS = dict.fromkeys(("focus", "skill_area", "competency", "modality", "language", "q"), "")


@pytest.mark.parametrize("place", [["x"], ["x", "y", "z"], ["9" * 18, "y", "z"], ["0", "y", "z"]])
async def test_a_cursor_that_nobody_handed_out(app: FastAPI, cast: Cast, place: list[str]) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER)
    for path, filters in (("/record", {}), ("/courses", NO_FILTERS)):
        answer = await reader.client.get(path, params={"cursor": encode_cursor(place, filters=filters)})
        assert answer.status_code == 422, (path, answer.text[:300])


@pytest.mark.parametrize("said", [b"5", b"null", b"[1]", b'["done"', b"\xff", b'{"a": 1, "b": 2}'])
async def test_a_flash_that_is_none_of_ours_is_passed_over(app: FastAPI, cast: Cast, said: bytes) -> None:
    reader = await Reader(app).sign_in(cast, LEARNER)
    reader.client.cookies.set("lms_flash", base64.urlsafe_b64encode(said).decode())
    await reader.get("/account")
