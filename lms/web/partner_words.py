"""The reader's words for what the partner register keeps as keys."""

from babel import Locale

from lms.kernel.i18n import sort_key, translator
from lms.partners.domain.register import COUNTRIES


def kinds(language: str) -> dict[str, str]:
    """Kinds of partner."""
    _ = translator(language).gettext
    return {
        "company": _("Company"),
        "foundation": _("Foundation"),
        "association": _("Business association"),
        "academic": _("Academic body"),
    }


def sectors(language: str) -> dict[str, str]:
    """Sectors of the economy."""
    _ = translator(language).gettext
    return {
        "agriculture-and-food": _("Agriculture and food"),
        "construction-and-materials": _("Construction and materials"),
        "consumer-goods": _("Consumer goods"),
        "education-and-research": _("Education and research"),
        "energy": _("Energy"),
        "finance-and-insurance": _("Finance and insurance"),
        "health": _("Health"),
        "industry": _("Industry"),
        "information-technology": _("Information technology"),
        "services": _("Services"),
        "transport-and-logistics": _("Transport and logistics"),
        "water-and-waste": _("Water and waste"),
    }


def participation(language: str) -> dict[str, str]:
    """How a partner stands with the Global Compact."""
    _ = translator(language).gettext
    return {
        "active": _("Active participant"),
        "non_communicating": _("Participant that has not reported"),
        "delisted": _("Delisted"),
        "withdrawn": _("Withdrawn"),
    }


def agreements(language: str) -> dict[str, str]:
    """Kinds of agreement."""
    _ = translator(language).gettext
    return {
        "standard_training": _("Standard agreement for a joint training"),
        "memorandum": _("Memorandum of understanding"),
        "contribution": _("Contribution agreement"),
        "other": _("Another agreement"),
    }


def countries(language: str) -> dict[str, str]:
    """Countries by code, in the order of their names."""
    names = Locale(language).territories
    known = {code: str(names.get(code, code)) for code in COUNTRIES}
    return dict(sorted(known.items(), key=lambda each: sort_key(each[1])))
