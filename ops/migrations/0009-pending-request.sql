-- What the queue asks of the holder of a turn is its pending request.
alter table turn rename column asked to pending;
alter table turn rename constraint turn_asked_check to turn_pending_check;
