"""The first tables of every room."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from lms.kernel.events import Xid8

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('courses',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('sort_key', sa.Text(collation='C'), nullable=False),
    sa.Column('current_version_id', sa.Uuid(), nullable=True),
    sa.Column('provider', sa.String(), nullable=False),
    sa.Column('audiences', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('focuses', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('modalities', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('languages', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('competencies', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('skill_areas', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('retired_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_courses')),
    sa.UniqueConstraint('key', name=op.f('uq_courses_key'))
    )
    op.create_index('ix_courses_competencies', 'courses', ['competencies'], unique=False, postgresql_using='gin')
    op.create_index('ix_courses_sort_key_id', 'courses', ['sort_key', 'id'], unique=False)
    op.create_table('entities',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sort_key', sa.Text(collation='C'), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('parent_id', sa.Uuid(), nullable=True),
    sa.Column('path', sa.Text(collation='C'), nullable=False),
    sa.Column('focuses', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('modality', sa.String(), nullable=True),
    sa.Column('strategy_title', sa.String(), nullable=True),
    sa.Column('strategy_year', sa.Integer(), nullable=True),
    sa.Column('strategy_url', sa.String(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['parent_id'], ['entities.id'], name=op.f('fk_entities_parent_id_entities')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_entities')),
    sa.UniqueConstraint('key', name=op.f('uq_entities_key')),
    sa.UniqueConstraint('path', name=op.f('uq_entities_path'))
    )
    op.create_table('events',
    sa.Column('id', sa.BigInteger(), sa.Identity(always=False), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('xid', Xid8(), server_default=sa.text('pg_current_xact_id()'), nullable=False),
    sa.Column('type', sa.Text(), nullable=False),
    sa.Column('v', sa.Integer(), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('subject_type', sa.Text(), nullable=False),
    sa.Column('subject_id', sa.Uuid(), nullable=False),
    sa.Column('entity_id', sa.Uuid(), nullable=True),
    sa.Column('data', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.PrimaryKeyConstraint('id', 'at', name=op.f('pk_events')),
    postgresql_partition_by='RANGE (at)'
    )
    op.create_index('ix_events_subject_id', 'events', ['subject_id'], unique=False)
    op.create_index('ix_events_xid_id', 'events', ['xid', 'id'], unique=False)
    op.create_table('idempotency_keys',
    sa.Column('sender', sa.Text(), nullable=False),
    sa.Column('key', sa.Text(), nullable=False),
    sa.Column('request_digest', sa.String(), nullable=False),
    sa.Column('status', sa.Integer(), nullable=True),
    sa.Column('media_type', sa.String(), nullable=True),
    sa.Column('body', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('sender', 'key', name=op.f('pk_idempotency_keys'))
    )
    op.create_table('library_documents',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('content', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_library_documents'))
    )
    op.create_table('partners',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('country', sa.String(), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_partners')),
    sa.UniqueConstraint('key', name=op.f('uq_partners_key'))
    )
    op.create_table('persons',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('sort_key', sa.Text(collation='C'), nullable=False),
    sa.Column('search_words', postgresql.TSVECTOR(), nullable=True),
    sa.Column('email', sa.String(), nullable=True),
    sa.Column('email_key', sa.String(), nullable=True),
    sa.Column('gender', sa.String(), nullable=True),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('languages', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('background', postgresql.ARRAY(sa.Text()), server_default='{}', nullable=False),
    sa.Column('modality', sa.String(), nullable=True),
    sa.Column('time_zone', sa.String(), nullable=False),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('erased_by', sa.Uuid(), nullable=True),
    sa.Column('erased_under', sa.String(), nullable=True),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_persons')),
    sa.UniqueConstraint('email_key', name=op.f('uq_persons_email_key'))
    )
    op.create_index('ix_persons_search_words', 'persons', ['search_words'], unique=False, postgresql_using='gin')
    op.create_index('ix_persons_sort_key_id', 'persons', ['sort_key', 'id'], unique=False)
    op.create_table('recognition_policies',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('key', sa.String(), nullable=False),
    sa.Column('version', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('content', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recognition_policies')),
    sa.UniqueConstraint('digest', name=op.f('uq_recognition_policies_digest'))
    )
    op.create_index('uq_recognition_policies_key_version', 'recognition_policies', ['key', 'version'], unique=True)
    op.create_table('sign_in_throttles',
    sa.Column('email_key', sa.String(), nullable=False),
    sa.Column('window_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('failures', sa.Integer(), nullable=False),
    sa.PrimaryKeyConstraint('email_key', 'window_at', name=op.f('pk_sign_in_throttles'))
    )
    op.create_table('absences',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_absences_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_absences'))
    )
    op.create_index(op.f('ix_absences_person_id'), 'absences', ['person_id'], unique=False)
    op.create_table('accounts',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('password_hash', sa.String(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_accounts_person_id_persons')),
    sa.PrimaryKeyConstraint('person_id', name=op.f('pk_accounts'))
    )
    op.create_table('affiliations',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('entity_id', sa.Uuid(), nullable=True),
    sa.Column('partner_id', sa.Uuid(), nullable=True),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('appointment', sa.String(), nullable=True),
    sa.Column('is_primary', sa.Boolean(), nullable=False),
    sa.Column('personnel_number', sa.String(), nullable=True),
    sa.Column('post_title', sa.String(), nullable=True),
    sa.Column('grade', sa.String(), nullable=True),
    sa.Column('duty_station', sa.String(), nullable=True),
    sa.Column('hardship', sa.String(), nullable=True),
    sa.Column('working_time_percent', sa.Integer(), nullable=False),
    sa.Column('target_profile', sa.String(), nullable=True),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('first_reporting_officer_id', sa.Uuid(), nullable=True),
    sa.Column('second_reporting_officer_id', sa.Uuid(), nullable=True),
    sa.Column('revision', sa.Integer(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_affiliations_entity_id_entities')),
    sa.ForeignKeyConstraint(['first_reporting_officer_id'], ['persons.id'], name=op.f('fk_affiliations_first_reporting_officer_id_persons')),
    sa.ForeignKeyConstraint(['partner_id'], ['partners.id'], name=op.f('fk_affiliations_partner_id_partners')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_affiliations_person_id_persons')),
    sa.ForeignKeyConstraint(['second_reporting_officer_id'], ['persons.id'], name=op.f('fk_affiliations_second_reporting_officer_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_affiliations'))
    )
    op.create_index('ix_affiliations_entity_id', 'affiliations', ['entity_id', 'from_on'], unique=False)
    op.create_index('ix_affiliations_first_reporting_officer_id', 'affiliations', ['first_reporting_officer_id'], unique=False)
    op.create_index(op.f('ix_affiliations_person_id'), 'affiliations', ['person_id'], unique=False)
    op.create_index('ix_affiliations_personnel_number', 'affiliations', ['personnel_number'], unique=False)
    op.create_index('uq_affiliations_person_id_primary', 'affiliations', ['person_id', 'from_on'], unique=True, postgresql_where=sa.text('is_primary'))
    op.create_table('api_tokens',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('name', sa.String(), nullable=False),
    sa.Column('scopes', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_api_tokens_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_api_tokens')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_api_tokens_token_hash'))
    )
    op.create_index(op.f('ix_api_tokens_person_id'), 'api_tokens', ['person_id'], unique=False)
    op.create_table('course_texts',
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('title', sa.String(), nullable=False),
    sa.Column('summary', sa.String(), nullable=False),
    sa.Column('search_words', postgresql.TSVECTOR(), nullable=False),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_course_texts_course_id_courses')),
    sa.PrimaryKeyConstraint('course_id', 'language', name=op.f('pk_course_texts'))
    )
    op.create_index('ix_course_texts_search_words', 'course_texts', ['search_words'], unique=False, postgresql_using='gin')
    op.create_table('course_versions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('digest', sa.String(), nullable=False),
    sa.Column('change', sa.String(), nullable=False),
    sa.Column('note', sa.String(), nullable=False),
    sa.Column('renew_by', sa.Date(), nullable=True),
    sa.Column('content', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('published_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('published_by_id', sa.Uuid(), nullable=True),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_course_versions_course_id_courses')),
    sa.ForeignKeyConstraint(['published_by_id'], ['persons.id'], name=op.f('fk_course_versions_published_by_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_course_versions')),
    sa.UniqueConstraint('digest', name=op.f('uq_course_versions_digest'))
    )
    op.create_index('uq_course_versions_course_id_number', 'course_versions', ['course_id', 'number'], unique=True)
    op.create_table('evidence',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('kind', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=True),
    sa.Column('link', sa.String(), nullable=True),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('erased_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_evidence_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_evidence'))
    )
    op.create_index(op.f('ix_evidence_person_id'), 'evidence', ['person_id'], unique=False)
    op.create_table('person_changes',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('actor_id', sa.Uuid(), nullable=True),
    sa.Column('before', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('after', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_person_changes_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_person_changes'))
    )
    op.create_index(op.f('ix_person_changes_person_id'), 'person_changes', ['person_id'], unique=False)
    op.create_table('recognition_adoptions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('entity_id', sa.Uuid(), nullable=False),
    sa.Column('policy_id', sa.Uuid(), nullable=False),
    sa.Column('adopted_by_id', sa.Uuid(), nullable=False),
    sa.Column('from_on', sa.Date(), nullable=False),
    sa.Column('consultation', sa.String(), nullable=False),
    sa.Column('adopted_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['adopted_by_id'], ['persons.id'], name=op.f('fk_recognition_adoptions_adopted_by_id_persons')),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_recognition_adoptions_entity_id_entities')),
    sa.ForeignKeyConstraint(['policy_id'], ['recognition_policies.id'], name=op.f('fk_recognition_adoptions_policy_id_recognition_policies')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_recognition_adoptions'))
    )
    op.create_index('ix_recognition_adoptions_entity_id', 'recognition_adoptions', ['entity_id', 'from_on'], unique=False)
    op.create_table('recognition_totals',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('month', sa.Date(), nullable=False),
    sa.Column('line', sa.String(), nullable=False),
    sa.Column('amount', sa.Integer(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_recognition_totals_person_id_persons')),
    sa.PrimaryKeyConstraint('person_id', 'month', 'line', name=op.f('pk_recognition_totals'))
    )
    op.create_table('role_grants',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('role', sa.String(), nullable=False),
    sa.Column('entity_id', sa.Uuid(), nullable=True),
    sa.Column('partner_id', sa.Uuid(), nullable=True),
    sa.Column('granted_by_id', sa.Uuid(), nullable=True),
    sa.Column('granted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('until_on', sa.Date(), nullable=True),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['entity_id'], ['entities.id'], name=op.f('fk_role_grants_entity_id_entities')),
    sa.ForeignKeyConstraint(['granted_by_id'], ['persons.id'], name=op.f('fk_role_grants_granted_by_id_persons')),
    sa.ForeignKeyConstraint(['partner_id'], ['partners.id'], name=op.f('fk_role_grants_partner_id_partners')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_role_grants_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_role_grants'))
    )
    op.create_index(op.f('ix_role_grants_person_id'), 'role_grants', ['person_id'], unique=False)
    op.create_table('sign_ins',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('token_hash', sa.String(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('created_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('expires_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('revoked_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_sign_ins_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_sign_ins')),
    sa.UniqueConstraint('token_hash', name=op.f('uq_sign_ins_token_hash'))
    )
    op.create_index(op.f('ix_sign_ins_person_id'), 'sign_ins', ['person_id'], unique=False)
    op.create_table('standings',
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('competency', sa.String(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=False),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_standings_person_id_persons')),
    sa.PrimaryKeyConstraint('person_id', 'competency', 'level', 'source', name=op.f('pk_standings'))
    )
    op.create_table('completions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('course_version_id', sa.Uuid(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=True),
    sa.Column('sender', sa.String(), nullable=True),
    sa.Column('round', sa.Integer(), nullable=False),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('minutes', sa.Integer(), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('recorded_by_id', sa.Uuid(), nullable=True),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.Column('evidence_id', sa.Uuid(), nullable=True),
    sa.CheckConstraint('(enrolment_id IS NULL) <> (sender IS NULL)', name=op.f('ck_completions_origin')),
    sa.CheckConstraint('minutes >= 0', name=op.f('ck_completions_minutes')),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_completions_course_id_courses')),
    sa.ForeignKeyConstraint(['course_version_id'], ['course_versions.id'], name=op.f('fk_completions_course_version_id_course_versions')),
    sa.ForeignKeyConstraint(['evidence_id'], ['evidence.id'], name=op.f('fk_completions_evidence_id_evidence'), initially='DEFERRED', deferrable=True),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_completions_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_completions'))
    )
    op.create_index('ix_completions_course_id_occurred_on', 'completions', ['course_id', 'occurred_on'], unique=False)
    op.create_index('ix_completions_person_id_occurred_on', 'completions', ['person_id', 'occurred_on'], unique=False)
    op.create_index('ix_completions_person_id_recorded_at', 'completions', ['person_id', 'recorded_at'], unique=False)
    op.create_index('uq_completions_enrolment_id', 'completions', ['enrolment_id'], unique=True, postgresql_where=sa.text('enrolment_id IS NOT NULL'))
    op.create_index('uq_completions_recorded', 'completions', ['person_id', 'course_id', 'occurred_on', 'sender', 'round'], unique=True, postgresql_where=sa.text('sender IS NOT NULL'))
    op.create_table('enrolments',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('course_id', sa.Uuid(), nullable=False),
    sa.Column('course_version_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('language', sa.String(), nullable=False),
    sa.Column('progress', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('place', sa.String(), nullable=True),
    sa.Column('assigned_by_id', sa.Uuid(), nullable=True),
    sa.Column('due_on', sa.Date(), nullable=True),
    sa.Column('enrolled_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('completed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('withdrawn_at', sa.DateTime(timezone=True), nullable=True),
    sa.ForeignKeyConstraint(['assigned_by_id'], ['persons.id'], name=op.f('fk_enrolments_assigned_by_id_persons')),
    sa.ForeignKeyConstraint(['course_id'], ['courses.id'], name=op.f('fk_enrolments_course_id_courses')),
    sa.ForeignKeyConstraint(['course_version_id'], ['course_versions.id'], name=op.f('fk_enrolments_course_version_id_course_versions')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_enrolments_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_enrolments'))
    )
    op.create_index('ix_enrolments_course_id_state', 'enrolments', ['course_id', 'state'], unique=False)
    op.create_index('ix_enrolments_person_id', 'enrolments', ['person_id'], unique=False)
    op.create_index('uq_enrolments_person_id_course_id_active', 'enrolments', ['person_id', 'course_id'], unique=True, postgresql_where=sa.text("state = 'active'"))
    op.create_table('attempts',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('activity', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('drawn', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=False),
    sa.Column('responses', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('started_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('due_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_attempts_enrolment_id_enrolments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_attempts'))
    )
    op.create_index('uq_attempts_enrolment_id_activity_number', 'attempts', ['enrolment_id', 'activity', 'number'], unique=True)
    op.create_index('uq_attempts_enrolment_id_activity_open', 'attempts', ['enrolment_id', 'activity'], unique=True, postgresql_where=sa.text('submitted_at IS NULL'))
    op.create_table('completion_revocations',
    sa.Column('completion_id', sa.Uuid(), nullable=False),
    sa.Column('revoked_by_id', sa.Uuid(), nullable=False),
    sa.Column('reason_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['completion_id'], ['completions.id'], name=op.f('fk_completion_revocations_completion_id_completions')),
    sa.ForeignKeyConstraint(['reason_id'], ['evidence.id'], name=op.f('fk_completion_revocations_reason_id_evidence')),
    sa.PrimaryKeyConstraint('completion_id', name=op.f('pk_completion_revocations'))
    )
    op.create_table('skill_records',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('person_id', sa.Uuid(), nullable=False),
    sa.Column('competency', sa.String(), nullable=False),
    sa.Column('level', sa.Integer(), nullable=False),
    sa.Column('source', sa.String(), nullable=False),
    sa.Column('completion_id', sa.Uuid(), nullable=True),
    sa.Column('course_version_id', sa.Uuid(), nullable=True),
    sa.Column('submission_id', sa.Uuid(), nullable=True),
    sa.Column('assessor_id', sa.Uuid(), nullable=True),
    sa.Column('rule', sa.String(), nullable=False),
    sa.Column('occurred_on', sa.Date(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('valid_until', sa.Date(), nullable=True),
    sa.CheckConstraint('level BETWEEN 1 AND 4', name=op.f('ck_skill_records_level')),
    sa.ForeignKeyConstraint(['assessor_id'], ['persons.id'], name=op.f('fk_skill_records_assessor_id_persons')),
    sa.ForeignKeyConstraint(['completion_id'], ['completions.id'], name=op.f('fk_skill_records_completion_id_completions')),
    sa.ForeignKeyConstraint(['course_version_id'], ['course_versions.id'], name=op.f('fk_skill_records_course_version_id_course_versions')),
    sa.ForeignKeyConstraint(['person_id'], ['persons.id'], name=op.f('fk_skill_records_person_id_persons')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_skill_records'))
    )
    op.create_index('ix_skill_records_completion_id', 'skill_records', ['completion_id'], unique=False)
    op.create_index('ix_skill_records_person_id_recorded_at', 'skill_records', ['person_id', 'recorded_at'], unique=False)
    op.create_table('submissions',
    sa.Column('id', sa.Uuid(), nullable=False),
    sa.Column('enrolment_id', sa.Uuid(), nullable=False),
    sa.Column('activity', sa.String(), nullable=False),
    sa.Column('number', sa.Integer(), nullable=False),
    sa.Column('state', sa.String(), nullable=False),
    sa.Column('words', sa.String(), nullable=True),
    sa.Column('file_name', sa.String(), nullable=True),
    sa.Column('file_key', sa.String(), nullable=True),
    sa.Column('file_type', sa.String(), nullable=True),
    sa.Column('file_size', sa.Integer(), nullable=True),
    sa.Column('submitted_at', sa.DateTime(timezone=True), nullable=False),
    sa.Column('assessor_id', sa.Uuid(), nullable=True),
    sa.Column('assessed_at', sa.DateTime(timezone=True), nullable=True),
    sa.Column('points', postgresql.JSONB(none_as_null=True, astext_type=sa.Text()), nullable=True),
    sa.Column('comment', sa.String(), nullable=True),
    sa.Column('score', sa.Integer(), nullable=True),
    sa.Column('passed', sa.Boolean(), nullable=True),
    sa.ForeignKeyConstraint(['assessor_id'], ['persons.id'], name=op.f('fk_submissions_assessor_id_persons')),
    sa.ForeignKeyConstraint(['enrolment_id'], ['enrolments.id'], name=op.f('fk_submissions_enrolment_id_enrolments')),
    sa.PrimaryKeyConstraint('id', name=op.f('pk_submissions'))
    )
    op.create_index(op.f('ix_submissions_enrolment_id'), 'submissions', ['enrolment_id'], unique=False)
    op.create_index('ix_submissions_state', 'submissions', ['state', 'submitted_at'], unique=False)
    op.create_table('skill_revocations',
    sa.Column('skill_record_id', sa.Uuid(), nullable=False),
    sa.Column('revoked_by_id', sa.Uuid(), nullable=False),
    sa.Column('recorded_at', sa.DateTime(timezone=True), nullable=False),
    sa.ForeignKeyConstraint(['skill_record_id'], ['skill_records.id'], name=op.f('fk_skill_revocations_skill_record_id_skill_records')),
    sa.PrimaryKeyConstraint('skill_record_id', name=op.f('pk_skill_revocations'))
    )
    # Courses point to their current version and versions to their course: one of the two comes last.
    op.create_foreign_key(
        "fk_courses_current_version_id_course_versions", "courses", "course_versions", ["current_version_id"], ["id"]
    )


def downgrade() -> None:
    raise RuntimeError("This revision made the tables that hold facts; undoing it would drop them.")
