"""A report as a file: CSV for machines, XLSX for work, PDF for reading; the same document and rows for each.

Rows are an asynchronous iterator of sequences in the order of the columns. The same document with the same
rows gives the same bytes.
"""

from lms.reports.export.csv import csv_chunks
from lms.reports.export.document import (
    ENGLISH,
    BarChart,
    Column,
    Document,
    Kind,
    Language,
    Row,
)
from lms.reports.export.errors import (
    FontsMissing,
    PdfFailed,
    TooManyRowsForPdf,
    TooManyRowsForXlsx,
)
from lms.reports.export.fonts import font_paths
from lms.reports.export.pdf import max_pdf_rows, write_pdf
from lms.reports.export.xlsx import write_xlsx

__all__ = [
    "ENGLISH",
    "BarChart",
    "Column",
    "Document",
    "FontsMissing",
    "Kind",
    "Language",
    "PdfFailed",
    "Row",
    "TooManyRowsForPdf",
    "TooManyRowsForXlsx",
    "csv_chunks",
    "font_paths",
    "max_pdf_rows",
    "write_pdf",
    "write_xlsx",
]
