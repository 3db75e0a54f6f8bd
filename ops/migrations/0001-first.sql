-- Services, releases, the queue of turns, events and analyses. Instants are timestamptz; JSON that is only carried is jsonb, what must
-- keep its bytes (events, replayed answers) is bytea.

create table service (
  name text primary key,
  declaration jsonb not null,
  declaration_digest text not null,
  next_release integer not null default 1,
  next_rollback integer not null default 1,
  removed_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now()
);

-- One service in one place: what is stable there, and the counter that fences turns.
create table environment (
  service text not null references service (name),
  name text not null,
  place text not null unique generated always as (service || '/' || name) stored,
  stable jsonb,
  stable_release text,
  stable_number integer,
  stable_since timestamptz,
  last_turn integer not null default 0,
  primary key (service, name)
);

-- What an artifact is under one version label: the same version with another digest is refused.
create table version (
  service text not null references service (name),
  version text not null,
  artifact text not null,
  created_at timestamptz not null default now(),
  primary key (service, version)
);

create table release (
  id text primary key,
  service text not null references service (name),
  number integer not null,
  version text not null,
  plan jsonb not null,
  plan_digest text not null,
  state text not null default 'accepted',
  outcome text,
  reason jsonb,
  -- Environments that succeeded, in order; the one in progress is the turn that is not over.
  reached jsonb not null default '[]',
  retry_of text,
  requested_by jsonb not null,
  note text,
  events integer not null default 0,
  created_at timestamptz not null default now(),
  -- When Temporal confirmed the start; null is what the sweeper starts again.
  started_at timestamptz,
  ended_at timestamptz,
  unique (service, number)
);
create index release_by_service on release (service, number desc);
create index release_unended on release (created_at) where ended_at is null;

create table rollback (
  id text primary key,
  service text not null references service (name),
  environment text not null,
  number integer not null,
  release_id text not null references release (id),
  plan jsonb not null,
  state text not null default 'accepted',
  outcome text,
  reason jsonb,
  requested_by jsonb not null,
  note text,
  events integer not null default 0,
  created_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz
);

-- The queue of every place, and the state of whoever has the turn. `id` orders what is otherwise equal.
create table turn (
  workflow_id text primary key,
  id bigint generated always as identity,
  place text not null,
  kind text not null check (kind in ('rollout', 'rollback')),
  subject text not null,
  release_number integer not null,
  plan jsonb not null,
  state text not null default 'waiting' check (state in ('waiting', 'open', 'over')),
  phase text not null default 'queued',
  asked text check (asked in ('abort', 'supersede', 'cut-short')),
  number integer,
  step integer not null default 0,
  run_id text,
  outcome text,
  reason jsonb,
  -- The projection people see while it runs: weight, move, what it waits for, the last verdict.
  stable jsonb,
  stable_release text,
  weight integer not null default 0,
  move integer not null default 0,
  moves jsonb not null default '[]',
  phase_since timestamptz not null default now(),
  created_at timestamptz not null default now(),
  taken_at timestamptz,
  over_at timestamptz
);
create unique index turn_one_open on turn (place) where state = 'open';
create index turn_queue on turn (place, kind, release_number) where state = 'waiting';
create index turn_by_subject on turn (subject, id);

-- `body` is the event as canonical bytes (RFC 8785) with its actor; an audit log can be sequenced from it later.
create table event (
  subject text not null,
  seq integer not null,
  key text not null unique,
  body bytea not null,
  primary key (subject, seq)
);

create table analysis (
  workflow_id text primary key references turn (workflow_id),
  epoch integer not null default 0,
  look integer not null default 0,
  state jsonb,
  status jsonb,
  updated_at timestamptz not null default now()
);

create table look (
  workflow_id text not null references turn (workflow_id),
  at_ms bigint not null,
  row jsonb not null,
  primary key (workflow_id, at_ms)
);

create table verdict (
  key text primary key,
  workflow_id text not null references turn (workflow_id),
  at timestamptz not null default now(),
  move integer not null,
  kind text not null,
  evidence jsonb not null
);
create index verdict_by_workflow on verdict (workflow_id, at);

create table api_key (
  id text primary key,
  owner jsonb not null,
  scopes text[] not null,
  mac bytea not null,
  pepper_version integer not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  revoked_at timestamptz
);

-- A console link's code is exchanged once for a session; only digests are kept.
create table console_link (
  code_digest bytea primary key,
  actor jsonb not null,
  scopes text[] not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

create table console_session (
  token_digest bytea primary key,
  actor jsonb not null,
  scopes text[] not null,
  expires_at timestamptz not null
);

create table idempotency (
  actor text not null,
  route text not null,
  key text not null,
  body_digest text not null,
  status integer,
  location text,
  answer bytea,
  created_at timestamptz not null default now(),
  primary key (actor, route, key)
);
create index idempotency_age on idempotency (created_at);
