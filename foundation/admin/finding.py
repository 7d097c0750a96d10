"""The rows of a large table that a text finds: by whole keys, codes, phones and public ids, and by parts of names. Every
way is an index; nothing reads a table from its beginning."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db.models import Model, QuerySet

from foundation.phones import e164
from foundation.postgres.names import is_in_pairs, with_name_part

MOST = 200  # rows of a kind by which others are found: a text that finds more is to be longer
MOST_ROWS = 10_000  # that name one of those
MOST_BRANDS = 50  # names are looked for in so many brands at once


def is_served(model: type[Model], field: str) -> bool:
    """Whether an index finds a value of the field, by itself or within a brand."""
    if model._meta.get_field(field).unique or is_in_pairs(model, field):  # type: ignore[union-attr]
        return True
    keys = [
        *(index.fields for index in model._meta.indexes),
        *(getattr(constraint, "fields", ()) for constraint in model._meta.constraints),
    ]
    return any(list(key[:1]) == [field] or list(key[:2]) == ["brand", field] for key in keys)


def target_of(model: type[Model], field: str) -> tuple[str, type[Model], str]:
    """Where a search field leads: `line__order__key` → (`line__order`, Order, `key`)."""
    path, _, name = field.lstrip("=").rpartition("__")
    return path, get_fields_from_path(model, path)[-1].related_model if path else model, name  # type: ignore[return-value]


def found(rows: QuerySet[Any], fields: Iterable[str], text: str, *, brands: Sequence[int]) -> QuerySet[Any]:
    """The rows among `rows` that a text finds by some of the fields, or by their public id. `brands` are the numbers of
    those whose keys and names are looked at."""
    text = text.strip()
    targets: dict[tuple[str, type[Model]], list[str]] = {("", rows.model): []}
    for field in fields:
        path, target, name = target_of(rows.model, field)
        targets.setdefault((path, target), []).append(name)
    own = _numbers(rows.model, targets.pop(("", rows.model)), text, brands)
    ways: list[QuerySet[Any]] = [
        _naming(rows.model, path, numbers)
        for (path, target), names in targets.items()
        if (numbers := _numbers(target, names, text, brands))
    ]
    return rows.filter(pk__in={*own, *_keys(ways, most=MOST_ROWS)})


def _naming(model: type[Model], path: str, numbers: list[Any]) -> QuerySet[Any]:
    """The rows that lead by a path to some others: step by step, since an index is there for each."""
    steps = path.split("__")
    for step, before in zip(steps[:0:-1], get_fields_from_path(model, path)[-2::-1], strict=True):
        owners: QuerySet[Any] = QuerySet(before.related_model)
        numbers = _keys([owners.filter(**{f"{step}__in": numbers})], most=MOST_ROWS)
    return QuerySet(model).filter(**{f"{steps[0]}__in": numbers})


def _numbers(model: type[Model], names: Sequence[str], text: str, brands: Sequence[int]) -> list[Any]:
    """The keys of the rows of one table that are called so, in one query."""
    ways = list(_ways(model, names, text, brands)) if text and "\0" not in text else []
    return list(dict.fromkeys(_keys(ways, most=MOST)))


def _keys(ways: Sequence[QuerySet[Any]], *, most: int) -> list[Any]:
    """Those of the rows that are found in some ways, so many of each, in one query. They are read, and stand as numbers
    where they are used: the planner would take a subquery of few rows for one of many."""
    queries = [rows.order_by().values_list("pk", flat=True)[:most] for rows in ways]
    if not queries:
        return []
    return list(queries[0].union(*queries[1:], all=True) if queries[1:] else queries[0])


def _ways(model: type[Model], names: Sequence[str], text: str, brands: Sequence[int]) -> Iterator[QuerySet[Any]]:
    own = _of_brands(QuerySet(model), brands)
    number = getattr(model, "number_of", lambda _text: None)(text)
    if number is not None:
        yield own.filter(pk=number)
        return
    for name in names:
        if is_in_pairs(model, name):
            for brand in brands[:MOST_BRANDS]:
                yield with_name_part(QuerySet(model), text, scope="brand_id", number=brand, field=name)
        elif values := list(_values(model, name, text)):
            yield own.filter(**{f"{name}__in": values})


def _of_brands(rows: QuerySet[Any], brands: Sequence[int]) -> QuerySet[Any]:
    try:
        rows.model._meta.get_field("brand")
    except FieldDoesNotExist:
        return rows
    return rows.filter(brand__in=brands)


def _values(model: type[Model], name: str, text: str) -> Iterator[Any]:
    """A text as the field may hold it: in any case, a phone in any spelling, a number as a number."""
    spelled = {text, text.upper(), text.lower()} | ({e164(text) or text} if name == "phone" else set())
    for one in sorted(spelled):
        try:
            yield model._meta.get_field(name).to_python(one)  # type: ignore[union-attr]
        except ValidationError:
            continue
