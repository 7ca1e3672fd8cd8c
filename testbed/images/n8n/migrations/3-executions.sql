create table execution_entity (
  id integer generated always as identity primary key,
  workflow text not null,
  mode text not null,
  at timestamptz not null default now()
)
