"""A local API Gateway HTTP API: converts an HTTP request to a payload v2 event, calls the handler, and converts its
result to an HTTP response."""
