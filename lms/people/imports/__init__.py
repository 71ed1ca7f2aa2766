"""Files of people and entities: read, checked line by line, and brought in without making anything twice."""
