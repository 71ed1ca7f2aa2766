"""HTTP of the vocabulary: the tags that filters, courses and skill records use, with their labels and level texts."""

from fastapi import APIRouter
from pydantic import BaseModel

from lms.catalogue import queries
from lms.catalogue.domain import Tag
from lms.kernel.access import Actor, Permission
from lms.kernel.http import DbSession, StrictRoute
from lms.people.permits import permit

router = APIRouter(route_class=StrictRoute, tags=["catalogue"])


class TagRead(BaseModel):
    """A tag, its labels by language, and what it means."""

    key: str
    name: dict[str, str]
    says: str


class LevelRead(BaseModel):
    """A proficiency level, the same for every competency."""

    level: int
    key: str
    name: dict[str, str]
    says: str


class CompetencyRead(BaseModel):
    """An ability; `levels` finish the sentence "The person ..."."""

    key: str
    name: dict[str, str]
    levels: dict[int, dict[str, str]]


class SkillAreaRead(BaseModel):
    """Competencies that belong together."""

    key: str
    name: dict[str, str]
    competencies: list[CompetencyRead]


class TaxonomyRead(BaseModel):
    """The whole vocabulary as published last; `evidence_ceilings` is the highest level each source supports."""

    version: int
    focuses: list[TagRead]
    modalities: list[TagRead]
    audiences: list[TagRead]
    levels: list[LevelRead]
    skill_areas: list[SkillAreaRead]
    evidence_ceilings: dict[str, int]


@router.get("/taxonomy")
async def read_taxonomy(session: DbSession, _: Actor = permit(Permission.SELF)) -> TaxonomyRead:
    """Focuses, modalities, audiences, levels, skill areas and competencies."""
    taxonomy = await queries.get_taxonomy(session)
    return TaxonomyRead(
        version=taxonomy.version,
        focuses=[_tag(tag) for tag in taxonomy.focuses],
        modalities=[_tag(tag) for tag in taxonomy.modalities],
        audiences=[_tag(tag) for tag in taxonomy.audiences],
        levels=[
            LevelRead(level=each.level, key=each.key, name=dict(each.name.texts), says=each.says)
            for each in taxonomy.levels
        ],
        skill_areas=[
            SkillAreaRead(
                key=area.key,
                name=dict(area.name.texts),
                competencies=[
                    CompetencyRead(
                        key=each.key,
                        name=dict(each.name.texts),
                        levels={level: dict(text.texts) for level, text in each.levels.items()},
                    )
                    for each in area.competencies
                ],
            )
            for area in taxonomy.skill_areas
        ],
        evidence_ceilings=dict(taxonomy.evidence_ceilings),
    )


def _tag(tag: Tag) -> TagRead:
    return TagRead(key=tag.key, name=dict(tag.name.texts), says=tag.says)
