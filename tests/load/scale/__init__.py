"""What pages and dashboards cost as the platform grows: a table is filled in the stored format, and asked.

The items are what the API and the projector write: a test compares their attributes, and counts the read side again.
"""
