drop table auth.session;
drop table auth.credential;
drop schema auth;
