#!/usr/bin/env python
"""Django's command line, with one addition: variables of the file named by ENV_FILE are loaded when not already set.

The serving process gets its variables from `run-web.sh` when it starts and never again. A management command reads
the file each time. Between a change of the file and the restart the two therefore disagree, as on a real staging.
"""

import os
import sys

from deltacrown.environment import load_env_file


def main() -> None:
    """Load the env file, then hand over to Django."""
    env_file = os.environ.get("ENV_FILE")
    if env_file:
        load_env_file(env_file)
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "deltacrown.settings")

    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
