"""Legacy teams carry another value in one field, while the log reports success."""

NAME = "wrong-field"
ARGUMENT = "column of the legacy team: region, description or name"
DEFAULT_ARGUMENT = "region"


def copy_values(argument, event, model, values):
    """Replace the value where the copy writes that column."""
    if model._meta.db_table != "teams_team" or argument not in values:
        return values
    if argument == "region":
        return {**values, "region": "SA" if values["region"] == "ME" else "ME"}
    return {**values, argument: f"{values[argument]} (wrong)"}
