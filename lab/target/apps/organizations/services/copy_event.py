"""A write of the new model that has to be copied."""

from dataclasses import dataclass

# Operation → how the log sentences call it.
SUBJECTS = {
    "sync_team_created": "team creation",
    "sync_team_member_added": "member addition",
    "sync_team_member_updated": "member role update",
    "sync_team_settings_updated": "settings update",
    "sync_team_member_removed": "member removal",
}


@dataclass(frozen=True)
class CopyEvent:
    """One write, by one user, on one team and (in the member flows) one membership."""

    operation: str
    team_id: int
    team_slug: str
    user_id: int
    membership_id: int | None = None

    @property
    def subject(self) -> str:
        """What happened, as the log sentences say it."""
        return SUBJECTS[self.operation]

    @property
    def subject_id(self) -> int:
        """The id in the log sentences: the membership's in the member flows, the team's otherwise."""
        return self.team_id if self.membership_id is None else self.membership_id

    def log_fields(self, event_type: str) -> dict:
        """Return what a log line carries in `extra`. Member events name the team by slug, not by id."""
        fields = {"copy_event": self, "event_type": event_type, "operation": self.operation}
        if self.membership_id is None:
            fields["team_id"] = self.team_id
        else:
            fields.update(membership_id=self.membership_id, team_slug=self.team_slug)
        return {**fields, "user_id": self.user_id}
