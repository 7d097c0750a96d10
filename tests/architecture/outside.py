"""What others hold on to: addresses, options, fields, types and codes of the API, of files and of commands.

It asks for no layout of the code, so it can be run on any commit, from the folder of its checkout. What is committed in
outside.json was made from commit 17d1cd2, before the code was laid by nouns; nothing has been changed since. Not in it:
JSON that commands print, cells of files, and what the admin shows. When something is changed on purpose, make it anew:

    GROVE_ENV_FILE=no DATABASE_URL=postgresql://none/none python -m tests.architecture.outside > tests/architecture/outside.json
"""

import ast
import importlib
import json
import os
import pkgutil
import re
import sys
from argparse import Action
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import django
import msgspec
from django.core.management import get_commands, load_command_class
from django.core.management.base import BaseCommand
from django.urls import URLPattern, URLResolver, get_resolver

FLOORS = ["foundation", "accounts", "content", "referrals", "commissions", "growth", "backoffice", "config"]
ROOT = Path.cwd()
KEPT = {"type", "format", "enum", "const", "required", "properties", "items", "additionalProperties", "oneOf", "anyOf"}


def outside() -> dict[str, Any]:
    """All of it, in plain JSON."""
    return {
        "addresses": sorted(addresses(get_resolver())),
        "api": api(),
        "commands": commands(),
        "columns read": sorted(columns_read()),
        "columns written": sorted(columns_written()),
        "documents read": documents(),
        "refusals": refusals(),
        "settings": settings(),
    }


# The API


def addresses(resolver: URLResolver, before: str = "/") -> Iterator[str]:
    """Every address of ours; those of the admin are Django's."""
    for entry in resolver.url_patterns:
        path = before + str(entry.pattern).removeprefix("^")
        if isinstance(entry, URLPattern):
            yield path
        elif not path.startswith("/admin"):
            yield from addresses(entry, path)


def api() -> dict[str, Any]:
    from drf_spectacular.generators import SchemaGenerator  # it reads settings

    schema = SchemaGenerator().get_schema(request=None, public=True)
    shapes = schema["components"]["schemas"]
    return {
        f"{method.upper()} {path}": operation(call, shapes)
        for path, methods in schema["paths"].items()
        for method, call in methods.items()
    }


def operation(call: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    return {
        "parameters": {
            f"{one['in']} {one['name']}": plain(one["schema"], shapes) | {"required": one.get("required", False)}
            for one in call.get("parameters", [])
        },
        "request": bodies(call.get("requestBody", {}), shapes),
        "responses": {
            status: sorted(answer.get("content", {})) if int(status) >= 400 else bodies(answer, shapes)
            for status, answer in call["responses"].items()
        },
    }


def bodies(part: dict[str, Any], shapes: dict[str, Any]) -> dict[str, Any]:
    return {kind: plain(body["schema"], shapes) for kind, body in part.get("content", {}).items()}


def plain(shape: Any, shapes: dict[str, Any]) -> Any:
    """A shape without names and prose, what it refers to written out."""
    if isinstance(shape, list):
        return [plain(one, shapes) for one in shape]
    if not isinstance(shape, dict):
        return shape
    if "$ref" in shape:
        return plain(shapes[shape["$ref"].rsplit("/", 1)[-1]], shapes)
    if len(shape.get("allOf", [])) == 1:
        return plain(shape["allOf"][0], shapes)
    kept = {key: value for key, value in shape.items() if key in KEPT}
    if "properties" in kept:
        kept["properties"] = {name: plain(one, shapes) for name, one in kept["properties"].items()}
    kept = {key: value if key == "properties" else plain(value, shapes) for key, value in kept.items()}
    for unordered in {"required", "enum"} & kept.keys():
        kept[unordered] = sorted(kept[unordered], key=str)
    return kept


def refusals() -> dict[str, list[int]]:
    """code → the statuses of the refusals that have it."""
    errors = importlib.import_module("config.errors")
    list(modules())
    found: dict[str, set[int]] = {}
    kinds = [next(kind for kind in errors.STATUSES if kind.__name__ == "Refusal")]
    for kind in kinds:
        kinds += [child for child in kind.__subclasses__() if child.__module__.split(".")[0] in FLOORS]
        status = next(errors.STATUSES[parent] for parent in kind.__mro__ if parent in errors.STATUSES)
        found.setdefault(kind.code, set()).add(int(status))
    return {code: sorted(statuses) for code, statuses in found.items()}


# Commands and settings

MADE_UP = re.compile(r"\w+\.get\('\w+', \.\.\.\)")


def commands() -> dict[str, Any]:
    # `migrate` is Django's own, with one question before it
    ours = {name: app for name, app in get_commands().items() if str(app) in FLOORS and name != "migrate"}
    common = {action.dest for action in BaseCommand().create_parser("", "")._actions}
    found = {}
    for name, app in ours.items():
        parser = load_command_class(str(app), name).create_parser("manage.py", name)
        found[name] = {named(one): option(one) for one in parser._actions if one.dest not in common}
    return found


def named(action: Action) -> str:
    return ", ".join(action.option_strings) or action.dest


def option(action: Action) -> dict[str, Any]:
    kind = getattr(action.type, "__name__", None) if action.type else None
    default = action.default if isinstance(action.default, str | int | float | list | None) else repr(action.default)
    choices = sorted(map(str, action.choices)) if action.choices else None
    told = {"type": kind, "nargs": action.nargs, "choices": choices, "default": default, "const": action.const}
    told["required"] = action.required or None
    return {key: value for key, value in told.items() if value is not None}


def settings() -> dict[str, str]:
    """name → how it is read and what it is by default, of everything that is taken from the environment."""
    found: dict[str, str] = {}
    for file in sorted((ROOT / "config").glob("*.py")):
        for node in ast.walk(ast.parse(file.read_text())):
            if not (isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant)):
                continue
            reader = re.fullmatch(r"env\.(\w+)|os\.environ\.get", ast.unparse(node.func))
            if reader and (reader[1] or node.args[0].value not in found):
                default = ", ".join(MADE_UP.sub("needed in production", ast.unparse(one)) for one in node.args[1:])
                found[str(node.args[0].value)] = f"{reader[1] or 'str'}, {default}" if default else reader[1] or "str"
    return found


# Files


def modules() -> Iterator[ModuleType]:
    for floor in FLOORS:
        if (ROOT / floor).is_dir():
            package = importlib.import_module(floor)
            for found in pkgutil.walk_packages(package.__path__, f"{floor}."):
                if ".migrations" not in found.name and found.name not in {"config.wsgi", "config.run"}:
                    yield importlib.import_module(found.name)


def tables() -> Iterator[Any]:
    """The lists of columns that modules declare themselves."""
    for module in modules():
        declared = {
            target.id
            for node in ast.parse(Path(str(module.__file__)).read_text()).body
            if isinstance(node, ast.Assign)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for name in sorted(name for name in declared if name.endswith("COLUMNS")):
            yield getattr(module, name)


def columns_read() -> Iterator[str]:
    """`customer, phone?`: a question mark for what may be missing."""
    for columns in tables():
        if columns and hasattr(columns[0] if isinstance(columns, list) else None, "parse"):
            yield ", ".join(column.name + "?" * (not column.required) for column in columns)


def columns_written() -> Iterator[str]:
    """Lists of names; those of the database's columns have ids."""
    for columns in tables():
        if (
            isinstance(columns, list | tuple | dict)
            and all(isinstance(column, str) for column in columns)
            and not any(column.endswith("_id") for column in columns)
        ):
            yield ", ".join(columns)


def cleaned_text(kind: type) -> dict[str, str]:
    """A text that comes in cleaned, by its kind."""
    return {"type": "string", "description": str(kind.__doc__)}


def documents() -> dict[str, Any]:
    """Every shape of YAML or JSON that is read and is no part of another, by the names of its fields."""
    list(modules())
    kinds = [kind for kind in subclasses(msgspec.Struct) if kind.__module__.split(".")[0] in FLOORS]
    roots, shapes = msgspec.json.schema_components(kinds, schema_hook=cleaned_text)
    inner = {ref for shape in shapes.values() for ref in re.findall(r'"\$ref": "#/\$defs/([^"]+)"', json.dumps(shape))}
    found = {}
    for root in roots:
        if (name := str(root.get("$ref", "")).rsplit("/", 1)[-1]) not in inner and name in shapes:
            shape = shapes[name]
            if not shape["properties"]:
                continue
            fields = [field + "?" * (field not in shape["required"]) for field in shape["properties"]]
            found[", ".join(fields)] = plain(shape, shapes)
    return found


def subclasses(kind: type) -> Iterator[type]:
    children: list[type] = kind.__subclasses__()
    for child in children:
        yield child
        yield from subclasses(child)


def as_text(found: dict[str, Any]) -> str:
    return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    django.setup()
    sys.stdout.write(as_text(outside()))
