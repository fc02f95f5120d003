"""The legacy team model, which dual-write keeps up to date."""
