"""Results beside each other: what a share of each brought, and how sure that is."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from matplotlib.figure import Figure

from commissions.results.models import ContentResult
from foundation.money.amounts import digits_of
from foundation.pictures.figures import INK, legible, titled_figure
from foundation.texts.amounts import shown

BAR = "#2563eb"
WIDTH, HEAD, ROW = 11.0, 1.0, 0.4  # inches
LONGEST_NAME = 24


def results_picture(results: Sequence[tuple[str, ContentResult]], *, currency: str) -> Figure:
    """A bar for each named result, as long as what a share of it sold, with the interval that holds the mean with 95 %,
    where there are enough shares for one, and the number of shares."""
    title = _("Sold per share")
    figure = titled_figure(title, width=WIDTH, height=HEAD + ROW * len(results))
    axes = figure.subplots()
    unit = 10 ** digits_of(currency)
    means = [result.per_share for _name, result in results]
    places = range(len(results))
    axes.barh(places, [mean.value / unit if mean else 0 for mean in means], color=BAR, height=0.62)
    for place, mean in zip(places, means, strict=True):
        if mean and mean.low is not None and mean.high is not None:
            axes.hlines(place, mean.low / unit, mean.high / unit, color=INK, linewidth=1.5)
    beside = axes.get_yaxis_transform()  # across: parts of the panel; down: bars
    for place, (_name, result) in zip(places, results, strict=True):
        said = _("%(sold)s of %(shares)s shares") % {"sold": shown(result.gmv_minor, currency), "shares": f"{result.shares:,}"}  # fmt: skip
        axes.text(1.02, place, legible(said), va="center", fontsize=9, color=INK, transform=beside, parse_math=False)
    axes.set_yticks(places, [legible(_short(name)) for name, _result in results], parse_math=False)
    axes.set_ylim(len(results) - 0.5, -0.5)
    axes.set_xlim(left=0)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _short(name: str) -> str:
    return name if len(name) <= LONGEST_NAME else name[: LONGEST_NAME - 1] + "…"
