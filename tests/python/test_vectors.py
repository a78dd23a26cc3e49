"""Every example of Microsoft's how-to and of the pages on definitions, in the Python that a person would type, over HTTP to the sandbox."""

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


def declared(client: entra_csa.Client, item: dict[str, Any]) -> dict[str, Any]:
    """The set, attribute or allowed value that an item is about, as an item."""
    if item["kind"] == "attributeSet":
        (s,) = [s for s in client.attribute_sets if s.attribute_set == item["attributeSet"]]
        return {"kind": "attributeSet", "attributeSet": s.attribute_set, "description": s.description, "maxAttributesPerSet": s.max_attributes}
    definition = client.attributes[item["attributeSet"]][item["attribute"]]
    values = [{"value": v.value, "isActive": v.is_active} for v in definition.allowed_values]
    names = {"kind": item["kind"], "attributeSet": definition.attribute_set, "attribute": definition.attribute}
    if item["kind"] == "allowedValue":
        (value,) = [value for value in values if value["value"] == item["value"]]
        return names | value
    return names | {
        "type": definition.type,
        "description": definition.description,
        "status": definition.status,
        "isSearchable": definition.is_searchable,
        "usePreDefinedValuesOnly": definition.allowed_values_only,
        "allowedValues": values,
    }


def test_all_examples_are_there() -> None:
    assert len(FILES) >= 26


@pytest.mark.parametrize(("vector", "expression"), CASES)
def test_example(client: entra_csa.Client, vector: dict[str, Any], expression: str) -> None:
    result = eval(expression, {"client": client, "attr": entra_csa.attr})
    found = list(result) if "finds" in vector else []
    requests = sent(client)
    for request, expected in zip(requests, vector["sent"], strict=True):
        for part in ("method", "path", "query", "body"):
            assert request[part] == expected[part]
        for name, value in expected["headers"].items():
            assert request["headers"][name] == value
    if "answer" in vector:
        # What the tenant has then is what was answered.
        for item in vector["answer"]:
            assert declared(client, item) == item
    elif "finds" in vector:
        assert len(found) == vector["count"]
        for wanted in vector["finds"]:
            (user,) = [user for user in found if user.id == wanted["id"]]
            assert user.display_name == wanted["displayName"]
            assert held(user.assignments) == wanted["holds"]
    else:
        assert held(client.users.get(vector["target"])) == vector["holds"]
