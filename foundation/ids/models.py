"""Rows that the outside sees carry a public id, computed from the row's number."""

from collections.abc import Callable, Iterable
from typing import Any, ClassVar, Self

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from foundation.ids import public_ids


def described(label: Any) -> Callable[[Callable[[Any], str]], property]:
    """A property that pages of the admin call by a label."""

    def made(function: Callable[[Any], str]) -> property:
        function.short_description = label  # type: ignore[attr-defined]
        return property(function)

    return made


class PublicQuerySet(models.QuerySet[Any]):
    def with_public_id(self, public_id: str) -> Self:
        """The one row of that public id, or none: an id of another type or a made-up one matches nothing."""
        number = self.model.number_of(public_id)
        return self.none() if number is None else self.filter(pk=number)


class PublicModel(models.Model):
    """A row with a `public_id`, whose type is named by a prefix: `class Koc(PublicModel, prefix="koc")`."""

    prefix: ClassVar[str]
    objects = PublicQuerySet.as_manager()

    class Meta:
        abstract = True

    def __init_subclass__(cls, *, prefix: str | None = None, **options: Any) -> None:
        super().__init_subclass__(**options)
        if prefix:  # a proxy, or a model in a migration, has that of its base or none
            cls.prefix = prefix

    @described(_("public id"))
    def public_id(self) -> str:
        return self.public_id_of(self.pk)

    @classmethod
    def public_id_of(cls, number: int) -> str:
        return public_ids.encode(settings.PUBLIC_ID_KEY, cls.prefix, number)

    @classmethod
    def public_ids_of(cls, numbers: Iterable[int]) -> list[str]:
        """Those of many rows, in their order, without their rows."""
        return public_ids.encode_all(settings.PUBLIC_ID_KEY, cls.prefix, list(numbers))

    @classmethod
    def public_ids_by_number(cls, numbers: Iterable[int | None]) -> dict[int | None, str | None]:
        """Those of rows that may be named more than once, by their numbers; None is nobody's."""
        different = list(dict.fromkeys(number for number in numbers if number is not None))
        return {None: None, **dict(zip(different, cls.public_ids_of(different), strict=True))}

    @classmethod
    def number_of(cls, public_id: str) -> int | None:
        """The row number behind a public id of this type, or None."""
        number = public_ids.decode(settings.PUBLIC_ID_KEY, cls.prefix, public_id)
        return number if number is not None and number < 1 << 63 else None
