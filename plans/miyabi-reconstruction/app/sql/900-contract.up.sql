-- What only the version before needed goes out of the way. Nothing is dropped.
create schema archive;
alter table public.page_cache set schema archive;
