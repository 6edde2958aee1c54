"""The normal, successful call of every route, with the calls to DynamoDB that it makes: the round-trip contract."""
