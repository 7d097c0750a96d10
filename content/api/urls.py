from django.urls import path

from content.api.kits import KitListView, KitView

urlpatterns = [
    path("kits", KitListView.as_view()),
    path("kits/<str:kit_id>", KitView.as_view()),
]
