-- What Gitea 1.25.4 (a Go module) wrote with [security] SECRET_KEY = `key of the fixture: $ecret "2"`: a secret of actions and a
-- webhook with an Authorization header by its API, a second factor by its pages.
-- Of its tables, the columns that matter here.
create table secret (id integer primary key, owner_id integer not null, repo_id integer not null, name varchar(255) not null, data text);
create table webhook (id integer primary key, header_authorization_encrypted text);
create table two_factor (id integer primary key, uid integer, secret text);
insert into secret values(1,1,0,'DEPLOY_KEY','a9aa78a44e262fc3a69b67f6fcdcc46cf76fdaecfb21411e59bcd999c11231551e792acda25366f1fcd2c984');
insert into webhook values(1,'1960c3efa1cbc3c7d3d89867f53f8a2a0ab04d69317dd25e1e72554e63654fea325985c7eb9441fa0aa8217c');
insert into two_factor values(1,1,'CvDoHIW2R1ILxqZjUHxEHb4zxOm2mojKzHu4ppnwq4q8kyFLc+Q/D14xcfCsgvJYhHRHCOvNSrDLUAyNAwqe9tJEq+m5LuQKMhY9cPREde1YiEdR4XTKYnjeK6HgL2tfnalIogk37yI=');
