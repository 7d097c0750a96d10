"""KOCs suggest, and staff say what became of it."""

from datetime import datetime

from django.utils.translation import gettext as _

from accounts.people.models import Koc, User
from content.suggestions.domain import DECLINED, MOST_WAITING, MOVES, NotAnswerable, TooManySuggestions
from content.suggestions.models import Suggestion
from foundation.postgres.transactions import in_transaction


@in_transaction
def suggest(*, koc: Koc, text: str, at: datetime) -> Suggestion:
    """Keep what a KOC tells the brand. Raises TooManySuggestions when nobody has looked at 20 earlier ones."""
    Koc.objects.select_for_update(no_key=True).get(pk=koc.pk)
    if Suggestion.objects.filter(koc=koc, status=Suggestion.Status.NEW).count() >= MOST_WAITING:
        raise TooManySuggestions(_("The brand has not looked at your earlier suggestions yet."))
    return Suggestion.objects.create(brand=koc.brand, koc=koc, text=text, made_at=at)


@in_transaction
def answer_suggestion(*, suggestion: Suggestion, status: str, answer: str, by: User, at: datetime) -> Suggestion:
    """Say what becomes of a suggestion. Compare-and-set on its state. Raises NotAnswerable for a step that its state does
    not have, and for one that is declined without a reason."""
    if status == DECLINED and not answer.strip():
        raise NotAnswerable(_("Say why it is declined."))
    before = [state for state, after in MOVES.items() if status in after]
    moved = Suggestion.objects.filter(pk=suggestion.pk, status__in=before).update(
        status=status, answer=answer.strip(), answered_by=by, answered_at=at
    )
    if moved != 1:
        raise NotAnswerable(_("This suggestion was answered already."))
    suggestion.refresh_from_db()
    return suggestion
