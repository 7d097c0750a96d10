"""KOCs say where their posts are live, and staff look."""

from datetime import datetime
from urllib.parse import urlsplit

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts.people.models import User
from content.channels.selectors import channel_limits
from content.media.models import Media
from content.review.models import ReviewPolicy
from foundation.postgres.transactions import in_transaction
from referrals.shares.domain.refusals import BadProofAddress, ProofRefused
from referrals.shares.models import PostProof, Share

MOST_WAITING = 10
"""proofs of one share that nobody has looked at"""


@in_transaction
def send_proof(
    *, share: Share, url: str, picture: Media | None, is_marked: bool | None, at: datetime
) -> tuple[PostProof, bool]:
    """Keep where a post is live; whether it is new. The same address of a share again is the same proof. By the brand's
    rule, if it has one, it is confirmed at once.

    Raises BadProofAddress, also without an address and a picture, and ProofRefused when 10 wait."""
    url = url.strip()
    if url and not _is_of_the_web(url):
        raise BadProofAddress(_("Give the address of the post, which begins with https://."))
    if not url and picture is None:
        raise BadProofAddress(_("Give the address of the post or a screenshot."))
    known: PostProof | None = PostProof.objects.filter(share=share, url=url).first() if url else None
    if known is not None:
        return known, False
    if PostProof.objects.filter(share=share, status=PostProof.Status.WAITING).count() >= MOST_WAITING:
        raise ProofRefused(_("The brand has not looked at the earlier ones yet."))
    try:
        with transaction.atomic():
            made = PostProof.objects.create(share=share, url=url, picture=picture, is_marked=is_marked, sent_at=at)
            if _is_confirmed_by_rule(made):
                made.status, made.decided_at = PostProof.Status.CONFIRMED, at
                made.save(update_fields=["status", "decided_at"])
    except IntegrityError:  # at the same moment
        return PostProof.objects.get(share=share, url=url), False
    return made, True


@in_transaction
def decide_proof(*, proof: PostProof, confirm: bool, reason: str, by: User, at: datetime) -> None:
    """Confirm a proof, or refuse it for a reason. Compare-and-set. Raises ProofRefused."""
    if not confirm and not reason.strip():
        raise ProofRefused(_("Say why it is refused."))
    status = PostProof.Status.CONFIRMED if confirm else PostProof.Status.REFUSED
    waiting = PostProof.objects.filter(pk=proof.pk, status=PostProof.Status.WAITING)
    if waiting.update(status=status, reason="" if confirm else reason.strip(), decided_by=by, decided_at=at) != 1:
        raise ProofRefused(_("This was decided already."))
    proof.refresh_from_db()


def _is_confirmed_by_rule(proof: PostProof) -> bool:
    """Whether the brand confirms by itself what is marked, lies on the platform of its channel, and was given for no
    other share. Two who give one address at the same moment are both confirmed, and staff see both."""
    share, limits = proof.share, channel_limits().get(proof.share.channel)
    host = urlsplit(proof.url).hostname or ""
    if not proof.is_marked or limits is None or not limits.has_post_at(host):
        return False
    if not ReviewPolicy.objects.filter(brand=share.brand_id, confirms_proofs=True).exists():
        return False
    return not PostProof.objects.filter(url=proof.url).exclude(share=share).exists()


def _is_of_the_web(url: str) -> bool:
    try:
        parts = urlsplit(url)
        return parts.scheme in {"http", "https"} and bool(parts.hostname) and "." in (parts.hostname or "")
    except ValueError:
        return False
