"""Recognition policies, their adoption, and the monthly totals that reports read."""
