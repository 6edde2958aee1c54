"""End-to-end scenarios of selling and learning over HTTP, checked to the last rupee."""
