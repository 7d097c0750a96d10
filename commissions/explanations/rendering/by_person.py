"""An order for those who read about people: each line told once, then each person with what they got or did not, and
why."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from commissions.explanations.domain.explanations import AmountExplanation, LineExplanation, OrderExplanation
from commissions.explanations.domain.records import KocRecord
from commissions.explanations.rendering.explanation_text import OF_RULES, OF_SALE, ExplanationText


@dataclass(frozen=True, slots=True)
class Told:
    """A headline, what it stands for in paragraphs, and whether the steps add up to what is booked."""

    headline: str
    text: str
    adds_up: bool = True


def lines_told(text: ExplanationText, order: OrderExplanation) -> Iterator[Told]:
    """What was sold on each line, and which rule pays for it."""
    for line in order.lines:
        planned = next((amount for amount in line.amounts if amount.campaign is None), None)
        steps = [step for step in planned.steps if step.code in OF_RULES] if planned else []
        parts = [text.joined([line.sold]), text.joined(steps), text.verdicts(line)]
        headline = _("Line %(line)s (%(sku)s)") if line.sku else _("Line %(line)s")
        yield Told(headline % _of(line), "\n".join(part for part in parts if part))


def people_told(text: ExplanationText, order: OrderExplanation) -> Iterator[Told]:
    """Each person once, the credited ones first as they come; then why nobody is paid where nobody is."""
    people: dict[KocRecord, list[tuple[LineExplanation, AmountExplanation]]] = {}
    nobody: dict[str, None] = {}
    for line in order.lines:
        for amount in line.amounts:
            if amount.koc is None:
                nobody[_why(text, amount)] = None
            else:
                people.setdefault(amount.koc, []).append((line, amount))
    yield from (_person(text, koc, amounts) for koc, amounts in people.items())
    if nobody:
        yield Told(_("Nobody"), "\n".join(nobody))


def _person(text: ExplanationText, koc: KocRecord, amounts: list[tuple[LineExplanation, AmountExplanation]]) -> Told:
    whole = sum(amount.net_minor for _line, amount in amounts)
    said = {"koc": text.person(koc), "amount": text.formats.money(whole)}
    credit = dict.fromkeys(
        text.joined(step for step in amount.steps if step.code == "credit")
        for _line, amount in amounts
        if amount.level == 1
    )
    dates = [text.dates(amount) for _line, amount in amounts if amount.commission]
    shared = [date for date in dates[0] if all(date in others for others in dates)] if dates else []
    told = ((_headline(text, line, amount), _why(text, amount, shared)) for line, amount in amounts)
    return Told(
        _("%(koc)s: %(amount)s") % said if whole else _("%(koc)s: nothing") % said,
        "\n".join([*credit, *_alike(told), " ".join(shared)]).rstrip(),
        all(amount.adds_up for _line, amount in amounts),
    )


def _alike(told: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Reasons with the headlines that they hold for: what many lines share is said once."""
    whose: dict[str, list[str]] = {}
    for headline, why in told:
        whose.setdefault(why, []).append(headline)
    for why, headlines in whose.items():
        yield "\n".join([*headlines, why])


def _headline(text: ExplanationText, line: LineExplanation, amount: AmountExplanation) -> str:
    said = _of(line) | {"level": amount.level, "amount": text.formats.money(amount.amount_minor)}
    if not amount.amount_minor:
        return _("Line %(line)s (%(sku)s), level %(level)s: nothing") % said
    return _("Line %(line)s (%(sku)s), level %(level)s: %(amount)s") % said


def _why(text: ExplanationText, amount: AmountExplanation, told: Sequence[str] = ()) -> str:
    """How an amount was computed, or why it is none; then what happened to it, and the dates that are not `told` for
    all."""
    counted = [step for step in amount.steps if step.code not in OF_SALE | OF_RULES or step.code == "campaign"]
    if not counted:
        counted = [step for step in amount.steps if step.code in OF_RULES][-1:]
    dates = " ".join(date for date in text.dates(amount) if date not in told)
    return "\n".join(part for part in (text.joined(counted), *text.afterwards(amount), dates) if part)


def _of(line: LineExplanation) -> dict[str, object]:
    return {"line": line.key, "sku": line.sku}
