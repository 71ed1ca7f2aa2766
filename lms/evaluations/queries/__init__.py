"""Every SELECT of evaluations, one file a reader: who is asked, who hosts, who reads reports."""
