-- Nothing reads these: the looks of an analysis are rows of their own, only an environment answers which release is stable in it, a rollback's
-- number is in its id, and the sums of spans and failed requests do not ask where or when. What stays keeps its shape, so older data is read.
alter table analysis drop column look;
alter table rollout drop column stable_release;
alter table rollback drop column number;
alter table turn drop column created_at;
alter table version drop column created_at;
alter table phase_span drop column ref, drop column ended_at;
alter table failed_requests drop column ref, drop column ended_at;
alter table environment rename constraint environment_place_key to environment_ref_key;
create or replace function keep_phase_span() returns trigger language plpgsql as $$
begin
  if old.phase is distinct from new.phase then
    insert into phase_span (phase, seconds) values (old.phase, extract(epoch from now() - old.phase_since));
  end if;
  if new.phase = 'reverting' and old.phase = 'reverting' and new.weight = 0 and old.weight > 0 then
    insert into phase_span (phase, seconds) values ('reverted', extract(epoch from now() - new.phase_since));
  end if;
  if old.outcome is null and new.outcome is not null then
    insert into failed_requests (workflow_id, estimate)
      select new.workflow_id, greatest(0, bad - total * coalesce(stable_bad / nullif(stable_total, 0), 0))
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
-- PostgreSQL 18 names a constraint for "not null" after the column, and keeps the name when the column gets another.
do $$
declare old record;
begin
  for old in
    select conrelid::regclass as relation, conname, relname || '_' || attname || '_not_null' as due
    from pg_constraint
      join pg_class on pg_class.oid = conrelid
      join pg_attribute on attrelid = conrelid and attnum = conkey[1]
    where contype = 'n' and connamespace = current_schema()::regnamespace and conname <> relname || '_' || attname || '_not_null'
  loop
    execute format('alter table %s rename constraint %I to %I', old.relation, old.conname, old.due);
  end loop;
end
$$;
