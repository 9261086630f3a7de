"""Nobody has more rights in the cluster than their work needs."""
