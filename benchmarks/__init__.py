"""What prints the program's figures: `python -m benchmarks` runs all, `python -m benchmarks NAME` one."""
