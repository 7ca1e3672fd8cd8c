-- A query: a row per object of the whole server, with its definition as text. A password verifier enters only as a sum. Leaves out
-- built-in roles (pg_…) and the superuser of scratch servers.
-- Variable of psql: databases, those to read, one per line (empty: all).
select 'role' as what, rolname::text as name,
  (to_jsonb(r) - 'oid' - 'rolpassword' || jsonb_build_object('password', encode(sha256(convert_to(rolpassword, getdatabaseencoding())), 'hex')))::text as definition
from pg_authid r where rolname !~ '^pg_' and rolname <> 'reinstate_scratch'
union all
select 'membership', format('of %s in %s', pg_get_userbyid(member), pg_get_userbyid(roleid)),
  row(to_jsonb(m) - 'oid' - 'roleid' - 'member' - 'grantor', pg_get_userbyid(grantor))::text
from pg_auth_members m where pg_get_userbyid(member) !~ '^pg_'
union all
select 'setting', concat_ws(' in ', 'of ' || nullif(pg_get_userbyid(nullif(setrole, 0)), ''), 'database ' || datname),
  array(select unnest(setconfig) order by 1)::text
from pg_db_role_setting s left join pg_database d on d.oid = setdatabase
union all
select 'database', datname,
  row(to_jsonb(d) - array['oid', 'datdba', 'datfrozenxid', 'datminmxid', 'dattablespace', 'datlastsysoid', 'datcollversion', 'datacl'],
    pg_get_userbyid(datdba), array(select unnest(datacl)::text order by 1))::text
from pg_database d
where case :'databases' when '' then not datistemplate else datname = any (string_to_array(:'databases', E'\n')) end
