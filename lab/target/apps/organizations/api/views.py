"""The five flows of the new team model, each with its dual-write hook.

The hook lives here because the real application's log lines carry this module's name.
"""

import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from django.conf import settings
from django.db import transaction
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

import faults
from apps.organizations.api import serializers
from apps.organizations.services import members, teams
from apps.organizations.services.copy_event import CopyEvent
from apps.organizations.services.dual_write import DualWriteService
from deltacrown.errors import ViewError

logger = logging.getLogger(__name__)

SEED_ONLY = {"only_in": "seed"}


class FlowView(APIView):
    """A view of one numbered flow."""

    flow: int

    def initial(self, request: Request, *args: object, **kwargs: object) -> None:
        """Let the active faults see the request once it is authenticated and not throttled."""
        super().initial(request, *args, **kwargs)
        faults.before_request(self.flow, request)


class TeamCreateView(FlowView):
    """Flow 1."""

    flow = 1

    def post(self, request: Request) -> Response:
        """Create a team owned by the caller."""
        if not settings.VNEXT_CREATION_ENABLED:
            raise ViewError(403, "vnext_creation_disabled", "Creating vNext teams is switched off.")
        values = serializers.validated(serializers.TeamCreateSerializer, request.data)
        with copied_transaction() as copy:
            team = teams.create_team(request.user, values)
            copy(CopyEvent("sync_team_created", team.id, team.slug, request.user.id))
        body = {"team_id": team.id, "team_slug": team.slug, "team_url": f"/teams/{team.slug}/"}
        return Response(body, status=201)


class MemberAddView(FlowView):
    """Flow 2."""

    flow = 2

    def post(self, request: Request, slug: str) -> Response:
        """Put a user on the team."""
        values = serializers.validated(serializers.MemberAddSerializer, request.data)
        with copied_transaction() as copy:
            team = teams.managed_team(slug, request.user)
            member = members.add_member(team, request.user, values)
            copy(CopyEvent("sync_team_member_added", team.id, slug, request.user.id, member.id))
        return Response({"success": True, "membership_id": member.id, "members": members.member_payloads(team)})


class MemberRoleView(FlowView):
    """Flow 3."""

    flow = 3

    def post(self, request: Request, slug: str, membership_id: int) -> Response:
        """Give a member another role."""
        values = serializers.validated(serializers.MemberRoleSerializer, request.data)
        with copied_transaction() as copy:
            team = teams.managed_team(slug, request.user)
            member = members.change_role(team, request.user, membership_id, values["role"])
            copy(CopyEvent("sync_team_member_updated", team.id, slug, request.user.id, member.id))
        return Response({"success": True, "member": members.member_payload(member)})


class TeamSettingsView(FlowView):
    """Flow 4."""

    flow = 4

    def post(self, request: Request, slug: str) -> Response:
        """Change region and description."""
        values = serializers.validated(serializers.TeamSettingsSerializer, request.data)
        with copied_transaction() as copy:
            team = teams.managed_team(slug, request.user)
            teams.update_settings(team, request.user, values)
            copy(CopyEvent("sync_team_settings_updated", team.id, slug, request.user.id))
        return Response({"success": True, "team": teams.team_payload(team)})


class MemberRemoveView(FlowView):
    """Flow 5."""

    flow = 5

    def post(self, request: Request, slug: str, membership_id: int) -> Response:
        """Take a member off the team."""
        with copied_transaction() as copy:
            team = teams.managed_team(slug, request.user)
            member = members.remove_member(team, request.user, membership_id)
            copy(CopyEvent("sync_team_member_removed", team.id, slug, request.user.id, member.id))
        return Response({"success": True, "members": members.member_payloads(team)})


@contextmanager
def copied_transaction() -> Iterator[Callable[[CopyEvent], None]]:
    """Run a flow in one transaction; what it hands to the yielded function is copied after the commit.

    The line "scheduled" is written when the block is left. The hooks have run by then: `synced` and `failed` come
    before `scheduled`, and in strict mode the exception leaves first and `scheduled` is missing. The runbook's
    application (LOG_FORMAT=seed) writes it when the copy is registered, in the runbook's order.
    """
    scheduled: list[CopyEvent] = []

    def schedule(event: CopyEvent) -> None:
        if not settings.TEAM_VNEXT_DUAL_WRITE_ENABLED or not faults.schedule_copy(event):
            return
        _log_scheduled(event, only_in="seed")
        transaction.on_commit(partial(_run_hook, event))
        scheduled.append(event)

    with transaction.atomic():
        yield schedule
    for event in scheduled:
        _log_scheduled(event, only_in="real")


def _run_hook(event: CopyEvent) -> None:
    """Copy one event. The row of the new model is committed already: strict mode can only fail the answer."""
    started = time.perf_counter()
    try:
        copied = faults.around_copy(event, partial(DualWriteService().copy, event))
    except Exception as error:
        _log_failed(event, error)
        if settings.TEAM_VNEXT_DUAL_WRITE_STRICT_MODE:
            logger.error("Dual-write strict mode: raising exception", extra=SEED_ONLY)
            raise
        logger.info("Dual-write failure logged, request succeeded (strict_mode=false)", extra=SEED_ONLY)
        return
    if copied:
        duration_ms = round((time.perf_counter() - started) * 1000)
        fields = {**event.log_fields("dual_write_completed"), **SEED_ONLY, "duration_ms": duration_ms}
        logger.info("Dual-write completed for %s: %s", event.subject, event.subject_id, extra=fields)


def _log_scheduled(event: CopyEvent, only_in: str) -> None:
    """Write the line "scheduled" for one family of log shapes."""
    fields = {**event.log_fields("dual_write_scheduled"), "only_in": only_in}
    logger.info("Dual-write scheduled for %s: %s", event.subject, event.subject_id, extra=fields)


def _log_failed(event: CopyEvent, error: Exception) -> None:
    """Write the line "failed": ERROR in both modes, except that the runbook has WARNING while strict mode is off."""
    lenient_seed = settings.LOG_FORMAT == "seed" and not settings.TEAM_VNEXT_DUAL_WRITE_STRICT_MODE
    fields = {
        **event.log_fields("dual_write_failed"),
        "exception_type": type(error).__name__,
        "exception_message": str(error),
    }
    level = logging.WARNING if lenient_seed else logging.ERROR
    logger.log(level, "Dual-write failed for %s: %s", event.subject, event.subject_id, extra=fields, exc_info=True)
