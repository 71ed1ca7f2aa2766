"""Reading across rooms: reports as pages, JSON, CSV, XLSX and PDF; nothing here writes to the database."""
