"""AlgoItny: the algorithm platform whose models move to DynamoDB."""
