create table credentials_entity (id integer primary key, name text not null, type text not null, data text not null)
