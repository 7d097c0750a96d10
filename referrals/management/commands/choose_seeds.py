from typing import Any

from django.core.management.base import CommandParser

from accounts.brands.models import Brand
from accounts.management.brand_commands import BrandCommand
from content.kits.selectors.named_kits import kit_by_key
from foundation.files.counts import counted
from foundation.files.faults import Refusal
from foundation.terminal.tables import aligned
from referrals.propagation.selectors.forests import shares_of
from referrals.propagation.selectors.seeds import forecast_of, seeds_of

RUNS_MOST = 1_000_000


class Command(BrandCommand):
    help = "Whom to ask next: the KOCs whose past cascades together cover most people, chosen greedily; and how many might share if they begin."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--kit", metavar="KEY", help="by cascades that began with this kit")
        parser.add_argument("-k", type=int, default=10, metavar="NUMBER", help="how many KOCs (10)")
        parser.add_argument("--runs", type=int, default=1_000, help="of the forecast (1000); 0: none")
        parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same forecast (1)")

    def handle(self, *, brand: Brand, kit: str | None, k: int, runs: int, seed: int, **options: Any) -> None:
        if k < 1 or not 0 <= runs <= RUNS_MOST or seed < 0:
            raise Refusal(f"-k is at least 1, --runs from 0 to {RUNS_MOST:,}, and --seed not negative")
        read = shares_of(brand, kit_by_key(brand, kit) if kit else None)
        seeds = seeds_of(read, k=k)
        rows = [
            ["KOC", "name", "adds", "covered"],
            *([chosen.koc.key, chosen.koc.name, f"{chosen.adds:,}", f"{chosen.covered:,}"] for chosen in seeds),
        ]
        for line in aligned(rows):
            self.stdout.write(line)
        if seeds and runs:
            forecast = forecast_of(read, [chosen.koc for chosen in seeds], runs=runs, seed=seed)
            self.stdout.write(
                f"forecast: {forecast.mean:.1f} sharers on average, {forecast.low:,.0f} to {forecast.high:,.0f} in nine runs of ten,"
                f" depth {forecast.mean_depth:.1f} ({runs:,} runs, seed {seed})"
            )
        covered = seeds[-1].covered if seeds else 0
        self.stdout.write(
            f"chosen: {counted(len(seeds), 'KOC')}, who cover {covered} people; greedy, at least 63 % of the best"
        )
