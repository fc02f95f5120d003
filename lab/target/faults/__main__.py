"""Lists the faults: `python -m faults`, or with `--json` as one JSON array."""

import argparse
import json

from faults._catalog import catalog


def main() -> None:
    """Print the list."""
    parser = argparse.ArgumentParser(prog="python -m faults", description="List the faults of the lab.")
    parser.add_argument("--json", action="store_true", help="print one JSON array")
    as_json = parser.parse_args().json
    rows = [
        {
            "name": fault.name,
            "description": fault.description,
            "argument": fault.argument_description,
            "default": fault.argument,
        }
        for fault in catalog().values()
    ]
    if as_json:
        print(json.dumps(rows, ensure_ascii=False))
        return
    for row in rows:
        argument = f" (argument: {row['argument']}, default {row['default']})" if row["argument"] else ""
        print(f"{row['name']}: {row['description']}{argument}")


if __name__ == "__main__":
    main()
