"""What each kind of evidence changes: pure functions from the stored state to the changes of a decision."""
