"""Tests of what the TypeScript side cannot see well: the copy itself and the traps of the report."""
