"""One module for each subject of the results outline: what its sections show, and when."""
