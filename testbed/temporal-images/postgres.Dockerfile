# PostgreSQL of the test bed with more of the ways of the official image: POSTGRES_USER, POSTGRES_PASSWORD_FILE.
FROM testbed/postgres:17
COPY postgres-entrypoint /usr/local/bin/entrypoint
