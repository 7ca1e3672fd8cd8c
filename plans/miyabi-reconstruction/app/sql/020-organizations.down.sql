drop table org.membership;
drop schema org;
