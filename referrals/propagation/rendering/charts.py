"""Pictures of curves: how influence decays with depth, and how a cascade grew."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import numpy as np
from django.utils.translation import gettext as _
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from foundation.pictures.figures import FAINT, INK, RUST, titled_figure
from referrals.propagation.domain.curves import Interval
from referrals.propagation.rendering.pictures import MANY_DEPTHS, by_depth, nothing_yet

BLUE, GREEN = "#2563eb", "#15803d"
DAY = timedelta(days=1)
STEPS = 600


def decay_picture(
    shares: Sequence[int],
    visits: Sequence[int],
    orders: Sequence[int],
    conversions: Sequence[tuple[float, Interval] | None],
    *,
    title: str,
) -> Figure:
    """Counts by depth on the left, conversion with its interval on the right; the title says n."""
    figure = titled_figure(title, width=13, height=6)
    if not any(shares):
        nothing_yet(figure.subplots())
        return figure
    counts, rates = figure.subplots(1, 2)
    _draw_counts(counts, shares, visits, orders)
    measured = [(depth, *conversion) for depth, conversion in enumerate(conversions) if conversion]
    if measured:
        at, parts, intervals = zip(*measured, strict=True)
        rates.vlines(at, [low for low, _ in intervals], [high for _, high in intervals], color=RUST, linewidth=2)
        rates.plot(at, parts, "o", color=RUST)
    else:
        rates.text(0.5, 0.5, _("no visits yet"), ha="center", transform=rates.transAxes, color=FAINT)
    rates.set_ylim(bottom=0)
    rates.yaxis.set_major_formatter(PercentFormatter(1.0))
    rates.set_title(_("orders per visit, with the Wilson interval of 95 percent"), fontsize=10, color=INK)
    for axes in (counts, rates):
        by_depth(axes, len(shares))
    return figure


def _draw_counts(counts: Axes, shares: Sequence[int], visits: Sequence[int], orders: Sequence[int]) -> None:
    """Three bars a depth beside each other, their numbers upright above them."""
    depths = range(len(shares))
    for shift, name, values, colour in (
        (-0.27, _("shares"), shares, FAINT),
        (0, _("visits"), visits, BLUE),
        (0.27, _("orders"), orders, GREEN),
    ):
        if len(shares) > MANY_DEPTHS:
            counts.plot(depths, values, color=colour, label=name)
            continue
        bars = counts.bar([depth + shift for depth in depths], values, width=0.26, color=colour, label=name)
        if len(shares) <= 10:
            counts.bar_label(
                bars, [f"{value:,}" if value else "" for value in values], fontsize=7, padding=2, color=INK, rotation=90
            )
    if max(*shares, *visits, *orders) > 200:
        counts.set_yscale("symlog", linthresh=10)
    counts.margins(y=0.22)  # room for the counts above the bars
    if counts.get_yscale() != "linear":
        counts.set_ylim(0, 8 * max(*shares, *visits, *orders))
    if counts.get_yscale() == "linear":
        counts.yaxis.set_major_locator(MaxNLocator(integer=True))
    counts.legend(frameon=False, loc="upper right")
    counts.set_title(_("by depth"), fontsize=10, color=INK)


def growth_picture(moments: Sequence[datetime], depths: Sequence[int], *, title: str) -> Figure:
    """How many shares there were at each time: all, and those at depth 2 or deeper. `moments` ascend."""
    figure = titled_figure(title, width=11, height=5.5)
    axes = figure.subplots()
    if not moments:
        nothing_yet(axes)
        return figure
    deep = [moment for moment, depth in zip(moments, depths, strict=True) if depth >= 2]
    for counted, name, colour in ((list(moments), _("all shares"), BLUE), (deep, _("at depth 2 or deeper"), RUST)):
        if counted:
            # More steps than the picture has pixels would only make it heavy
            drawn = np.unique(np.linspace(0, len(counted) - 1, num=min(len(counted), STEPS)).astype(int))
            axes.step(
                np.array([counted[at].replace(tzinfo=None) for at in drawn], dtype="datetime64[us]"),
                drawn + 1,
                where="post",
                marker="o" if len(counted) <= 30 else None,
                color=colour,
                label=f"{name}, n = {len(counted):,}",
            )
    axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))
    axes.legend(frameon=False, loc="upper left")
    if moments[0] == moments[-1]:
        axes.set_xlim(*(date2num(moments[0].replace(tzinfo=None) + margin) for margin in (-DAY, DAY)))
    axes.set_ylabel(_("shares"))
    axes.set_ylim(bottom=0)
    axes.yaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
    return figure
