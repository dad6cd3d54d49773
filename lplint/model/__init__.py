"""What every part of lplint speaks: sources, values, policies, findings."""
