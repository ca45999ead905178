"""Proves the invariants of a running stack, read-only: `make verify`."""
