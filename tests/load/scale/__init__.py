"""Measure the cost of pages and dashboards as the platform grows: fill a table with stored items, then read it.

The items equal those of the API and the projector: a test compares their attributes and recounts the read models.
"""
