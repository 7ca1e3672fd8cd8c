create table messages (id bigint primary key);
alter table messages enable row level security;
create policy "everything for select to owners" on messages
for all using (true) with check (true);
create policy readable on messages for select using (true);
create policy own on messages to app using (true);
