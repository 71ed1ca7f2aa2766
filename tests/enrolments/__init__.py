"""A way through a course: grading laws."""
