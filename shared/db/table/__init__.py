"""The DynamoDB table: keys, attributes, reads, conditional writes and transactions. No feature writes here."""
