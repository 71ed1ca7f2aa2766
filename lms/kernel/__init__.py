"""What every room stands on and which knows no room: clock, ids, errors, rights, database, events, jobs."""
