"""API Gateway's HTTP API on one machine: HTTP in, payload v2 event to the handler, its answer back as HTTP."""
