-- Buckets of clients: when each is full again. Those that are full are deleted by `forget_at`, which changes once a minute at most.
create table rate_bucket (
  client text not null,
  policy text not null,
  full_at timestamptz not null,
  forget_at timestamptz not null,
  primary key (client, policy)
) with (fillfactor = 50);
create index rate_bucket_forget on rate_bucket (forget_at);

-- Names that were used and may not be again.
create table one_time (
  name text primary key,
  until timestamptz not null
);
create index one_time_until on one_time (until);

alter table console_link drop column used_at;
