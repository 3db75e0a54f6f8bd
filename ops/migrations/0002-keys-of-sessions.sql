-- A console session ends with the key that its link was minted with.
alter table console_link add column key_id text references api_key (id);
alter table console_session add column key_id text references api_key (id);
create index api_key_newest on api_key (created_at desc, id desc);
