"""Foreign keys with the options that nearly all of them share. Migrations see Django's own, with every option."""

from typing import Any, ClassVar, TypeVar

from django.db import models

_ST = TypeVar("_ST", contravariant=True)  # what is set and what is got, as Django's stubs call them
_GT = TypeVar("_GT", covariant=True)


class ProtectedForeignKey(models.ForeignKey[_ST, _GT]):
    """The row that it names stays, and has no attribute that leads back unless `related_name` gives it one."""

    defaults: ClassVar[dict[str, Any]] = {"on_delete": models.PROTECT, "related_name": "+"}
    of_django = "django.db.models.ForeignKey"

    def __init__(self, to: type[models.Model] | str, *, null: bool = False, **options: Any) -> None:
        super().__init__(to, null=null, **self.defaults | options)  # mypy looks for an argument `null`

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        name, _path, arguments, options = super().deconstruct()
        return name, self.of_django, arguments, options


class ProtectedOneToOneField(ProtectedForeignKey[_ST, _GT], models.OneToOneField[_ST, _GT]):
    """The same, and at most one row names it."""

    of_django = "django.db.models.OneToOneField"


class UnconstrainedForeignKey(ProtectedForeignKey[_ST, _GT]):
    """For tables that grow by millions, where a constraint looks up every row and an index slows every insert. Triggers
    check each statement instead, and an index that the table has anyway begins with the column if one is needed."""

    defaults: ClassVar[dict[str, Any]] = ProtectedForeignKey.defaults | {"db_index": False, "db_constraint": False}
