"""The README's Python does what it shows."""

from __future__ import annotations

import re
from pathlib import Path

import pytest


def test_the_first_python_block_prints_what_is_shown(capsys: pytest.CaptureFixture[str]) -> None:
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    match = re.search(r"```python\n(.*?)```\s+```text\n(.*?)```", text, re.DOTALL)
    assert match
    exec(match[1], {})
    assert capsys.readouterr().out == match[2]


def test_every_python_block_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    text = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(blocks) > 1
    for block in blocks:
        exec(block, {})
