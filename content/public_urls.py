"""Pictures, at their addresses: outside of the API, since pages and apps show them without a login."""

from django.urls import path

from content.media.api import PictureView, PrivatePictureView

urlpatterns = [
    path("media/<str:name>", PictureView.as_view()),
    path("media/private/<str:signed>", PrivatePictureView.as_view()),
]
