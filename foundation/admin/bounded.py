"""Lists that stay fast however large their table is: they count to a bound, and sort by what an index serves."""

from typing import Any

from django.core.paginator import Paginator
from django.utils.functional import cached_property
from unfold.views import ChangeList

MOST_COUNTED = 1_000  # whoever looks for more narrows the list; with more, the planner joins whole tables to count


def up_to_bound(count: int) -> str:
    """A count for people: `12`, or of more than is counted `1,000+`."""
    return f"{MOST_COUNTED:,}+" if count > MOST_COUNTED else f"{count:,}"


class BoundedPaginator(Paginator):
    """Counts at most MOST_COUNTED rows; `is_more` says that there are others, which no page shows."""

    template_name = "admin/bounded_pagination.html"

    @cached_property
    def _found(self) -> int:
        rows: Any = self.object_list
        return int(rows.order_by().values("pk")[: MOST_COUNTED + 1].count())

    @cached_property
    def count(self) -> int:
        return min(self._found, MOST_COUNTED)

    @cached_property
    def is_more(self) -> bool:
        return self._found > MOST_COUNTED


class BoundedList(ChangeList):
    """A list that is sorted by the columns in `sortable_by` alone, also when an address asks for another."""

    def get_ordering_field(self, field_name: Any) -> Any:
        return (
            None
            if self.sortable_by is not None and field_name not in self.sortable_by
            else super().get_ordering_field(field_name)
        )
