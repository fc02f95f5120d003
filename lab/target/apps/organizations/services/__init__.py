"""What the views do: the writes of the new model, and their copy to the legacy one."""
