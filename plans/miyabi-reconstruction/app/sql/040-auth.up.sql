-- Passwords and sessions. A token names its session, and is worth nothing once that is gone.
create schema auth;

create table auth.credential (
  user_id        uuid primary key references public.users on delete cascade,
  password_hash  text not null check (password_hash like 'scrypt:%')
);

create table auth.session (
  id             uuid        primary key default gen_random_uuid(),
  user_id        uuid        not null references public.users on delete cascade,
  -- SHA-256 of the refresh token, and of the one that it was exchanged for.
  refresh_hash   bytea       not null check (length(refresh_hash) = 32),
  previous_hash  bytea,
  expires_at     timestamptz not null
);
create unique index session_refresh_hash on auth.session (refresh_hash);
create index session_previous_hash on auth.session (previous_hash);
create index session_of_user on auth.session (user_id);

grant usage on schema auth to miyabi_app;
grant select, insert, update, delete on auth.credential, auth.session to miyabi_app;
