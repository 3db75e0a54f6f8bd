-- When a key or a console session was last taken, to the minute: what nobody uses any more is found and revoked.
alter table api_key add column last_used_at timestamptz;
alter table console_session add column last_used_at timestamptz;
