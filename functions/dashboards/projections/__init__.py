"""What each change means for the figures: pure functions of (item before, item after), one module per kind of item."""
