"""Pictures of curves: how influence decays with depth, and how a cascade grew."""

from collections.abc import Sequence
from datetime import datetime

import numpy as np
from matplotlib.axes import Axes
from matplotlib.dates import ConciseDateFormatter
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from referrals.domain.propagation.curves import Interval
from referrals.domain.propagation.pictures import FAINT, INK, RUST

BLUE, GREEN = "#2563eb", "#15803d"


def decay_picture(
    shares: Sequence[int], visits: Sequence[int], orders: Sequence[int], conversions: Sequence[tuple[float, Interval] | None], *, title: str
) -> Figure:
    """Counts by depth on the left, conversion with its interval on the right; the title says n."""
    figure = Figure(figsize=(13, 6), layout="constrained", facecolor="white")
    figure.suptitle(title, fontsize=15, color=INK)
    counts, rates = figure.subplots(1, 2)
    depths = range(len(shares))
    for shift, name, values, colour in ((-0.27, "shares", shares, FAINT), (0, "visits", visits, BLUE), (0.27, "orders", orders, GREEN)):
        bars = counts.bar([depth + shift for depth in depths], values, width=0.26, color=colour, label=name)
        if len(shares) <= 10:
            counts.bar_label(bars, [f"{value:,}" if value else "" for value in values], fontsize=7, padding=2, color=INK)
    if max([0, *shares, *visits, *orders]) > 200:
        counts.set_yscale("symlog", linthresh=10)
    counts.legend(frameon=False)
    counts.set_title("by depth", fontsize=10, color=INK)
    known = [(depth, *found) for depth, found in enumerate(conversions) if found]
    for depth, rate, (low, high) in known:
        rates.plot([depth, depth], [low, high], color=RUST, linewidth=2)
        rates.plot([depth], [rate], "o", color=RUST)
    if not known:
        rates.text(0.5, 0.5, "no visits yet", ha="center", transform=rates.transAxes, color=FAINT)
    rates.set_xlim(-0.5, len(shares) - 0.5 if shares else 0.5)
    rates.set_ylim(bottom=0)
    rates.yaxis.set_major_formatter(PercentFormatter(1.0))
    rates.set_title("orders per visit, with the 95 % Wilson interval", fontsize=10, color=INK)
    for axes in (counts, rates):
        _tidy(axes)
    return figure


def growth_picture(moments: Sequence[datetime], depths: Sequence[int], *, title: str) -> Figure:
    """How many shares there were at each time: all, and those at depth 2 or deeper. `moments` ascend."""
    figure = Figure(figsize=(11, 5.5), layout="constrained", facecolor="white")
    figure.suptitle(title, fontsize=15, color=INK)
    axes = figure.subplots()
    deep = [moment for moment, depth in zip(moments, depths, strict=True) if depth >= 2]
    for chosen, name, colour in ((list(moments), "all shares", BLUE), (deep, "at depth 2 or deeper", RUST)):
        if chosen:
            axes.step(
                np.array([moment.replace(tzinfo=None) for moment in chosen], dtype="datetime64[us]"),
                range(1, len(chosen) + 1),
                where="post",
                color=colour,
                label=f"{name}, n = {len(chosen):,}",
            )
    if moments:
        axes.xaxis.set_major_formatter(ConciseDateFormatter(axes.xaxis.get_major_locator()))  # type: ignore[no-untyped-call]
        axes.legend(frameon=False)
    else:
        axes.text(0.5, 0.5, "nothing was shared yet", ha="center", transform=axes.transAxes, color=FAINT)
    axes.set_ylabel("shares")
    axes.set_ylim(bottom=0)
    axes.spines[["top", "right"]].set_visible(False)
    return figure


def _tidy(axes: Axes) -> None:
    axes.set_xlabel("depth")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.spines[["top", "right"]].set_visible(False)
