"""The reader's words for what an agreement on a joint training keeps as keys, for its file and its pages."""

from lms.joint_trainings.domain.agreements import WhyClearance
from lms.joint_trainings.domain.checklist import Answer, Item
from lms.joint_trainings.domain.costs import CostKind, ForWhom
from lms.joint_trainings.domain.ex_ante import Question
from lms.joint_trainings.domain.signing import AuthorityStanding
from lms.joint_trainings.domain.tracks import Why
from lms.kernel.i18n import translator


def questions(language: str) -> dict[str, tuple[str, str]]:
    """The five questions of the assessment, each with what helps to answer it."""
    _ = translator(language).gettext
    return {
        Question.BENEFIT.value: (
            _("Who benefits, and how?"),
            _("Who learns what, and for whose good: the people your entity serves, not the hosts alone."),
        ),
        Question.CONTRIBUTION.value: (
            _("What does each host bring?"),
            _("What the others lack: knowledge, people, a place."),
        ),
        Question.RISK.value: (
            _("What could go wrong?"),
            _("For participants, for the name and independence of the entity; and what is done about it."),
        ),
        Question.EXPECTATION.value: (
            _("What does each host expect in return?"),
            _("Said aloud, also where it is nothing."),
        ),
        Question.PROOF.value: (
            _("How shall we know that it worked?"),
            _("What will be different, who looks, and whether it lasts without us."),
        ),
    }


def items(language: str) -> dict[str, tuple[str, str]]:
    """Items of the checklist, each with the question that is answered."""
    _ = translator(language).gettext
    return {
        Item.PRIVILEGES.value: (
            _("Privileges and immunities"),
            _("Are the privileges and immunities of the United Nations preserved?"),
        ),
        Item.NO_ENDORSEMENT.value: (
            _("No endorsement"),
            _("Is it said that there is no endorsement, exclusivity or promise of business?"),
        ),
        Item.NOT_A_BIDDER.value: (
            _("Procurement"),
            _("Is the partner no current bidder, and has procurement been told?"),
        ),
        Item.NO_SALES.value: (
            _("No sales, recruitment or data"),
            _("Will nothing be sold, nobody recruited, no data collected from participants?"),
        ),
        Item.NAME_AND_EMBLEM.value: (
            _("Name and emblem"),
            _("Is each use of a name or emblem agreed in writing?"),
        ),
        Item.RECORDING.value: (
            _("Recording"),
            _("Have all hosts agreed to it, and will participants be told?"),
        ),
        Item.MATERIAL.value: (
            _("Material"),
            _("Is it clear who owns what is brought and what is made?"),
        ),
        Item.ACCESSIBILITY.value: (
            _("Accessibility"),
            _("Can people with disabilities take part, in the room and on screen?"),
        ),
        Item.SAFEGUARDING.value: (
            _("Safeguarding"),
            _("Is it said how people behave, and whom one turns to?"),
        ),
        Item.INSURANCE.value: (_("Insurance"), _("Are people and place insured?")),
        Item.ENDING_EARLY.value: (
            _("Ending early"),
            _("Is it clear how a host ends it, and who then bears what?"),
        ),
        Item.DATA_SHARING.value: (
            _("Sharing of data"),
            _("Is it clear which personal data go to whom, and when they are deleted?"),
        ),
    }


def answers(language: str) -> dict[str, str]:
    """Answers to an item."""
    says = translator(language)
    return {
        Answer.YES.value: says.pgettext("answer", "Yes"),
        Answer.NO.value: says.pgettext("answer", "No"),
        Answer.NOT_APPLICABLE.value: says.pgettext("answer", "Does not apply"),
    }


def cost_kinds(language: str) -> dict[str, str]:
    """What a line of costs is for."""
    says = translator(language)
    return {
        CostKind.VENUE.value: says.pgettext("kind of cost", "Venue"),
        CostKind.CATERING.value: says.pgettext("kind of cost", "Catering"),
        CostKind.MATERIALS.value: says.pgettext("kind of cost", "Materials"),
        CostKind.INTERPRETATION.value: says.pgettext("kind of cost", "Interpretation"),
        CostKind.EQUIPMENT.value: says.pgettext("kind of cost", "Equipment"),
        CostKind.STAFF_TIME.value: says.pgettext("kind of cost", "Working time"),
        CostKind.TRAVEL.value: says.pgettext("kind of cost", "Travel"),
        CostKind.LODGING.value: says.pgettext("kind of cost", "Lodging"),
        CostKind.FEE.value: says.pgettext("kind of cost", "Fee"),
        CostKind.GIFT.value: says.pgettext("kind of cost", "Gift"),
        CostKind.OTHER.value: says.pgettext("kind of cost", "Other"),
    }


def for_whom(language: str) -> dict[str, str]:
    """Whose cost a line is."""
    _ = translator(language).gettext
    return {
        ForWhom.EVERYONE.value: _("for everyone"),
        ForWhom.UN.value: _("for people of the entities"),
        ForWhom.PARTNER.value: _("for the partner’s own people"),
    }


def whys(language: str) -> dict[str, str]:
    """Why the legal office looks at an agreement."""
    _ = translator(language).gettext
    return {
        WhyClearance.CLAUSE_CHANGED.value: _("a clause differs from the standard agreement"),
        WhyClearance.VALUE.value: _(
            "its value reaches what the legal office looks at, or is in another currency"
        ),
        WhyClearance.NAME_OR_EMBLEM.value: _("a name or emblem is shown"),
        WhyClearance.ANSWERED_NO.value: _("an item of the checklist was answered no"),
    }


def track_whys(language: str) -> dict[str, str]:
    """What makes a training full."""
    _ = translator(language).gettext
    return {
        Why.LONGER_THAN_A_DAY.value: _("it is longer than a day"),
        Why.MONEY.value: _("money is paid"),
        Why.CHANGED_AGREEMENT.value: _("a clause differs from the standard agreement"),
    }


def standings(language: str) -> dict[str, str]:
    """How a delegated authority stands."""
    says = translator(language)
    return {
        AuthorityStanding.GOOD.value: says.pgettext("authority to sign", "holds"),
        AuthorityStanding.NOT_YET.value: says.pgettext("authority to sign", "has not begun"),
        AuthorityStanding.EXPIRED.value: says.pgettext("authority to sign", "has expired"),
        AuthorityStanding.ENDED.value: says.pgettext("authority to sign", "was ended"),
        AuthorityStanding.LEFT.value: says.pgettext("authority to sign", "has left"),
        AuthorityStanding.ABOVE_LIMIT.value: says.pgettext("authority to sign", "above its limit"),
    }


def why_not_signed(language: str) -> dict[str, str]:
    """Why somebody cannot sign for a host, by the standing of their authority."""
    _ = translator(language).gettext
    return {
        AuthorityStanding.NOT_YET.value: _("Your authority to sign for this host has not begun."),
        AuthorityStanding.EXPIRED.value: _("Your authority to sign for this host has expired."),
        AuthorityStanding.ENDED.value: _("Your authority to sign for this host was ended."),
        AuthorityStanding.LEFT.value: _(
            "Who has left a host signs for it no more, whatever authority was recorded."
        ),
        AuthorityStanding.ABOVE_LIMIT.value: _(
            "The agreement’s value lies above the limit of your authority."
        ),
    }
