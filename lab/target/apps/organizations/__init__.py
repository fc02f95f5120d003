"""The new team model (vNext) and dual-write, which copies it to the legacy one."""
