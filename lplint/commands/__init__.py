"""The commands of lplint besides check: words in, exit code out."""
