"""A person's way through a course: enrolment, progress, attempts, grading."""
