"""The effect of each change on the read models: pure functions of (item before, item after), one module per kind."""
