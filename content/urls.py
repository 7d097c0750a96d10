from django.urls import path

from content.kits.api import KitListView, KitView

urlpatterns = [
    path("kits", KitListView.as_view()),
    path("kits/<str:kit_id>", KitView.as_view()),
]
