from django.urls import path

from content.kits.api import KitListView, KitView
from content.media.api import AvatarView
from content.submissions.api import LicenceView, RevisionView, SubmissionListView, SubmissionWithdrawalView
from content.suggestions.api import SuggestionListView

urlpatterns = [
    path("me/memberships/<str:koc_id>/avatar", AvatarView.as_view()),
    path("kits", KitListView.as_view()),
    path("kits/<str:kit_id>", KitView.as_view()),
    path("submissions", SubmissionListView.as_view()),
    path("submissions/licence", LicenceView.as_view()),
    path("submissions/<str:submission_id>/revision", RevisionView.as_view()),
    path("submissions/<str:submission_id>/withdrawal", SubmissionWithdrawalView.as_view()),
    path("suggestions", SuggestionListView.as_view()),
]
