alter table customer add column old_name text;
