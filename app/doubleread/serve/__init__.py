"""Reading in the browser: links for readers, one process for each, and the web server that connects the two."""
