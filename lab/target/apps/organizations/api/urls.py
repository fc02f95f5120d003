"""Addresses of the five flows."""

from django.urls import path

from apps.organizations.api import views

urlpatterns = [
    path("create/", views.TeamCreateView.as_view()),
    path("<slug:slug>/members/add/", views.MemberAddView.as_view()),
    path("<slug:slug>/members/<int:membership_id>/role/", views.MemberRoleView.as_view()),
    path("<slug:slug>/settings/", views.TeamSettingsView.as_view()),
    path("<slug:slug>/members/<int:membership_id>/remove/", views.MemberRemoveView.as_view()),
]
