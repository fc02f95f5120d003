"""The five flows over HTTP."""
