/**
 * The types of the statement builder equal the migrated schema. The compiler compares the table below with the types: every column, its
 * type, whether it may be null and whether it may be left out. The test compares it with PostgreSQL.
 */
import { expect } from 'chai'
import type { InsertType, SelectType } from 'kysely'
import { describe, it } from 'mocha'
import { createDatabase } from '../../../../adapters/postgres/database/database.ts'
import type { JsonText } from '../../../../adapters/postgres/database/storable.ts'
import type { Tables } from '../../../../adapters/postgres/database/tables.ts'
import { testDatabase } from '../../../stack/postgres.ts'

type TypeOf<Answered, Taken> = [Taken] extends [JsonText<unknown>]
  ? 'jsonb'
  : [Answered, Taken] extends [string, number]
    ? 'int8'
    : Answered extends string
      ? 'text'
      : Answered extends number
        ? 'int4' | 'float8'
        : Answered extends Date
          ? 'timestamptz'
          : Answered extends Buffer
            ? 'bytea'
            : Answered extends readonly string[]
              ? '_text'
              : never

type Column<C> = [InsertType<C>] extends [never]
  ? 'text made' | 'int8 made'
  : null extends SelectType<C>
    ? unknown extends SelectType<C>
      ? 'jsonb' | 'jsonb null'
      : `${TypeOf<NonNullable<SelectType<C>>, NonNullable<InsertType<C>>>} null`
    : undefined extends InsertType<C>
      ? `${TypeOf<SelectType<C>, NonNullable<InsertType<C>>>} default`
      : TypeOf<SelectType<C>, InsertType<C>>

type Described = { readonly [T in keyof Tables]: { readonly [C in keyof Tables[T]]-?: Column<Tables[T][C]> } }

const described: Described = {
  analysis: {
    workflow_id: 'text',
    epoch: 'int4 default',
    state: 'jsonb null',
    status: 'jsonb null',
    updated_at: 'timestamptz default',
  },
  api_key: {
    id: 'text',
    owner: 'jsonb',
    scopes: '_text',
    mac: 'bytea',
    pepper_version: 'int4',
    created_at: 'timestamptz default',
    expires_at: 'timestamptz',
    revoked_at: 'timestamptz null',
    last_used_at: 'timestamptz null',
  },
  console_link: {
    code_digest: 'bytea',
    actor: 'jsonb',
    scopes: '_text',
    expires_at: 'timestamptz',
    key_id: 'text null',
  },
  console_session: {
    token_digest: 'bytea',
    actor: 'jsonb',
    scopes: '_text',
    expires_at: 'timestamptz',
    key_id: 'text null',
    last_used_at: 'timestamptz null',
  },
  rate_bucket: { client: 'text', policy: 'text', full_at: 'timestamptz', forget_at: 'timestamptz' },
  one_time: { name: 'text', until: 'timestamptz' },
  environment: {
    service: 'text',
    name: 'text',
    ref: 'text made',
    stable: 'jsonb null',
    stable_release: 'text null',
    stable_number: 'int4 null',
    stable_since: 'timestamptz null',
  },
  subject: {
    kind: 'text',
    id: 'text',
    events: 'int4 default',
  },
  event: {
    subject_kind: 'text',
    subject: 'text',
    seq: 'int4',
    key: 'text',
    body: 'bytea',
  },
  failed_requests: {
    workflow_id: 'text',
    estimate: 'float8',
  },
  idempotency: {
    actor: 'text',
    route: 'text',
    key: 'text',
    body_digest: 'text',
    status: 'int4 null',
    location: 'text null',
    answer: 'bytea null',
    created_at: 'timestamptz default',
  },
  look: {
    workflow_id: 'text',
    at_ms: 'int8',
    row: 'jsonb',
  },
  phase_span: {
    id: 'int8 made',
    phase: 'text',
    seconds: 'float8',
  },
  release: {
    id: 'text',
    service: 'text',
    number: 'int4',
    version: 'text',
    plan: 'jsonb',
    plan_digest: 'text',
    outcome: 'text null',
    reason: 'jsonb null',
    reached: 'jsonb default',
    retry_of: 'text null',
    requested_by: 'jsonb',
    note: 'text null',
    created_at: 'timestamptz default',
    started_at: 'timestamptz null',
    ended_at: 'timestamptz null',
  },
  rollback: {
    id: 'text',
    service: 'text',
    environment: 'text',
    release_id: 'text',
    plan: 'jsonb',
    outcome: 'text null',
    reason: 'jsonb null',
    requested_by: 'jsonb',
    note: 'text null',
    created_at: 'timestamptz default',
    started_at: 'timestamptz null',
    ended_at: 'timestamptz null',
  },
  resource: { id: 'text', last_token: 'int4 default' },
  rollout: {
    workflow_id: 'text',
    ref: 'text',
    plan: 'jsonb',
    phase: 'text default',
    phase_since: 'timestamptz default',
    weight: 'int4 default',
    move: 'int4 default',
    moves: 'jsonb default',
    stable: 'jsonb null',
    outcome: 'text null',
    reason: 'jsonb null',
  },
  service: {
    name: 'text',
    declaration: 'jsonb',
    declaration_digest: 'text',
    next_release: 'int4 default',
    next_rollback: 'int4 default',
    removed_at: 'timestamptz null',
    created_at: 'timestamptz default',
    updated_at: 'timestamptz default',
  },
  turn: {
    workflow_id: 'text',
    id: 'int8 made',
    resource: 'text',
    kind: 'text',
    subject_kind: 'text',
    subject: 'text',
    rank: 'int4',
    ordinal: 'int4',
    state: 'text default',
    pending: 'text null',
    token: 'int4 null',
    step: 'int4 default',
    run_id: 'text null',
    over_at: 'timestamptz null',
  },
  verdict: {
    key: 'text',
    workflow_id: 'text',
    at: 'timestamptz default',
    move: 'int4',
    kind: 'text',
    evidence: 'jsonb',
  },
  version: {
    service: 'text',
    version: 'text',
    artifact: 'text',
  },
}

describe('the tables that statements are built on', function () {
  this.timeout(60_000)

  it('are those of the migrated schema: every column, its type, whether it may be null or left out', async () => {
    const database = createDatabase({ url: await testDatabase(), applicationName: 'test' })
    const rows = await database.query<{ table: string; column: string; type: string }>(
      `select table_name as table, column_name as column, udt_name || case
           when is_identity = 'YES' or is_generated = 'ALWAYS' then ' made'
           when is_nullable = 'YES' then ' null' when column_default is not null then ' default' else '' end as type
         from information_schema.columns where table_schema = 'public' and table_name <> 'schema_migration'`,
    )
    await database.close()
    const migrated: Record<string, Record<string, string>> = {}
    for (const { table, column, type } of rows) migrated[table] = { ...migrated[table], [column]: type }
    expect(described).to.deep.equal(migrated)
  })

  it('have constraints that are named for the columns they are of', async () => {
    const database = createDatabase({ url: await testDatabase(), applicationName: 'test' })
    const rows = await database.query<{ name: string; due: string }>(
      `select conname as name, concat_ws('_', conrelid::regclass,
           case when contype <> 'p' then (select string_agg(attname, '_' order by at)
             from unnest(conkey) with ordinality as of (attnum, at) join pg_attribute using (attnum) where attrelid = conrelid) end,
           case contype when 'p' then 'pkey' when 'u' then 'key' when 'f' then 'fkey' when 'c' then 'check' when 'n' then 'not_null' end) as due
         from pg_constraint where connamespace = 'public'::regnamespace`,
    )
    await database.close()
    expect(rows).to.have.length.above(50)
    expect(rows.filter(({ name, due }) => name !== due)).to.deep.equal([])
  })
})
