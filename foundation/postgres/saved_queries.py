"""Queries whose SQL Django writes once in a process: to write it takes longer than to run it."""

from collections.abc import Callable
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Generic, NamedTuple, TypeVar

from django.db import connection
from django.db.models import Model, QuerySet

MOST_KEPT = 200
"""Forms of one query. One that is asked in more ways is written anew each time."""
_MARKS: dict[type, Callable[[int], Any]] = {
    int: lambda number: -(2**62) - number,
    str: lambda number: f"mark {number} 6f1d0c52b0d94b0fa3a3",
    datetime: lambda number: datetime(1901, 2, 3, 4, 5, 6, number, UTC),
}
"""Values that no request has: where one stands among the parameters of the SQL, the real value goes."""

Row = TypeVar("Row", bound=Model)


class _Written(NamedTuple):
    sql: str
    params: tuple[Any, ...]
    places: list[tuple[int, str]]
    """Where among the parameters which value stands."""
    compiler: Any
    converters: Any


class SavedQuery:
    """`build` makes a queryset of `values_list` from named values. Those that are listed with their type may be another
    at each call and must stand in the SQL as they are given; any other value gives SQL of its own.

        kits = SavedQuery(lambda brand, size: Kit.objects.filter(brand=brand).values_list("title")[:size], brand=int)
        kits.rows(brand=7, size=20)
    """

    def __init__(self, build: Callable[..., QuerySet[Any, Any]], **kinds: type) -> None:
        self._build = build
        self._marks = {name: _MARKS[kind](number) for number, (name, kind) in enumerate(kinds.items())}
        self._written: dict[tuple[Any, ...], _Written] = {}

    def rows(self, **values: Any) -> list[tuple[Any, ...]]:
        """The rows, as the queryset itself would give them."""
        form = tuple(item for item in values.items() if item[0] not in self._marks)
        written = self._written.get(form) or self._write(form, values)
        params = list(written.params)
        for place, name in written.places:
            params[place] = values[name]
        with connection.cursor() as cursor:
            cursor.execute(written.sql, params)
            rows: list[tuple[Any, ...]] = cursor.fetchall()
        if written.converters:
            return [tuple(row) for row in written.compiler.apply_converters(rows, written.converters)]
        return rows

    def _write(self, form: tuple[Any, ...], values: dict[str, Any]) -> _Written:
        queryset = self._build(**values | self._marks)
        compiler: Any = queryset.query.get_compiler("default")
        sql, params = compiler.as_sql()
        names = {mark: name for name, mark in self._marks.items()}
        places = [
            (place, names[param])
            for place, param in enumerate(params)
            if isinstance(param, int | str | datetime) and param in names
        ]
        if missing := set(self._marks) - {name for _place, name in places}:
            raise ValueError(f"not in the SQL as they were given: {', '.join(sorted(missing))}")
        converters = compiler.get_converters([column for column, _sql, _alias in compiler.select])
        written = _Written(sql, tuple(params), places, compiler, converters)
        if len(self._written) < MOST_KEPT:
            self._written[form] = written
        return written


class SavedModels(Generic[Row]):
    """The same for rows of a model, with the rows that its foreign keys of these names lead to, as `select_related` has
    them.

        kits = SavedModels(Kit, lambda brand: Kit.objects.filter(brand=brand), "product", brand=int)
    """

    def __init__(self, model: type[Row], build: Callable[..., QuerySet[Row]], *related: str, **kinds: type) -> None:
        self._model, self._related = model, related
        self._query = SavedQuery(lambda **values: build(**values).values_list(*self._paths), **kinds)

    @cached_property
    def _parts(self) -> list[tuple[str, type[Model], list[str]]]:
        """The name, the model and the columns of the row itself and of each that is related; when all models are known."""
        models = [("", self._model)] + [(name, _led_to(self._model, name)) for name in self._related]
        return [(name, model, [field.attname for field in model._meta.concrete_fields]) for name, model in models]

    @property
    def _paths(self) -> list[str]:
        return [f"{name}__{column}" if name else column for name, _model, columns in self._parts for column in columns]

    def rows(self, **values: Any) -> list[Row]:
        return [self._made(values) for values in self._query.rows(**values)]

    def first(self, **values: Any) -> Row | None:
        """The only row, or the first in the order of the queryset."""
        return next(iter(self.rows(**values)), None)

    def _made(self, values: tuple[Any, ...]) -> Row:
        made: dict[str, Any] = {}
        start = 0
        for name, model, columns in self._parts:
            own = values[start : start + len(columns)]
            start += len(columns)
            key = own[columns.index(model._meta.pk.attname)]
            made[name] = None if key is None else model.from_db(connection.alias, columns, own)
        row: Row = made.pop("")
        for name, related in made.items():
            setattr(row, name, related)
        return row


def _led_to(model: type[Model], name: str) -> type[Model]:
    led_to: type[Model] = model._meta.get_field(name).related_model  # type: ignore[assignment]  # it may be a name until all are loaded
    return led_to
