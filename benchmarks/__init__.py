"""What prints the program's measurements: `python -m benchmarks` runs all, `python -m benchmarks NAME` one."""
