// The cost of starting node, which is subtracted from the npm engines.
