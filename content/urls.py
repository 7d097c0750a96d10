from django.urls import path

from content.kits.api import KitListView, KitView
from content.suggestions.api import SuggestionListView

urlpatterns = [
    path("kits", KitListView.as_view()),
    path("kits/<str:kit_id>", KitView.as_view()),
    path("suggestions", SuggestionListView.as_view()),
]
