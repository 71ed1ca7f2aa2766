"""Settings that follow from one another."""

import pytest

from lms.settings import Settings


@pytest.mark.parametrize(
    ("given", "address"),
    [
        ({}, "http://127.0.0.1:8000"),
        ({"port": 9000}, "http://127.0.0.1:9000"),
        ({"port": 9000, "base_url": "https://learning.example/"}, "https://learning.example"),
    ],
)
def test_mails_point_to_where_the_product_is(given: dict[str, object], address: str) -> None:
    assert Settings(_env_file=None, **given).base_url == address
