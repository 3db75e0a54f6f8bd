-- The number of a fencing token is `token` wherever an event, a look or an effect names it, and was `turn` in some. There are no rows to
-- carry over: data of before, whose events have the other name, is refused (`ops/migrate.ts`).
comment on column turn.token is 'number of the fencing token; null until the turn is taken';
