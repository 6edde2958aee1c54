"""One zip archive per function: its own modules, the wheels they import for the target platform, bytecode for both.

The same input makes the same bytes, on any machine."""
