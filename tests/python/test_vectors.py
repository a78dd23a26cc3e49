"""Every example of Microsoft's how-to, in the Python that a person would type, over HTTP to the sandbox."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from conftest import sent

import entra_csa

FILES = sorted((Path(__file__).parents[1] / "vectors").glob("*.json"))
VECTORS = [json.loads(file.read_text(encoding="utf-8")) for file in FILES]
CASES = [
    pytest.param(vector, expression, id=f"{file.stem}: {expression}")
    for file, vector in zip(FILES, VECTORS)
    for expression in vector["python"]
]


def held(assignments: Iterable[entra_csa.Assignment]) -> list[dict[str, Any]]:
    return [{"attributeSet": a.attribute_set, "attribute": a.attribute, "type": a.type, "value": a.value} for a in assignments]


def test_all_examples_are_there() -> None:
    assert len(FILES) >= 14


@pytest.mark.parametrize(("vector", "expression"), CASES)
def test_example(client: entra_csa.Client, vector: dict[str, Any], expression: str) -> None:
    result = eval(expression, {"client": client})
    found = list(result) if "finds" in vector else []
    requests = sent(client)
    for request, expected in zip(requests, vector["sent"], strict=True):
        for part in ("method", "path", "query", "body"):
            assert request[part] == expected[part]
        for name, value in expected["headers"].items():
            assert request["headers"][name] == value
    if "finds" in vector:
        assert len(found) == vector["count"]
        for wanted in vector["finds"]:
            (user,) = [user for user in found if user.id == wanted["id"]]
            assert user.display_name == wanted["displayName"]
            assert held(user.assignments) == wanted["holds"]
    else:
        assert held(client.get(vector["target"])) == vector["holds"]
