"""Generator of the OpenAPI 3.1 document, from the routes of all functions."""
