"""`python -m doubleread` is `doubleread`."""

from doubleread.cli import main

if __name__ == "__main__":
    main()
