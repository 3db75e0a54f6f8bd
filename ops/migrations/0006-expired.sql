-- The sweeper finds what is over by these.
create index console_link_expires on console_link (expires_at);
create index console_session_expires on console_session (expires_at);
