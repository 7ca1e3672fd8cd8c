-- Removes what 010-base.up.sql made. Without cascade: an object of somebody else that needs it stops it.
drop index public.agents_name;
alter table public.agents drop column status;
alter table public.organizations drop column description;
drop table public.users;
