"""What the clock starts. A task pulls facts; a message that is lost costs a beat, never money."""

import logging

from celery import shared_task
from django.utils import timezone

from accounts.models import Brand
from commissions.services.clock import answer_facts as answer_facts_of
from commissions.services.clock import run_due
from commissions.services.exports import forget_exports as forget_old_exports
from commissions.services.exports import write_next_export

logger = logging.getLogger(__name__)


@shared_task
def answer_facts() -> None:
    """Answer what has come in since the last beat, brand by brand; a brand whose facts fail does not stop the others."""
    for brand in Brand.objects.order_by("pk"):
        try:
            answer_facts_of(brand=brand, at=timezone.now())
        except Exception:
            logger.exception("brand %s could not be answered", brand.pk)


@shared_task
def do_what_is_due() -> None:
    """Everything that the clock starts, brand by brand."""
    for brand in Brand.objects.order_by("pk"):
        try:
            run_due(brand=brand, at=timezone.now())
        except Exception:
            logger.exception("brand %s could not be brought up to date", brand.pk)


@shared_task
def write_exports() -> None:
    """Write what staff asked for, one file after another. What fails is tried again at the next beat, and given up after some."""
    while write_next_export(at=timezone.now()):
        pass


@shared_task
def forget_exports() -> None:
    """Remove the files of old exports."""
    forget_old_exports(at=timezone.now())
