"""The mirror: what is written to SQL reaches DynamoDB, whoever writes it and whatever fails."""
