"""Objects are what the API server of the cluster accepts, and can be found by their labels."""
