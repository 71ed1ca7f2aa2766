"""The worker and the timetable: a job's name, and the one service call it runs."""
