"""The whole journey of selling and learning, played over HTTP and checked to the last rupee."""
