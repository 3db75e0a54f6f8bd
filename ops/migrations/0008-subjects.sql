-- What events are of: a release, a rollback, later a decision or a backup, each with the counter that numbers its events. Ids are unique within
-- a kind only. There are no rows to carry over: data of before, whose events have another shape, is refused (`ops/migrate.ts`).
create table subject (
  kind text not null,
  id text not null,
  events integer not null default 0,
  primary key (kind, id)
);
alter table release drop column events;
alter table rollback drop column events;

alter table event add column subject_kind text not null, drop constraint event_pkey;
alter table event add primary key (subject_kind, subject, seq);
alter table event add foreign key (subject_kind, subject) references subject (kind, id);
