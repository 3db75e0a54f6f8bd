-- How long every phase of every rollout took, written with the change itself by whoever makes it: what metrics of the domain are summed from,
-- so that no kill loses or doubles a count.
create table phase_span (
  id bigint generated always as identity primary key,
  place text not null,
  -- 'reverted' beside the phases: from the moment a rollout went back to weight 0 in effect.
  phase text not null,
  seconds double precision not null,
  ended_at timestamptz not null default now()
);

-- Requests of users that failed because of a version that was on its way: its errors beyond those that the stable version would have had.
create table failed_requests (
  workflow_id text primary key references turn (workflow_id),
  place text not null,
  estimate double precision not null,
  ended_at timestamptz not null default now()
);

create function keep_phase_span() returns trigger language plpgsql as $$
begin
  if old.phase is distinct from new.phase then
    insert into phase_span (place, phase, seconds)
      values (new.place, old.phase, extract(epoch from now() - old.phase_since));
  end if;
  if new.phase = 'going-back' and old.phase = 'going-back' and new.weight = 0 and old.weight > 0 then
    insert into phase_span (place, phase, seconds)
      values (new.place, 'reverted', extract(epoch from now() - new.phase_since));
  end if;
  if old.state <> 'over' and new.state = 'over' then
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
create trigger turn_phase_span after update on turn for each row execute function keep_phase_span();
