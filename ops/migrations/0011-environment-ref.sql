-- An environment reference, `service/environment`, is `ref` wherever a row names one, and the phase `going-back` is `reverting`. There are no
-- rows to carry over: data of before, whose plans have other names, is refused (`ops/migrate.ts`).
alter table environment rename column place to ref;
alter table rollout rename column place to ref;
alter table phase_span rename column place to ref;
alter table failed_requests rename column place to ref;
create or replace function keep_phase_span() returns trigger language plpgsql as $$
begin
  if old.phase is distinct from new.phase then
    insert into phase_span (ref, phase, seconds)
      values (new.ref, old.phase, extract(epoch from now() - old.phase_since));
  end if;
  if new.phase = 'reverting' and old.phase = 'reverting' and new.weight = 0 and old.weight > 0 then
    insert into phase_span (ref, phase, seconds)
      values (new.ref, 'reverted', extract(epoch from now() - new.phase_since));
  end if;
  if old.outcome is null and new.outcome is not null then
    insert into failed_requests (workflow_id, ref, estimate)
      select new.workflow_id, new.ref, greatest(0, bad - total * coalesce(stable_bad / nullif(stable_total, 0), 0))
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
