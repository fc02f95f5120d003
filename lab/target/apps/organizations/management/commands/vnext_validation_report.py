"""`manage.py vnext_validation_report`: the state of the migration."""

import json
import sys
from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand

from apps.organizations.reports.report import build_report, failures
from apps.organizations.reports.text import as_text


class Command(BaseCommand):
    """Prints the report between two lines of chatter, or writes it to a file."""

    help = "Compare the new team model with the legacy one."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the options."""
        parser.add_argument("--format", choices=["text", "json"], default="text")
        parser.add_argument("--output", help="write the report to this file instead of printing it")
        parser.add_argument("--sample-size", type=int, default=50, help="how many mapped teams to compare")
        parser.add_argument("--game-id", type=int)
        parser.add_argument("--region")
        parser.add_argument("--fail-on-errors", action="store_true", help="exit 1 when the report found errors")

    def handle(self, *args: object, **options: object) -> None:
        """Build the report and print it."""
        self.stdout.write("Generating migration validation report...")
        report = build_report(options["sample_size"], options["game_id"], options["region"])
        text = json.dumps(report, indent=2) if options["format"] == "json" else as_text(report)
        if options["output"]:
            Path(options["output"]).write_text(text + "\n", encoding="utf-8")
            self.stdout.write(f"Report written to {options['output']}")
        else:
            self.stdout.write(text)
        self.stdout.write("✅ Report generation complete.")
        errors = failures(report) if options["fail_on_errors"] else []
        if errors:
            self.stderr.write("Errors found: " + "; ".join(errors))
            sys.exit(1)
