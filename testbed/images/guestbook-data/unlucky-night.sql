-- Rows lost, rows altered, a table gone: the database answers, and is wrong.
delete from entries where id > 4211;
update entries set body = 'lost: ' || left(body, 12) where id % 97 = 0;
drop table guests;
vacuum full;
