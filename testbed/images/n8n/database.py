"""The database as n8n names it, and the migrations that every start makes."""
import os, pathlib, sys, time
import psycopg2
import json_service

HERE = pathlib.Path(__file__).parent
SETTINGS = {
    'host': os.environ['DB_POSTGRESDB_HOST'],
    'port': os.environ.get('DB_POSTGRESDB_PORT', '5432'),
    'dbname': os.environ.get('DB_POSTGRESDB_DATABASE', 'n8n'),
    'user': os.environ.get('DB_POSTGRESDB_USER', 'postgres'),
    'password': os.environ['DB_POSTGRESDB_PASSWORD'],
}


def query(sql, values=()):
    return json_service.query(SETTINGS, sql, values)


def migrate():
    """Kept up until it is done: the database may come up later than this. An empty database gets all the tables."""
    while True:
        try:
            query('create table if not exists schema_migrations (version integer primary key, at timestamptz not null default now())')
            done = {version for (version,) in query('select version from schema_migrations')}
            for file in sorted((HERE / 'migrations').iterdir()):
                version = int(file.name.split('-')[0])
                if version not in done:
                    query(f'{file.read_text()}; insert into schema_migrations (version) values ({version})')
            return query("insert into execution_entity (workflow, mode) values ('start', 'internal')")
        except psycopg2.Error as error:
            print('not migrated:', str(error).strip(), file=sys.stderr)
            time.sleep(0.5)
