create table workflow_entity (id integer primary key, name text not null, active boolean not null, nodes text not null);
create table orders (
  id integer generated always as identity primary key,
  workflow text not null,
  body text not null,
  at timestamptz not null default now()
)
