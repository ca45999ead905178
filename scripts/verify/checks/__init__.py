"""One file per family of invariants, each ending in its table of checks."""
