from django.contrib import admin
from django.urls import include, path
from django.views.generic import RedirectView
from drf_spectacular.views import SpectacularJSONAPIView

from config.health import HealthView, ReadyView
from config.pages.api_docs import ApiDocsView
from config.pages.languages import choose_language

API = "api/v1/"
urlpatterns = [
    path("", RedirectView.as_view(pattern_name="admin:index")),  # which asks strangers to sign in
    path("admin/", admin.site.urls),
    path("language", choose_language, name="set_language"),
    path(API, include("accounts.urls")),
    path(API, include("content.urls")),
    path(API, include("referrals.urls")),
    path(API, include("commissions.urls")),
    path(API, include("growth.urls")),
    path("", include("content.public_urls")),
    path("", include("referrals.public_urls")),
    path(f"{API}schema", SpectacularJSONAPIView.as_view(), name="schema"),
    path(f"{API}docs", ApiDocsView.as_view(url_name="schema")),
    path("healthz", HealthView.as_view()),
    path("readyz", ReadyView.as_view()),
]
handler400 = "config.errors.bad_request"
handler403 = "config.errors.not_allowed"
handler404 = "config.errors.not_found"
handler500 = "config.errors.server_error"
