"""Traffic reaches what it is meant for, and nothing else."""
