create table helper (id int);
insert into customer (new_name) select old_name from customer;
drop table helper;
alter table customer drop column old_name;
delete from customer where name is null;
truncate history;
