"""All addresses of the application."""

from django.conf import settings
from django.urls import include, path, re_path
from django.views.static import serve
from rest_framework_simplejwt.views import TokenObtainPairView, TokenRefreshView

from deltacrown import health

urlpatterns = [
    path("healthz/", health.healthz),
    path("readiness/", health.readiness),
    path("api/token/", TokenObtainPairView.as_view()),
    path("api/token/refresh/", TokenRefreshView.as_view()),
    path("api/vnext/teams/", include("apps.organizations.api.urls")),
    path("api/teams/", include("apps.teams.urls")),
    re_path(r"^static/(?P<path>.*)$", serve, {"document_root": settings.STATIC_ROOT}),
]
