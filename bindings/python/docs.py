"""Makes the API page from the docstrings: docs.py FOLDER. Needs the package and pdoc."""

import ast
import sys
import warnings
from pathlib import Path

import pdoc

import entra_csa

# What is loaded when it is asked for has to be there to be seen.
for name in entra_csa.__all__:
    setattr(entra_csa, name, getattr(entra_csa, name))
# The fields of named tuples keep the names of their types as text, which is what the page shows.
warnings.filterwarnings("ignore", "Error parsing type annotation")
module = pdoc.doc.Module(entra_csa)
# The text below the name of a type is where the type is defined, in another file.
for file in Path(entra_csa.__file__).parent.glob("*.py"):
    lines = ast.parse(file.read_text(encoding="utf-8")).body
    for line, text in zip(lines, lines[1:]):
        if isinstance(line, ast.Assign) and isinstance(text, ast.Expr) and isinstance(text.value, ast.Constant):
            member = module.get(ast.unparse(line.targets[0]))
            if member is not None:
                member.docstring = text.value.value
pdoc.render.configure(docformat="google", show_source=False)
folder = Path(sys.argv[1])
folder.mkdir(parents=True, exist_ok=True)
(folder / "entra_csa.html").write_text(pdoc.render.html_module(module, {"entra_csa": module}), encoding="utf-8")
