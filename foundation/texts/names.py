"""What rows are called by: as people call them, so that a link, a message or the history of changes says which is
meant."""

from collections.abc import Callable, Iterator
from functools import wraps
from typing import Any, TypeVar

from django.contrib.admin.utils import get_fields_from_path
from django.core.exceptions import ObjectDoesNotExist
from django.db.models import Model

Row = TypeVar("Row", bound=Model)


def named_by(*paths: str) -> Callable[[Callable[[Row], str]], Callable[[Row], str]]:
    """Declare, at a model's `__str__`, the other rows that the name is made of, by their paths: lists read them
    together with the row. A row that was not saved, and lacks one of them, is called by its kind."""

    def decorated(name: Callable[[Row], str]) -> Callable[[Row], str]:
        @wraps(name)
        def name_of(row: Row) -> str:
            try:
                return name(row)
            except ObjectDoesNotExist:
                return str(row._meta.verbose_name)

        vars(name_of)["named_by"] = paths
        return name_of

    return decorated


def relations_of_name(model: type[Model]) -> tuple[str, ...]:
    """The paths to the rows that the name of a row of this model is made of."""
    paths: tuple[str, ...] = getattr(model.__str__, "named_by", ())
    return paths


def relations_of_names(model: type[Model], paths: Any) -> Iterator[str]:
    """Paths from a model to other rows, with what the names of those, and of all on the way, are made of."""
    for path in paths:
        steps = path.split("__")
        for length in range(1, len(steps) + 1):
            way = "__".join(steps[:length])
            yield way
            found = get_fields_from_path(model, way)[-1].related_model
            if isinstance(found, type) and issubclass(found, Model):
                yield from (f"{way}__{further}" for further in relations_of_name(found))
