"""Facts about AWS: what actions, resources, condition keys and limits exist."""
