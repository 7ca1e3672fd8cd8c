create table scheduled_runs (
  id integer generated always as identity primary key,
  stack text not null,
  at timestamptz not null default now()
)
