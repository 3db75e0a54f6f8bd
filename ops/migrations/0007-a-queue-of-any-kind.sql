-- The queue knows nothing of releases: its rows say who goes first at a resource and who may write under which token. What a rollout shows is
-- a row of its own, written by the statement that checks the token. There are no rows to carry over: data of before is refused
-- (`ops/migrate.ts`).

-- What only one turn at a time may change, by `kind:id`, and the counter that fences turns. Its row comes with its first lock.
create table resource (
  id text primary key,
  last_token integer not null default 0
);
alter table environment drop column last_turn;

create table rollout (
  workflow_id text primary key references turn (workflow_id),
  -- Service and environment.
  place text not null,
  plan jsonb not null,
  phase text not null default 'queued',
  phase_since timestamptz not null default now(),
  weight integer not null default 0,
  move integer not null default 0,
  moves jsonb not null default '[]',
  stable jsonb,
  stable_release text,
  outcome text,
  reason jsonb
);

drop trigger turn_phase_span on turn;
drop index turn_queue;
alter table turn
  drop column plan, drop column phase, drop column phase_since, drop column weight, drop column move, drop column moves,
  drop column stable, drop column stable_release, drop column outcome, drop column reason,
  drop constraint turn_kind_check,
  add column subject_kind text not null, add column rank integer not null;
alter table turn rename column place to resource;
alter table turn rename column release_number to ordinal;
alter table turn rename column number to token;
create index turn_unended on turn (resource, id) where state <> 'over';

create or replace function keep_phase_span() returns trigger language plpgsql as $$
begin
  if old.phase is distinct from new.phase then
    insert into phase_span (place, phase, seconds)
      values (new.place, old.phase, extract(epoch from now() - old.phase_since));
  end if;
  if new.phase = 'going-back' and old.phase = 'going-back' and new.weight = 0 and old.weight > 0 then
    insert into phase_span (place, phase, seconds)
      values (new.place, 'reverted', extract(epoch from now() - new.phase_since));
  end if;
  if old.outcome is null and new.outcome is not null then
    insert into failed_requests (workflow_id, place, estimate)
      select new.workflow_id, new.place, greatest(0, bad - total * coalesce(stable_bad / nullif(stable_total, 0), 0))
      from (
        select (status->'canary'->>'bad')::double precision as bad, (status->'canary'->>'total')::double precision as total,
          (status->'stable'->>'bad')::double precision as stable_bad, (status->'stable'->>'total')::double precision as stable_total
        from analysis where analysis.workflow_id = new.workflow_id
      ) counted
      where bad is not null and total is not null
      on conflict do nothing;
  end if;
  return null;
end
$$;
create trigger rollout_phase_span after update on rollout for each row execute function keep_phase_span();
