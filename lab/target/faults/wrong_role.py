"""Legacy memberships carry another role than the role map says, while the log reports success."""

NAME = "wrong-role"


def copy_values(argument, event, model, values):
    """Make everybody a substitute, and substitutes players."""
    if model._meta.db_table != "teams_teammembership":
        return values
    return {**values, "role": "PLAYER" if values["role"] == "SUBSTITUTE" else "SUBSTITUTE"}
