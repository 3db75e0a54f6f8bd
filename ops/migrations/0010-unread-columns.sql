-- Nothing reads these: the state that people see follows from outcome, start and turn; when a turn was taken its event says.
alter table release drop column state;
alter table rollback drop column state;
alter table turn drop column taken_at;
