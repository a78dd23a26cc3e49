"""Every public name has a docstring with an example that runs, and an API page is made of them."""

from __future__ import annotations

import ast
import asyncio
import doctest
import inspect
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import entra_csa
from entra_csa import attr, connect, prop

PACKAGE = Path(entra_csa.__file__).parent
BINDINGS = Path(__file__).parents[2] / "bindings/python"


def docs_of_aliases() -> dict[str, str]:
    """The texts below the names of types, which Python itself throws away."""
    docs = {}
    for file in PACKAGE.glob("*.py"):
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for name, text in zip(body, body[1:]):
            if isinstance(name, ast.Assign) and isinstance(name.targets[0], ast.Name) and isinstance(text, ast.Expr):
                if isinstance(text.value, ast.Constant) and isinstance(text.value.value, str):
                    docs[name.targets[0].id] = text.value.value
    return docs


def documented() -> Iterator[tuple[str, str]]:
    """Each public name with its docstring, and each public method and property of the classes that are not asyncio's twins."""
    aliases = docs_of_aliases()
    yield "entra_csa", entra_csa.__doc__ or ""
    for name in entra_csa.__all__:
        public = getattr(entra_csa, name)
        if not inspect.isclass(public) and not inspect.isfunction(public):
            yield name, aliases.get(name, "")
            continue
        yield name, public.__doc__ or ""
        for member, value in inspect.getmembers(public) if inspect.isclass(public) else []:
            function = value.fget if isinstance(value, property) else inspect.unwrap(getattr(value, "__func__", value))
            is_ours = inspect.isfunction(function) and function.__module__.startswith("entra_csa")
            if is_ours and not member.startswith("_") and not name.startswith("Async"):
                yield f"{name}.{member}", value.__doc__ or ""


DOCUMENTED = list(documented())
# A property that only repeats others, and the attributes that a definition has.
WITHOUT_EXAMPLE = {
    "AttributeDefinition.name", "FoundServicePrincipal.custom_security_attributes", "User.custom_security_attributes",
    "TokenCredential.get_token", "AccessToken.token", "AccessToken.expires_on",
}  # fmt: skip


@pytest.mark.parametrize(("name", "text"), DOCUMENTED, ids=[name for name, _ in DOCUMENTED])
def test_every_public_name_has_an_example_that_runs(
    name: str, text: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert text.strip(), f"{name} has no docstring"
    if name in WITHOUT_EXAMPLE:
        return
    monkeypatch.chdir(tmp_path)
    with connect(sandbox=True) as client:
        names: dict[str, Any] = {"entra_csa": entra_csa, "attr": attr, "prop": prop, "client": client, "asyncio": asyncio}
        example = doctest.DocTestParser().get_doctest(inspect.cleandoc(text), names, name, None, 0)
        assert example.examples, f"{name} has no example"
        runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE)
        runner.run(example, clear_globs=False)
    assert runner.summarize(verbose=False).failed == 0, capsys.readouterr().out


def test_every_argument_is_explained() -> None:
    for cls in (entra_csa.Client, entra_csa.Users, entra_csa.Found, entra_csa.Attributes):
        for name, method in inspect.getmembers(cls, inspect.isfunction):
            arguments = [argument for argument in inspect.signature(method).parameters if argument != "self"]
            if name.startswith("_") or "Takes what" in (method.__doc__ or "") or len(arguments) < 3:
                continue
            for argument in arguments:
                assert re.search(rf"^\s+{argument}: ", method.__doc__ or "", re.MULTILINE), f"{cls.__name__}.{name}: {argument}"


def test_the_api_page_has_every_public_name(tmp_path: Path) -> None:
    made = subprocess.run([sys.executable, str(BINDINGS / "docs.py"), str(tmp_path)], capture_output=True, text=True, check=True)
    assert made.stderr == ""
    page = (tmp_path / "entra_csa.html").read_text(encoding="utf-8")
    for name in entra_csa.__all__:
        assert f'id="{name}"' in page, name
    assert ":meth:" not in page
    assert "Args:" not in page
    assert "a 32-bit number, a truth value" in page
    assert "client_secret" in page.partition('id="aconnect"')[2][:4000]


@pytest.mark.filterwarnings("ignore")  # An undo after other writes warns of them.
def test_the_table_of_cmdlets_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    text = (BINDINGS / "README.md").read_text(encoding="utf-8")
    table = text.partition("| in PowerShell | in Python |")[2]
    rows = re.findall(r"^\| `(.*?)` \| `(.*?)` \|$", table, re.MULTILINE)
    cmdlets = {file.stem for file in (BINDINGS.parents[1] / "powershell/EntraCsa/Public").glob("*.ps1")}
    assert cmdlets == {name for shell, _ in rows for name in re.findall(r"\b[A-Z]\w+-Csa\w*", shell)}
    for shell, _ in rows:
        # A parameter belongs to the last cmdlet before it.
        cmdlet = ""
        for word in re.findall(r"(?<![\w$])-?[A-Z][\w-]*", shell):
            if word in cmdlets:
                cmdlet = (BINDINGS.parents[1] / f"powershell/EntraCsa/Public/{word}.ps1").read_text(encoding="utf-8")
            elif word.startswith("-") and word not in ("-Add", "-WhatIf"):
                assert f"${word[1:]}" in cmdlet, f"{shell}: {word}"
    monkeypatch.chdir(tmp_path)
    with connect(sandbox=True) as client:
        (tmp_path / "staff.csv").write_text("upn,id\njoe@contoso.com,GS1\n", encoding="utf-8")
        names = {"entra_csa": entra_csa, "client": client, "attr": attr, "App": entra_csa.App, "app_id": "954580dd-21a7-5783-9167-011d2ca07734"}
        client.bulk([("joe@contoso.com", {"Engineering.NumVendors": 4})], journal="run.jsonl", keep_previous=True)
        for _, expression in rows:
            result = eval(expression.replace("\\|", "|"), names)
            if isinstance(result, entra_csa.Found):
                list(result)


def test_the_readme_of_the_package_runs(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "staff.csv").write_text("upn,Projects\njoe@contoso.com,Baker;Cascade\n", encoding="utf-8")
    text = (BINDINGS / "README.md").read_text(encoding="utf-8")
    blocks = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    names: dict[str, Any] = {}
    for block in blocks:
        code = compile(block, "README.md", "exec", flags=ast.PyCF_ALLOW_TOP_LEVEL_AWAIT)
        work = eval(code, names)
        if inspect.iscoroutine(work):
            asyncio.run(work)
    assert len(blocks) > 3
