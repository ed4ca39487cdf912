"""The layout is the architecture: who may import whom, what an import costs, and what a page looks like."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parents[1] / "src" / "handgrad"
MAY_IMPORT = {
    "ops": {"ops"},
    "nn": {"nn", "ops"},
    "laws": {"laws"},
    "engine": {"engine", "nn", "ops"},
    "explain": {"explain", "nn", "ops"},
    "training": {"training", "engine", "nn", "ops"},
}
MATHEMATICS = {"ops", "nn", "laws"}
"""Packages that import torch (and jaxtyping, for shapes in signatures) and nothing else from outside."""

PAGES = sorted(path for path in (SOURCE / "ops").glob("_*.py") if "Function(HandFunction):" in path.read_text())
HEADINGS = ["Definition", "Derivation", "Products", "Saved", "Source"]
HEAVY = [
    "lightning",
    "hydra",
    "sklearn",
    "matplotlib",
    "torch._dynamo",
    "pandas",
    "rich",
    "tensorboard",
    "torchmetrics",
]


def imports(path: Path) -> Iterator[str]:
    """The dotted names that a file imports, wherever in it."""
    package = ["handgrad", *path.relative_to(SOURCE).parent.parts]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = package[: len(package) - node.level + 1] if node.level else []
            stem = ".".join([*base, *([node.module] if node.module else [])])
            yield from (f"{stem}.{alias.name}" for alias in node.names) if stem == "handgrad" else [stem]


def files(package: str) -> list[Path]:
    return sorted((SOURCE / package).rglob("*.py"))


PACKAGES = [package for package in MAY_IMPORT if (SOURCE / package).is_dir()]


@pytest.mark.parametrize("package", PACKAGES)
def test_packages_import_downwards_only(package: str) -> None:
    for path in files(package):
        inside = {name.split(".")[1] for name in imports(path) if name.startswith("handgrad.")}
        assert inside <= MAY_IMPORT[package], f"{path.name} imports {inside - MAY_IMPORT[package]}"


@pytest.mark.parametrize("package", sorted(MATHEMATICS & set(PACKAGES)))
def test_mathematics_imports_torch_only(package: str) -> None:
    for path in files(package):
        outside = {name.split(".")[0] for name in imports(path)} - sys.stdlib_module_names - {"handgrad"}
        assert outside <= {"torch", "jaxtyping"}, f"{path.name} imports {outside - {'torch', 'jaxtyping'}}"


def test_every_package_has_its_direction() -> None:
    assert {path.name for path in SOURCE.iterdir() if path.is_dir() and path.name != "__pycache__"} <= set(MAY_IMPORT)


def test_package_imports_neither_configuration_nor_scripts() -> None:
    for path in SOURCE.rglob("*.py"):
        assert not {name.split(".")[0] for name in imports(path)} & {"conf", "scripts", "hydra", "omegaconf"}, path


def test_no_bag_of_odds_and_ends() -> None:
    bags = {"utils", "helpers", "misc", "common", "base"}
    assert not [path for path in SOURCE.rglob("*.py") if path.stem.strip("_") in bags]


def test_pages_were_found() -> None:
    assert len(PAGES) >= 8


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_page_has_its_headings_in_order(page: Path) -> None:
    docstring = ast.get_docstring(ast.parse(page.read_text())) or ""
    found = [line.split()[0] for line in docstring.splitlines() if line and not line[0].isspace()]
    assert [heading for heading in found if heading in HEADINGS] == HEADINGS


@pytest.mark.parametrize("page", PAGES, ids=lambda path: path.stem)
def test_rules_neither_detach_nor_reach_for_data(page: Path) -> None:
    for node in ast.walk(ast.parse(page.read_text())):
        if isinstance(node, ast.Attribute):
            assert node.attr not in ("data", "detach", "detach_", "autograd"), f"line {node.lineno}"


def run(code: str) -> str:
    done = subprocess.run([sys.executable, "-W", "ignore", "-c", code], capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@pytest.mark.slow
@pytest.mark.parametrize("module", ["handgrad", "handgrad.explain"])
def test_import_costs_what_torch_costs(module: str) -> None:
    """Not by the clock but by what is imported: nothing heavy, and little beyond torch's own modules."""
    new = run(f"import torch, sys; a = set(sys.modules); import {module}; print(*(set(sys.modules) - a))").split()
    assert not [name for name in new for heavy in HEAVY if name == heavy or name.startswith(heavy + ".")]
    outside = {name.split(".")[0] for name in new} - sys.stdlib_module_names
    assert outside <= {"handgrad", "torch", "jaxtyping", "wadler_lindig", "numpy"}  # jaxtyping brings the last two


COMPILE = """
import torch
x = torch.randn(3, requires_grad=True)
y = torch.compile(handgrad.ops.sigmoid, fullgraph=True, backend="aot_eager")(30 + x)
y.sum().backward()
assert (x.grad != 0).all(), x.grad
slope = torch.compile(torch.func.grad(lambda a: handgrad.ops.sigmoid(a).sum()), fullgraph=True, backend="eager")
assert (slope(30 + x.detach()) != 0).all()
tangent = torch.compile(lambda a: torch.func.jvp(handgrad.ops.sigmoid, (a,), (torch.ones(3),))[1], fullgraph=True, backend="eager")
assert (tangent(30 + x.detach()) != 0).all()
print("done")
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    "first", ["import handgrad, torch._dynamo", "import torch._dynamo, handgrad", "import handgrad"]
)
def test_compile_knows_the_rules_whoever_was_imported_first(first: str) -> None:
    assert run(first + COMPILE) == "done"
