"""The migration validation report, with the weaknesses of the real one.

They are kept on purpose, because a reader of the report has to cope with them: lists are cut at ten and counts are
taken from the cut lists; the severity of dual-write is WARNING even when nothing is missing; an empty legacy table
counts as 100 % missing; orphans and mismatches never fail the command; the flags are those of the command's process.
"""

LIST_LIMIT = 10
