"""The circle's words for what the gate looks at."""

from typing import Any

from lms.kernel.i18n import translator


def all_of(language: str) -> dict[str, Any]:
    """Every list of words that the page of screening needs, by the name its template gives it."""
    _ = translator(language).gettext
    return {
        "rules": {
            "exclusion": _("Exclusions"),
            "decision": _("Due-diligence decision"),
            "baseline": _("Global Compact or ten principles"),
            "warning": _("Early warnings"),
            "bidder": _("Open procurement"),
        },
        "standings": {"met": _("Met"), "waived": _("Waived"), "not_met": _("Not met")},
        "grounds": {
            "no_decision": _("This entity has not decided."),
            "lapsed": _("The decision has lapsed."),
            "other_scope": _("The decision is about something else."),
            "not_deep_enough": _("The partner was not looked at deeply enough."),
            "no_baseline": _("Neither an active participation nor a signed commitment."),
            "not_checked_lately": _("The participation was looked up too long ago."),
            "participation": _("Active participant"),
            "parent_participation": _("Its group is an active participant."),
            "commitment": _("It signed the ten principles."),
        },
        "scopes": {
            "joint_training": _("Joint training"),
            "partnership": _("Partnership, with its trainings"),
        },
        "efforts": {"light": _("Light"), "full": _("Full")},
        "fact_kinds": {
            "decision": _("Decision"),
            "exclusion": _("Exclusion"),
            "bid": _("Bid"),
            "waiver": _("Waiver"),
        },
        "categories": {
            "human_rights": _("Human rights"),
            "labour": _("Labour"),
            "environment": _("Environment"),
            "corruption": _("Corruption"),
            "sanctions": _("Sanctions"),
            "conduct": _("Conduct in work together"),
        },
        "sources": {
            "public_record": _("Public record"),
            "court_or_regulator": _("Court or regulator"),
            "own_experience": _("Own experience"),
            "other_entity": _("Another entity"),
            "media": _("Media"),
            "civil_society": _("Civil society"),
        },
        "states": {
            "proposed": _("Waits for a second person"),
            "in_force": _("Counts"),
            "lapsed": _("Lapsed"),
            "closed": _("Closed"),
        },
        "step_kinds": {
            "approved": _("Approved"),
            "renewed": _("Renewed"),
            "answered": _("The partner's answer"),
            "closed": _("Closed"),
        },
        "closings": {
            "confirmed": _("Confirmed"),
            "resolved": _("Resolved"),
            "unfounded": _("Unfounded"),
        },
        "exclusion_lists": {
            "security_council_sanctions": _("Security Council sanctions"),
            "un_ineligibility_list": _("United Nations ineligibility lists"),
            "controversial_weapons": _("Controversial weapons"),
            "tobacco": _("Tobacco"),
            "forced_or_child_labour": _("Forced or child labour"),
        },
    }
