"""The OpenAPI 3.1 document, made of the routes of every function."""
