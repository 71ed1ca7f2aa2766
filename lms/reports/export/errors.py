"""What can go wrong when a report becomes a file."""

from lms.kernel.errors import Invalid, Unavailable


class TooManyRowsForXlsx(Invalid):
    """An Excel sheet holds 1,048,576 lines, header included; CSV has no limit."""

    type, title = "too-many-rows-for-xlsx", "This report is longer than an Excel sheet; take the CSV file"


class TooManyRowsForPdf(Invalid):
    """A PDF is for reading; above its limit the report is data, for which XLSX and CSV are made."""

    type, title = "too-many-rows-for-pdf", "This report is too long for a PDF; take the XLSX or CSV file"


class FontsMissing(Unavailable):
    """The fonts that npm installs are not there; only the operator can mend it (`make install`)."""

    type, title = "fonts-missing", "PDF files cannot be made here: their fonts are not installed"


class PdfFailed(RuntimeError):
    """typst refused the document, took too long or was killed: our fault, with its words for the log."""
