drop function rbac.allows(uuid, uuid, text);
drop function rbac.role_allows(text, text);
drop table rbac.assignment;
drop table rbac.role_permission;
drop table rbac.permission;
drop table rbac.role;
drop schema rbac;
