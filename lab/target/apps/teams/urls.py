"""Addresses of the legacy API."""

from django.urls import path

from apps.teams.views import LegacyTeamCreateView

urlpatterns = [path("create/", LegacyTeamCreateView.as_view())]
