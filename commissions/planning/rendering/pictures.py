"""A picture of a backtest: the draft's cost by tier beside the actual cost, and how much KOCs gain and lose."""

import math

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from commissions.planning.domain.report import Backtest, Cost, percent
from foundation.money.amounts import shown
from foundation.pictures.figures import FAINT, INK, legible, titled_figure

ACTUAL, DRAFT, GAIN, LOSS = "#7b8794", "#2563eb", "#15803d", "#c2410c"
BINS = 40


def backtest_picture(backtest: Backtest) -> Figure:
    """Two panels: the cost by tier, and how many KOCs gain or lose how much."""
    title = f"{backtest.brand}: plan {backtest.draft} over orders paid from {backtest.first_day} to before {backtest.day_after}"
    figure = titled_figure(title, width=14, height=6.5)
    by_tier, by_koc = figure.subplots(1, 2)
    _draw_tiers(by_tier, backtest)
    _draw_kocs(by_koc, backtest)
    return figure


def _draw_tiers(axes: Axes, backtest: Backtest) -> None:
    """Two bars a tier, level 2 in a lighter tone on top of level 1."""
    places = np.arange(len(backtest.tiers))
    for shift, name, colour, costs in (
        (-0.2, "actual", ACTUAL, [tier.actual for tier in backtest.tiers]),
        (0.2, "draft", DRAFT, [tier.draft for tier in backtest.tiers]),
    ):
        firsts, seconds = _in_units(costs, backtest)
        axes.bar(places + shift, firsts, width=0.38, color=colour, label=name)
        if any(seconds):
            axes.bar(
                places + shift, seconds, width=0.38, bottom=firsts, color=colour, alpha=0.45, label=f"{name}, level 2"
            )
    axes.set_xticks(places, [legible(tier.name) for tier in backtest.tiers], parse_math=False)
    axes.set_ylabel(backtest.currency)
    axes.yaxis.set_major_formatter(lambda amount, _: f"{amount:,.10g}")
    axes.set_title(
        f"by tier of who is credited\nactual {_cost_text(backtest, backtest.actual_cost)} → draft {_cost_text(backtest, backtest.draft_cost)}",
        fontsize=10,
        color=INK,
    )
    axes.legend(frameon=False, fontsize=9)
    axes.spines[["top", "right"]].set_visible(False)


def _draw_kocs(axes: Axes, backtest: Backtest) -> None:
    """How many KOCs gain or lose how much. The outermost bar of either side also holds its farthest hundredth."""
    gain, lose = len(backtest.gainers()), len(backtest.losers())
    axes.set_title(
        f"n = {len(backtest.kocs):,} KOCs: {gain:,} gain, {lose:,} lose, {len(backtest.kocs) - gain - lose:,} stay",
        fontsize=10,
        color=INK,
    )
    axes.set_xlabel(f"draft − actual, {backtest.currency}")
    axes.set_ylabel("KOCs")
    gains, losses = (
        np.array([koc.difference_minor for koc in kocs], dtype=float) / backtest.unit
        for kocs in (backtest.gainers(), backtest.losers())
    )
    if len(gains) or len(losses):
        high, low = (
            (float(np.percentile(gains, 99)) if len(gains) else 0.0),
            (float(np.percentile(losses, 1)) if len(losses) else 0.0),
        )
        counts, edges = np.histogram(np.concatenate((gains, losses)).clip(low, high), bins=_edges(low, high))
        axes.bar(
            edges[:-1],
            counts,
            width=np.diff(edges) * 0.92,
            align="edge",
            color=[LOSS if edge < 0 else GAIN for edge in edges[:-1]],
        )
        if counts.max() > 100 * counts[counts > 0].min():
            axes.set_yscale("log")
    axes.axvline(0, color=FAINT, linewidth=1)
    axes.spines[["top", "right"]].set_visible(False)


def _edges(low: float, high: float) -> list[float]:
    """Bins of equal width from `low` to `high`, one of which begins at 0: none holds gains and losses."""
    width = (high - low) / BINS
    return [place * width for place in range(math.floor(low / width), math.floor(high / width) + 2)]


def _in_units(costs: list[Cost], backtest: Backtest) -> tuple[list[float], list[float]]:
    return [cost.level1_minor / backtest.unit for cost in costs], [cost.level2_minor / backtest.unit for cost in costs]


def _cost_text(backtest: Backtest, cost: Cost) -> str:
    share = backtest.share_bps(cost)
    return shown(cost.total_minor, backtest.currency) + ("" if share is None else f" ({percent(share)} of GMV)")
