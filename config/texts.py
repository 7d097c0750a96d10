"""The catalogues of texts: `make texts` collects what people read, keeps the translations of what is unchanged, and
compiles. A new or changed text stands in the catalogue without a translation, and a test fails until it has one."""

import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import django
from babel.messages.catalog import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import read_mo, write_mo
from babel.messages.pofile import read_po, write_po
from django import conf
from django.apps import apps
from django.conf import settings
from django.contrib.admin import site
from django.db.models import Model
from django.utils.translation.template import templatize

FLOORS = ("foundation", "accounts", "content", "referrals", "commissions", "growth", "backoffice", "config")
KEYWORDS: dict[str, Any] = {
    "_": None,
    "gettext": None,
    "gettext_lazy": None,
    "ngettext": (1, 2),
    "ngettext_lazy": (1, 2),
    "pgettext": ((1, "c"), 2),
    "pgettext_lazy": ((1, "c"), 2),
    "Message": None,
}
PO = Path(settings.LOCALE_PATHS[0]) / "zh_Hans" / "LC_MESSAGES" / "django.po"

STRING = r"""u?(?:"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')"""
CALL = re.compile(
    rf"\b(?:_|[np]*gettext)\({STRING}(?:\s*,\s*(?:{STRING}|\w+))*\)"
)  # what Django makes of a template's tags

UNDATED = datetime(2026, 1, 1, tzinfo=UTC)  # the same texts are the same bytes
UNUSED = (b'"POT-', b'"PO-Rev', b'"Report-', b'"Last-', b'"Language-Team')
Found = tuple[str, Any, str | None]  # where, the text (of several forms a tuple), its context


def texts_of_file(path: Path, where: str) -> Iterator[Found]:
    source = path.read_text()
    if path.suffix == ".html":
        source = "\n".join(match[0] for match in CALL.finditer(templatize(source)))
    for _line, message, _comments, context in extract("python", io.BytesIO(source.encode()), keywords=KEYWORDS):
        yield where, message, context


def texts_of_files() -> Iterator[Found]:
    """What the code and the templates of the house mark as texts."""
    for floor in FLOORS:
        for path in sorted((settings.ROOT / floor).rglob("*")):
            if path.suffix in (".py", ".html") and "migrations" not in path.parts:
                yield from texts_of_file(path, str(path.relative_to(settings.ROOT)))


def shown_models() -> list[type[Model]]:
    """The models of the house that the admin shows, on pages of their own or as lines of another."""
    models = {model for model in site._registry if model._meta.app_label in FLOORS}
    lines = {inline.model for page in site._registry.values() for inline in page.inlines}
    return sorted(models | lines, key=lambda model: model._meta.label)


def texts_of_models() -> Iterator[Found]:
    """The names of models and fields that Django derives."""
    for model in shown_models():
        options, where = model._meta, f"{model.__module__.replace('.', '/')}.py"
        for name in ("verbose_name", "verbose_name_plural"):
            if name not in options.original_attrs:
                yield where, str(getattr(options, name)), None
        for field in options.local_fields:
            if vars(field)["_verbose_name"] is None:
                yield where, str(field.verbose_name), None


def texts_of_unfold() -> Iterator[Found]:
    """What the look of the admin says, where Django has no translation of it: Unfold ships no catalogue."""
    root = Path(sys.modules["unfold"].__file__ or "").parent
    known = set()
    for folder in [
        Path(conf.__file__).parent,
        *(Path(app.path) for app in apps.get_app_configs() if app.name.startswith("django.")),
    ]:
        compiled = folder / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.mo"
        if compiled.exists():
            known |= {str(message.id) for message in read_mo(io.BytesIO(compiled.read_bytes()))}
    for path in sorted(path for path in root.rglob("*") if path.suffix in (".py", ".html")):
        inside = path.relative_to(root).parts
        used = inside[0] != "contrib" or f"unfold.contrib.{inside[1]}" in settings.INSTALLED_APPS
        if used:
            for where, message, context in texts_of_file(path, f"unfold/{path.relative_to(root)}"):
                if str(message) not in known:
                    yield where, message, context


def collected() -> Catalog:
    """Every text that people read, in English, with the files that have it."""
    catalog = Catalog(locale="zh_Hans", project="Grove", charset="utf-8", fuzzy=False)
    for texts in (texts_of_files, texts_of_models, texts_of_unfold):
        for where, message, context in texts():
            if message and (not isinstance(message, str) or message.strip()):
                catalog.add(message, locations=[(where, 1)], context=context)
    return catalog


def kept() -> Catalog:
    with PO.open("rb") as file:
        return read_po(file, locale="zh_Hans")


def merged() -> Catalog:
    """What is collected, with the translations that are kept. What is gone from the sources is gone."""
    old, new = kept(), collected()
    new.header_comment = (
        "# What people read, in Chinese. `make texts` collects and compiles it; the translations are written here."
    )
    for message in new:
        before = old.get(message.id, message.context) if message.id else None
        if before is not None:
            message.string = before.string
            message.flags |= before.flags & {"fuzzy"}
    return new


def as_po(catalog: Catalog) -> bytes:
    written = io.BytesIO()
    write_po(written, catalog, width=120, sort_output=True, include_lineno=False, omit_header=False)
    return b"\n".join(line for line in written.getvalue().split(b"\n") if not line.startswith(UNUSED))


def as_mo(catalog: Catalog) -> bytes:
    catalog.creation_date = catalog.revision_date = UNDATED
    written = io.BytesIO()
    write_mo(written, catalog)
    return written.getvalue()


def main() -> None:
    django.setup()
    catalog = merged()
    PO.write_bytes(as_po(catalog))
    PO.with_suffix(".mo").write_bytes(as_mo(catalog))
    missing = [message for message in catalog if message.id and not all(_forms(message.string))]
    sys.stdout.write(
        f"{len(catalog):,} texts, {len(missing):,} without a translation: {PO.relative_to(settings.ROOT)}\n"
    )


def _forms(string: Any) -> tuple[str, ...]:
    return string if isinstance(string, tuple) else (string,)


if __name__ == "__main__":
    main()
