"""Builds one zip archive per function: its own modules, the wheels that they import, and bytecode for both.

Builds are reproducible: the same input makes the same bytes on any machine.
"""
