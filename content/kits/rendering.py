"""A picture of what was learned of variants: how often each sells, by the channel on which it was shared."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from content.kits.domain.variants import Odds
from content.kits.models import Channel, Section
from content.kits.selectors.variants import Learned
from foundation.pictures.figures import INK, legible, titled_figure

BAR, BEST = "#2563eb", "#15803d"
WIDTH, HEAD, PANEL, ROW = 11.0, 0.6, 0.75, 0.38  # inches


def odds_picture(learned: Sequence[Learned]) -> Figure:
    """A panel for each channel and section: a bar for each variant, as long as its rate, with the interval that holds it
    with 95 %, how many visits that rests on, and how probable it is the best. A proposed winner is green."""
    heights = [PANEL + ROW * len(one.odds) for one in learned]
    title = _("Orders per visit, by variant")
    figure = titled_figure(title, width=WIDTH, height=HEAD + sum(heights))
    panels = figure.subplots(len(heights), 1, squeeze=False, height_ratios=heights)[:, 0]
    for axes, one in zip(panels, learned, strict=True):
        _draw(axes, one)
    return figure


def called(learned: Learned) -> str:
    """`Moments · usage experience`, in the reader's language; with the channel of the texts, where they are its own."""
    kind, of = learned.section.split(":")
    own = "" if of == Channel.ANY else f" ({Channel(of).label})"
    return f"{Channel(learned.channel).label} · {Section.Kind(kind).label}{own}"


def _draw(axes: Axes, learned: Learned) -> None:
    """Each panel has a scale of its own: a channel where little is known yet does not flatten the others."""
    places = range(len(learned.odds))
    colours = [BEST if one.variant == learned.winner else BAR for one in learned.odds]
    tried = [(place, one) for place, one in enumerate(learned.odds) if one.trials]
    axes.barh(places, [one.rate for one in learned.odds], color=colours, height=0.62)
    for place, one in tried:
        axes.hlines(place, one.low, one.high, color=INK, linewidth=1.5)
    beside = axes.get_yaxis_transform()  # across: parts of the panel; down: bars
    for place, one in enumerate(learned.odds):
        axes.text(1.02, place, _said(one), va="center", fontsize=9, color=INK, transform=beside)
    axes.set_yticks(places, [legible(one.variant) for one in learned.odds], parse_math=False)
    axes.set_ylim(len(places) - 0.5, -0.5)
    axes.set_xlim(0, 1.05 * max((one.high for _place, one in tried), default=1.0))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=1))
    axes.set_title(called(learned), fontsize=10, color=INK, loc="left")
    axes.spines[["top", "right"]].set_visible(False)


def _said(odds: Odds) -> str:
    if not odds.trials:
        return _("no visits yet")
    values = {"rate": f"{odds.rate:.1%}", "visits": f"{odds.trials:,}", "best": f"{odds.best:.0%}"}
    return _("%(rate)s of %(visits)s visits; %(best)s sure to be the best") % values
