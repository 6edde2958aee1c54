"""Persistence: the single DynamoDB table, its entities, one package per domain, and the read models.

Layers, from the top: read_models > payments > enrollments > courses, auth > audit, due_index, table_scan,
idempotency_keys > entities > table. See docs/data-model.md.

Every function that reads or writes the table raises StoreUnavailable when DynamoDB gives no usable response, also where
its docstring does not repeat it.
"""
