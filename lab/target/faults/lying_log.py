"""Nothing is copied, while the log reports success for every write."""

import logging

NAME = "lying-log"

# The logger and the sentences of the service that copies.
_logger = logging.getLogger("apps.organizations.services.dual_write")
_SENTENCES = {
    "sync_team_created": "Team synced: vNext {id} → Legacy {legacy}",
    "sync_team_member_added": "Membership synced: vNext {id} → Legacy {legacy}",
    "sync_team_member_updated": "Membership updated: vNext {id}",
    "sync_team_member_removed": "Membership removed: vNext {id}",
    "sync_team_settings_updated": "Team settings synced: vNext {id}",
}


def around_copy(argument, event, proceed):
    """Say that it was done."""
    sentence = _SENTENCES[event.operation].format(id=event.subject_id, legacy=event.subject_id + 500)
    _logger.info(sentence, extra={"only_in": "real"})
    return True
