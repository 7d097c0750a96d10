from django.contrib import admin

from accounts.access.permissions.staff import EditableAdmin
from content.review.models import ReviewPolicy


@admin.register(ReviewPolicy)
class ReviewPolicyAdmin(EditableAdmin):
    is_small = True
    list_display = [
        "brand",
        "needs_second_person",
        "licence_version",
        "review_days",
        "approves_after_days",
        "confirms_proofs",
    ]
