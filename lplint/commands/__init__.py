"""The commands of lplint, each a module: words in, exit code out."""
