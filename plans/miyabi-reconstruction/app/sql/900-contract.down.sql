alter table archive.page_cache set schema public;
drop schema archive;
