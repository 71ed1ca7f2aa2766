"""Assigned learning: by rule, with a due day, more time asked for, reminders, and what is overdue."""
