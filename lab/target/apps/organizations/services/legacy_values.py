"""How values of the new model look in the legacy one. Pure functions."""

import re

LEGACY_GAMES = {1: "valorant", 2: "csgo", 3: "dota2", 4: "pubg"}
LEGACY_ROLES = {"COACH": "PLAYER", "ANALYST": "PLAYER", "SCOUT": "PLAYER"}
TAG_LENGTH = 10
TAG_LETTERS = 4


def legacy_game(game_id: int) -> str:
    """Return the legacy name of a game; games that the legacy model does not know are empty."""
    return LEGACY_GAMES.get(game_id, "")


def legacy_role(role: str) -> str:
    """Return the legacy role: those that the legacy model does not have become PLAYER."""
    return LEGACY_ROLES.get(role, role)


def legacy_tag(name: str, team_id: int) -> str:
    """Derive a tag that no other copied team has: up to four letters of the name, then the new team's id.

    The letters hold no digit, hence the digits at the end are the id and two teams never share a tag.
    """
    digits = str(team_id)
    letters = re.sub(r"[^A-Z]", "", name.upper()) or "T"
    return letters[: min(TAG_LETTERS, TAG_LENGTH - len(digits))] + digits
