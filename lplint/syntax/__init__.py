"""From text to nodes; knows nothing of IAM.

Every parser here takes a Source and gives a Parsed. None raises: what is wrong with the text is in `problems`.
"""
