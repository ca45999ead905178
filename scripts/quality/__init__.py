"""Measures how good the local picture work is, on real photographs, and writes docs/quality."""
