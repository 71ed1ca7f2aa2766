"""What a plan is made of, how the best one is looked for, and how it is explained."""
